"""A branch network under random commands, on memory and on a SQLite file at once.

The model knows what was granted, lapsed and taken back, who consents, and which pushes came of it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.products.holders import cash, holders
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.products import branch, loan
from bankcore.products.branch.leads import Lead, lead_of
from bankcore.products.branch.matches import Loads
from bankcore.products.branch.matching import best
from bankcore.products.branch.programmes import PROGRAMMES
from bankcore.products.branch.templates import places
from bankcore.rates import Rate
from bankcore.testing import registration
from bankcore.units import Unit

CNY = Unit("CNY/2")
START = date(2024, 1, 28)
REWARD = 66_66
FIRMS, BRANCHES, PEOPLE = ("f1", "f2", "f3"), ("west", "east"), ("f1", "u1", "u2")
LEADS = ("g1", "g2")  # nobody in the register
TEMPLATES = {"t1": "west", "t2": "west", "t3": "east"}

firms, people = st.sampled_from(FIRMS), st.sampled_from(PEOPLE)
templates, places_ = st.sampled_from(sorted(TEMPLATES)), st.sampled_from(BRANCHES)
products = st.sampled_from(["q", "r"])
kinds = st.sampled_from([["working-capital"], ["mortgage"], ["mortgage", "working-capital"]])


class Branches(Pair):
    """One network with two branches; every command ends alike on both stores."""

    @initialize(capacity=st.integers(1, 3), reward_days=st.integers(2, 10), run=st.integers(1, 3))
    def start(self, capacity: int, reward_days: int, run: int) -> None:
        self.open_on(START)
        self.minute = 0
        self.consent: set[str] = set()
        self.pushed: Counter[tuple[date, str]] = Counter()
        self.granted: set[str] = set()
        self.loans: list[str] = []
        self.run = Counter[str]()
        self.listings: dict[str, str] = {}
        self.alive: dict[str, str] = {}
        self.most = run
        terms: dict[str, Any] = {
            **{"capacity": capacity, "push_days": 5, "reward_days": reward_days, "ownership_days": 3},
            **{"referral_days": 3, "observation_days": 9, "priority_run": run, "drop_days": 3},
            **{"withdrawn_days": 4, "lead_days": 20},
        }
        self.give(branch.OpenProgramme("n", terms))  # type: ignore[arg-type]
        lent: dict[str, Any] = {"needs_push": False, "method": "bullet", "basis": "act-360"}
        for command in (
            *holders("u1", "u2"),
            *(it for firm in FIRMS for it in registration(firm, kind="firm", number=f"9133{firm}")),
            loan.OpenProgramme("x", lent),
        ):  # type: ignore[arg-type]
            assert self.worked(command)
        self.give(branch.GivePriority("n", "first"))
        for id, bank in (("west", "icbc"), ("east", "boc")):
            self.give(branch.RegisterBranch("n", id, bank))
            self.give(branch.OpenCounters("n", id, 1))
        budget, reward = Amount(2 * REWARD + 1, CNY), Amount(REWARD, CNY)
        self.give(branch.ApproveCampaign("n", "hq", "k", "visit", budget, reward))
        band = (Rate.parse("1%"), Rate.parse("2%"))
        for product in ("q", "r"):
            dates = (START, START + timedelta(days=20))
            self.give(branch.PublishVersion("n", "hq", product, product, *band, *dates))
        for firm in FIRMS:
            self.acquire(firm)
            self.give(branch.ScreenLead("n", firm))
            self.give(branch.WatchBalance("n", firm))

    def worked(self, command: Any) -> bool:
        return isinstance(self.give(command), tuple)

    def data(self, kind: str, id: str) -> Any:
        record = self.banks[0].ledger.books.record(f"branch.{kind}", f"n:{id}")
        return None if record is None else record.data

    def balance(self, path: str) -> int:
        return self.balances.get(path, 0)

    # --- leads and pushes ---------------------------------------------------------------------------

    @rule(firm=firms)
    def acquire(self, firm: str) -> None:
        if self.worked(branch.AcquireLead("n", firm, "api", f"9133{firm}", consent=True)):
            self.consent.add(firm)

    @rule(firm=firms)
    def withdraw(self, firm: str) -> None:
        assert self.worked(branch.WithdrawConsent("n", firm))
        self.consent.discard(firm)

    @rule(firm=firms)
    def give_consent(self, firm: str) -> None:
        assert self.worked(branch.GiveConsent("n", firm))
        self.consent.add(firm)

    @rule(firm=firms, lifted=st.booleans())
    def blacklist(self, firm: str, lifted: bool) -> None:
        new = f"b{self.step}"
        if lifted:
            self.give(branch.EndListing("n", self.listings.get(firm, "none")))
        elif self.worked(branch.Blacklist("n", new, f"9133{firm}", "fraud")):
            self.listings[firm] = new

    @rule(lead=st.sampled_from(LEADS), what=st.sampled_from(["find", "find", "erase", "withdraw", "return"]))
    def lead(self, lead: str, what: str) -> None:
        """Nobody knows of a lead that was erased, and who is found anew is another."""
        id, new = self.alive.get(lead, "none"), f"l{self.step}"
        if what == "find":
            found = branch.AcquireLead("n", new, "api", lead, "Li Lei", consent=True)
            if self.worked(found) and id == "none":
                self.alive[lead] = new
        elif what == "erase":
            assert self.worked(branch.EraseLead("n", id)) is (id != "none")
            self.alive.pop(lead, None)
        else:
            asked = branch.WithdrawConsent if what == "withdraw" else branch.GiveConsent
            assert self.worked(asked("n", id)) is (id != "none")

    @rule(firm=firms, kinds=kinds, ratio=st.sampled_from(["10%", "90%"]))
    def describe(self, firm: str, kinds: list[str], ratio: str) -> None:
        profile: Any = {"kinds": kinds, "debt_ratio": ratio}
        assert self.worked(branch.DescribeFirm("n", firm, profile))

    @rule(template=templates, kinds=kinds, ratio=st.sampled_from(["50%", "1"]))
    def publish(self, template: str, kinds: list[str], ratio: str) -> None:
        criteria: Any = {"kinds": kinds, "max_debt_ratio": ratio}
        assert self.worked(branch.PublishTemplate("n", TEMPLATES[template], template, criteria))

    @rule(template=templates)
    def take_off(self, template: str) -> None:
        self.give(branch.WithdrawTemplate("n", TEMPLATES[template], template))

    @rule(firm=firms, template=templates)
    def push(self, firm: str, template: str) -> None:
        """E1: whoever is pushed consents and matches now; E2: then the plain match has the bank too."""
        push, today = f"p{self.step}", self.banks[0].today
        if not self.worked(branch.PushFirm("n", firm, template, push)):
            return
        assert firm in self.consent
        self.pushed[today, TEMPLATES[template]] += 1
        books = self.banks[0].ledger.books
        terms = PROGRAMMES.today(books, "n")
        assert self.pushed[today, TEMPLATES[template]] <= terms.capacity
        profile = lead_of(books, "n", firm).profile
        assert profile is not None
        found = best(terms, places(books, "n"), profile, today, Loads(books, "n"))
        assert self.data("push", push)["bank"] in {match.place.bank for match in found}

    @rule(firm=firms, accept=st.booleans(), data=st.data())
    def decide(self, firm: str, accept: bool, data: st.DataObject) -> None:
        if open_ := sorted(self.data("lead", firm)["open"]):
            push = data.draw(st.sampled_from(open_))
            self.give((branch.AcceptPush if accept else branch.DeclinePush)("n", firm, push))

    @rule(firm=firms, outcome=st.sampled_from(["visited", "refused", "lent"]))
    def feedback(self, firm: str, outcome: str) -> None:
        if not (push := self.data("lead", firm)["chosen"]):
            return
        its, id = self.data("push", push)["branch"], f"l{self.step}"
        if outcome != "lent":
            assert self.worked(branch.GiveFeedback("n", its, push, outcome))
        elif self.worked(loan.SignContract("x", id, firm, Amount(50_000_00, CNY), 1)):
            assert self.worked(loan.Disburse("x", id))
            assert self.worked(branch.GiveFeedback("n", its, push, "lent", "x", id))
            self.loans.append(id)

    # --- products and queues ------------------------------------------------------------------------

    @rule(user=people, product=products, buys=st.booleans())
    def warm(self, user: str, product: str, buys: bool) -> None:
        bought = branch.Purchase("n", user, product, f"b{self.step}")
        self.give(bought if buys else branch.Click("n", user, product))

    @rule(place=places_, first=st.booleans(), minutes=st.integers(0, 9))
    def take_ticket(self, place: str, first: bool, minutes: int) -> None:
        self.minute = min(self.minute + minutes, 1439)
        self.give(branch.TakeTicket("n", place, "first" if first else "u", f"n{self.step}", self.at))

    @rule(place=places_, ending=st.sampled_from(["serve", "miss", "miss", "leave"]))
    def call(self, place: str, ending: str) -> None:
        """E10: while ordinary tickets wait, at most so many of priority are called in a row."""
        waits = bool((self.data("queue", f"{place}:{self.banks[0].today}") or {}).get("ordinary"))
        if not self.worked(branch.CallNext("n", place, 1, self.at)):
            return
        day = f"{place}:{self.banks[0].today}"
        ticket = self.data("queue", day)["at"]["1"]
        first = self.data("ticket", f"{day}:{ticket}")["priority"]
        self.run[day] = self.run[day] + 1 if first and waits else 0
        assert self.run[day] <= self.most
        if ending == "serve":
            assert self.worked(branch.ServeTicket("n", place, ticket, self.at))
            assert self.worked(branch.FinishTicket("n", place, ticket, self.at))
        elif ending == "miss":
            for _ in range(2):
                assert self.worked(branch.CallAgain("n", place, ticket, self.at))
            assert self.worked(branch.MissTicket("n", place, ticket, self.at))

    @property
    def at(self) -> str:
        return f"{self.minute // 60:02}:{self.minute % 60:02}"

    # --- rewards and referrals ----------------------------------------------------------------------

    @rule(person=people)
    def grant(self, person: str) -> None:
        assert self.worked(branch.Qualify("n", "k", person))
        if self.worked(branch.GrantReward("n", "k", person)):
            assert person not in self.granted
            self.granted.add(person)

    @rule(person=people)
    def pay(self, person: str) -> None:
        self.give(branch.PayReward("n", "k", person))

    @rule(person=people)
    def disqualify(self, person: str) -> None:
        self.give(branch.Disqualify("n", "k", person))

    @precondition(lambda self: self.loans)
    @rule(data=st.data(), referrer=people)
    def refer(self, data: st.DataObject, referrer: str) -> None:
        its = data.draw(st.sampled_from(self.loans))
        self.give(branch.AccrueReferral("n", f"r{its}", referrer, "x", its))

    @precondition(lambda self: self.loans)
    @rule(data=st.data(), pays=st.booleans())
    def settle_referral(self, data: st.DataObject, pays: bool) -> None:
        id = f"r{data.draw(st.sampled_from(self.loans))}"
        self.give((branch.PayReferral if pays else branch.ClawBackReferral)("n", id))

    @precondition(lambda self: self.loans)
    @rule(data=st.data())
    def repay_early(self, data: st.DataObject) -> None:
        its = data.draw(st.sampled_from(self.loans))
        lent = self.banks[0].ledger.books.record("loan.loan", f"x:{its}")
        assert lent is not None
        self.give(cash(lent.data["borrower"], "1,000.00"))
        self.give(loan.RepayEarly("x", its, lent.data["borrower"]))

    @rule(person=people, kind=st.sampled_from(["reward", "referral"]), fen=st.integers(1, 100_00))
    def collect(self, person: str, kind: str, fen: int) -> None:
        owed = self.balance(f"branch:n:party:{person}:{kind}-receivable")
        self.give(branch.CollectReceivable("n", person, kind, Amount(min(fen, owed) or fen, CNY)))

    # --- days ---------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 6), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        self.close(days, twice=twice)
        for lead, id in list(self.alive.items()):
            if self.data("lead", id)["erased_on"]:
                del self.alive[lead]
        self.minute = 540
        for place in BRANCHES:
            self.give(branch.OpenCounters("n", place, 1))

    # --- always -------------------------------------------------------------------------------------

    @invariant()
    def the_budget_is_what_is_left(self) -> None:
        """E5, from what the model saw."""
        states = Counter(self.data("reward", f"k:{person}")["state"] for person in self.granted)
        used = states["granted"] + states["paid"]
        assert self.balance("branch:n:campaign:k:budget") == 2 * REWARD + 1 - used * REWARD
        assert self.balance("bank:marketing-expense") == used * REWARD

    @invariant()
    def of_the_erased_nothing_is_left(self) -> None:
        known = {lead.id for lead in Lead.every(self.banks[0].ledger.books, "n") if lead.personal}
        assert known == {f"n:{id}" for id in (*self.alive.values(), *FIRMS)}

    @invariant()
    def nobody_is_shown_without_consent(self) -> None:
        for firm in FIRMS:
            lead, match = self.data("lead", firm), self.data("match", firm)
            if firm not in self.consent:
                assert not lead["open"]
                assert match is None or not match["top"]

    def teardown(self) -> None:
        for bank in self.banks:
            for report in bank.products.named("branch").reports:
                bank.report("branch", report)
        super().teardown()


TestBranches = Branches.TestCase
