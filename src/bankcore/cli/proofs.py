"""Commands on seals and proofs: list seals, prove a transaction or a balance, check a proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

import click

from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.cli.options import account_path, example, reads
from bankcore.cli.output import answers
from bankcore.errors import BadFile
from bankcore.ledger.evidence.proofs import Proof, prove_balance, prove_transaction
from bankcore.ledger.evidence.seals import parse_digest
from bankcore.ledger.evidence.seals import seals as seals_of
from bankcore.render import proofs as sheets
from bankcore.render.forms import Sheet

__all__ = ["prove", "seal"]

_output = click.option("--output", type=click.Path(), metavar="FILE", help="A new file for the proof.")


@click.group(epilog=example("bankcore seal list", "bankcore seal list --json"))
def seal() -> None:
    """List the seals of closed days."""


@seal.command("list", epilog=example("bankcore seal list"))
@reads
def list_(bank: Bank) -> Sheet:
    """Show the seal of each close, with the digest to keep outside of the book."""
    return sheets.seals(seals_of(bank.ledger.reader))


@click.group(
    epilog=example(
        "bankcore prove balance deposit:li --on 2024-05-31 --output li.json",
        "bankcore prove check li.json",
    )
)
def prove() -> None:
    """Prove what a sealed book holds, and check such proofs without the book."""


@prove.command(epilog=example("bankcore prove transaction 12 --output 12.json"))
@click.argument("number", type=int)
@_output
@reads
def transaction(bank: Bank, number: int, output: str | None) -> Sheet | None:
    """Prove that a transaction is in the journal, in JSON; its day must be closed."""
    return _written(prove_transaction(bank.ledger.reader, bank.ledger.book, number), output)


@prove.command(epilog=example("bankcore prove balance deposit:li --on 2024-05-31 --output li.json"))
@account_path()
@click.option("--on", required=True, metavar="DATE", help="The closed day.")
@_output
@reads
def balance(bank: Bank, path: str, on: str, output: str | None) -> Sheet | None:
    """Prove an account's totals as known when a day was closed, in JSON."""
    return _written(prove_balance(bank.ledger.reader, bank.ledger.book, path, parse_date(on)), output)


@prove.command(epilog=example("bankcore prove check li.json", "bankcore prove check li.json --seal $SEAL"))
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--seal", "kept", metavar="HEX", help="The seal that the proof must rest on; trust no other.")
@answers
def check(file: TextIO, kept: str | None) -> Sheet:
    """Check a proof with nothing but its file; '-' is standard input.

    Without --seal the proof is only shown to agree with itself: compare the seal in the answer.
    """
    trusted = None if kept is None else parse_digest(kept)
    try:
        proof = Proof.parse(file.read())
    except UnicodeDecodeError as error:
        raise BadFile(file.name, f"it is not JSON ({error})") from None
    proof.check(trusted)
    return sheets.checked(proof, trusted=trusted is not None)


def _written(proof: Proof, output: str | None) -> Sheet | None:
    """The proof on standard output, or in a file, and then what it says."""
    text = json.dumps(proof.as_dict(), ensure_ascii=False, indent=1) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return None
    with Path(output).open("x", encoding="utf-8") as file:  # never over the book, or over an earlier proof
        file.write(text)
    return sheets.checked(proof, trusted=False)
