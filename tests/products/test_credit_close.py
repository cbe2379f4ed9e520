"""The close of a day goes on where accounts refuse, and credit lines catch up when they are free again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.trouble import free, stop, troubles

from bankcore.product.deferrals import Deferral
from bankcore.products.credit import Draw, OpenLine, OpenProgramme, Repay

FIRST = date(2024, 1, 31)
LINES = [f"credit:p:consumer:{card}" for card in "cd"]
ACCOUNTS = [f"{line}:{it}" for line in LINES for it in ("loan", "interest", "undrawn", "undrawn-contra")]
INCOME = ["bank:interest-income", "bank:penalty-income"]


def lent(**terms: object) -> Club:
    """Two cards that have drawn; the limit of one rises at the next close."""
    book = Club(cards="cd", opened_on=FIRST, agreed={"rate": "10"}, limit_window=0)
    book.pay_in(g="1,000.00", c="100.00", d="350.00")
    book.do(OpenProgramme("p", terms))
    for card in "cd":
        book.do(OpenLine("p", card=card))
        book.do(Draw("p", cny("1,500.00"), card=card))
    book.order("250.00", card="d")
    return book


@settings(max_examples=20)
@given(
    troubled=troubles(*ACCOUNTS, *INCOME),
    starts=st.integers(0, 22),
    lasts=st.integers(1, 5),
    posting=st.sampled_from(["daily", "due"]),
    automatic=st.booleans(),
)
@example({"credit:p:consumer:d:interest": "frozen"}, 19, 3, "due", False)  # on the day on which all is due
@example({"credit:p:consumer:d:loan": "frozen"}, 20, 3, "daily", True)
def test_whatever_refuses_the_close_goes_on_and_the_lines_catch_up(
    troubled: dict[str, str], starts: int, lasts: int, posting: str, automatic: bool
) -> None:
    terms = {"posting": posting, "automatic": automatic}
    book, quiet = lent(**terms), lent(**terms)
    begins = FIRST + timedelta(days=starts)
    ends = begins + timedelta(days=lasts)
    book.close_until(begins)
    stop(book.bank, troubled)
    book.close_until(ends)
    quiet.close_until(ends)
    for line in LINES:
        if not any(path.startswith((line, *INCOME)) for path in troubled):
            assert book.balance(f"{line}:interest") == quiet.balance(f"{line}:interest")
    free(book.bank, troubled)
    for it in (book, quiet):
        it.close_until(ends + timedelta(days=1))
        if not automatic:
            it.do(Repay("p", cny("300.00"), card="c"))
    if automatic:  # what was collected late has cost interest meanwhile
        loans = ([it.balance(f"{line}:loan") for line in LINES] for it in (book, quiet))
        assert all(0 <= late - there < 5_00 for late, there in zip(*loans, strict=True))
    else:
        assert book.balances() == quiet.balances()
        assert book.bank.report("credit", "lines") == quiet.bank.report("credit", "lines")
    assert book.sound()
    head = book.bank.ledger.reader.head()
    book.bank.close_day(ends)
    assert book.bank.ledger.reader.head() == head


@pytest.mark.parametrize(("path", "waits"), [(f"{LINES[0]}:interest", ["p/consumer/c"]), (INCOME[0], 2)])
def test_what_waits_says_why(path: str, waits: list[str] | int) -> None:
    book = lent()
    stop(book.bank, {path: "credits frozen" if path in INCOME else "debits frozen"})
    book.close_until(FIRST + timedelta(days=1))
    kept = list(Deferral.every(book.books))
    assert waits in ([it.thing for it in kept], len(kept))
    assert all(path in it.reason and it.product == "credit" for it in kept)
