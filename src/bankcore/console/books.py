"""Commands on a whole book: create it, close its days, verify it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from attrs import evolve

from bankcore.bank import Bank, utc_now
from bankcore.calendars import parse_date
from bankcore.console.options import (
    book_option,
    day,
    example,
    keep_open,
    opens,
    preview_option,
    reads,
    refuse_unfinished,
)
from bankcore.console.output import answers, passing_days, show
from bankcore.console.zones import local_zone
from bankcore.errors import DayAhead
from bankcore.ledger.evidence.audit import verify as audit
from bankcore.ledger.evidence.seals import parse_digest
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.stores.engine import ENGINE
from bankcore.stores.open import open_store
from bankcore.stores.unfinished import forget_mark
from bankcore.units import Unit
from bankcore.zones import day_in

__all__ = ["book", "close_day", "init", "verify"]


@click.command(epilog=example("bankcore init --book mall.db --opened-on 2024-05-01"))
@book_option(help="The file or its URL; it may hold books already.")
@click.option("--name", default="main", show_default=True, help="The name of the book.")
@click.option("--unit", default="CNY/2", show_default=True, help="Its base unit, as CODE/decimals.")
@click.option("--opened-on", metavar="DATE", help="Its first business date; today if not given.")
@click.option("--zone", metavar="NAME", help="The time zone of its days; this machine's if not given.")
@click.option("--ahead", is_flag=True, help="Allow a first day in the future.")
@answers
def init(book: str, name: str, unit: str, opened_on: str | None, zone: str | None, ahead: bool) -> Sheet:
    """Create a book, in a new file or in a file with other books."""
    where, base = local_zone() if zone is None else zone, Unit(unit)  # checked before the file is created
    today = day_in(where, utc_now())
    first = day(opened_on) or today
    if first > today and not ahead:
        raise DayAhead(first, today, where)
    forget_mark(book)
    refuse_unfinished(book)
    store = keep_open(open_store(book, create=True))
    made = Bank.create(store, opened_on=first, name=name, base_unit=base, zone=where)
    return sheets.book(made.ledger.book, getattr(store, "place", book))  # a URL may have a password


@click.command(epilog=example("bankcore book", "bankcore book --json"))
@reads
def book(bank: Bank) -> Sheet:
    """Show a book's name, base unit, business date, last transaction and digest.

    Also shown: the version of the engine and whether it is sound, and how far the clock is from the book.
    """
    ledger = bank.ledger
    return sheets.standing(ledger.book, bank.today, ledger.reader.head(), _around(ledger))


@click.command(
    epilog=example("bankcore close-day --on yesterday", "bankcore close-day --on 2024-05-31 --preview")
)
@click.option(
    "--on", required=True, metavar="DATE", help="The last day to close: a date, today or yesterday."
)
@click.option("--ahead", is_flag=True, help="Allow a day in the future.")
@preview_option("Show the days and the first day's steps; write nothing.")
@opens
def close_day(bank: Bank, on: str, ahead: bool, preview: bool) -> Sheet:
    """Close all open days up to a date, irreversibly; closing a day again writes nothing.

    Today and yesterday are those of the book's time zone.
    """
    words = {"today": 0, "yesterday": 1}
    last = bank.calendar_day - timedelta(days=words[on]) if on in words else parse_date(on)
    if preview:
        days = bank.open_days(last, ahead=ahead)
        return sheets.close_preview(days, bank.preview_close() if days else ())
    return sheets.day_close(bank.close_day(last, ahead=ahead, progress=passing_days), bank.today)


@click.command(epilog=example("bankcore verify", "bankcore verify --seal $SEAL"))
@click.option("--seal", "kept", multiple=True, metavar="HEX", help="A seal the book must have; repeatable.")
@reads
def verify(bank: Bank, kept: tuple[str, ...]) -> None:
    """Derive every stored figure again from the journal, and test the products' invariants.

    Those of a product that is not installed, or in another version than the book needs, cannot be tested:
    they are named, and the exit status is 3.

    The first twenty contradictions that are causes are listed, each with the number of others that
    result from it; --json lists all causes.
    """
    found = audit(bank.ledger.reader, bank.ledger.book, map(parse_digest, kept))
    if not found.findings:
        found = evolve(found, findings=tuple(bank.broken_invariants()))
    unfit = bank.unfit()
    show(sheets.verification(found.require(), _around(bank.ledger), unfit))
    for refusal in unfit.values():
        raise refusal


def _around(ledger: Ledger) -> dict[str, Any]:
    head, engine = ledger.reader.head(), getattr(ledger.store, "engine", ENGINE)
    skew = None if head.recorded_at is None else utc_now().replace(microsecond=0) - head.recorded_at
    return sheets.around(str(engine), engine.sound, skew, ClockLimits())
