"""A branch network "n" on a bank, driven by commands with amounts as text in yuan."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.products.holders import accounts, cash, firms, holders

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Entry, Receipt, Transaction, legs
from bankcore.product.actor import Actor
from bankcore.product.parties import Party
from bankcore.products import loan as loans
from bankcore.products.branch import (
    AccrueReferral,
    AcquireLead,
    ApproveCampaign,
    Criteria,
    DescribeFirm,
    FirmProfile,
    GrantReward,
    MakeCustomer,
    OpenProgramme,
    PublishTemplate,
    PushFirm,
    Qualify,
    RegisterBranch,
    RegisterManager,
    ScreenLead,
    WatchBalance,
)
from bankcore.products.branch.leads import Lead
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")
FIRST = date(2024, 5, 1)
BULLET = {"method": "bullet", "basis": "act-360", "rate": "4.85%", "accrue": "events"}


def cny(text: str) -> Amount:
    return Amount.parse(text, CNY)


class Network:
    """The network with branches "west" of bank "icbc" and "east" of "boc", and what tests ask of it."""

    def __init__(self, opened_on: date = FIRST, store: Store | None = None, **terms: Any) -> None:
        self.bank = Bank.create(
            store or MemoryStore(), opened_on=opened_on, clock=lambda: datetime(2024, 5, 1, tzinfo=UTC)
        )
        self.keys = 0
        for command in (*holders(), OpenProgramme("n", terms)):
            self.do(command)
        self.do(RegisterBranch("n", "west", "icbc", east=-1_000))
        self.do(RegisterBranch("n", "east", "boc", east=1_000))

    @property
    def books(self) -> Books:
        return self.bank.ledger.books

    @property
    def today(self) -> date:
        return self.books.today

    def do(self, command: Any, key: str = "", actor: str = "") -> tuple[Receipt, ...]:
        self.keys += 1
        by = Actor.parse(actor) if actor else None
        return self.bank.handle(command, key or str(self.keys), by)

    # --- leads ------------------------------------------------------------------------------------

    def acquire(self, lead: str, identity: str = "", **given: Any) -> None:
        given = {"source": "api", "consent": True, **given}
        self.do(AcquireLead("n", lead, identity=identity or f"9133{lead}", **given))

    def managers(self, *names: str) -> None:
        for name in names:
            self.do(RegisterManager("n", "west", name))

    def firm(self, lead: str = "f", **profile: Any) -> None:
        """A lead that was screened and described."""
        self.acquire(lead)
        self.do(ScreenLead("n", lead))
        self.describe(lead, **profile)

    def describe(self, lead: str = "f", **profile: Any) -> None:
        self.do(DescribeFirm("n", lead, FirmProfile.from_data(profile)))

    def template(self, template: str = "t", branch: str = "west", **criteria: Any) -> None:
        self.do(PublishTemplate("n", branch, template, Criteria.from_data(criteria)))

    def push(self, push: str = "p", firm: str = "f", template: str = "t") -> None:
        self.do(PushFirm("n", firm, template, push))

    def top(self, firm: str = "f") -> list[str]:
        """The templates that a firm was last matched with."""
        record = self.record("match", firm)
        return [template for template, _, _ in record["top"]]

    def record(self, kind: str, *id: str) -> dict[str, Any]:
        record = self.books.record(f"branch.{kind}", ":".join(("n", *id)))
        assert record is not None, (kind, id)
        return dict(record.data)

    # --- money ------------------------------------------------------------------------------------

    def campaign(self, campaign: str = "k", budget: str = "200.00", action: str = "loan") -> None:
        self.do(ApproveCampaign("n", "hq", campaign, action, cny(budget), cny("66.66")))

    def people(self, *parties: str) -> None:
        """Parties with current accounts, if they are not there yet."""
        for command in accounts(*(it for it in parties if Party.find(self.books, it) is None)):
            self.do(command)

    def customer(self, lead: str) -> None:
        """Make a firm that is a lead a customer of the same id, if it is none yet."""
        if Party.find(self.books, lead) is None:
            for command in (*firms(lead, number="9133{}"), MakeCustomer("n", lead, lead)):
                self.do(command)

    def watch(self, party: str) -> None:
        self.people(party)
        self.do(WatchBalance("n", party))

    def grant(self, person: str, campaign: str = "k") -> None:
        self.people(person)
        self.do(Qualify("n", campaign, person))
        self.do(GrantReward("n", campaign, person))

    def lend(self, amount: str, loan: str = "l", borrower: str = "b", months: int = 12, **terms: Any) -> None:
        """A loan of programme "x", due with its interest at the end, paid out today."""
        if self.books.record("loan.terms", "x") is None:
            self.do(loans.OpenProgramme("x", {"needs_push": False, **BULLET}))  # type: ignore[arg-type]
        if Lead.find(self.books, "n", borrower) is not None:
            self.customer(borrower)
        self.people(borrower)
        self.do(loans.SignContract("x", loan, borrower, cny(amount), months, terms=terms))
        self.do(loans.Disburse("x", loan))

    def end_loan(self, loan: str = "l", borrower: str = "b") -> None:
        self.do(loans.RepayEarly("x", loan, borrower))

    def refer(self, referral: str = "r", referrer: str = "a", loan: str = "l") -> None:
        self.people(referrer)
        self.do(AccrueReferral("n", referral, referrer, "x", loan))

    def pay_in(self, amount: str, borrower: str = "b") -> None:
        self.do(cash(borrower, amount))

    def freeze(self, path: str, status: Status = Status.FROZEN) -> None:
        self.keys += 1
        self.bank.ledger.change(AccountPath(path), key=f"hand-{self.keys}", reason="a test", status=status)

    def thaw(self, path: str) -> None:
        self.freeze(path, Status.OPEN)

    def post(self, debit: dict[str, int], credit: dict[str, int]) -> None:
        """Post by hand what no command does."""
        self.keys += 1
        columns = ({AccountPath(path): fen for path, fen in column.items()} for column in (debit, credit))
        self.bank.ledger.post(
            Transaction(
                kind="opening",
                effective_on=self.today,
                postings=legs(CNY, **dict(zip(("debit", "credit"), columns, strict=True))),
                key=f"hand-{self.keys}",
            )
        )

    # --- days and questions -----------------------------------------------------------------------

    def close(self, days: int = 1) -> None:
        self.bank.close_day(self.today + timedelta(days=days - 1))

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.today < day:
            self.bank.close_day(day - timedelta(days=1))

    def report(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of a report without the network's id."""
        return [row[1:] for row in self.bank.report("branch", name).rows]

    def alerts(self, *kinds: str) -> list[tuple[Any, ...]]:
        """The alerts of some kinds, without their branches."""
        return [row[:4] for row in self.report("alerts") if row[1] in kinds]

    def balance(self, path: str) -> int:
        return self.books.balance(AccountPath(path))

    def balances(self) -> dict[str, int]:
        return {path: balance for path, balance in self.books.balances("") if balance}

    def journal(self, after: int = 0) -> list[Entry]:
        """Entries with postings."""
        return [entry for entry in self.bank.ledger.reader.entries(after) if entry.transaction.postings]

    def sound(self) -> bool:
        """Raises AssertionError where an invariant is broken."""
        assert not list(self.bank.broken_invariants())
        return True

    def refused(self, command: Any, code: str, actor: str = "") -> dict[str, Any]:
        """The refusal's fields, once it is sure that it left no trace and its key free."""
        before = self.bank.ledger.reader.head()
        with pytest.raises(BankcoreError) as caught:
            self.do(command, "refused", actor)
        assert caught.value.code == code, caught.value
        assert self.bank.ledger.reader.head() == before
        assert self.bank.ledger.reader.numbers(["refused"]) == {}
        return caught.value.as_dict()
