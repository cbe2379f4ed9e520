"""Interest of deposit modes at the ends of months; the property over all kinds is in test_accruals."""

from __future__ import annotations

from datetime import date

from attrs import evolve
from tests.products.firms import Firms
from tests.products.trouble import free, stop

from bankcore.products.deposit_modes import BreakDeposit, ChangeMode
from bankcore.products.deposit_modes.interest import ACCRUED
from bankcore.products.deposit_modes.modes import Kept

EXPENSE = "bank:interest-expense"
FIN, LOG, PROC, SALES = (f"platform:p:accrued:e:{mode}" for mode in ("FIN", "LOG", "PROC", "SALES"))


def firms(mode: str, on: date = date(2024, 5, 1), **terms: object) -> Firms:
    book = Firms("es", opened_on=on, modes=())
    book.offer(mode, accrue="month-end", **terms)
    return book


def test_a_deposit_of_the_ladder_shows_its_interest_and_leaves_what_it_loses() -> None:
    book = firms("FIN")
    book.take("FIN", months=[3, 12], sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.close_until(date(2024, 7, 1))
    # a month and 29 odd days of 10,000.00 at 1.10% and at 1.50%
    assert book.balance(FIN) == book.balance(EXPENSE) == 42_61
    book.refused("not_found", BreakDeposit("p", "e", "FIN", "3"))
    book.leave("2")  # 61 days at 0.35%; what stays accrues to the day
    assert book.demand_of("e") == 10_000_00 + 5_93
    assert book.balance(FIN) == 18_33
    assert book.balance(EXPENSE) == 18_33 + 5_93
    book.close_until(date(2024, 8, 2))
    assert (book.balance(FIN), book.demand_of("e")) == (0, 20_000_00 + 5_93 + 27_50)
    assert book.sound()


def test_notice_money_accrues_as_if_it_leaves_with_notice_and_loses_what_it_does_not_earn() -> None:
    book = firms("LOG")
    book.take("LOG")
    book.fill("LOG", "5,000.00")
    book.close_until(date(2024, 6, 1))
    assert book.balance(LOG) == 5_63  # 30 days at 1.35%
    book.withdraw("LOG", "5,000.00")
    assert (book.balance(LOG), book.balance(EXPENSE), book.demand_of("e")) == (0, 1_51, 5_001_51)
    book.close_until(date(2024, 7, 2))
    assert book.balance(LOG) == 0
    assert book.sound()


def test_what_an_order_used_stays_accrued_until_the_20th() -> None:
    book = firms("PROC")
    book.take("PROC")
    book.fill("PROC", "5,000.00")
    book.close_until(date(2024, 6, 10))
    assert book.balance(PROC) == 5_63
    book.trade("t", "2,000.00", "e", "s")  # what it used earned 40 days: 3.00
    assert (book.balance(PROC), book.balance("platform:p:interest:e")) == (5_63, 0)
    book.close_until(date(2024, 6, 21))
    # of what stays, 50 days at 1.35% of 3,000.00: 5.63
    assert (book.balance("platform:p:interest:e"), book.balance(PROC)) == (3_00, 5_63)
    assert book.balance(EXPENSE) == 8_63
    book.close_until(date(2024, 7, 1))
    assert (book.balance(PROC), book.demand_of("e")) == (6_75, 2_003_00)
    assert book.sound()


def test_an_agreed_deposit_accrues_through_the_day_s_balance_and_pays_the_quarter() -> None:
    book = firms("SALES", on=date(2024, 3, 21))
    book.take("SALES", share="0%")
    book.cash("1,000,000.00")
    book.close_until(date(2024, 5, 1))
    # 41 days of 500,000.00 at 0.35% and as much at 1.15%: 85416.67 fen
    assert book.balance(SALES) == 854_17
    book.close_until(date(2024, 6, 21))
    owed = "platform:p:interest:e"
    assert (book.balance(SALES), book.balance(owed)) == (0, 1_916_67)
    assert book.balance(EXPENSE) == 1_916_67
    book.close_until(date(2024, 7, 1))
    book.end("SALES")
    assert book.balance(SALES) == 0
    assert book.sound()


def test_what_is_refused_accrues_tomorrow() -> None:
    book = firms("FIN")
    book.take("FIN", months=[12], floor="0")
    book.cash("10,000.00")
    book.close_until(date(2024, 5, 31))
    stop(book.bank, {FIN: "frozen"})
    book.close_until(date(2024, 6, 1))
    assert book.balance(FIN) == 0
    free(book.bank, {FIN: "frozen"})
    book.close_until(date(2024, 6, 2))
    assert book.balance(FIN) == 12_50  # a month
    assert book.sound()


def test_a_mode_without_interest_has_no_such_account_and_ended_ones_accrue_nothing() -> None:
    book = firms("LOG")
    book.offer("ENT")
    book.take("ENT")
    book.take("LOG")
    book.end("LOG")
    book.close_until(date(2024, 7, 1))
    assert book.books.record("modes.accrue", "p:2024-06-30:e:LOG") is None
    opened = [it for it in ("LOG", "ENT") if book.books.account(ACCRUED("p", "e", it)) is not None]
    assert opened == ["LOG"]


def test_how_a_mode_accrues_no_later_version_changes() -> None:
    book = firms("LOG")
    book.refused("bad_terms", ChangeMode("p", "LOG", {"accrue": "daily"}))


def test_an_invariant_finds_interest_left_on_a_mode_that_ended() -> None:
    book = firms("LOG")
    book.take("LOG")
    book.fill("LOG", "5,000.00")
    book.close_until(date(2024, 6, 1))
    kept = Kept.existing(book.books, "p", "e", "LOG")
    book.post({}, {}, evolve(kept, ended_on=date(2024, 5, 31)).record())
    assert "D11" in [it.invariant for it in book.bank.broken_invariants()]
