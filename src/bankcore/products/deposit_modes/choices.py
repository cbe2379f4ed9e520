"""What a customer chooses of a deposit mode.

>>> str(Choices.from_data({"share": "12.5%"}).share)
'12.5%'
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from bankcore.product import term
from bankcore.product.terms import Terms
from bankcore.products.deposit_modes.parameters import months
from bankcore.rates import Rate

__all__ = ["Choices", "Release", "Rollover", "Sweep"]


class Release(Enum):
    """How set-aside money is released from the release date on."""

    HAND = "by-hand"
    DATE = "on-the-date"  # all of it, on the date and every so many months again


class Rollover(Enum):
    """What of a mature deposit goes into a new one."""

    NONE = "none"
    PRINCIPAL = "principal"
    ALL = "all"


class Sweep(Enum):
    """When idle money is placed."""

    DAILY = "daily"
    HAND = "by-hand"


@frozen(kw_only=True)
class Choices(Terms):
    """What a customer chooses; amounts are minor units.  Raises BadTerms for what no bank could agree to."""

    share: Rate = term.rate("10%", "100%", "share of each receipt that is set aside")
    target: int = term.amount(100_000_00, "total that is set aside", least=1)
    quota: int = term.amount(500_000_00, "what earns the demand rate only")
    floor: int = term.amount(100_000_00, "what stays on the demand account")
    sum: int = term.amount(20_000_00, "the fixed sum", least=1)
    months: tuple[int, ...] = months((), "terms among which money is divided")
    release: Release = term.choice(Release.HAND, "how money is released")
    release_months: int = term.count(12, 0, 600, "months until money is released")
    rollover: Rollover = term.choice(Rollover.NONE, "what goes into a new deposit")
    sweep: Sweep = term.choice(Sweep.DAILY, "when idle money is placed")
