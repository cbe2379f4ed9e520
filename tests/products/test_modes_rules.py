"""What deposit modes do beyond the worked examples."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.products.exchange import legs_of
from tests.products.firms import Firms
from tests.products.holders import cny

from bankcore.ledger.accounts import Status
from bankcore.products.deposit_modes import CustomiseMode, DecideCustomisation, EndMode

DEMAND, EXPENSE = "bank:demand:e", "bank:interest-expense"
DAY = date(2024, 5, 1)


def last(book: Firms, count: int = 1) -> list[tuple[str, list[tuple[str, int]]]]:
    return legs_of(book.entries())[-count:]


def lot(day: str, amount: int) -> dict[str, Any]:
    return {"day": day, "amount": amount, "lost": 0, "until": None}


# --- offers -------------------------------------------------------------------------------------------


def test_a_bank_makes_a_mode_of_its_own() -> None:
    book = Firms(modes=["SALES"])
    book.offer("HARVEST", like="SALES", share=["20%", "5%", "30%"])
    book.take("HARVEST")
    book.receive("100.00")
    assert book.held("HARVEST") == 20_00


def test_new_terms_begin_on_their_day() -> None:
    book = Firms("f", modes=["LOG"])
    book.take("LOG", "f")
    book.fill("LOG", "3,600.00", "f")
    book.change("LOG", demand_rate="1%")
    book.change("LOG", date(2024, 6, 1), demand_rate="0.5%", notice_rate="2%")
    book.close_until(date(2024, 5, 31))
    book.withdraw("LOG", "1,800.00", "f")
    assert last(book)[0][1][1] == (EXPENSE, 150)  # 30 days at 1%
    book.close_until(date(2024, 6, 10))
    book.withdraw("LOG", "1,800.00", "f")
    assert last(book)[0][1][1] == (EXPENSE, 100)  # 40 days at 0.5%


# --- customising --------------------------------------------------------------------------------------


def test_d9_a_change_begins_the_next_day_and_changes_nothing_posted() -> None:
    book = Firms()
    book.take("SALES", share="10%")
    book.receive("100.00")
    before = [entry.digest for entry in book.entries()]
    book.customise("SALES", share="50%")
    book.receive("60.00", "40.00")
    assert book.held("SALES") == 20_00
    book.receive("100.00")
    assert book.held("SALES") == 70_00
    assert [entry.digest for entry in book.entries()][: len(before)] == before
    book.customise("SALES", target="70.00")
    book.customise("SALES", quota="60,000.00")  # changes of one day add up
    book.receive()
    book.receive("100.00")
    assert book.held("SALES") == 70_00
    assert book.sound()


def test_a_higher_target_works_from_its_own_day_on() -> None:
    book = Firms()
    book.take("SALES", share="50%", target="100.00")
    book.receive("1,000.00")
    book.customise("SALES", target="150.00")
    book.receive()
    assert book.held("SALES") == 100_00
    book.receive("40.00")
    assert book.held("SALES") == 120_00
    book.customise("SALES", target="10.00")
    book.receive()
    book.receive("1,000.00")
    assert book.held("SALES") == 120_00  # what was set aside stays
    assert book.sound()


def test_beyond_the_bounds_with_the_approval_of_another_person() -> None:
    book = Firms()
    book.take("SALES")
    book.refused("out_of_bounds", CustomiseMode("p", "e", "SALES", {"share": "60%"}))
    book.customise("SALES", ask=True, share="60%")
    book.decide("SALES", approve=True)
    book.receive("100.00")
    assert book.held("SALES") == 10_00
    book.close_until(DAY + timedelta(days=1))
    book.receive("100.00")
    assert book.held("SALES") == 70_00


def test_a_customisation_speaks_of_the_choices_before_it_not_of_the_money() -> None:
    book = Firms()
    book.take("SALES")
    book.customise("SALES", ask=True, share="60%")
    book.receive("100.00")
    book.customise("SALES", ask=True, share="70%")
    book.refused("stale_proposal", DecideCustomisation("p", "e", "SALES", 1, True))
    assert book.bank.report("deposit-modes", "proposals").rows[0][:3] == ("change", "p:e:SALES", 2)
    book.customise("SALES", target="77.00")
    book.refused("stale_proposal", DecideCustomisation("p", "e", "SALES", 2, True))
    book.decide("SALES", approve=False, proposal=2)
    assert book.sound()


def test_what_the_bank_turns_down_stays_as_it_was() -> None:
    book = Firms()
    book.take("SALES")
    book.customise("SALES", ask=True, share="60%")
    book.decide("SALES", approve=False)
    book.close_until(DAY + timedelta(days=1))
    book.receive("100.00")
    assert book.held("SALES") == 10_00


# --- SALES --------------------------------------------------------------------------------------------


def test_receipts_from_escrow_are_set_aside_refunds_are_not() -> None:
    book = Firms("bs", fee="1%")
    book.take("SALES", "s", share="50%")
    book.take("SALES", "b", share="50%")
    book.trade("n", "100.00")
    book.accept("n", "1/2")
    assert book.held("SALES", "s") == 0
    book.receive()
    assert book.held("SALES", "s") == 24_75  # half of 50.00 less the fee
    assert book.held("SALES", "b") == 0  # what it paid in went into escrow
    book.cancel("n")
    book.receive()
    assert (book.held("SALES", "b"), book.demand_of("b")) == (50_00, 0)  # for the 100.00 paid in
    assert book.sound()


def test_money_set_aside_is_free_from_the_release_date_on() -> None:
    book = Firms("eb")
    book.take("SALES", share="50%", release_months=1)
    book.receive("100.00")
    book.spend("SALES", "b", "10.00", "guarantees")
    assert (book.held("SALES"), book.demand_of("b")) == (40_00, 10_00)
    book.close_until(date(2024, 6, 1))
    book.withdraw("SALES", "40.00")
    assert (book.held("SALES"), book.demand_of("e")) == (0, 90_00)
    book.receive("100.00")
    assert book.held("SALES") == 50_00
    assert book.sound()


def test_released_on_the_date_and_every_so_many_months_again() -> None:
    book = Firms(opened_on=date(2024, 1, 31))
    book.take("SALES", share="50%", release="on-the-date", release_months=1)
    book.receive("100.00")
    book.close_until(date(2024, 2, 29))
    assert book.held("SALES") == 50_00
    book.close_until(date(2024, 3, 1))
    assert book.held("SALES") == 0
    book.receive("100.00")
    book.close_until(date(2024, 3, 31))
    assert book.held("SALES") == 50_00
    book.freeze("bank:demand:e")
    book.close_until(date(2024, 4, 2))
    assert book.held("SALES") == 50_00
    book.freeze("bank:demand:e", status=Status.OPEN)
    book.close_until(date(2024, 4, 3))
    assert book.held("SALES") == 0
    book.receive("100.00")
    book.customise("SALES", release="by-hand")
    book.close_until(date(2024, 5, 5))
    assert book.held("SALES") == 50_00  # by hand now
    book.customise("SALES", release="on-the-date", release_months=2)
    book.close_until(date(2024, 5, 31))
    assert book.held("SALES") == 50_00
    book.close_until(date(2024, 6, 1))
    assert book.held("SALES") == 0
    assert book.sound()


def test_customising_on_the_release_date_leaves_that_release() -> None:
    book = Firms(opened_on=date(2024, 1, 31))
    book.take("SALES", share="50%", release="on-the-date", release_months=1)
    book.receive("100.00")
    book.close_until(date(2024, 2, 29))
    book.customise("SALES", release_months=3)
    book.close_until(date(2024, 3, 1))
    assert book.held("SALES") == 0


# --- agreed interest ----------------------------------------------------------------------------------


def test_rates_and_quotas_count_from_their_day() -> None:
    book = Firms(opened_on=date(2024, 3, 21))
    book.take("SALES", quota="100,000.00")
    book.cash("460,000.00")
    book.close_until(date(2024, 4, 19))
    book.customise("SALES", quota="460,000.00")
    book.change("SALES", date(2024, 5, 20), demand_rate="0.7%")
    book.close_until(date(2024, 6, 21))
    # 30 days with 100,000 at 0.35% and 360,000 at 1.15%; 30 at 0.35%; 32 at 0.7%
    exact = 30 * (10_000_000 * 35 + 36_000_000 * 115) + 30 * 46_000_000 * 35 + 32 * 46_000_000 * 70
    assert book.balance("platform:p:interest:e") == (exact + 1_800_000) // 3_600_000
    assert book.sound()


def test_interest_waits_for_a_frozen_account() -> None:
    book = Firms(opened_on=date(2024, 6, 1))
    book.take("SALES", share="0%")
    book.cash("1,000,000.00")
    book.close_until(date(2024, 6, 21))
    book.freeze("bank:demand:e")
    book.close_until(date(2024, 6, 23))
    owed = book.balance("platform:p:interest:e")
    assert owed > 0
    book.freeze("bank:demand:e", status=Status.OPEN)
    book.close_until(date(2024, 6, 24))
    assert book.balance("platform:p:interest:e") == 0
    assert book.demand_of("e") == 1_000_000_00 + owed


def test_ending_sales_pays_the_demand_rate_for_the_quarter_so_far() -> None:
    book = Firms(opened_on=date(2024, 4, 1))
    book.take("SALES", quota="100,000.00")
    book.receive("3,600,000.00")  # 100,000.00 of them set aside
    book.close_until(date(2024, 4, 11))
    (row,) = book.table("endings")
    assert (str(row["interest"]), str(row["cost"])) == ("350.00 CNY", "777.78 CNY")
    book.end("SALES")
    sales = "platform:p:mode:e:SALES"
    assert last(book) == [("2024-04-11", [(DEMAND, -10_035_000), (EXPENSE, 35_000), (sales, 10_000_000)])]
    book.close_until(date(2024, 6, 30))
    assert book.demand_of("e") == 3_600_350_00  # no agreement, no interest
    book.take("SALES")
    assert book.sound()


def test_an_empty_agreement_earns_nothing() -> None:
    book = Firms(opened_on=date(2024, 6, 1))
    book.take("SALES")
    book.close_until(date(2024, 9, 22))
    assert book.entries() == []
    book.end("SALES")
    book.close_until(date(2024, 12, 22))
    assert book.entries() == []
    assert book.sound()


# --- PROC ---------------------------------------------------------------------------------------------


def test_money_used_for_an_order_earns_the_notice_rate_at_the_quarters_end() -> None:
    book = Firms("bs", modes=["PROC"], delivery_days=60)
    book.take("PROC", "b")
    book.fill("PROC", "6,000.00", "b")
    book.fill("PROC", "4,000.00", "b")
    book.close_until(date(2024, 5, 11))
    book.fill("PROC", "1,000.00", "b")
    book.match("n", "10,500.00")
    book.fund("n")
    assert book.mode("PROC", "b")["lots"] == [lot("2024-05-11", 500_00)]
    book.close_until(date(2024, 6, 21))
    assert book.balance("platform:p:interest:b") == 375  # 10,000.00 for 10 days at 1.35%
    book.close_until(date(2024, 6, 22))
    assert book.demand_of("b") == 375
    book.cancel("n")
    assert book.held("PROC", "b") == 11_000_00
    assert book.mode("PROC", "b")["lots"] == [lot("2024-05-11", 500_00), lot("2024-06-22", 10_500_00)]
    book.end("PROC", "b")
    # 42 days at the demand rate of 500.00, nothing of what came back today
    assert book.demand_of("b") == 375 + 11_000_00 + 20
    assert book.sound()


def test_an_ended_mode_leaves_returns_on_the_demand_account() -> None:
    book = Firms("bs", modes=["PROC"])
    book.take("PROC", "b")
    book.fill("PROC", "3,600.00", "b")
    book.close_until(date(2024, 5, 11))
    book.match("n", "1,200.00")
    book.fund("n")
    book.end("PROC", "b")
    # what the order used earned 10 days at 1.35%, the rest at 0.35%
    assert last(book)[0][1][1] == (EXPENSE, 45 + 23)
    book.cancel("n")
    assert (book.demand_of("b"), book.held("PROC", "b")) == (3_600_00 + 68, 0)
    book.close_until(date(2024, 6, 22))
    assert book.demand_of("b") == 3_600_00 + 68
    assert book.sound()


def test_less_than_half_a_fen_earned_is_not_posted() -> None:
    book = Firms("bs", modes=["PROC"], delivery_days=60)
    book.take("PROC", "b")
    book.match("n", "1.00")
    book.cash("1.00", "b")
    book.fund("n")  # nothing in the mode yet
    book.fill("PROC", "1.00", "b")
    book.match("n1", "1.00")
    book.fund("n1")  # on the day it came in
    assert book.mode("PROC", "b")["earned"] == "0/1"
    book.fill("PROC", "1.00", "b")
    book.close_until(date(2024, 5, 3))
    book.match("n2", "1.00")
    book.fund("n2")
    book.close_until(date(2024, 6, 22))
    assert book.mode("PROC", "b")["credited"] == 0
    assert book.demand_of("b") == 0
    assert book.sound()


def test_a_mode_by_hand_without_interest() -> None:
    book = Firms(modes=["LOG", "SALES"])
    book.offer("BOX", interest="none", uses=["withdrawals"])
    book.take("BOX")
    book.fill("BOX", "3,600.00")
    book.take("SALES")
    book.receive("10.00")
    book.close_until(date(2024, 6, 1))
    book.withdraw("BOX", "1,600.00")
    book.end("BOX")
    assert book.demand_of("e") == 3_609_00
    assert book.sound()


# --- LOG ----------------------------------------------------------------------------------------------


def test_notice_counts_for_its_day_and_amount_and_once() -> None:
    book = Firms("f", modes=["LOG"])
    book.take("LOG", "f")
    book.fill("LOG", "360,000.00", "f")
    for day in (8, 15):
        book.notice("LOG", "36,000.00", date(2024, 5, day), "f")
    book.close_until(date(2024, 5, 8))
    book.withdraw("LOG", "36,000.01", "f")  # another amount
    book.withdraw("LOG", "36,000.00", "f")
    book.withdraw("LOG", "36,000.00", "f")  # a second time
    book.close_until(date(2024, 5, 16))
    book.withdraw("LOG", "36,000.00", "f")  # another day
    interest = [legs[1][1] for _, legs in last(book, 4)]
    assert interest == [
        245,
        945,
        245,
        280,
    ]  # of the last, the 7 days of the notice that was not used earn nothing


def test_freight_is_paid_from_the_deposit_with_interest_to_its_holder() -> None:
    book = Firms("fh", modes=["LOG"])
    book.take("LOG", "f")
    book.fill("LOG", "3,600.00", "f")
    book.close_until(date(2024, 5, 11))
    book.spend("LOG", "h", "360.00", "freight", "f")
    log = "platform:p:mode:f:LOG"
    assert last(book)[0][1] == [("bank:demand:f", -4), ("bank:demand:h", -36000), (EXPENSE, 4), (log, 36000)]


def test_a_dismissed_claim_frees_the_deposit() -> None:
    book = Firms("fh", modes=["LOG"])
    book.take("LOG", "f")
    book.fill("LOG", "100.00", "f")
    book.claim("60.00")
    book.claim("70.00", "c2")
    book.award("0.00")
    assert book.mode("LOG", "f")["claims"] == ["c2"]
    book.award("70.00", "c2")
    book.pay_claim("c2")
    book.withdraw("LOG", "30.00", "f")
    assert (book.demand_of("f"), book.demand_of("h")) == (30_00, 70_00)
    assert book.sound()


@pytest.mark.parametrize(("profile", "least"), [("cn", "100,000.00"), ("cn-person", "50,000.00")])
def test_the_chinese_profiles_have_least_withdrawals(profile: str, least: str) -> None:
    book = Firms("f", modes=[])
    book.offer("LOG", profile=profile)
    book.take("LOG", "f")
    book.fill("LOG", "250,000.00", "f")
    book.withdraw("LOG", least, "f")
    left = 250_000_00 - cny(least).quantity
    assert book.held("LOG", "f") == left
    book.withdraw("LOG", str(left // 100), "f")  # all of it is always possible
    assert book.held("LOG", "f") == 0


# --- FIN ----------------------------------------------------------------------------------------------


def test_idle_money_is_divided_over_the_ladder_and_matures() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", floor="100,000.00")
    book.cash("149,999.99")
    book.close_until(DAY + timedelta(days=1))
    assert [book.deposit_record(n).data["principal"] for n in (1, 2, 3)] == [20_000_00, 10_000_00, 10_000_00]
    assert (book.held("FIN"), book.demand_of("e")) == (40_000_00, 109_999_99)
    book.customise("FIN", floor="1,000,000.00")
    book.close_until(date(2024, 8, 1))
    assert book.held("FIN") == 40_000_00
    book.close_until(date(2024, 8, 2))
    assert last(book)[0][1] == [(DEMAND, -20_055_00), (EXPENSE, 55_00), ("platform:p:mode:e:FIN", 20_000_00)]
    book.close_until(date(2025, 5, 2))
    assert (book.held("FIN"), book.demand_of("e")) == (0, 149_999_99 + 55_00 + 65_00 + 150_00)
    assert book.sound()


def test_idle_money_is_placed_by_hand_where_that_was_chosen() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", sweep="by-hand", months=[6], floor="0")
    book.cash("25,000.00")
    book.close_until(DAY + timedelta(days=2))
    assert book.held("FIN") == 0
    book.place()
    assert book.held("FIN") == 20_000_00
    assert book.deposit_record(1).data["months"] == 6


def test_a_frozen_account_is_not_swept_and_maturity_waits_with_demand_interest() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", months=[3], floor="0")
    book.cash("36,000.00")
    book.freeze("bank:demand:e")
    book.close_until(DAY + timedelta(days=1))
    assert book.held("FIN") == 0
    book.freeze("bank:demand:e", status=Status.OPEN)
    book.close_until(DAY + timedelta(days=2))
    assert book.held("FIN") == 30_000_00
    book.freeze("bank:demand:e")
    book.customise("FIN", floor="1,000,000.00")
    book.close_until(date(2024, 8, 12))
    assert book.held("FIN") == 30_000_00
    book.freeze("bank:demand:e", status=Status.OPEN)
    book.close_until(date(2024, 8, 13))
    # matured on 2024-08-02: 30,000.00 for 3/12 at 1.10%, then 10 days at 0.35%
    assert last(book)[0][1][1] == (EXPENSE, 82_50 + 2_92)


@pytest.mark.parametrize(
    ("rollover", "months", "kept"),
    [("principal", [12], 20_000_00), ("all", [12], 20_000_00), ("none", [12], 0)],
)
def test_what_goes_into_a_new_deposit(rollover: str, months: list[int], kept: int) -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", months=months, rollover=rollover, sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.close_until(date(2025, 5, 2))
    assert book.held("FIN") == kept
    assert book.demand_of("e") == 20_300_00 - kept
    if kept:
        assert book.deposit_record(2).data["matures_on"] == "2026-05-01"
    assert book.sound()


def test_interest_that_makes_a_whole_step_goes_in_too() -> None:
    book = Firms(modes=[])
    book.offer("FIN", ladder=[[12, "20%"]], step="1,000.00")
    book.take("FIN", rollover="all", sweep="by-hand", floor="0")
    book.cash("6,000.00")
    book.place()
    book.close_until(date(2025, 5, 2))
    fin = "platform:p:mode:e:FIN"
    assert last(book) == [("2025-05-01", [(DEMAND, -200_00), (EXPENSE, 1_200_00), (fin, -1_000_00)])]
    assert book.held("FIN") == 7_000_00
    assert book.sound()


def test_nothing_is_rolled_over_at_a_rate_that_is_quoted_no_more() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", months=[3], rollover="all", sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.change("FIN", ladder=[[6, "1.30%"]])
    book.close_until(date(2024, 8, 2))
    assert book.held("FIN") == 0


@pytest.mark.parametrize(
    ("roll", "paid_on", "interest"),
    [
        ("calendar", "2024-09-01", 55_00),
        ("following", "2024-09-02", 55_19),
        ("preceding", "2024-08-30", 55_00),
    ],
)
def test_a_sunday(roll: str, paid_on: str, interest: int) -> None:
    book = Firms(modes=[], opened_on=date(2024, 6, 1))
    book.offer("FIN", roll=roll)
    book.take("FIN", months=[3], sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.close_until(date(2024, 9, 5))
    day, legs = last(book)[0]
    assert (day, legs[1]) == (paid_on, (EXPENSE, interest))


def test_a_calendar_that_ends_stops_the_rollover() -> None:
    book = Firms(modes=[], opened_on=date(2024, 6, 3))
    book.offer("FIN", roll="following", calendar="CN-SSE", ladder=[[12, "1.5%"]])
    book.take("FIN", rollover="principal", sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.close_until(date(2028, 12, 30))
    assert book.held("FIN") == 0
    assert book.sound()


def test_idle_money_waits_where_no_rate_is_quoted_or_the_calendar_ends() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", months=[3], floor="0")
    book.change("FIN", ladder=[[6, "1.30%"]])
    book.close_until(DAY + timedelta(days=1))
    book.cash("20,000.00")
    book.close_until(DAY + timedelta(days=3))
    assert book.held("FIN") == 0
    book.customise("FIN", months=[6])
    book.close_until(DAY + timedelta(days=5))
    assert book.held("FIN") == 20_000_00
    book = Firms(modes=[], opened_on=date(2027, 12, 30))
    book.offer("FIN", roll="following", calendar="CN-SSE")
    book.take("FIN", floor="0")
    book.cash("20,000.00")
    book.close_until(date(2028, 1, 3))
    assert book.held("FIN") == 0


def test_what_is_mature_is_left_with_all_its_interest() -> None:
    book = Firms(modes=["FIN", "MEMB"], opened_on=date(2024, 1, 31))
    book.take("FIN", months=[12], sweep="by-hand", floor="0")
    book.cash("10,000.00")
    book.place()
    book.cash("20,500.00")
    book.take("MEMB")
    book.pay_fee("e", "100.00")
    book.close_until(date(2025, 1, 31))
    shown = {row["mode"]: (str(row["interest"]), str(row["cost"])) for row in book.table("endings")}
    assert shown == {"FIN": ("150.00 CNY", "0.00 CNY"), "MEMB": ("300.00 CNY", "0.00 CNY")}
    book.end("MEMB")
    book.leave("1")
    assert book.demand_of("e") == 30_500_00 - 80_00 + 450_00
    assert book.sound()


def test_a_frozen_mode_stops_neither_receipts_nor_returns() -> None:
    book = Firms("bs")
    book.take("SALES", "s", share="50%")
    book.take("PROC", "b")
    book.fill("PROC", "60.00", "b")
    book.match("n", "50.00")
    book.fund("n")
    book.freeze("platform:p:mode:s:SALES")
    book.freeze("platform:p:mode:b:PROC")
    book.receive("10.00", enterprise="s")
    assert book.demand_of("s") == 10_00
    book.cancel("n")
    book.receive()
    assert (book.held("PROC", "b"), book.demand_of("b"), book.state("n")) == (10_00, 0, "cancelled")
    (row,) = book.table("payouts")
    assert (row["to"], row["party"], str(row["amount"])) == ("mode", "b", "50.00 CNY")
    assert book.sound()
    book.freeze("platform:p:mode:s:SALES", Status.OPEN)
    book.freeze("platform:p:mode:b:PROC", Status.OPEN)
    book.receive()
    assert (book.held("SALES", "s"), book.demand_of("s"), book.held("PROC", "b")) == (5_00, 5_00, 60_00)
    assert book.table("payouts") == []
    assert book.sound()


def test_one_deposit_is_left_early_at_the_demand_rate() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", months=[3, 12], sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.close_until(date(2024, 6, 30))
    book.leave("2")
    assert last(book)[0][1] == [
        (DEMAND, -1_000_583),
        (EXPENSE, 583),
        ("platform:p:mode:e:FIN", 1_000_000),
    ]
    book.end("FIN")
    assert (book.held("FIN"), book.demand_of("e")) == (0, 20_000_00 + 11_67)  # two of 583 1/3, rounded once
    book.close_until(date(2024, 8, 3))
    assert book.demand_of("e") == 20_011_67
    assert book.sound()


def test_d8_leaving_on_the_last_day_pays_no_more_than_waiting() -> None:
    book = Firms(modes=[], opened_on=date(2024, 1, 31))
    book.offer("FIN", ladder=[[12, "1%"]], demand_rate="1%")
    book.take("FIN", sweep="by-hand", floor="0")
    book.cash("10,000.00")
    book.place()
    book.close_until(date(2025, 1, 30))  # 365 days of 360 at 1% would be more than 1%
    (row,) = book.table("endings")
    assert (str(row["interest"]), str(row["cost"])) == ("100.00 CNY", "0.00 CNY")
    book.end("FIN")
    assert book.demand_of("e") == 10_100_00


# --- MEMB ---------------------------------------------------------------------------------------------


def test_a_member_deposit_held_to_its_end_keeps_the_discounts() -> None:
    book = Firms(opened_on=date(2024, 1, 31))
    book.cash("20,500.00")
    book.take("MEMB")
    book.pay_fee("e", "100.00")
    book.close_until(date(2025, 2, 1))
    assert book.demand_of("e") == 20_500_00 - 80_00 + 300_00
    assert book.mode("MEMB")["ended_on"] == "2025-01-31"
    book.pay_fee("e", "100.00")
    assert book.demand_of("e") == 20_720_00 - 100_00
    assert book.sound()


def test_discounts_of_a_term_that_was_held_are_not_taken_back_later() -> None:
    book = Firms(opened_on=date(2024, 1, 31))
    book.cash("20,500.00")
    book.take("MEMB", rollover="all")
    book.pay_fee("e", "100.00")
    book.close_until(date(2025, 2, 1))
    assert book.held("MEMB") == 20_300_00
    book.pay_fee("e", "50.00")
    book.end("MEMB")
    # one day of demand interest, 10.00 of discounts taken back
    assert book.demand_of("e") == 20_500_00 - 80_00 - 40_00 + 300_00 + 20 - 10_00
    assert book.sound()


def test_what_is_taken_back_beyond_the_deposit_comes_from_the_demand_account() -> None:
    book = Firms()
    book.cash("120,000.00")
    book.take("MEMB", sum="1,000.00")
    book.pay_fee("e", "10,000.00")
    book.end("MEMB")
    member = "platform:p:mode:e:MEMB"
    assert last(book)[0][1] == [(DEMAND, 1_000_00), ("bank:fee-income", -2_000_00), (member, 1_000_00)]
    assert book.balance("bank:fee-income") == 10_000_00  # D10: gross
    assert book.sound()


# --- ENT, reports -------------------------------------------------------------------------------------


def test_entitlements_are_a_mode_without_money() -> None:
    book = Firms()
    book.take("ENT")
    (row,) = book.table("endings")
    assert str(row["cost"]) == "0.00 CNY"
    book.end("ENT")
    assert book.table("endings") == []
    assert book.entries() == []
    assert book.sound()


def test_a_preview_shows_what_ending_comes_to() -> None:
    book = Firms()
    book.cash("20,000.00")
    book.take("MEMB")
    before = book.bank.ledger.reader.head()
    (shown,) = book.bank.preview(EndMode("p", "e", "MEMB", cny("0.00")))
    assert sum(leg.quantity for leg in shown.postings if leg.account == DEMAND) == -20_000_00
    assert book.bank.ledger.reader.head() == before


def test_reports() -> None:
    book = Firms("ef")
    book.take("SALES", share="50%", target="80.00")
    book.receive("100.00")
    book.take("LOG", "f")
    book.fill("LOG", "30.00", "f")
    book.cash("5.00", "f")
    book.top_up("LOG", "5.00", "f")
    book.withdraw("LOG", "1.00", "f")
    rows = [
        (row["enterprise"], row["mode"], str(row["balance"]), row["ended"]) for row in book.table("balances")
    ]
    assert rows == [("e", "SALES", "50.00 CNY", "open"), ("f", "LOG", "34.00 CNY", "open")]
    modes = {row["mode"]: (row["open"], str(row["balance"])) for row in book.table("modes")}
    assert modes["SALES"] == (1, "50.00 CNY")
    assert modes["FIN"] == (0, "0.00 CNY")
    (target,) = book.table("targets")
    assert (str(target["missing"]), target["release"]) == ("30.00 CNY", date(2025, 5, 1))
    statement = [row for row in book.table("statements") if row["enterprise"] == "f"]
    assert [(row["event"], str(row["moved"]), str(row["balance"])) for row in statement] == [
        ("open", "0.00 CNY", "0.00 CNY"),
        ("top up", "30.00 CNY", "30.00 CNY"),
        ("top up", "5.00 CNY", "35.00 CNY"),
        ("withdraw", "-1.00 CNY", "34.00 CNY"),
    ]


def test_everything_else_about_modes_stays_readable() -> None:
    book: Any = Firms()
    assert book.table("hit-rate") == []
    assert book.table("agreed") == []


def test_the_mode_of_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "deposit-modes.md").read_text("utf-8")
    data = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])
    book = Firms(modes=[])
    book.offer("OWN", **data)
    book.take("OWN")
    book.receive("100.00")
    assert book.held("OWN") == 20_00
    book.close_until(date(2024, 11, 2))
    assert book.held("OWN") == 0
    assert book.sound()
