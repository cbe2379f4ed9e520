"""What happens to an order and its certificate, case by case; amounts in fen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.products.circle import Circle
from tests.products.holders import cny

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountType, Status
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.actor import Actor
from bankcore.products import time_deposit
from bankcore.products.certificate import (
    ChangeTerms,
    InitiateOrder,
    IssueLink,
    OrderConfig,
    PermitThirdParty,
    RegisterThirdParty,
    RevokeLink,
    my_shares,
)
from bankcore.products.parties import RestoreParty, SuspendParty

MATURITY = date(2025, 1, 10)


# --- before the certificate opens ---------------------------------------------------------------------


def test_who_leaves_gets_demand_interest_and_may_come_back(circle: Any) -> None:
    book = circle()
    book.order()
    book.confirm("a", "3,333.33")
    book.close_days(10)
    book.leave("a")
    assert (book.demand("a"), book.share("a").state.value) == (3_333_65, "withdrawn")
    book.pay("a", "3,333.65")
    assert book.balance("certificate:cd:escrow:k:a") == 3_333_65
    assert book.sound()


def test_escrow_may_earn_nothing(circle: Any) -> None:
    book = circle()
    book.order(escrow_interest="none")
    book.confirm("a", "5,000.00")
    book.close_days(10)
    book.leave("a")
    assert book.demand("a") == 5_000_00


def test_the_lock_begins_so_many_days_before_the_deadline_ends(circle: Any) -> None:
    book = circle()
    book.order(window=5, lock=2)
    book.confirm("a", "1.00")
    book.confirm("b", "1.00")
    book.close_days(3)
    book.leave("a")
    book.close()
    assert book.refusal(lambda: book.leave("b"))["until"] == "2024-01-13"
    book.close_days(2)
    assert book.state() == "failed"


def test_an_order_without_a_link_fails_too(circle: Any) -> None:
    book = circle()
    book.request(window=3)
    book.close_days(4)
    assert book.state() == "failed"
    assert book.sound()


def test_a_cancelled_order_pays_everybody_back(circle: Any) -> None:
    book = circle()
    book.order()
    book.confirm("a", "3,333.33")
    book.confirm("b", "3,333.33")
    book.close_days(10)
    book.cancel()
    assert (book.demand("a"), book.demand("b"), book.state()) == (3_333_65, 3_333_65, "cancelled")
    book.close_days(30)
    assert book.state() == "cancelled"
    assert book.sound()


def test_escrow_of_a_closed_account_goes_to_suspense(circle: Any) -> None:
    book = circle()
    book.order(window=3)
    book.confirm("a", "100.00")
    book.confirm("b", "100.00")
    book.freeze("bank:demand:a", Status.CLOSED)
    book.close_days(4)
    assert (book.balance("bank:suspense:a"), book.demand("b")) == (100_00, 100_00)
    assert book.state() == "failed"


def test_a_partial_confirmation_fills_the_order(circle: Any) -> None:
    book = circle()
    book.order(target="100.00", overflow="partial", step="5.00")
    book.confirm("a", "95.00")
    book.confirm("b", "50.00")
    assert (book.demand("b"), book.share("b").amount, book.state()) == (45_00, 5_00, "active")


def test_the_last_share_may_be_smaller_than_the_least(circle: Any) -> None:
    book = circle()
    book.order(target="100.00")
    book.confirm("a", "99.50")
    book.confirm("b", "0.50")
    assert book.state() == "active"


def test_fixed_shares(circle: Any) -> None:
    book = circle()
    book.filled("4,000.00", "4,000.00", "4,000.00", amount_type="fixed", share="4,000.00")
    assert str(book.read().rate) == "2.45%"


def test_equal_shares_in_any_order(circle: Any) -> None:
    book = circle()
    book.order(amount_type="equal", seats=3)
    for customer, amount in zip("abc", ("3,333.33", "3,333.34", "3,333.33"), strict=True):
        book.confirm(customer, amount)
    assert book.state() == "active"


@pytest.mark.parametrize("consenting", ["abc", "ab", ""])
def test_a_lower_certificate_needs_everybodys_consent(circle: Any, consenting: str) -> None:
    book = circle()
    book.order(shortfall="open-lower", window=10)
    for customer in "abc":
        book.confirm(customer, "3,333.33")
    if consenting:
        book.consent("open-lower", *consenting)
    book.close_days(11)
    assert book.sound()
    if len(consenting) < 3:
        assert book.state() == "failed"
        return
    assert (book.state(), str(book.read().rate)) == ("active", "1.75%")  # the tier of the real total
    assert [book.share(customer).amount for customer in "abc"] == [3_333_33, 3_333_33, 3_332_34]
    assert [book.demand(customer) for customer in "abc"] == [32, 32, 32 + 99]  # above a whole yuan
    assert book.read().principal == 9_999_00


@pytest.mark.parametrize("amounts", [("30.00", "19.00"), ("100.00", "0.01")])
def test_too_little_for_a_lower_certificate(circle: Any, amounts: tuple[str, str]) -> None:
    book = circle()
    book.order(shortfall="open-lower", window=3, least_share="0.01")
    for customer, amount in zip("ab", amounts, strict=True):
        book.confirm(customer, amount)
    book.consent("open-lower", "a", "b")
    book.close_days(4)
    assert book.state() == "failed"
    assert book.sound()


def test_nobody_confirmed_a_lower_certificate(circle: Any) -> None:
    book = circle()
    book.order(shortfall="open-lower", window=3)
    book.close_days(4)
    assert book.state() == "failed"


# --- a changed configuration ----------------------------------------------------------------------------


def test_who_does_not_agree_again_is_paid_back_after_five_business_days(circle: Any) -> None:
    book = circle()
    book.order()
    book.confirm("a", "5,000.00")
    book.confirm("b", "1,000.00")
    digest = book.read().digest
    book.change(target="20,000.00")
    assert book.read().digest != digest
    book.reconfirm("a")
    book.close_days(7)
    assert book.share("b").state.value == "confirmed"
    book.close()  # Wednesday the 10th and five business days: the 17th
    assert (book.share("b").state.value, book.demand("b")) == ("refunded", 1_000_07)
    assert book.share("a").state.value == "confirmed"
    book.confirm("b", "1.00")
    assert book.sound()


def test_those_who_take_part_and_those_invited_are_told_the_new_digest_and_until_when(circle: Any) -> None:
    book = circle("abc")
    book.register("d", "e")
    book.order(invited="a,b")
    book.invite("d", nonce="n2")
    book.invite("e", nonce="n3")
    book.confirm("b", "1,000.00")
    book.do(RevokeLink("cd", "k", "a", "n1"))
    book.do(RevokeLink("cd", "k", "a", "n3"))
    book.refused("amount_not_admitted", lambda: book.change(target="50.01"))
    assert book.notices("config-changed") == []
    book.change(target="20,000.00")
    told = book.notices("config-changed")
    assert [(it.party, it.subject) for it in told] == [("b", "cd/k"), ("d", "cd/k")]
    assert dict(told[0].data) == {"config": book.read().digest, "until": "2024-01-17"}
    assert book.read().reconfirm_until == date(2024, 1, 17)


def test_who_did_not_agree_leaves_even_behind_the_lock(circle: Any) -> None:
    book = circle()
    book.order(window=5, lock=2)
    book.confirm("a", "5,000.00")
    book.close_days(4)
    book.change(seats=3)
    book.leave("a")
    assert book.share("a").state.value == "withdrawn"


def test_a_lower_target_opens_with_those_who_agree_and_pays_the_others_back(circle: Any) -> None:
    book = circle()
    book.order()
    for customer, amount in zip("abc", ("100.00", "200.00", "300.00"), strict=True):
        book.confirm(customer, amount)
    book.change(target="300.00")
    book.reconfirm("a")
    book.reconfirm("b")
    assert (book.state(), book.read().principal) == ("active", 300_00)
    assert (book.share("c").state.value, book.demand("c")) == ("refunded", 300_00)
    assert book.sound()


def test_a_seat_is_taken_by_those_who_agree(circle: Any) -> None:
    book = circle()
    book.order()
    for customer in "abc":
        book.confirm(customer, "100.00")
    book.change(seats=2)
    book.reconfirm("c")
    book.reconfirm("a")
    book.refused("seats_taken", lambda: book.reconfirm("b"))


def test_a_change_before_the_link_voids_nothing(circle: Any) -> None:
    book = circle()
    book.request()
    book.change(target="20,000.00", window=20)
    book.do(IssueLink("cd", "k", "a", "n1", "a"))
    book.close_days(10)
    assert book.state() == "open"


def test_a_change_after_consent_asks_for_consent_again(circle: Any) -> None:
    book = circle()
    book.order(shortfall="open-lower", window=5)
    book.confirm("a", "100.00")
    book.consent("open-lower", "a")
    book.change(window=8)
    book.reconfirm("a")
    book.close_days(9)
    assert book.state() == "failed"


# --- notices --------------------------------------------------------------------------------------------


def told(book: Circle, topic: str) -> list[tuple[str, str]]:
    return [(it.party, it.subject) for it in book.notices(topic)]


def test_everybody_is_told_that_an_order_is_filled_once_it_is(circle: Any) -> None:
    book = circle()
    book.order("b,c", target="200.00")
    book.confirm("b", "100.00")
    assert told(book, "order-filled") == []
    book.confirm("c", "100.00")
    assert told(book, "order-filled") == [("a", "cd/k"), ("b", "cd/k"), ("c", "cd/k")]
    assert {it.data["total"] for it in book.notices("order-filled")} == {"200.00 CNY"}


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_everybody_is_told_that_an_order_ended(circle: Any, end: str) -> None:
    book = circle()
    book.order(window=3)
    book.confirm("b", "100.00")
    book.cancel() if end == "cancelled" else book.close_days(4)
    assert told(book, "order-failed") == [("a", "cd/k"), ("b", "cd/k")]
    assert [it.data["state"] for it in book.notices("order-failed")] == [end, end]


def test_who_did_not_agree_again_is_told_that_he_is_out(circle: Any) -> None:
    book = circle()
    book.order("a,b", order="l", target="400.00")
    book.confirm("a", "200.00", "l")
    book.confirm("b", "100.00", "l")
    book.change("l", target="200.00")
    book.reconfirm("a", "l")  # which fills it without b
    assert told(book, "order-filled") == [("a", "cd/l")]
    assert told(book, "confirmation-lapsed") == [("b", "cd/l")]
    book.order("a,b", order="m")
    book.confirm("a", "100.00", "m")
    book.change("m", seats=3)
    book.close_days(8)
    assert told(book, "confirmation-lapsed")[1:] == [("a", "cd/m")]


def test_a_share_on_offer_is_told_to_the_others_and_its_sale_to_the_seller(circle: Any) -> None:
    book = circle("abcd")
    book.filled("6,000.00", "4,000.00", "2,000.00")
    book.deposit("d", "2,000.00")
    book.sell("c", "d", "2.20%")
    assert told(book, "share-offered") == [("a", "cd/k"), ("b", "cd/k")]
    offer = book.notices("share-offered")[0].data
    assert (offer["seller"], offer["amount"], offer["rate"]) == ("c", "2,000.00 CNY", "2.2%")
    assert [(it.party, it.data["paid"]) for it in book.notices("share-sold")] == [("c", "1,998.00 CNY")]


# --- third parties, terms, accounts -----------------------------------------------------------------------


def test_a_third_party_initiates_within_its_permission(circle: Any) -> None:
    book = circle(profile="cn")
    book.register("shop")
    book.do(RegisterThirdParty("cd", "shop", "partner, mobile", cny("20,000.00")))
    assert book.bound("shop") == {"cd/third-party/permission"}
    for permitted, bound in ((False, set()), (False, set()), (True, {"cd/third-party/permission"})):
        book.do(PermitThirdParty("cd", "shop", permitted))
        assert book.bound("shop") == bound
    book.do(InitiateOrder("cd", "k", "shop", "CD12", "partner", OrderConfig(target=20_000_00)))
    assert book.state() == "requested"


def test_an_order_named_as_a_third_party_still_binds_it_without_its_permission(circle: Any) -> None:
    book = circle()
    book.do(RegisterThirdParty("cd", "b", "partner", cny("20,000.00")))
    book.filled("5,000.00", "5,000.00", order="third-party")
    book.do(PermitThirdParty("cd", "b", False))
    assert book.bound("b") == {"cd/third-party"}
    book.close_until(date(2025, 1, 11))
    assert (book.state("third-party"), book.bound("b")) == ("paid", set())
    assert book.sound()


def test_orders_of_a_third_party_stop_with_its_permission_where_the_terms_say_so(circle: Any) -> None:
    for withdrawal in ("go-on", "stop"):
        book = circle(withdrawal=withdrawal)
        book.register("shop")
        book.do(RegisterThirdParty("cd", "shop", "partner", cny("20,000.00")))
        book.do(InitiateOrder("cd", "k", "shop", "CD12", "partner"), "operator:shop")
        book.do(IssueLink("cd", "k", "shop", "n1", "a,b,c"), "operator:shop")
        book.confirm("a", "100.00")
        book.deposit("b", "100.00")
        book.do(PermitThirdParty("cd", "shop", False))
        told = book.notices("permission-withdrawn")
        assert [(it.party, it.subject, it.data["orders"]) for it in told] == [("shop", "cd", withdrawal)]
        if withdrawal == "stop":
            book.refused("order_stopped", lambda it=book: it.pay("b", "100.00"))
            book.leave("a")  # nobody is held back
            book.do(PermitThirdParty("cd", "shop", True))
            assert [it.party for it in book.notices("permission-given")] == ["shop"]
        book.pay("b", "100.00")
        assert book.balance("certificate:cd:escrow:k:b") == 100_00


def test_orders_of_who_is_suspended_stop_where_the_terms_say_so(circle: Any) -> None:
    book = circle(withdrawal="stop")
    book.order()
    book.confirm("b", "100.00")
    book.change(seats=3)
    book.do(SuspendParty("a", "fraud"))
    book.refused("order_stopped", lambda: book.reconfirm("b"))
    book.do(RestoreParty("a", "cleared"))
    book.reconfirm("b")


def test_an_open_certificate_keeps_its_rate(circle: Any) -> None:
    book = circle()
    book.order(target="10,000.00")
    book.do(ChangeTerms("cd", {"products": {"CD12": [12, "1%"]}, "tiers": [["0", "1"]]}))
    book.confirm("a", "10,000.00")
    assert str(book.read().rate) == "2.45%"
    book.close_until(date(2025, 1, 11))
    assert book.demand("a") == 10_245_00


def test_new_terms_begin_on_their_day(circle: Any) -> None:
    book = circle()
    book.do(ChangeTerms("cd", {"products": {"CD12": [12, "1%"]}}, date(2024, 1, 12)))
    book.filled("10,000.00", order="k")
    book.close_days(2)
    book.filled("10,000.00", order="l")
    assert [str(book.read(order).rate) for order in "kl"] == ["2.45%", "1.4%"]


# --- maturity -----------------------------------------------------------------------------------------------


def test_monthly_accrual_comes_to_the_same(circle: Any) -> None:
    paid = []
    for accrue in ("daily", "month-end", "quarter-end", "events"):
        book = circle(accrue=accrue, on=date(2024, 1, 31))
        book.filled("3,333.67", "3,333.67", "3,333.66")
        book.close_until(date(2024, 8, 2))
        assert book.sound()
        book.close_until(date(2025, 2, 1))
        paid.append([book.demand(customer) for customer in "abc"])
    assert paid == 4 * [[3_415_35, 3_415_34, 3_415_33]]


def test_paid_the_business_day_before_as_if_matured(circle: Any) -> None:
    book = circle(on=date(2021, 3, 27))
    book.filled("10,000.00", roll="preceding")
    book.close_until(date(2022, 3, 26))
    assert (book.state(), book.demand("a")) == ("paid", 10_245_00)


def test_a_frozen_share_is_paid_to_suspense_and_blocks_nobody(circle: Any) -> None:
    book = circle()
    book.filled("3,000.00", "3,000.00", "4,000.00")
    book.freeze_share("b")
    book.close_until(date(2025, 1, 11))
    assert (book.state(), book.demand("a"), book.demand("c")) == ("paid", 3_073_50, 4_098_00)
    assert (book.demand("b"), book.balance("bank:suspense:b")) == (0, 3_073_50)


def test_a_released_share_is_paid_as_any_other(circle: Any) -> None:
    book = circle()
    book.filled("3,000.00", "7,000.00")
    book.freeze_share("b")
    book.release_share("b")
    book.close_until(date(2025, 1, 11))
    assert book.demand("b") == 7_171_50


def test_tax_is_withheld_from_interest(circle: Any) -> None:
    book = circle(withholding="20%")
    book.filled("10,000.00")
    book.close_until(date(2025, 1, 11))
    assert (book.demand("a"), book.balance("bank:withholding-tax")) == (10_196_00, 49_00)


def test_a_payment_waits_for_a_frozen_account_and_earns_meanwhile(circle: Any) -> None:
    book = circle()
    book.filled("10,000.00")
    book.freeze("bank:interest-expense")
    book.close_until(date(2025, 1, 12))
    assert book.state() == "active"
    book.freeze("bank:interest-expense", Status.OPEN)
    book.close()
    assert (book.state(), book.demand("a")) == ("paid", 10_245_00 + 19)  # two days at 0.35%


def test_an_account_opened_by_hand_stops_no_close(circle: Any) -> None:
    book = circle()
    book.order(window=3, shortfall="open-lower")
    book.confirm("a", "100.00")
    book.consent("open-lower", "a")
    account = Account("certificate:cd:share:k:a", AccountType.LIABILITY, "CNY/2")
    book.bank.ledger.open([account], key="hand")
    book.close_days(5)
    assert book.state() == "open"
    book.cancel()
    assert book.demand("a") == 100_00


def test_an_accrual_that_a_frozen_account_missed_is_made_good(circle: Any) -> None:
    book = circle("ab", accrue="month-end")
    book.filled("10,000.00", order="k")
    book.filled("10,000.00", order="l")
    book.freeze("certificate:cd:interest:k")
    book.close_until(date(2024, 2, 1))
    payable = [book.balance(f"certificate:cd:interest:{order}") for order in "kl"]
    assert payable == [0, 14_29]
    book.freeze("certificate:cd:interest:k", Status.OPEN)
    book.freeze("bank:interest-expense")
    book.close_until(date(2024, 3, 1))
    book.freeze("bank:interest-expense", Status.OPEN)
    book.close_until(date(2024, 4, 1))
    payable = [book.balance(f"certificate:cd:interest:{order}") for order in "kl"]
    assert payable == [55_13, 55_13]
    assert book.sound()


@pytest.mark.parametrize(("rollover", "left"), [("principal", [81_67, 81_67, 81_66]), ("all", [0, 0, 0])])
def test_rollover_opens_a_new_certificate_at_the_rate_of_the_day(
    circle: Any, rollover: str, left: list[int]
) -> None:
    book = circle()
    book.filled("3,333.34", "3,333.33", "3,333.33", rollover=rollover)
    book.do(ChangeTerms("cd", {"products": {"CD12": [12, "1%"]}}))
    book.close_until(date(2025, 1, 11))
    assert (book.state("k"), book.state("k.2"), str(book.read("k.2").rate)) == ("paid", "active", "1.4%")
    assert [book.demand(customer) for customer in "abc"] == left
    assert book.sound()
    book.close_until(date(2026, 1, 11))
    assert (book.state("k.2"), book.state("k.3")) == ("paid", "active")
    assert book.sound()


def test_rollover_pays_out_what_is_above_a_whole_one(circle: Any) -> None:
    book = circle()
    book.filled("6,000.00", "4,020.00", rollover="all")
    book.close_until(date(2025, 1, 11))
    assert (book.read("k.2").principal, book.demand("b")) == (10_265_00, 49)


def test_a_frozen_share_is_not_rolled_over(circle: Any) -> None:
    book = circle()
    book.filled("6,000.00", "4,000.00", rollover="principal")
    book.freeze_share("b")
    book.close_until(date(2025, 1, 11))
    assert (book.read("k.2").principal, book.balance("bank:suspense:b")) == (6_000_00, 4_098_00)
    assert str(book.read("k.2").rate) == "1.75%"
    assert book.sound()


def test_who_is_suspended_enters_into_no_new_certificate(circle: Any) -> None:
    book = circle()
    book.filled("6,000.00", "4,000.00", rollover="principal")
    book.do(SuspendParty("b", "fraud"))
    book.close_until(date(2025, 1, 11))
    assert (book.read("k.2").principal, book.demand("b")) == (6_000_00, 4_098_00)
    assert (book.bound("a"), book.bound("b")) == ({"cd/k.2"}, set())
    assert book.sound()


def test_a_certificate_past_what_is_announced_says_so_to_who_asks_and_who_takes_part(circle: Any) -> None:
    terms = {"calendar": "CN-IB", "past_calendar": "weekends", "products": {"CD12": [60, "2%"]}}
    book = circle(**terms)
    book.filled("6,000.00", "4,000.00", roll="following")
    told = book.notices("calendar-ends")
    assert [it.party for it in told] == ["a", "a", "b"]
    assert {it.data["known_to"] for it in told} == {"2026-12-31"}
    assert told[-1].data["last"] == str(book.read().pay_on)
    assert book.read().past_calendar.value == "weekends"


@pytest.mark.parametrize(
    "terms",
    [
        {"products": {"CD24": [24, "2%"]}},  # no longer offered
        {"max_total": "9,999.00"},  # no longer admitted
        {"whole": "9,000,000.00"},  # less than a whole one
        {"calendar": "CN-IB", "products": {"CD12": [60, "2%"]}},  # the calendar ends before
    ],
)
def test_what_cannot_be_rolled_over_is_paid(circle: Any, terms: dict[str, Any]) -> None:
    book = circle()
    book.filled("10,000.00", rollover="all", roll="following")
    book.do(ChangeTerms("cd", terms))
    book.close_until(date(2025, 1, 11))
    assert (book.state(), book.demand("a")) == ("paid", 10_245_00)
    assert book.sound()


def test_nothing_is_rolled_over_where_all_is_frozen_or_the_name_is_taken(circle: Any) -> None:
    book = circle()
    book.filled("10,000.00", order="k", rollover="all")
    book.freeze_share("a")
    book.filled("10,000.00", order="l", rollover="all")
    for name in ("l.2", "l.10", "x.0", "l.2.2"):  # nobody chooses the name of a rollover
        book.refused("bad_command", lambda name=name: book.request(name))
    book.request("l.two")
    taken = Record("certificate.order", "cd:l.2", dict(book.books.record("certificate.order", "cd:l").data))
    book.bank.ledger.post(Transaction(kind="x", effective_on=book.books.today, records=(taken,), key="taken"))
    book.close_until(date(2025, 1, 11))
    assert (book.state("k"), book.state("l"), book.demand("a")) == ("paid", "paid", 10_245_00)


# --- exits, sales, redemption -------------------------------------------------------------------------------


def test_an_exit_of_a_part_keeps_the_rest(circle: Any) -> None:
    book = circle(withholding="10%")
    book.filled("6,000.00", "5,000.00", exits=2)
    book.close_until(date(2024, 4, 19))
    book.exit("b", "400.00")
    assert (book.share("b").amount, book.demand("b")) == (4_600_00, 400_00 + 39 - 4)
    book.exit("b", "100.00")
    book.close_until(date(2025, 1, 11))
    assert book.demand("a") == 6_000_00 + 147_00 - 14_70
    assert book.sound()


def test_a_demand_rate_above_the_accrual_is_the_banks_cost(circle: Any) -> None:
    book = circle(products={"CD12": [12, "0.10%"]})
    book.filled("6,000.00", "5,000.00")
    book.close_until(date(2024, 4, 19))
    book.exit("b", "1,000.00")
    assert book.demand("b") == 1_000_97
    assert book.share("b").cost < 0
    assert book.sound()


def test_a_buyer_adds_to_a_share_and_consents_anew(circle: Any) -> None:
    book = circle()
    book.filled("6,000.00", "3,000.00", "1,000.00")
    book.consent("redemption")
    book.deposit("c", "4,000.00")
    book.close_days(30)
    book.sell("b", "c", "1%")
    assert (book.share("c").amount, book.share("b").state.value) == (4_000_00, "sold")
    assert book.refusal(book.redeem)["missing"] == "c"
    book.deposit("b", "5,000.00")
    book.sell("c", "b", "0%")
    assert (book.share("b").amount, book.share("b").place[0]) == (4_000_00, 3)
    assert book.sound()


def test_a_share_without_interest_is_sold_for_its_principal(circle: Any) -> None:
    book = circle(products={"CD12": [12, "0%"]})
    book.filled("10,000.00")
    book.deposit("b", "10,000.00")
    book.close_days(30)
    book.sell("a", "b", "0%")
    assert (book.demand("a"), book.demand("b")) == (9_990_00, 0)


def test_early_redemption_withholds_tax(circle: Any) -> None:
    book = circle(withholding="20%")
    book.filled("6,000.00", "4,000.00")
    book.close_days(100)
    book.consent("redemption", "a", "b")
    book.redeem()
    assert (book.state(), book.demand("a"), book.demand("b")) == ("paid", 6_004_66, 4_003_11)
    assert book.sound()
    book.close_until(date(2025, 1, 11))
    assert book.state() == "paid"


def test_deposits_above_what_is_insured_are_looked_through_to(circle: Any) -> None:
    book = circle(insured="5,000.00")
    book.filled("6,000.00", "4,000.00")
    book.deposit("a", "100.00")
    rows = {row[1]: tuple(map(str, row[2:])) for row in book.bank.report("certificate", "insurance").rows}
    assert rows["a"] == ("6,100.00 CNY", "5,000.00 CNY", "1,100.00 CNY")
    assert "c" not in rows


def test_insurance_counts_the_deposits_of_a_party_over_the_whole_bank(circle: Any) -> None:
    book = circle()
    book.filled("6,000.00", "4,000.00")
    book.do(time_deposit.OpenProgramme("3m"))
    for customer, amount in (("a", "498,000.00"), ("b", "1,000.00")):
        book.deposit(customer, amount)
        book.do(time_deposit.OpenDeposit("3m", f"d{customer}", customer, cny(amount)))
    told = {row[1]: tuple(map(str, row[2:])) for row in book.bank.report("certificate", "insurance").rows}
    assert told == {
        "a": ("504,000.00 CNY", "500,000.00 CNY", "4,000.00 CNY"),
        "b": ("5,000.00 CNY", "5,000.00 CNY", "0.00 CNY"),
    }
    own = book.bank.report("certificate", "insurance", Actor.parse("customer:b"))
    assert [row[1] for row in own.rows] == ["b"]


# --- reports ------------------------------------------------------------------------------------------------


def report(book: Any, name: str) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in book.bank.report("certificate", name).rows]


def test_reports_of_an_order_being_filled(circle: Any) -> None:
    book = circle(customers=("alice", "王小明"))
    book.order(window=20)
    book.confirm("alice", "3,000.00")
    book.close_days(9)
    book.confirm("王小明", "2,000.00")
    book.change(seats=4)
    book.reconfirm("alice")
    assert report(book, "funding") == [
        ("cd", "k", "open", "10,000.00 CNY", "5,000.00 CNY", "5,000.00 CNY", "2", "2024-01-30", "11")
    ]
    assert report(book, "participants") == [
        ("cd", "k", "a***", "3,000.00 CNY", "2024-01-10", "yes"),
        ("cd", "k", "王***", "2,000.00 CNY", "2024-01-19", "to reconfirm"),
    ]
    ages = ("5,000.00 CNY", "2,000.00 CNY", "3,000.00 CNY", "0.00 CNY", "0.00 CNY")
    assert report(book, "escrow") == [("cd", "k", *ages)]
    (row,) = my_shares(book.books, "cd", "alice").rows
    assert tuple(map(str, row[:4])) == ("k", "open", "confirmed", "3,000.00 CNY")


def test_who_takes_part_sees_an_order_being_filled_and_nobody_else(circle: Any) -> None:
    book = circle("abd")
    book.register("shop")
    book.do(RegisterThirdParty("cd", "shop", "partner", cny("20,000.00")))
    book.do(
        InitiateOrder("cd", "l", "shop", "CD12", "partner", OrderConfig(target=20_000_00)), "operator:shop"
    )
    book.order("a,b")
    book.confirm("b", "100.00")
    seen = {"": "kl", "officer:li": "kl", "customer:a": "k", "customer:b": "k", "operator:shop": "l"}
    for actor in (*seen, "customer:d", "customer:shop", "operator:a", "merchant:b"):
        asking = Actor.parse(actor) if actor else None
        rows = book.bank.report("certificate", "funding", asking).rows
        assert [row[1] for row in rows] == [*seen.get(actor, "l" if actor == "customer:shop" else "")]
        paid = book.bank.report("certificate", "participants", asking).rows
        assert len(paid) == ("k" in seen.get(actor, ""))


def test_reports_of_certificates(circle: Any) -> None:
    book = circle()
    book.filled("6,001.00", "5,003.00", "3,997.00")
    book.order(order="other", invited="b")
    book.close_until(date(2024, 4, 19))
    book.exit("c")
    book.freeze_share("b")
    assert report(book, "certificates") == [
        ("cd", "k", "a", "6,001.00 CNY", "2.45%", "2024-01-10", "2025-01-10", ""),
        ("cd", "k", "b", "5,003.00 CNY", "2.45%", "2024-01-10", "2025-01-10", "court order 7"),
    ]
    assert report(book, "maturities") == [("cd", "2025-01", "1", "11,004.00 CNY", "269.60 CNY")]
    book.close_days(1)
    assert report(book, "accruals") == [
        ("cd", "k", "2.45%", "11,004.00 CNY", "74.14 CNY", "74.89 CNY", "0.75 CNY")
    ]
    assert report(book, "early-exits") == [("cd", "k", "c", "1", "3.89 CNY", "23.04 CNY")]
    (row,) = my_shares(book.books, "cd", "a").rows
    assert tuple(map(str, row)) == (
        "k", "active", "share", "6,001.00 CNY", "40.84 CNY", "0.00 CNY", "2.45%", "2025-01-10", "",
    )  # fmt: skip
    assert report(book, "shares")[0] == ("cd", "a", *map(str, row))
    assert [row[:5] for row in report(book, "shares")][2] == ("cd", "c", "k", "active", "exited")
    with pytest.raises(BankcoreError, match="no party x"):
        my_shares(book.books, "cd", "x")
