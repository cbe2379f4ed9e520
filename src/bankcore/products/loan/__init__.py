"""Loans (贷款) repaid in instalments, made on a match that the borrower accepted.

After the document CN105913315A.  A contract is signed and disbursed; at the close of each due day what
is due is collected from the demand account:

>>> from datetime import date
>>> from bankcore.amounts import Amount
>>> terms = LoanTerms.from_data({"rate": "7.20%"})
>>> table = preview(terms, Amount.parse("50,000.00", "CNY/2"), 6, date(2024, 1, 31))
>>> str(table.rows[0][2]), str(table.rows[-1][2])
('8,509.21 CNY', '8,509.18 CNY')

What is not paid in time bears penalty; a fee becomes income by the effective rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.loan.commands import (
    Approve,
    ChangeTerms,
    Deposit,
    Disburse,
    OpenProgramme,
    Prepay,
    ProposeRecovery,
    ProposeWriteOff,
    Reject,
    Repay,
    RepayEarly,
    ReverseDisbursement,
    SignContract,
)
from bankcore.products.loan.contracts import change_terms, open_programme, sign_contract
from bankcore.products.loan.daily import daily
from bankcore.products.loan.disbursements import deposit, disburse, reverse_disbursement
from bankcore.products.loan.invariants import INVARIANTS
from bankcore.products.loan.losses import approve, propose_recovery, propose_write_off, reject
from bankcore.products.loan.payments import prepay, repay, repay_early
from bankcore.products.loan.registry import terms_on
from bankcore.products.loan.reports import REPORTS, preview, schedule_of
from bankcore.products.loan.terms import LoanTerms

__all__ = [
    "LOAN",
    "Approve",
    "ChangeTerms",
    "Deposit",
    "Disburse",
    "LoanTerms",
    "OpenProgramme",
    "Prepay",
    "ProposeRecovery",
    "ProposeWriteOff",
    "Reject",
    "Repay",
    "RepayEarly",
    "ReverseDisbursement",
    "SignContract",
    "preview",
    "schedule_of",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    SignContract: sign_contract,
    Disburse: disburse,
    ReverseDisbursement: reverse_disbursement,
    Deposit: deposit,
    Repay: repay,
    Prepay: prepay,
    RepayEarly: repay_early,
    ProposeWriteOff: propose_write_off,
    ProposeRecovery: propose_recovery,
    Approve: approve,
    Reject: reject,
}


def _terms(command: Any, books: Books) -> LoanTerms:
    """The terms in force today; a programme still to be opened brings its own."""
    if isinstance(command, OpenProgramme):
        return command.terms
    return terms_on(books, command.programme, books.today)


LOAN = Product(
    name="loan",
    summary="loans repaid in instalments",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
