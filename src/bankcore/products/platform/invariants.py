"""What must hold in every book after every step; each yields the contradictions it finds.

D1, D2, D4 and D6 to D10 are held by the deposit modes and by tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from bankcore.ledger.books import Books
from bankcore.product.records import every, ids
from bankcore.products.enterprise import accounts, registry
from bankcore.products.platform.matching import OPEN, level_of, queue
from bankcore.products.platform.trades import State, Trade
from bankcore.rates import Rate, parse_fraction, round_down, round_half_up

__all__ = ["INVARIANTS"]


def escrow_is_what_is_left(books: Books) -> Iterator[str]:
    """D3: escrow is the order less what was released and returned, never negative, 0 once it ended."""
    for trade in map(Trade, every(books, registry.TRADE)):
        path = accounts.escrow(trade.programme, trade.id)
        balance = books.balance(path) if books.account(path) is not None else 0
        if balance != trade.held or trade.held < 0:
            yield f"trade {trade.record.id} holds {balance}, {trade.held} is left"
        ended = trade.state in (State.SETTLED, State.CANCELLED) and trade.record.data["funded_on"]
        if ended and trade.released + trade.returned != trade.total:
            yield f"trade {trade.record.id} ended with {trade.released} and {trade.returned} of {trade.total}"


def releases_and_fees_are_cumulative(books: Books) -> Iterator[str]:
    """D3: what was released is the accepted share rounded once, the fee on it as well."""
    for trade in map(Trade, every(books, registry.TRADE)):
        released = round_half_up(trade.total * trade.share)
        fee = round_half_up(trade.fee_rate.fraction * released)
        if (trade.released, trade.fee) != (released, fee) or not 0 <= trade.paid_fee <= fee:
            fees = f"fee {trade.fee}, paid {trade.paid_fee}"
            yield f"trade {trade.record.id}: {trade.released} released, {fees}"


def liability_is_the_face_value(books: Books) -> Iterator[str]:
    """D5: the liability is the face value of all live entitlements."""
    for programme in ids(books, registry.TERMS):
        worth = sum(lot.data["left"] * lot.data["face"] for lot in every(books, registry.LOT, programme))
        owed = books.balance(accounts.entitlement_liability(programme))
        if worth != owed:
            yield f"{programme}: live entitlements are worth {worth}, {owed} is owed"


def entitlements_are_conserved(books: Books) -> Iterator[str]:
    """D5: entitlements issued are live, redeemed or expired; live ones are in lots, issued ones earned."""
    for record in every(books, registry.ENTERPRISE):
        programme, enterprise = record.id.split(":")
        sums = {
            state: books.balance(accounts.entitlement(programme, enterprise, state))
            for state in accounts.STATES
        }
        known = books.record(registry.ENTITLEMENT, record.id)
        earned = round_down(parse_fraction(known.data["earned"])) if known else 0
        lots = [lot.data["left"] for lot in every(books, registry.LOT, record.id)]
        held = sums["live"] + sums["redeemed"] + sums["expired"]
        if not sums["issued"] == held == earned or min(lots, default=0) < 0 or sum(lots) != sums["live"]:
            yield f"{record.id}: {sums}, {earned} earned, lots of {sum(lots)}"


def discounts_are_cumulative(books: Books) -> Iterator[str]:
    """A member's discounts are the rate on all fees of the membership, rounded once."""
    for member in every(books, registry.MEMBERSHIP):
        exact = Rate.parse(member.data["rate"]).fraction * member.data["fees"]
        if member.data["discounts"] != round_half_up(exact):
            yield f"{member.id}: discounts of {member.data['discounts']}, exactly {exact}"


def market_shows_what_is_open(books: Books) -> Iterator[str]:
    """Each open offer stands once in the queue at its price, in the order of places; nothing else does."""
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for offer in every(books, registry.OFFER):
        data, (programme, id) = offer.data, offer.id.split(":")
        if not 0 <= data["left"] <= data["quantity"]:
            yield f"offer {offer.id} has {data['left']} of {data['quantity']} left"
        if data["state"] == OPEN:
            wanted[":".join(level_of(programme, data))].append((data["place"], id))
    for level in every(books, registry.LEVEL):
        shown = [(offer.data["place"], offer.id.split(":")[1]) for offer in queue(books, level)]
        open_ = sorted(wanted.pop(level.id, []))
        if shown != open_ or level.data["open"] != len(open_):
            yield f"level {level.id} shows {shown}, {open_} are open, {level.data['open']} counted"
    yield from (f"no level {level} for {offers}" for level, offers in sorted(wanted.items()))


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "D3": escrow_is_what_is_left,
    "D3-fees": releases_and_fees_are_cumulative,
    "D5": liability_is_the_face_value,
    "D5-lots": entitlements_are_conserved,
    "D-discounts": discounts_are_cumulative,
    "D-market": market_shows_what_is_open,
}
