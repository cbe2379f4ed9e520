"""The terms on which a bank lets certificates be crowdfunded: every parameter with its default and bounds.

>>> terms = CertificateTerms.from_data({"products": {"CD6": [6, "1.55%"]}})
>>> terms.products, str(terms.tiers.rate_for(10_000_00)), terms.as_data()["demand_rate"]
((('CD6', 6, Rate(fraction=Fraction(31, 2000))),), '140%', '0.35%')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from attrs import frozen

from bankcore.calendars import is_month_end
from bankcore.product import term
from bankcore.products.certificate.parameters import multipliers, offers, words
from bankcore.rates import Rate, Tiers
from bankcore.units import Unit

__all__ = ["Accruing", "CertificateTerms", "Profile"]


class Profile(Enum):
    """Legal profiles; CN forbids third parties that are paid for deposits."""

    NONE = "none"
    CN = "cn"


class Accruing(Enum):
    """At which ends of months interest is accrued; at exits and at maturity it always is."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    EVENTS = "events"


@frozen(kw_only=True)
class CertificateTerms:
    """What the bank offers; amounts are minor units of `unit`, defaults those of CNY/2.

    Raises BadTerms for a value out of bounds, SteppedEarlyRate for a table of early-exit rates.
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    profile: Profile = term.choice(Profile.NONE, "legal profile")
    products: tuple[tuple[str, int, Rate], ...] = offers("1.75%", "products by code: months and base rate")
    tiers: Tiers = multipliers(
        [(0, "100%"), (10_000_00, "140%")], "what the base rate is multiplied by, as [from total, factor]"
    )
    channels: tuple[str, ...] = words(("counter", "mobile", "partner"), "channels that are admitted")
    min_opening: int = term.amount(50_00, "least total of a certificate", least=1)
    max_total: int = term.amount(5_000_000_00, "largest total of a certificate", least=1)
    whole: int = term.amount(1_00, "a certificate's total is a multiple of this", least=1)
    demand_rate: Rate = term.rate("0.35%", "5%", "yearly demand rate, 0 to 5%")
    early_rate: str = term.early_rate("what an early exit earns: demand")
    accruing: Accruing = term.choice(Accruing.MONTHLY, "when interest is accrued")
    calendar: str = term.calendar("WEEKENDS", "business calendar")
    reconfirm_days: int = term.count(5, 1, 30, "business days to agree to a changed configuration")
    transfer_fee: Rate = term.rate("0.1%", "5%", "fee on a share's principal when it is sold, 0 to 5%")
    withholding: Rate = term.rate("0%", "50%", "tax withheld from interest, 0 to 50%")
    insured: int = term.amount(500_000_00, "what deposit insurance covers of one depositor")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CertificateTerms:
        """Terms from plain data, as `term.read` does; raises BadTerms, SteppedEarlyRate."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    def accrues_on(self, day: date) -> bool:
        """Whether the close of the day accrues interest on every certificate."""
        if self.accruing is Accruing.EVENTS or not is_month_end(day):
            return False
        return self.accruing is Accruing.MONTHLY or day.month % 3 == 0
