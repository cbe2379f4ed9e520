"""Which deposit modes suit an enterprise (存款模式推荐), and why: exact, explained, at most three.

The score of a mode weighs the enterprise's trade (its share that belongs to the mode), its behaviour
on the platform and its credit by mutual ratings:

>>> facts = Facts(receipts=600_000_00, payments=400_000_00, trades=12, grade="B",
...     visits={"SALES": 2, "PROC": 1, "FIN": 1})
>>> best = recommend(facts)
>>> [(it.mode, it.score) for it in best.offered], best.because
([('SALES', Fraction(62, 1))], '')
>>> print(best.offered[0].words())
trade 600000.00 of 1000000.00 is 3/5, x 60 = 36; behaviour 2 of 4 is 1/2, x 20 = 10; credit B is 4/5, \
x 20 = 16; together 62, at or above the cut of 50
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.products.deposit_modes.shipped import SHIPPED
from bankcore.products.deposit_modes.terms import Measure
from bankcore.rates import round_down
from bankcore.units import Unit

__all__ = ["CREDIT", "NO_HISTORY", "Facts", "Recommendation", "Score", "Weights", "recommend", "scores"]

NO_HISTORY: Final = "NO_HISTORY"
CREDIT: Mapping[str, Fraction] = {
    "A": Fraction(1),
    "B": Fraction(4, 5),
    "C": Fraction(1, 2),
    "D": Fraction(0),
}
_SHIPPED: Final = {mode: Measure(data["measure"]) for mode, data in SHIPPED.items()}
_WORST: Final = "D"  # is never offered credit for escrow


@frozen(kw_only=True)
class Facts:
    """What is known of an enterprise over the window; amounts are minor units.

    `mean_balance` is that of the demand account over closed days, exact; `visits` counts visits and posts by
    mode;
    `grade` is A to D from the ratings of its partners.
    """

    receipts: int = 0
    payments: int = 0
    platform_payments: int = 0
    freight: int = 0
    mean_balance: Fraction = Fraction(0)
    trades: int = 0
    unused_rebate: int = 0
    visits: Mapping[str, int] = field(factory=dict)
    grade: str = "C"
    unit: Unit = Unit("CNY/2")

    @property
    def turnover(self) -> int:
        """Receipts and payments together."""
        return self.receipts + self.payments


@frozen(kw_only=True)
class Weights:
    """How a recommendation weighs; `quota`, `rebate` (minor units) and `trades` are what counts as full."""

    trade: int = 60
    behaviour: int = 20
    credit: int = 20
    cut: int = 50
    most: int = 3
    quota: int = 500_000_00
    rebate: int = 1_000_00
    trades: int = 30


@frozen
class Score:
    """A mode's score with each part as it came about: (part, whole) and the share made of them."""

    mode: str
    measure: Measure
    trade: tuple[Fraction, Fraction]
    behaviour: tuple[int, int]
    grade: str
    weights: Weights
    unit: Unit

    @property
    def shares(self) -> tuple[Fraction, Fraction, Fraction]:
        """The shares of trade, behaviour and credit, each from 0 to 1."""
        return _share(*self.trade), _share(*self.behaviour), CREDIT[self.grade]

    @property
    def parts(self) -> tuple[Fraction, Fraction, Fraction]:
        """The points of trade, behaviour and credit."""
        trade, behaviour, credit = self.shares
        w = self.weights
        return w.trade * trade, w.behaviour * behaviour, w.credit * credit

    @property
    def score(self) -> Fraction:
        """All points together."""
        return sum(self.parts, Fraction(0))

    @property
    def excluded(self) -> bool:
        """Whether the mode is not offered at any score: escrow credit to the worst grade."""
        return self.measure is Measure.PAYMENTS and self.grade == _WORST

    @property
    def reaches(self) -> bool:
        """Whether the score reaches the cut."""
        return self.score >= self.weights.cut

    def words(self) -> str:
        """The score in words and figures."""
        (trade, behaviour, credit), (t, b, k), w = self.parts, self.shares, self.weights
        verdict = f"{'at or above' if self.reaches else 'below'} the cut of {w.cut}"
        if self.excluded:
            verdict += f"; not offered to grade {_WORST}, which gets no credit for escrow"
        unit = None if self.measure is Measure.TRADES else self.unit  # trades are counted
        of = " of ".join(_figure(part, unit) for part in self.trade)
        return (
            f"trade {of} is {t}, x {w.trade} = {trade}; "
            f"behaviour {self.behaviour[0]} of {self.behaviour[1]} is {b}, x {w.behaviour} = {behaviour}; "
            f"credit {self.grade} is {k}, x {w.credit} = {credit}; together {self.score}, {verdict}"
        )


@frozen
class Recommendation:
    """The modes to offer, best first, the scores of all, and why there are not more."""

    offered: tuple[Score, ...]
    all: tuple[Score, ...]
    because: str = ""


def scores(
    facts: Facts, weights: Weights | None = None, modes: Mapping[str, Measure] = _SHIPPED
) -> tuple[Score, ...]:
    """The score of each mode by its measure, in the order given."""
    w = weights or Weights()
    over = max(facts.mean_balance - w.quota, Fraction(0))
    trade: Mapping[Measure, tuple[Fraction | int, int]] = {
        Measure.RECEIPTS: (facts.receipts, facts.turnover),
        Measure.PAYMENTS: (facts.platform_payments, facts.turnover),
        Measure.FREIGHT: (facts.freight, facts.payments),
        Measure.BALANCE: (over, w.quota),
        Measure.TRADES: (facts.trades, w.trades),
        Measure.REBATE: (facts.unused_rebate, w.rebate),
    }
    visits = sum(facts.visits.values())
    return tuple(
        Score(
            mode,
            measure,
            (Fraction(trade[measure][0]), Fraction(trade[measure][1])),
            (facts.visits.get(mode, 0), visits),
            facts.grade,
            w,
            facts.unit,
        )
        for mode, measure in modes.items()
        if measure is not Measure.NONE
    )


def recommend(
    facts: Facts, weights: Weights | None = None, modes: Mapping[str, Measure] = _SHIPPED
) -> Recommendation:
    """The best modes whose score reaches the cut, ties in the order given.

    Without trades those measured by balance only, FIN among those that come with bankcore.
    """
    found = scores(facts, weights, modes)
    if not facts.trades:
        finance = tuple(score for score in found if score.measure is Measure.BALANCE)
        return Recommendation(finance, found, NO_HISTORY)
    fit = sorted((it for it in found if it.reaches and not it.excluded), key=lambda it: -it.score)
    return Recommendation(tuple(fit[: (weights or Weights()).most]), found)


def _share(part: Fraction | int, whole: Fraction | int) -> Fraction:
    """A part of a whole from 0 to 1; of nothing it is 0."""
    return min(Fraction(1), Fraction(part) / whole) if whole else Fraction(0)


def _figure(value: Fraction, unit: Unit | None) -> str:
    return str(value) if unit is None else Amount(round_down(value), unit).decimal()
