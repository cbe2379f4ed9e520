"""Commands on seals and proofs: list seals, prove a transaction, a balance or consistency, check a proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import click

from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.console.checkpoints import key_option, opened, write_new
from bankcore.console.options import account_path, example, reads
from bankcore.console.output import answers, given_output
from bankcore.errors import BadUsage, ProofRefused
from bankcore.interchange.balances import text_in
from bankcore.ledger.evidence.checkpoints import Checkpoint
from bankcore.ledger.evidence.log import FORMAT as CONSISTENCY
from bankcore.ledger.evidence.log import ConsistencyProof, prove_consistency
from bankcore.ledger.evidence.plain import parse_json
from bankcore.ledger.evidence.proofs import Proof, prove_balance, prove_transaction
from bankcore.ledger.evidence.seals import parse_digest
from bankcore.ledger.evidence.seals import seals as seals_of
from bankcore.render import proofs as sheets
from bankcore.render.forms import Form, Sheet
from bankcore.tables import json_text

__all__ = ["prove", "seal"]

_output = click.option("--output", type=click.Path(), metavar="FILE", help="A new file for the proof.")


@click.group(epilog=example("bankcore seal list", "bankcore seal list --json"))
def seal() -> None:
    """List the seals of closed days."""


@seal.command("list", epilog=example("bankcore seal list"))
@reads
def list_(bank: Bank) -> Sheet:
    """Show the seal of each close, with the digest to keep outside the book."""
    return sheets.seals(seals_of(bank.ledger.reader))


@click.group(
    epilog=example(
        "bankcore prove balance deposit:li --on 2024-05-31 --output li.json",
        "bankcore prove check li.json",
    )
)
def prove() -> None:
    """Prove contents of a sealed book, and check such proofs without the book."""


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


@prove.command(epilog=example("bankcore prove consistency 31 366 --output year.json"))
@click.argument("old", type=int)
@click.argument("new", type=int)
@_output
@reads
def consistency(bank: Bank, old: int, new: int, output: str | None) -> Sheet | None:
    """Prove that the seals through number NEW begin with those through OLD, in JSON."""
    return _written(prove_consistency(bank.ledger.reader, bank.ledger.book, old, new), output)


@prove.command(
    epilog=example(
        "bankcore prove check li.json",
        "bankcore prove check li.json --seal $SEAL",
        "bankcore prove check year.json --checkpoint may.note --checkpoint new.note --key bank.pub",
    )
)
@click.argument("file", type=click.File("rb"))
@click.option("--seal", "kept", metavar="HEX", help="The trusted seal that the proof must be based on.")
@click.option(
    "--checkpoint",
    "notes",
    multiple=True,
    type=click.File("rb"),
    metavar="NOTE",
    help="A trusted checkpoint that the proof must be based on; repeatable.",
)
@key_option(required=False)
@answers
def check(file: BinaryIO, kept: str | None, notes: tuple[BinaryIO, ...], key: str | None) -> Sheet:
    """Check a proof with only its file; '-' is standard input.

    Without --seal or --checkpoint only the proof's own consistency is checked: compare the output with
    the seals you have kept.  A checkpoint from another source needs the --key of its signature.
    """
    if key is not None and not notes:
        raise BadUsage("--key checks the signature of --checkpoint: give one")
    trusted = None if kept is None else parse_digest(kept)
    checkpoints = [opened(note, key) for note in notes]
    data = parse_json(text_in(file))
    if isinstance(data, dict) and data.get("format") == CONSISTENCY:
        return _check_consistency(ConsistencyProof.from_dict(data), trusted, checkpoints)
    proof = Proof.from_dict(data)
    proof.check(trusted, checkpoints)
    return sheets.checked(proof, trusted=trusted is not None, checkpoints=len(checkpoints))


def _check_consistency(
    proof: ConsistencyProof, trusted: bytes | None, checkpoints: Sequence[Checkpoint]
) -> Sheet:
    if trusted is not None:
        raise ProofRefused("seal", "a proof of consistency is based on checkpoints")
    proof.check(checkpoints)
    return sheets.consistency(proof, checkpoints=len(checkpoints))


def _written(proof: Proof | ConsistencyProof, output: str | None) -> Sheet | None:
    """Print the proof, or write it to a file and print its content."""
    if output is None and given_output(besides=Form.JSON):
        raise BadUsage("without --output the proof is shown, which is JSON: leave --csv and --table out")
    text = json_text(proof.as_dict(), indent=1) + "\n"
    if not write_new(text, output):
        return None
    if isinstance(proof, ConsistencyProof):
        return sheets.consistency(proof)
    return sheets.checked(proof, trusted=False)
