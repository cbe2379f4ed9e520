"""Declared yield pools (收益池): an amount divided by the daily balances of its days, by largest remainder.

Nothing is posted here: shares become due in the clients' accruals, and are paid as all yield is.

>>> PoolRefused(date(2024, 5, 1), date(2024, 5, 8), "yield is by rate").code
'pool_refused'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from functools import partial
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount, largest_remainder
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import fields
from bankcore.product.business_days import business_calendar, tell_calendar_end
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import every, pages
from bankcore.products.wallet.accruals import ACCRUAL, YieldState
from bankcore.products.wallet.clients import POCKET
from bankcore.products.wallet.programmes import (
    PROGRAMMES,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
    YieldMode,
    running,
)

__all__ = ["DeclarePool", "PoolRefused"]

noun = Noun(__name__)


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


class PoolRefused(ProductRejection):
    sentence = "no yield pool from {start} to {end}: {reason}"
    start: date
    end: date
    reason: str


@frozen
class DeclarePool(OfProgramme):
    """Declare a yield pool, divided by daily balances of [start, end) (公布收益池)."""

    amount: Amount = fields.amount("what is divided")
    start: date = fields.day("first day that counts")
    end: date = fields.day("day after the last that counts; the pool is paid on it")

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise BadCommand("end", f"{self.end} is not after the start {self.start}")


@noun.rule(DeclarePool)
def declare_pool(terms: WalletTerms, command: DeclarePool, books: Books) -> Plan:
    """Announce a pool for days that are still open.  Refuses: UnitMismatch, PoolRefused."""
    programme, start, end = command.programme, command.start, command.end
    amount = terms.minor_units(command.amount)
    if start < books.today:
        raise PoolRefused(start, end, f"days before {books.today} are closed")
    then = PROGRAMMES.on(books, programme, start)
    if then.yield_mode is not YieldMode.POOL:
        raise PoolRefused(start, end, "yield is by rate")
    for other in Pool.every(books, programme):
        if other.start < end and start < other.end:
            raise PoolRefused(start, end, f"the pool from {other.start} covers some of its days")
    pay_on = business_calendar(then.calendar, then.past_calendar).roll(end, then.roll)
    if pay_on <= start:
        raise PoolRefused(start, end, f"it would be paid on {pay_on}, before any day counts")
    pool = Pool(id=f"{programme}:{start}", amount=amount, start=start, end=min(end, pay_on), pay_on=pay_on)
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(pool)
    tell_calendar_end(voucher, then.calendar, then.roll, programme, pool.id, pay_on)
    return voucher.plan("pool", f"yield pool of {Amount(amount, terms.unit)} for {start} to {end}")


def pool_of(books: Books, programme: str, day: date) -> str:
    """The first day of the pool that covers a day; empty for none."""
    covering = (it.start for it in Pool.every(books, programme) if it.start <= day < it.end)
    return next((start.isoformat() for start in covering), "")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.ACCRUAL)
def split_pools(books: Books, day: date) -> Iterator[Step]:
    """Divide the pools that end on the day: each client's share becomes due.

    The weights stay in the accruals until all are served, so a run that was stopped divides alike.
    """
    for programme in running(books):
        for pool in list(Pool.every(books, programme)):
            if pool.state is State.OPEN and pool.end <= day:
                shares = _shares(books, programme, pool)
                for page in pages(books, ACCRUAL, POCKET.root(programme)) if shares else ():
                    step = f"{programme}/pool/{pool.start}/{client_of(page[0].id)}"
                    yield Step(step, partial(_split, programme, pool, page, shares))
                state = State.SPLIT if shares else State.VOID
                yield Step(f"{programme}/pool/{pool.start}", partial(_finish, programme, pool, state))


def client_of(pocket: str) -> str:
    """The client whose pocket it is."""
    return pocket.split(":")[3]


def _shares(books: Books, programme: str, pool: Pool) -> dict[str, int]:
    """Shares by accrual, ties in the order of client ids; none where nobody held anything."""
    weights = {}
    for accrual in every(books, ACCRUAL, POCKET.root(programme)):
        state = YieldState.from_data(accrual.data)
        if state.pool == pool.start.isoformat():
            weights[accrual.id] = state.balance_days
    ids = sorted(weights, key=lambda id: id.removesuffix(":yield"))
    if not ids:
        return {}
    return dict(zip(ids, largest_remainder(pool.amount, [weights[id] for id in ids]), strict=True))


def _split(programme: str, pool: Pool, page: list[Record], shares: Mapping[str, int], books: Books) -> Plan:
    """Make the shares of a page of clients due."""
    voucher, pay_on = WalletVoucher(books, PROGRAMMES.today(books, programme), programme), pool.pay_on
    for accrual in page:
        if share := shares.get(accrual.id):
            state = YieldState.from_data(accrual.data).shared(share, pay_on.isoformat())
            voucher.put(state.record(accrual.id, accrual.version + 1))
    return voucher.plan("pool-shares", f"shares of the yield pool from {pool.start}")


def _finish(programme: str, pool: Pool, state: State, books: Books) -> Plan:
    """Mark a pool as divided."""
    voucher = WalletVoucher(books, PROGRAMMES.today(books, programme), programme)
    voucher.keep(evolve(pool, state=state))
    return voucher.plan("pool", f"yield pool from {pool.start}: {state.value}")
