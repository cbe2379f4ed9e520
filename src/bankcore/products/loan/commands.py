"""What can be asked of the loan product.

>>> from bankcore.amounts import Amount
>>> Repay("sme", "l1", "b", Amount.parse("100.00", "CNY/2")).amount.quantity
10000
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.products.loan.terms import LoanTerms

__all__ = [
    "Approve",
    "ChangeTerms",
    "Deposit",
    "Disburse",
    "OpenProgramme",
    "Prepay",
    "ProposeRecovery",
    "ProposeWriteOff",
    "Reject",
    "Repay",
    "RepayEarly",
    "ReverseDisbursement",
    "SignContract",
]

_OFFICER = {Role.OFFICER: ""}
_NAMED_OFFICER = {Role.OFFICER: "officer"}
_BORROWER = {Role.CUSTOMER: "borrower", Role.OFFICER: ""}
_MOST_MONTHS = 360


def _terms(given: LoanTerms | Mapping[str, Any]) -> LoanTerms:
    return given if isinstance(given, LoanTerms) else LoanTerms.from_data(given)


def _check_months(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 1 <= value <= _MOST_MONTHS:
        raise BadCommand(it.name, f"a whole number from 1 to {_MOST_MONTHS} is needed")


def _programme() -> Any:
    return fields.id_("the loan programme")


def _loan() -> Any:
    return fields.id_("the loan")


def _months() -> Any:
    return field(validator=_check_months, metadata={"help": "months to the last instalment, 1 to 360"})


def _borrower() -> Any:
    return fields.id_("the borrower")


def _officer() -> Any:
    return fields.id_("the officer who says so")


@frozen
class OpenProgramme:
    """Offer loans (开办贷款)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    terms: LoanTerms = field(default=LoanTerms(), converter=_terms, metadata={"help": "its terms"})


@frozen
class ChangeTerms:
    """Change terms from a day on, for contracts signed from then on (变更贷款条款)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    terms: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    effective_on: date | None = fields.day("first day; today if not given", None)


@frozen
class SignContract:
    """Agree on a loan; what is not agreed otherwise is as the programme's terms say (签订借款合同)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    loan: str = _loan()
    borrower: str = _borrower()
    amount: Amount = fields.amount("what is lent, the fee included")
    months: int = _months()
    network: str = fields.id_("the branch network of the push", "")
    push: str = fields.id_("the push that the borrower accepted", "")
    terms: Mapping[str, Any] = fields.terms("terms that differ from the programme's", fields.some_terms, {})


@frozen
class Disburse:
    """Pay a loan out to the borrower's demand account, less the fee (放款)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    loan: str = _loan()


@frozen
class ReverseDisbursement:
    """Undo a disbursement on its own day (撤销放款)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    loan: str = _loan()


@frozen
class Deposit:
    """Cash into the demand account of a loan's borrower (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = _BORROWER
    programme: str = _programme()
    loan: str = _loan()
    borrower: str = _borrower()
    amount: Amount = fields.amount("what is paid in")


@frozen
class Repay:
    """Pay what is due by hand: penalty, then interest, then principal (还款)."""

    may: ClassVar[Mapping[Role, str]] = _BORROWER
    programme: str = _programme()
    loan: str = _loan()
    borrower: str = _borrower()
    amount: Amount = fields.amount("what is paid, at most what is due")


@frozen
class Prepay:
    """Repay principal before it is due, after all that is due and interest to date (提前还款)."""

    may: ClassVar[Mapping[Role, str]] = _BORROWER
    programme: str = _programme()
    loan: str = _loan()
    borrower: str = _borrower()
    amount: Amount = fields.amount("principal not yet due")
    keep: str = fields.choice("what stays as it was: term or payment", ("term", "payment"), "term")


@frozen
class RepayEarly:
    """Repay all that is left, with interest to date (提前结清)."""

    may: ClassVar[Mapping[Role, str]] = _BORROWER
    programme: str = _programme()
    loan: str = _loan()
    borrower: str = _borrower()


@frozen
class ProposeWriteOff:
    """Propose to give a loan up as lost (申请核销)."""

    may: ClassVar[Mapping[Role, str]] = _NAMED_OFFICER
    programme: str = _programme()
    loan: str = _loan()
    officer: str = _officer()
    reason: str = fields.text("why nothing more is expected")


@frozen
class ProposeRecovery:
    """Propose to book cash received for a loan written off (申请核销收回)."""

    may: ClassVar[Mapping[Role, str]] = _NAMED_OFFICER
    programme: str = _programme()
    loan: str = _loan()
    officer: str = _officer()
    amount: Amount = fields.amount("what was received")


@frozen
class Approve:
    """Carry out what another officer proposed (复核通过)."""

    may: ClassVar[Mapping[Role, str]] = _NAMED_OFFICER
    programme: str = _programme()
    loan: str = _loan()
    officer: str = _officer()
    decision: str = fields.choice("what was proposed: write-off or recovery", ("write-off", "recovery"))


@frozen
class Reject:
    """Turn down what another officer proposed (复核拒绝)."""

    may: ClassVar[Mapping[Role, str]] = _NAMED_OFFICER
    programme: str = _programme()
    loan: str = _loan()
    officer: str = _officer()
    decision: str = fields.choice("what was proposed: write-off or recovery", ("write-off", "recovery"))
