"""Lots (积分批次): the points of a card, each lot with its provider and its last day, first in, first out.

Points that the bank granted with a sale have no provider, and no fund: see rights.

A lot's id ends with its last day and a number counted per card, so ids ascend in the order in which
points are spent.  A lot whose last day has passed counts for nothing, even before the close of a day
takes it away.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| issue | issued | debt first, then live | points |
| claw back | live, then debt | issued | points |

See expiries for those that leave their card unspent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts, kept
from bankcore.product.product import Noun
from bankcore.products.points.cards import (
    EXPIRED,
    LIVE,
    OWN_CARDS,
    REDEEMED,
    REPAID,
    Card,
    debt_account,
    debt_to,
    debts_of,
)
from bankcore.products.points.programmes import NEVER, PROGRAMMES, PointsVoucher
from bankcore.products.points.providers import DEBT, FUND, ISSUED, Provider, drawn, fill, give_back
from bankcore.products.points.rights import GRANTED, Right
from bankcore.products.standings import waits
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)
DUE = Agenda("points.due", "card", page=200)  # programme:date:card; many lots of a card may expire on one day


@frozen(kw_only=True)
class Lot(Facts):
    """Points of one issue; `left` are those not spent, `order` is empty where no order earned them.

    Those of a `sale` of the bank have no provider.
    """

    KIND: ClassVar = "points.lot"  # programme:card:last day:number
    provider: str
    points: int
    left: int
    spendable_on: date
    order: str = ""
    sale: str | None = kept(None, absent=True)

    @property
    def expiry(self) -> date:
        """The last day on which it can be spent."""
        return date.fromisoformat(self.ids[2])


@frozen(kw_only=True)
class Due(Facts):
    """The note that a day's close looks for expired lots of a card, from the last day `since` on."""

    KIND: ClassVar = DUE.kind
    since: date


# --- what is on a card --------------------------------------------------------------------------------


def left_of(lots: Iterable[Lot]) -> int:
    """The points left in lots."""
    return sum(lot.left for lot in lots)


def held(books: Books, programme: str, card: str) -> Iterator[Lot]:
    """All lots of a card with points left, expired or not."""
    return (lot for lot in Lot.every(books, programme, card) if lot.left)


def unexpired(books: Books, programme: str, card: str) -> Iterator[Lot]:
    """The lots with points left that have not expired, pending ones too."""
    lots = Lot.every(books, programme, card, after=f"{programme}:{card}:{books.today}")
    return (lot for lot in lots if lot.left)


def spendable(books: Books, programme: str, card: str) -> list[Lot]:
    """The lots that can be spent today, in the order of spending."""
    return [lot for lot in unexpired(books, programme, card) if lot.spendable_on <= books.today]


def take(voucher: PointsVoucher, lots: Iterable[Lot], points: int) -> list[tuple[Lot, int]]:
    """Take points from lots in order, as far as they go: each lot touched, with what it gave."""
    taken = []
    for lot in lots:
        part = min(points, lot.left)
        if not part:
            break
        voucher.keep(evolve(lot, left=lot.left - part))
        taken.append((lot, part))
        points -= part
    return taken


def by_provider(taken: Iterable[tuple[Lot, int]]) -> Counter[str]:
    """Points of providers taken from lots, summed by provider."""
    sums: Counter[str] = Counter()
    for lot, part in taken:
        if lot.sale is None:
            sums[lot.provider] += part
    return sums


def by_sale(taken: Iterable[tuple[Lot, int]]) -> Counter[str]:
    """Points that the bank granted taken from lots, summed by sale."""
    sums: Counter[str] = Counter()
    for lot, part in taken:
        if lot.sale is not None:
            sums[lot.sale] += part
    return sums


def add_lot(voucher: PointsVoucher, card: str, expiry: date, **lot: Any) -> str:
    """A new lot at the end of its last day; returns its id."""
    owner = voucher.existing(Card, voucher.programme, card)
    voucher.keep(evolve(owner, lots=owner.lots + 1))
    id = f"{voucher.programme}:{card}:{expiry}:{owner.lots + 1:09}"
    voucher.keep(Lot(id=id, **lot))
    if expiry != NEVER:
        _note_expiry(voucher, card, expiry)
    return id


def _note_expiry(voucher: PointsVoucher, card: str, expiry: date) -> None:
    """Note the day whose close looks for the lot: that after its last, or today if that has passed."""
    due = max(expiry + timedelta(days=1), voucher.books.today)
    ids = (voucher.programme, due.isoformat(), card)
    known = voucher.find(Due, *ids)
    if known is None or known.since > expiry:
        voucher.keep(Due(id=":".join(ids), version=known.version if known else 0, since=expiry))


# --- issuing and taking back ----------------------------------------------------------------------------


def issue(
    voucher: PointsVoucher,
    card: str,
    provider: str,
    points: int,
    income: int = 0,
    order: str = "",
    counts_on: date | None = None,
    on: date | None = None,
) -> tuple[str, int, int]:
    """Issue points to a card: they repay its debt to the provider first, the rest becomes a lot.

    They count for limits from a day on; those without such a day never.  Points of an earlier day expire as
    if they had been issued on it; those that have by now repay nothing, and the close takes them away.

    Returns the lot's id (empty for none), what was repaid, and the money put behind the rest.
    Raises FundShort.
    """
    programme, start = voucher.programme, on or voucher.books.today
    terms = voucher.terms_on(start)
    expiry, source = terms.expiry_of(start), ISSUED(programme, provider)
    owed = 0 if expiry < voucher.books.today else debt_to(voucher.books, programme, card, provider)
    repaid = min(points, owed)
    voucher.points(source, DEBT(programme, card, provider), repaid)
    voucher.points(source, LIVE(programme, card), points - repaid)
    add_lifetime(voucher, card, points, counts_on)
    if points == repaid:
        return "", repaid, 0
    added = fill(voucher, provider, points - repaid, income)
    lot = {
        "provider": provider,
        "points": points - repaid,
        "left": points - repaid,
        "spendable_on": start + timedelta(days=terms.pending_days),
        "order": order,
    }
    return add_lot(voucher, card, expiry, **lot), repaid, added


def claw_back(
    voucher: PointsVoucher, card: str, provider: str, points: int, lot: str, counts_on: date
) -> tuple[int, int]:
    """Take points back from a card: the order's own lot first, then others of the provider by expiry, then
    those that were given up when the card was closed, if the order is older than that.

    What is missing becomes debt; on a closed card, on which no debt can stand, it counts as repaid, for the
    refund is reduced by its worth.  Returns it, and the money given back to the provider.
    """
    programme, back = voucher.programme, ISSUED(voucher.programme, provider)
    lots = [it for it in unexpired(voucher.books, programme, card) if it.provider == provider]
    lots.sort(key=lambda it: it.id != lot)  # stable: the others stay in order of expiry
    taken = sum(part for _, part in take(voucher, lots, points))
    voucher.points(LIVE(programme, card), back, taken)
    owner = voucher.existing(Card, programme, card)
    given_up = dict(owner.given_up or {})
    returned = min(points - taken, given_up.get(provider, 0)) if owner.went(lot) else 0
    if returned:
        given_up[provider] -= returned
        voucher.points(EXPIRED(programme, card), back, returned)
    if missing := points - taken - returned:
        closed = REPAID(programme, card) if owner.closed_on else None
        voucher.points(closed or debt_account(voucher, card, provider), back, missing)
    voucher.keep(evolve(owner, given_up=given_up or owner.given_up))
    add_lifetime(voucher, card, -points, counts_on)
    return missing, return_fund(voucher, provider, taken)


def return_fund(voucher: PointsVoucher, provider: str, points: int) -> int:
    """Give the money behind points that are live no more back to the provider; returns how much."""
    if not points:
        return 0
    amount = drawn(voucher, provider, points)
    give_back(voucher, provider, amount)
    return amount


def add_lifetime(voucher: PointsVoucher, card: str, points: int, counts_on: date | None) -> None:
    """More points (or fewer) that were ever issued to a card; those without a day never count for limits."""
    owner = voucher.existing(Card, voucher.programme, card)
    owner = evolve(owner, lifetime=owner.lifetime + points)
    if counts_on is None:
        voucher.keep(evolve(owner, granted=owner.granted + points))
    else:
        waiting = waits(owner.waiting, counts_on, points, voucher.books.today)
        voucher.keep(evolve(owner, waiting=waiting))


# --- invariants ---------------------------------------------------------------------------------------


@noun.invariant("C1")
def points_are_accounted_for(books: Books) -> Iterator[str]:
    """Points live, redeemed and expired, less those owed or bought back, are those issued."""
    for programme in PROGRAMMES.ids(books):
        issued = sum(books.balance(ISSUED(*it.ids)) for it in Provider.every(books, programme))
        issued += sum(books.balance(GRANTED(*it.ids)) for it in Right.every(books, programme))
        sums = Counter({"issued": issued})
        for card in Card.every(books, programme):
            sums["held"] += sum(books.balance(it(*card.ids)) for it in (LIVE, REDEEMED, EXPIRED))
            sums["owed"] += sum(debts_of(books, *card.ids).values()) + books.balance(REPAID(*card.ids))
        if sums["held"] - sums["owed"] != sums["issued"]:
            yield f"{programme}: {dict(sums)}"


@noun.invariant("C2")
def cards_are_their_lots(books: Books) -> Iterator[str]:
    """The points of a card are those of its lots, and no lot is negative."""
    for card in Card.every(books):
        parts = [lot.left for lot in held(books, *card.ids)]
        if min(parts, default=0) < 0 or sum(parts) != books.balance(LIVE(*card.ids)):
            yield f"card {card.id}: lots of {parts}"


@noun.invariant("C4")
def funds_are_the_live_value(books: Books) -> Iterator[str]:
    """A fund is what the provider's live points are worth, rounded once; 0 when there are none."""
    for programme, terms in PROGRAMMES.offered(books):
        live = by_provider((lot, lot.left) for lot in Lot.every(books, programme))
        for it in Provider.every(books, programme):
            points, fund = live[it.ids[1]], books.balance(FUND(*it.ids))
            if it.live != points or fund != terms.worth(points):
                yield f"{it.id}: {points} points live, {it.live} noted, fund {fund}"


@noun.invariant("C14")
def granted_points_are_in_lots(books: Books) -> Iterator[str]:
    """The points of a sale that are neither redeemed nor expired are in lots."""
    for programme in PROGRAMMES.ids(books):
        live = by_sale((lot, lot.left) for lot in Lot.every(books, programme))
        for it in Right.every(books, programme):
            if it.live != live[it.ids[1]] or it.points != books.balance(GRANTED(*it.ids)):
                yield f"sale {it.id}: {it.live} of {it.points} points live, lots of {live[it.ids[1]]}"


@noun.invariant("C10")
def no_points_beside_debt(books: Books) -> Iterator[str]:
    """A card never holds live points of a provider to which it owes points."""
    for card in Card.every(books):
        owed = debts_of(books, *card.ids)
        for provider in sorted({lot.provider for lot in unexpired(books, *card.ids)} & owed.keys()):
            yield f"card {card.id} owes {provider} {owed[provider]} and holds its points"


# --- reports ------------------------------------------------------------------------------------------

COLUMNS = ("programme", "card", "expires", "provider", "points", "left", "spendable on")


def row(lot: Lot) -> tuple[Any, ...]:
    """What reports say of a lot, under `COLUMNS`."""
    return (
        *lot.ids[:2],
        lot.expiry,
        lot.provider or f"sale {lot.sale}",
        lot.points,
        lot.left,
        lot.spendable_on,
    )


@noun.report("lots", OWN_CARDS)
def list_lots(books: Books) -> Table:
    """Every lot with points left, in the order of spending."""
    lots = (lot for card in Card.every(books) for lot in held(books, *card.ids))
    return Table("Lots", COLUMNS, tuple(map(row, lots)))
