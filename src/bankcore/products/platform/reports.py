"""Reports: members, the market, trades, escrow by age, entitlements and their liability, fees.

Whatever is personal is masked here; `facts_of` shows it to those entitled to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.actor import Actor, Role
from bankcore.product.personal import PERSONAL, mask, masked
from bankcore.product.records import every, existing, ids
from bankcore.products.enterprise import accounts, registry
from bankcore.products.enterprise.entitlements import expiry_of, usable, worth_of
from bankcore.products.enterprise.ratings import grade_of
from bankcore.products.platform.matching import DEMAND, matches_of, queue
from bankcore.products.platform.trades import State, Trade
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["REPORTS", "facts_of", "matches"]

_AGES = ((7, "up to 7 days"), (30, "8 to 30 days"))
_OLDEST = "over 30 days"


def facts_of(books: Books, programme: str, enterprise: str, asked_by: Actor) -> Mapping[str, Any]:
    """The facts about an enterprise; personal ones in full only for itself and for officers.

    Raises NotFound, NotApproved.
    """
    data = registry.enterprise(books, programme, enterprise).data
    entitled = asked_by.role is Role.OFFICER or asked_by == Actor(Role.CUSTOMER, enterprise)
    personal = data[PERSONAL] if entitled else masked(data)[PERSONAL]
    return {**{name: fact for name, fact in data.items() if name != PERSONAL}, **personal}


def matches(books: Books, programme: str, offer: str) -> Table:
    """The matches of one open offer, the best first; raises NotFound."""
    unit = registry.terms_on(books, programme, books.today).unit
    rows = []
    record = existing(books, registry.OFFER, programme, offer)
    for rank, match in enumerate(matches_of(books, programme, record), start=1):
        data = match.offer.data
        price = Amount(data["price"], unit)
        rows.append(
            (rank, _last(match.offer), data["enterprise"], price, match.quantity, data["published_on"])
        )
    return Table(
        f"Matches of {offer}", ("rank", "offer", "enterprise", "price", "quantity", "since"), tuple(rows)
    )


def members(books: Books) -> Table:
    """Each enterprise with its facts, personal ones masked, and its grade by ratings."""
    rows = []
    for programme, unit in _programmes(books):
        for record in every(books, registry.ENTERPRISE, programme):
            data, enterprise = record.data, _last(record)
            personal = (mask(data[PERSONAL][it]) for it in ("legal_representative", "contact"))
            capital = Amount(data["registered_capital"], unit)
            grade = grade_of(books, programme, enterprise)
            rows.append(
                (programme, enterprise, data["registered_name"], data["place"], capital, *personal, grade)
            )
    columns = (
        "programme", "enterprise", "name", "place", "capital", "legal representative", "contact", "grade",
    )  # fmt: skip
    return Table("Members", columns, tuple(rows))


def registrations(books: Books) -> Table:
    """Every registration that was proposed: who submitted it, who decided, and how."""
    rows = []
    for record in every(books, registry.REGISTRATION):
        data, (programme, enterprise) = record.data, record.id.split(":")
        made = (data["state"], data["maker"], data["made_on"])
        rows.append((programme, enterprise, *made, data.get("checker", ""), data.get("decided_on", "")))
    columns = ("programme", "enterprise", "state", "submitted by", "on", "decided by", "decided on")
    return Table("Registrations", columns, tuple(rows))


def market(books: Books) -> Table:
    """Open supply and demand, the best price first."""
    rows = []
    for programme, unit in _programmes(books):
        for level in every(books, registry.LEVEL, programme):
            for offer in queue(books, level):
                data = offer.data
                terms = (data["left"], data["minimum"], Amount(data["price"], unit), data["until"])
                what = (data["side"], data["goods"], data["region"])
                rows.append((programme, *what, _last(offer), data["enterprise"], *terms))
    columns = (
        "programme",
        "side",
        "goods",
        "region",
        "offer",
        "enterprise",
        "left",
        "minimum",
        "price",
        "until",
    )
    return Table("Market", columns, tuple(rows))


def best_matches(books: Books) -> Table:
    """For each open demand that has a match the best of them."""
    rows = []
    for programme, unit in _programmes(books):
        for level in every(books, registry.LEVEL, f"{programme}:{DEMAND}"):
            for demand in queue(books, level):
                for match in islice(matches_of(books, programme, demand), 1):
                    supply = match.offer.data
                    parties = (
                        _last(demand),
                        demand.data["enterprise"],
                        _last(match.offer),
                        supply["enterprise"],
                    )
                    rows.append((programme, *parties, Amount(supply["price"], unit), match.quantity))
    columns = ("programme", "demand", "buyer", "supply", "seller", "price", "quantity")
    return Table("Matches", columns, tuple(rows))


def trades(books: Books) -> Table:
    """Every trade: parties, state, and where its money is or went."""
    rows = []
    for programme, unit in _programmes(books):
        for trade in map(Trade, every(books, registry.TRADE, programme)):
            state = "disputed" if trade.disputed_by else trade.state.value
            sums = (trade.total, trade.held, trade.released - trade.paid_fee, trade.paid_fee, trade.returned)
            money = (Amount(it, unit) for it in sums)
            rows.append((programme, trade.id, trade.buyer, trade.seller, state, *money))
    columns = ("programme", "trade", "buyer", "seller", "state", "total", "escrow", "paid", "fee", "returned")
    return Table("Trades", columns, tuple(rows))


def escrow(books: Books) -> Table:
    """What is in escrow, since when, and whether it is frozen or past its deadline."""
    rows = []
    for programme, unit in _programmes(books):
        for trade in map(Trade, every(books, registry.TRADE, programme)):
            if trade.state is State.FUNDED:
                funded = date.fromisoformat(trade.record.data["funded_on"])
                days = (books.today - funded).days
                age = next((name for most, name in _AGES if days <= most), _OLDEST)
                overdue = "overdue" if books.today > trade.deliver_by else ""
                note = "disputed" if trade.disputed_by else overdue
                held = Amount(trade.held, unit)
                rows.append((programme, trade.id, trade.buyer, trade.seller, held, funded, days, age, note))
    columns = ("programme", "trade", "buyer", "seller", "escrow", "since", "days", "age", "note")
    return Table("Escrow by age", columns, tuple(rows))


def entitlements(books: Books) -> Table:
    """Entitlements of each enterprise, what the live ones are worth, and the next expiry."""
    rows = []
    for programme, unit in _programmes(books):
        for record in every(books, registry.ENTERPRISE, programme):
            enterprise = _last(record)
            counts = [
                books.balance(accounts.entitlement(programme, enterprise, it)) for it in accounts.STATES
            ]
            if counts[1]:
                first = next(usable(books, programme, enterprise), None)
                worth = Amount(worth_of(books, programme, enterprise), unit)
                rows.append((programme, enterprise, *counts, worth, expiry_of(first) if first else None))
    columns = ("programme", "enterprise", *accounts.STATES, "worth", "next expiry")
    return Table("Entitlements", columns, tuple(rows))


def liability(books: Books) -> Table:
    """What the bank owes for live entitlements, platform by platform."""
    rows = []
    for programme, unit in _programmes(books):
        live = sum(lot.data["left"] for lot in every(books, registry.LOT, programme))
        owed = Amount(books.balance(accounts.entitlement_liability(programme)), unit)
        rows.append((programme, live, owed))
    return Table("Entitlement liability", ("programme", "live", "liability"), tuple(rows))


def fees(books: Books) -> Table:
    """Fees of each enterprise: charged, discounted, paid with entitlements, in money, clawed back."""
    rows = []
    for programme, unit in _programmes(books):
        for record in every(books, registry.FEES, programme):
            data = record.data
            money = data["charged"] - data["discounts"] - data["entitlements"]
            sums = (data["charged"], data["discounts"], data["entitlements"], money, data["clawed_back"])
            rows.append((programme, _last(record), *(Amount(it, unit) for it in sums)))
    columns = ("programme", "enterprise", "charged", "discount", "in entitlements", "in money", "clawed back")
    return Table("Fees and discounts", columns, tuple(rows))


def ratings(books: Books) -> Table:
    """Grades and the ratings that they are made of."""
    rows = []
    for record in every(books, registry.STANDING):
        programme, enterprise = record.id.split(":")
        counts = (record.data["ratings"], record.data["stars"])
        rows.append((programme, enterprise, *counts, grade_of(books, programme, enterprise)))
    return Table("Ratings", ("programme", "enterprise", "ratings", "stars", "grade"), tuple(rows))


def _programmes(books: Books) -> Iterator[tuple[str, Unit]]:
    for programme in ids(books, registry.TERMS):
        yield programme, registry.terms_on(books, programme, books.today).unit


def _last(record: Record) -> str:
    return record.id.rpartition(":")[2]


REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "members": members,
    "registrations": registrations,
    "market": market,
    "matches": best_matches,
    "trades": trades,
    "escrow": escrow,
    "entitlements": entitlements,
    "liability": liability,
    "fees": fees,
    "ratings": ratings,
}
