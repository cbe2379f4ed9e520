"""Rights (重大权利): points that the bank itself grants with a sale, whose price is revenue only later.

The points' part of the price (see sales) becomes revenue as they are redeemed, in proportion to all that are
expected to be, caught up cumulatively with every redemption and expiry, and whenever the expectation
changes.  No provider's fund stands behind them: what a redemption pays is the bank's own cost.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| redeem | points expense | where the worth goes | worth of the sale's live points before, less after |
| redeem, expire, revise | right | revenue | what is recognised more; less the other way round |

>>> right = Right(id="p:s", buyer="c", points=100, deferred=47_62, expected=50)
>>> right.with_gone(redeemed=25).earned, right.with_gone(redeemed=60).earned
(2381, 4762)
>>> right.with_gone(expired=60).expected, right.with_gone(redeemed=25).with_gone(expired=75).earned
(40, 4762)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.ledger.accounts import Side
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.facts import Facts
from bankcore.product.product import Noun
from bankcore.products.points.programmes import PROGRAMMES, PointsVoucher
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)
RIGHT = chart.liability("points:{programme}:right:{sale}")  # the price of points not redeemed yet
GRANTED = chart.liability("points:{programme}:granted:{sale}", normal_side=Side.DEBIT)  # points of the sale


@frozen(kw_only=True)
class Right(Facts):
    """What is kept about a sale: points granted, redeemed, expired, and expected to be redeemed in all.

    Of the money that was `deferred` some is `recognised`, in minor units.
    """

    KIND: ClassVar = "points.right"  # programme:sale
    buyer: str
    points: int
    deferred: int
    redeemed: int = 0
    expired: int = 0
    expected: int
    recognised: int = 0

    @property
    def live(self) -> int:
        """The points that are on cards still."""
        return self.points - self.redeemed - self.expired

    @property
    def earned(self) -> int:
        """What is revenue by now, in minor units; all of it once no point is left."""
        return (
            round_half_up(Fraction(self.deferred * self.redeemed, self.expected))
            if self.live
            else self.deferred
        )

    def with_gone(self, redeemed: int = 0, expired: int = 0) -> Right:
        """With more points redeemed or expired; no fewer are expected than were, no more than can be."""
        redeemed, expired = self.redeemed + redeemed, self.expired + expired
        expected = min(max(self.expected, redeemed), self.points - expired)
        return evolve(self, redeemed=redeemed, expired=expired, expected=expected)


def catch_up(voucher: PointsVoucher, right: Right) -> None:
    """Liability to revenue, or back, so that what is recognised is in proportion; keeps the right."""
    change, path, revenue = right.earned - right.recognised, RIGHT(*right.ids), chart.REVENUE()
    debit, credit = (path, revenue) if change > 0 else (revenue, path)
    voucher.move(debit, credit, abs(change))
    voucher.keep(evolve(right, recognised=right.earned))


def redeem_granted(voucher: PointsVoucher, sale: str, points: int) -> int:
    """Note that points of a sale are redeemed; returns what they cost the bank, in minor units."""
    before = voucher.existing(Right, voucher.programme, sale)
    after = before.with_gone(redeemed=points)
    catch_up(voucher, after)
    return voucher.terms.worth(before.live) - voucher.terms.worth(after.live)


def expire_granted(voucher: PointsVoucher, sale: str, points: int) -> None:
    """Note that points of a sale have expired, or were given up."""
    before = voucher.existing(Right, voucher.programme, sale)
    catch_up(voucher, before.with_gone(expired=points))


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("C13")
def revenue_follows_redemption(books: Books) -> Iterator[str]:
    """Of a sale's deferred price so much is recognised as is redeemed of what is expected, cumulatively."""
    for it in Right.every(books):
        left = books.balance(RIGHT(*it.ids))
        if it.recognised != it.earned or left != it.deferred - it.recognised:
            yield f"sale {it.id}: {it.data}, {left} left"


@noun.report("rights", {})
def list_rights(books: Books) -> Table:
    """Points that the bank granted with sales: what became of them, and what is still owed for them."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Right.every(books, programme):
            money = (Amount(fen, terms.unit) for fen in (it.deferred, it.deferred - it.recognised))
            rows.append((*it.ids, it.buyer, it.points, it.redeemed, it.expired, it.expected, *money))
    columns = ("programme", "sale", "buyer", "points", "redeemed", "expired", "expected", "deferred", "open")
    return Table("Rights", columns, tuple(rows))
