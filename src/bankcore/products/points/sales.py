"""Sales with points (附积分销售): goods of the bank together with points that the bank grants itself.

The price is divided between goods and points by relative stand-alone prices (IFRS 15, B39 to B43); what of
it is revenue later, see rights.  The points come on the buyer's card, and count for no limit.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| sell | demand account | revenue, right | price, divided |
| | granted | live | points |
| revise | right | revenue | what is recognised more; less the other way round |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import account_of, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.points.cards import LIVE, open_card
from bankcore.products.points.lots import add_lifetime, add_lot
from bankcore.products.points.programmes import POINT, PointsTerms, PointsVoucher
from bankcore.products.points.rights import GRANTED, RIGHT, Right, catch_up
from bankcore.rates import round_half_up

__all__ = ["ReviseRight", "RightRefused", "SellWithPoints"]

noun = Noun(__name__)


class RightRefused(ProductRejection):
    sentence = "sale {sale}: {reason}"
    sale: str
    reason: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class SellWithPoints:
    """Sell something of the bank's own together with points, which come on the buyer's card (附积分销售)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    sale: str = fields.id_("id of the sale")
    buyer: str = fields.id_("whose demand account pays, and whose card gets the points")
    price: Amount = fields.amount("price of goods and points together")
    points: int = fields.count("points granted")
    worth: Amount = fields.amount("stand-alone price of all the points")
    expected: int = fields.count("points expected to be redeemed")


@frozen
class ReviseRight:
    """State how many points of a sale are expected to be redeemed in all (积分收入确认)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    sale: str = fields.id_("id of the sale")
    expected: int = fields.count("points expected to be redeemed in all")


@noun.rule(SellWithPoints)
def sell_with_points(terms: PointsTerms, command: SellWithPoints, books: Books) -> Plan:
    """Demand account to revenue and to the liability for the points; the points to the buyer's card.

    Refuses, in this order: UnitMismatch, AlreadyTaken, RightRefused, NotFound, PartyErased, PartySuspended,
    NoCurrentAccount, NotFound or CardClosed.
    """
    programme, card, today = command.programme, command.buyer, books.today
    ids, price = (programme, command.sale), terms.minor_units(command.price)
    points, expected = command.points, command.expected
    worth = Fraction(terms.minor_units(command.worth) * expected, points)
    id = Right.fresh(books, *ids)
    if expected > points:
        raise RightRefused(command.sale, f"{expected} of {points} points cannot be redeemed")
    account = account_of(books, active_party(books, card).id)
    open_card(books, programme, card)
    deferred = round_half_up(price * worth / (price + worth))
    voucher = PointsVoucher(books, terms, programme)
    voucher.open(
        chart.POINTS_EXPENSE.account(unit=terms.unit, on=today),
        RIGHT.account(*ids, unit=terms.unit, on=today),
        GRANTED.account(*ids, unit=POINT, on=today),
    )
    voucher.move(account, chart.REVENUE(), price - deferred)
    voucher.move(account, RIGHT(*ids), deferred)
    voucher.points(GRANTED(*ids), LIVE(programme, card), points)
    voucher.keep(Right(id=id, buyer=card, points=points, deferred=deferred, expected=expected))
    add_lifetime(voucher, card, points, None)
    spendable_on, last_day = today + timedelta(days=terms.pending_days), terms.expiry_of(today)
    lot = {"provider": "", "sale": command.sale, "points": points, "left": points}
    add_lot(voucher, card, last_day, **lot, spendable_on=spendable_on)
    subject = f"points-{programme}-{command.sale}"
    voucher.notify(card, "points-granted", subject, points=points, last_day=str(last_day))
    return voucher.plan("sell", f"sale {command.sale} with {points} points")


@noun.rule(ReviseRight)
def revise_right(terms: PointsTerms, command: ReviseRight, books: Books) -> Plan:
    """Liability to revenue, or back, so that what is recognised is in proportion again.

    Refuses, in this order: NotFound, RightRefused for fewer than are redeemed, or more than ever can be.
    """
    right, expected = Right.existing(books, command.programme, command.sale), command.expected
    most = right.points - right.expired
    if not right.redeemed <= expected <= most:
        reason = f"{right.redeemed} points are redeemed, and {most} can be; {expected} is impossible"
        raise RightRefused(command.sale, reason)
    voucher = PointsVoucher(books, terms, command.programme)
    catch_up(voucher, evolve(right, expected=expected))
    return voucher.plan(
        "revise-right", f"{expected} points of sale {command.sale} are expected to be redeemed"
    )
