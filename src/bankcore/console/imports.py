"""The command that takes a journal of another program into a book."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import click

from bankcore.amounts import Amount
from bankcore.console.options import (
    actor_option,
    book_option,
    confirm_option,
    example,
    name_option,
    open_bank,
)
from bankcore.console.output import answers_with_tables, form, notice_unknown, show
from bankcore.errors import BadCommand
from bankcore.interchange.imports import FORMATS, ImportIncomplete, Taken, read_journal, take_in
from bankcore.ledger.accounts import AccountType
from bankcore.product.actor import Actor
from bankcore.render.forms import Form, Sheet
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["import_"]

_SHOWN: Final = 20  # gaps that text lists
_Pairs = tuple[str, ...]


@click.command(
    "import",
    epilog=example(
        "bankcore import 2024.journal --check",
        "bankcore import drewr.dat --format ledger",
        "bankcore import 2024.journal --type bank=asset --type '*=expense' --unit '$=AUD/2'",
    ),
)
@click.argument("file", type=click.Path())
@click.option("--format", "given", type=click.Choice(FORMATS), help="The format; guessed if not given.")
@click.option("--type", "types", multiple=True, metavar="NAME=TYPE",
    help="The type of an account and those below it, asset for example; '*' for all others.")  # fmt: skip
@click.option("--unit", "units", multiple=True, metavar="NAME=UNIT", help="The unit of a commodity.")
@click.option("--year", type=click.IntRange(1, 9999), help="The year of dates that have none.")
@click.option("--source", metavar="NAME", help="What keys call the journal; the file's name if not given.")
@click.option("--strict", is_flag=True, help="Refuse a journal of which something has no place in the book.")
@click.option("--check", is_flag=True, help="Read it and show what would be done; write nothing.")
@confirm_option
@actor_option
@book_option()
@name_option
@answers_with_tables
def import_(
    file: str,
    given: str | None,
    types: _Pairs,
    units: _Pairs,
    year: int | None,
    source: str | None,
    strict: bool,
    check: bool,
    actor: str | None,
    book: str,
    book_name: str | None,
    confirm_clock: bool,
) -> None:
    """Take a journal of hledger, Ledger or Beancount into a book.

    Accounts and units are opened for what the journal names.  Shown are the accounts with the sum of the
    journal's postings, debits positive, and everything that has no place in a book, with its line.  Each
    transaction is written whole or not at all; the same file again is a replay.
    """
    who = None if actor is None else Actor.parse(actor)
    asked = {name: AccountType(word) for name, word in _pairs("type", types).items()}
    named = {name: Unit(text) for name, text in _pairs("unit", units).items()}
    bank = open_bank(book, book_name, confirm_clock=confirm_clock)
    told = read_journal(file, given or "", year=year)
    taken = take_in(
        bank,
        told,
        source=source or Path(file).name,
        types=asked,
        units=named,
        strict=strict,
        check=check,
        actor=who,
    )
    for name in asked:
        if name != "*" and not any(f"{it.name}:".startswith(f"{name}:") for it in taken.accounts):
            notice_unknown("the journal has no account", name, (it.name for it in taken.accounts))
    for name in named.keys() - {it.commodity for it in taken.accounts}:
        notice_unknown("the journal has no commodity", name, (it.commodity for it in taken.accounts))
    show(_sheet(taken))
    for first in taken.refused:
        reason = f"[{first.error.code}] {first.error}"
        raise ImportIncomplete(
            len(taken.refused), taken.transactions, first.place.file, first.place.line, reason
        )


def _pairs(option: str, texts: _Pairs) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals or name in pairs:
            raise BadCommand(option, f"{text!r} is not NAME=VALUE, each name once")
        pairs[name] = value
    return pairs


def _sheet(taken: Taken) -> Sheet:
    facts: dict[str, Any] = {
        name: getattr(taken, name) for name in ("transactions", "opened", "posted", "replayed")
    }
    facts |= {"refused": len(taken.refused), "gaps": len(taken.gaps)}
    accounts = tuple(
        (it.account.path, it.name, it.commodity, it.account.type.value, it.account.unit,
         Amount(it.quantity, it.account.unit), it.postings)
        for it in taken.accounts
    )  # fmt: skip
    kinds = Counter(it.what for it in taken.gaps).most_common()
    gaps = taken.gaps if form() is not Form.TEXT else taken.gaps[:_SHOWN]
    columns = ("account", "name", "commodity", "type", "unit", "sum", "postings")
    return Sheet(
        facts,
        (
            Table("accounts", columns, accounts),
            Table("refused", ("file", "line", "key", "error", "message"), tuple(
                (it.place.file, it.place.line, it.key, it.error.code, str(it.error)) for it in taken.refused
            )),
            Table("kinds of gaps", ("what", "count"), tuple(kinds)),
            Table("gaps", ("file", "line", "what", "reason"), tuple(
                (it.place.file, it.place.line, it.what, it.reason) for it in gaps
            )),
        ),
    )  # fmt: skip
