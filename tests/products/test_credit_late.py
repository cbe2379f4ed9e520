"""Repayments of a line that become known late, and overdue interest that an officer waives."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.people import HAN, LI
from tests.products.test_credit_collection import CUSTOMER, DUE, FIRST, drawn, of

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.product.notices import NOTICE
from bankcore.products.credit import ApproveLine, Draw, ProposeLineWriteOff, Repay, WaiveOverdue
from bankcore.products.credit.lines import Line, to_date
from bankcore.units import Unit

CNY = Unit("CNY/2")


def late(book: Club, amount: str | int, day: date) -> None:
    money = cny(amount) if isinstance(amount, str) else Amount(amount, CNY)
    book.do(Repay("p", money, card="c", value_on=day), actor=LI)


def code(book: Club, command: Any, actor: Any = LI) -> str:
    try:
        book.do(command, actor=actor)
    except BankcoreError as refusal:
        return refusal.code
    return ""


def test_a_repayment_known_late_is_no_overdue_one() -> None:
    """Drawn for 20 days at 7.3%: 4.06; known 10 days after it was paid on the due date."""
    book = drawn(automatic=False)
    book.close_until(DUE + timedelta(days=10))
    assert book.balance("bank:penalty-income") == 3_04
    book.pay_in(c="1,004.06")
    late(book, "1,004.06", DUE)
    assert (of(book, "loan"), of(book, "interest"), of(book, "undrawn")) == (0, 0, 2_000_00)
    assert (book.balance("bank:penalty-income"), book.balance("bank:interest-income")) == (0, 4_06)
    assert book.books.record(NOTICE, "c:payment-received:credit-p") is not None
    assert book.bank.report("credit", "overdue").rows == ()
    assert book.sound()
    book.close_until(DUE + timedelta(days=40))
    assert (of(book, "loan"), of(book, "interest")) == (0, 0)
    book.do(Draw("p", cny("10.00"), card="c"), actor=CUSTOMER)  # blocked no more
    assert book.sound()


def test_what_cannot_be_paid_late() -> None:
    book = drawn(automatic=False)
    book.close_until(DUE + timedelta(days=31))
    book.pay_in(c="2,000.00")

    def pay(amount: str, on: date) -> Repay:
        return Repay("p", cny(amount), card="c", value_on=on)

    assert code(book, pay("1.00", DUE + timedelta(days=3)), CUSTOMER) == "actor_not_permitted"
    assert code(book, pay("1.00", DUE)) == "period_closed"
    assert code(book, pay("1.00", DUE + timedelta(days=32))) == "bad_command"
    assert code(book, pay("1,004.27", DUE + timedelta(days=1))) == "repayment_exceeds"
    new = drawn()
    new.close_until(FIRST + timedelta(days=3))
    assert code(new, pay("1.00", FIRST - timedelta(days=1))) == "period_closed"
    assert new.sound()


def test_nothing_is_paid_late_across_a_write_off() -> None:
    book = drawn(automatic=False, write_off_days=1, value_back=92)
    book.close_until(DUE + timedelta(days=5))
    book.do(ProposeLineWriteOff("p", "gone", card="c"), actor=LI)
    line = Line.existing(book.books, "p", "consumer", "c")
    owed = sum(to_date(book.books, line)[1:])
    book.do(ApproveLine("p", "write-off", 1, Amount(owed, CNY), card="c"), actor=HAN)
    book.close_until(DUE + timedelta(days=6))
    assert code(book, Repay("p", cny("1.00"), card="c", value_on=DUE)) == "period_closed"


def test_an_officer_waives_overdue_interest() -> None:
    book = drawn(automatic=False)
    book.close_until(DUE + timedelta(days=10))
    book.do(WaiveOverdue("p", cny("2.00"), "a strike", card="c"), actor=LI)
    assert (of(book, "interest"), book.balance("bank:penalty-income")) == (4_06 + 74 + 30, 74 + 30)
    assert code(book, WaiveOverdue("p", cny("1.05"), "again", card="c")) == "repayment_exceeds"
    assert code(book, WaiveOverdue("p", cny("1.00"), "me", card="c"), CUSTOMER) == "actor_not_permitted"
    assert book.sound()


def another(book: Club, fen: int, what: str, early: bool) -> None:
    """Something else is done with the line, as far as it goes."""
    line, principal, owing = to_date(
        book.books, Line.existing(book.books, "p", "consumer", "c"), what == "pay"
    )
    if what == "pay" and principal:
        code(book, Repay("p", Amount(min(fen, principal + owing), CNY), card="c"))
    elif what == "draw" and early:
        assert not code(book, Draw("p", Amount(fen // 4 + 1, CNY), card="c"), CUSTOMER)
    elif what == "waive" and (most := min(owing, line.posted()[0].unwaived)) > 0:
        code(book, WaiveOverdue("p", Amount(min(fen, most), CNY), "goodwill", card="c"))


def totals(book: Club) -> list[Any]:
    names, bank = ("loan", "interest", "undrawn"), ("interest-income", "penalty-income")
    return [*(of(book, it) for it in names), *(book.balance(f"bank:{it}") for it in bank)]


@settings(max_examples=max(settings().max_examples // 30, 15))
@given(
    grace=st.sampled_from([0, 3, 10]),
    day=st.integers(0, 45),
    later=st.integers(1, 30),
    amount=st.integers(1, 1_100_00),
    others=st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 400_00), st.sampled_from(["pay", "draw", "waive"])),
        max_size=4,
    ),
)
@example(0, 34, 1, 1, [(0, 1, "pay"), (25, 1, "waive")])  # what was waived before the value date stays waived
def test_paying_on_a_day_or_later_as_of_it_leaves_the_same(
    grace: int, day: int, later: int, amount: int, others: list[tuple[int, int, str]]
) -> None:
    """Principal, interest and overdue interest on any day after it is known, whatever was done between."""
    stands = []
    for at in (day, day + later):
        book = drawn(automatic=False, grace_days=grace)
        book.pay_in(c="5,000.00")
        seen: list[Any] = []
        for days in range(80):
            book.close_until(FIRST + timedelta(days=days))
            if days == at and of(book, "loan"):
                value_on = FIRST + timedelta(days=day)
                late_day = value_on if at > day else None
                command = Repay("p", Amount(amount, CNY), card="c", value_on=late_day)
                if (refused := code(book, command)) == "repayment_exceeds":
                    seen.append(refused)
            for _, fen, what in (it for it in others if it[0] == days != day):
                another(book, fen, what, days < 20)
            if days >= day + later and days % 5 == 0:
                seen.append(totals(book))
                if days % 20 == 0:
                    assert book.sound()
        stands.append(seen)
    assert stands[0] == stands[1]


def test_a_line_repaid_before_a_later_drawing_is_due_a_month_later() -> None:
    """Repaid whole on the 5th, known on the 15th; the drawing of the 10th is then the first."""
    book = drawn(automatic=True)
    book.close_until(date(2024, 2, 10))
    book.do(Draw("p", cny("100.00"), card="c"), actor=CUSTOMER)
    book.close_until(date(2024, 2, 15))
    book.pay_in(c="1,001.01")
    late(book, "1,001.01", date(2024, 2, 5))  # 5 days at 7.3%
    line = Line.existing(book.books, "p", "consumer", "c")
    assert (line.due_on, of(book, "loan"), of(book, "undrawn")) == (date(2024, 3, 20), 100_00, 1_900_00)
    assert book.sound()
    book.pay_in(c="200.00")
    book.close_until(date(2024, 3, 20))
    assert of(book, "loan") == 100_00
    book.close_until(date(2024, 3, 21))
    assert of(book, "loan") == 0
    assert book.sound()


def test_what_was_waived_or_paid_since_counts_as_far_as_it_was_owed() -> None:
    book = drawn(automatic=False)
    book.close_until(DUE + timedelta(days=10))
    book.do(WaiveOverdue("p", cny("2.00"), "a strike", card="c"), actor=LI)
    book.pay_in(c="2,000.00")
    book.do(Repay("p", cny("600.00"), card="c", value_on=DUE + timedelta(days=10)), actor=LI)  # of today
    assert of(book, "loan") == 1_000_00 - 600_00 + 4_06 + 1_04
    late(book, "1,004.06", DUE)
    assert (of(book, "loan"), of(book, "interest")) == (0, 0)
    assert (book.balance("bank:penalty-income"), book.balance("bank:interest-income")) == (0, 4_06)
    assert book.balance("bank:demand:c") == 2_000_00 - 1_004_06
    assert Line.existing(book.books, "p", "consumer", "c").waived is None
    assert book.sound()


def test_a_payment_as_of_the_day_of_a_drawing_comes_after_it() -> None:
    """The second drawing of the 10th is done once more, then the payment of that day, known on the 15th."""
    stands = []
    for known_on in (date(2024, 2, 10), date(2024, 2, 15)):
        book = drawn(automatic=True)
        book.close_until(date(2024, 2, 10))
        book.do(Draw("p", cny("100.00"), card="c"), actor=CUSTOMER)
        book.pay_in(c="50.00")
        book.close_until(known_on)
        late(book, "50.00", date(2024, 2, 10))
        book.close_until(date(2024, 2, 18))
        assert book.sound()
        stands.append(totals(book))
    assert stands[0] == stands[1]
