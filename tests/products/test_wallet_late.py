"""Late entries: posted today, counted from their value dates on, as if they had been known in time."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.product.actor import Actor
from bankcore.products.wallet import (
    ChangeTerms,
    CloseClient,
    ConsentToUndo,
    Consume,
    DeclarePool,
    Recharge,
    Refund,
    Rejoin,
    UndoRecharge,
)
from bankcore.products.wallet.accruals import YieldState, accrual_of
from bankcore.products.wallet.clients import POCKET
from bankcore.units import Unit

FIRST = date(2024, 5, 1)
TEN: dict[str, Any] = {"yield_rate": "3.65%", "eligible": ["principal"], "bonus_tiers": [["0", "0%"]]}
POOL = {"yield_mode": "pool", "bonus_tiers": [["0", "0%"]]}


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


def state(book: Any, client: str = "a") -> YieldState:
    return accrual_of(book.books, POCKET("o", client, "yield"))[1]


def yields(book: Any, client: str = "a") -> int:
    return int(book.pockets(client)["yield"])


def late(book: Any) -> list[tuple[Any, ...]]:
    rows = book.bank.report("wallet", "late-entries", Actor.parse("customer:a")).rows
    return [(row[3], row[4], *(it.quantity for it in row[5:])) for row in rows]


def test_a_recharge_known_late_earns_from_the_day_of_its_cash(mall: Any) -> None:
    """1,000.00 at 3.65% earn ten fen a day: seven days are posted at the close of the day it became known."""
    book = mall(fund="5,000.00", **TEN)
    book.close_days(7)
    book.do(Recharge("o", "a", cny("1,000.00"), "r", value_on=FIRST))
    entry = book.entries()[-1].transaction
    assert entry.effective_on == day(7)  # the entry is of today
    assert [(it.account, it.quantity) for it in entry.postings][:2] == [
        ("wallet:o:reserve", 1_000_00),
        ("wallet:o:client:a:principal", -1_000_00),
    ]
    assert (state(book).earned, state(book).due, yields(book)) == (70, 70, 0)
    assert late(book) == [(FIRST, day(7), 1_000_00, 70, 0)]
    assert book.sound()
    book.close()
    assert yields(book) == 70
    book.close()
    assert yields(book) == 80
    assert book.sound()


def test_a_value_date_reaches_back_as_far_as_the_term_and_the_client(mall: Any) -> None:
    book = mall(fund="5,000.00", value_back=5, **TEN)
    book.close_days(4)
    book.join("b")
    book.close_days(4)
    recharge = Recharge("o", "a", cny("1.00"), "r", value_on=day(2))
    book.refused("period_closed", recharge)
    book.refused("period_closed", Recharge("o", "b", cny("1.00"), "r", value_on=day(3)))
    book.refused("bad_command", Recharge("o", "a", cny("1.00"), "r", value_on=day(9)))
    book.do(Recharge("o", "a", cny("1.00"), "r", value_on=day(3)))
    book.do(Recharge("o", "b", cny("1.00"), "s", value_on=day(4)))
    book.do(Recharge("o", "b", cny("1.00"), "t", value_on=day(8)))  # of today: nothing is late
    assert [len(list(book.books.versions("wallet.late-entry", f"o:{it}"))) for it in "ab"] == [1, 1]
    assert book.sound()


def test_undoing_a_late_recharge_takes_its_late_days_back(mall: Any) -> None:
    book = mall(fund="5,000.00", **TEN)
    book.close_days(7)
    book.do(Recharge("o", "a", cny("1,000.00"), "r", value_on=FIRST))
    before = book.balances()
    book.do(UndoRecharge("o", "r"))
    assert (state(book).earned, state(book).due) == (0, 0)
    assert book.reserve() == before["wallet:o:reserve"] + 1_000_00
    assert book.sound()
    book.close()
    assert yields(book) == 0


def test_an_undo_with_a_value_date_takes_back_what_was_posted(mall: Any) -> None:
    """Of seven days posted, five are taken out of the yield pocket; undone plainly, all of them stay."""
    book = mall(fund="5,000.00", **TEN)
    book.recharge("a", "1,000.00", "r")
    book.close_days(8)
    assert (yields(book), state(book).earned) == (70, 80)
    book.do(ConsentToUndo("o", "a", "r"))
    book.refused("period_closed", UndoRecharge("o", "r", FIRST - timedelta(days=1)))
    reserve = book.reserve()
    book.do(UndoRecharge("o", "r", day(2)))
    assert (yields(book), state(book).earned, state(book).paid, state(book).due) == (20, 20, 20, 0)
    assert book.reserve() == reserve + 1_000_00 + 50
    assert late(book)[-1] == (day(2), day(8), -1_000_00, -60, 50)
    assert book.sound()


def test_a_purchase_known_late_earns_nothing_since(mall: Any) -> None:
    book = mall(fund="5,000.00", **TEN)
    book.recharge("a", "1,000.00")
    book.close_days(8)
    book.do(Consume("o", "a", "own", cny("500.00"), "p", day(4)))  # four days at five fen, 0.70 of it yield
    # half a fen of the yield that paid earned nothing: 499.30 of principal earned for four days too long
    assert state(book).earned == 80 - 4 * Fraction(499_30, 10_000)
    assert (yields(book), state(book).paid) == (0, 70)
    assert state(book).unpaid() == -10  # what the empty pocket could not give back is kept from later yield
    assert book.sound()
    book.close_days(2)
    assert yields(book) == 0
    book.close_days(3)
    assert yields(book) == round(80 - 4 * Fraction(499_30, 10_000) + 4 * Fraction(500_70, 10_000)) - 70
    assert book.sound()


def test_who_owes_yield_may_leave_and_come_again(mall: Any) -> None:
    book = mall(fund="5,000.00", **TEN)
    book.recharge("a", "1,000.00")
    book.close_days(8)
    book.do(Consume("o", "a", "own", cny("1,000.00"), "p", day(4)))
    assert state(book).unpaid() == -30
    assert not book.bank.report("wallet", "yield-preview").rows[0][3].quantity
    book.do(CloseClient("o", "a"))
    assert (book.balance("bank:demand:a"), state(book).unpaid()) == (70, 0)
    book.do(Rejoin("o", "a"))
    book.refused("client_closed", Refund("o", "own", "p", cny("1.00"), day(7)), "operator:o")
    assert book.sound()


def test_what_was_not_held_then_was_not_spent_then(mall: Any) -> None:
    book = mall(fund="5,000.00", **TEN)
    book.recharge("a", "100.00")
    book.close_days(3)
    book.do(Recharge("o", "a", cny("50.00"), "late", value_on=day(2)))
    book.close_days(3)
    book.recharge("a", "900.00")
    for bought, on in (("100.02", 1), ("150.05", 3), ("151.00", 5)):
        book.refused("balance_floor_breached", Consume("o", "a", "own", cny(bought), "p", day(on)))
    book.refused("bad_command", Consume("o", "a", "own", cny("1.00"), "p", day(7)))
    book.do(Consume("o", "a", "own", cny("150.02"), "p", day(2)))
    assert book.sound()


def test_an_operator_refunds_since_a_day_and_a_merchant_from_today(mall: Any) -> None:
    book = mall(merchants=("own", "m"), fund="5,000.00", **TEN)
    book.recharge("a", "1,000.00")
    book.close_days(2)
    book.buy("a", "500.00", "own", "p")
    book.buy("a", "100.00", "m", "q")
    book.close_days(6)
    exact = state(book).earned
    book.refused("actor_not_permitted", Refund("o", "m", "q", cny("100.00"), day(3)), "merchant:m")
    book.refused("period_closed", Refund("o", "own", "p", cny("1.00"), day(1)), "operator:o")
    book.bank.handle(Refund("o", "own", "p", cny("499.90"), day(3)), "back", Actor.parse("operator:o"))
    assert state(book).earned == exact + 5 * Fraction(499_90, 10_000)  # only 0.10 was yield
    assert book.sound()
    book.refund("q", "100.00", "m")
    assert len(late(book)) == 1
    book.do(CloseClient("o", "a"))
    book.refused("client_closed", Refund("o", "own", "p", cny("0.10"), day(7)), "operator:o")


def test_a_late_recharge_pays_first_for_what_was_posted_too_much(mall: Any) -> None:
    book = mall(fund="5,000.00", interval="4D", **TEN)
    book.recharge("a", "1,000.00")
    book.close_days(6)  # an interval of four days was posted, another has two
    book.do(Consume("o", "a", "own", cny("1,000.00"), "p", day(1)))
    assert (yields(book), state(book).unpaid()) == (0, -30)
    book.do(Recharge("o", "a", cny("1,000.00"), "r", value_on=day(0)))
    assert (state(book).due, state(book).unpaid()) == (30, 30)
    assert book.sound()
    book.close()
    assert yields(book) == 30


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 6), st.integers(1, 900_00)), min_size=1, max_size=4
    ),
    st.sampled_from(["1D", "7D", "1M"]),
)
def test_what_is_known_late_comes_to_the_same_as_what_is_known_in_time(
    mall: Any, moves: list[tuple[int, int, int]], interval: str
) -> None:
    """Recharges of random days, known some days later; the rate changes in between."""
    books = {}
    for how in ("in time", "late"):
        book = books[how] = mall(fund="50,000.00", interval=interval, **TEN)
        book.do(ChangeTerms("o", {"yield_rate": "7.3%"}, day(9)))
        known = [
            (on + wait if how == "late" else on, n, on, amount) for n, (on, wait, amount) in enumerate(moves)
        ]
        for today, n, on, amount in sorted(known):
            book.close_until(day(today))
            value_on = day(on) if how == "late" else None
            book.do(Recharge("o", "a", Amount(amount, Unit("CNY/2")), f"r{n}", value_on=value_on))
            assert book.sound()
        book.close_until(day(35))
        assert book.sound()
    first, second = (state(it) for it in books.values())
    assert (first.earned, yields(books["in time"])) == (second.earned, yields(books["late"]))


def test_a_late_recharge_weighs_in_the_pool_that_is_open_and_not_in_one_that_is_divided(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="5,000.00", **POOL)
    for start, end, amount in ((0, 4, "1.00"), (4, 8, "3.00")):
        book.do(DeclarePool("o", cny(amount), day(start), day(end)))
    book.recharge("b", "100.00")
    book.close_days(4)
    book.do(Recharge("o", "a", cny("100.00"), "early", value_on=day(2)))  # the first pool is not divided yet
    assert (state(book).pool, state(book).balance_days) == ("2024-05-01", 200_00)
    book.close()
    assert (state(book).due, yields(book), yields(book, "b")) == (0, 33, 67)
    book.close_days(2)
    book.refused("period_closed", Recharge("o", "a", cny("1.00"), "r", value_on=day(3)))
    book.do(Recharge("o", "a", cny("200.00"), "more", value_on=day(4)))
    assert state(book).balance_days == 3 * 300_00 + 3 * 33
    book.do(UndoRecharge("o", "more"))
    assert state(book).balance_days == 3 * 100_00 + 3 * 33
    book.do(Recharge("o", "a", cny("200.00"), "again", value_on=day(4)))
    book.close_days(2)
    shares = (yields(book) - 33, yields(book, "b") - 67)
    assert sum(shares) == 3_00
    assert shares == (2_25, 75)
    assert book.sound()


def test_who_weighed_nothing_weighs_nothing_after_an_undo(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="5,000.00", **POOL)
    book.do(DeclarePool("o", cny("1.00"), day(0), day(4)))
    book.recharge("b", "100.00")
    book.close_days(3)
    book.do(Recharge("o", "a", cny("100.00"), "wrong", value_on=day(1)))
    book.do(UndoRecharge("o", "wrong"))
    assert (state(book).pool, state(book).balance_days) == ("", 0)
    book.close_days(2)
    assert (yields(book), yields(book, "b")) == (0, 1_00)
    assert book.sound()
