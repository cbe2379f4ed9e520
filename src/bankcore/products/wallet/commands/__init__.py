"""What can be asked of a wealth programme; `may` says who may ask.

>>> from bankcore.amounts import Amount
>>> Recharge("mall", "c001", Amount.parse("888.88", "CNY/2"), "r1").may
{<Role.OPERATOR: 'operator'>: 'programme'}
"""

from __future__ import annotations

from bankcore.products.wallet.commands.money import (
    CloseClient,
    Consume,
    Recharge,
    Refund,
    Settle,
    UndoRecharge,
    Withdraw,
)
from bankcore.products.wallet.commands.operator import (
    ChangeTerms,
    DeclarePool,
    FundReserve,
    OpenProgramme,
    PayIn,
    Sweep,
    TakeOut,
)
from bankcore.products.wallet.commands.parties import (
    Bind,
    ConfirmBinding,
    RegisterClient,
    RegisterMerchant,
    Unbind,
)

__all__ = [
    "Bind",
    "ChangeTerms",
    "CloseClient",
    "ConfirmBinding",
    "Consume",
    "DeclarePool",
    "FundReserve",
    "OpenProgramme",
    "PayIn",
    "Recharge",
    "Refund",
    "RegisterClient",
    "RegisterMerchant",
    "Settle",
    "Sweep",
    "TakeOut",
    "Unbind",
    "UndoRecharge",
    "Withdraw",
]
