"""Shares of a yield pool (收益分配): when it ends, it is divided by the daily balances of its days.

Each day's close adds its balances to the weights.  For a pool that was declared after its first day they are
what the journal says of all its days, late entries counted; who has left has no share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from attrs import evolve

from bankcore.amounts import largest_remainder
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import every, pages
from bankcore.products.wallet.accruals import ACCRUAL, YieldState
from bankcore.products.wallet.clients import POCKET, Client
from bankcore.products.wallet.late_entries import held_since
from bankcore.products.wallet.pools import Pool, State, client_of
from bankcore.products.wallet.programmes import (
    PROGRAMMES,
    WalletVoucher,
    running,
)

__all__: list[str] = []

noun = Noun(__name__)


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


def _shares(books: Books, programme: str, pool: Pool) -> dict[str, int]:
    """Shares by accrual, ties in the order of client ids; none where nobody held anything."""
    weights = {}
    for accrual in every(books, ACCRUAL, POCKET.root(programme)):
        state = YieldState.from_data(accrual.data)
        if pool.is_late:
            weight = _held_in(books, programme, pool, client_of(accrual.id))
        else:
            weight = state.balance_days if state.pool == pool.start.isoformat() else 0
        if weight:
            weights[accrual.id] = weight
    ids = sorted(weights, key=lambda id: id.removesuffix(":yield"))
    if not ids:
        return {}
    return dict(zip(ids, largest_remainder(pool.amount, [weights[id] for id in ids]), strict=True))


def _held_in(books: Books, programme: str, pool: Pool, client: str) -> int:
    """The sum of a client's eligible closing balances of a pool's days, as far as its stay covers them."""
    found = Client.existing(books, programme, client)
    first, last = max(pool.start, found.registered_on), pool.end - timedelta(days=1)
    if found.closed_on is not None or first > last:
        return 0
    held, weight = held_since(books, found, first, last), 0
    for n, pockets in enumerate(held):
        eligible = PROGRAMMES.on(books, programme, first + timedelta(days=n)).eligible
        weight += sum(pockets[name] for name in eligible)
    return weight


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
