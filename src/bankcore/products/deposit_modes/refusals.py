"""What deposit modes refuse, one class for one cause; quantities are minor units.

>>> OutOfBounds("share", "60% is not from 0% to 50%").code
'out_of_bounds'
"""

from __future__ import annotations

from datetime import date

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "AgreedElsewhere", "ClaimDecided", "ClaimExceedsDeposit", "ClaimOpen", "CostChanged", "ModeClosed",
    "NotReleased", "NothingIdle", "NoticeTooShort", "OutOfBounds", "TermOver", "UseNotAllowed",
    "WithdrawalTooSmall",
]  # fmt: skip


@define
class OutOfBounds(ProductRejection):
    """Beyond what a customer may choose without the bank's approval."""

    sentence = "{choice} is out of bounds: {reason}"
    choice: str
    reason: str


@define
class ModeClosed(ProductRejection):
    """Not opened, or ended."""

    sentence = "{enterprise} has no open mode {mode}"
    enterprise: str
    mode: str


@define
class UseNotAllowed(ProductRejection):
    sentence = "mode {mode} is not for {use}"
    mode: str
    use: str


@define
class AgreedElsewhere(ProductRejection):
    sentence = "the demand account of {enterprise} is already covered by mode {mode} of {programme}"
    enterprise: str
    programme: str
    mode: str


@define
class NotReleased(ProductRejection):
    sentence = "what mode {mode} set aside is released on {release_on}"
    mode: str
    release_on: date


@define
class NoticeTooShort(ProductRejection):
    sentence = "notice for {day} was due by {latest}"
    day: date
    latest: date


@define
class WithdrawalTooSmall(ProductRejection):
    sentence = "a withdrawal is of at least {least}, or of all, not {amount}"
    quantities = ("least", "amount")
    amount: int
    least: int
    unit: str = ""


@define
class ClaimOpen(ProductRejection):
    """Not decided yet, or decided and not paid."""

    sentence = "claim {claim} against {carrier} is open"
    claim: str
    carrier: str


@define
class ClaimDecided(ProductRejection):
    sentence = "claim {claim} was decided on {decided_on}"
    claim: str
    decided_on: date


@define
class ClaimExceedsDeposit(ProductRejection):
    sentence = "a claim of {amount} is more than the {deposit} that is there, or than was asked for"
    quantities = ("amount", "deposit")
    amount: int
    deposit: int
    unit: str = ""


@define
class NothingIdle(ProductRejection):
    sentence = "{enterprise} has {idle} over the floor, {step} is needed"
    quantities = ("idle", "step")
    enterprise: str
    idle: int
    step: int
    unit: str = ""


@define
class TermOver(ProductRejection):
    sentence = "deposit {deposit} was paid back on {paid_on}"
    deposit: str
    paid_on: date


@define
class CostChanged(ProductRejection):
    sentence = "ending costs {cost} now, not {agreed}"
    quantities = ("cost", "agreed")
    cost: int
    agreed: int
    unit: str = ""
