"""Who takes part in a wealth programme: parties with current accounts, bound as long as they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.products.holders import cny

from bankcore.errors import ActorNotPermitted
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
from bankcore.testing import registration


def party(book: Any, id: str, *without: str) -> None:
    """A party, perhaps without document or account, or suspended."""
    for command in registration(id, identified="document" not in without):
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
    book.refused("not_found", join("x"))
    party(book, "x", without)
    book.refused(code, join("x"))


@pytest.mark.parametrize("role", JOINING)
def test_operators_and_merchants_are_identified_and_clients_need_not_be(mall: Any, role: str) -> None:
    book, join = mall(), JOINING[role]
    party(book, "x", "document")
    if role == "client":
        book.do(join("x"))
    else:
        book.refused("not_identified", join("x"))


def test_the_operator_s_account_is_in_the_unit_of_the_programme(mall: Any) -> None:
    book = mall()
    party(book, "x")
    book.refused("unit_mismatch", OpenProgramme("x", {"unit": "USD/2"}))  # type: ignore[arg-type]


def test_a_client_of_the_prepaid_profile_is_anonymous_until_identified(mall: Any) -> None:
    book = mall(fund="9,000.00", profile="prepaid-cn", bonus_tiers=[["0", "0%"]])
    book.join("anon", identified=False)
    book.recharge("anon", "1,000.00")
    book.refused("balance_cap", Recharge("o", "anon", cny("0.01"), "r"))
    book.do(parties.IdentifyParty("anon", "passport", "7"))
    book.recharge("anon", "4,000.00")
    book.refused("balance_cap", Recharge("o", "anon", cny("0.01"), "r"))
    book.refused("not_withdrawable", Withdraw("o", "anon", cny("1.00")))
    book.close_until(date(2024, 8, 1))
    book.withdraw("anon", "1.00")
    assert book.sound()


# --- what binds -----------------------------------------------------------------------------------------


def test_who_takes_part_keeps_account_and_data_and_who_left_may_have_both_go(mall: Any) -> None:
    book = mall(merchants=("own", "m"), fund="100.00")
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "m")
    for id in ("a", "m", "o"):
        book.refused("contracts_open", current.CloseAccount(id))
        book.refused("contracts_open", parties.EraseParty(id))
    book.settle("m")
    book.do(CloseMerchant("o", "m"))
    book.do(CloseClient("o", "a"))
    for id in ("a", "m"):
        assert [it.id for it in open_contracts(book.books, id)] == [f"{id}:current:std"]
        book.do(current.CloseAccount(id))
    book.refused("contracts_open", current.CloseAccount("o"))
    assert book.sound()


def test_a_suspended_client_neither_recharges_nor_buys_and_may_withdraw(mall: Any) -> None:
    book = mall(fund="100.00")
    book.recharge("a", "50.00")
    book.do(parties.SuspendParty("a", "by order"))
    book.refused("party_suspended", Recharge("o", "a", cny("1.00"), "r"))
    book.refused("party_suspended", Consume("o", "a", "own", cny("1.00"), "p"))
    book.withdraw("a", "50.00")
    assert book.balance("bank:demand:a") == 50_00


def test_a_suspended_operator_takes_no_cash_from_clients(mall: Any) -> None:
    book = mall(fund="100.00")
    book.do(parties.SuspendParty("o", "by order"))
    book.refused("party_suspended", Recharge("o", "a", cny("1.00"), "r"))


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
        book.refused("party_suspended", command, f"{role}:li")


# --- merchants --------------------------------------------------------------------------------------


def test_an_operator_registers_its_own_shops_and_others_register_themselves(mall: Any) -> None:
    book = mall()
    party(book, "m")
    book.refused("actor_not_permitted", RegisterMerchant("o", "m"), "operator:o")
    book.refused("actor_not_permitted", RegisterMerchant("o", "m", own=True), "merchant:m")
    book.refused("actor_not_permitted", RegisterMerchant("o", "m"), "merchant:n")
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
    book.refused("actor_not_permitted", refund, "operator:o")
    book.settle("m")
    book.refused("actor_not_permitted", refund, "operator:o")
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
        book.refused("actor_not_permitted", command, "merchant:own")
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
    book.refused("takings_left", CloseMerchant("o", "m"))
    book.settle("m")
    for id in ("m", "own"):
        book.do(CloseMerchant("o", id))
        book.refused("merchant_closed", CloseMerchant("o", id))
        book.refused("merchant_closed", Consume("o", "a", id, cny("1.00"), "q"))
        book.refused("merchant_closed", Bind("o", "a", id))
    book.refused("merchant_closed", Refund("o", "m", "p", cny("1.00")))
    book.refused("already_taken", RegisterMerchant("o", "m"))
    assert book.balance("wallet:o:takings:m") == 0
    assert book.sound()


def test_pooled_takings_keep_a_merchant_too(mall: Any) -> None:
    book = mall(merchants=("m",), fund="100.00", ring_fence_third_party=False)
    book.recharge("a", "50.00")
    book.buy("a", "20.00", "m")
    book.refused("takings_left", CloseMerchant("o", "m"))


# --- the operator's account -------------------------------------------------------------------------------


def test_the_reserve_is_paid_from_and_to_the_operator_s_account(mall: Any) -> None:
    book = mall(threshold="50.00", bonus_tiers=[["0", "0%"]])
    book.refused("balance_floor_breached", FundReserve("o", cny("0.01")))
    book.cash_in("80.00")
    book.do(FundReserve("o", cny("70.00")))
    book.recharge("a", "10.00")
    book.do(PayIn("o", cny("10.00")))
    assert (book.balance("bank:demand:o"), book.reserve()) == (0, 70_00)
    book.do(TakeOut("o", cny("20.00")))
    assert (book.balance("bank:demand:o"), book.balance("bank:cash")) == (20_00, 80_00)
    book.do(current.ReportLost("o"))
    book.refused("account_frozen", FundReserve("o", cny("1.00")))
    book.close()
    assert book.sound()
