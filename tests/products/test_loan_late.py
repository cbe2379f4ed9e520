"""Repayments that become known late: as if they had been made on their value date, posted on the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.holders import cny
from tests.products.lender import Lender

from bankcore.errors import BankcoreError
from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.products.loan import Prepay, Repay, RepayEarly, WaivePenalty
from bankcore.products.loan.draft import to_date
from bankcore.products.loan.loans import Loan, State
from bankcore.testing import moved

START = date(2024, 1, 31)
OFFICER = Actor.parse("officer:o")


def overdue(**terms: Any) -> Lender:
    """A loan of a month, 10 days after its due date: 5.05 of penalty on 1,010.00."""
    book = Lender(rate="12%", **{"automatic": False, **terms})
    book.lend("1,000.00", 1)
    book.spend("1,000.00")
    book.close_until(date(2024, 3, 10))
    return book


def test_a_repayment_known_late_gives_back_the_penalty_since() -> None:
    book = overdue()
    book.pay_in("1,012.53")
    head = book.bank.ledger.reader.head().number
    book.do(Repay("p", "l", "b", cny("1,012.53"), date(2024, 3, 5)), actor=OFFICER)  # 5 days cost 2.525
    assert book.read().state is State.REPAID
    moves = moved(book.entries(after=head)[-1])
    assert moves == {
        "bank:demand:b": 1_012_53, "loan:p:l:principal": -1_000_00, "loan:p:l:interest": -15_05,
        "bank:penalty-income": 2_52,
    }  # fmt: skip
    assert book.balance("bank:penalty-income") == 2_53
    told = book.books.record(NOTICE, "b:payment-received:l")
    assert told is not None
    assert told.data["value_on"] == "2024-03-05"
    assert book.sound()


def test_what_was_collected_since_and_was_not_owed_comes_back() -> None:
    """Paid on the due day, known after the demand account had paid once more with penalty."""
    book = overdue(automatic=True)
    book.pay_in("600.00")
    book.close_days(2)  # 600.00 at the close of the 10th: 5.05 of it penalty
    assert book.of("principal") == 415_05
    before, penalty = book.demand(), book.balance("bank:penalty-income")
    book.pay_in("1,010.00")
    book.do(Repay("p", "l", "b", cny("1,010.00"), date(2024, 2, 29)), actor=OFFICER)
    assert book.demand() == before + 600_00
    assert (penalty, book.balance("bank:penalty-income")) == (5_26, 0)
    assert (book.of("principal"), book.of("interest")) == (0, 0)
    assert book.read().state is State.REPAID
    assert book.sound()


def test_a_loan_repaid_early_known_late_earned_nothing_since() -> None:
    book = Lender(rate="12%")
    book.lend("1,200.00", 12)
    book.close_until(date(2024, 3, 5))
    book.pay_in("20.00")
    book.do(RepayEarly("p", "l", "b", date(2024, 2, 20)), actor=OFFICER)
    assert book.read().state is State.REPAID
    earned = book.balance("bank:interest-income")
    assert earned == 8_28  # 12.00 a month, 20 of 29 days
    assert book.demand() == 1_220_00 - 1_200_00 - earned
    assert book.read().returned == ((date(2024, 2, 20), 1_200_00),)
    assert book.sound()


def test_penalty_waived_meanwhile_is_waived_only_as_far_as_it_was_owed() -> None:
    book = overdue()
    book.do(WaivePenalty("p", "l", cny("4.00"), "goodwill"))
    book.pay_in("1,012.53")
    book.do(Repay("p", "l", "b", cny("1,010.51"), date(2024, 3, 1)), actor=OFFICER)  # with a day's penalty
    assert book.read().state is State.REPAID
    assert book.balance("bank:penalty-income") == 51
    assert book.sound()
    other = overdue()
    other.pay_in("1,000.00")
    other.do(Repay("p", "l", "b", cny("500.00"), date(2024, 3, 1)), actor=OFFICER)
    owed = other.read().unpaid_penalty
    other.do(WaivePenalty("p", "l", cny(owed), "goodwill"))
    other.do(Repay("p", "l", "b", cny("500.00"), date(2024, 3, 5)), actor=OFFICER)
    assert other.read().unpaid_penalty == 0
    assert other.sound()


def test_a_prepayment_of_what_was_prepaid_before_comes_back() -> None:
    """Repaid early on the 10th, known on the 20th; the prepayment of the 15th comes back whole."""
    book = Lender(rate="12%")
    book.lend("1,200.00", 12)
    book.pay_in("100.00")
    book.close_until(date(2024, 2, 15))
    book.prepay("100.00")
    book.close_until(date(2024, 2, 20))
    book.do(RepayEarly("p", "l", "b", date(2024, 2, 10)), actor=OFFICER)
    earned = book.balance("bank:interest-income")
    assert (earned, book.demand()) == (4_14, 1_300_00 - 1_200_00 - 4_14)  # 10 of 29 days
    assert book.sound()


def test_two_late_payments_in_any_order_leave_the_same() -> None:
    stands = []
    for days in ((2, 6), (6, 2)):
        book = overdue(posting="events")
        book.pay_in("500.00")
        for day in days:
            book.do(Repay("p", "l", "b", cny("250.00"), date(2024, 3, day)), actor=OFFICER)
        stands.append((shown(book.read()), book.balances()))
    assert stands[0] == stands[1]


def test_what_cannot_be_paid_late() -> None:
    book = overdue()
    book.pay_in("2,000.00")

    def code(command: Any, actor: str = "officer:o") -> str:
        return str(book.refusal(command, Actor.parse(actor))["code"])

    amount = cny("100.00")
    assert code(Repay("p", "l", "b", amount, date(2024, 3, 5)), "customer:b") == "actor_not_permitted"
    assert code(Repay("p", "l", "b", amount, date(2024, 3, 11))) == "bad_command"
    assert code(Repay("p", "l", "b", amount, date(2024, 2, 8))) == "period_closed"
    assert code(Repay("p", "l", "b", amount, date(2024, 2, 28))) == "nothing_due"
    refusal = book.refusal(Repay("p", "l", "b", cny("1,012.54"), date(2024, 3, 5)), OFFICER)
    assert (refusal["code"], refusal["owed"]) == ("payment_exceeds", 1_012_53)
    assert code(Prepay("p", "l", "b", cny("1.00"), "term", date(2024, 3, 5))) == "payment_exceeds"
    new = Lender(rate="12%")
    new.lend("1,000.00", 1)
    new.close_days(5)
    before = new.refusal(RepayEarly("p", "l", "b", date(2024, 1, 30)), OFFICER)
    assert (before["code"], before["effective_on"]) == ("period_closed", "2024-01-30")


@pytest.mark.parametrize(("fen", "code"), [(1, "bad_command"), (100, "")])
def test_so_few_fen_that_more_would_come_back_than_is_paid(fen: int, code: str) -> None:
    """Rounding makes each of three instalments that were paid since a fen smaller."""
    book = Lender(rate="0%", automatic=False, value_back=92)
    book.lend(1_000_02, 12)
    for due in (date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)):
        book.close_until(due)
        book.repay(book.read().plan.next().payment)
    prepayment = Prepay("p", "l", "b", cny(fen), "term", date(2024, 2, 15))
    if code:
        book.refused(code, prepayment, OFFICER)
    else:
        book.do(prepayment, actor=OFFICER)
    assert book.sound()


def shown(loan: Loan) -> Loan:
    """A loan without how often it was written."""
    return evolve(loan, version=0, event=None)


@settings(max_examples=max(settings().max_examples // 10, 15))
@given(
    method=st.sampled_from(["annuity", "equal-principal", "bullet"]),
    basis=st.sampled_from(["months", "act-360"]),
    fee=st.sampled_from(["0%", "1%"]),
    posting=st.sampled_from(["daily", "events"]),
    accrue=st.sampled_from(["events", "month-end"]),
    grace=st.sampled_from([0, 3, 10]),
    day=st.integers(0, 75),
    later=st.integers(1, 30),
    what=st.sampled_from(["pay", "term", "payment", "all"]),
    part=st.integers(1, 8),
    others=st.lists(st.tuples(st.integers(0, 105), st.integers(1, 400_00), st.booleans()), max_size=4),
)
@example("bullet", "months", "0%", "daily", "month-end", 0, 0, 30, "term", 1, [])  # between two months' ends
@example("bullet", "act-360", "1%", "daily", "month-end", 0, 20, 30, "pay", 1, [(40, 50_00, False)])
@example("annuity", "months", "0%", "daily", "events", 0, 33, 30, "pay", 1, [(57, 1, False)])
def test_paying_on_a_day_or_later_as_of_it_leaves_the_same(
    method: str, basis: str, fee: str, posting: str, accrue: str, grace: int, day: int, later: int,
    what: str, part: int, others: list[tuple[int, int, bool]],
) -> None:  # fmt: skip
    """Principal, interest, penalty and fee on any day after it is known, with other payments between."""
    paid_on, known_on = (START + timedelta(days=days) for days in (day, day + later))
    stands = []
    for at in (paid_on, known_on):
        book = Lender(
            rate="12%", method=method, basis=basis, fee=fee, posting=posting, accrue=accrue, grace_days=grace,
            automatic=False,
        )  # fmt: skip
        book.lend("1,000.00", 3)
        book.pay_in("5,000.00")
        seen: list[Any] = []
        for days in range(135):
            today = START + timedelta(days=days)
            book.close_until(today)
            if today == at and book.read().state is State.LENT:
                amount = cny(part * 50_00)
                value_on = paid_on if at is known_on else None
                try:
                    if what == "pay":
                        book.do(Repay("p", "l", "b", amount, value_on), actor=OFFICER)
                    elif what == "all":
                        book.do(RepayEarly("p", "l", "b", value_on), actor=OFFICER)
                    else:
                        book.do(Prepay("p", "l", "b", amount, what, value_on), actor=OFFICER)
                except BankcoreError as refusal:
                    seen.append(refusal.code)
            for when, fen, waived in others:
                if when == days and (days != day) and book.read().state is State.LENT:
                    pay_or_waive(book, fen, waived)
            if (
                days > day + later and days % 7 == 0
            ):  # on its day a payment posts penalty before the close does
                if not stands or days % 35 == 0:
                    assert book.sound()
                seen.append(totals(book, exact=posting == "events"))
        stands.append(seen)
    assert stands[0] == stands[1]


def totals(book: Lender, exact: bool) -> list[Any]:
    """What is left and what was earned; penalty by its `exact` sum where it is posted with events alone."""
    loan, earned = book.read(), book.balance("bank:interest-income")
    if exact and loan.state is State.LENT:
        unposted = to_date(loan, book.books).loan
        return [unposted.principal_left, unposted.owed, unposted.penalty.exact]
    names = ("principal", "interest", "unearned-fee")
    return [*(book.of(it) for it in names), earned, book.balance("bank:penalty-income")]


def pay_or_waive(book: Lender, fen: int, waived: bool) -> None:
    """What the loan takes of it."""
    if waived:
        if unpaid := to_date(book.read(), book.books).loan.unpaid_penalty:
            book.do(WaivePenalty("p", "l", cny(min(fen, unpaid)), "goodwill"))
    else:
        if owed := to_date(book.read(), book.books).loan.owed:
            book.do(Repay("p", "l", "b", cny(min(fen, owed))), actor=OFFICER)
