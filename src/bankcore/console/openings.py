"""The command that brings balances forward."""

from __future__ import annotations

from typing import BinaryIO

import click

from bankcore.bank import Bank
from bankcore.console.options import ON, account_paths, day, example, given_key, value_date, writes
from bankcore.errors import BadAmount, BadCommand
from bankcore.interchange.accounts import describes_accounts, read_accounts, take_over
from bankcore.interchange.balances import name_of, read_balances, text_in
from bankcore.interchange.transactions import amount_in
from bankcore.ledger.accounts import AccountPath
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["opening", "take_over_file"]


@click.command(
    epilog=example(
        "bankcore opening bank:cash=700.00 deposit:li=500.00 --against equity:opening",
        "bankcore opening --file balances.csv --against equity:opening --on 2024-01-01",
        "bankcore opening --file customers.csv --against equity:opening",
    )
)
@click.argument("balances", nargs=-1, metavar="[PATH=AMOUNT]...")
@click.option(
    "--against", required=True, metavar="PATH", shell_complete=account_paths,
    help="The contra account.",
)  # fmt: skip
@click.option(
    "--file",
    type=click.File("rb"),
    help="A CSV with the columns account and balance, or also those of account open --file, or a JSON object"
    " of accounts and balances; '-' is standard input.",
)
@ON
@writes
def opening(
    bank: Bank,
    key: str,
    actor: Actor | None,
    balances: tuple[str, ...],
    against: str,
    file: BinaryIO | None,
    on: str | None,
) -> Sheet:
    """Bring balances forward into accounts without postings, in one transaction.

    Each amount is the account's opening balance on its normal side.  A file that also has the columns of
    account open --file opens its accounts, all in one commit or nothing: every row that cannot be used is
    named with its line, and the same file again is a replay.
    """
    text = text_in(file) if file else ""
    if file and describes_accounts(text):
        if balances:
            raise click.UsageError("Give either PATH=AMOUNT or a file that opens its accounts.")
        return take_over_file(bank, actor, name_of(file), text, against=against, on=on)
    pairs = [*map(_pair, balances), *(read_balances(name_of(file), text) if file else ())]
    if not pairs:
        raise click.UsageError("Nothing to bring forward: give PATH=AMOUNT or --file.")
    found: dict[AccountPath, int] = {}
    for text, balance in pairs:
        path = AccountPath.parse(text)
        if path in found:
            raise BadCommand("balances", f"{path} is given twice")
        try:
            found[path] = amount_in(bank.ledger, path, balance).quantity
        except BadAmount as error:  # named, to be found in a long file
            raise BadAmount(error.text, f"{error.reason}; it is the balance of {path}") from None
    receipt = bank.doors(actor).bring_forward(
        found, against=AccountPath.parse(against), key=key, effective_on=value_date(bank, on, key)
    )
    return sheets.receipts([receipt])


def take_over_file(
    bank: Bank,
    actor: Actor | None,
    name: str,
    text: str,
    *,
    against: str | None = None,
    on: str | None = None,
) -> Sheet:
    """Open the accounts of a file, and bring their balances forward where there is an account `against`."""
    dated = None if against is None else day(on)
    found = read_accounts(name, text, bank.ledger.book.base_unit, dated)
    other = None if against is None else AccountPath.parse(against)
    return sheets.receipts(
        take_over(bank, found, against=other, key=given_key() or "", actor=actor, on=dated)
    )


def _pair(text: str) -> tuple[str, object]:
    path, equals, amount = text.partition("=")
    if not equals:
        raise BadCommand("balances", f"{text!r} is not PATH=AMOUNT")
    return path, amount
