"""The command that brings balances forward."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import TextIO

import click

from bankcore.bank import Bank
from bankcore.cli.options import ON, account_paths, amount_in, example, value_date, writes
from bankcore.errors import BadAmount, BadCommand, BadFile, BadRow
from bankcore.ledger.accounts import AccountPath
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["opening", "read_balances"]

_COLUMNS = ["account", "balance"]
_Pairs = Iterable[tuple[str, object]]


@click.command(
    epilog=example(
        "bankcore opening bank:cash=700.00 deposit:li=500.00 --against equity:opening",
        "bankcore opening --file balances.csv --against equity:opening --on 2024-01-01",
    )
)
@click.argument("balances", nargs=-1, metavar="[PATH=AMOUNT]...")
@click.option(
    "--against", required=True, metavar="PATH", shell_complete=account_paths,
    help="The account that takes the other side.",
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

    Each amount is what the account brings along on its normal side.
    """
    pairs = [*map(_pair, balances), *(read_balances(file) if file else ())]
    if not pairs:
        raise click.UsageError("Nothing to bring forward: give PATH=AMOUNT or --file.")
    found: dict[AccountPath, int] = {}
    for text, balance in pairs:
        path = AccountPath.parse(text)
        if path in found:
            raise BadCommand("balances", f"{path} stands twice")
        try:
            found[path] = amount_in(bank, path, balance).quantity
        except BadAmount as error:  # in a long file it has to be found
            raise BadAmount(error.text, f"{error.reason}; it is the balance of {path}") from None
    receipt = bank.doors(actor).bring_forward(
        found, against=AccountPath.parse(against), key=key, effective_on=value_date(bank, on, key)
    )
    return sheets.receipts([receipt])


def _pair(text: str) -> tuple[str, object]:
    path, equals, amount = text.partition("=")
    if not equals:
        raise BadCommand("balances", f"{text!r} is no PATH=AMOUNT")
    return path, amount


def read_balances(file: TextIO) -> _Pairs:
    """The accounts and balances of a file, as they stand there; raises BadFile, BadRow."""
    try:
        text = file.read().removeprefix("\ufeff")
    except ValueError as error:
        raise BadFile(file.name, f"it is not text ({error})") from None
    try:
        if text.lstrip().startswith("{"):
            forms: list[tuple[str, object]] = json.loads(text, object_pairs_hook=list)
            return forms
    except (ValueError, RecursionError) as error:
        raise BadFile(file.name, f"it is not JSON ({error})") from None
    return _rows(file.name, text)


def _rows(name: str, text: str) -> Iterator[tuple[str, object]]:
    lines = csv.reader(text.splitlines())
    try:
        if (head := next(lines, [])) != _COLUMNS:
            raise BadFile(name, f"its first line is {','.join(head)!r}, not 'account,balance'")
        for row in lines:
            if row and len(row) != len(_COLUMNS):
                raise BadRow(lines.line_num, _COLUMNS[-1], f"{len(row)} columns, not {len(_COLUMNS)}")
            if row:
                yield row[0], row[1]
    except csv.Error as error:
        raise BadFile(name, f"it is not CSV ({error})") from None
