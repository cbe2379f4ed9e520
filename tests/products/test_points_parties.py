"""Cards and providers are roles of parties: who has one, whom it binds, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.people import HAN, LI

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.personal import seeded
from bankcore.product.actor import Actor, Role
from bankcore.products import credit
from bankcore.products.current import CloseAccount, CourtFreeze, OpenAccount, ReportLost
from bankcore.products.parties import (
    EraseParty,
    IdentifyParty,
    NameRepresentative,
    PartyTerms,
    RegisterParty,
    RestoreParty,
    SuspendParty,
)
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.products.points import (
    ApproveMerge,
    CloseCard,
    CloseProvider,
    GrantPoints,
    JoinFamily,
    PlaceOrder,
    ProposeMerge,
    Redeem,
    RefundOrder,
    RegisterConsumer,
    RegisterProvider,
    RejectMerge,
    RepayDebt,
    SellWithPoints,
    SettleFund,
    SignAgreement,
    SubmitOrder,
    TransferPoints,
)
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing import registration

OFFICER = Actor(Role.OFFICER, "bank")


def customer(id: str) -> Actor:
    return Actor(Role.CUSTOMER, id)


def merchant(id: str) -> Actor:
    return Actor(Role.MERCHANT, id)


def rich(cards: str = "c", providers: str = "g", **terms: Any) -> Club:
    book = Club(cards, providers, **terms)
    book.pay_in(**dict.fromkeys(cards + providers, "1,000.00"))
    return book


# --- who has a card, or gives points ------------------------------------------------------------------


@pytest.mark.parametrize("role", [RegisterConsumer, RegisterProvider])
def test_a_role_is_for_identified_parties_with_an_account_once(role: Callable[[str, str], Any]) -> None:
    book = Club()
    book.refused("not_found", role("p", "d"))
    book.do(RegisterParty("d"))
    book.refused("not_identified", role("p", "d"))
    book.do(IdentifyParty("d", "passport", "d"))
    book.refused("no_current_account", role("p", "d"))
    book.do(OpenAccount("std", "d"))
    book.do(SuspendParty("d", "fraud"))
    book.refused("party_suspended", role("p", "d"))
    book.do(RestoreParty("d", "cleared"))
    book.do(role("p", "d"))
    book.refused("already_taken", role("p", "d"))
    assert book.sound()


def test_a_customer_takes_a_card_for_himself_in_the_class_of_everybody() -> None:
    """Neither the class, by which providers pay, nor the party is for him to choose."""
    book = Club()
    for command in registration("d", "e"):
        book.do(command)
    book.refused("actor_not_permitted", RegisterConsumer("p", "e"), customer("d"))
    book.refused("actor_not_permitted", RegisterConsumer("p", "d", "gold"), customer("d"))
    book.do(RegisterConsumer("p", "d"), actor=customer("d"))
    book.do(CloseCard("p", "d"))
    book.do(RegisterConsumer("p", "d", "gold"), actor=OFFICER)
    record = book.books.record("points.card", "p:d")
    assert record is not None
    assert record.data["class"] == "gold"


# --- who pays, is paid, and gives ---------------------------------------------------------------------


def test_nobody_but_the_holder_pays_with_a_card() -> None:
    book = rich("cd", "gh")
    order = PlaceOrder("p", "g", "c", "o1", cny("900.00"))
    for actor in (customer("d"), merchant("g"), merchant("c"), Actor(Role.OPERATOR, "p"), OFFICER):
        book.refused("actor_not_permitted", order, actor)
    document = {"provider": "g", "card": "c", "order": "o1", "amount": "900.00"}
    for actor in (customer("c"), merchant("g"), Actor(Role.OPERATOR, "p")):
        book.refused("actor_not_permitted", SubmitOrder("p", document), actor)
    book.do(order, actor=customer("c"))
    for actor in (customer("c"), merchant("h"), Actor(Role.OPERATOR, "p")):
        book.refused("actor_not_permitted", RefundOrder("p", "g", "o1", cny("1.00")), actor)
        book.refused("actor_not_permitted", GrantPoints("p", "g", "d", 1), actor)
    book.refused("actor_not_permitted", GrantPoints("p", "g", "d", 1), OFFICER)
    assert book.sound()


def test_points_are_given_up_by_their_holder_only() -> None:
    book = rich()
    book.order("10.00")
    book.refused("points_left", CloseCard("p", "c", forfeit=True), OFFICER)
    book.do(CloseCard("p", "c", forfeit=True), actor=customer("c"))


def firm(book: Club) -> None:
    """The firm f, whom c represents, with a card and as a provider."""
    for command in (
        RegisterParty("f", "firm"),
        IdentifyParty("f", "business-licence", "f"),
        OpenAccount("std", "f"),
        NameRepresentative("f", "c"),
        RegisterConsumer("p", "f"),
        RegisterProvider("p", "f"),
        SignAgreement("p", "f"),
    ):
        book.do(command)
    book.pay_in(f="1,000.00")


def test_whoever_acts_for_a_firm_deals_with_others_only() -> None:
    book = rich("cd", "g")
    firm(book)
    book.refused("self_dealing", PlaceOrder("p", "f", "c", "o", cny("1.00")))
    book.refused("self_dealing", PlaceOrder("p", "f", "f", "o", cny("1.00")))
    book.refused("self_dealing", GrantPoints("p", "f", "c", 1), merchant("c"))
    book.do(RegisterProvider("p", "c"))
    book.do(SignAgreement("p", "c"))
    book.refused("self_dealing", PlaceOrder("p", "c", "f", "o", cny("1.00")))
    book.do(PlaceOrder("p", "g", "f", "o", cny("300.00")), actor=customer("c"))
    book.do(GrantPoints("p", "f", "d", 1), actor=merchant("c"))
    assert book.sound()


def test_who_is_suspended_acts_for_nobody_and_begins_nothing_new() -> None:
    book = rich("cd", "g", transfers="family", funding="postpaid", funding_cap="50.00")
    firm(book)
    for card in "cdf":
        book.do(JoinFamily("p", card, "x"))
    book.order("300.00", "mine")
    book.order("200.00", "o1", card="f")
    book.order("100.00", "o2", card="d", provider="f")
    book.do(SuspendParty("c", "fraud"))
    for command, actor in (
        (PlaceOrder("p", "g", "f", "o", cny("1.00")), customer("c")),
        (Redeem("p", "f", 100), customer("c")),
        (TransferPoints("p", "f", "d", 100), customer("c")),
        (RepayDebt("p", "f", "g", 1), customer("c")),
        (CloseCard("p", "f", forfeit=True), customer("c")),
        (RegisterConsumer("p", "f"), customer("c")),
        (RefundOrder("p", "f", "o2", cny("1.00")), merchant("c")),
        (GrantPoints("p", "f", "d", 1), merchant("c")),
        (SignAgreement("p", "f"), merchant("c")),
        (SettleFund("p", "f", cny("1.00")), merchant("c")),
        (CloseProvider("p", "f"), merchant("c")),
        (PlaceOrder("p", "g", "c", "o", cny("1.00")), None),
        (TransferPoints("p", "c", "d", 100), None),
        (SellWithPoints("p", "s", "c", cny("2.00"), 100, cny("1.00"), 97), None),
    ):
        book.refused("party_suspended", command, actor)
    book.do(Redeem("p", "c", 100))  # what is his he may take
    book.do(SuspendParty("g", "fraud"))
    book.refused("party_suspended", PlaceOrder("p", "g", "d", "o", cny("1.00")))
    book.refused("party_suspended", SignAgreement("p", "g"))
    book.refund("mine", "100.00")  # and what he owes he may give
    assert book.sound()


@pytest.mark.parametrize("state", [ReportLost("c"), CourtFreeze("c", "k")])
def test_an_account_in_trouble_pays_no_order(state: Any) -> None:
    book = rich()
    book.do(state)
    book.refused("account_frozen", PlaceOrder("p", "g", "c", "o", cny("1.00")))
    book.do(GrantPoints("p", "g", "c", 100))
    book.do(Redeem("p", "c", 100))
    assert book.balance("bank:demand:c") == 1_001_00


def test_what_a_court_holds_of_a_provider_stands_behind_no_points() -> None:
    book = rich()
    book.do(CourtFreeze("g", "k", cny("1,000.00")))
    book.refused("fund_short", GrantPoints("p", "g", "c", 1))
    book.order("10.00")  # which brings what its points cost
    assert book.sound()


def test_a_sale_with_points_is_paid_from_the_buyers_account() -> None:
    book = rich()
    book.refused("not_found", SellWithPoints("p", "s", "x", cny("2.00"), 100, cny("1.00"), 97))
    book.do(SellWithPoints("p", "s", "c", cny("2.00"), 100, cny("1.00"), 97))
    assert book.balance("bank:demand:c") == 998_00
    assert book.balance("bank:cash") == 2_000_00


# --- who leaves ---------------------------------------------------------------------------------------


def test_a_role_keeps_account_and_party_until_it_ends() -> None:
    book = Club(agreed={"rate": "1"})
    book.do(OpenRegister("register", PartyTerms(retention_years=0)))
    for party, contract, end in (
        ("c", "points p/card", CloseCard("p", "c")),
        ("g", "points p/provider", CloseProvider("p", "g")),
    ):
        assert book.refused("contracts_open", CloseAccount(party))["contracts"] == contract
        book.refused("contracts_open", EraseParty(party))
        book.do(end)
        book.do(CloseAccount(party))
        book.do(EraseParty(party))
        book.refused("party_erased", RegisterConsumer("p", party))
    assert book.sound()


def test_a_provider_leaves_when_no_points_are_left() -> None:
    book = rich("cd", "gh", funding="postpaid", funding_cap="50.00", least_redeemed=1)
    book.order("10.00", "o1")
    assert book.refused("provider_bound", CloseProvider("p", "g"))["live"] == 10
    book.redeem(10)
    assert book.refused("provider_bound", CloseProvider("p", "g"))["advanced"] == 10
    book.do(SettleFund("p", "g", cny("0.10")))
    book.refund("o1", "5.00")
    assert book.refused("provider_bound", CloseProvider("p", "g"))["owed"] == 5
    book.do(RepayDebt("p", "c", "g", 5))
    book.order("10.00", "o2", provider="h")
    book.do(CloseProvider("p", "g"))
    for command in (
        CloseProvider("p", "g"),
        PlaceOrder("p", "g", "c", "o", cny("1.00")),
        SignAgreement("p", "g"),
        RefundOrder("p", "g", "o1", cny("1.00")),
        GrantPoints("p", "g", "c", 1),
    ):
        book.refused("not_found", command)
    book.do(RegisterProvider("p", "g"))
    book.refund("o1", "5.00")
    assert book.sound()


def test_a_provider_with_a_credit_line_stays() -> None:
    book = rich()
    book.do(credit.OpenProgramme("p"))
    book.do(credit.OpenLine("p", provider="g"))
    book.refused("credit_line_open", CloseProvider("p", "g"))
    book.do(credit.SetLimit("p", cny("0.00"), provider="g"))
    book.do(CloseProvider("p", "g"))
    book.refused("holder_unknown", credit.Draw("p", cny("1.00"), provider="g"))
    assert book.sound()


def test_who_left_the_bank_is_refunded_nothing() -> None:
    book = rich()
    book.order("10.00", "o1")
    book.do(CloseCard("p", "c", forfeit=True))
    book.do(CloseAccount("c"))
    book.refused("no_current_account", RefundOrder("p", "g", "o1", cny("10.00")))


def test_of_who_is_erased_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    book = Club(store=SqliteStore(path, create=True, durability="normal"))
    book.do(OpenRegister("register", PartyTerms(retention_years=0)))
    book.do(RegisterParty("d", full_name="Ouyang Xiadan"))
    book.do(IdentifyParty("d", "passport", "E12345678"))
    book.do(OpenAccount("std", "d"))
    book.do(RegisterConsumer("p", "d"))
    book.pay_in(d="100.00", g="1.00")
    book.order("10.00", "o1", card="d")
    for end in (CloseCard("p", "d", forfeit=True), CloseAccount("d"), EraseParty("d")):
        book.do(end)
    assert book.bank.ledger.finish_erasure()
    book.bank.ledger.store.close()
    data = b"".join(it.read_bytes() for it in tmp_path.iterdir())
    assert b"Xiadan" not in data
    assert b"E12345678" not in data
    clock = datetime(2024, 5, 1, tzinfo=UTC)
    bank = Bank.open(SqliteStore(path, durability="normal"), clock=lambda: clock, salts=seeded("club"))
    assert not list(bank.broken_invariants())
    bank.ledger.store.close()


# --- one person, registered twice ---------------------------------------------------------------------


def twins(**terms: Any) -> Club:
    """Card e is of the person who has card c, with another document; d is somebody else's."""
    book = rich("cd", "g", **terms)
    book.join("e", document="id-card")
    book.order("10.00", "o1")
    return book


def test_a_merger_takes_two_officers_who_saw_the_same() -> None:
    book = twins()
    for actor in (customer("c"), customer("e"), Actor(Role.OPERATOR, "p")):
        book.refused("actor_not_permitted", ProposeMerge("p", "c", "e"), actor)
    book.refused("nothing_proposed", ApproveMerge("p", "c", 1), HAN)
    book.do(ProposeMerge("p", "c", "e"), actor=LI)
    assert book.bank.report("points", "proposals").rows == (("merge", "p:c", 1, "li", date(2024, 5, 1)),)
    book.refused("persons_differ", ProposeMerge("p", "c", "d"), HAN)
    book.refused("same_person", ApproveMerge("p", "c", 1), LI)
    book.refused("stale_proposal", ApproveMerge("p", "c", 2), HAN)
    book.order("1.00")
    book.refused("stale_proposal", ApproveMerge("p", "c", 1), HAN)  # the card is another by now
    book.do(ProposeMerge("p", "c", "e"), actor=LI)
    book.refused("same_person", RejectMerge("p", "c", 2), LI)
    book.do(RejectMerge("p", "c", 2), actor=HAN)
    book.refused("nothing_proposed", ApproveMerge("p", "c", 3), HAN)
    book.do(ProposeMerge("p", "c", "e"), actor=LI)
    book.do(ApproveMerge("p", "c", 4), actor=HAN)
    assert (book.points("e"), book.bank.report("points", "proposals").rows) == (11, ())
    book.do(CloseAccount("c", into="e"))  # the card binds this party no more
    book.refund("o1", "10.00")
    assert (book.points("e"), book.balance("bank:demand:e")) == (1, 999_00)
    assert book.sound()


def test_a_card_is_merged_into_its_twin_only() -> None:
    book = twins()
    firm(book)
    for card, into in (("c", "c"), ("c", "d"), ("c", "f"), ("f", "c")):
        book.refused("persons_differ", ProposeMerge("p", card, into), LI)
    book.refused("not_found", ProposeMerge("p", "c", "x"), LI)
    book.do(ProposeMerge("p", "c", "e"), actor=LI)
    book.do(CloseCard("p", "e"))
    book.refused("card_closed", ApproveMerge("p", "c", 1), HAN)
    assert book.sound()


def test_money_of_a_frozen_provider_waits_and_stops_no_merger() -> None:
    book = twins(least_redeemed=1)
    book.redeem(10)
    book.refund("o1", "10.00")
    book.pay_in(e="10.00")
    book.order("10.00", card="e")
    book.do(CourtFreeze("g", "k"))
    book.merge("c", "e")  # what e holds of g repays what c owes
    assert book.books.balance(AccountPath("points:p:provider:g:fund")) == 0
    assert book.balance("bank:demand:g") == Amount.parse("1,009.90", "CNY/2").quantity
    assert book.sound()
