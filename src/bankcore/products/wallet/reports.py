"""Reports: the reserve, offline cash, clients, yield, bonus and merchants, for all programmes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.product.records import every, existing, ids
from bankcore.products.wallet import accounts, registry
from bankcore.products.wallet.preview import next_payouts
from bankcore.products.wallet.terms import WalletTerms
from bankcore.tables import Table

__all__ = ["REPORTS"]

_POCKETS = ("principal", "yield", "vested", "bonus")
_AGES = (7, 30, 90)  # days, the last of each bucket


def reserve_levels(books: Books) -> Table:
    """Reserve and service fund; days of cover by the average daily use of the reserve so far."""
    rows = []
    for programme, terms in _programmes(books):
        level = books.balance(accounts.reserve(programme))
        used, _ = books.gross(accounts.reserve(programme))
        opened_on = parse_date(existing(books, registry.TERMS, programme).data["opened_on"])
        days = (books.today - opened_on).days + 1
        claims = sum(sum(held.values()) for _, held in registry.holdings(books, programme))
        money = (level, terms.threshold, books.balance(accounts.service(programme)), claims)
        rows.append((programme, *_amounts(terms, money), level * days // used if used else None))
    columns = ("programme", "reserve", "threshold", "service fund", "client money", "days of cover")
    return Table("Reserve", columns, tuple(rows))


def sweeps(books: Books) -> Table:
    """Every sweep."""
    rows = []
    for programme, terms in _programmes(books):
        for record in books.versions(registry.SWEEP, programme):
            money = (record.data[name] for name in ("reserve", "service", "amount"))
            rows.append((programme, record.data["on"], *_amounts(terms, money), record.data["times"]))
    columns = ("programme", "date", "reserve before", "service fund before", "swept", "sweeps")
    return Table("Sweeps", columns, tuple(rows))


def failed_sweeps(books: Books) -> Table:
    """The days at whose close the reserve was still below the threshold."""
    rows = []
    for programme, terms in _programmes(books):
        for record in books.versions(registry.RESERVE, programme):
            if record.data["short"]:
                money = (record.data[name] for name in ("reserve", "threshold", "service"))
                rows.append((programme, record.data["on"], *_amounts(terms, money)))
    columns = ("programme", "date", "reserve", "threshold", "service fund")
    return Table("Failed sweeps", columns, tuple(rows))


def cash_due_ageing(books: Books) -> Table:
    """Offline cash not paid in, by age; a pay-in settles the oldest recharge first."""
    rows = []
    for programme, terms in _programmes(books):
        left = due = books.balance(accounts.cash_due(programme))
        buckets = [0] * (len(_AGES) + 1)
        taken = [r.data for r in every(books, registry.RECHARGE, programme) if not r.data["undone"]]
        for recharge in sorted(taken, key=lambda data: str(data["on"]), reverse=True):
            part = min(left, recharge["amount"])
            age = (books.today - parse_date(recharge["on"])).days
            buckets[sum(age > last for last in _AGES)] += part
            left -= part
        rows.append((programme, *_amounts(terms, (due, *buckets))))
    columns = ("programme", "due", "0-7 days", "8-30 days", "31-90 days", "over 90 days")
    return Table("Offline cash not paid in", columns, tuple(rows))


def clients(books: Books) -> Table:
    """Clients by pocket."""
    rows = []
    for programme, terms in _programmes(books):
        for client, held in registry.holdings(books, programme):
            money = (*(held[name] for name in _POCKETS), sum(held.values()))
            rows.append((programme, client, *_amounts(terms, money)))
    return Table("Clients", ("programme", "client", *_POCKETS, "total"), tuple(rows))


def yields(books: Books) -> Table:
    """Every payout: what was declared, posted and carried over."""
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.PAYOUT, programme):
            due = record.data["due"]
            carried = record.data.get("withheld", 0) if record.data["paid"] else due
            day = record.id.rpartition(":")[2]
            if due:
                rows.append((programme, day, *_amounts(terms, (due, due - carried, carried))))
    return Table("Yield", ("programme", "date", "declared", "posted", "carried"), tuple(rows))


def yield_preview(books: Books) -> Table:
    """When each client will next be paid yield, and how much if balances stay and the reserve suffices."""
    rows = []
    for programme, terms in _programmes(books):
        for client, day, payment in next_payouts(books, programme):
            rows.append((programme, client, day and day.isoformat(), *_amounts(terms, (payment,))))
    return Table("Yield preview", ("programme", "client", "next payout", "yield"), tuple(rows))


def bonus(books: Books) -> Table:
    """Bonus granted = vested + forfeited + open, by client."""
    rows = []
    for programme, terms in _programmes(books):
        for client, held in registry.holdings(books, programme):
            counts = registry.counts_of(books, programme, client)
            money = (counts["granted"], counts["vested"], counts["forfeited"], held["bonus"])
            rows.append((programme, client, *_amounts(terms, money)))
    return Table("Bonus", ("programme", "client", "granted", "vested", "forfeited", "open"), tuple(rows))


def merchants(books: Books) -> Table:
    """What merchants are owed, and what their settlements came to."""
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.MERCHANT, programme):
            id, data = record.id.partition(":")[2], record.data
            payable = data["pooled"]
            if not data["own"]:
                payable += books.balance(accounts.takings(programme, id))
            settled = [s.data for s in every(books, registry.SETTLEMENT, record.id)]
            money = (payable, sum(s["gross"] for s in settled), data["charged"])
            rows.append((programme, id, "own" if data["own"] else "third party", *_amounts(terms, money)))
    columns = ("programme", "merchant", "kind", "payable", "settled", "fees")
    return Table("Merchants", columns, tuple(rows))


def cap_breaches(books: Books) -> Table:
    """Clients whose balance stands above the cap, by yield or a later cap."""
    rows = []
    for programme, terms in _programmes(books):
        for client, held in registry.holdings(books, programme):
            record = existing(books, registry.CLIENT, programme, client)
            cap, balance = terms.cap(record.data["anonymous"]), sum(held.values())
            if cap is not None and balance > cap:
                rows.append((programme, client, *_amounts(terms, (balance, cap, balance - cap))))
    return Table("Cap breaches", ("programme", "client", "balance", "cap", "excess"), tuple(rows))


def _programmes(books: Books) -> Iterator[tuple[str, WalletTerms]]:
    for programme in ids(books, registry.TERMS):
        yield programme, registry.terms_on(books, programme, books.today)


def _amounts(terms: WalletTerms, quantities: Any) -> tuple[Amount, ...]:
    return tuple(Amount(quantity, terms.unit) for quantity in quantities)


REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "reserve": reserve_levels,
    "sweeps": sweeps,
    "failed-sweeps": failed_sweeps,
    "cash-due": cash_due_ageing,
    "clients": clients,
    "yield": yields,
    "yield-preview": yield_preview,
    "bonus": bonus,
    "merchants": merchants,
    "cap-breaches": cap_breaches,
}
