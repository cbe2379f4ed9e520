"""Redemptions (积分兑付): points become money on the demand account, out of the providers' funds.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| redeem | live | redeemed | points |
| | fund of each provider | demand account | what its points were worth |
| | points expense | demand account | what points of the bank's own sales were worth |
| | fund or rounding | rounding or demand account | what separate rounding leaves over |

>>> str(PointsShort("c001", 20, 100))
'card c001 has 20 points to spend, 100 asked'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.points.cards import LIVE, REDEEMED, usable_card
from bankcore.products.points.lots import Lot, by_provider, by_sale, held, left_of, spendable, take, unexpired
from bankcore.products.points.programmes import PointsTerms, PointsVoucher
from bankcore.products.points.providers import FUND, drawn
from bankcore.products.points.rights import redeem_granted

__all__ = ["BelowMin", "PointsExpired", "PointsShort", "Redeem"]

noun = Noun(__name__)


class BelowMin(ProductRejection):
    sentence = "at least {least} points are redeemed at once, not {points}"
    points: int
    least: int


class PointsExpired(ProductRejection):
    sentence = "card {card} has {available} points to spend, {points} asked; {expired} more have expired"
    card: str
    available: int
    points: int
    expired: int


class PointsShort(ProductRejection):
    sentence = "card {card} has {available} points to spend, {points} asked"
    card: str
    available: int
    points: int


@frozen
class Redeem:
    """Exchange points for money on the demand account (积分兑付)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    points: int = fields.count("how many points")


@noun.rule(Redeem)
def redeem(terms: PointsTerms, command: Redeem, books: Books) -> Plan:
    """The earliest points to redeemed, and their worth, from the funds or the bank, to the demand account.

    Refuses, in this order: PartySuspended for who acts for the holder, NotFound, CardClosed or CardLost,
    BelowMin, NotWholeFen, PointsExpired, PointsShort.
    """
    programme, card, points = command.programme, command.card, command.points
    acting_for(books, card)
    usable_card(books, programme, card)
    if points < terms.least_redeemed:
        raise BelowMin(points, terms.least_redeemed)
    voucher = PointsVoucher(books, terms, programme)
    worth = Amount(spend(voucher, card, points, chart.DEMAND(card)), terms.unit)
    return voucher.plan("redeem", f"{points} points of card {card} for {worth}")


def spend(voucher: PointsVoucher, card: str, points: int, to: AccountPath) -> int:
    """The earliest points to redeemed, and their worth from the funds, or from the bank, to an account.

    Returns the worth.

    Raises, in this order: NotWholeFen, PointsExpired, PointsShort.
    """
    programme, rounding = voucher.programme, chart.ROUNDING()
    worth = left = voucher.terms.whole_worth(points)
    lots = spendable_for(voucher.books, programme, card, points)
    voucher.points(LIVE(programme, card), REDEEMED(programme, card), points)
    taken = take(voucher, lots, points)
    shares = [(FUND(programme, it), drawn(voucher, it, part)) for it, part in by_provider(taken).items()]
    cost = chart.POINTS_EXPENSE()
    shares += [(cost, redeem_granted(voucher, it, part)) for it, part in by_sale(taken).items()]
    for source, amount in shares:
        paid = min(amount, left)  # each fund rounds on its own; what that leaves over is the bank's
        voucher.move(source, to, paid)
        voucher.move(source, rounding, amount - paid)
        left -= paid
    voucher.move(rounding, to, left)
    return worth


def spendable_for(books: Books, programme: str, card: str, points: int) -> list[Lot]:
    """The lots that can be spent today, with so many points in them at least.

    Raises PointsExpired where expired points would have covered it, else PointsShort.
    """
    lots = spendable(books, programme, card)
    available = left_of(lots)
    if available >= points:
        return lots
    expired = left_of(held(books, programme, card)) - left_of(unexpired(books, programme, card))
    if available + expired >= points:
        raise PointsExpired(card, available, points, expired)
    raise PointsShort(card, available, points)
