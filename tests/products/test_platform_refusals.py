"""Every refusal of the platform, each of which leaves no trace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.products.exchange import FACTS, Exchange
from tests.products.holders import CNY, cny
from tests.products.people import HAN, LI, giver

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.bank import Bank
from bankcore.errors import BadCommand, BadDate, BankcoreError, UnitMismatch
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.product.actor import Actor
from bankcore.product.refusals import NotApproved
from bankcore.products import current
from bankcore.products.deposit_modes import Visit
from bankcore.products.enterprise import (
    ApproveEnterprise,
    ChangeTerms,
    LeavePlatform,
    OpenProgramme,
    PayFee,
    RegisterEnterprise,
    RejectEnterprise,
    facts_of,
)
from bankcore.products.parties import (
    DismissRepresentative,
    IdentifyParty,
    NameRepresentative,
    RegisterParty,
    RestoreParty,
    SuspendParty,
)
from bankcore.products.platform import (
    AcceptDelivery,
    AcceptMatch,
    ApproveResolution,
    CancelTrade,
    DisputeTrade,
    FundEscrow,
    ProposeResolution,
    PublishDemand,
    PublishSupply,
    RateTrade,
    RejectResolution,
    WithdrawDispute,
    WithdrawOffer,
)
from bankcore.rates import Rate
from bankcore.stores.memory import MemoryStore
from bankcore.testing import registration
from bankcore.units import Unit

HALF = Rate.parse("1/2")
USD = Unit("USD/2")


# --- registration ---------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", sorted(FACTS))
def test_kyc_incomplete(missing: str) -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    nothing = None if missing == "registered_capital" else " "
    found = book.refused("kyc_incomplete", RegisterEnterprise("p", "e", **{**FACTS, missing: nothing}))
    assert found["missing"] == missing


def test_kyc_incomplete_names_all_that_is_missing() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    found = book.refused("kyc_incomplete", RegisterEnterprise("p", "e", registered_name="x", place="y"))
    assert found["missing"] == (
        "legal_representative, registered_capital, business_scope, qualifications, contact"
    )


def test_not_approved() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS))
    commands: tuple[Any, ...] = (
        LeavePlatform("p", "e"),
        PublishSupply("p", "e", "o", "lamp", "ningbo", cny("1.00"), 1),
        PayFee("p", "e", cny("1.00")),
        Visit("p", "e", "FIN"),
    )
    for command in commands:
        assert book.refused("not_approved", command)["id"] == "e"
    with pytest.raises(NotApproved):
        facts_of(book.books, "p", "e", Actor.parse("officer:mei"))
    book.do(RejectEnterprise("p", "e", 1))
    book.refused("not_approved", PayFee("p", "e", cny("1.00")))
    book.refused("nothing_proposed", ApproveEnterprise("p", "e", 1))


def test_only_identified_firms_with_an_account_are_enterprises() -> None:
    book = Exchange(())
    book.do(RegisterParty("li"))
    book.refused("not_a_firm", RegisterEnterprise("p", "li", **FACTS))
    book.do(RegisterParty("e", "firm"))
    book.do(RegisterEnterprise("p", "e", **FACTS))
    book.refused("not_identified", ApproveEnterprise("p", "e", 1))
    book.do(IdentifyParty("e", "business-licence", "1"))
    book.refused("no_current_account", ApproveEnterprise("p", "e", 1))
    book.do(SuspendParty("e", "sanctions"))
    book.refused("party_suspended", RegisterEnterprise("p", "e", **FACTS))
    book.refused("party_suspended", ApproveEnterprise("p", "e", 1))


def test_an_account_of_another_unit_is_none_to_trade_with() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    made: list[Any] = [
        current.OpenProgramme("std"),
        *registration("e", kind="firm"),
        OpenProgramme("q", {"unit": "USD/2"}),
    ]  # type: ignore[arg-type]
    made.append(RegisterEnterprise("q", "e", **{**FACTS, "registered_capital": Amount(1, USD)}))
    for number, command in enumerate(made):
        bank.handle(command, str(number), giver(command))
    with pytest.raises(UnitMismatch):
        bank.handle(ApproveEnterprise("q", "e", 1), "approve", HAN)


def test_a_member_is_bound_until_it_leaves_and_leaves_when_nothing_binds_it() -> None:
    book = Exchange()
    book.refused("contracts_open", current.CloseAccount("b"), HAN)
    book.match("t", "9.00")
    for firm in "bs":
        found = book.refused("contracts_open", LeavePlatform("p", firm))
        assert found["contracts"] == "platform p/t"
    book.refused("actor_not_permitted", LeavePlatform("p", "b"), Actor.parse("customer:s"))
    book.cancel("t", "b")
    book.do(LeavePlatform("p", "b"))
    book.refused("not_approved", LeavePlatform("p", "b"))
    book.do(current.CloseAccount("b"), actor=HAN)
    assert book.sound()
    for command in (current.OpenAccount("std", "b"), RegisterEnterprise("p", "b", **FACTS)):
        book.do(command)
    book.do(ApproveEnterprise("p", "b", 3))
    book.demand("d1", "1.00")
    assert book.sound()


def test_same_person() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS))
    for command in (ApproveEnterprise("p", "e", 1), RejectEnterprise("p", "e", 1)):
        assert book.refused("same_person", command, LI)["person"] == "li"


def test_already_proposed() -> None:
    book = Exchange()
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS))
    assert book.refused("already_proposed", RegisterEnterprise("p", "e", **FACTS), HAN)["maker"] == "li"
    book.trade("t", "1.00")
    book.do(DisputeTrade("p", "t", "b", "late"))
    book.do(ProposeResolution("p", "t", HALF))
    book.refused("already_proposed", ProposeResolution("p", "t", HALF), HAN)


def test_who_decides_names_the_proposal_that_stands() -> None:
    """What was replaced between look and approval is not approved by it."""
    book = Exchange(())
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS))
    book.do(RegisterEnterprise("p", "e", **{**FACTS, "registered_name": "Another Ltd"}))
    for command in (ApproveEnterprise("p", "e", 1), RejectEnterprise("p", "e", 1)):
        assert book.refused("stale_proposal", command)["proposal"] == 1
    book.do(ApproveEnterprise("p", "e", 2))
    assert facts_of(book.books, "p", "e", HAN)["registered_name"] == "Another Ltd"
    book.join("b")
    book.join("s")
    book.trade("t", "1.00")
    book.do(DisputeTrade("p", "t", "b", "late"))
    book.do(ProposeResolution("p", "t", HALF))
    book.do(ProposeResolution("p", "t", Rate.parse("1")))
    book.refused("stale_proposal", ApproveResolution("p", "t", 1))
    (row,) = book.bank.report("platform", "proposals").rows
    assert row[:4] == ("resolution", "p:t", 2, "li")
    book.do(WithdrawDispute("p", "t", "b"))
    assert not book.bank.report("platform", "proposals").rows


def test_nobody_speaks_for_another() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    for other in ("customer:x", "operator:p"):
        book.refused("actor_not_permitted", RegisterEnterprise("p", "e", **FACTS), Actor.parse(other))
    book.do(RegisterEnterprise("p", "e", **FACTS))
    book.refused("actor_not_permitted", ApproveEnterprise("p", "e", 1), Actor.parse("customer:han"))


def test_a_mode_that_the_bank_does_not_offer_is_not_found() -> None:
    assert Exchange("e").refused("not_found", Visit("p", "e", "FIN"))["id"] == "FIN"


def test_an_unknown_enterprise_is_not_found() -> None:
    book = Exchange(())
    assert book.refused("not_found", RegisterEnterprise("p", "e", **FACTS))["kind"] == "party"
    assert book.refused("not_found", PayFee("p", "e", cny("1.00")))["kind"] == "registration"
    assert book.refused("not_found", PayFee("q", "e", cny("1.00")))["kind"] == "programme"


# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms", [{"fee": "3.1%"}, {"face": "0"}, {"traded": "0"}, {"entitlements": 1001}, {"life_months": 0}]
)
def test_terms_out_of_bounds(terms: dict[str, Any]) -> None:
    with pytest.raises(BankcoreError) as caught:
        OpenProgramme("q", terms)  # type: ignore[arg-type]
    assert caught.value.code == "bad_terms"
    Exchange(()).refused("bad_terms", ChangeTerms("p", terms))


def test_terms_do_not_change_in_the_past_or_in_unit() -> None:
    book = Exchange(())
    book.refused("bad_terms", ChangeTerms("p", {"fee": "1%"}, date(2024, 4, 30)))
    book.refused("bad_terms", ChangeTerms("p", {"unit": "USD/2"}))
    book.refused("already_taken", OpenProgramme("p"))
    book.refused("unit_mismatch", OpenProgramme("q", {"unit": "USD/2"}))  # type: ignore[arg-type]


def test_amounts_are_in_the_unit_of_the_platform() -> None:
    book = Exchange("e")
    dollar = Amount(1, USD)
    commands: tuple[Any, ...] = (
        RegisterEnterprise("p", "e", **{**FACTS, "registered_capital": dollar}),
        PayFee("p", "e", dollar),
        PublishDemand("p", "e", "o", "lamp", "ningbo", dollar, 1),
    )
    for command in commands:
        book.refused("unit_mismatch", command)


def test_accounts_that_somebody_opened_by_hand_are_in_the_way() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    book.post({"bank:cash": 1}, {"platform:p:entitlement:e:live": 1})
    book.do(RegisterEnterprise("p", "e", **FACTS))
    book.refused("unit_mismatch", ApproveEnterprise("p", "e", 1))
    other = Exchange()
    other.match("t", "1.00")
    other.deposit("b", "2.00")
    other.post({"bank:demand:b": 1_00}, {"platform:p:escrow:t": 1_00})
    other.refused("already_taken", FundEscrow("p", "t", "b"))


# --- commands -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: RegisterEnterprise("p", "e", registered_name="x" * 201),
        lambda: RegisterEnterprise("p", "e", registered_name=5),  # type: ignore[arg-type]
        lambda: RegisterEnterprise("p", "e", contact="x" * 201),
        lambda: RegisterEnterprise("p", "e", registered_capital=Amount(0, CNY)),
        lambda: RegisterEnterprise("p", "e", registered_capital="1.00"),  # type: ignore[arg-type]
        lambda: PublishSupply("p", "e", "o", "lamp", "n", cny("1.00"), 2, minimum=3),
        lambda: PublishDemand("p", "e", "o", "lamp", "n", cny("1.00"), 2, minimum=3),
        lambda: PublishDemand("p", "e", "o", "lamp", "n", cny("1.00"), 2, minimum=-1),
        lambda: PublishDemand("p", "e", "o", "lamp", "n", cny("1.00"), 2, minimum=True),
        lambda: AcceptDelivery("p", "t", "b", Rate.parse("0")),
        lambda: AcceptDelivery("p", "t", "b", Rate.parse("11/10")),
        lambda: AcceptDelivery("p", "t", "b", Rate.parse("1/1000000007")),
        lambda: AcceptDelivery("p", "t", "b", "1/2"),  # type: ignore[arg-type]
        lambda: ProposeResolution("p", "t", Rate.parse("-1/2")),
        lambda: RateTrade("p", "t", "b", 0),
        lambda: RateTrade("p", "t", "b", 6),
        lambda: RateTrade("p", "t", "b", True),
        lambda: PayFee("p", "e", cny("1.00"), -1),
    ],
)
def test_unusable_fields(make: Any) -> None:
    with pytest.raises(BadCommand):
        make()


# --- the market -----------------------------------------------------------------------------------


def test_already_taken() -> None:
    book = Exchange()
    book.match("t", "1.00")
    book.refused("already_taken", PublishDemand("p", "b", "s-t", "lamp", "ningbo", cny("1.00"), 1))
    book.refused("already_taken", book.accepting("t", "d-t", "s-t", "b"))


def test_days_that_are_over() -> None:
    book = Exchange()
    book.refused(
        "bad_command", PublishDemand("p", "b", "o", "lamp", "ningbo", cny("1.00"), 1, until=date(2024, 4, 30))
    )
    book.supply("s1", "1.00")
    book.demand("d1", "1.00")


def test_not_party_and_offer_closed() -> None:
    book = Exchange("bsx")
    book.supply("s1", "1.00")
    book.demand("d1", "1.00")
    assert book.refused("not_party", WithdrawOffer("p", "b", "s1"))["kind"] == "offer"
    book.refused("not_party", book.accepting("t", "d1", "s1", "x"))
    book.do(WithdrawOffer("p", "s", "s1"))
    assert book.refused("offer_closed", WithdrawOffer("p", "s", "s1"))["state"] == "withdrawn"
    book.refused("not_found", WithdrawOffer("p", "s", "s9"))
    book.refused("not_found", book.accepting("t", "d1", "s9", "b"))


def test_not_matched() -> None:
    book = Exchange("bs")
    book.supply("s1", "9.00", quantity=5, minimum=2)
    book.demand("d1", "9.00", quantity=4)
    book.demand("cheap", "8.99")
    book.demand("few", "9.00", quantity=1)
    book.demand("own", "9.00", enterprise="s", quantity=5)
    book.do(PublishDemand("p", "b", "far", "lamp", "harbin", cny("9.00"), 5))
    book.demand("gone", "9.00", quantity=5)
    book.do(WithdrawOffer("p", "b", "gone"))
    cases = {
        ("cheap", "s1", 0): "the demand pays less than the supply asks",
        ("few", "s1", 0): "what is left is less than the fewest in one trade",
        ("own", "s1", 0): "both are of one enterprise",
        ("far", "s1", 0): "goods or region differ",
        ("gone", "s1", 0): "one of them is no longer open",
        ("s1", "d1", 0): "a demand and a supply are needed",
        ("d1", "s1", 1): "between 2 and 4 can be traded, not 1",
        ("d1", "s1", 5): "between 2 and 4 can be traded, not 5",
    }
    for (demand, supply, quantity), reason in cases.items():
        party = "b" if demand != "own" else "s"
        found = book.refused("not_matched", book.accepting("t", demand, supply, party, quantity))
        assert found["reason"] == reason


def test_a_total_that_no_account_could_hold() -> None:
    book = Exchange()
    book.do(PublishSupply("p", "s", "s1", "lamp", "ningbo", Amount(MAX_QUANTITY, CNY), 2))
    book.do(PublishDemand("p", "b", "d1", "lamp", "ningbo", Amount(MAX_QUANTITY, CNY), 2))
    book.refused("amount_overflow", book.accepting("t", "d1", "s1", "b"))


def test_who_accepts_a_match_names_what_he_saw() -> None:
    book = Exchange()
    book.supply("s1", "9.00", days=8)
    book.demand("d1", "10.00")
    at = {"b": "9.00", "s": "10.00"}
    for party, seen in at.items():
        for price in ({"9.00", "10.00", "9.50"}) - {seen}:
            command = AcceptMatch("p", "t", "d1", "s1", party, cny(price))
            found = book.refused("terms_moved", command)
            assert (found["now"], found["seen"]) == (f"{seen} CNY", f"{price} CNY")
    book.refused("terms_moved", book.accepting("t", "d1", "s1", "b", deliver_by=date(2024, 5, 10)))
    book.refused("terms_moved", book.accepting("t", "d1", "s1", "s", deliver_by=date(2024, 5, 9)))
    command = AcceptMatch("p", "t", "d1", "s1", "b", Amount(9_00, USD))
    book.refused("unit_mismatch", command)
    assert book.do(book.accepting("t", "d1", "s1", "b", deliver_by=date(2024, 5, 9)))


def test_nobody_trades_with_himself_through_two_firms() -> None:
    book = Exchange()
    for command in (RegisterParty("li"), IdentifyParty("li", "passport", "li")):
        book.do(command)
    book.match("t", "9.00")
    book.deposit("b", "9.00")
    book.fund("t")
    book.accept("t")
    for firm in "bs":
        book.do(NameRepresentative(firm, "li"))
    li = Actor.parse("customer:li")
    book.refused("actor_not_permitted", RateTrade("p", "t", "b", 5), li)
    book.supply("s1", "9.00")
    book.demand("d1", "9.00")
    found = book.refused("not_matched", book.accepting("u", "d1", "s1", "b"), li)
    assert found["reason"] == "one person acts for both"
    book.do(DismissRepresentative("s", "li"))
    book.do(SuspendParty("li", "fraud"))
    book.refused("party_suspended", book.accepting("u", "d1", "s1", "b"), li)
    book.refused("party_suspended", RateTrade("p", "t", "b", 5), li)


def test_who_is_suspended_or_has_left_trades_no_more() -> None:
    book = Exchange()
    book.supply("s1", "9.00")
    book.demand("d1", "9.00")
    book.do(SuspendParty("s", "sanctions"))
    book.refused("party_suspended", PublishSupply("p", "s", "s2", "lamp", "ningbo", cny("1.00"), 1))
    book.refused("party_suspended", book.accepting("t", "d1", "s1", "s"))
    reason = "one side takes no part any more"
    assert book.refused("not_matched", book.accepting("t", "d1", "s1", "b"))["reason"] == reason
    book.do(RestoreParty("s", "cleared"))
    book.do(LeavePlatform("p", "s"))
    book.refused("not_approved", book.accepting("t", "d1", "s1", "s"))
    assert book.refused("not_matched", book.accepting("t", "d1", "s1", "b"))["reason"] == reason
    assert book.sound()


# --- escrow ---------------------------------------------------------------------------------------


def test_only_a_match_is_funded() -> None:
    book = Exchange("bsx")
    assert book.refused("not_matched", FundEscrow("p", "t", "b"))["reason"] == "there is no such trade"
    book.trade("t", "1.00")
    assert book.refused("not_matched", FundEscrow("p", "t", "b"))["reason"] == "it is funded"
    book.match("u", "1.00")
    book.refused("not_party", FundEscrow("p", "u", "s"))
    book.refused("balance_floor_breached", FundEscrow("p", "u", "b"))


def test_trade_not_funded() -> None:
    book = Exchange()
    book.match("t", "1.00")
    for command in (AcceptDelivery("p", "t", "b", HALF), DisputeTrade("p", "t", "b", "late")):
        assert book.refused("trade_not_funded", command)["state"] == "matched"
    book.deposit("b", "1.00")
    book.fund("t")
    book.accept("t")
    for done in (AcceptDelivery("p", "t", "b", HALF), CancelTrade("p", "t", "b")):
        assert book.refused("trade_not_funded", done)["state"] == "settled"


def test_over_release() -> None:
    book = Exchange()
    book.trade("t", "1.00")
    book.accept("t", "2/3")
    found = book.refused("over_release", AcceptDelivery("p", "t", "b", HALF))
    assert (found["left"], found["share"]) == ("1/3", "1/2")
    book.refused("not_party", AcceptDelivery("p", "t", "s", HALF))
    book.refused("not_found", AcceptDelivery("p", "u", "b", HALF))


def test_disputed() -> None:
    book = Exchange("bsx")
    book.trade("t", "1.00")
    book.do(DisputeTrade("p", "t", "b", "late"))
    commands: tuple[Any, ...] = (
        AcceptDelivery("p", "t", "b", HALF),
        CancelTrade("p", "t", "b"),
        CancelTrade("p", "t", "s"),
        DisputeTrade("p", "t", "s", "paid late"),
    )
    for command in commands:
        assert book.refused("disputed", command)["trade"] == "t"
    book.close_until(date(2024, 7, 1))
    book.refused("disputed", CancelTrade("p", "t", "s"))  # not after the deadline either
    book.refused("not_party", DisputeTrade("p", "t", "x", "curious"))
    book.refused("not_party", CancelTrade("p", "t", "x"))


def test_not_disputed() -> None:
    book = Exchange()
    book.trade("t", "1.00")
    book.refused("not_disputed", WithdrawDispute("p", "t", "b"))
    book.refused("not_disputed", ProposeResolution("p", "t", HALF))
    book.do(DisputeTrade("p", "t", "b", "late"))
    book.refused("not_disputed", WithdrawDispute("p", "t", "s"))
    book.refused("nothing_proposed", ApproveResolution("p", "t", 1))
    book.do(ProposeResolution("p", "t", HALF))
    for command in (ApproveResolution("p", "t", 1), RejectResolution("p", "t", 1)):
        book.refused("same_person", command, LI)
    book.do(ApproveResolution("p", "t", 1))
    book.refused("not_disputed", ApproveResolution("p", "t", 2))
    book.refused("nothing_proposed", RejectResolution("p", "t", 2))


# --- ratings and fees -------------------------------------------------------------------------------


def test_not_settled_and_already_rated() -> None:
    book = Exchange("bsx")
    book.trade("t", "1.00")
    assert book.refused("not_settled", RateTrade("p", "t", "b", 5))["state"] == "funded"
    book.accept("t")
    book.refused("not_party", RateTrade("p", "t", "x", 5))
    book.do(RateTrade("p", "t", "b", 5))
    book.refused("already_rated", RateTrade("p", "t", "b", 4))
    book.do(RateTrade("p", "t", "s", 4))
    book.trade("u", "1.00")
    book.cancel("u")
    book.refused("not_settled", RateTrade("p", "u", "b", 5))


def test_entitlements_short_and_exceed() -> None:
    book = Exchange()
    book.trade("t", "1,000.00")
    book.accept("t")
    assert book.refused("entitlements_short", PayFee("p", "b", cny("50.00"), 4))["live"] == 3
    assert book.refused("entitlements_exceed", PayFee("p", "b", cny("2.49"), 1))["worth"] == 250
    book.refused("balance_floor_breached", PayFee("p", "b", cny("2.51"), 1))


# --- the close of a day -----------------------------------------------------------------------------


def test_entitlements_of_a_frozen_account_wait() -> None:
    book = Exchange(life_months=1)
    book.trade("t", "1,000.00")
    book.accept("t")
    frozen = AccountPath("platform:p:entitlement:b:expired")
    book.bank.ledger.change(frozen, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 3))
    assert (book.live("b"), book.live("s")) == (3, 0)
    book.bank.ledger.change(frozen, key="free", reason="court", status=Status.OPEN)
    book.close_until(date(2024, 7, 4))
    assert book.live("b") == 0
    assert book.sound()


def test_the_last_day_there_is_cannot_be_closed() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date.max)
    bank.handle(OpenProgramme("p"), "1")
    with pytest.raises(BadDate):
        list(bank.products.named("platform").daily(bank.ledger.books, date.max))
    with pytest.raises(BadDate):
        list(bank.products.named("enterprise").daily(bank.ledger.books, date.max))
