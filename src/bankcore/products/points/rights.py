"""Rights (重大权利): points that the bank itself grants with a sale, whose price is revenue only later.

The price of the sale is divided between goods and points by relative stand-alone prices (IFRS 15,
B39 to B43); the points' part becomes revenue as they are redeemed, in proportion to all that are
expected to be, caught up cumulatively whenever the expectation changes.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| sell | demand account | revenue, right | price, divided |
| revise | right | revenue | what is recognised more; less the other way round |
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import account_of, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.points.programmes import PROGRAMMES, PointsTerms, PointsVoucher
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["ReviseRight", "RightRefused", "SellWithPoints"]

noun = Noun(__name__)
RIGHT = chart.liability("points:{programme}:right:{sale}")  # the price of points not redeemed yet


@frozen(kw_only=True)
class Right(Facts):
    """What is kept about a sale: points granted, redeemed and expected to be; money in minor units."""

    KIND: ClassVar = "points.right"  # programme:sale
    points: int
    deferred: int
    redeemed: int = 0
    expected: int
    recognised: int = 0


class RightRefused(ProductRejection):
    sentence = "sale {sale}: {reason}"
    sale: str
    reason: str


@frozen
class SellWithPoints:
    """Sell something of the bank's own together with points (附积分销售)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    sale: str = fields.id_("id of the sale")
    buyer: str = fields.id_("whose demand account pays")
    price: Amount = fields.amount("price of goods and points together")
    points: int = fields.count("points granted")
    worth: Amount = fields.amount("stand-alone price of all the points")
    expected: int = fields.count("points expected to be redeemed")


@frozen
class ReviseRight:
    """State how many points of a sale are redeemed so far and expected in all (积分收入确认)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    sale: str = fields.id_("id of the sale")
    redeemed: int = fields.count("points redeemed to date")
    expected: int = fields.count("points expected to be redeemed in all")


@noun.rule(SellWithPoints)
def sell_with_points(terms: PointsTerms, command: SellWithPoints, books: Books) -> Plan:
    """Demand account to revenue and to the liability for the points.

    Refuses, in this order: UnitMismatch, AlreadyTaken, RightRefused, NotFound, PartyErased, PartySuspended,
    NoCurrentAccount.
    """
    ids, price = (command.programme, command.sale), terms.minor_units(command.price)
    points, expected = command.points, command.expected
    worth = Fraction(terms.minor_units(command.worth) * expected, points)
    id = Right.fresh(books, *ids)
    if expected > points:
        raise RightRefused(command.sale, f"{expected} of {points} points cannot be redeemed")
    account = account_of(books, active_party(books, command.buyer).id)
    deferred = round_half_up(price * worth / (price + worth))
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.open(RIGHT.account(*ids, unit=terms.unit, on=books.today))
    voucher.move(account, chart.REVENUE(), price - deferred)
    voucher.move(account, RIGHT(*ids), deferred)
    voucher.keep(Right(id=id, points=points, deferred=deferred, expected=expected))
    return voucher.plan("sell", f"sale {command.sale} with {points} points")


@noun.rule(ReviseRight)
def revise_right(terms: PointsTerms, command: ReviseRight, books: Books) -> Plan:
    """Liability to revenue, or back, so that what is recognised is in proportion again.

    With as many redeemed as are expected nothing of the liability is left.
    Refuses, in this order: NotFound, RightRefused.
    """
    ids, redeemed, expected = (command.programme, command.sale), command.redeemed, command.expected
    right = Right.existing(books, *ids)
    if not right.redeemed <= redeemed <= expected <= right.points:
        raise RightRefused(
            command.sale,
            f"{right.redeemed} points were redeemed of {right.points}; "
            f"{redeemed} of {expected} expected is impossible",
        )
    recognised = round_half_up(Fraction(right.deferred * redeemed, expected))
    change, path, revenue = recognised - right.recognised, RIGHT(*ids), chart.REVENUE()
    debit, credit = (path, revenue) if change > 0 else (revenue, path)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.move(debit, credit, abs(change))
    voucher.keep(evolve(right, recognised=recognised, redeemed=redeemed, expected=expected))
    return voucher.plan("revise-right", f"{redeemed} of {expected} points of sale {command.sale} redeemed")


@noun.report("rights", {})
def list_rights(books: Books) -> Table:
    """Points that the bank granted with sales: redeemed, expected, and what is still owed for them."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Right.every(books, programme):
            money = (Amount(fen, terms.unit) for fen in (it.deferred, it.deferred - it.recognised))
            rows.append((*it.ids, it.points, it.redeemed, it.expected, *money))
    columns = ("programme", "sale", "points", "redeemed", "expected", "deferred", "open")
    return Table("Rights", columns, tuple(rows))
