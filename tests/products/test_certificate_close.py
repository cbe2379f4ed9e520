"""The close of a day goes on where accounts refuse, and certificates catch up when they are free again."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.circle import Circle
from tests.products.holders import CNY
from tests.products.trouble import free, stop, troubles

from bankcore.product import chart
from bankcore.product.deferrals import Deferral

FIRST = date(2024, 1, 29)
PEOPLE, ORDERS = "abc", "klm"
INTEREST = [f"certificate:cd:interest:{order}" for order in "kl"]
SHARES = [f"certificate:cd:share:{order}:{it}" for order in "kl" for it in PEOPLE]
ESCROW = [f"certificate:cd:escrow:m:{it}" for it in "ab"]
BANK = ["bank:interest-expense", "bank:withholding-tax", "bank:fee-income"]
PARTIES = [f"bank:{kind}:{it}" for kind in ("demand", "suspense") for it in PEOPLE]


def circle(rollover: str = "none") -> Circle:
    """Two certificates of three months that are open, and an order that nobody fills."""
    book = Circle(PEOPLE, on=FIRST, accrue="month-end", withholding="20%", products={"CD12": [3, "1.75%"]})
    for order in "kl":
        book.filled("4,000.00", "3,000.00", "3,000.00", order=order, rollover=rollover)
    suspense = [chart.SUSPENSE.account(it, unit=CNY, on=FIRST, party=it) for it in PEOPLE]
    book.bank.ledger.open(suspense, key="suspense")
    book.order(order="m", window=10)
    for it in "ab":
        book.confirm(it, "1,000.00", "m")
    return book


def through_trouble(book: Circle, troubled: dict[str, str], starts: int, lasts: int) -> date:
    """The first day after it; whatever refuses, each day closes, and closes once."""
    begins = FIRST + timedelta(days=starts)
    ends = begins + timedelta(days=lasts)
    book.close_until(begins)
    stop(book.bank, troubled)
    book.close_until(ends)
    head = book.bank.ledger.reader.head()
    book.bank.close_day(ends - timedelta(days=1))
    assert book.bank.ledger.reader.head() == head
    free(book.bank, troubled)
    assert book.sound()
    return ends


def held(book: Circle) -> dict[str, int]:
    """What each has in the current account; nothing waits for anybody."""
    waits = [path for path in book.balances() if path.startswith(("bank:suspense", "certificate:cd:payable"))]
    assert not waits
    return {it: book.demand(it) for it in PEOPLE}


@settings(max_examples=20)
@given(troubled=troubles(*INTEREST, *BANK), starts=st.integers(11, 60), lasts=st.integers(1, 27))
@example({"bank:interest-expense": "frozen"}, 31, 5)  # over an end of month
def test_interest_that_was_refused_is_accrued_at_the_next_close(
    troubled: dict[str, str], starts: int, lasts: int
) -> None:
    book, quiet = circle(), circle()
    ends = through_trouble(book, troubled, starts, lasts)
    for it in (book, quiet):
        it.close_until(ends + timedelta(days=1))
    assert book.balances() == quiet.balances()


@settings(max_examples=20)
@given(
    troubled=troubles(*INTEREST, *SHARES, *ESCROW, *BANK, *PARTIES),
    starts=st.integers(1, 95),
    lasts=st.integers(1, 40),
    rollover=st.sampled_from(["none", "all"]),
)
@example({"bank:demand:a": "in", "bank:suspense:a": "frozen"}, 85, 10, "none")
@example({"certificate:cd:escrow:m:a": "debits frozen"}, 5, 20, "none")
@example({INTEREST[0]: "debits frozen", INTEREST[1]: "debits frozen"}, 60, 40, "none")
def test_whatever_refuses_the_close_goes_on_and_everybody_is_paid_in_the_end(
    troubled: dict[str, str], starts: int, lasts: int, rollover: str
) -> None:
    book, quiet = circle(rollover), circle(rollover)
    through_trouble(book, troubled, starts, lasts)
    for it in (book, quiet):
        it.close_until(date(2024, 6, 20))
        assert [it.state(order) for order in ORDERS] == ["paid", "paid", "failed"]
    assert book.sound()
    if rollover == "none":  # what waited earns the demand rate, so nobody has less
        more = {it: now - held(quiet)[it] for it, now in held(book).items()}
        most = 8_000_00 * 35 * lasts // (10_000 * 360) + 2  # 0.35% on two shares of 4,000.00, rounded twice
        assert all(0 <= it <= most for it in more.values()), more


def test_one_whose_account_takes_nothing_keeps_nobody_waiting() -> None:
    """He is paid to suspense, and from there once his account takes money again."""
    book, quiet = circle(), circle()
    stopped = {"bank:demand:a": "capped", "bank:demand:b": "in"}
    stop(book.bank, stopped)
    for it in (book, quiet):
        it.close_until(date(2024, 5, 1))
    assert book.state("k") == "paid"
    assert book.demand("c") == quiet.demand("c")
    waiting = {it: book.balance(f"bank:suspense:{it}") for it in "ab"}
    assert {it: book.demand(it) + waiting[it] for it in "ab"} == {it: quiet.demand(it) for it in "ab"}
    rows = [row[:2] + row[5:] for row in book.bank.report("current", "suspense").rows]
    assert ("a", "certificate/cd/k", "balance_ceiling_breached", "") in rows
    assert ("b", "certificate/cd/l", "velocity_limit_breached", "") in rows
    free(book.bank, stopped)
    book.close()
    assert held(book) == held(quiet)
    assert book.bank.report("current", "suspense").rows == ()
    assert book.sound()


def test_where_suspense_refuses_too_the_payment_waits_and_says_why() -> None:
    book, quiet = circle(), circle()
    stopped = {"bank:demand:a": "frozen", "bank:suspense:a": "frozen"}
    stop(book.bank, stopped)
    for it in (book, quiet):
        it.close_until(date(2024, 5, 1))
    assert (book.state("k"), book.demand("c")) == ("paid", quiet.demand("c"))
    assert book.balance("certificate:cd:payable:k:a") > 4_000_00
    kept = {(it.thing, it.product, it.code) for it in Deferral.every(book.books, "2024-04-30")}
    assert kept == {(f"cd/{order}/a", "certificate", "account_frozen") for order in ORDERS}
    free(book.bank, {"bank:suspense:a": "frozen"})
    book.close()
    assert book.balance("certificate:cd:payable:k:a") == 0
    assert book.balance("bank:suspense:a") > 8_000_00
    free(book.bank, {"bank:demand:a": "frozen"})
    book.close()
    assert held(book) == held(quiet)
    assert book.sound()


def test_an_accrual_that_was_refused_until_the_end_is_paid_with_it() -> None:
    book, quiet = circle(), circle()
    through_trouble(book, {"bank:interest-expense": "frozen"}, 61, 30)  # from before 31 March to 28 April
    for it in (book, quiet):
        it.close_until(date(2024, 5, 3))
    assert held(book) == held(quiet)
    assert [book.balance(path) for path in INTEREST] == [0, 0]


def test_what_waits_says_why() -> None:
    book = circle()
    stop(book.bank, {"certificate:cd:share:k:b": "debits frozen"})
    book.close_until(date(2024, 4, 30))
    assert [book.state(order) for order in "kl"] == ["active", "paid"]
    [kept] = Deferral.every(book.books)
    assert (kept.thing, kept.product, kept.day) == ("cd/k", "certificate", date(2024, 4, 29))
    assert "certificate:cd:share:k:b" in kept.reason
