// What rustledger says of a ledger of Beancount on standard input: whether it is valid, and every balance.
// The one argument is the folder of the package @rustledger/wasm.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const home = process.argv[2];
const ledger = await import(pathToFileURL(`${home}/rustledger_wasm.js`));
ledger.initSync({ module: readFileSync(`${home}/rustledger_wasm_bg.wasm`) });
const source = readFileSync(0, "utf8");
const { valid, errors } = ledger.validateSource(source);
const { rows } = ledger.query(source, "SELECT account, sum(position) GROUP BY account");
console.log(JSON.stringify({ valid, errors, rows }));
