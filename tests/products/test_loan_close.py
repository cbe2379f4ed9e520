"""The close of a day goes on where accounts refuse, and loans catch up when they are free again."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.lender import Lender
from tests.products.trouble import free, stop, troubles

from bankcore.product.deferrals import Deferral

LOANS = "lm"
OWN = [f"loan:p:{loan}:{it}" for loan in LOANS for it in ("principal", "interest", "unearned-fee")]
BANK = ["bank:cash", "bank:interest-income", "bank:penalty-income", "bank:loan-loss"]
DEMAND = ["bank:demand:b", "bank:demand:c"]
FIRST = date(2024, 1, 31)


def lent(money: str, **terms: object) -> Lender:
    """Two borrowers with a loan each, and so much money."""
    book = Lender(on=FIRST, rate="12%", fee="1%", **terms)
    for loan, borrower in zip(LOANS, "bc", strict=True):
        book.lend("1,200.00", 3, loan, borrower)
        book.spend("1,188.00", borrower)
        book.pay_in(money, borrower)
    return book


def through_trouble(book: Lender, troubled: dict[str, str], starts: int, lasts: int) -> date:
    """The first day after it."""
    begins = FIRST + timedelta(days=starts)
    ends = begins + timedelta(days=lasts)
    book.close_until(begins)
    stop(book.bank, troubled)
    book.close_until(ends)
    free(book.bank, troubled)
    return ends


@settings(max_examples=20)
@given(troubled=troubles(*OWN, *BANK), starts=st.integers(25, 31), lasts=st.integers(1, 40))
@example({"bank:interest-income": "in"}, 29, 33)  # over two instalments
def test_what_the_loan_s_or_the_bank_s_accounts_refuse_is_made_up_for(
    troubled: dict[str, str], starts: int, lasts: int
) -> None:
    book, quiet = lent("1,300.00"), lent("1,300.00")
    ends = through_trouble(book, troubled, starts, lasts)
    quiet.close_until(ends)
    for loan in LOANS:
        if not any(path.startswith((f"loan:p:{loan}", "bank")) for path in troubled):
            assert book.of("principal", loan) == quiet.of("principal", loan)
    for it in (book, quiet):
        it.close_until(ends + timedelta(days=1))
    assert book.balances() == quiet.balances()
    for it in (book, quiet):
        it.close_until(date(2024, 5, 1))
    assert book.balances() == quiet.balances()
    assert {book.read(loan).state.value for loan in LOANS} == {"repaid"}
    assert book.sound()


@settings(max_examples=20)
@given(
    troubled=troubles(*OWN, *BANK, *DEMAND),
    starts=st.integers(0, 60),
    lasts=st.integers(1, 40),
    posting=st.sampled_from(["daily", "events"]),
    money=st.sampled_from(["5.00", "500.00", "1,300.00"]),
)
def test_whatever_refuses_the_close_goes_on_and_all_is_repaid_in_the_end(
    troubled: dict[str, str], starts: int, lasts: int, posting: str, money: str
) -> None:
    book = lent(money, posting=posting)
    ends = through_trouble(book, troubled, starts, lasts)
    head = book.bank.ledger.reader.head()
    book.bank.close_day(ends - timedelta(days=1))
    assert book.bank.ledger.reader.head().number == head.number  # nothing is done twice
    assert book.sound()
    for borrower in "bc":
        book.pay_in("1,500.00", borrower)
    book.close_until(date(2024, 6, 1))
    assert {book.read(loan).state.value for loan in LOANS} == {"repaid"}
    assert book.sound()


def test_what_waits_says_why() -> None:
    book = lent("1,300.00")
    stop(book.bank, {"loan:p:l:interest": "debits frozen"})
    book.close_until(date(2024, 3, 1))
    [kept] = Deferral.every(book.books)
    assert (kept.thing, kept.product, kept.day) == ("p/l", "loan", date(2024, 2, 29))
    assert "loan:p:l:interest" in kept.reason


def test_an_account_that_nothing_limits_pays_what_is_due() -> None:
    book = lent("1,300.00")
    book.bank.ledger.change(DEMAND[0], key="overdraft", reason="agreed", floor=None)  # type: ignore[arg-type]
    book.close_until(date(2024, 3, 1))
    assert book.of("principal", "l") == book.of("principal", "m") < 1_200_00
