"""What loans refuse, one class for one cause; quantities are minor units.

>>> PaymentExceeds("l1", 100_00, 100_01, "CNY/2").code
'payment_exceeds'
"""

from __future__ import annotations

from datetime import date

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "BorrowerDiffers",
    "DisbursementStands",
    "LoanNotRunning",
    "NotAccepted",
    "NothingDue",
    "PaymentExceeds",
    "RecoveryExceeds",
]


@define
class NotAccepted(ProductRejection):
    """A loan needs a contract, and a push that the borrower accepted."""

    sentence = "loan {loan} cannot be made: {reason}"
    loan: str
    reason: str


@define
class BorrowerDiffers(ProductRejection):
    sentence = "loan {loan} is not one of {borrower}"
    loan: str
    borrower: str


@define
class LoanNotRunning(ProductRejection):
    """The loan was not disbursed yet, was repaid, written off or reversed, or is disbursed already."""

    sentence = "loan {loan} is {state}"
    loan: str
    state: str


@define
class DisbursementStands(ProductRejection):
    """A disbursement can be reversed on its own day, before anything was paid; later by prepayment only."""

    sentence = "the disbursement of loan {loan} on {disbursed_on} stands: {reason}"
    loan: str
    disbursed_on: date
    reason: str


@define
class NothingDue(ProductRejection):
    """What is paid before it is due is a prepayment."""

    sentence = "nothing of loan {loan} is due before {due_on}"
    loan: str
    due_on: date


@define
class PaymentExceeds(ProductRejection):
    sentence = "of loan {loan} {owed} can be paid so, {amount} offered"
    quantities = ("owed", "amount")
    loan: str
    owed: int
    amount: int
    unit: str = ""


@define
class RecoveryExceeds(ProductRejection):
    sentence = "of loan {loan} {lost} are lost, {amount} recovered"
    quantities = ("lost", "amount")
    loan: str
    lost: int
    amount: int
    unit: str = ""
