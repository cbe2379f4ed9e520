"""What the wealth programme refuses, one class for one cause; quantities are minor units.

>>> ReserveShort("mall", 60_00, 100_01).code
'reserve_short'
"""

from __future__ import annotations

from datetime import date

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "AlreadyBound",
    "AlreadyUndone",
    "BalanceCap",
    "BonusNotCash",
    "CashNotPaidIn",
    "ClientClosed",
    "ConsentNeeded",
    "MerchantShort",
    "NotBound",
    "NotWithdrawable",
    "NothingToSettle",
    "NothingToSweep",
    "PoolRefused",
    "RechargeUsed",
    "ReserveFloor",
    "ReserveShort",
]


@define
class ReserveShort(ProductRejection):
    sentence = "the reserve of {programme} has {reserve}, {needed} needed"
    quantities = ("reserve", "needed")
    programme: str
    reserve: int
    needed: int
    unit: str = ""


@define
class ReserveFloor(ProductRejection):
    """Money leaves the programme only above the threshold and with all offline cash paid in."""

    sentence = (
        "taking {amount} would leave {left} in the reserve of {programme}: "
        "threshold {threshold}, cash not yet paid in {cash_due}"
    )
    quantities = ("amount", "left", "threshold", "cash_due")
    programme: str
    amount: int
    left: int
    threshold: int
    cash_due: int
    unit: str = ""


@define
class BalanceCap(ProductRejection):
    sentence = "client {client} would hold {balance}, the cap is {cap}"
    quantities = ("balance", "cap")
    client: str
    balance: int
    cap: int
    unit: str = ""


@define
class CashNotPaidIn(ProductRejection):
    sentence = "{programme} would owe {cash_due} of offline cash, {max_due} is allowed"
    quantities = ("cash_due", "max_due")
    programme: str
    cash_due: int
    max_due: int
    unit: str = ""


@define
class NotBound(ProductRejection):
    sentence = "client {client} and merchant {merchant} are not bound in both registries"
    client: str
    merchant: str


@define
class AlreadyBound(ProductRejection):
    sentence = "the {registry}'s registry already binds client {client} to merchant {merchant}"
    client: str
    merchant: str
    registry: str


@define
class MerchantShort(ProductRejection):
    sentence = "{account} has {available}, merchant {merchant} needs {needed}"
    quantities = ("available", "needed")
    merchant: str
    account: str
    available: int
    needed: int
    unit: str = ""


@define
class BonusNotCash(ProductRejection):
    sentence = "client {client} can withdraw {available}, {amount} asked; a bonus is for spending only"
    quantities = ("available", "amount")
    client: str
    available: int
    amount: int
    unit: str = ""


@define
class NotWithdrawable(ProductRejection):
    """The prepaid profile holds money back; `until` is None for ever."""

    sentence = "client {client} cannot withdraw: {reason}"
    client: str
    reason: str
    until: date | None


@define
class RechargeUsed(ProductRejection):
    sentence = "client {client} has spent or withdrawn {spent} since recharge {recharge}"
    quantities = ("spent",)
    recharge: str
    client: str
    spent: int
    unit: str = ""


@define
class AlreadyUndone(ProductRejection):
    sentence = "recharge {recharge} is already undone"
    recharge: str


@define
class ConsentNeeded(ProductRejection):
    sentence = "closing forfeits {vested} of vested bonus; client {client} has to consent"
    quantities = ("vested",)
    client: str
    vested: int
    unit: str = ""


@define
class ClientClosed(ProductRejection):
    sentence = "client {client} is closed"
    client: str


@define
class NothingToSettle(ProductRejection):
    sentence = "merchant {merchant} has no takings to settle"
    merchant: str


@define
class NothingToSweep(ProductRejection):
    sentence = "no sweep: reserve {reserve}, threshold {threshold}, service fund {service}"
    quantities = ("reserve", "threshold", "service")
    reserve: int
    threshold: int
    service: int
    unit: str = ""


@define
class PoolRefused(ProductRejection):
    sentence = "no yield pool from {start} to {end}: {reason}"
    start: date
    end: date
    reason: str
