"""A loan programme "p" on a bank in memory, driven by commands with amounts as text."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.products.holders import accounts, holders
from tests.products.people import giver

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Entry, Receipt, Record, Transaction, legs
from bankcore.product.actor import Actor
from bankcore.product.parties import Party
from bankcore.products.current import CURRENT, CashIn
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
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")
PRODUCTS = (PARTIES, CURRENT, PRODUCT)


class Lender:
    """The programme with what tests ask of it; amounts are text in yuan or ints of fen.

    Interest accrues with events alone, unless a test says otherwise.
    """

    def __init__(self, on: date = date(2024, 1, 31), **terms: Any) -> None:
        instant = datetime(2024, 1, 1, tzinfo=UTC)
        self.bank = Bank.create(MemoryStore(), opened_on=on, clock=lambda: instant, products=PRODUCTS)
        self.keys = 0
        for command in holders("b"):
            self.do(command)
        self.do(OpenProgramme("p", {"needs_push": False, "accrue": "events", **terms}))  # type: ignore[arg-type]

    @property
    def books(self) -> Books:
        return self.bank.ledger.books

    def do(self, command: Any, key: str = "", actor: Actor | None = None) -> tuple[Receipt, ...]:
        self.keys += 1
        return self.bank.handle(command, key or str(self.keys), actor or giver(command))

    # --- commands -----------------------------------------------------------------------------------

    def sign(
        self, amount: str | int, months: int, loan: str = "l", borrower: str = "b", **terms: Any
    ) -> None:
        if Party.find(self.books, borrower) is None:
            for command in accounts(borrower):
                self.do(command)
        self.do(SignContract("p", loan, borrower, money(amount), months, terms=terms))

    def lend(
        self, amount: str | int, months: int, loan: str = "l", borrower: str = "b", **terms: Any
    ) -> None:
        """Sign and disburse."""
        self.sign(amount, months, loan, borrower, **terms)
        self.do(Disburse("p", loan))

    def deposit(self, amount: str | int, borrower: str = "b") -> None:
        self.do(CashIn(borrower, money(amount)))

    def spend(self, amount: str | int, borrower: str = "b") -> None:
        """A transfer out of the demand account, by hand."""
        path, quantity = AccountPath(f"bank:demand:{borrower}"), money(amount).quantity
        if self.books.account(AccountPath("bank:abroad")) is None:
            self.open("bank:abroad", "liability")
        self.post(*legs(CNY, debit={path: quantity}, credit={AccountPath("bank:abroad"): quantity}))

    def repay(self, amount: str | int, loan: str = "l", borrower: str = "b") -> None:
        self.do(Repay("p", loan, borrower, money(amount)))

    def prepay(self, amount: str | int, keep: str = "term", loan: str = "l", borrower: str = "b") -> None:
        self.do(Prepay("p", loan, borrower, money(amount), keep))

    def repay_early(self, loan: str = "l", borrower: str = "b") -> None:
        self.do(RepayEarly("p", loan, borrower))

    def reverse(self, loan: str = "l") -> None:
        self.do(ReverseDisbursement("p", loan))

    def write_off(self, loan: str = "l") -> None:
        self.do(ProposeWriteOff("p", loan, "insolvent"))
        self.do(Approve("p", loan, "write-off", self.proposal("write-off", loan)))

    def recover(self, amount: str | int, loan: str = "l", borrower: str = "b") -> None:
        """Paid in by a teller, and taken by two officers."""
        self.deposit(amount, borrower)
        self.do(ProposeRecovery("p", loan, money(amount)))
        self.do(Approve("p", loan, "recovery", self.proposal("recovery", loan)))

    def proposal(self, decision: str, loan: str = "l") -> int:
        """The version of what is proposed."""
        record = self.books.record(f"loan.{decision}", f"p:{loan}")
        assert record is not None
        return record.version

    # --- by hand ------------------------------------------------------------------------------------

    def open(self, path: str, type: str, unit: Unit = CNY, **limits: Any) -> None:
        self.keys += 1
        account = Account(AccountPath(path), AccountType(type), unit, **limits)
        self.bank.ledger.open([account], key=f"open-{self.keys}")

    def post(self, *postings: Any, records: tuple[Record, ...] = ()) -> None:
        self.keys += 1
        self.bank.ledger.post(
            Transaction(
                kind="hand",
                effective_on=self.books.today,
                postings=postings,
                records=records,
                key=f"h{self.keys}",
            )
        )

    def freeze(self, path: str, status: Status = Status.FROZEN) -> None:
        self.keys += 1
        self.bank.ledger.change(AccountPath(path), key=f"f{self.keys}", reason="court order", status=status)

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
        self.post(records=tuple(Record(kind, id, its, versions[kind]) for kind, id, its in kept))

    # --- days ---------------------------------------------------------------------------------------

    def close(self, days: int = 1) -> None:
        self.bank.close_day(self.books.today + timedelta(days=days - 1))

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.books.today < day:
            self.bank.close_day(day - timedelta(days=1))

    # --- questions ----------------------------------------------------------------------------------

    def balance(self, path: str) -> int:
        return self.books.balance(AccountPath(path))

    def of(self, name: str, loan: str = "l") -> int:
        return self.balance(f"loan:p:{loan}:{name}")

    def demand(self, borrower: str = "b") -> int:
        return self.balance(f"bank:demand:{borrower}")

    def balances(self) -> dict[str, int]:
        return {path: balance for path, balance in self.books.balances("") if balance}

    def read(self, loan: str = "l") -> Loan:
        record = self.books.record(LOAN, f"p:{loan}")
        assert record is not None
        return Loan.of(record)

    def lending(self, loan: str = "l") -> Lending | None:
        return lending_of(self.books, "p", loan)

    def entries(self, after: int = 0) -> list[Entry]:
        """Entries with postings."""
        return [entry for entry in self.bank.ledger.reader.entries(after) if entry.transaction.postings]

    def moves(self, entry: Entry) -> Counter[str]:
        """What an entry moves, by account, a debit positive."""
        moved: Counter[str] = Counter()
        for posting in entry.transaction.postings:
            moved[str(posting.account)] += posting.quantity
        return moved

    def report(self, name: str) -> list[list[str]]:
        """The rows of a report as people read them."""
        return [[str(cell) for cell in row] for row in self.bank.report("loan", name).rows]

    def refused(self, command: Any, actor: Actor | None = None) -> dict[str, Any]:
        """The refusal's fields, once it is sure that it left no trace."""
        before = self.bank.ledger.reader.head()
        with pytest.raises(BankcoreError) as caught:
            self.do(command, actor=actor)
        assert self.bank.ledger.reader.head() == before
        return caught.value.as_dict()

    def sound(self) -> bool:
        """Raises AssertionError where an invariant is broken."""
        assert not list(self.bank.broken_invariants())
        return True


def money(amount: str | int) -> Amount:
    return Amount.parse(amount, CNY) if isinstance(amount, str) else Amount(amount, CNY)
