"""Commands on accounts."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.console.openings import take_over_file
from bankcore.console.options import (
    account_path,
    account_paths,
    choice,
    day,
    example,
    reads,
    writes,
)
from bankcore.interchange.balances import name_of, text_in
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side, Status
from bankcore.ledger.reading.statements import balances
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.units import Unit

__all__ = ["account"]

_FROZEN = {"debits": Status.DEBITS_FROZEN, "credits": Status.CREDITS_FROZEN, "both": Status.FROZEN}
_UNLIMITED = "none"
_reason = click.option("--reason", required=True, help="The reason; it is kept in the journal.")


@click.group(
    epilog=example(
        "bankcore account open bank:cash --type asset --floor 0",
        "bankcore account freeze bank:cash --reason 'court order'",
    )
)
def account() -> None:
    """Open, list, show, change, freeze, close and reopen accounts."""


@account.command(
    "open",
    epilog=example(
        "bankcore account open bank:cash --type asset --floor 0", "bankcore account open --file accounts.csv"
    ),
)
@account_path(required=False)
@click.option("--type", "kind", type=choice(AccountType), help="The account type; needed for one account.")
@click.option(
    "--file",
    type=click.File("rb"),
    help="A CSV with the columns account and type, and where needed unit, normal_side, floor, ceiling, party,"
    " opened_on and reason; '-' is standard input.",
)
@click.option("--unit", help="Its unit, as CODE/decimals; the book's base unit if not given.")
@click.option("--normal-side", type=choice(Side), help="The side that increases it; its type's if not given.")
@click.option("--floor", metavar="AMOUNT", help="The least it may hold; unlimited if not given.")
@click.option("--ceiling", metavar="AMOUNT", help="The most it may hold; unlimited if not given.")
@click.option("--opened-on", metavar="DATE", help="Its first value date; the business date if not given.")
@click.option("--party", default="", help="The party it belongs to.")
@click.option("--reason", default="", help="The reason; it is kept in the journal.")
@writes
def open_account(
    bank: Bank,
    key: str,
    actor: Actor | None,
    path: str | None,
    kind: str | None,
    file: BinaryIO | None,
    unit: str | None,
    normal_side: str | None,
    floor: str | None,
    ceiling: str | None,
    opened_on: str | None,
    party: str,
    reason: str,
) -> Sheet:
    """Open an account, or all of a file.

    A file is opened in one commit or not at all: every row that cannot be used is named with its line.  The
    same file again is a replay.
    """
    if file is not None:
        if path or kind or unit or normal_side or floor or ceiling or opened_on or party or reason:
            raise click.UsageError("With --file everything about the accounts stands in the file.")
        return take_over_file(bank, actor, name_of(file), text_in(file))
    if path is None or kind is None:
        raise click.UsageError("Give the account's PATH and --type, or a --file.")
    held = bank.ledger.book.base_unit if unit is None else Unit(unit)
    what = AccountType(kind)
    opened = Account(
        path,
        what,
        held,
        normal_side=what.normal_side if normal_side is None else Side(normal_side),
        floor=_limit(floor, held),
        ceiling=_limit(ceiling, held),
        opened_on=day(opened_on),
        party=party,
        reason=reason,
    )
    return sheets.receipts([bank.doors(actor).open([opened], key=key)])


@account.command("list", epilog=example("bankcore account list", "bankcore account list wallet:mall --csv"))
@account_path("root", default="")
@reads
def list_accounts(bank: Bank, root: str) -> Sheet:
    """List the accounts at and below a path, or all."""
    return sheets.chart(balances(bank.ledger.reader, root))


@account.command("show", epilog=example("bankcore account show bank:cash"))
@account_path()
@reads
def show(bank: Bank, path: str) -> Sheet:
    """Show an account: its description, its balance and the history of its changes."""
    balance = bank.ledger.balance(path)
    return sheets.account(balance, bank.ledger.reader.versions("account", path))


@account.command(
    "change", epilog=example("bankcore account change bank:cash --floor none --reason overdraft")
)
@account_path()
@click.option("--floor", metavar="AMOUNT", help="The least it may hold, or 'none'.")
@click.option("--ceiling", metavar="AMOUNT", help="The most it may hold, or 'none'.")
@click.option("--party", help="The party it belongs to.")
@_reason
@writes
def change(
    bank: Bank,
    path: str,
    floor: str | None,
    ceiling: str | None,
    party: str | None,
    **rest: Any,
) -> Sheet:
    """Change an account's limits or party."""
    unit = bank.ledger.balance(path).account.unit
    limits = {"floor": floor, "ceiling": ceiling}
    changes: dict[str, Any] = {name: _limit(text, unit) for name, text in limits.items() if text is not None}
    if party is not None:
        changes["party"] = party
    if not changes:
        raise click.UsageError("Nothing to change: give --floor, --ceiling or --party.")
    return _changed(bank, path, **rest, **changes)


@account.command("freeze", epilog=example("bankcore account freeze bank:cash --reason 'court order'"))
@account_path()
@click.option(
    "--side", type=click.Choice(list(_FROZEN)), default="both", show_default=True, help="What stops."
)
@_reason
@writes
def freeze(bank: Bank, path: str, side: str, **rest: Any) -> Sheet:
    """Block an account's debits, its credits or both."""
    return _changed(bank, path, status=_FROZEN[side], **rest)


@account.command("unfreeze", epilog=example("bankcore account unfreeze bank:cash --reason 'order lifted'"))
@account_path()
@_reason
@writes
def unfreeze(bank: Bank, path: str, key: str, actor: Actor | None, reason: str) -> Sheet:
    """Allow debits and credits on an account again."""
    receipt = bank.doors(actor).unfreeze(AccountPath.parse(path), key=key, reason=reason)
    return sheets.receipts([receipt])


@account.command(
    "close",
    epilog=example(
        "bankcore account close bank:till --reason 'branch closed'",
        "bankcore account close deposit:li --into bank:demand:li --reason 'customer left'",
    ),
)
@account_path()
@click.option(
    "--into",
    metavar="PATH",
    shell_complete=account_paths,
    help="The account that receives its balance; without it the balance must be zero.",
)
@_reason
@writes
def close(bank: Bank, path: str, key: str, actor: Actor | None, into: str | None, reason: str) -> Sheet:
    """Close an account; it accepts no postings until it is reopened."""
    target = None if into is None else AccountPath.parse(into)
    receipt = bank.doors(actor).close_account(AccountPath.parse(path), key=key, reason=reason, into=target)
    return sheets.receipts([receipt])


@account.command("reopen", epilog=example("bankcore account reopen deposit:li --reason 'customer came back'"))
@account_path()
@_reason
@writes
def reopen(bank: Bank, path: str, key: str, actor: Actor | None, reason: str) -> Sheet:
    """Open a closed account again, for value dates from the business date on."""
    receipt = bank.doors(actor).reopen(AccountPath.parse(path), key=key, reason=reason)
    return sheets.receipts([receipt])


def _changed(bank: Bank, path: str, actor: Actor | None, **changes: Any) -> Sheet:
    receipt = bank.doors(actor).change(AccountPath.parse(path), **changes)
    return sheets.receipts([receipt])


def _limit(text: str | None, unit: Unit) -> int | None:
    return None if text in (None, _UNLIMITED) else Amount.parse(text, unit).quantity
