"""The command that brings balances forward."""

from __future__ import annotations

from typing import TextIO

import click

from bankcore.bank import Bank
from bankcore.console.options import ON, account_paths, example, value_date, writes
from bankcore.errors import BadAmount, BadCommand
from bankcore.interchange.balances import read_balances
from bankcore.interchange.transactions import amount_in
from bankcore.ledger.accounts import AccountPath
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["opening"]


@click.command(
    epilog=example(
        "bankcore opening bank:cash=700.00 deposit:li=500.00 --against equity:opening",
        "bankcore opening --file balances.csv --against equity:opening --on 2024-01-01",
    )
)
@click.argument("balances", nargs=-1, metavar="[PATH=AMOUNT]...")
@click.option(
    "--against", required=True, metavar="PATH", shell_complete=account_paths,
    help="The contra account.",
)  # fmt: skip
@click.option(
    "--file",
    type=click.File(encoding="utf-8"),
    help="A CSV with the columns account and balance, or a JSON object of them; '-' is standard input.",
)
@ON
@writes
def opening(
    bank: Bank,
    key: str,
    actor: Actor | None,
    balances: tuple[str, ...],
    against: str,
    file: TextIO | None,
    on: str | None,
) -> Sheet:
    """Bring balances forward into accounts without postings, in one transaction.

    Each amount is the account's opening balance on its normal side.
    """
    pairs = [*map(_pair, balances), *(read_balances(file) if file else ())]
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


def _pair(text: str) -> tuple[str, object]:
    path, equals, amount = text.partition("=")
    if not equals:
        raise BadCommand("balances", f"{text!r} is not PATH=AMOUNT")
    return path, amount
