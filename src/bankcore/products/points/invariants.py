"""What must hold in every book after every step; each yields the contradictions it finds.

C5 and C6 speak of steps, C7 of sequences of operations; tests hold them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from bankcore.ledger.books import Books
from bankcore.product.records import every, ids
from bankcore.products.points import accounts, registry
from bankcore.products.points.lots import held, unexpired
from bankcore.products.points.transfers import debts_of
from bankcore.rates import parse_fraction, round_down

__all__ = ["INVARIANTS"]


def points_are_accounted_for(books: Books) -> Iterator[str]:
    """C1: points live, redeemed and expired, less those owed or bought back, are those issued."""
    for programme in ids(books, registry.TERMS):
        found = sum(
            books.balance(accounts.issued(programme, it)) for it in _ids(books, registry.PROVIDER, programme)
        )
        sums = Counter({"issued": found})
        for card in _ids(books, registry.CARD, programme):
            for path in (accounts.live, accounts.redeemed, accounts.expired):
                sums["held"] += books.balance(path(programme, card))
            sums["owed"] += sum(debts_of(books, programme, card).values())
            sums["owed"] += books.balance(accounts.repaid(programme, card))
        if sums["held"] - sums["owed"] != sums["issued"]:
            yield f"{programme}: {dict(sums)}"


def cards_are_their_lots(books: Books) -> Iterator[str]:
    """C2: the points of a card are those of its lots, and no lot is negative."""
    for programme in ids(books, registry.TERMS):
        for card in _ids(books, registry.CARD, programme):
            parts = [lot.data["left"] for lot in held(books, programme, card)]
            if min(parts, default=0) < 0 or sum(parts) != books.balance(accounts.live(programme, card)):
                yield f"card {card} of {programme}: lots of {parts}"


def earnings_are_cumulative(books: Books) -> Iterator[str]:
    """C3: what a member was issued net is the floor of rate times net spend; with all orders in it."""
    spent: Counter[str] = Counter()
    for order in every(books, registry.ORDER):
        spent[order.data["member"]] += order.data["counted"]
    for member in every(books, registry.MEMBER):
        terms = registry.terms_of(books, member.id.partition(":")[0])
        exact = terms.earned(parse_fraction(member.data["rate"]), member.data["spend"])
        if member.data["issued"] != round_down(exact) or member.data["spend"] != spent[member.id]:
            yield f"{member.id}: {dict(member.data)}, orders of {spent[member.id]}"


def funds_are_the_live_value(books: Books) -> Iterator[str]:
    """C4: a fund is what the provider's live points are worth, rounded once; 0 when there are none."""
    for programme in ids(books, registry.TERMS):
        terms = registry.terms_of(books, programme)
        live: Counter[str] = Counter()
        for lot in every(books, registry.LOT, programme):
            live[lot.data["provider"]] += lot.data["left"]
        for provider in every(books, registry.PROVIDER, programme):
            id = provider.id.rpartition(":")[2]
            fund = books.balance(accounts.fund(programme, id))
            if provider.data["live"] != live[id] or fund != terms.worth(live[id]):
                yield f"{provider.id}: {live[id]} points live, {provider.data['live']} noted, fund {fund}"


def credit_points_are_cumulative(books: Books) -> Iterator[str]:
    """C9: a provider's credit points are the floor of their exact sum over all members."""
    exact: dict[str, Fraction] = defaultdict(Fraction)
    for member in every(books, registry.MEMBER):
        programme, _, provider, *_ = member.id.split(":")
        exact[f"{programme}:{provider}"] += parse_fraction(member.data["credit_rate"]) * member.data["issued"]
    for record in every(books, registry.PROVIDER):
        programme, id = record.id.split(":")
        balance = books.balance(accounts.credit(programme, id))
        if parse_fraction(record.data["credit"]) != exact[record.id] or balance != round_down(
            exact[record.id]
        ):
            yield f"{record.id}: exact {exact[record.id]}, noted {record.data['credit']}, has {balance}"


def no_points_beside_debt(books: Books) -> Iterator[str]:
    """C10: a card never holds live points of a provider to which it owes points."""
    for programme in ids(books, registry.TERMS):
        for card in _ids(books, registry.CARD, programme):
            owed = debts_of(books, programme, card)
            both = {lot.data["provider"] for lot in unexpired(books, programme, card)} & owed.keys()
            for provider in sorted(both):
                yield f"card {card} of {programme} owes {provider} {owed[provider]} and holds its points"


def _ids(books: Books, kind: str, programme: str) -> Iterator[str]:
    return (record.id.rpartition(":")[2] for record in every(books, kind, programme))


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "C1": points_are_accounted_for,
    "C2": cards_are_their_lots,
    "C3": earnings_are_cumulative,
    "C4": funds_are_the_live_value,
    "C9": credit_points_are_cumulative,
    "C10": no_points_beside_debt,
}
