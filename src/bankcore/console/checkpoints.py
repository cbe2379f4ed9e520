"""Commands on checkpoints: create a key, sign the head of the log of seals, check such a note."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import click

from bankcore.bank import Bank
from bankcore.console.options import Option, example, reads
from bankcore.console.output import answers, given_output
from bankcore.errors import BadUsage
from bankcore.interchange.balances import text_in
from bankcore.ledger.evidence.checkpoints import Checkpoint, Note
from bankcore.ledger.evidence.log import checkpoint_of
from bankcore.render import proofs as sheets
from bankcore.render.forms import Sheet
from bankcore.signing import SigningKey, VerifyingKey

__all__ = ["checkpoint", "key_option", "opened", "write_new"]


def key_option(*, required: bool) -> Option:
    """The option --key, a PEM file with an Ed25519 key."""
    return click.option(
        "--key", required=required, metavar="FILE", help="The PEM file of the signing or checking key."
    )


@click.group(
    epilog=example(
        "bankcore checkpoint key bank.pem",
        "bankcore checkpoint sign --key bank.pem --output may.note",
        "bankcore checkpoint check may.note --key bank.pem.pub",
    )
)
def checkpoint() -> None:
    """Create keys, and sign and check the head of the log of seals.

    Signing and checking need the library cryptography: pip install 'bankcore[proofs]'.
    """


@checkpoint.command(epilog=example("bankcore checkpoint key bank.pem"))
@click.argument("file", type=click.Path())
@answers
def key(file: str) -> Sheet:
    """Create a key: FILE is the secret key for signing, FILE.pub the public key for checking."""
    made = SigningKey.generate()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as secret:
        secret.write(made.pem())
    with Path(f"{file}.pub").open("xb") as public:
        public.write(made.verifying.pem())
    return Sheet({"secret key": file, "public key": f"{file}.pub"})


@checkpoint.command(epilog=example("bankcore checkpoint sign --key bank.pem --output may.note"))
@key_option(required=True)
@click.option("--seal", "size", type=int, metavar="NUMBER", help="The last seal; the latest if not given.")
@click.option("--output", type=click.Path(), metavar="FILE", help="A new file for the note.")
@reads
def sign(bank: Bank, key: str, size: int | None, output: str | None) -> Sheet | None:
    """Sign the head of the log of seals, as a C2SP note."""
    if output is None and given_output():
        raise BadUsage("without --output the note is shown as it is: leave --json, --csv and --table out")
    head = checkpoint_of(bank.ledger.reader, bank.ledger.book, size)
    signer = SigningKey.from_pem(Path(key).read_bytes())
    if not write_new(signer.sign(head), output):
        return None
    return sheets.checkpoint(head, signer.verifying.public)


@checkpoint.command(epilog=example("bankcore checkpoint check may.note --key bank.pem.pub"))
@click.argument("note", type=click.File("rb"))
@key_option(required=True)
@answers
def check(note: BinaryIO, key: str) -> Sheet:
    """Check a signed checkpoint with only its file and the key; '-' is standard input."""
    verifying = VerifyingKey.from_pem(Path(key).read_bytes())
    return sheets.checkpoint(verifying.open(text_in(note)), verifying.public)


def opened(note: BinaryIO, key: str | None) -> Checkpoint:
    """The checkpoint of a note; its signature is checked where a key is given."""
    text = text_in(note)
    if key is None:
        return Checkpoint.parse(Note.parse(text).text)
    return VerifyingKey.from_pem(Path(key).read_bytes()).open(text)


def write_new(text: str, output: str | None) -> bool:
    """Write to standard output, or to a new file, never over an existing one.

    Returns whether it was written to a file.
    """
    if output is None:
        click.echo(text.encode(), nl=False)
        return False
    with Path(output).open("x", encoding="utf-8", newline="") as file:
        file.write(text)
    return True
