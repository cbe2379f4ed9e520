"""What can be asked about time deposits.

>>> from bankcore.amounts import Amount
>>> OpenDeposit("3m", "d1", "c001", Amount.parse("98.00", "CNY/2")).may
{<Role.CUSTOMER: 'customer'>: 'customer'}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.products import fields
from bankcore.products.product import Role
from bankcore.products.time_deposit.terms import DepositTerms

__all__ = ["OpenDeposit", "OpenProgramme", "WithdrawEarly"]


def _terms(given: DepositTerms | Mapping[str, object]) -> DepositTerms:
    return given if isinstance(given, DepositTerms) else DepositTerms.from_data(given)


@frozen
class OpenProgramme:
    """Offer time deposits of one term (开办定期存款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme of deposits")
    terms: DepositTerms = fields.terms("its terms", _terms, DepositTerms())


@frozen
class OpenDeposit:
    """Place money from the demand account as a time deposit, held until it matures (存入定期)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "customer"}
    programme: str = fields.id_("the programme of deposits")
    deposit: str = fields.id_("id of the deposit")
    customer: str = fields.id_("whose demand account pays and is paid")
    amount: Amount = fields.amount("whole units of money")


@frozen
class WithdrawEarly:
    """Take a deposit, or a part of it, before it matures, at the demand rate (提前支取)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "customer"}
    programme: str = fields.id_("the programme of deposits")
    deposit: str = fields.id_("id of the deposit")
    customer: str = fields.id_("whose deposit it is")
    amount: Amount | None = fields.amount("whole units of money; all of it if not given", default=None)
