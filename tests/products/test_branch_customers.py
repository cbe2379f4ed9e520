"""From lead to customer or to nobody: who is made a party, what is erased when, who speaks for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.products.holders import cash, cny
from tests.products.network import FIRST, Network
from tests.saying import said

from bankcore.errors import PartyErased
from bankcore.ledger.evidence.audit import verify
from bankcore.product.actor import Actor
from bankcore.product.personal import Held
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.branch import (
    AcceptPush,
    AcquireLead,
    Blacklist,
    CallNext,
    ClawBackReferral,
    CollectReceivable,
    DescribeFirm,
    Disqualify,
    EndListing,
    EraseLead,
    FinishTicket,
    GiveConsent,
    GiveFeedback,
    GrantReward,
    MakeCustomer,
    MatchFirm,
    NotACustomer,
    OpenCounters,
    PayReward,
    PushFirm,
    Qualify,
    ScreenLead,
    ServeTicket,
    TakeTicket,
    TellOutcome,
    WatchBalance,
    WithdrawConsent,
    facts_of,
)
from bankcore.products.branch.leads import Lead, customer_of, lead_of
from bankcore.products.current import CloseAccount
from bankcore.products.parties import EraseParty, IdentifyParty, OpenProgramme, RegisterParty, SuspendParty

SECRETS = ("Moon Tea", "13812345678", "9133F", "9133f")


def left(book: Network, *secrets: str) -> list[str]:
    """Which secrets the book still tells."""
    text = said(book.bank.ledger.reader)
    return [it for it in secrets or SECRETS if it in text]


def firm(book: Network, lead: str = "f") -> None:
    book.template()
    book.acquire(lead, full_name="Moon Tea", contact="13812345678")
    book.do(ScreenLead("n", lead))
    book.describe(lead)


def lead(book: Network, id: str = "f") -> Lead:
    return Lead.existing(book.books, "n", id)


# --- a lead becomes a customer ------------------------------------------------------------------------


def test_a_lead_names_its_party_which_speaks_for_it() -> None:
    book = Network()
    firm(book)
    book.acquire("same", "9133f")
    book.push()
    book.do(RegisterParty("acme", "firm"))
    book.refused("not_identified", MakeCustomer("n", "f", "acme"))
    book.do(IdentifyParty("acme", "business-licence", "9133F"))
    book.do(MakeCustomer("n", "same", "acme"), actor="officer:li")
    assert lead(book).party == "acme"
    assert (lead(book).known("name"), lead(book).known("identity")) == ("", "9133F")
    for other in ("f", "same"):
        book.refused("not_found", DescribeFirm("n", other), f"customer:{other}")
        book.refused("not_found", AcceptPush("n", other, "p"), f"customer:{other}")
    book.do(AcceptPush("n", "acme", "p"), actor="customer:acme")
    assert lead_of(book.books, "n", "acme").chosen == "p"
    known = facts_of(book.books, "n", "acme", Actor.parse("customer:acme"))
    assert (known["lead"], known["party"], known["identity"]) == ("f", "acme", "9133F")
    assert facts_of(book.books, "n", "f", Actor.parse("customer:f"))["identity"] == "***3F"
    book.refused("already_taken", MakeCustomer("n", "f", "acme"))
    book.acquire("again", "9133f", full_name="Moon Tea", source="fair")  # the register knows the name
    assert (lead(book).known("name"), lead(book).sources) == ("", ("api", "fair"))
    assert book.sound()


def test_a_party_that_takes_the_id_of_a_lead_is_not_taken_for_it() -> None:
    book = Network()
    firm(book)
    book.push()
    book.do(WithdrawConsent("n", "f"), actor="customer:f")  # nobody is registered under its id
    book.do(GiveConsent("n", "f"), actor="customer:f")
    book.do(RegisterParty("f", "firm"), actor="customer:f")
    stranger, head = Actor.parse("customer:f"), book.bank.ledger.reader.head()
    for command in (
        WithdrawConsent("n", "f"),
        GiveConsent("n", "f"),
        EraseLead("n", "f"),
        DescribeFirm("n", "f"),
        AcceptPush("n", "f", "p"),
        MatchFirm("n", "f"),
        TellOutcome("n", "f", "p", "visited", 5),
    ):
        book.refused("not_found", command, "customer:f")
    assert book.bank.ledger.reader.head() == head
    for report in ("leads", "pushes", "matches", "why"):
        assert book.bank.report("branch", report, stranger).rows == ()
    assert facts_of(book.books, "n", "f", stranger)["identity"] == "***3F"
    book.do(WithdrawConsent("n", "f"), actor="officer:li")  # an officer speaks for it
    book.do(IdentifyParty("f", "business-licence", "9133F"))
    book.do(MakeCustomer("n", "f", "f"))
    book.do(GiveConsent("n", "f"), actor="customer:f")
    assert book.sound()


def test_a_person_named_by_the_id_of_a_lead_and_of_another_party_is_nobody() -> None:
    book = Network()
    book.do(AcquireLead("n", "c9", "api", "c9", consent=True, kind="person"))
    book.do(AcquireLead("n", "d", "api", "d", consent=True, kind="person"))
    book.do(RegisterParty("li"))
    book.do(IdentifyParty("li", "id-card", "c9"))
    assert customer_of(book.books, "n", "li") == "li"
    book.do(MakeCustomer("n", "c9", "li"))
    assert (customer_of(book.books, "n", "c9"), customer_of(book.books, "n", "li")) == ("li", "li")
    book.do(RegisterParty("c9"), actor="customer:c9")
    book.do(RegisterParty("d"), actor="customer:d")
    with pytest.raises(AlreadyTaken):
        customer_of(book.books, "n", "c9")
    with pytest.raises(NotACustomer):
        customer_of(book.books, "n", "d")
    book.do(EraseLead("n", "d"), actor="officer:li")
    assert (customer_of(book.books, "n", "d"), customer_of(book.books, "n", "li")) == ("d", "li")


def test_documents_have_to_agree() -> None:
    book = Network()
    firm(book)
    book.do(AcquireLead("n", "u", "api", "u1", consent=True, kind="person"))
    book.acquire("g")
    for party, kind, document, number in (
        ("other", "firm", "business-licence", "9133x"),
        ("li", "person", "id-card", "9133f"),
        ("han", "person", "passport", "p1"),
        ("g1", "firm", "business-licence", "9133g"),
    ):
        book.do(RegisterParty(party, kind))
        book.do(IdentifyParty(party, document, number))
    for party in ("other", "li", "han"):
        assert book.refused("not_the_same", MakeCustomer("n", "f", party))["party"] == party
    book.refused("not_the_same", MakeCustomer("n", "u", "li"))
    book.do(MakeCustomer("n", "u", "han"))  # an officer has seen the passport
    book.do(MakeCustomer("n", "g", "g1"))
    book.refused("already_taken", MakeCustomer("n", "f", "g1"))
    book.refused("not_found", MakeCustomer("n", "f", "f"))
    book.do(RegisterParty("f", "firm"))  # under the id of a lead, and another firm
    book.do(IdentifyParty("f", "business-licence", "9133h"))
    book.acquire("h", "9133h")
    book.refused("already_taken", MakeCustomer("n", "h", "f"))


def test_a_customer_whom_a_source_finds_is_known() -> None:
    book = Network()
    for party in ("f", "g"):
        book.do(RegisterParty(party, "firm"))
        book.do(IdentifyParty(party, "business-licence", f"9133{party}"))
    book.acquire("f")
    assert lead(book).party == "f"
    for wrong in (
        AcquireLead("n", "g", "api", "9133x", consent=True),
        AcquireLead("n", "g", "api", "9133f", consent=True),
        AcquireLead("n", "g", "api", "9133g", consent=True, kind="person"),
    ):
        book.refused("already_taken", wrong)
    book.acquire("first", "9133g")
    book.acquire("g", "9133g")
    assert (lead(book, "first").party, lead(book, "g").merged_into) == ("g", "first")
    assert book.sound()


def test_who_is_suspended_is_not_approached() -> None:
    book = Network()
    firm(book)
    book.customer("f")
    book.do(SuspendParty("f", "x"))
    for command in (PushFirm("n", "f", "t", "p"), ScreenLead("n", "f"), MatchFirm("n", "f")):
        book.refused("party_suspended", command)


def test_a_loan_counts_for_a_push_only_for_a_customer() -> None:
    book = Network()
    firm(book)
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    book.lend("50,000.00", borrower="somebody")
    book.refused("not_found", GiveFeedback("n", "west", "p", "lent", "x", "l"))
    book.lend("50,000.00", "l2", "f")
    book.do(GiveFeedback("n", "west", "p", "lent", "x", "l2"))
    assert lead(book).lent == ("p",)


# --- personal data ------------------------------------------------------------------------------------


def test_what_is_known_of_a_lead_goes_with_its_party() -> None:
    book = Network()
    book.do(OpenProgramme("register", {"retention_years": 0}))  # type: ignore[arg-type]
    firm(book)
    book.do(RegisterParty("acme", "firm", full_name="Moon Tea"))
    book.do(IdentifyParty("acme", "business-licence", "9133f"))
    book.do(Blacklist("n", "b", "9133f", "fraud"))
    book.do(EndListing("n", "b"))
    book.do(Blacklist("n", "b2", "9133f", "fraud"))
    book.do(MakeCustomer("n", "f", "acme"))
    book.do(EndListing("n", "b2"))  # erased before, and once more
    book.do(Blacklist("n", "b3", "9133f", "fraud"))
    assert {it.name for it in Held.every(book.books, "acme")} == {
        ("branch.lead", "n:f"),
        ("branch.blacklist", "n:b2"),
        ("branch.blacklist", "n:b3"),
    }
    book.do(EraseParty("acme"))
    assert left(book) == []
    assert lead(book).personal is None
    assert book.rows("leads")[0][3:6] == ("", "", "")
    assert book.rows("blacklist")[2][:3] == ("b3", "", "fraud")
    book.do(EndListing("n", "b3"))
    assert book.sound()
    verify(book.bank.ledger.reader, book.bank.ledger.book).require()


@pytest.mark.parametrize("by", ["officer:li", "customer:f"])
def test_a_lead_erases_itself(by: str) -> None:
    book = Network()
    firm(book)
    book.push()
    book.refused("actor_not_permitted", EraseLead("n", "f"), "customer:x")
    book.do(EraseLead("n", "f"), actor=by)
    assert left(book) == []
    assert (lead(book).open, book.top(), book.record("push", "p")["state"]) == ({}, [], "withdrawn")
    for command in (EraseLead("n", "f"), ScreenLead("n", "f"), GiveConsent("n", "f"), DescribeFirm("n", "f")):
        assert book.refused("lead_erased", command)["erased_on"] == FIRST.isoformat()
    book.acquire("new", "9133f")  # who comes back is a new lead
    book.close_days(800)
    assert book.sound()
    verify(book.bank.ledger.reader, book.bank.ledger.book).require()


def test_who_is_bound_is_not_erased() -> None:
    book = Network()
    firm(book)
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    assert "push p" in book.refused("lead_bound", EraseLead("n", "f"))["reason"]
    book.customer("f")
    assert "party f" in book.refused("lead_bound", EraseLead("n", "f"))["reason"]


def test_a_request_to_take_up_somebody_erased_tells_nothing() -> None:
    book = Network()
    asked = AcquireLead("n", "f", "api", "9133f", "Moon Tea", "13812345678", consent=True)
    book.do(asked, key="k")
    book.do(EraseLead("n", "f"))
    with pytest.raises(PartyErased):
        book.do(asked, key="k")


@pytest.mark.parametrize("returns", [False, True])
def test_who_withdraws_consent_is_forgotten_some_days_later(returns: bool) -> None:
    book = Network(withdrawn_days=10, lead_days=100)
    firm(book)
    book.do(WithdrawConsent("n", "f"))
    book.close_days(9)
    assert left(book, "Moon Tea")
    if returns:
        book.do(GiveConsent("n", "f"))
    book.close_days(2)
    assert (lead(book).personal is None) is not returns
    book.close_days(100)
    assert left(book) == []
    assert book.sound()


def test_a_lead_is_forgotten_after_its_last_step_but_not_on_its_way() -> None:
    book = Network(lead_days=5, push_days=9)
    firm(book)
    book.acquire("g", full_name="Sun Tea")
    book.close_days(3)
    book.push()
    book.close_days(6)
    assert lead(book, "g").erased_on == FIRST + timedelta(days=5)
    book.close_days(3)  # the push is open until it expires
    assert lead(book).personal is not None
    book.close_days(3)
    assert lead(book).erased_on == FIRST + timedelta(days=12)
    assert left(book, "Sun Tea", *SECRETS) == []


def test_a_customer_is_not_forgotten_as_a_lead() -> None:
    book = Network(lead_days=5)
    firm(book)
    book.customer("f")
    book.close_days(30)
    assert lead(book).known("identity") == "9133F"


# --- who is paid, and what binds him ------------------------------------------------------------------


def test_rewards_and_fees_go_to_parties_with_accounts_that_stay_meanwhile() -> None:
    book = Network(reward_days=5, referral_days=3, observation_days=9)
    book.campaign()
    book.do(RegisterParty("u"))
    book.do(Qualify("n", "k", "u"))
    book.refused("no_current_account", GrantReward("n", "k", "u"))
    book.refused("no_current_account", WatchBalance("n", "u"))
    book.grant("v")
    book.lend("50,000.00")
    book.pay_in("1,000.00")
    book.refer()
    for party, thing in (("v", "branch n/reward/k"), ("a", "branch n/referral/r")):
        assert thing in book.refused("contracts_open", CloseAccount(party, "b"))["contracts"]
    book.do(PayReward("n", "k", "v"))
    book.refused("contracts_open", CloseAccount("v", "b"))  # it can still be taken back
    book.close_days(6)
    book.do(CloseAccount("v", "b"))
    book.refused("contracts_open", CloseAccount("a", "b"))
    book.end_loan()
    book.do(ClawBackReferral("n", "r"))
    book.close_days(5)
    assert "n/receivable/referral" in book.refused("contracts_open", CloseAccount("a", "b"))["contracts"]
    owed = book.balance("branch:n:party:a:referral-receivable")
    for part in (1, owed - 1):
        book.do(CollectReceivable("n", "a", "referral", cny(f"{part // 100}.{part % 100:02}")))
    book.do(CloseAccount("a", "b"))
    assert book.sound()


@pytest.mark.parametrize("paid_late", [False, True])
def test_a_fee_paid_after_its_observation_binds_until_then(paid_late: bool) -> None:
    book = Network(referral_days=3, observation_days=4)
    book.lend("50,000.00")
    book.refer()
    if paid_late:
        book.freeze("bank:demand:a")
    book.close_days(7)
    if paid_late:
        book.refused("contracts_open", CloseAccount("a", "b"))
        book.thaw("bank:demand:a")
        book.close()
    book.do(CloseAccount("a", "b"))
    assert book.sound()


def test_what_is_taken_back_at_once_binds_nobody() -> None:
    book = Network()
    book.campaign()
    book.grant("u")
    book.do(PayReward("n", "k", "u"))
    book.do(Disqualify("n", "k", "u"))
    assert book.balance("branch:n:party:u:reward-receivable") == 0
    book.close_days(31)
    book.people("b")
    book.do(CloseAccount("u", "b"))


def test_a_second_receivable_is_one_with_the_first() -> None:
    book = Network()
    for campaign in ("k", "m"):
        book.campaign(campaign)
        book.grant("u", campaign)
        book.do(PayReward("n", campaign, "u"))
    book.freeze("bank:demand:u")
    book.do(Disqualify("n", "k", "u"))
    book.thaw("bank:demand:u")
    book.do(Disqualify("n", "m", "u"))
    assert book.balance("branch:n:party:u:reward-receivable") == 66_66
    book.do(CollectReceivable("n", "u", "reward", cny("66.66")))
    book.close_days(31)
    book.people("b")
    book.do(CloseAccount("u", "b"))
    assert book.sound()


def test_a_watched_account_that_is_closed_has_fallen() -> None:
    book = Network()
    book.watch("u")
    book.do(cash("u", "10.00"))
    book.close()
    book.people("b")
    book.do(CloseAccount("u", "b"))
    book.close()
    assert [row[1:3] for row in book.rows("alerts")] == [("drop", "u")]


# --- what an operator may say -------------------------------------------------------------------------


def served(book: Network, person: str) -> None:
    book.do(OpenCounters("n", "west", 1))
    book.do(TakeTicket("n", "west", person, "t", "09:00"))
    book.do(CallNext("n", "west", 1, "09:00"))
    book.do(ServeTicket("n", "west", "t", "09:00"))
    book.do(FinishTicket("n", "west", "t", "09:05"))


def test_an_operator_says_only_what_the_book_shows() -> None:
    book = Network()
    book.people("u", "v")
    served(book, "v")
    book.close()
    for action in ("visit", "loan", "card"):
        book.campaign(action, action=action)
        refused = book.refused("not_shown", Qualify("n", action, "v"), "operator:n")
        assert (refused["person"], refused["action"]) == ("v", action)
    served(book, "u")
    book.do(Qualify("n", "visit", "u"), actor="operator:n")
    book.do(GrantReward("n", "visit", "u"), actor="operator:n")
    book.refused("actor_not_permitted", Disqualify("n", "visit", "u"), "operator:n")
    book.do(Qualify("n", "card", "u"), actor="officer:li")
    firm(book)
    book.customer("f")
    book.refused("not_shown", Qualify("n", "loan", "f"), "operator:n")
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    book.lend("50,000.00", borrower="f")
    book.do(GiveFeedback("n", "west", "p", "lent", "x", "l"))
    book.do(Qualify("n", "loan", "f"), actor="operator:n")


def test_a_listing_has_one_id_and_an_identity_one_listing() -> None:
    book = Network()
    book.do(Blacklist("n", "b", "9133f", "fraud"))
    book.refused("already_taken", Blacklist("n", "b", "9133g", "fraud"))
    assert book.refused("already_taken", Blacklist("n", "c", "9133F", "fraud"))["id"] == "b"
    book.do(EndListing("n", "b"))
    book.refused("not_found", EndListing("n", "b"))
    assert left(book, "9133F", "9133f") == []
    book.acquire("f")


# --- reports ------------------------------------------------------------------------------------------


def busy() -> Network:
    book = Network()
    firm(book)
    book.do(AcquireLead("n", "u", "api", "u1", consent=True, kind="person"))
    book.customer("f")
    book.push()
    book.campaign()
    book.grant("v")
    book.lend("50,000.00")
    book.refer()
    served(book, "v")
    return book


@pytest.mark.parametrize(
    ("report", "own"),
    [
        ("leads", {"customer:f": 1, "customer:u": 1}),
        ("pushes", {"customer:f": 1}),
        ("matches", {"customer:f": 1}),
        ("why", {"customer:f": 1}),
        ("rewards", {"customer:v": 1}),
        ("referrals", {"customer:a": 1}),
        *((name, {}) for name in ("funnel", "regions", "campaigns", "costs", "queues")),
    ],
)
def test_everybody_sees_his_own_rows_and_an_operator_those_of_his_network(
    report: str, own: dict[str, Any]
) -> None:
    book = busy()
    rows = book.bank.report("branch", report).rows
    for actor in ("officer:li", "system:day", "operator:n"):
        assert book.bank.report("branch", report, Actor.parse(actor)).rows == rows
    for actor in (
        "operator:m",
        "customer:x",
        "customer:f",
        "customer:u",
        "customer:v",
        "customer:a",
        "merchant:f",
    ):
        seen = book.bank.report("branch", report, Actor.parse(actor)).rows
        assert len(seen) == own.get(actor, 0), actor
        assert {*seen} <= {*rows}


@pytest.mark.parametrize("report", ["alerts", "blacklist"])
def test_alerts_are_the_banks(report: str) -> None:
    book = busy()
    book.do(Blacklist("n", "b", "91", "fraud"))
    book.watch("v")
    book.do(PayReward("n", "k", "v"))
    book.close()
    book.do(Disqualify("n", "k", "v"))
    book.close()
    assert book.rows(report)
    for actor in ("operator:n", "customer:v"):
        assert not book.bank.report("branch", report, Actor.parse(actor)).rows
