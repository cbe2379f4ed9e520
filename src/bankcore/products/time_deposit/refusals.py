"""What time deposits refuse, one class for one cause; quantities are minor units.

>>> NotWholeUnits(98_76, "CNY/2").code
'not_whole_units'
"""

from __future__ import annotations

from attrs import define

from bankcore.errors import ProductRejection

__all__ = ["DepositPaid", "DepositTooSmall", "NotWholeUnits", "WithdrawalExceeds"]


@define
class NotWholeUnits(ProductRejection):
    sentence = "a deposit is of whole units of money, not {amount}"
    quantities = ("amount",)
    amount: int
    unit: str = ""


@define
class DepositTooSmall(ProductRejection):
    sentence = "a deposit holds at least {least}, not {amount}"
    quantities = ("least", "amount")
    amount: int
    least: int
    unit: str = ""


@define
class DepositPaid(ProductRejection):
    sentence = "deposit {deposit} was paid back on {paid_on}"
    deposit: str
    paid_on: str


@define
class WithdrawalExceeds(ProductRejection):
    sentence = "deposit {deposit} holds {held}, {amount} asked"
    quantities = ("held", "amount")
    deposit: str
    held: int
    amount: int
    unit: str = ""
