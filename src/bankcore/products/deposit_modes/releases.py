"""Releasing set-aside money on its date, all of it, and every so many months again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from bankcore.calendars import add_months
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product.records import existing
from bankcore.products.deposit_modes.choices import Choices, Release
from bankcore.products.deposit_modes.draft import Draft
from bankcore.products.deposit_modes.money import take_out
from bankcore.products.deposit_modes.registry import EARLY, MODE, Mode, due, mode_of, start, write_mode
from bankcore.products.deposit_modes.terms import Fill

__all__ = ["plan_release", "release"]


def plan_release(draft: Draft, mode: Mode, chosen: Choices, earliest: date) -> Mode:
    """Note the first release date on or after a day, counted in months from the opening, if there is one."""
    if mode.terms.fill is not Fill.RECEIPTS or chosen.release is not Release.DATE:
        return mode
    opened, step = mode.day("opened_on"), max(chosen.release_months, 1)
    dates = (add_months(opened, step * turn) for turn in count(1))
    return _note(draft, mode, next(day for day in dates if day >= earliest))


def release(books: Books, programme: str, enterprise: str, code: str) -> Iterator[Transaction]:
    """Give back all that is set aside; a frozen demand account is asked again the next day."""
    draft, today = start(books, programme), books.today
    mode = mode_of(books, existing(books, MODE, programme, enterprise, code))
    chosen = mode.is_open and mode.choices.release is Release.DATE
    if not chosen or mode.data["release_due"] != today.isoformat():
        return
    draft.move(mode.path, mode.demand, mode.balance)
    if draft.is_postable():
        _, after = take_out(draft, mode, "release", mode.balance, mode.terms.demand_rate, release_due="")
        plan_release(draft, after, mode.choices, today + timedelta(days=1))
    else:
        draft = start(books, programme)
        _note(draft, mode, today + timedelta(days=1))
    yield draft.transaction("release", f"{code} of {enterprise} is released")


def _note(draft: Draft, mode: Mode, on: date) -> Mode:
    due(draft, on, EARLY, mode.enterprise, mode.code, "release")
    return write_mode(draft, mode, mode.data["event"], release_due=on.isoformat())
