"""Declared yield pools (收益池): an amount divided by the daily balances of its days, by largest remainder.

Nothing is posted here: shares become due in the clients' accruals, and are paid as all yield is.

>>> PoolRefused(date(2024, 5, 1), date(2024, 5, 8), "yield is by rate").code
'pool_refused'
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.business_days import business_calendar, tell_calendar_end
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.value_dates import late_day
from bankcore.products.wallet.programmes import (
    PROGRAMMES,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
    YieldMode,
)

__all__ = ["DeclarePool", "PoolRefused"]

noun = Noun(__name__)
_DAY = timedelta(days=1)


class State(Enum):
    """Where a pool stands."""

    OPEN = "open"
    SPLIT = "split"
    VOID = "void"  # nobody held anything


@frozen(kw_only=True)
class Pool(Facts):
    """What is divided by the balances of [start, end), and the day on which it is paid."""

    KIND: ClassVar = "wallet.pool"  # programme:start
    amount: int
    start: date
    end: date
    pay_on: date
    state: State = State.OPEN
    declared_on: date | None = kept(None, absent=True)  # where that is after its first day

    @property
    def is_late(self) -> bool:
        """Whether days of it were closed when it was declared."""
        return self.declared_on is not None


class PoolRefused(ProductRejection):
    sentence = "no yield pool from {start} to {end}: {reason}"
    start: date
    end: date
    reason: str


@frozen
class DeclarePool(OfProgramme):
    """Declare a yield pool, divided by daily balances of [start, end), also of past days (公布收益池)."""

    amount: Amount = fields.amount("what is divided")
    start: date = fields.day("first day that counts")
    end: date = fields.day("day after the last that counts; the pool is paid on it, or today")

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise BadCommand("end", f"{self.end} is not after the start {self.start}")


@noun.rule(DeclarePool)
def declare_pool(terms: WalletTerms, command: DeclarePool, books: Books) -> Plan:
    """Announce a pool, of days to come or of past ones.

    Refuses, in this order: UnitMismatch, PeriodClosed where its last day is more than `value_back` days ago,
    PoolRefused.
    """
    programme, start, end = command.programme, command.start, command.end
    amount, today = terms.minor_units(command.amount), books.today
    late_day(min(end - _DAY, today), today, terms.value_back)
    if start < (began := PROGRAMMES.schedule(books, programme)[0][0]):
        raise PoolRefused(start, end, f"the programme began on {began}")
    then = PROGRAMMES.on(books, programme, start)
    past = (start + n * _DAY for n in range((min(end, today) - start).days))
    for day in (start, *past):
        if PROGRAMMES.on(books, programme, day).yield_mode is not YieldMode.POOL:
            raise PoolRefused(start, end, "yield is by rate")
    for other in Pool.every(books, programme):
        if other.start < end and start < other.end:
            raise PoolRefused(start, end, f"the pool from {other.start} covers some of its days")
    pay_on = business_calendar(then.calendar, then.past_calendar).roll(end, then.roll)
    if pay_on <= start:
        raise PoolRefused(start, end, f"it would be paid on {pay_on}, before any day counts")
    pool = Pool(
        id=f"{programme}:{start}", amount=amount, start=start, end=min(end, pay_on),
        pay_on=max(pay_on, today), declared_on=today if start < today else None,
    )  # fmt: skip
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(pool)
    tell_calendar_end(voucher, then.calendar, then.roll, programme, pool.id, pay_on)
    return voucher.plan("pool", f"yield pool of {Amount(amount, terms.unit)} for {start} to {end}")


def pool_of(books: Books, programme: str, day: date) -> str:
    """The first day of the pool that a day's close weighs for; empty for none."""
    known = (it for it in Pool.every(books, programme) if not it.is_late)
    covering = (it.start for it in known if it.start <= day < it.end)
    return next((start.isoformat() for start in covering), "")


def open_pool(books: Books, programme: str) -> Pool | None:
    """The pool that closed days have weighed for and that is not divided yet, if there is one."""
    known = (it for it in Pool.every(books, programme) if it.state is State.OPEN and not it.is_late)
    return next((it for it in known if it.start < books.today), None)


def client_of(pocket: str) -> str:
    """The client whose pocket it is."""
    return pocket.split(":")[3]
