"""What members, officers and odd days cannot do to deposit modes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from tests.products.exchange import FACTS
from tests.products.firms import Firms
from tests.products.holders import CNY, cash, cny
from tests.products.people import giver

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.transactions import Transaction, legs
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.product.deferrals import Deferral
from bankcore.products import current
from bankcore.products.deposit_modes import (
    SHIPPED,
    ChangeMode,
    CustomiseMode,
    FileClaim,
    GiveNotice,
    OfferMode,
    OpenMode,
)
from bankcore.products.deposit_modes.suggestions import gathered, recommended
from bankcore.products.enterprise import ApproveEnterprise, OpenProgramme, RegisterEnterprise
from bankcore.rates import round_half_up
from bankcore.stores.memory import MemoryStore
from bankcore.testing import registration
from bankcore.units import Unit

JPY = Unit("JPY/0")


def yen(*modes: str) -> Bank:
    """A platform in a unit without decimals, with an enterprise e."""
    bank = Bank.create(
        MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 5, 1, tzinfo=UTC)
    )
    capital = {**FACTS, "registered_capital": Amount(1, JPY)}
    account = [current.OpenProgramme("std", {"unit": "JPY/0", "rate": "0%"}), *registration("e", kind="firm")]  # type: ignore[arg-type]
    joining = [*account, RegisterEnterprise("p", "e", **capital), ApproveEnterprise("p", "e", 1)]
    offers = [OfferMode("p", mode) for mode in modes]
    for key, command in enumerate([OpenProgramme("p", {"unit": "JPY/0"}), *offers, *joining]):  # type: ignore[arg-type]
        bank.handle(command, str(key), giver(command))
    return bank


def test_all_modes_come_in_a_unit_without_decimals() -> None:
    bank = yen(*SHIPPED)
    bank.handle(OpenMode("p", "e", "SALES", {"share": "12.5%"}), "open")
    bank.handle(current.CashIn("e", Amount(1_004, JPY)), "receive")  # 125.5 is rounded up
    bank.close_day(bank.today)
    assert bank.amount("platform:p:mode:e:SALES") == Amount(126, JPY)
    assert not list(bank.broken_invariants())


@pytest.mark.parametrize("modes", [("FIN",), ("FIN", "SALES")])
def test_balances_over_half_a_million_count_in_any_unit(modes: tuple[str, ...]) -> None:
    bank = yen(*modes)
    bank.handle(current.CashIn("e", Amount(750_000, JPY)), "receive")
    bank.close_day(date(2024, 7, 29))  # 90 days
    finance = next(score for score in recommended(bank.ledger.books, "p", "e").all if score.mode == "FIN")
    assert finance.trade == (Fraction(250_000), Fraction(500_000))


def test_notice_of_the_first_days_there_are_comes_too_late() -> None:
    book = Firms(modes=["LOG"])
    book.take("LOG")
    refusal = book.refused("notice_too_short", GiveNotice("p", "e", "LOG", cny("1.00"), date(1, 1, 2)))
    assert refusal["latest"] == "0001-01-01"


def test_money_under_a_claim_pays_no_order() -> None:
    book = Firms("fhs", modes=[])
    book.offer("CARE", like="LOG", uses=["claims", "orders"])
    book.take("CARE", "f")
    book.fill("CARE", "100.00", "f")
    book.do(FileClaim("p", "c1", "f", "CARE", "h", cny("60.00")))
    book.cash("80.00", "f")
    book.match("n", "80.00", buyer="f")
    book.fund("n", "f")
    assert (book.held("CARE", "f"), book.demand_of("f")) == (100_00, 0)
    book.award("60.00")
    book.pay_claim()
    assert book.demand_of("h") == 60_00
    assert book.sound()


def test_nothing_is_agreed_between_two_agreements() -> None:
    book = Firms(modes=["SALES"])
    book.cash("600,000.00")
    book.take("SALES")
    book.close_until(date(2024, 5, 5))
    book.end("SALES")
    held = book.demand_of("e")
    book.close_until(date(2024, 5, 20))
    book.take("SALES")
    book.cash("100,000.00")
    book.close_until(date(2024, 5, 22))
    rows = [(row["from"], row["days"], row["over quota"].quantity) for row in book.table("agreed")]
    assert rows == [(date(2024, 5, 1), 4, 100_000_00), (date(2024, 5, 20), 2, held - 400_000_00)]
    whole = 4 * 600_000_00 + 15 * held + 2 * (held + 90_000_00)  # a tenth is set aside
    assert gathered(book.books, "p", "e").mean_balance == Fraction(whole, 90)


def test_modes_together_set_aside_no_more_than_a_receipt() -> None:
    book = Firms(modes=[])
    for mode in "ABC":
        book.offer(mode, fill="receipts", share=["40%", "0%", "50%"])
        book.take(mode)
    book.receive("0.50", "0.49")
    assert [book.held(mode) for mode in "ABC"] == [40, 40, 19]
    assert book.demand_of("e") == 0
    book.customise("A", share="0%")
    book.receive()
    book.receive("1.00")
    assert [book.held(mode) for mode in "ABC"] == [40, 80, 59]  # beyond the receipt C remembers nothing
    assert book.sound()


def test_a_frozen_account_of_interest_puts_its_accrual_off() -> None:
    book = Firms(modes=["SALES", "PROC"])
    book.cash("540,000.00")
    book.take("SALES")
    book.freeze("platform:p:interest:e")
    book.close_until(date(2024, 6, 23))
    assert book.balance("bank:interest-expense") == 0
    book.freeze("platform:p:interest:e", Status.OPEN)
    book.close_until(date(2024, 6, 25))
    days = 54  # the closing balances from May 1 through June 23
    daily = Fraction(500_000_00 * 35 + 40_000_00 * 115, 360 * 10_000)
    assert book.balance("bank:interest-expense") == round_half_up(days * daily)
    assert book.demand_of("e") == 540_000_00 + round_half_up(days * daily)
    book.close_until(date(2024, 9, 22))
    assert len(book.entries("platform.accrue")) == 2
    assert book.sound()


def test_money_of_a_mode_on_hold_is_released_later() -> None:
    book = Firms(modes=["SALES"])
    book.take("SALES", release="on-the-date", release_months=1)
    book.receive("100.00")
    mode = AccountPath("platform:p:mode:e:SALES")
    court = Transaction(
        kind="court",
        effective_on=book.books.today,
        postings=legs(CNY, debit={mode: 4_00}, credit={AccountPath("bank:cash"): 4_00}),
        pending=True,
        key="hold",
    )
    held = book.bank.ledger.post(court)
    book.close_until(date(2024, 6, 4))
    assert book.held("SALES") == 10_00
    book.bank.ledger.release(held.number, key="free", effective_on=book.books.today)
    book.close_until(date(2024, 6, 5))
    assert (book.held("SALES"), book.demand_of("e")) == (0, 100_00)
    assert book.sound()


def test_the_last_days_there_are_leave_no_time_to_deliver() -> None:
    book = Firms("bs", opened_on=date(9999, 12, 25), modes=["LOG"])
    book.match("n", "100.00")
    assert book.read("n").deliver_by == date.max
    book.close_until(date.max)
    book.refused("bad_date", ChangeMode("p", "LOG", {"notice_days": 1}))


def test_what_the_bank_approved_does_not_bar_other_choices() -> None:
    book = Firms(modes=["SALES"])
    book.take("SALES")
    book.customise("SALES", ask=True, share="80%")
    book.decide("SALES", True)
    book.close_until(date(2024, 5, 2))
    book.customise("SALES", target="50.00", share="80%")
    book.refused("out_of_bounds", CustomiseMode("p", "e", "SALES", {"share": "81%"}))
    book.change("SALES", target=["100.00", "90.00", "200.00"])
    book.close_until(date(2024, 5, 3))
    book.customise("SALES", quota="60,000.00")
    book.close_until(date(2024, 5, 4))
    book.receive("100.00")
    assert book.held("SALES") == 50_00


def limit(book: Firms, root: str, flow: Flow, most: int) -> None:
    book.bank.ledger.limit(VelocityLimit("v", root, CNY, flow, Per.DAY, most=most, each=True), key=f"v{most}")


def test_a_velocity_limit_on_a_mode_puts_its_release_off() -> None:
    book = Firms(modes=["SALES"])
    book.take("SALES", release="on-the-date", release_months=1)
    book.receive("100.00")
    limit(book, "platform:p:mode", Flow.OUT, 9_99)
    book.close_until(date(2024, 6, 4))
    assert book.held("SALES") == 10_00
    limit(book, "platform:p:mode", Flow.OUT, 10_00)
    book.close_until(date(2024, 6, 5))
    assert book.held("SALES") == 0
    assert book.sound()


def test_money_dated_ahead_is_idle_from_its_date_on() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", floor="0")
    columns = {AccountPath("bank:cash"): 10_000_00}, {AccountPath("bank:demand:e"): 10_000_00}
    ahead = Transaction(
        kind="ahead",
        effective_on=date(2024, 5, 6),
        postings=legs(CNY, debit=columns[0], credit=columns[1]),
        key="ahead",
    )
    book.bank.ledger.post(ahead)
    book.close_until(date(2024, 5, 6))
    assert book.held("FIN") == 0
    book.close_until(date(2024, 5, 7))
    assert book.held("FIN") == 10_000_00
    assert book.sound()


def test_a_velocity_limit_on_what_comes_in_puts_interest_off() -> None:
    book = Firms(modes=["SALES"])
    book.cash("500,000.00")
    book.take("SALES")
    book.close_until(date(2024, 6, 21))
    owed = book.balance("platform:p:interest:e")
    limit(book, "bank:demand", Flow.IN, owed - 1)
    book.close_until(date(2024, 6, 23))
    assert book.demand_of("e") == 500_000_00
    limit(book, "bank:demand", Flow.IN, owed)
    book.close_until(date(2024, 6, 24))
    assert book.demand_of("e") == 500_000_00 + owed
    assert book.sound()


def test_a_velocity_limit_on_a_mode_stops_no_receipt_and_puts_its_share_off() -> None:
    book = Firms(modes=["SALES"])
    book.take("SALES")
    limit(book, "platform:p:mode", Flow.IN, 12_00)
    book.receive("100.00", "100.00")
    assert (book.held("SALES"), book.demand_of("e")) == (0, 200_00)
    assert [it.code for it in Deferral.every(book.books)] == ["velocity_limit_breached"]
    limit(book, "platform:p:mode", Flow.IN, 20_00)
    book.receive()
    assert (book.held("SALES"), book.demand_of("e")) == (20_00, 180_00)
    assert book.sound()


def test_what_was_spent_before_the_close_is_set_aside_once_there_is_money_again() -> None:
    book = Firms("ef", modes=["SALES"])
    book.take("SALES", share="50%")
    book.cash("100.00")
    book.do(current.Transfer("e", "f", cny("80.00")))
    book.receive()
    assert (book.held("SALES"), book.demand_of("e")) == (0, 20_00)
    book.receive("60.00")
    assert (book.held("SALES"), book.demand_of("e")) == (80_00, 0)
    assert book.sound()


def test_a_transfer_is_a_receipt_and_what_is_reversed_was_none() -> None:
    book = Firms("efg", modes=["SALES"])
    book.cash("100.00", "f")
    book.cash("7.00")
    book.take("SALES", share="50%")
    book.take("SALES", "f", share="50%")
    book.do(current.Transfer("f", "e", cny("60.00")))
    (wrong,) = book.do(cash("e", "1,000.00"))
    reverse(book, wrong.number)
    book.receive()
    assert (book.held("SALES"), book.held("SALES", "f")) == (30_00, 0)
    book.cash("2.00")
    (late,) = book.do(cash("e", "8.00"))
    book.receive()
    assert book.held("SALES") == 35_00
    reverse(book, late.number)
    book.receive()
    assert book.held("SALES") == 35_00  # what was set aside stays
    book.receive("30.00")
    assert book.held("SALES") == 50_00
    assert book.sound()


def reverse(book: Firms, number: int) -> None:
    book.bank.ledger.reverse(number, key=f"reverse-{number}", effective_on=book.books.today)


def test_a_mode_opened_later_has_no_share_in_what_came_before() -> None:
    book = Firms(modes=[])
    for mode in "AB":
        book.offer(mode, fill="receipts", share=["40%", "0%", "50%"])
    book.cash("5.00")
    book.take("A")
    book.cash("10.00")
    book.take("B")
    book.cash("1.00")
    book.receive()
    assert [book.held(mode) for mode in "AB"] == [4_40, 40]
    book.end("A")
    book.cash("1.00")
    book.end("B")
    book.receive("1.00")
    book.take("A")
    book.receive("1.00")
    assert [book.held(mode) for mode in "AB"] == [40, 0]
    assert book.sound()


def test_the_current_account_pays_nothing_for_the_days_of_an_agreed_deposit() -> None:
    book = Firms(opened_on=date(2024, 4, 1), modes=["SALES"])
    book.do(current.ChangeTerms("std", {"rate": "0.36%"}))
    book.cash("100,000.00")
    book.close_until(date(2024, 4, 11))
    book.take("SALES", share="0%")
    book.close_until(date(2024, 5, 11))
    book.end("SALES")
    earned = 100_000_00 * 35 * 30 / Fraction(360 * 10_000)
    book.close_until(date(2024, 6, 22))
    held = 100_000_00 + round_half_up(earned)
    own = Fraction(36 * (10 * 100_000_00 + 41 * held), 360 * 10_000)  # 10 days before, 41 from 11 May on
    assert book.demand_of("e") == held + round_half_up(own)
    book.take("SALES", share="0%")
    book.end("SALES")
    book.take("SALES", share="0%")
    assert book.sound()
