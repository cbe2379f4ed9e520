"""A branch network "n" on a bank, driven by commands with amounts as text in yuan."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.products.holders import cny, holders

from bankcore.ledger.ports import Store
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
from bankcore.testing import Driver

FIRST = date(2024, 5, 1)
BULLET = {"method": "bullet", "basis": "act-360", "rate": "4.85%", "accrue": "events"}


class Network(Driver):
    """The network with branches "west" of bank "icbc" and "east" of "boc", and what tests ask of it."""

    def __init__(self, opened_on: date = FIRST, store: Store | None = None, **terms: Any) -> None:
        super().__init__(opened_on=opened_on, store=store)
        for command in (*holders(), OpenProgramme("n", terms)):
            self.do(command)
        self.do(RegisterBranch("n", "west", "icbc", east=-1_000))
        self.do(RegisterBranch("n", "east", "boc", east=1_000))

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
        self.register(*(it for it in parties if Party.find(self.books, it) is None))

    def customer(self, lead: str) -> None:
        """Make a firm that is a lead a customer of the same id, if it is none yet."""
        if Party.find(self.books, lead) is None:
            self.register(lead, kind="firm", number=f"9133{lead}")
            self.do(MakeCustomer("n", lead, lead))

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
        self.deposit(borrower, amount)

    # --- questions -----------------------------------------------------------------------

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of a report without the network's id."""
        return [row[1:] for row in self.bank.report("branch", name).rows]

    def alerts(self, *kinds: str) -> list[tuple[Any, ...]]:
        """The alerts of some kinds, without their branches."""
        return [row[:4] for row in self.rows("alerts") if row[1] in kinds]
