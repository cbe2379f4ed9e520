"""The command that compares an account with the statements of its bank."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.console.options import account_path, day, example, reads
from bankcore.console.output import show
from bankcore.interchange.statements import FORMATS
from bankcore.ledger.accounts import Side
from bankcore.reconciliation import read_statements, reconcile_account
from bankcore.reconciling.items import Rules
from bankcore.reconciling.result import Reconciliation, State
from bankcore.render.forms import Sheet
from bankcore.replay import read_mapping

__all__ = ["STATUS", "compared", "compares", "reconcile"]

STATUS: Final = {State.OPEN: 7, State.NOT_ADDING_UP: 8}  # the exit status of what was found


def compares(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an account, statements and how they are compared, as `asked` to pass to `compared`."""

    @functools.wraps(command)
    def called(bank: Bank, *, path: str, **given: Any) -> Any:
        names = ("files", "map_path", "form", "bank_account", "since", "until", "days", "side")
        asked = {name: given.pop(name) for name in names}
        return command(bank, path=path, asked=asked, **given)

    asking = called
    for option in reversed(_OPTIONS):
        asking = option(asking)
    return account_path()(click.argument("files", metavar="STATEMENT...", nargs=-1, required=True)(asking))


def compared(bank: Bank, path: str, asked: dict[str, Any]) -> Reconciliation:
    """The account compared with its statements, as `compares` was given them."""
    if asked["map_path"] and asked["form"]:
        raise click.UsageError("--map is for CSV, and --format for other formats: give one of them.")
    mapping = read_mapping(asked["map_path"]) if asked["map_path"] else None
    files = (read_statements(file, mapping, asked["form"], asked["bank_account"]) for file in asked["files"])
    return reconcile_account(
        bank.ledger.reader,
        path,
        [it for statements in files for it in statements],
        Rules(days=asked["days"]),
        since=day(asked["since"]),
        until=day(asked["until"]),
        side=None if asked["side"] is None else Side(asked["side"]),
    )


_OPTIONS: Final = (
    click.option("--map", "map_path", metavar="FILE", help="The map of a bank's CSV, as of `replay`."),
    click.option(
        "--format", "form", type=click.Choice([*FORMATS]), help="The format; found out if not given."
    ),
    click.option(
        "--bank-account", metavar="NUMBER", help="The bank's number, where a file has several accounts."
    ),
    click.option("--from", "since", metavar="DATE", help="The first value date of the period."),
    click.option("--to", "until", metavar="DATE", help="The last value date of the period."),
    click.option(
        "--days",
        type=click.IntRange(min=0, max=366),
        default=Rules().days,
        show_default=True,
        help="The most days between a posting and its entry.",
    ),
    click.option(
        "--in",
        "side",
        type=click.Choice([it.value for it in Side]),
        help="The account's side that the statement shows as coming in; its normal side if not given.",
    ),
)


@click.command(
    epilog=example(
        "bankcore reconcile bank:cash may.sta",
        "bankcore reconcile bank:cash may.csv --map bank.toml --table open_items --csv",
        "bankcore reconcile bank:cash april.xml may.xml --days 3",
    )
)
@reads
@compares
def reconcile(bank: Bank, path: str, asked: dict[str, Any]) -> None:
    """Compare an account with its bank's statements: camt.053, MT940, OFX, or CSV by a map.

    Nothing is written. Shown are the items that have no counterpart, with their age and what they look like,
    the matches with their reasons, and the parts that make the difference of the balances.

    Exit status: 0 each item has its counterpart, 7 items are open or a match is ambiguous, 8 the statement
    does not add up; another one where a file cannot be read.
    """
    found = compared(bank, path, asked)
    show(_sheet(path, found))
    click.get_current_context().exit(STATUS.get(found.state, 0))


def _sheet(path: str, found: Reconciliation) -> Sheet:
    def amount(quantity: int | None) -> Amount | None:
        return None if quantity is None else Amount(quantity, found.unit)

    facts = {
        "account": path,
        "state": found.state.value,
        "from": found.since,
        "to": found.until,
        "statement closing": amount(found.closing),
        "book closing": amount(found.book_closing),
        "difference": amount(found.difference),
        "matched": len(found.matches),
        "open": len(found.open),
        "repeated": found.repeated,
        "notes": "; ".join(found.notes),
    }
    return Sheet(facts, found.tables())
