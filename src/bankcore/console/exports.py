"""The command that writes a book in the formats of other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

import click

from bankcore.bank import Bank, utc_now
from bankcore.console.options import book_option, day, example, name_option, open_bank
from bankcore.console.progress import shown
from bankcore.interchange.exports.beancount import beancount
from bankcore.interchange.exports.camt053 import camt053
from bankcore.interchange.exports.hledger import hledger
from bankcore.interchange.exports.rows import as_csv, as_jsonl

__all__ = ["export"]

_WHOLE: Final[dict[str, Callable[..., Iterator[str]]]] = {
    "hledger": hledger,
    "beancount": beancount,
    "csv": as_csv,
    "jsonl": as_jsonl,
}
_TWICE: Final = (hledger, beancount)  # read the journal twice
_STATEMENT: Final = "camt053"


@click.command(
    epilog=example(
        "bankcore export --format hledger > bank.journal && hledger -f bank.journal check -s",
        "bankcore export --format beancount > bank.beancount && bean-check bank.beancount",
        "bankcore export --format camt053 --account bank:demand:li --from 2024-05-01 --to 2024-05-31",
    )
)
@click.option("--format", "form", type=click.Choice([*_WHOLE, _STATEMENT]), required=True, help="The format.")
@click.option("--account", "path", metavar="PATH", help="The account of a statement, for camt053.")
@click.option("--from", "since", metavar="DATE", help="The first value date of a statement.")
@click.option("--to", "until", metavar="DATE", help="The last value date of a statement.")
@click.option("--raw", is_flag=True, help="In csv, leave texts that a spreadsheet takes for formulas.")
@book_option()
@name_option
def export(
    book: str,
    book_name: str | None,
    form: str,
    path: str | None,
    since: str | None,
    until: str | None,
    raw: bool,
) -> None:
    """Write the journal in a format of other programs, or an account's statement as camt.053."""
    if form != _STATEMENT and (path or since or until):
        raise click.UsageError(f"--account, --from and --to are for {_STATEMENT}; {form} has the whole book.")
    if form == _STATEMENT and path is None:
        raise click.UsageError(f"{_STATEMENT} is the statement of one account: give --account.")
    if raw and form != "csv":
        raise click.UsageError(f"--raw is for csv: {form} has no formulas.")
    bank = open_bank(book, book_name, read_only=True)
    length = bank.ledger.reader.head().number * (1 + (_WHOLE.get(form) in _TWICE))
    with shown("transactions", length, quiet=path is not None or sys.stdout.isatty()) as progress:
        for text in _pieces(bank, form, path, day(since), day(until), raw, progress):
            click.echo(
                text.encode(), nl=False
            )  # as UTF-8 wherever it runs, for that is what these formats are


def _pieces(
    bank: Bank,
    form: str,
    path: str | None,
    since: date | None,
    until: date | None,
    raw: bool,
    progress: Callable[[int], object],
) -> Iterator[str]:
    with bank.ledger.reader as reader:
        if path is not None:
            yield from camt053(reader, path, utc_now(), since, until)
        elif raw:
            yield from as_csv(reader, raw=True, progress=progress)
        else:
            yield from _WHOLE[form](reader, progress=progress)
