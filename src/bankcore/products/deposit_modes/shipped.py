"""The six modes that come with bankcore, as plain data: what a bank offers that edits nothing.

The order is that of the document's list; ties in a recommendation fall in it.

>>> from bankcore.products.deposit_modes.terms import ModeTerms
>>> ModeTerms.from_data(SHIPPED["MEMB"]).ladder
((12, Rate(fraction=Fraction(3, 200))),)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["ENTITLEMENT", "FINANCE", "LOGISTICS", "MEMBER", "PROCUREMENT", "SALES", "SHIPPED", "shipped"]

SALES: Final = "SALES"  # 销售类
PROCUREMENT: Final = "PROC"  # 采购类
LOGISTICS: Final = "LOG"  # 物流类
FINANCE: Final = "FIN"  # 财务类
MEMBER: Final = "MEMB"  # 会员类
ENTITLEMENT: Final = "ENT"  # 权益存储

SHIPPED: Mapping[str, Mapping[str, Any]] = {
    SALES: {
        "measure": "receipts",
        "fill": "receipts",
        "uses": ["guarantees", "withdrawals"],
        "interest": "agreed",
        "share": ["10%", "0%", "50%"],
        "quota": ["500,000", "50,000", "10,000,000"],
    },
    PROCUREMENT: {"measure": "payments", "fill": "top-ups", "uses": ["orders"], "interest": "notice"},
    LOGISTICS: {
        "measure": "freight",
        "fill": "top-ups",
        "uses": ["claims", "freight", "withdrawals"],
        "interest": "notice",
    },
    FINANCE: {
        "measure": "balance",
        "fill": "idle",
        "uses": [],
        "interest": "term",
        "ladder": [[3, "1.10%"], [6, "1.30%"], [12, "1.50%"]],
    },
    MEMBER: {
        "measure": "trades",
        "fill": "fixed",
        "uses": [],
        "interest": "term",
        "ladder": [[12, "1.50%"]],
        "early_end": "claw-back",
        "discount": "20%",
    },
    ENTITLEMENT: {
        "measure": "rebate",
        "fill": "entitlements",
        "uses": [],
        "interest": "none",
        "early_end": "expiry",
    },
}


def shipped(mode: str) -> Mapping[str, Any]:
    """The data of a mode that comes with bankcore, or nothing."""
    return SHIPPED.get(mode, {})
