"""Everything that a branch network refuses, by code; a refusal leaves no trace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.products.holders import CNY, cny
from tests.products.network import Network

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, BadCommand, BadTerms, KeyConflict
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.actor import Actor
from bankcore.products.branch import (
    AcceptPush,
    AccrueReferral,
    AcquireLead,
    ApproveCampaign,
    Blacklist,
    ChangeTerms,
    ClaimLead,
    ClawBackReferral,
    Click,
    CloseVersion,
    CollectReceivable,
    Criteria,
    DeclinePush,
    DescribeFirm,
    Disqualify,
    EndListing,
    EraseLead,
    FirmProfile,
    GiveFeedback,
    GrantReward,
    ListProduct,
    MakeCustomer,
    MatchFirm,
    OpenProgramme,
    PayReferral,
    PayReward,
    PublishTemplate,
    PublishVersion,
    Purchase,
    PushFirm,
    Qualify,
    RegisterBranch,
    ScreenLead,
    WatchBalance,
    WithdrawConsent,
    WithdrawTemplate,
)
from bankcore.products.lendings import LOAN
from bankcore.products.parties import NameRepresentative
from bankcore.rates import Rate
from bankcore.units import Unit

USD = Unit("USD/2")
FIVE = Rate.parse("5%")
LENT = {"borrower": "b", "disbursed": 1, "disbursed_on": "2024-05-01", "overdue_since": "", "ended_on": ""}


def lead(lead: str = "f", identity: str = "9133f", **given: Any) -> AcquireLead:
    return AcquireLead("n", lead, "api", identity, **{"consent": True, **given})


def version(author: str = "hq", product: str = "q") -> PublishVersion:
    band = (Rate.parse("4%"), Rate.parse("6%"))
    return PublishVersion("n", author, product, "Quick", *band, date(2024, 5, 2), date(2024, 5, 3))


@pytest.mark.parametrize(
    "command",
    [
        RegisterBranch("m", "west", "icbc"),
        lead(branch="south"),
        ScreenLead("n", "x"),
        DescribeFirm("n", "x"),
        ClaimLead("n", "x", "m"),
        WithdrawConsent("n", "x"),
        MatchFirm("n", "x"),
        PublishTemplate("n", "south", "t"),
        WithdrawTemplate("n", "west", "x"),
        PushFirm("n", "x", "t", "q"),
        PushFirm("n", "f", "x", "q"),
        AcceptPush("n", "f", "x"),
        AcceptPush("n", "g", "p"),
        DeclinePush("n", "f", "x"),
        GiveFeedback("n", "west", "x", "visited"),
        GiveFeedback("n", "east", "p", "visited"),
        WithdrawTemplate("n", "east", "t"),
        CloseVersion("n", "hq", "x", 1),
        ListProduct("n", "west", "x", 1, FIVE),
        ListProduct("n", "south", "x", 1, FIVE),
        Click("n", "u", "x"),
        Purchase("n", "u", "x", "b"),
        Qualify("n", "x", "u"),
        Disqualify("n", "x", "u"),
        GrantReward("n", "x", "u"),
        PayReward("n", "k", "u"),
        AccrueReferral("n", "r", "a", "x", "l"),
        MakeCustomer("n", "x", "f"),
        MakeCustomer("n", "f", "x"),
        EraseLead("n", "x"),
        EndListing("n", "x"),
        WatchBalance("n", "x"),
        PayReferral("n", "x"),
        ClawBackReferral("n", "x"),
        CollectReceivable("n", "u", "reward", cny("1.00")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_not_found(command: Any) -> None:
    book = Network()
    book.template()
    book.firm("f")
    book.firm("g")
    book.push()
    book.campaign()
    book.refused("not_found", command)


def test_already_taken() -> None:
    book = Network()
    book.template()
    book.firm("f")
    book.push()
    book.campaign()
    book.do(version())
    book.do(Purchase("n", "u", "q", "b"))
    book.lend("50,000.00")
    book.refer()
    for command in (
        OpenProgramme("n"),
        RegisterBranch("n", "west", "boc"),
        lead("f", "91330000"),
        PublishTemplate("n", "east", "t"),
        PushFirm("n", "f", "t", "p"),
        ApproveCampaign("n", "hq", "k", "loan", cny("1.00"), cny("1.00")),
        Purchase("n", "v", "q", "b"),
        AccrueReferral("n", "r", "a", "x", "l2"),
        AccrueReferral("n", "r2", "a", "x", "l"),
    ):
        book.refused("already_taken", command)
    book.acquire("same", "9133f")
    book.refused("already_taken", lead("same", "91330000"))


def test_unit_mismatch() -> None:
    book = Network()
    book.firm()
    book.campaign()
    book.grant("u")
    dollars = Amount(100, USD)
    for command in (
        ApproveCampaign("n", "hq", "z", "loan", dollars, cny("1.00")),
        ApproveCampaign("n", "hq", "z", "loan", cny("1.00"), dollars),
        CollectReceivable("n", "u", "reward", dollars),
        DescribeFirm("n", "f", FirmProfile(unit=USD)),
        PublishTemplate("n", "west", "t", Criteria(unit=USD)),
        OpenProgramme("m", {"unit": "USD/2"}),  # type: ignore[arg-type]
    ):
        book.refused("unit_mismatch", command)
    abroad = Network(unit="USD/2")  # accounts are in yuan
    abroad.people("v")
    abroad.do(ApproveCampaign("n", "hq", "k", "visit", dollars, dollars))
    abroad.do(Qualify("n", "k", "v"))
    for refused in (WatchBalance("n", "v"), GrantReward("n", "k", "v")):
        abroad.refused("unit_mismatch", refused)


def test_a_loan_in_another_unit_earns_no_fee() -> None:
    book = Network()
    draft = Record(LOAN, "x:l", {**LENT, "unit": "USD/2"})
    transaction = Transaction(kind="opening", effective_on=book.today, records=(draft,), key="by hand")
    book.bank.ledger.post(transaction)
    book.refused("unit_mismatch", AccrueReferral("n", "r", "a", "x", "l"))


def test_no_consent() -> None:
    book = Network()
    book.refused("no_consent", lead(consent=False))
    book.template()
    book.firm()
    book.do(WithdrawConsent("n", "f"))
    for command in (PushFirm("n", "f", "t", "p"), ScreenLead("n", "f"), MatchFirm("n", "f")):
        assert book.refused("no_consent", command)["lead"] == "f"


def test_screened_out() -> None:
    book = Network()
    book.template()
    book.firm("f")
    book.firm("g")
    book.do(Blacklist("n", "b", "9133F", "fraud"))
    book.do(ScreenLead("n", "g", rejected="no-office"))
    for command in (lead("h"), PushFirm("n", "f", "t", "p"), ScreenLead("n", "f"), MatchFirm("n", "f")):
        assert book.refused("screened_out", command)["reason"] == "fraud"
    assert book.refused("screened_out", PushFirm("n", "g", "t", "p"))["reason"] == "no-office"
    book.do(ScreenLead("n", "g"))
    book.push("p", "g")


def test_not_screened_not_described() -> None:
    book = Network()
    book.template()
    book.acquire("f")
    book.refused("not_screened", PushFirm("n", "f", "t", "p"))
    book.do(ScreenLead("n", "f"))
    book.refused("not_described", PushFirm("n", "f", "t", "p"))
    book.refused("not_described", MatchFirm("n", "f"))


def test_no_match() -> None:
    book = Network()
    book.template(min_years=50, kinds=["mortgage"])
    book.firm()
    reasons = book.refused("no_match", PushFirm("n", "f", "t", "p"))["reasons"]
    assert reasons == (
        "kind working-capital of the firm, mortgage of the bank; years 24 years old, at least 50 needed"
    )
    book.template()
    book.do(WithdrawTemplate("n", "west", "t"))
    assert book.refused("no_match", PushFirm("n", "f", "t", "p"))["reasons"] == "the template is off offer"


def test_capacity() -> None:
    book = Network()
    book.template("t")
    book.template("t2")
    book.template("u", "east")
    for number in range(21):
        book.firm(f"f{number}")
    for number in range(20):
        book.push(f"p{number}", f"f{number}", "t" if number % 2 else "t2")
    assert book.refused("capacity", PushFirm("n", "f20", "t", "p"))["branch"] == "west"
    book.push("p20", "f20", "u")
    book.close()
    book.push("p21", "f20", "t")
    assert book.sound()


def test_already_pushed() -> None:
    book = Network()
    book.template()
    book.firm()
    book.push()
    assert book.refused("already_pushed", PushFirm("n", "f", "t", "p2"))["push"] == "p"


def test_push_closed() -> None:
    book = Network()
    book.template()
    book.firm()
    book.push()
    book.refused("push_closed", GiveFeedback("n", "west", "p", "visited"))
    book.do(DeclinePush("n", "f", "p"))
    book.refused("push_closed", AcceptPush("n", "f", "p"))
    book.push("p2")
    book.do(AcceptPush("n", "f", "p2"))
    assert book.refused("push_closed", DeclinePush("n", "f", "p2"))["state"] == "accepted"
    book.refused("not_found", GiveFeedback("n", "west", "p2", "lent", "x", "l"))
    book.lend("50,000.00", "l", "f")
    book.lend("50,000.00", "l2", "somebody")
    book.refused("not_found", GiveFeedback("n", "west", "p2", "lent", "x", "l2"))
    book.do(GiveFeedback("n", "west", "p2", "lent", "x", "l"))
    assert book.refused("push_closed", GiveFeedback("n", "west", "p2", "visited"))["state"] == "lent"


def test_choice_outside() -> None:
    book = Network()
    book.template(least_months=6)
    book.firm(least_months=3)
    book.push()
    assert book.refused("choice_outside", AcceptPush("n", "f", "p", "mortgage"))["choice"] == "mortgage"
    for months in (5, 13):
        refusal = book.refused("choice_outside", AcceptPush("n", "f", "p", months=months))
        assert refusal["offered"] == "6 to 12 months"


def test_not_hq() -> None:
    book = Network(headquarters="main")
    refusal = book.refused("not_hq", version("hq"))
    assert (refusal["headquarters"], refusal["author"]) == ("main", "hq")
    book.do(version("main"))
    book.refused("not_hq", CloseVersion("n", "west", "q", 1))
    book.refused("not_hq", ApproveCampaign("n", "west", "k", "loan", cny("1.00"), cny("1.00")))
    with pytest.raises(ActorNotPermitted):
        book.bank.handle(version("main"), "k", Actor.parse("officer:west"))


def test_version_closed_and_out_of_band() -> None:
    book = Network()
    book.do(version())
    book.refused("version_closed", ListProduct("n", "west", "q", 1, FIVE))
    book.close()
    for price in ("3.99%", "6.01%"):
        refusal = book.refused("out_of_band", ListProduct("n", "west", "q", 1, Rate.parse(price)))
        assert (refusal["price"], refusal["least"], refusal["most"]) == (price, "4%", "6%")
    book.close_days(2)
    assert "2024-05-02 to" in book.refused("version_closed", ListProduct("n", "west", "q", 1, FIVE))["reason"]
    book.do(CloseVersion("n", "hq", "q", 1))
    book.refused("version_closed", CloseVersion("n", "hq", "q", 1))
    book.refused("version_closed", ListProduct("n", "west", "q", 1, FIVE))


def test_deposit_reward() -> None:
    book = Network(profile="CN")
    command = ApproveCampaign("n", "hq", "k", "deposit", cny("200.00"), cny("66.66"))
    assert book.refused("deposit_reward", command)["campaign"] == "k"
    book.campaign("loans")
    book.grant("u", "loans")
    free = Network()
    free.campaign(action="deposit")
    free.grant("u")
    free.people("v")
    free.do(Qualify("n", "k", "v"))
    free.do(ChangeTerms("n", {"profile": "CN"}))
    free.refused("deposit_reward", GrantReward("n", "k", "v"))
    free.do(PayReward("n", "k", "u"))  # what was granted is owed


def test_rewards() -> None:
    book = Network()
    book.campaign()
    book.people("u")
    book.refused("not_qualified", GrantReward("n", "k", "u"))
    book.refused("not_qualified", Disqualify("n", "k", "u"))
    book.grant("u")
    assert book.refused("already_granted", GrantReward("n", "k", "u"))["person"] == "u"
    book.do(PayReward("n", "k", "u"))
    assert book.refused("reward_settled", PayReward("n", "k", "u"))["state"] == "paid"
    book.close_until(date(2024, 6, 1))
    book.grant("v")
    book.close()
    assert "until 2024-05-31" in book.refused("reward_settled", Disqualify("n", "k", "u"))["state"]
    book.do(Disqualify("n", "k", "v"))
    book.refused("not_qualified", GrantReward("n", "k", "v"))
    book.do(Qualify("n", "k", "v"))
    book.refused("already_granted", GrantReward("n", "k", "v"))


def test_budget_exhausted() -> None:
    book = Network()
    book.campaign(budget="66.66")
    book.grant("u")
    book.people("v")
    book.do(Qualify("n", "k", "v"))
    refusal = book.refused("budget_exhausted", GrantReward("n", "k", "v"))
    assert (refusal["left"], refusal["reward"], refusal["unit"]) == (0, 66_66, str(CNY))
    book.do(Disqualify("n", "k", "u"))
    book.do(GrantReward("n", "k", "v"))


def test_referrals() -> None:
    book = Network(opened_on=date(2024, 1, 31))
    book.lend("50,000.00", months=1)
    book.refused("self_referral", AccrueReferral("n", "r", "b", "x", "l"))
    book.acquire("b2")
    book.acquire("alias", "9133b2")
    book.lend("50,000.00", "l2", "b2")
    book.do(NameRepresentative("b2", "b"))
    for referrer in ("b2", "alias", "b"):
        book.refused("self_referral", AccrueReferral("n", "r", referrer, "x", "l2"))
    book.refer()
    assert book.refused("referral_not_due", PayReferral("n", "r"))["due"] == "2024-03-01"
    book.refused("stayed_lent", ClawBackReferral("n", "r"))
    book.close_until(date(2024, 3, 1))
    assert (
        book.refused("overdue_block", PayReferral("n", "r"))["waits"] == "the fee of referral r is not paid"
    )
    book.pay_in("5,000.00")
    book.close()  # collects the loan, and then pays
    assert book.refused("referral_settled", PayReferral("n", "r"))["state"] == "paid"


def test_what_is_collected_is_owed_and_there() -> None:
    book = Network()
    book.lend("50,000.00")
    book.pay_in("1,000.00")
    book.refer()
    book.close_days(40)
    book.end_loan()
    book.do(ClawBackReferral("n", "r"))
    owed = book.balance("branch:n:party:a:referral-receivable")
    refusal = book.refused("not_collectable", CollectReceivable("n", "a", "referral", Amount(owed + 1, CNY)))
    assert (refusal["owed"], refusal["amount"]) == (owed, owed + 1)
    fen = book.balance("bank:demand:a")
    book.post({"bank:demand:a": fen}, {"bank:demand:b": fen})
    book.refused("balance_floor_breached", CollectReceivable("n", "a", "referral", Amount(owed, CNY)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: lead(identity="12 34"),
        lambda: lead(identity="1" * 31),
        lambda: lead(identity=""),
        lambda: lead(identity=12345),
        lambda: lead(kind="fund"),
        lambda: RegisterBranch("n", "w", "b", east=10**9),
        lambda: RegisterBranch("n", "w", "b", north="1"),  # type: ignore[arg-type]
        lambda: AcceptPush("n", "f", "p", months=361),
        lambda: AcceptPush("n", "f", "p", months=True),
        lambda: ListProduct("n", "w", "q", 1, Rate.parse("101%")),
        lambda: ListProduct("n", "w", "q", 1, "5%"),  # type: ignore[arg-type]
        lambda: ListProduct("n", "w", "q", 1, Rate.parse("1/1000000000001")),
        lambda: GiveFeedback("n", "w", "p", "lost"),
        lambda: ApproveCampaign("n", "hq", "k", "party", cny("1.00"), cny("1.00")),
        lambda: CollectReceivable("n", "u", "fine", cny("1.00")),
    ],
)
def test_bad_fields_are_refused_without_saying_what_is_personal(make: Any) -> None:
    with pytest.raises(BadCommand) as caught:
        make()
    assert "12 34" not in str(caught.value)


def test_a_key_used_for_another_person_tells_nothing_of_either() -> None:
    book = Network()
    book.do(lead(full_name="Li Lei"), key="k")
    with pytest.raises(KeyConflict) as caught:
        book.do(lead(full_name="Han Meimei"), key="k")
    assert caught.value.field == "personal"
    assert "Li Lei" not in str(caught.value)
    assert "Han" not in str(caught.value)


def test_bad_terms() -> None:
    for make in (
        lambda: OpenProgramme("n", {"matches": 0}),  # type: ignore[arg-type]
        lambda: PublishTemplate("n", "west", "t", {"kinds": []}),  # type: ignore[arg-type]
        lambda: DescribeFirm("n", "f", {"most": "0"}),  # type: ignore[arg-type]
    ):
        with pytest.raises(BadTerms):
            make()
