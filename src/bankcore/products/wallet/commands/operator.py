"""Commands about the programme and its reserve."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.products.wallet.commands import fields
from bankcore.products.wallet.terms import WalletTerms

__all__ = ["ChangeTerms", "DeclarePool", "FundReserve", "OpenProgramme", "PayIn", "Sweep", "TakeOut"]


@frozen
class OpenProgramme:
    """Open a programme with its reserve account (开立备付金账户)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: WalletTerms = fields.terms("its terms", fields.all_terms, WalletTerms())


@frozen
class ChangeTerms:
    """Change some terms from a date on (变更条款); the others stay."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; today if not given", None)


@frozen
class FundReserve:
    """Pay money into the reserve (注入备付金)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER
    programme: str = fields.programme()
    amount: Amount = fields.amount("money paid into the reserve")


@frozen
class PayIn:
    """Pay the cash taken offline into the reserve (缴存现金)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER
    programme: str = fields.programme()
    amount: Amount = fields.amount("cash paid in, at most what is due")


@frozen
class TakeOut:
    """Take the operator's own money out of the programme (提取资金)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR
    programme: str = fields.programme()
    amount: Amount = fields.amount("money taken out")
    source: str = fields.choice("where it comes from", ("reserve", "service"), "reserve")


@frozen
class Sweep:
    """Run the monitor now: fill a low reserve from the service fund (划转服务金)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER
    programme: str = fields.programme()


@frozen
class DeclarePool:
    """Declare a yield pool, divided by daily balances of [start, end) (公布收益池)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR
    programme: str = fields.programme()
    amount: Amount = fields.amount("what is divided")
    start: date = fields.day("first day that counts")
    end: date = fields.day("day after the last that counts; the pool is paid on it")

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise BadCommand("end", f"{self.end} is not after the start {self.start}")
