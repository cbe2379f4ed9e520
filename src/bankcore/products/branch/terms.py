"""The terms of a branch network: every parameter with its default and its bounds.

>>> terms = BranchTerms.from_data({"referral_rate": "0.5%", "profile": "CN"})
>>> terms.referral_fee(345_678_90)
172839
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Self

from attrs import frozen

from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.rates import Rate, round_half_up
from bankcore.units import Unit

__all__ = ["BranchTerms", "Profile"]

_ID = re.compile(r"[\w.\-]{1,40}")


class Profile(Enum):
    """Whose law the network keeps."""

    NONE = "none"
    CN = "cn"  # no rewards for deposits


def _id(default: str, help: str) -> Any:
    check = term.within(str, lambda text: bool(_ID.fullmatch(text)), "an id is needed")
    return term.term(default, help, check, lambda text, _: text, lambda text, _: text)


@frozen(kw_only=True)
class BranchTerms:
    """How a network finds firms, pushes them to branches, and rewards; amounts in minor units of `unit`.

    Raises BadTerms for a value out of bounds.
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    headquarters: str = _id("hq", "id of the headquarters, which alone keeps the product library")
    profile: Profile = term.choice(Profile.NONE, "whose law the network keeps")
    matches: int = term.count(3, 1, 10, "banks shown to a firm")
    price_weight: int = term.count(40, 0, 100, "weight of the price in a match")
    amount_weight: int = term.count(20, 0, 100, "weight of the amount")
    tenor_weight: int = term.count(20, 0, 100, "weight of the tenor")
    distance_weight: int = term.count(10, 0, 100, "weight of the distance")
    load_weight: int = term.count(10, 0, 100, "weight of the branch's load")
    reach: int = term.count(50_000, 1, 10**7, "metres from which on a branch is as far as can be")
    capacity: int = term.count(20, 1, 10**6, "pushes that a branch takes in a day")
    push_days: int = term.count(30, 1, 366, "days until a push expires")
    ownership_days: int = term.count(14, 1, 366, "days that a manager keeps a lead without acting")
    click_heat: int = term.count(1, 0, 1_000, "heat of a click")
    purchase_heat: int = term.count(20, 0, 1_000, "heat of a purchase")
    window_minutes: int = term.count(10, 0, 240, "minutes around an appointment in which it counts")
    calls: int = term.count(3, 1, 10, "calls until a ticket is missed")
    priority_run: int = term.count(3, 1, 100, "priority tickets called before an ordinary one")
    places_back: int = term.count(3, 1, 100, "places that a missed ticket moves back")
    service_minutes: int = term.count(10, 1, 240, "mean service while nobody was served on the day")
    reward_days: int = term.count(30, 1, 366, "days until a reward lapses, or can be taken back")
    referral_rate: Rate = term.rate("0.45%", "1%", "referral fee of the amount disbursed, 0 to 1%")
    referral_days: int = term.count(30, 1, 366, "days after disbursement until the fee is paid")
    observation_days: int = term.count(90, 1, 366, "days a loan must last for the whole fee")
    drop: Rate = term.rate("50%", "1", "fall of a watched balance that alerts", least="1%")
    drop_days: int = term.count(30, 1, 366, "days within which it falls")

    def __attrs_post_init__(self) -> None:
        if not sum(self.weights):
            raise BadTerms("price_weight", "at least one weight above zero is needed")
        if self.observation_days < self.referral_days:
            raise BadTerms("observation_days", "the observation lasts at least until the fee is paid")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as TOML has it: amounts and rates are text.  Raises BadTerms."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    @property
    def weights(self) -> tuple[int, int, int, int, int]:
        """The weights of price, amount, tenor, distance and load."""
        return (
            self.price_weight, self.amount_weight, self.tenor_weight, self.distance_weight, self.load_weight,
        )  # fmt: skip

    def referral_fee(self, disbursed: int) -> int:
        """The fee for bringing a loan, rounded half up to minor units."""
        return round_half_up(disbursed * self.referral_rate.fraction)
