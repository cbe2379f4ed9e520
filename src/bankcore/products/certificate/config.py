"""The configuration (众筹配置) of one order, agreed to by everyone who confirms it.

>>> config = OrderConfig.from_data({"target": "10,000.00", "amount_type": "equal", "seats": 3})
>>> config.parts()
(333334, 333333, 333333)
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from bankcore.amounts import largest_remainder
from bankcore.calendars import Roll
from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.product.product import Noun
from bankcore.product.terms import Terms

__all__ = ["LockAfterDeadline", "OrderConfig"]

noun = Noun(__name__)


class LockAfterDeadline(BadTerms):
    sentence = "term {field} is not allowed: {reason}"


class AmountType(Enum):
    """What one confirmation may amount to."""

    FREE = "free"  # any multiple of the step from the least share on
    FIXED = "fixed"  # the share named
    EQUAL = "equal"  # the target divided by the seats


class Shortfall(Enum):
    """What happens at the deadline below the target."""

    REFUND = "refund"
    OPEN_LOWER = "open-lower"  # at the tier of the real total, if everybody consents


class Overflow(Enum):
    """What becomes of a free confirmation larger than the room left."""

    REFUSE = "refuse"
    PARTIAL = "partial"


class EscrowInterest(Enum):
    """What money earns before the certificate opens."""

    DEMAND = "demand"
    NONE = "none"


class EarlyExit(Enum):
    """Whether one participant may leave an open certificate."""

    PARTIAL_IF_TIER_KEPT = "partial-if-tier-kept"
    FORBID = "forbid"


class Rollover(Enum):
    """What of a mature certificate goes into a new one."""

    NONE = "none"
    PRINCIPAL = "principal"
    ALL = "all"


_ROLLS = (Roll.CALENDAR, Roll.FOLLOWING, Roll.PRECEDING)


@frozen(kw_only=True)
class OrderConfig(Terms):
    """What participants of one order agree to; amounts are minor units of `unit`.

    Raises BadTerms for a value out of bounds, LockAfterDeadline where nobody could ever leave.
    """

    target: int = term.amount(10_000_00, "total at which the certificate opens", least=1)
    amount_type: AmountType = term.choice(AmountType.FREE, "what a confirmation may amount to")
    share: int | None = term.amount(None, "the one amount of fixed shares", least=1)
    step: int = term.amount(1, "free shares are multiples of this", least=1)
    least_share: int = term.amount(1_00, "least free share", least=1)
    seats: int = term.count(50, 2, 200, "most participants, 2 to 200")
    window: int = term.count(30, 1, 30, "days from the request to the deadline, 1 to 30")
    lock: int = term.count(2, 0, 30, "days before the deadline's end in which nobody leaves")
    shortfall: Shortfall = term.choice(Shortfall.REFUND, "what happens below the target")
    overflow: Overflow = term.choice(Overflow.REFUSE, "what happens above the target")
    escrow_interest: EscrowInterest = term.choice(EscrowInterest.DEMAND, "what money earns in escrow")
    early_exit: EarlyExit = term.choice(EarlyExit.PARTIAL_IF_TIER_KEPT, "who may leave early")
    exits: int = term.count(1, 0, 100, "early exits of one participant")
    roll: Roll = term.choice(Roll.CALENDAR, "when is paid what matures on no business day", _ROLLS)
    rollover: Rollover = term.choice(Rollover.NONE, "what goes into a new certificate")

    def __attrs_post_init__(self) -> None:
        if self.lock >= self.window:
            raise LockAfterDeadline("lock", f"{self.lock} days do not fit into a window of {self.window}")
        if self.amount_type is AmountType.FIXED:
            share = self.share or 0
            if not share or self.target % share or self.target > self.seats * share:
                raise BadTerms("share", "a divisor of the target is needed that the seats can reach")
        if self.amount_type is AmountType.EQUAL and self.target < self.seats:
            raise BadTerms("seats", "more than the target has minor units")

    def parts(self) -> tuple[int, ...]:
        """The shares of an order with equal shares, largest first."""
        return tuple(largest_remainder(self.target, [1] * self.seats))
