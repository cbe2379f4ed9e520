"""How loans run: due dates, collection, penalty, prepayment, fees, losses, and what others may know."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from tests.products.holders import CNY, cny
from tests.products.lender import Lender

from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.transactions import Transaction, legs
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.product import records
from bankcore.products.lendings import Lending
from bankcore.products.loan import (
    LOAN,
    Approve,
    ChangeTerms,
    Disburse,
    LoanTerms,
    ProposeWriteOff,
    Reject,
    RepayEarly,
    SignContract,
    preview,
    schedule_of,
)
from bankcore.products.loan.loans import State
from bankcore.rates import Accrual, round_half_up


def days(table: Any) -> list[str]:
    return [str(row[1]) for row in table.rows]


# --- schedules --------------------------------------------------------------------------------------


def test_due_dates_count_from_the_start_and_roll() -> None:
    def due(**terms: Any) -> list[str]:
        return days(preview(LoanTerms.from_data(terms), cny("900.00"), 3, date(2024, 5, 31)))

    assert due() == ["2024-06-30", "2024-07-31", "2024-08-31"]
    assert due(roll="following") == ["2024-07-01", "2024-07-31", "2024-09-02"]
    assert due(roll="modified_following") == ["2024-06-28", "2024-07-31", "2024-08-30"]
    assert due(roll="preceding") == ["2024-06-28", "2024-07-31", "2024-08-30"]
    assert due(method="bullet") == ["2024-08-31"]
    leap = date(2024, 2, 29)
    assert days(preview(LoanTerms.from_data({"month_end": True}), cny("9.00"), 2, leap)) == [
        "2024-03-31",
        "2024-04-30",
    ]
    assert days(preview(LoanTerms(), cny("9.00"), 2, leap)) == ["2024-03-29", "2024-04-29"]


def test_a_rolled_date_counts_actual_days_and_leaves_months_alone() -> None:
    def interest(basis: str) -> list[int]:
        terms = LoanTerms.from_data(
            {"rate": "3.6%", "method": "equal-principal", "basis": basis, "roll": "following"}
        )
        table = preview(terms, cny("3,000.00"), 3, date(2024, 5, 31))
        return [row[4].quantity for row in table.rows]

    assert interest("months") == [9_00, 6_00, 3_00]
    assert interest("act-360") == [9_30, 6_00, 3_30]  # to 1 July, to 31 July, to 2 September


def test_a_bullet_by_months_earns_them_all_at_the_end() -> None:
    terms = LoanTerms.from_data({"rate": "6%", "method": "bullet"})
    ((_, _, payment, _, interest, left),) = preview(terms, cny("1,000.00"), 9, date(2024, 1, 31)).rows
    assert (payment.quantity, interest.quantity, left.quantity) == (1_045_00, 45_00, 0)


def test_a_level_payment_by_actual_days_is_solved_in_actual_days() -> None:
    rows = preview(
        LoanTerms.from_data({"basis": "act-360"}), cny("1,000,000.00"), 360, date(2024, 1, 31)
    ).rows
    payments = [row[2].quantity for row in rows]
    assert (payments[0], payments[-1]) == (5_015_02, 5_015_36)
    assert len({*payments[:-1]}) == 1
    assert sum(row[3].quantity for row in rows) == 1_000_000_00


def test_payments_below_the_interest_repay_nothing_until_the_last() -> None:
    """A level payment is of all months; 31 actual days at a high rate can cost more."""
    terms = LoanTerms.from_data({"rate": "24%", "basis": "act-360"})
    rows = preview(terms, cny("1,000,000.00"), 360, date(2024, 1, 1)).rows
    payments = [row[2].quantity for row in rows]
    assert rows[0][3].quantity == 0
    assert payments[0] > payments[1]
    assert sum(row[3].quantity for row in rows) == 1_000_000_00


def test_a_loan_of_a_few_fen_ends_when_nothing_is_left() -> None:
    table = preview(LoanTerms.from_data({"rate": "0%"}), cny(200), 360, date(2024, 1, 1))
    assert [row[2].quantity for row in table.rows] == [1] * 200
    assert schedule_of(lent("1.00", 2).books, "p", "l").rows[-1][5].quantity == 0


def owed(book: Lender) -> int:
    """What a repayment of today can pay."""
    loan = book.read().penalised(book.books.today)
    return loan.owed + loan.penalty.due()


# --- collection -------------------------------------------------------------------------------------


def lent(amount: str = "1,200.00", months: int = 12, **terms: Any) -> Lender:
    """A loan disbursed on 2024-01-31, nothing of it left on the demand account."""
    book = Lender(**{"rate": "12%", "method": "equal-principal", **terms})
    book.lend(amount, months)
    book.spend(book.demand())
    return book


def test_what_is_due_is_collected_at_the_close_of_its_day_and_not_before() -> None:
    book = lent()
    book.pay_in("200.00")
    book.close_until(date(2024, 2, 29))
    assert book.demand() == 200_00
    book.close()
    assert (book.demand(), book.of("principal"), book.of("interest")) == (88_00, 1_100_00, 0)
    assert book.sound()


def test_collection_reaches_as_far_as_there_is_money_and_tries_again_every_day() -> None:
    book = lent(posting="events")
    book.pay_in("5.00")
    book.close_until(date(2024, 3, 1))
    assert (book.demand(), book.of("principal"), book.of("interest")) == (0, 1_200_00, 7_00)
    book.pay_in("50.00")
    book.close()  # a day of 18% on 107.00 is 5.35 fen; then interest, then principal
    assert (book.demand(), book.of("interest"), book.of("principal")) == (0, 0, 1_157_05)
    assert book.balance("bank:penalty-income") == 5
    book.close_days(2)
    book.pay_in("57.15")  # 57.05 and three days more of penalty, 5.35 + 8.5575 exact in all
    assert book.read().days_overdue(book.books.today) == 4
    book.close()
    assert (book.of("principal"), book.demand()) == (1_100_00, 57_15 - 57_05 - 9)
    assert book.balance("bank:penalty-income") == 14
    assert book.sound()


def test_holds_and_frozen_demand_accounts_are_left_alone() -> None:
    book = lent()
    book.pay_in("500.00")
    book.freeze("bank:demand:b", Status.DEBITS_FROZEN)
    book.close_until(date(2024, 3, 3))
    assert book.demand() == 500_00
    assert book.read().days_overdue(book.books.today) == 3
    book.freeze("bank:demand:b", Status.OPEN)
    book.close()
    assert book.demand() == 500_00 - 112_00 - round_half_up(Fraction(112_00 * 18 * 3, 36_000))
    assert book.sound()


@pytest.mark.parametrize("posting", ["daily", "events"])
def test_a_frozen_account_of_the_loan_makes_it_wait(posting: str) -> None:
    book = lent(posting=posting)
    book.pay_in("500.00")
    book.freeze("loan:p:l:interest")
    book.close_until(date(2024, 3, 10))
    assert book.read().arrears == ()
    book.freeze("loan:p:l:interest", Status.OPEN)
    book.close()
    assert (book.of("principal"), book.demand()) == (1_100_00, 388_00)  # the wait was the bank's
    book.close_until(date(2024, 4, 1))
    assert book.of("principal") == 1_000_00
    assert book.sound()


def test_after_a_wait_penalty_counts_from_the_due_date_all_the_same() -> None:
    book = lent(posting="events")
    book.freeze("loan:p:l:interest")
    book.close_until(date(2024, 3, 10))
    book.freeze("loan:p:l:interest", Status.OPEN)
    book.close()
    book.pay_in("500.00")
    book.close()
    assert book.balance("bank:penalty-income") == round_half_up(Fraction(112_00 * 18 * 11, 36_000))
    assert book.sound()


def test_two_loans_of_a_borrower_share_what_is_there() -> None:
    book = Lender(rate="12%", method="equal-principal", posting="events")
    for loan in ("l", "m"):
        book.lend("1,200.00", 12, loan)
    book.spend("2,400.00")
    book.pay_in("150.00")
    book.close_until(date(2024, 3, 1))
    assert (book.of("principal", "l"), book.of("principal", "m"), book.demand()) == (1_100_00, 1_174_00, 0)
    assert book.of("interest", "m") == 0
    assert book.sound()


def test_without_automatic_collection_nothing_is_taken() -> None:
    book = lent(automatic=False)
    book.pay_in("500.00")
    book.close_until(date(2024, 3, 3))
    assert book.demand() == 500_00
    book.repay("112.17")
    assert (book.of("principal"), book.of("interest")) == (1_100_00, 0)
    assert book.sound()


def test_a_payment_by_hand_on_the_due_day_leaves_nothing_to_collect() -> None:
    book = lent()
    book.pay_in("500.00")
    book.close_until(date(2024, 2, 29))
    book.repay("112.00")
    assert book.demand() == 388_00
    book.close()
    assert (book.demand(), book.of("principal")) == (388_00, 1_100_00)
    book.close_until(date(2024, 4, 1))
    assert book.of("principal") == 1_000_00
    assert book.sound()


def test_the_oldest_interest_and_principal_are_paid_first() -> None:
    book = lent(automatic=False, penalty_factor="1", posting="events")
    book.pay_in("500.00")
    book.close_until(date(2024, 4, 1))
    penalty = round_half_up(Fraction((112_00 * 32 + 111_00) * 12, 36_000))
    book.repay(penalty + 12_00 + 5_00)
    assert [(it.interest, it.principal) for it in book.read().arrears] == [(0, 100_00), (6_00, 100_00)]
    book.repay(6_00 + 100_00 + 1)
    assert [(it.interest, it.principal) for it in book.read().arrears] == [(0, 99_99)]
    assert book.sound()


def test_a_close_reads_only_loans_that_are_due() -> None:
    book = Lender()
    for number in range(3):
        book.lend("600.00", 6, f"l{number}")
    assert not list(LOAN.daily(book.books, date(2024, 2, 28)))
    assert [step.name for step in LOAN.daily(book.books, date(2024, 2, 29))] == ["p/due/l0"]
    book.close_until(date(2024, 3, 1))
    assert not list(LOAN.daily(book.books, book.books.today))
    assert book.bank.close_day(date(2024, 2, 29)).transactions == 0


def test_a_close_killed_after_any_step_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "PAGE", 1)

    def run(killed_after: int) -> tuple[dict[str, int], int]:
        book = Lender(rate="12%")
        for loan in ("k", "l", "m"):
            book.lend("1,200.00", 12, loan)
        book.spend("3,500.00")
        book.close_until(date(2024, 2, 29))
        steps = LOAN.daily(book.books, book.books.today)
        for _ in range(killed_after):
            book.bank._take(book.books.today, "loan", next(steps))
        book.close_days(3)
        assert book.sound()
        return book.balances(), book.bank.ledger.reader.head().number

    whole = run(0)
    assert [run(steps) for steps in (1, 2, 3)] == [whole] * 3


# --- penalty ----------------------------------------------------------------------------------------


def test_penalty_posted_daily_or_when_paid_comes_to_the_same() -> None:
    books = [lent(posting=posting, automatic=False) for posting in ("daily", "events")]
    for book in books:
        book.pay_in("1,500.00")
        book.close_until(date(2024, 3, 20))
        book.repay("50.00")
        book.close_until(date(2024, 5, 7))
        book.repay(owed(book))
        book.close_until(date(2024, 6, 1))
        assert book.sound()
    assert books[0].balance("bank:penalty-income") == books[1].balance("bank:penalty-income")
    assert len(books[0].entries()) > len(books[1].entries())


def test_paying_within_the_grace_costs_nothing_and_after_it_counts_from_the_due_date() -> None:
    book = lent(grace_days=5, automatic=False)
    book.pay_in("500.00")
    book.close_until(date(2024, 3, 5))
    book.repay("12.00")
    assert book.balance("bank:penalty-income") == 0
    book.close()
    assert book.balance("bank:penalty-income") == 0
    book.close()
    assert book.balance("bank:penalty-income") == round_half_up(Fraction(100_00 * 18 * 6, 36_000))
    assert book.sound()


def test_principal_past_due_bears_penalty_and_no_interest() -> None:
    book = lent("1,000.00", 2, automatic=False, posting="events")
    book.close_until(date(2024, 4, 2))
    assert [(it.due_on.month, it.principal, it.interest) for it in book.read().arrears] == [
        (2, 500_00, 10_00),
        (3, 500_00, 5_00),
    ]
    assert book.read().next_due is None
    book.pay_in("2,000.00")
    book.repay_early()
    penalty = Fraction(510_00 * 33 + 505_00 * 2) * 18 / 36_000
    assert book.demand() == 2_000_00 - 1_015_00 - round_half_up(penalty)
    assert book.read().state.value == "repaid"
    assert book.sound()


# --- prepayment -------------------------------------------------------------------------------------


def test_days_within_a_period_count_as_their_share_of_it() -> None:
    book = lent("1,200.00", 12)
    book.pay_in("2,000.00")
    book.close_until(date(2024, 2, 15))
    book.prepay("600.00")
    assert book.demand() == 1_400_00 - 6_21  # 15 days of 29 of 1% on 1,200.00
    (_, due, _, principal, interest, _), *_ = schedule_of(book.books, "p", "l").rows
    assert (due, principal.quantity, interest.quantity) == (
        date(2024, 2, 29),
        50_00,
        2_89,
    )  # 14 days of 29 on 600.00; 9.1034 in all
    book.close_until(date(2024, 3, 1))
    assert (book.of("principal"), book.demand()) == (550_00, 1_393_79 - 52_89)
    (_, _, _, _, interest, _), *_ = schedule_of(book.books, "p", "l").rows
    assert interest.quantity == 5_50  # a whole month again
    assert book.sound()


@pytest.mark.parametrize("keep", ["term", "payment"])
@pytest.mark.parametrize("method", ["annuity", "equal-principal"])
def test_the_rest_is_divided_anew_or_ends_sooner(method: str, keep: str) -> None:
    book = Lender(rate="12%", method=method)
    book.lend("1,000.00", 6)
    before = [row[2].quantity for row in schedule_of(book.books, "p", "l").rows]
    book.close_until(date(2024, 2, 29))
    book.prepay("400.00", keep)
    after = [row[2].quantity for row in schedule_of(book.books, "p", "l").rows]
    principals = [row[3].quantity for row in schedule_of(book.books, "p", "l").rows]
    if keep == "term":
        assert len(after) == 5
        assert max(after) < min(before)
    else:
        assert len(after) == 3
        if method == "annuity":
            assert after[:2] == before[:2]
        else:
            assert principals[:2] == [166_67, 166_67]
    assert sum(principals) == book.of("principal")
    assert book.sound()


def test_a_bullet_prepaid_in_part_keeps_its_day() -> None:
    book = Lender(rate="3.6%", method="bullet")
    book.lend("1,000.00", 3)
    book.pay_in("100.00")
    book.close_until(date(2024, 3, 1))
    book.prepay("400.00")
    assert book.demand() == 1_100_00 - 400_00 - 3_10  # a month, and a day of 31
    book.close_until(date(2024, 5, 1))
    assert book.demand() == 696_90 - 600_00 - 3_54  # the other 30 days and a month, of the rest
    assert book.read().state.value == "repaid"
    assert book.sound()


def test_what_is_due_is_paid_before_principal_that_is_not() -> None:
    book = lent("1,200.00", 12, automatic=False)
    book.pay_in("2,000.00")
    book.close_until(date(2024, 3, 10))
    book.prepay("100.00")
    penalty, interest = (
        round_half_up(Fraction(112_00 * 18 * 10, 36_000)),
        round_half_up(Fraction(11_00 * 10, 31)),
    )
    assert book.read().arrears == ()
    assert book.demand() == 2_000_00 - 112_00 - penalty - interest - 100_00
    kinds = [entry.transaction.kind for entry in book.entries()]
    assert kinds[-2:] == ["loan.repay", "loan.prepay"]
    assert book.sound()


def test_repaying_on_the_day_itself_costs_no_interest() -> None:
    book = Lender()
    book.lend("1,000.00", 12)
    book.repay_early()
    assert (book.demand(), book.read().state.value) == (0, "repaid")
    book.close_until(date(2024, 3, 2))
    assert book.sound()


def test_a_day_that_was_noted_for_a_loan_that_ended_passes() -> None:
    book = lent()
    book.close_until(date(2024, 3, 2))
    book.pay_in("2,000.00")
    book.repay_early()
    head = len(book.entries())
    book.close_until(date(2024, 4, 2))
    assert len(book.entries()) == head


# --- fees -------------------------------------------------------------------------------------------


def test_a_fee_is_earned_with_what_is_due_even_if_nobody_pays() -> None:
    book = Lender(rate="6%", fee="1.5%", method="equal-principal", automatic=False, posting="events")
    book.lend("30,000.00", 3)
    assert (book.demand(), book.of("unearned-fee")) == (29_550_00, 450_00)
    left = []
    for month in (3, 4, 5):
        book.close_until(date(2024, month, 1))
        left.append(book.of("unearned-fee"))
        assert book.sound()
    assert left == [225_94, 75_63, 0]


@pytest.mark.parametrize("rate", ["6%", "18%"])
def test_a_fee_of_one_fen_never_runs_back_or_below_nothing(rate: str) -> None:
    """Unearned by the effective rate alone would be 1, 1, 0, 1, 1, ... or 1, 1, 0, 0, 0, -1, ..."""
    book = Lender(rate=rate, fee="0.01%")
    book.lend("50.00", 9)
    book.pay_in("50.00")
    unearned = [book.of("unearned-fee")]
    while unearned[-1] or len(unearned) < 8:
        book.close_days(31)
        unearned.append(book.of("unearned-fee"))
    assert unearned[:3] == [1, 1, 0]
    assert not any(unearned[2:])
    assert book.sound()


@pytest.mark.parametrize("amount", ["0.01", "12,000.00", "30,000.00"])
def test_a_prepayment_earns_the_rest_of_the_fee(amount: str) -> None:
    book = Lender(rate="6%", fee="3%")
    book.lend("30,000.00", 36)
    book.pay_in("2,000.00")
    book.close_until(date(2024, 2, 20))
    book.prepay(amount)
    assert book.of("unearned-fee") == 0
    assert book.balance("bank:interest-income") == 900_00 + 103_45  # 20 days of 29 of a month of 30,000.00
    assert book.sound()


def test_effective_rates_and_fees_are_reported() -> None:
    book = Lender(rate="6%", fee="1.5%", method="equal-principal")
    book.lend("30,000.00", 3)
    book.lend("30,000.00", 3, "m", method="bullet")
    book.lend("30,000.00", 3, "n", fee="0%")
    book.sign("30,000.00", 3, "o")
    book.close_until(date(2024, 3, 1))
    assert book.printed("fees") == [
        ["p", "l", "b", "450.00 CNY", "224.06 CNY", "225.94 CNY", "15.190275%"],
        ["p", "m", "b", "450.00 CNY", "0.00 CNY", "450.00 CNY", "12.182741%"],
    ]
    portfolio = [[row[1], *row[4:7], row[-1]] for row in book.printed("portfolio")]
    assert portfolio == [
        ["l", "20,000.00 CNY", "0.00 CNY", "2024-03-31", "15.190275%"],
        ["m", "30,000.00 CNY", "0.00 CNY", "2024-04-30", "12.182741%"],
        ["n", "20,000.00 CNY", "0.00 CNY", "2024-03-31", "6.000000%"],
    ]
    assert len(book.printed("schedules")) == 5
    book.prepay("1.00")
    assert next(row[3:] for row in book.printed("fees")) == [
        "450.00 CNY",
        "450.00 CNY",
        "0.00 CNY",
        "15.190275%",
    ]
    assert not schedule_of(book.books, "p", "o").rows


# --- losses -----------------------------------------------------------------------------------------


def test_a_loan_is_written_off_and_part_of_it_recovered() -> None:
    book = lent("1,200.00", 12, fee="1%")
    book.pay_in("10.00")
    assert book.printed("losses") == []  # it runs
    book.close_until(date(2024, 5, 1))
    owed = book.of("principal") + book.of("interest")
    assert book.of("unearned-fee") > 0
    penalty = book.balance("bank:penalty-income")
    book.write_off()
    gone = (
        owed + book.balance("bank:penalty-income") - penalty + 29
    )  # that of yesterday too, and its interest
    assert book.balance("bank:loan-loss") == gone
    assert (book.of("principal"), book.of("interest"), book.of("unearned-fee")) == (0, 0, 0)
    assert book.read().state.value == "written-off"
    book.close_until(date(2024, 7, 1))
    book.recover("300.00")
    book.recover(gone - 300_00)
    assert book.balance("bank:loan-loss") == 0
    assert [row[3:] for row in book.printed("losses")] == [
        ["2024-05-01", str(cny(gone)), str(cny(gone)), "0.00 CNY"]
    ]
    assert book.sound()


@pytest.mark.parametrize("posting", ["daily", "events"])
def test_penalty_counts_to_the_day_of_the_write_off_however_it_is_posted(posting: str) -> None:
    book = Lender(method="bullet", basis="act-360", rate="6.00%", posting=posting)
    book.lend("3,000.00", 1)
    book.spend("3,000.00")
    book.close_until(date(2024, 3, 20))
    book.write_off()
    # due 2024-02-29 with 14.50 of interest: 20 days of 9% on 3,014.50
    assert book.balance("bank:penalty-income") == 15_07
    assert book.balance("bank:loan-loss") == 3_000_00 + 14_50 + 15_07
    assert (book.of("principal"), book.of("interest")) == (0, 0)
    assert book.sound()


def test_what_falls_due_on_the_day_of_the_write_off_is_earned_and_lost() -> None:
    book = Lender(method="bullet", basis="act-360", rate="6.00%")
    book.lend("3,000.00", 1)
    book.spend("3,000.00")
    book.close_until(date(2024, 2, 29))
    book.write_off()
    assert (book.balance("bank:interest-income"), book.balance("bank:loan-loss")) == (14_50, 3_014_50)
    assert book.sound()


def test_what_was_turned_down_can_be_proposed_again() -> None:
    book = lent()
    book.do(ProposeWriteOff("p", "l", "insolvent"))
    book.do(Reject("p", "l", "write-off", 1))
    book.refused("nothing_proposed", Approve("p", "l", "write-off", 1))
    book.write_off()
    assert book.of("principal") == 0


def test_overdue_loans_by_age() -> None:
    book = Lender(method="equal-principal", rate="12%", automatic=False)
    book.lend("1,200.00", 12, "a")
    book.close_until(date(2024, 3, 31))
    book.lend("2,400.00", 12, "c", "c")
    book.close_until(date(2024, 4, 10))
    assert [row[-3] for row in book.printed("portfolio")] == ["41", "0"]
    assert book.printed("overdue") == [
        ["p", "2,400.00 CNY", "0.00 CNY", "1,200.00 CNY", "0.00 CNY", "0.00 CNY", "3,600.00 CNY"]
    ]
    book.close_until(date(2024, 6, 15))
    assert book.printed("overdue")[0][1:6] == [
        "0.00 CNY", "0.00 CNY", "2,400.00 CNY", "0.00 CNY", "1,200.00 CNY",
    ]  # fmt: skip


# --- disbursement and what others may know -----------------------------------------------------------


def test_a_disbursement_is_reversed_on_its_own_day() -> None:
    book = Lender(fee="2%")
    book.lend("1,000.00", 12)
    book.reverse()
    assert not book.balances()
    day = date(2024, 1, 31)
    returned = ((day, 1_000_00),)  # all of it: nothing of a referral fee is earned
    assert book.lending() == Lending("b", 1_000_00, CNY, day, False, day, returned=returned)
    book.close_until(date(2024, 3, 2))
    assert book.sound()


def test_how_a_loan_stands() -> None:
    book = Lender(rate="12%", method="equal-principal")
    assert book.lending() is None
    book.sign("1,200.00", 12)
    assert book.lending() is None
    book.close()
    book.lend("1,200.00", 12, "m")
    book.spend("1,200.00")
    book.close_until(date(2024, 2, 29))
    standing = Lending("b", 1_200_00, CNY, date(2024, 2, 1), False, None)
    assert book.lending("m") == standing
    book.close_until(date(2024, 3, 1))
    assert book.lending("m") == standing  # due, and its day not over
    book.pay_in("1.00")
    book.repay("1.00", "m")
    assert book.lending("m") == standing
    book.close()
    assert book.lending("m") == Lending("b", 1_200_00, CNY, date(2024, 2, 1), True, None)
    book.write_off("m")
    written_off = book.lending("m")
    assert written_off is not None
    assert (written_off.overdue, written_off.ended_on) == (False, date(2024, 3, 2))


def test_a_push_leads_to_one_loan() -> None:
    book = Lender(needs_push=True)
    book.push()

    def sign(loan: str = "l") -> SignContract:
        return SignContract("p", loan, "b", cny("1,000.00"), 6, "n", "x")

    book.do(sign())
    book.refused("already_taken", sign("m"))
    book.do(Disburse("p", "l"))
    book.reverse()
    book.do(sign("m"))
    book.do(Disburse("p", "m"))
    assert book.of("principal", "m") == 1_000_00


def test_terms_change_for_contracts_to_come() -> None:
    book = Lender(rate="6%")
    book.do(ChangeTerms("p", {"rate": "12%"}, date(2024, 2, 2)))
    book.lend("1,000.00", 6)
    book.close_until(date(2024, 2, 2))
    book.lend("1,000.00", 6, "m")
    assert [str(book.read(loan).terms.rate) for loan in ("l", "m")] == ["6%", "12%"]


def test_a_borrower_repays_only_loans_of_its_own() -> None:
    book = lent()
    book.refused("borrower_differs", RepayEarly("p", "l", "x"))


# --- invariants -------------------------------------------------------------------------------------


def test_every_contradiction_is_found() -> None:
    book = lent(automatic=False, posting="events", fee="1%")
    book.close_until(date(2024, 3, 5))
    book.open("bank:abroad.2", "asset")
    for name, side in (("principal", 1), ("interest", 1), ("unearned-fee", -1)):
        book.post({f"loan:p:l:{name}": side}, {"bank:abroad.2": side})
    loan = book.read()
    wrong = evolve(
        loan,
        state=State.REPAID,
        penalty=Accrual(Fraction(0), 1),
        schedule=evolve(loan.schedule, earned=Accrual(Fraction(3), 0)),
        arrears=(evolve(loan.arrears[0], due_on=date(2024, 3, 6)),),
    )
    book.post({}, {}, wrong.record())
    found = [f"{it.invariant} {it.reason}" for it in book.bank.broken_invariants()]
    assert found == [
        "E3 loan:p:l:principal: 120001 lent, 0 paid, 120000 by the schedule",
        "E3 loan:p:l:principal: 120000 left of a loan repaid",
        "E4 loan:p:l:interest: 1201, owed are 1200",
        "E4 loan:p:l:interest: penalty of 1 is ahead of 0",
        "E4 loan:p:l:interest: accrued 0, earned 3",
        "E4 loan:p:l:interest: an instalment is charged before its due date",
        "E7 loan:p:l:unearned-fee: fee 1201 of 1200, 1020 unearned, not 1019",
        "E7 loan:p:l:unearned-fee: 1019 unearned of a loan repaid",
    ]


def test_money_dated_ahead_is_not_collected_and_stops_no_close() -> None:
    book = Lender()
    book.lend("1,000.00", 3)
    book.spend("1,000.00")
    sides = {"debit": {AccountPath("bank:cash"): 500_00}, "credit": {AccountPath("bank:demand:b"): 500_00}}
    salary = Transaction(
        kind="salary", effective_on=date(2024, 3, 15), postings=legs(CNY, **sides), key="salary"
    )
    book.bank.ledger.post(salary)
    assert book.books.available(AccountPath("bank:demand:b")) == 0
    book.close_until(date(2024, 3, 15))
    assert (book.demand(), book.of("principal")) == (500_00, 1_000_00)
    assert book.books.available(AccountPath("bank:demand:b")) == 500_00
    book.close()
    assert book.of("principal") < 1_000_00


def test_what_a_velocity_limit_lets_through_is_collected() -> None:
    book = Lender()
    book.lend("1,000.00", 1)
    root = AccountPath("bank:demand:b")
    book.bank.ledger.limit(VelocityLimit("card", root, CNY, Flow.OUT, Per.DAY, most=300_00), key="limit")
    assert book.books.available(root) == 300_00
    before = book.demand()
    book.close_until(date(2024, 3, 2))
    assert before - book.demand() == 600_00  # on the due day and on the day behind it
    assert book.sound()
