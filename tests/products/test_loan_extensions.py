"""Extension of a loan: one officer proposes, another decides, and the borrower is told."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from tests.products.holders import cny
from tests.products.lender import Lender
from tests.products.people import LI
from tests.products.test_loan_repricing import following, publish

from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.products.loan import (
    ApproveExtension,
    Prepay,
    ProposeExtension,
    RejectExtension,
    RepayEarly,
)
from bankcore.products.loan.loans import State
from bankcore.rates import round_half_up


def extend(book: Lender, months: int) -> None:
    book.do(ProposeExtension("p", "l", months, "a late harvest"))
    book.do(ApproveExtension("p", "l", book.proposal("extension")))


def test_a_bullet_is_due_months_later_and_the_days_before_count_as_they_did() -> None:
    book = Lender(rate="6%", method="bullet", basis="act-360")
    book.lend("10,000.00", 3)
    book.pay_in("1,000.00")
    book.close_until(date(2024, 4, 25))
    extend(book, 2)
    assert book.balance("bank:interest-income") == round_half_up(10_000_00 * Fraction(85, 6_000))
    told = book.books.record(NOTICE, "b:extended:l")
    assert told is not None
    assert told.data == {"on": "2024-04-25", "programme": "p", "until": "2024-06-30", "months": "2"}
    book.close_until(date(2024, 5, 2))
    assert book.of("principal") == 10_000_00  # nothing on the old day
    book.close_until(date(2024, 7, 1))
    assert book.read().state is State.REPAID
    assert book.balance("bank:interest-income") == 251_67  # 151 days
    assert book.sound()


@pytest.mark.parametrize("method", ["annuity", "equal-principal"])
def test_instalments_fall_over_more_months(method: str) -> None:
    book = Lender(rate="12%", method=method, fee="1%", accrue="month-end")
    book.lend("12,000.00", 12)
    book.pay_in("12,000.00")
    book.close_until(date(2024, 3, 10))
    before = book.read().plan.next()
    extend(book, 6)
    rows = list(book.read().plan.rest())
    assert rows[-1].due_on == date(2025, 7, 31)
    assert len(rows) == 17
    assert rows[0].interest == before.interest
    assert rows[0].payment < before.payment
    assert max(it.principal for it in rows) - min(it.principal for it in rows) <= (
        1 if method[0] == "e" else 120_00
    )
    if method == "annuity":
        assert abs(rows[-1].payment - rows[0].payment) <= len(rows)
    assert book.sound()
    book.close_until(date(2025, 8, 1))
    assert book.read().state is State.REPAID
    assert book.of("unearned-fee") == 0
    assert book.balance("bank:interest-income") == 120_00 + 120_00 + sum(it.interest for it in rows)
    assert book.sound()


def test_a_proposal_lapses_when_the_loan_changes_but_not_when_interest_accrues() -> None:
    book = Lender(rate="12%", accrue="daily")
    book.lend("12,000.00", 12)
    book.close_until(date(2024, 2, 10))
    book.do(ProposeExtension("p", "l", 6, "a late harvest"))
    assert book.printed("proposals") == [["extension", "p:l", "1", "li", "2024-02-10"]]
    book.close()
    book.prepay("100.00")
    book.refused("stale_proposal", ApproveExtension("p", "l", 1))
    book.do(ProposeExtension("p", "l", 6, "a late harvest"))
    book.refused("stale_proposal", ApproveExtension("p", "l", 1))
    book.close()
    book.refused("same_person", ApproveExtension("p", "l", 2), LI)
    book.do(ApproveExtension("p", "l", 2))
    book.refused("nothing_proposed", ApproveExtension("p", "l", 2))
    assert book.read().extended == 6
    assert book.sound()


def test_an_extension_is_turned_down() -> None:
    book = Lender(rate="12%")
    book.lend("12,000.00", 12)
    book.do(ProposeExtension("p", "l", 6, "a late harvest"))
    book.do(RejectExtension("p", "l", 1))
    assert book.read().extended is None
    assert book.printed("proposals") == []


def test_what_is_not_extended() -> None:
    book = Lender(rate="12%")
    book.lend("1,000.00", 2)
    book.spend("1,000.00")
    refusal = book.refusal(ProposeExtension("p", "l", 3, "why"))
    assert (refusal["code"], refusal["most"], refusal["months"]) == ("extension_too_long", 2, 3)
    book.refused("actor_not_permitted", ProposeExtension("p", "l", 1, "me"), Actor.parse("customer:b"))
    book.close_until(date(2024, 3, 1))
    book.refused("overdue_block", ProposeExtension("p", "l", 1, "why"))
    book.pay_in("600.00")
    book.close()
    extend(book, 1)
    refusal = book.refusal(ProposeExtension("p", "l", 2, "once more"))
    assert (refusal["code"], refusal["most"]) == ("extension_too_long", 1)
    book.pay_in("600.00")
    book.close_until(date(2024, 4, 30))
    book.refused("overdue_block", ProposeExtension("p", "l", 1, "why"))  # all of it is due today
    book.do(RepayEarly("p", "l", "b"))
    book.refused("loan_not_running", ProposeExtension("p", "l", 1, "why"))
    assert book.sound()


def test_a_loan_that_follows_an_index_goes_on_doing_so() -> None:
    book = following(reprice="quarterly", method="bullet")
    book.lend("1,000.00", 3)
    assert book.printed("rates")[0][-1] == ""
    book.close_until(date(2024, 4, 1))
    extend(book, 3)
    assert book.printed("rates")[0][-1] == "2024-04-30"
    publish(book, "4.40%")
    book.close_until(date(2024, 5, 1))
    assert str(book.read().terms.rate) == "5%"
    assert book.sound()


def test_a_prepayment_known_after_an_extension_is_put_before_it() -> None:
    stands = []
    for late in (False, True):
        book = Lender(rate="12%", accrue="month-end", value_back=92)
        book.lend("1,000.00", 6)
        book.pay_in("1,000.00")
        book.close_until(date(2024, 2, 10))
        if not late:
            book.do(Prepay("p", "l", "b", cny("500.00")))
        book.close_until(date(2024, 3, 20))
        extend(book, 3)
        book.close_until(date(2024, 4, 20))
        if late:
            actor = Actor.parse("officer:o")
            book.do(Prepay("p", "l", "b", cny("500.00"), "term", date(2024, 2, 10)), actor=actor)
        book.close_until(date(2024, 5, 15))
        stands.append((book.balances(), [(it.payment, it.interest) for it in book.read().plan.rest()]))
        assert book.sound()
    assert stands[0] == stands[1]


def test_a_loan_repaid_before_its_change_is_repaid_all_the_same() -> None:
    """Repaid early, known after the rate was taken anew and more months were given."""
    book = following(reprice="monthly", value_back=92)
    book.lend("1,000.00", 6)
    book.pay_in("1,000.00")
    publish(book, "6.45%", date(2024, 2, 25))
    book.close_until(date(2024, 3, 20))
    extend(book, 3)
    book.close()
    book.do(RepayEarly("p", "l", "b", date(2024, 2, 10)), actor=Actor.parse("officer:o"))
    assert book.read().state is State.REPAID
    assert book.balance("bank:interest-income") == 1_16  # 10 of 29 days at 4.05%
    assert book.sound()
