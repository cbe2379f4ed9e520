"""The commands on matches that one person proposes and another confirms."""

from __future__ import annotations

from typing import Any

import click

from bankcore import matches as kept
from bankcore.bank import Bank
from bankcore.console.options import account_path, day, example, reads, writes
from bankcore.console.reconcile import compared, compares
from bankcore.product.actor import Actor, Role
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["matches"]

_proposal = click.option(
    "--proposal", type=int, required=True, help="The version of the proposal that was seen, as listed."
)


@click.group(
    epilog=example(
        "bankcore matches propose bank:cash may.sta --actor officer:li", "bankcore matches list bank:cash"
    )
)
def matches() -> None:
    """Propose, confirm and list matches of an account with its bank's statements."""


@matches.command(epilog=example("bankcore matches propose bank:cash may.sta --actor officer:li"))
@click.option("--ambiguous", is_flag=True, help="Propose matches that are ambiguous, too.")
@writes
@compares
def propose(
    bank: Bank, key: str, actor: Actor | None, path: str, asked: dict[str, Any], ambiguous: bool
) -> Sheet:
    """Propose the matches that `reconcile` finds, and keep the entries that have none.

    What is proposed or decided already is not written again: a statement that is read twice writes nothing.
    """
    found = compared(bank, path, asked)
    return sheets.receipts(
        kept.propose(bank.ledger, path, found, key=key, actor=_by(actor), ambiguous=ambiguous)
    )


@matches.command(epilog=example("bankcore matches confirm bank:cash 0f3a --proposal 1 --actor officer:wang"))
@account_path()
@click.argument("match")
@_proposal
@writes
def confirm(bank: Bank, key: str, actor: Actor | None, path: str, match: str, proposal: int) -> Sheet:
    """Confirm a match that another person has proposed."""
    return sheets.receipts(kept.confirm(bank.ledger, path, match, proposal, key=key, actor=_by(actor)))


@matches.command(epilog=example("bankcore matches reject bank:cash 0f3a --proposal 1 --actor officer:wang"))
@account_path()
@click.argument("match")
@_proposal
@writes
def reject(bank: Bank, key: str, actor: Actor | None, path: str, match: str, proposal: int) -> Sheet:
    """Turn down a match that another person has proposed; it is not offered again."""
    return sheets.receipts(kept.reject(bank.ledger, path, match, proposal, key=key, actor=_by(actor)))


@matches.command(epilog=example("bankcore matches undo bank:cash 0f3a --actor officer:wang"))
@account_path()
@click.argument("match")
@writes
def undo(bank: Bank, key: str, actor: Actor | None, path: str, match: str) -> Sheet:
    """Take back a proposal, or the decision on it: the match may be proposed again."""
    return sheets.receipts(kept.undo(bank.ledger, path, match, key=key, actor=_by(actor)))


@matches.command("list", epilog=example("bankcore matches list bank:cash --json"))
@account_path()
@reads
def list_(bank: Bank, path: str) -> Sheet:
    """List the matches of an account: who proposed and who decided them, and which are open again."""
    return Sheet({}, (kept.matches(bank.ledger.books, path),))


@matches.command("open", epilog=example("bankcore matches open bank:cash --on 2024-05-31"))
@account_path()
@click.option("--on", metavar="DATE", help="The day of the ages; the business date if not given.")
@reads
def open_(bank: Bank, path: str, on: str | None) -> Sheet:
    """List the entries of statements that were seen and have no confirmed match, with their age in days."""
    books = bank.ledger.books
    return Sheet({}, (kept.open_entries(books, path, day(on) or books.today),))


def _by(actor: Actor | None) -> Actor:
    return actor or Actor(Role.OFFICER, "bank")
