"""A loan programme "p" on a bank in memory, driven by commands with amounts as text."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.products.people import giver

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Record
from bankcore.product.actor import Actor
from bankcore.product.parties import Party
from bankcore.products.current import CURRENT
from bankcore.products.lendings import LOAN, Lending, lending_of
from bankcore.products.loan import LOAN as PRODUCT
from bankcore.products.loan import (
    Approve,
    Disburse,
    OpenProgramme,
    Prepay,
    ProposeRecovery,
    ProposeWriteOff,
    Repay,
    RepayEarly,
    ReverseDisbursement,
    SignContract,
)
from bankcore.products.loan.loans import Loan
from bankcore.products.parties import PARTIES
from bankcore.testing import Driver

PRODUCTS = (PARTIES, CURRENT, PRODUCT)


class Lender(Driver):
    """The programme with what tests ask of it; amounts are text in yuan or ints of fen.

    Interest accrues with events alone, unless a test says otherwise.
    """

    def __init__(self, on: date = date(2024, 1, 31), **terms: Any) -> None:
        super().__init__("b", opened_on=on, products=PRODUCTS)
        self.do(OpenProgramme("p", {"needs_push": False, "accrue": "events", **terms}))  # type: ignore[arg-type]

    def giver(self, command: Any) -> Actor | None:
        return giver(command)

    # --- commands -----------------------------------------------------------------------------------

    def sign(
        self, amount: str | int, months: int, loan: str = "l", borrower: str = "b", **terms: Any
    ) -> None:
        if Party.find(self.books, borrower) is None:
            self.register(borrower)
        self.do(SignContract("p", loan, borrower, self.money(amount), months, terms=terms))

    def lend(
        self, amount: str | int, months: int, loan: str = "l", borrower: str = "b", **terms: Any
    ) -> None:
        """Sign and disburse."""
        self.sign(amount, months, loan, borrower, **terms)
        self.do(Disburse("p", loan))

    def pay_in(self, amount: str | int, borrower: str = "b") -> None:
        self.deposit(borrower, amount)

    def spend(self, amount: str | int, borrower: str = "b") -> None:
        """A transfer out of the demand account, by hand."""
        quantity = self.money(amount).quantity
        if self.books.account(AccountPath("bank:abroad")) is None:
            self.open("bank:abroad", "liability")
        self.post({f"bank:demand:{borrower}": quantity}, {"bank:abroad": quantity})

    def repay(self, amount: str | int, loan: str = "l", borrower: str = "b") -> None:
        self.do(Repay("p", loan, borrower, self.money(amount)))

    def prepay(self, amount: str | int, keep: str = "term", loan: str = "l", borrower: str = "b") -> None:
        self.do(Prepay("p", loan, borrower, self.money(amount), keep))

    def repay_early(self, loan: str = "l", borrower: str = "b") -> None:
        self.do(RepayEarly("p", loan, borrower))

    def reverse(self, loan: str = "l") -> None:
        self.do(ReverseDisbursement("p", loan))

    def write_off(self, loan: str = "l") -> None:
        self.do(ProposeWriteOff("p", loan, "insolvent"))
        self.do(Approve("p", loan, "write-off", self.proposal("write-off", loan)))

    def recover(self, amount: str | int, loan: str = "l", borrower: str = "b") -> None:
        """Paid in by a teller, and taken by two officers."""
        self.pay_in(amount, borrower)
        self.do(ProposeRecovery("p", loan, self.money(amount)))
        self.do(Approve("p", loan, "recovery", self.proposal("recovery", loan)))

    def proposal(self, decision: str, loan: str = "l") -> int:
        """The version of what is proposed."""
        record = self.books.record(f"loan.{decision}", f"p:{loan}")
        assert record is not None
        return record.version

    # --- by hand ------------------------------------------------------------------------------------

    def push(self, push: str = "x", firm: str = "b", state: str = "accepted", **changes: Any) -> None:
        """A push of a customer as the branch network keeps it."""
        data = {
            "firm": firm, "bank": "icbc", "branch": "east", "least": 100_00, "most": 50_000_00,
            "kind": "working-capital", "months": 6, "unit": "CNY/2", "state": state,
            "decided_on": "2024-01-31", **changes,
        }  # fmt: skip
        kept: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("branch.push", f"n:{push}", data),
            ("branch.lead", f"n:{firm}", {"party": firm}),
        )
        before = {kind: self.books.record(kind, id) for kind, id, _ in kept}
        versions = {kind: it.version + 1 if it else 1 for kind, it in before.items()}
        self.post({}, {}, *(Record(kind, id, its, versions[kind]) for kind, id, its in kept))

    # --- questions ----------------------------------------------------------------------------------

    def of(self, name: str, loan: str = "l") -> int:
        return self.balance(f"loan:p:{loan}:{name}")

    def demand(self, borrower: str = "b") -> int:
        return self.balance(f"bank:demand:{borrower}")

    def read(self, loan: str = "l") -> Loan:
        record = self.books.record(LOAN, f"p:{loan}")
        assert record is not None
        return Loan.of(record)

    def lending(self, loan: str = "l") -> Lending | None:
        return lending_of(self.books, "p", loan)

    def printed(self, name: str) -> list[list[str]]:
        """The rows of a report as people read them."""
        return [[str(cell) for cell in row] for row in self.bank.report("loan", name).rows]
