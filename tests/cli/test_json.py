"""The output in JSON: every command has its schema, each schema was written once, and none is ever broken."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.cli.conftest import Run
from tests.cli.test_experiments import FIND, MEASURE, PURSE
from tests.cli.test_help import LEAVES
from tests.conftest import ROOT
from tests.reconciling.test_matches import OFX
from tests.replay.conftest import MAP
from tests.schemas import DOCUMENTS, LOCK, REPORTS, hold, promises

from bankcore.bank import Bank
from bankcore.doctor import Level
from bankcore.ledger.accounts import AccountType, Side, Status
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.ledger.velocity import Flow, Per
from bankcore.reconciling.items import Sureness
from bankcore.reconciling.result import State
from bankcore.render import sheets
from bankcore.render.forms import Form, write
from bankcore.schemas import answers, names, schema
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

SECRET = "--secret 'correct horse battery staple'"
FILES = {
    "many.jsonl": '{"key": "j1", "kind": "sale", "effective_on": "2024-05-01", "postings": '
    '[{"account": "bank:cash", "debit": "1.00"}, {"account": "shop:li", "credit": "1.00"}]}\n',
    "again.jsonl": '{"do": "current.open-programme", "with": {"programme": "other"}}\n',
    "purse.toml": PURSE,
    "map.toml": MAP,
    "rows.csv": "id,day,text,client,type,amount,balance,delta\n1,2024-05-01,in,li,in,5.00,5.00,0.00\n",
    "leads.csv": "lead,identity,name,contact,consent\ns1,91330100MA27AAAA0X,Moon Tea,13812345678,yes\n",
    "recharges.csv": "client,amount,recharge\n",
    "other.journal": "2024-05-01 pay\n  assets:cash   1,200.50 EUR\n  income:pay\n",
    "s.ofx": OFX,
}
HERE = f"""
init --opened-on 2024-05-01 --zone UTC
book
account open bank:cash --type asset
account open shop:li --type liability --floor 0.00
post --debit bank:cash 5.00 --credit shop:li 5.00 --on 2024-05-01 --key f
post --json-file many.jsonl --key m
post --debit bank:cash 1.00 --credit shop:li 1.00 --on 2024-05-01 --hold
hold list
limit set atm --root shop --flow out --per day --most 500.00 --reason fraud
limit list
account list
account show shop:li
transaction f
journal --limit 1
journal --jsonl
balance
statement bank:cash
trial-balance
balance-sheet
income-statement
current open-programme --programme std --preview
current open-programme --programme std
preview current open-programme --programme other
preview close --until 2024-05-03
preview again.jsonl
parties register-party --party li
branch open-programme --programme net
products list
report
report current accounts
report --html page.html
reconcile bank:cash s.ofx
matches propose bank:cash s.ofx
matches list bank:cash
matches open bank:cash
replay rows.csv --map map.toml
acquire leads.csv --programme net --source map
recharges recharges.csv --programme mall
import other.journal --check
close-day --on 2024-05-01 --preview
close-day --on 2024-05-01
close-day --on 2024-05-02
verify
doctor
backup copy.db
restore copy.db --check
reopen copy.db --lost
seal list
checkpoint key k.pem
checkpoint sign --key k.pem --output n.note
checkpoint check n.note --key k.pem.pub
prove transaction 3 --output t.json
prove check t.json
prove balance bank:cash --on 2024-05-01 --output b.json
prove check b.json
prove consistency 1 2 --output c.json
prove check c.json
export --format jsonl
outbox
outbox --entries
terms
terms wallet
calendars
example list
example show mall
example copy mall .
simulate purse.toml
simulate purse.toml --check
import other.journal --check --table facts
simulate purse.toml --runs 2 --measure {MEASURE}
simulate purse.toml {" ".join(FIND)} --until '{MEASURE} >= 1.00' --runs 2
qr hello
schema
schema statement
schema nothing
"""
ORDER = "--programme cd --order k"
OPENED = """
init --opened-on 2024-05-01 --zone UTC
account open bank:cash --type asset
account open deposit:li --type liability
post --debit bank:cash 1,234.56 --credit deposit:li 1,234.56 --on 2024-05-01
"""
LATER = f"""
init --opened-on 2999-01-01 --ahead
current open-programme --programme std
parties register-party --party a
parties identify-party --party a --document passport --number 1
current open-account --programme std --party a
current cash-in --party a --amount 300.00
certificate open-programme --programme cd
certificate initiate-order {ORDER} --initiator a --product CD12 --channel mobile
certificate issue-link {ORDER} --initiator a --nonce n1 --invited a
link write {ORDER} --nonce n1 {SECRET}
parties register-party --party mall
parties identify-party --party mall --document passport --number 2
current open-account --programme std --party mall
wallet open-programme --programme mall
wallet register-merchant --programme mall --merchant shop --own
wallet issue-code --programme mall --merchant shop --actor operator:mall
payment write --programme mall --merchant shop {SECRET}
outbox
"""
SEVERAL = """
init --book directory.db --name directory --opened-on 2024-05-01 --zone UTC
init --book north.db --name north --opened-on 2024-05-01 --zone UTC
parties place-book --home north --place north.db --book directory.db
parties register-party --party li --book directory.db
parties assign-home --party li --home north --book directory.db
shards list
shards home li
shards recover
shards in-transit
shards verify
shards close-day --on 2024-05-01
shards move north moved.db
"""


def test_every_command_with_json_has_a_schema() -> None:
    found = set()
    for leaf in LEAVES:
        command = leaf.command_path.partition(" ")[2]
        written = any("--json" in it.opts for it in leaf.command.params) or command in ("export", "outbox")
        if written and command not in DOCUMENTS:
            found |= set(answers(command))
    assert found | {"error", *answers("preview"), *answers("prove check"), "schemas"} == set(names())


def test_the_schemas_are_complete_and_leave_nothing_open() -> None:
    for name in (*names(), "account list", "wallet recharge"):
        Draft202012Validator.check_schema(made := schema(name))
        text = json.dumps(made)
        assert '"additionalProperties": true' not in text
        assert set(made["$defs"]) >= {it.split('"')[0] for it in text.split("#/$defs/")[1:]}, name


def test_the_columns_of_reports_are_those_of_the_code() -> None:
    instant = datetime(2024, 5, 1, 9, tzinfo=UTC)
    empty = Ledger.create(MemoryStore(), Book(1, "b", Unit("CNY/2"), instant.date()), lambda: instant)
    for name, report in REPORTS.items():
        row = schema(f"report {name}")["properties"]["rows"]["items"]
        columns = report(empty.books_of("")).columns
        assert row["required"] == [it.replace(" ", "_").replace("-", "_") for it in columns], name


@pytest.mark.parametrize(
    "name",
    [
        "document-004-branches",
        *(
            pytest.param(it, marks=pytest.mark.slow)
            for it in ("current", "deposit-modes", "loans", "platform")
        ),
        *(
            pytest.param(f"document-00{it}", marks=pytest.mark.slow)
            for it in ("0-enterprise", "2-wealth", "3-points")
        ),
    ],
)
def test_the_reports_of_an_example_fit(name: str) -> None:
    simulate(load(ROOT / "examples" / f"{name}.toml"), store := MemoryStore())
    bank = Bank.open(store)
    for product in bank.products:
        for report in product.reports:
            text = write(sheets.report(bank.report(product.name, report)), Form.JSON)
            assert len(hold(["report", product.name, report, "--json"], text)) == 2


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (AccountType, "account-type"),
        (Side, "side"),
        (Status, "status"),
        (Flow, "limits.limits[].flow"),
        (Per, "limits.limits[].per"),
        (Level, "examination.level"),
        (State, "reconciliation.state"),
        (Sureness, "reconciliation.matches[].sureness"),
    ],
)
def test_words_are_those_of_the_code(words: Any, place: str) -> None:
    found = {it for it in promises() if it.startswith(f"{place} has the word")}
    assert found == {f"{place} has the word {word.value!r}" for word in words}


def test_what_was_promised_is_kept() -> None:
    """A name, a form or a word that is gone breaks who reads it: that needs a new version of the schemas."""
    told, kept = promises(), LOCK.read_text(encoding="utf-8").splitlines()
    assert [it for it in kept if it not in set(told)] == []
    added = [it for it in told if it not in set(kept)]
    assert added == [], "python -m tests.schemas adds these"


def test_every_schema_is_written_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    met: dict[str, str] = {}
    for place, script in (("here.db", HERE), ("later.db", LATER), ("north.db", SEVERAL)):
        env = {"BANKCORE_BOOK": place, "BANKCORE_DIRECTORY": "directory.db"}
        for line in script.strip().splitlines():
            words = shlex.split(line)
            if words[0] not in ("outbox", "export") and "--jsonl" not in words:
                words.append("--json")
            done = run(*words, env=env)
            met |= dict.fromkeys(hold(words, done.out, done.err), line)
            assert line == "schema nothing" or done.status in (0, 7, 8), (line, done.err)
    assert set(names()) - set(met) == set()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not here")
def test_the_lines_with_jq_say_what_the_page_says(run: Run) -> None:
    for line in OPENED.strip().splitlines():
        assert run(*shlex.split(line)).status == 0
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    told = []
    for line in re.findall(r"^bankcore .* \| jq .*$", page, re.MULTILINE):
        asked, _, piped = line.partition(" | ")
        done = run(*shlex.split(asked.removesuffix(" 2>&1"))[1:])
        text = done.out + done.err
        told += subprocess.run(
            shlex.split(piped), input=text, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    assert told == ["2024-05-01\t1234.56\tCNY/2", "unknown_account"]
