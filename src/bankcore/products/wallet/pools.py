"""Declared yield pools: an amount divided by the daily balances of its days, by largest remainder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from bankcore.amounts import Amount, largest_remainder
from bankcore.calendars import Roll, load_calendar
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.products.product import Plan, Step
from bankcore.products.records import every, minor_units, pages, written
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.refusals import PoolRefused
from bankcore.products.wallet.reserve import operation
from bankcore.products.wallet.terms import WalletTerms, YieldMode
from bankcore.products.wallet.yields import YieldState

__all__ = ["client_of", "declare_pool", "pool_of", "split_steps"]

Rule = Callable[[Books], Plan]


def declare_pool(terms: WalletTerms, command: commands.DeclarePool, books: Books) -> Plan:
    """Announce a pool for days that are still open.  Refuses: UnitMismatch, PoolRefused."""
    programme, amount, start, end = (
        command.programme,
        minor_units(terms, command.amount),
        command.start,
        command.end,
    )
    if start < books.today:
        raise PoolRefused(start, end, f"days before {books.today} are closed")
    then = registry.terms_on(books, programme, start)
    if then.yield_mode is not YieldMode.POOL:
        raise PoolRefused(start, end, "yield is by rate")
    for other in every(books, registry.POOL, programme):
        if other.data["start"] < end.isoformat() and start.isoformat() < other.data["end"]:
            raise PoolRefused(start, end, f"the pool from {other.data['start']} covers some of its days")
    pay_on = end if then.roll is Roll.CALENDAR else load_calendar(then.calendar).roll(end, then.roll)
    if pay_on <= start:
        raise PoolRefused(start, end, f"it would be paid on {pay_on}, before any day counts")
    record = written(
        books,
        registry.POOL,
        programme,
        start.isoformat(),
        amount=amount,
        start=start.isoformat(),
        end=min(end, pay_on).isoformat(),
        pay_on=pay_on.isoformat(),
        state="open",
    )
    text = f"yield pool of {Amount(amount, terms.unit)} for {start} to {end}"
    return Plan((operation(books, terms, programme, "pool", text, records=(record,)),))


def pool_of(books: Books, programme: str, day: date) -> str:
    """The first day of the pool that covers a day; empty for none."""
    pools = every(books, registry.POOL, programme)
    covering = (
        pool.data["start"] for pool in pools if pool.data["start"] <= day.isoformat() < pool.data["end"]
    )
    return next(covering, "")


def split_steps(books: Books, programme: str, terms: WalletTerms, day: date) -> Iterator[Step]:
    """Divide the pools that end on the day: each client's share becomes due.

    The weights stay in the accruals until all are served, so a run that was stopped divides alike.
    """
    for pool in list(every(books, registry.POOL, programme)):
        if pool.data["state"] == "open" and pool.data["end"] <= day.isoformat():
            start = pool.data["start"]
            shares = _shares(books, programme, pool)
            for page in pages(books, registry.ACCRUAL, accounts.clients_root(programme)) if shares else ():
                step = f"{programme}/pool/{start}/{client_of(page[0].id)}"
                yield Step(step, _split(terms, programme, pool, page, shares))
            yield Step(
                f"{programme}/pool/{start}", _finish(terms, programme, pool, "split" if shares else "void")
            )


def client_of(pocket: str) -> str:
    """The client whose pocket it is."""
    return pocket.split(":")[3]


def _shares(books: Books, programme: str, pool: Record) -> dict[str, int]:
    """Shares by accrual, ties in the order of client ids; none where nobody held anything."""
    weights = {
        accrual.id: accrual.data["balance_days"]
        for accrual in every(books, registry.ACCRUAL, accounts.clients_root(programme))
        if accrual.data.get("pool") == pool.data["start"]
    }
    ids = sorted(weights, key=lambda id: id.removesuffix(":yield"))
    return (
        dict(zip(ids, largest_remainder(pool.data["amount"], [weights[id] for id in ids]), strict=True))
        if ids
        else {}
    )


def _split(
    terms: WalletTerms, programme: str, pool: Record, page: list[Record], shares: Mapping[str, int]
) -> Rule:
    """The rule that makes the shares of a page of clients due."""

    def rule(books: Books) -> Plan:
        changed = tuple(
            _shared(accrual, shares[accrual.id], pool) for accrual in page if shares.get(accrual.id)
        )
        if not changed:
            return Plan()
        text = f"shares of the yield pool from {pool.data['start']}"
        return Plan((operation(books, terms, programme, "pool-shares", text, records=changed),))

    return rule


def _shared(accrual: Record, share: int, pool: Record) -> Record:
    state = YieldState.from_data(accrual.data).shared(share, pool.data["pay_on"])
    return Record(accrual.kind, accrual.id, state.as_data(), accrual.version + 1)


def _finish(terms: WalletTerms, programme: str, pool: Record, state: str) -> Rule:
    """The rule that marks a pool as divided."""

    def rule(books: Books) -> Plan:
        text = f"yield pool from {pool.data['start']}: {state}"
        return Plan((operation(books, terms, programme, "pool", text, records=(pool.next(state=state),)),))

    return rule
