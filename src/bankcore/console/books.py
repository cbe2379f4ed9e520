"""Commands on a whole book: make it, close its days, verify it."""

from __future__ import annotations

from typing import Any

import click
from attrs import evolve

from bankcore.bank import Bank, utc_now
from bankcore.calendars import parse_date
from bankcore.console.options import book_option, day, example, keep_open, opens, reads
from bankcore.console.output import answers
from bankcore.ledger.evidence.audit import verify as audit
from bankcore.ledger.evidence.seals import parse_digest
from bankcore.ledger.ports import Head
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.stores.engine import ENGINE
from bankcore.stores.open import open_store
from bankcore.units import Unit

__all__ = ["book", "close_day", "init", "verify"]


@click.command(epilog=example("bankcore init --book mall.db --opened-on 2024-05-01"))
@book_option(help="The file; it may hold books already.")
@click.option("--name", default="main", show_default=True, help="What the book is called.")
@click.option("--unit", default="CNY/2", show_default=True, help="Its base unit, as CODE/decimals.")
@click.option("--opened-on", metavar="DATE", help="Its first business date; today if not given.")
@answers
def init(book: str, name: str, unit: str, opened_on: str | None) -> Sheet:
    """Make a book, in a new file or beside the books of a file."""
    first, base = day(opened_on) or utc_now().date(), Unit(unit)  # before there is a file
    store = keep_open(open_store(book, create=True))
    return sheets.book(Bank.create(store, opened_on=first, name=name, base_unit=base).ledger.book, book)


@click.command(epilog=example("bankcore book", "bankcore book --json"))
@reads
def book(bank: Bank) -> Sheet:
    """Show what a book is and where it stands: its business date, its last transaction, its digest.

    It also names the SQLite that reads it, whether that is sound, and how the clock stands to the book.
    """
    head = bank.ledger.reader.head()
    return sheets.standing(bank.ledger.book, bank.today, head, _around(head))


@click.command(epilog=example("bankcore close-day", "bankcore close-day --on 2024-05-31"))
@click.option("--on", metavar="DATE", help="The last day to close; the business date if not given.")
@opens
def close_day(bank: Bank, on: str | None) -> Sheet:
    """Close the business day, or all open days up to a date; closing a day again writes nothing."""
    closed = bank.close_day(bank.today if on is None else parse_date(on))
    return sheets.day_close(closed, bank.today)


@click.command(epilog=example("bankcore verify", "bankcore verify --seal $SEAL"))
@click.option("--seal", "kept", multiple=True, metavar="HEX", help="A seal that must be there; repeatable.")
@reads
def verify(bank: Bank, kept: tuple[str, ...]) -> Sheet:
    """Derive every stored figure again from the journal, and test the products' invariants.

    Of what is found, the first twenty contradictions that follow from no other are listed, each with how
    many follow from it; --json lists all.
    """
    found = audit(bank.ledger.reader, bank.ledger.book, map(parse_digest, kept))
    if not found.findings:
        found = evolve(found, findings=tuple(bank.broken_invariants()))
    return sheets.verification(found.require(), _around(bank.ledger.reader.head()))


def _around(head: Head) -> dict[str, Any]:
    skew = None if head.recorded_at is None else utc_now().replace(microsecond=0) - head.recorded_at
    return sheets.around(str(ENGINE), ENGINE.sound, skew, ClockLimits())
