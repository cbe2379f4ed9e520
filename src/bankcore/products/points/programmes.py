"""Points programmes (积分计划): the terms under which points are earned, spent and expire.

Opening one writes its terms and opens the accounts of the bank that it needs; no money moves.

>>> terms = PointsTerms.from_data({"value": "4/5", "expiry": "rolling", "expiry_months": 24})
>>> terms.worth(280), terms.expiry_of(date(2024, 5, 2))
(224, datetime.date(2026, 5, 31))
>>> PointsTerms().expiry_of(date(2020, 6, 1))
datetime.date(2024, 12, 31)
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from fractions import Fraction

from attrs import frozen

from bankcore.calendars import add_months, month_end
from bankcore.errors import BadTerms, ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher
from bankcore.rates import Rate, fraction_text, round_half_up
from bankcore.units import Unit

__all__ = ["ChangeTerms", "NameOperator", "NotWholeFen", "OpenProgramme", "PointsTerms"]

noun = Noun(__name__)
POINT, CREDIT_POINT = Unit("PT/0"), Unit("CPT/0")
NEVER = date.max


# --- terms ------------------------------------------------------------------------------------------


class Funding(Enum):
    """When a provider pays for the points of its orders."""

    PREPAID = "prepaid"  # with the order
    POSTPAID = "postpaid"  # on settlement; the bank advances up to a cap


class Expiry(Enum):
    """How long points live."""

    CALENDAR_YEARS = "calendar-years"  # to the end of a year, the year of issue being the first
    ROLLING = "rolling"  # months, to the end of the last
    NEVER = "never"


class Transfers(Enum):
    """Who may give points to whom."""

    OFF = "off"
    FAMILY = "family"


@frozen(kw_only=True)
class PointsTerms(Terms):
    """What the bank offers consumers and providers.  Raises BadTerms for a value out of bounds."""

    value: Rate = term.rate("1", "10000", "minor units that a point is worth", least="1/1000")
    funding: Funding = term.choice(Funding.PREPAID, "when providers pay for points")
    funding_cap: int = term.amount(0, "most that the bank advances to a provider, if postpaid")
    pending_days: int = term.count(0, 0, 30, "days until points can be spent, 0 to 30")
    limit_window: int = term.count(30, 0, 90, "days until points of an order count for limits")
    expiry: Expiry = term.choice(Expiry.CALENDAR_YEARS, "how long points live")
    expiry_years: int = term.count(5, 1, 50, "calendar years, that of issue included")
    expiry_months: int = term.count(12, 1, 600, "months of rolling expiry")
    least_redeemed: int = term.count(100, 1, 10**9, "fewest points redeemed at once")
    transfers: Transfers = term.choice(Transfers.OFF, "who may give points to whom")
    transfer_cap: int = term.count(10_000, 1, 10**9, "most points a card gives away on one day")
    breakage: Rate = term.rate("1", "1", "the provider's share of what expires; the bank has the rest")
    confirm_above: int = term.amount(1_000_00, "orders of a day above this say what confirmed who pays")
    warning_days: int = term.count(30, 1, 366, "days before expiry from which holders are warned")
    value_back: int = term.count(30, 0, 92, "days by which an order that is known late may lie back")

    def __attrs_post_init__(self) -> None:
        if self.funding is Funding.POSTPAID and not self.funding_cap:
            raise BadTerms("funding_cap", "postpaid funding needs a cap above zero")
        if self.limit_window < self.pending_days:
            raise BadTerms("limit_window", f"points are pending for {self.pending_days} days")

    def worth(self, points: int) -> int:
        """What points are worth together, rounded half up to minor units."""
        return round_half_up(self.value.fraction * points)

    def whole_worth(self, points: int) -> int:
        """What points are worth, in minor units without rounding; raises NotWholeFen."""
        exact = self.value.fraction * points
        if exact.denominator != 1:
            raise NotWholeFen(points, fraction_text(exact))
        return exact.numerator

    def earned(self, rate: Fraction, spend: int) -> Fraction:
        """The exact points on a spend in minor units, at a rate per whole unit of money."""
        return rate * Fraction(spend, 10**self.unit.scale)

    def counts_on(self, ordered_on: date) -> date:
        """The first day on which the points of an order count for limits: it can hardly be returned then."""
        return ordered_on + timedelta(days=self.limit_window)

    def expiry_of(self, issued_on: date) -> date:
        """The last day on which points issued on a day can be spent."""
        match self.expiry:
            case Expiry.CALENDAR_YEARS:
                return date(min(issued_on.year + self.expiry_years - 1, NEVER.year), 12, 31)
            case Expiry.ROLLING:
                return month_end(add_months(issued_on, self.expiry_months))
        return NEVER


# A point keeps its value, for funds are what live points are worth; and what a refund gives back goes
# where the order took it from, so funding stays prepaid or postpaid.
PROGRAMMES = Programme("points", PointsTerms, keeps=("unit", "value", "funding"), history=True, ahead=True)


class PointsVoucher(Voucher):
    """The voucher of an operation on points, which knows the programme and its terms."""

    def __init__(self, books: Books, terms: PointsTerms, programme: str) -> None:
        super().__init__(PROGRAMMES.product, books, terms, programme)
        self.terms, self.programme = terms, programme

    def terms_on(self, day: date) -> PointsTerms:
        """The programme's terms of a day, today or before."""
        today = self.books.today
        return self.terms if day == today else PROGRAMMES.on(self.books, self.programme, day)

    def points(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Move points."""
        self.move(debit, credit, quantity, POINT)


class NotWholeFen(ProductRejection):
    sentence = "{points} points are worth {worth} minor units, which is no whole number"
    points: int
    worth: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Open a points programme (开办积分计划)."""

    terms: PointsTerms = fields.of_terms("its terms", PointsTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change some terms from a later day on (变更条款); what was agreed before keeps its own."""

    effective_on: date | None = fields.day("first day of the new terms; tomorrow if not given", None)


@frozen
class NameOperator(programme.NameOperator):
    """Name the party that operates a points programme, through whoever represents it (指定运营方)."""

    programme: str = fields.id_("the points programme")
    operator: str = fields.id_("the party that operates it from now on; none if not given", "")


@noun.rule(OpenProgramme)
def open_programme(terms: PointsTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher = PointsVoucher(books, terms, command.programme)
    own = (chart.BREAKAGE_INCOME, chart.REVENUE, chart.ROUNDING)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in own))
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"open points programme {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)
noun.rule(NameOperator)(PROGRAMMES.name_operator)
