"""Who takes part in a wealth programme: parties with current accounts, bound as long as they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.products.holders import accounts

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, BankcoreError
from bankcore.product.actor import Actor
from bankcore.product.parties import open_contracts
from bankcore.products import current, parties
from bankcore.products.wallet import (
    Bind,
    CloseClient,
    CloseMerchant,
    Consume,
    FundReserve,
    IssueCode,
    OpenProgramme,
    PayIn,
    Recharge,
    Refund,
    RegisterClient,
    RegisterMerchant,
    RequestPayment,
    Sweep,
    TakeOut,
    Unbind,
    Withdraw,
)
from bankcore.units import Unit


def cny(text: str) -> Amount:
    return Amount.parse(text, Unit("CNY/2"))


def refused(book: Any, command: Any, code: str, actor: str = "") -> None:
    head = book.bank.ledger.reader.head()
    with pytest.raises(BankcoreError) as caught:
        book.bank.handle(command, "refused", Actor.parse(actor) if actor else None)
    assert caught.value.code == code, caught.value
    assert book.bank.ledger.reader.head() == head


def party(book: Any, id: str, *without: str) -> None:
    """A party, perhaps without document or account, or suspended."""
    for command in accounts(id, identified="document" not in without):
        if not (isinstance(command, current.OpenAccount) and "account" in without):
            book.do(command)
    if "favour" in without:
        book.do(parties.SuspendParty(id, "by order"))


# --- who may take part --------------------------------------------------------------------------------

JOINING: dict[str, Callable[[str], Any]] = {
    "operator": OpenProgramme,
    "client": lambda id: RegisterClient("o", id),
    "merchant": lambda id: RegisterMerchant("o", id),
}


@pytest.mark.parametrize("role", JOINING)
@pytest.mark.parametrize(
    ("without", "code"), [("account", "no_current_account"), ("favour", "party_suspended")]
)
def test_a_role_needs_a_party_in_good_standing_with_an_account(
    mall: Any, role: str, without: str, code: str
) -> None:
    book, join = mall(), JOINING[role]
    refused(book, join("x"), "not_found")
    party(book, "x", without)
    refused(book, join("x"), code)


@pytest.mark.parametrize("role", JOINING)
def test_operators_and_merchants_are_identified_and_clients_need_not_be(mall: Any, role: str) -> None:
    book, join = mall(), JOINING[role]
    party(book, "x", "document")
    if role == "client":
        book.do(join("x"))
    else:
        refused(book, join("x"), "not_identified")


def test_the_operator_s_account_is_in_the_unit_of_the_programme(mall: Any) -> None:
    book = mall()
    party(book, "x")
    refused(book, OpenProgramme("x", {"unit": "USD/2"}), "unit_mismatch")  # type: ignore[arg-type]


def test_a_client_of_the_prepaid_profile_is_anonymous_until_identified(mall: Any) -> None:
    book = mall(fund="9,000.00", profile="prepaid-cn", bonus_tiers=[["0", "0%"]])
    book.join("anon", identified=False)
    book.recharge("anon", "1,000.00")
    refused(book, Recharge("o", "anon", cny("0.01"), "r"), "balance_cap")
    book.do(parties.IdentifyParty("anon", "passport", "7"))
    book.recharge("anon", "4,000.00")
    refused(book, Recharge("o", "anon", cny("0.01"), "r"), "balance_cap")
    refused(book, Withdraw("o", "anon", cny("1.00")), "not_withdrawable")
    book.close_until(date(2024, 8, 1))
    book.withdraw("anon", "1.00")
    assert book.sound()


# --- what binds -----------------------------------------------------------------------------------------


def test_who_takes_part_keeps_account_and_data_and_who_left_may_have_both_go(mall: Any) -> None:
    book = mall(merchants=("own", "m"), fund="100.00")
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "m")
    for id in ("a", "m", "o"):
        refused(book, current.CloseAccount(id), "contracts_open")
        refused(book, parties.EraseParty(id), "contracts_open")
    book.settle("m")
    book.do(CloseMerchant("o", "m"))
    book.do(CloseClient("o", "a"))
    for id in ("a", "m"):
        assert [it.id for it in open_contracts(book.books, id)] == [f"{id}:current:std"]
        book.do(current.CloseAccount(id))
    refused(book, current.CloseAccount("o"), "contracts_open")
    assert book.sound()


def test_a_suspended_client_neither_recharges_nor_buys_and_may_withdraw(mall: Any) -> None:
    book = mall(fund="100.00")
    book.recharge("a", "50.00")
    book.do(parties.SuspendParty("a", "by order"))
    refused(book, Recharge("o", "a", cny("1.00"), "r"), "party_suspended")
    refused(book, Consume("o", "a", "own", cny("1.00"), "p"), "party_suspended")
    book.withdraw("a", "50.00")
    assert book.balance("bank:demand:a") == 50_00


def test_a_suspended_operator_takes_no_cash_from_clients(mall: Any) -> None:
    book = mall(fund="100.00")
    book.do(parties.SuspendParty("o", "by order"))
    refused(book, Recharge("o", "a", cny("1.00"), "r"), "party_suspended")


ONE = cny("1.00")
REPRESENTED: list[tuple[str, Any]] = [
    ("operator", FundReserve("acme", ONE)),
    ("operator", PayIn("acme", ONE)),
    ("operator", TakeOut("acme", ONE)),
    ("operator", Recharge("acme", "acme", ONE, "r")),
    ("operator", Sweep("acme")),
    ("operator", RegisterMerchant("acme", "shop", own=True)),
    ("operator", Refund("acme", "till", "p", ONE)),
    ("operator", CloseMerchant("acme", "acme")),
    ("customer", RegisterClient("acme", "acme")),
    ("customer", Consume("acme", "acme", "till", ONE, "p")),
    ("customer", Withdraw("acme", "acme", ONE)),
    ("customer", CloseClient("acme", "acme")),
    ("customer", Unbind("acme", "acme", "till")),
    ("merchant", RegisterMerchant("acme", "acme")),
    ("merchant", CloseMerchant("acme", "acme")),
    ("merchant", Refund("acme", "acme", "p", ONE)),
]


def test_who_represents_a_firm_and_is_suspended_acts_for_it_no_more(mall: Any) -> None:
    book = mall(clients=("li",))
    for command in (
        parties.RegisterParty("acme", "firm"),
        parties.IdentifyParty("acme", "business-licence", "acme"),
        parties.NameRepresentative("acme", "li"),
        current.OpenAccount("std", "acme"),
        current.CashIn("acme", cny("9.00")),
        OpenProgramme("acme", {"threshold": "0"}),  # type: ignore[arg-type]
        FundReserve("acme", cny("3.00")),
        RegisterMerchant("acme", "till", own=True),
        RegisterMerchant("acme", "acme"),
        RegisterClient("acme", "acme"),
        parties.SuspendParty("li", "by order"),
    ):
        book.do(command)
    for role, command in REPRESENTED:
        refused(book, command, "party_suspended", f"{role}:li")


# --- merchants --------------------------------------------------------------------------------------


def test_an_operator_registers_its_own_shops_and_others_register_themselves(mall: Any) -> None:
    book = mall()
    party(book, "m")
    refused(book, RegisterMerchant("o", "m"), "actor_not_permitted", "operator:o")
    refused(book, RegisterMerchant("o", "m", own=True), "actor_not_permitted", "merchant:m")
    refused(book, RegisterMerchant("o", "m"), "actor_not_permitted", "merchant:n")
    book.bank.handle(RegisterMerchant("o", "m"), "m", Actor.parse("merchant:m"))
    book.bank.handle(RegisterMerchant("o", "shop", own=True), "shop", Actor.parse("operator:o"))
    assert [it.ids[1:] for it in open_contracts(book.books, "m")][1] == ("wallet", "o/merchant")


def test_a_merchant_s_money_is_refunded_by_the_merchant_alone(mall: Any) -> None:
    """An operator and a client in league would have the goods, and the price from the merchant's account."""
    book = mall(merchants=("own", "m"), fund="100.00")
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "m", "p")
    book.buy("a", "10.00", "own", "q")
    refund, operator = Refund("o", "m", "p", cny("20.00")), Actor.parse("operator:o")
    refused(book, refund, "actor_not_permitted", "operator:o")
    book.settle("m")
    refused(book, refund, "actor_not_permitted", "operator:o")
    with pytest.raises(ActorNotPermitted):
        book.bank.preview(refund, operator)
    book.bank.handle(Refund("o", "own", "q", cny("4.00")), "q", operator)
    book.refund("q", "6.00")  # the till of the shop
    book.refund("p", "20.00", "m")
    assert book.pockets("a")["principal"] == 50_00
    assert book.sound()


def test_a_party_with_the_id_of_an_own_shop_does_not_speak_for_it(mall: Any) -> None:
    book = mall(merchants=("own", "m"), fund="100.00")
    party(book, "own")
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "own", "p")
    for command in (
        Refund("o", "own", "p", cny("1.00")),
        CloseMerchant("o", "own"),
        IssueCode("o", "own"),
        RequestPayment("o", "own", "r", cny("1.00"), "2024-06-01T10:00:00+00:00"),
    ):
        refused(book, command, "actor_not_permitted", "merchant:own")
    book.bank.handle(
        RequestPayment("o", "own", "r", cny("1.00"), "2024-06-01T10:00:00+00:00"),
        "r",
        Actor.parse("operator:o"),
    )
    for report in ("merchants", "requests"):
        assert book.bank.report("wallet", report, Actor.parse("merchant:own")).rows == ()
        assert book.bank.report("wallet", report, Actor.parse("operator:o")).rows
    assert [row[1] for row in book.bank.report("wallet", "merchants", Actor.parse("merchant:m")).rows] == [
        "m"
    ]
    book.bank.handle(Refund("o", "own", "p", cny("1.00")), "refund", Actor.parse("operator:o"))


def test_a_merchant_leaves_once_its_takings_are_settled(mall: Any) -> None:
    book = mall(merchants=("own", "m"), fund="100.00")
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "m", "p")
    refused(book, CloseMerchant("o", "m"), "takings_left")
    book.settle("m")
    for id in ("m", "own"):
        book.do(CloseMerchant("o", id))
        refused(book, CloseMerchant("o", id), "merchant_closed")
        refused(book, Consume("o", "a", id, cny("1.00"), "q"), "merchant_closed")
        refused(book, Bind("o", "a", id), "merchant_closed")
    refused(book, Refund("o", "m", "p", cny("1.00")), "merchant_closed")
    refused(book, RegisterMerchant("o", "m"), "already_taken")
    assert book.balance("wallet:o:takings:m") == 0
    assert book.sound()


def test_pooled_takings_keep_a_merchant_too(mall: Any) -> None:
    book = mall(merchants=("m",), fund="100.00", ring_fence_third_party=False)
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "m")
    refused(book, CloseMerchant("o", "m"), "takings_left")


# --- the operator's account -------------------------------------------------------------------------------


def test_the_reserve_is_paid_from_and_to_the_operator_s_account(mall: Any) -> None:
    book = mall(threshold="50.00", bonus_tiers=[["0", "0%"]])
    refused(book, FundReserve("o", cny("0.01")), "balance_floor_breached")
    book.cash_in("80.00")
    book.do(FundReserve("o", cny("70.00")))
    book.recharge("a", "10.00")
    book.do(PayIn("o", cny("10.00")))
    assert (book.balance("bank:demand:o"), book.reserve()) == (0, 70_00)
    book.do(TakeOut("o", cny("20.00")))
    assert (book.balance("bank:demand:o"), book.balance("bank:cash")) == (20_00, 80_00)
    book.do(current.ReportLost("o"))
    refused(book, FundReserve("o", cny("1.00")), "account_frozen")
    book.close()
    assert book.sound()
