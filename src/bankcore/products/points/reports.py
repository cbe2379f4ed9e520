"""Reports: points and money by provider, lots and next expiry by card, orders and remittances, debt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import every, ids
from bankcore.products.points import accounts, registry
from bankcore.products.points.lots import expiry_of, held, unexpired
from bankcore.products.points.terms import PointsTerms
from bankcore.products.points.transfers import debts_of
from bankcore.tables import Table

__all__ = ["REPORTS", "remittances_of"]

_MOST_EARNERS = 20


def remittances_of(
    books: Books, programme: str, *, card: str = "", provider: str = ""
) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Remittances as either side asks for them: (provider, card, order, data), refunds after their order.

    Raises BadCommand where neither a card nor a provider is named.
    """
    if not card and not provider:
        raise BadCommand("card", "a card or a provider is needed")
    for id in [provider] if provider else _providers_of(books, programme, card):
        root = f"{programme}:{id}:{card}" if card else f"{programme}:{id}"
        for record in every(books, registry.REMITTANCE, root):
            _, _, whose, order = record.id.split(":")
            for version in books.versions(registry.REMITTANCE, record.id):
                yield id, whose, order, version.data


def providers(books: Books) -> Table:
    """What each provider issued, what of it is live, the fund behind it, credit points and advances."""
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.PROVIDER, programme):
            id = record.id.rpartition(":")[2]
            back, issued = _gross(books, accounts.issued(programme, id))
            counts = (issued, back, record.data["live"], books.balance(accounts.credit(programme, id)))
            money = (accounts.fund(programme, id), accounts.advance(programme, id))
            rows.append(
                (programme, id, *counts, *(Amount(books.balance(path), terms.unit) for path in money))
            )
    columns = ("programme", "provider", "issued", "clawed back", "live", "credit points", "fund", "advanced")
    return Table("Providers", columns, tuple(rows))


def cards(books: Books) -> Table:
    """Each card: points, their worth, what was redeemed and expired, debt, and lifetime net points."""
    rows = []
    for programme, terms in _programmes(books):
        for id, data in _cards(books, programme):
            paths = (accounts.live, accounts.redeemed, accounts.expired)
            live, redeemed, expired = (books.balance(path(programme, id)) for path in paths)
            owed = sum(debts_of(books, programme, id).values())
            worth = Amount(terms.worth(live), terms.unit)
            rows.append(
                (programme, id, data["person"], live, worth, redeemed, expired, owed, data["lifetime"])
            )
    columns = ("programme", "card", "person", "points", "worth", "redeemed", "expired", "debt", "lifetime")
    return Table("Cards", columns, tuple(rows))


def lots(books: Books) -> Table:
    """Every lot with points left, in the order of spending."""
    return Table("Lots", ("programme", "card", *_LOT), tuple(_lot_rows(books, None)))


def expiring(books: Books) -> Table:
    """The lots of which holders are warned: those that expire within the days of the terms."""
    rows: list[tuple[Any, ...]] = []
    for programme, terms in _programmes(books):
        rows += _lot_rows(books, terms.warning_days, programme)
    return Table("Expiring points", ("programme", "card", *_LOT), tuple(rows))


def next_expiry(books: Books) -> Table:
    """For each card with points the next day of expiry, and how many expire then."""
    rows = []
    for programme, _ in _programmes(books):
        for id, _data in _cards(books, programme):
            its = list(unexpired(books, programme, id))
            if its:
                first = expiry_of(its[0])
                points = sum(lot.data["left"] for lot in its if expiry_of(lot) == first)
                rows.append((programme, id, sum(lot.data["left"] for lot in its), first, points))
    return Table("Next expiry", ("programme", "card", "points", "expires", "expiring"), tuple(rows))


def orders(books: Books) -> Table:
    """Every order: parties, price, refunds and the version of the agreement."""
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.ORDER, programme):
            data, (_, card, provider, *_, version) = record.data, record.data["member"].split(":")
            money = (Amount(data[name], terms.unit) for name in ("price", "refunded"))
            rows.append(
                (programme, record.id.rpartition(":")[2], data["on"], provider, card, *money, int(version))
            )
    columns = ("programme", "order", "date", "provider", "card", "price", "refunded", "agreement version")
    return Table("Orders", columns, tuple(rows))


def remittances(books: Books) -> Table:
    """Every remittance of points, and what refunds took back."""
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.PROVIDER, programme):
            provider = record.id.rpartition(":")[2]
            for _, card, order, data in remittances_of(books, programme, provider=provider):
                money = (Amount(data[name], terms.unit) for name in ("amount", "kept", "fund"))
                counts = (data[name] for name in ("points", "debt", "credit"))
                rows.append((programme, data["on"], provider, card, order, *money, *counts))
    columns = (
        "programme",
        "date",
        "provider",
        "card",
        "order",
        "amount",
        "kept",
        "fund",
        "points",
        "debt",
        "credit points",
    )
    return Table("Remittances", columns, tuple(rows))


def debts(books: Books) -> Table:
    """Points owed after refunds, by card and provider."""
    rows = []
    for programme, terms in _programmes(books):
        for id, _data in _cards(books, programme):
            for provider, owed in debts_of(books, programme, id).items():
                rows.append((programme, id, provider, owed, Amount(terms.worth(owed), terms.unit)))
    return Table("Points debt", ("programme", "card", "provider", "points", "worth"), tuple(rows))


def breakage(books: Books) -> Table:
    """What the bank earned from expired points."""
    rows = [(Amount(books.balance(accounts.BREAKAGE), terms.unit),) for _, terms in _programmes(books)][:1]
    return Table("Breakage", ("income of the bank",), tuple(rows))


def top_earners(books: Books) -> Table:
    """The cards with the most lifetime points, where fraud shows first."""
    rows = []
    for programme, _ in _programmes(books):
        ranked = sorted(_cards(books, programme), key=lambda it: (-it[1]["lifetime"], it[0]))
        rows += [(programme, id, data["person"], data["lifetime"]) for id, data in ranked[:_MOST_EARNERS]]
    return Table("Top earners", ("programme", "card", "person", "lifetime points"), tuple(rows))


def rights(books: Books) -> Table:
    """Points that the bank granted with sales: redeemed, expected, and what is still owed for them."""
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.RIGHT, programme):
            counts = (record.data[name] for name in ("points", "redeemed", "expected"))
            money = (record.data["deferred"], record.data["deferred"] - record.data["recognised"])
            sale = record.id.rpartition(":")[2]
            rows.append((programme, sale, *counts, *(Amount(fen, terms.unit) for fen in money)))
    columns = ("programme", "sale", "points", "redeemed", "expected", "deferred", "open")
    return Table("Rights", columns, tuple(rows))


_LOT = ("expires", "provider", "points", "left", "spendable on")


def _lot_rows(books: Books, within: int | None, only: str = "") -> Iterator[tuple[Any, ...]]:
    until = None if within is None else books.today + timedelta(days=within)
    for programme in [only] if only else ids(books, registry.TERMS):
        for card, _ in _cards(books, programme):
            for lot in held(books, programme, card) if until is None else unexpired(books, programme, card):
                if until is None or expiry_of(lot) <= until:
                    data = lot.data
                    facts = (data["provider"], data["points"], data["left"], data["spendable_on"])
                    yield (programme, card, expiry_of(lot), *facts)


def _cards(books: Books, programme: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for record in every(books, registry.CARD, programme):
        yield record.id.rpartition(":")[2], record.data


def _providers_of(books: Books, programme: str, card: str) -> list[str]:
    members: Iterator[Record] = every(books, registry.MEMBER, f"{programme}:{card}")
    return sorted({record.id.split(":")[2] for record in members})


def _gross(books: Books, path: Any) -> tuple[int, int]:
    debits, credits = books.gross(path)
    return credits, debits


def _programmes(books: Books) -> Iterator[tuple[str, PointsTerms]]:
    for programme in ids(books, registry.TERMS):
        yield programme, registry.terms_of(books, programme)


REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "providers": providers,
    "cards": cards,
    "lots": lots,
    "expiring": expiring,
    "next-expiry": next_expiry,
    "orders": orders,
    "remittances": remittances,
    "debts": debts,
    "breakage": breakage,
    "top-earners": top_earners,
    "rights": rights,
}
