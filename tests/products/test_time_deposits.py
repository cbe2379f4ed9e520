"""Time deposits, bought with money or, through the bank, with points."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cash, cny
from tests.products.test_points_examples import CHART, compare, read_examples

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached
from bankcore.feed import Feed
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.transactions import Transaction
from bankcore.products.current import CloseAccount
from bankcore.products.parties import EraseParty, PartyTerms, RegisterParty, RestoreParty, SuspendParty
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.products.points import CloseCard, Redeem
from bankcore.products.time_deposit import (
    ChangeTerms,
    DepositTerms,
    OpenDeposit,
    OpenProgramme,
    WithdrawEarly,
)
from bankcore.products.time_deposit.deposits import NotWholeUnits
from bankcore.rates import Rate, round_half_up
from bankcore.testing import registration
from bankcore.units import Unit

C4 = CHART | {
    "CD:t:c": "time-deposit:3m:t:principal",
    "INTPAY:t": "time-deposit:3m:t:interest",
    "INTEXP": "bank:interest-expense",
}


def bank(**terms: Any) -> Club:
    book = Club(opened_on=date(2024, 5, 31), value="4/5")
    book.do(OpenProgramme("3m", {"accrue": "events", **terms}))
    return book


def place(amount: str, deposit: str = "t") -> OpenDeposit:
    return OpenDeposit("3m", deposit, "c", cny(amount))


def withdraw(amount: str | None = None, deposit: str = "t", customer: str = "c") -> WithdrawEarly:
    return WithdrawEarly("3m", deposit, customer, None if amount is None else cny(amount))


def last_legs(book: Club) -> dict[str, int]:
    """The postings of the last entry, debits above zero."""
    return {str(it.account): it.quantity for it in book.entries()[-1].transaction.postings}


def test_c4_points_buy_a_deposit(shared_data: Path) -> None:
    book = bank()
    book.pay_in(g="98.76")
    book.grant(12_345)  # the example's first entry pays for the points with cash
    before = book.bank.ledger.reader.head().number
    book.bank.handle_all([Redeem("p", "c", 12_345), place("98.00")], "buy")
    book.close_until(date(2024, 9, 1))
    example = read_examples(shared_data)["C4"]
    _, *entries = example["postings"]
    compare(book, {"postings": entries, "final": {}}, C4, before, opening=book.balances())
    final = {C4[short.partition(" ")[0]]: quantity for short, quantity in example["final"].items()}
    assert book.balances() == final
    assert book.sound()


def test_points_and_deposit_are_bought_together_or_not_at_all() -> None:
    book = bank()
    book.pay_in(g="98.76")
    book.grant(12_345)
    before = book.balances()
    with pytest.raises(NotWholeUnits):
        book.bank.handle_all([Redeem("p", "c", 12_345), place("98.76")], "buy")
    with pytest.raises(BalanceFloorBreached):
        book.bank.handle_all([Redeem("p", "c", 12_345), place("99.00")], "buy")
    assert book.balances() == before


def test_a_frozen_customer_is_paid_when_free() -> None:
    book = bank(months=1)
    book.do(cash("c", "100.00"))
    book.do(place("100.00"))
    path = AccountPath("bank:demand:c")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 3))
    assert book.balance("time-deposit:3m:t:principal") == 100_00
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.close_until(date(2024, 7, 4))
    # 11.25 fen to maturity and 0.29 for three days at the demand rate, rounded once
    assert book.balance("bank:demand:c") == 100_12
    days = (date(2024, 5, 31), date(2024, 6, 30), date(2024, 6, 30), date(2024, 7, 3))
    assert book.bank.report("time-deposit", "deposits").rows == (
        ("3m", "t", "c", "1.35%", cny("100.00"), cny("0.00"), cny("0.00"), cny("0.12"), *days),
    )
    assert book.sound()


# --- withdrawals ------------------------------------------------------------------------------------


def test_an_early_withdrawal_earns_the_demand_rate_for_the_actual_days() -> None:
    book = bank(months=12, rate="1.75%")
    book.do(cash("c", "10,000.00"))
    book.do(place("10,000.00"))
    book.close_until(date(2024, 9, 8))
    book.do(withdraw())
    assert last_legs(book) == {  # 100 days at 0.35%: 972.2222 fen
        "time-deposit:3m:t:principal": 10_000_00,
        "bank:interest-expense": 9_72,
        "bank:demand:c": -10_009_72,
    }
    book.close_until(date(2025, 6, 5))  # its day of maturity passes, and nothing more is paid
    assert book.balance("bank:demand:c") == 10_009_72
    assert book.sound()


def test_a_part_earns_the_demand_rate_and_the_rest_its_own() -> None:
    book = bank(months=12, rate="1.75%")
    book.do(cash("c", "10,000.00"))
    book.do(place("10,000.00"))
    book.close_until(date(2024, 9, 8))
    book.do(withdraw("3,000.00"))
    assert last_legs(book) == {  # 291.6667 fen
        "time-deposit:3m:t:principal": 3_000_00,
        "bank:interest-expense": 2_92,
        "bank:demand:c": -3_002_92,
    }
    assert book.sound()
    book.close_until(date(2025, 6, 1))
    accrued, matured = book.entries()[-2:]
    assert [it.quantity for it in accrued.transaction.postings] == [122_50, -122_50]
    assert {str(it.account): it.quantity for it in matured.transaction.postings} == {
        "time-deposit:3m:t:principal": 7_000_00,
        "time-deposit:3m:t:interest": 122_50,
        "bank:demand:c": -7_122_50,
    }
    assert book.sound()


def test_what_rounding_leaves_is_carried_from_part_to_part() -> None:
    """Three parts of 8.75 fen of interest each: 26.25 fen, not three times 9."""
    book = bank(months=12)
    book.do(cash("c", "4,000.00"))
    book.do(place("4,000.00"))
    book.close_until(date(2024, 6, 9))  # nine days
    paid = []
    for _ in range(3):
        before = book.balance("bank:interest-expense")
        book.do(withdraw("1,000.00"))
        paid.append(book.balance("bank:interest-expense") - before)
    assert paid == [9, 9, 8]
    assert book.sound()


def test_a_deposit_withdrawn_on_the_day_of_its_opening_earns_nothing() -> None:
    book = bank()
    book.do(cash("c", "100.00"))
    before = book.balances()
    book.do(place("100.00"))
    book.do(withdraw())
    assert book.balances() == before
    assert book.sound()


def test_on_its_last_day_a_deposit_has_earned_its_rate() -> None:
    book = bank(rate="1.35%")
    book.do(cash("c", "98.00"))
    book.do(place("98.00"))
    book.close_until(date(2024, 8, 31))
    book.do(withdraw())
    assert book.balance("bank:demand:c") == 98_33
    book.close_until(date(2024, 9, 1))
    assert book.balance("bank:demand:c") == 98_33
    assert book.sound()


def test_without_a_rate_only_the_money_comes_back() -> None:
    book = bank(rate="0%", demand_rate="0%", months=1)
    book.do(cash("c", "100.00"))
    before = book.balances()
    book.do(place("100.00"))
    book.close_until(date(2024, 7, 1))
    assert book.balances() == before
    assert book.sound()


def test_a_deposit_that_waits_can_be_fetched_in_parts() -> None:
    book = bank(months=1, rate="3.6%", demand_rate="0.36%")
    book.do(cash("c", "2,000.00"))
    book.do(place("2,000.00"))
    path = AccountPath("bank:demand:c")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 10))  # ten days behind its maturity on 30 June
    assert book.refused("account_frozen", withdraw())
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.do(withdraw("1,000.00"))
    assert book.balance("bank:demand:c") == 1_000_00 + 3_00 + 10
    book.close_until(date(2024, 7, 12))  # the close of the 10th pays the rest
    assert book.balance("bank:demand:c") == 2_000_00 + 6_00 + 20
    assert book.sound()


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), max_size=4), st.integers(0, 5))
def test_interest_is_the_exact_sum_rounded_once(parts: list[tuple[int, int]], frozen: int) -> None:
    """Any parts on any days, and any wait behind the maturity."""
    opened, book = date(2024, 5, 31), bank(months=1, rate="1.35%")
    book.do(cash("c", "100.00"))
    book.do(place("100.00"))
    left, exact = 100_00, Fraction(0)
    for days, yuan in parts:
        today = book.books.today + timedelta(days=days)
        if today >= date(2024, 6, 30):
            break
        book.close_until(today)
        book.do(withdraw(f"{yuan}.00"))
        exact += yuan * 100 * Fraction("0.0035") * (today - opened).days / 360
        left -= yuan * 100
        assert book.balance("bank:interest-expense") == round_half_up(exact)
    path = AccountPath("bank:demand:c")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    paid_on = date(2024, 6, 30) + timedelta(days=frozen)
    book.close_until(paid_on)
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.close_until(paid_on + timedelta(days=1))
    exact += left * (Fraction("0.0135") / 12 + Fraction("0.0035") * frozen / 360)
    assert book.balance("bank:interest-expense") == round_half_up(exact)
    assert book.balance("bank:demand:c") == 100_00 + round_half_up(exact)
    assert book.sound()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (withdraw(deposit="x"), "not_found"),
        (withdraw(customer="g"), "not_found"),
        (withdraw(deposit="gone"), "deposit_paid"),
        (WithdrawEarly("3m", "t", "c", Amount(100, Unit("USD/2"))), "unit_mismatch"),
        (withdraw("1.50"), "not_whole_units"),
        (withdraw("100.01"), "not_whole_units"),
        (withdraw("101.00"), "withdrawal_exceeds"),
        (withdraw("91.00"), "deposit_too_small"),
    ],
)
def test_withdrawals_that_are_refused(command: WithdrawEarly, code: str) -> None:
    book = bank(least="10.00")
    book.do(cash("c", "200.00"))
    for deposit in ("t", "gone"):
        book.do(place("100.00", deposit))
    book.do(withdraw(deposit="gone"))
    book.refused(code, command)
    book.do(withdraw("90.00"))
    assert book.sound()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (OpenProgramme("3m"), "already_taken"),
        (OpenDeposit("6m", "d", "c", cny("1.00")), "not_found"),
        (OpenDeposit("3m", "d", "c", Amount(100, Unit("USD/2"))), "unit_mismatch"),
        (place("98.76", "d"), "not_whole_units"),
        (place("9.00", "d"), "deposit_too_small"),
        (place("10.00"), "already_taken"),
        (place("1,000.00", "d"), "balance_floor_breached"),
        (OpenProgramme("usd", DepositTerms(unit=Unit("USD/2"))), "unit_mismatch"),
        (OpenProgramme("bad", DepositTerms()), ""),
    ],
)
def test_refusals(command: Any, code: str) -> None:
    book = bank(least="10.00")
    book.do(cash("c", "100.00"))
    book.do(place("10.00"))
    if code:
        book.refused(code, command)
    else:
        book.do(command)
    assert book.sound()


def test_only_an_active_party_with_a_current_account_places_a_deposit() -> None:
    book = bank()
    book.do(cash("c", "10.00"))

    def of(party: str) -> OpenDeposit:
        return OpenDeposit("3m", "d", party, cny("10.00"))

    book.refused("not_found", of("nobody"))
    book.do(RegisterParty("d"))
    book.refused("no_current_account", of("d"))
    book.do(SuspendParty("c", "fraud"))
    book.refused("party_suspended", of("c"))
    book.do(RestoreParty("c", "cleared"))
    book.do(of("c"))
    book.do(SuspendParty("c", "fraud"))
    book.do(withdraw(deposit="d"))  # what was agreed can be ended
    assert book.sound()


def test_a_deposit_keeps_account_and_party_until_it_is_paid_back() -> None:
    book = bank(months=1)
    book.do(OpenRegister("register", PartyTerms(retention_years=0)))
    for command in (*registration("e", identified=False), cash("c", "10.00"), cash("c", "20.00")):
        book.do(command)
    for deposit, amount in (("t", "10.00"), ("early", "20.00")):
        book.do(place(amount, deposit))
    told = book.refused("contracts_open", CloseAccount("c", into="e"))
    assert told["contracts"] == "points p/card, time-deposit 3m/early, time-deposit 3m/t"
    book.refused("contracts_open", EraseParty("c"))
    book.do(withdraw("5.00", deposit="early"))
    book.do(withdraw(deposit="early"))
    told = book.refused("contracts_open", CloseAccount("c", into="e"))
    assert told["contracts"] == "points p/card, time-deposit 3m/t"
    book.close_until(date(2024, 7, 1))  # the other matures
    book.do(CloseCard("p", "c"))
    book.do(CloseAccount("c", into="e"))
    book.do(EraseParty("c"))
    assert book.balance("bank:demand:e") == 30_01
    assert book.sound()


def test_accounts_opened_by_hand_stand_in_the_way() -> None:
    book = bank()
    book.do(cash("c", "10.00"))
    account = Account(AccountPath("time-deposit:3m:t:interest"), AccountType.LIABILITY, Unit("CNY/2"))
    book.bank.ledger.open([account], key="hand")
    book.refused("already_taken", place("10.00"))


def test_a_bent_deposit_is_found() -> None:
    book = bank()
    book.do(cash("c", "10.00"))
    book.do(place("10.00"))
    book.post({"time-deposit:3m:t:principal": 1}, {"bank:cash": 1})
    assert [error.fields()["invariant"] for error in book.bank.broken_invariants()] == ["F1"]


def test_bent_interest_is_found() -> None:
    book = bank()
    book.do(cash("c", "10.00"))
    book.do(place("10.00"))
    record = book.books.record("time-deposit.deposit", "3m:t")
    assert record is not None
    bent = Transaction(
        kind="bend",
        effective_on=book.books.today,
        key="bend",
        records=(record.next(interest=["3/2", 1]),),
    )
    book.bank.ledger.post(bent)
    assert [error.fields()["invariant"] for error in book.bank.broken_invariants()] == ["F2"]


# --- business days ----------------------------------------------------------------------------------
# Placed on 2024-05-31 for a month: it matures on Sunday, 30 June 2024.


@pytest.mark.parametrize(
    ("roll", "paid_on", "interest"),
    [
        ("calendar", date(2024, 6, 30), "1,200.00"),
        ("following", date(2024, 7, 1), "1,200.97"),  # a day at 0.35% of 100,000.00 more
        ("preceding", date(2024, 6, 28), "1,200.00"),  # as if it had matured
    ],
)
def test_a_deposit_that_matures_on_a_weekend_is_paid_by_its_roll(
    roll: str, paid_on: date, interest: str
) -> None:
    book = bank(months=1, rate="14.4%", roll=roll)
    book.do(cash("c", "100,000.00"))
    book.do(place("100,000.00"))
    book.close_until(paid_on)
    assert book.balance("bank:demand:c") == 0
    book.close_until(paid_on + timedelta(days=1))
    assert book.balance("bank:demand:c") == cny("100,000.00").quantity + cny(interest).quantity
    assert book.sound()


def test_who_comes_before_the_close_of_a_day_rolled_back_has_the_whole_interest() -> None:
    book = bank(months=1, rate="14.4%", roll="preceding")
    book.do(cash("c", "100,000.00"))
    book.do(place("100,000.00"))
    book.close_until(date(2024, 6, 28))
    book.do(withdraw())
    assert book.balance("bank:demand:c") == cny("101,200.00").quantity
    assert book.sound()


def test_who_signs_past_the_calendar_is_told_or_refused() -> None:
    known = bank(months=60, calendar="CN-IB", roll="following")
    known.do(cash("c", "100.00"))
    known.refused("calendar_exhausted", place("100.00"))
    book = bank(months=60, calendar="CN-IB", roll="following", past_calendar="weekends")
    book.do(cash("c", "100.00"))
    book.do(place("100.00"))
    (told,) = Feed(book.bank.ledger, after=0).notices(["calendar-ends"])
    assert (told.party, told.subject) == ("c", "3m:t")
    # 31 May 2029 is a Thursday
    assert told.data == {"calendar": "CN-IB", "known_to": "2026-12-31", "last": "2029-05-31"}


def test_who_is_within_the_calendar_or_does_not_roll_is_not_told() -> None:
    for terms in ({"months": 12, "roll": "following"}, {"months": 60}):
        book = bank(calendar="CN-IB", **terms)
        book.do(cash("c", "100.00"))
        book.do(place("100.00"))
        assert not list(Feed(book.bank.ledger, after=0).notices(["calendar-ends"]))


# --- several terms, and terms that change -----------------------------------------------------------


def offer(book: Club) -> list[tuple[Any, ...]]:
    return list(book.bank.report("time-deposit", "offers").rows)


def test_a_programme_offers_several_terms_each_with_its_rate() -> None:
    book = bank(rate="1.20%", ladder=[[12, "1.80%"]])
    assert [row[1:3] for row in offer(book)] == [(3, "1.2%"), (12, "1.8%")]
    book.do(cash("c", "20,000.00"))
    book.do(place("10,000.00", "short"))
    book.do(OpenDeposit("3m", "long", "c", cny("10,000.00"), months=12))
    refusal = book.refused("term_not_offered", OpenDeposit("3m", "x", "c", cny("1.00"), months=6))
    assert (refusal["months"], refusal["offered"]) == (6, "3, 12")
    book.close_until(date(2024, 9, 1))
    assert book.balance("bank:demand:c") == 10_030_00
    book.close_until(date(2025, 6, 1))
    assert book.balance("bank:demand:c") == 20_030_00 + 180_00
    assert book.sound()


def test_rates_change_for_who_comes_later_and_whoever_saw_another_is_told() -> None:
    book = bank(rate="1.20%")
    book.do(cash("c", "20,000.00"))
    book.do(place("10,000.00", "before"))
    book.do(ChangeTerms("3m", {"rate": "0.80%"}, date(2024, 6, 1)))
    book.close_until(date(2024, 6, 1))
    seen = OpenDeposit("3m", "after", "c", cny("10,000.00"), at=Rate.parse("1.20%"))
    book.refused("terms_moved", seen)
    book.do(attrs.evolve(seen, at=Rate.parse("0.80%")))
    book.close_until(date(2024, 9, 2))
    assert book.balance("bank:demand:c") == 20_000_00 + 30_00 + 20_00
    book.refused("bad_terms", ChangeTerms("3m", {"accrue": "daily"}))
    book.refused("bad_terms", ChangeTerms("3m", {"ladder": [[3, "2%"]]}))
    assert book.sound()
