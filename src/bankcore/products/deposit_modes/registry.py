"""The records of deposit modes: offers, modes, term deposits, notices, claims, and what falls due when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from attrs import frozen

from bankcore.calendars import add_months, parse_date
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.product import chart
from bankcore.product.records import every, existing
from bankcore.product.records import terms_on as terms_of_day
from bankcore.product.schedules import in_force
from bankcore.products.deposit_modes.choices import Choices
from bankcore.products.deposit_modes.draft import Draft, data_of
from bankcore.products.deposit_modes.refusals import ModeClosed
from bankcore.products.deposit_modes.terms import ModeTerms, Use
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.rates import parse_fraction

__all__ = [
    "AGREEMENT", "CHANGE", "CLAIM", "DEPOSIT", "DUE", "EARLY", "IDLE", "LATE", "MODE", "NOTICE", "OFFER",
    "RECOMMENDATION", "Mode", "due", "mode_in", "mode_of", "modes_for", "modes_of", "offer_on", "start",
    "write_mode",
]  # fmt: skip

MONEY = chart.liability("platform:{programme}:mode:{enterprise}:{mode}")
INTEREST = chart.liability("platform:{programme}:interest:{enterprise}")  # of a quarter, due on the 21st

OFFER = "modes.offer"  # programme:mode, a deposit mode as the bank offers it
AGREEMENT = "modes.agreement"  # enterprise: one covers a demand account
CHANGE = "modes.change"  # programme:enterprise:mode, the decision of two people
CLAIM = "modes.claim"  # programme:claim
DEPOSIT = "modes.deposit"  # programme:enterprise:mode:number, for a term
DUE = "modes.due"  # programme:date:EARLY or LATE:enterprise:mode:job
IDLE = "modes.idle"  # programme:enterprise:mode, where idle money is placed at each close
MODE = "modes.mode"  # programme:enterprise:mode
NOTICE = "modes.notice"  # programme:enterprise:mode:date of the withdrawal
RECOMMENDATION = "modes.recommendation"  # programme:enterprise

EARLY, LATE = "1", "2"  # what a close does before the day's balances count, and after


@frozen
class Mode:
    """An enterprise's mode, with the bank's terms and its own choices of the day."""

    programme: str
    enterprise: str
    code: str
    data: dict[str, Any]
    terms: ModeTerms
    choices: Choices

    @property
    def id(self) -> tuple[str, str, str]:
        """The parts of the record's id."""
        return self.programme, self.enterprise, self.code

    @property
    def path(self) -> AccountPath:
        """The account with its money."""
        return MONEY(self.programme, self.enterprise, self.code)

    @property
    def demand(self) -> AccountPath:
        """The enterprise's demand account."""
        return chart.DEMAND(self.enterprise)

    @property
    def balance(self) -> int:
        """The money in it."""
        return int(self.data["balance"])

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.data["ended_on"] is None

    def day(self, name: str) -> date:
        """A date of its data."""
        return parse_date(self.data[name])

    @property
    def release_on(self) -> date:
        """The first day on which set-aside money may be withdrawn."""
        return add_months(self.day("opened_on"), self.choices.release_months)

    def fraction(self, name: str) -> Fraction:
        """An exact number of its data."""
        return parse_fraction(self.data[name])

    def may(self, use: Use) -> bool:
        """Whether the money may be used so."""
        return use in self.terms.uses


def start(books: Books, programme: str) -> Draft:
    """A transaction of today; raises NotFound where there is no such programme."""
    return PROGRAMMES.voucher(books, PROGRAMMES.today(books, programme), programme)


def offer_on(books: Books, programme: str, mode: str, day: date) -> ModeTerms:
    """The terms of a mode in force on a day that is not closed; raises NotFound."""
    existing(books, OFFER, programme, mode)
    return terms_of_day(ModeTerms, books, OFFER, f"{programme}:{mode}", day)


def mode_in(draft: Draft, enterprise: str, mode: str) -> Mode:
    """An open mode as the draft leaves it; raises NotFound where it is not offered, ModeClosed."""
    books, programme = draft.books, draft.agreement
    terms = offer_on(books, programme, mode, books.today)
    data = data_of(draft, MODE, programme, enterprise, mode)
    if not data or data["ended_on"] is not None:
        raise ModeClosed(enterprise, mode)
    return Mode(programme, enterprise, mode, data, terms, _chosen(data, books.today))


def modes_of(books: Books, programme: str, enterprise: str = "") -> Iterator[Mode]:
    """All modes of a programme, or of one enterprise in it, open or ended, in the order of their ids."""
    root = f"{programme}:{enterprise}" if enterprise else programme
    for record in every(books, MODE, root):
        yield mode_of(books, record)


def mode_of(books: Books, record: Record) -> Mode:
    """The mode of a record."""
    programme, enterprise, code = record.id.split(":")
    terms = offer_on(books, programme, code, books.today)
    return Mode(programme, enterprise, code, dict(record.data), terms, _chosen(record.data, books.today))


def modes_for(draft: Draft, enterprise: str, use: Use) -> list[Mode]:
    """The enterprise's open modes whose money may be used so, as the draft leaves them."""
    known = [mode.code for mode in modes_of(draft.books, draft.agreement, enterprise)]
    drafted = (data_of(draft, MODE, draft.agreement, enterprise, code) for code in known)
    are_open = [code for code, data in zip(known, drafted, strict=True) if data["ended_on"] is None]
    return [mode for mode in (mode_in(draft, enterprise, code) for code in are_open) if mode.may(use)]


def write_mode(draft: Draft, mode: Mode, event: str, moved: int = 0, **changes: Any) -> Mode:
    """Change a mode's data and balance, and note the event for its statement; returns the mode as it is."""
    noted = {"event": event, "on": draft.books.today.isoformat(), "moved": moved}
    data = {**mode.data, **changes, **noted, "balance": mode.balance + moved}
    draft.write(MODE, *mode.id, **data)
    return Mode(*mode.id, data, mode.terms, _chosen(data, draft.books.today))


def due(draft: Draft, on: date, stage: str, *job: str) -> None:
    """Note that something is to be done at the close of a day."""
    draft.write(DUE, draft.agreement, on.isoformat(), stage, *job)


def _chosen(data: Any, day: date) -> Choices:
    return _read(canonical_json(in_force(data["schedule"], day)))


@lru_cache(maxsize=4096)
def _read(text: str) -> Choices:
    """Reading choices takes longer than a rule, and most customers have the usual ones."""
    return Choices.from_data(json.loads(text))
