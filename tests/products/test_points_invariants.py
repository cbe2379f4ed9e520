"""The invariants find what is wrong in a book that was bent by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, NotPositive
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.transactions import Transaction, legs
from bankcore.products import credit, points, standings
from bankcore.units import Unit

PT, CPT, CNY = Unit("PT/0"), Unit("CPT/0"), Unit("CNY/2")


def bent() -> Club:
    book = Club()
    book.pay_in(c="1,000.00", g="1,000.00")
    book.order("200.00", "o1")
    book.redeem(150)
    book.do(credit.OpenProgramme("p"))
    book.do(credit.OpenLine("p", card="c"))
    book.do(credit.Draw("p", cny("100.00"), card="c"))
    assert book.sound()
    return book


def post(book: Club, debit: str, credit: str, quantity: int, unit: Unit) -> None:
    postings = legs(unit, debit={AccountPath(debit): quantity}, credit={AccountPath(credit): quantity})
    book.bank.ledger.post(
        Transaction(kind="bend", effective_on=book.books.today, postings=postings, key=f"bend-{debit}")
    )


def record(book: Club, kind: str, id: str, **changes: Any) -> None:
    stored = book.books.record(kind, id)
    assert stored is not None
    changed = stored.next(**changes)
    book.bank.ledger.post(
        Transaction(kind="bend", effective_on=book.books.today, records=(changed,), key=f"bend-{kind}")
    )


def broken(book: Club) -> set[str]:
    return {error.fields()["invariant"] for error in book.bank.broken_invariants()}


CARD, SHOP, LINE = "points:p:consumer:c", "points:p:provider:g", "credit:p:consumer:c"


def test_points_from_nowhere() -> None:
    book = bent()
    post(book, "points:p:provider:g:issued", f"{CARD}:redeemed", 1, PT)
    assert broken(book) == set()  # they are accounted for
    post(book, f"{CARD}:redeemed", f"{SHOP}:issued", 2, PT)
    assert broken(book) == set()
    post(book, f"{CARD}:live", f"{CARD}:expired", 1, PT)
    assert broken(book) == {"C2"}
    book.bank.ledger.open([Account(AccountPath("other"), AccountType.ASSET, PT)], key="other")
    post(book, "other", f"{CARD}:redeemed", 1, PT)
    assert broken(book) == {"C1", "C2"}


def test_bent_points() -> None:
    book = bent()
    post(book, f"{SHOP}:fund", "bank:cash", 1, CNY)
    assert broken(book) == {"C4"}
    post(book, f"{SHOP}:credit-issued", f"{SHOP}:credit", 1, CPT)
    assert broken(book) == {"C4", "C9"}
    record(book, "points.member", "p:c:g", issued=199)
    assert broken(book) == {"C3", "C4", "C9"}


def test_points_beside_a_debt_and_missing_points() -> None:
    book = Club()
    book.pay_in(c="1,000.00", g="1,000.00")
    book.order("200.00", "o1")
    book.redeem(150)
    book.refund("o1", "200.00")
    book.grant(160)
    assert book.sound()
    post(book, "points:p:debt:c:g", f"{CARD}:expired", 1, PT)
    assert broken(book) == {"C10"}


def test_bent_lines() -> None:
    for changes, name in (
        ({"limit": 1}, "C8"),
        ({"interest": ["0/1", 1]}, "C-exact"),
        ({"due_on": None}, ""),
    ):
        book = bent()
        record(book, "credit.line", "p:consumer:c", **changes)
        assert broken(book) == ({name} if name else set())
    book = bent()
    post(book, f"{LINE}:interest", "bank:interest-income", 5, CNY)
    assert broken(book) == {"C-exact"}
    post(book, "bank:cash", f"{LINE}:loan", 100_00, CNY)
    assert broken(book) == {"C-exact", "C8", "C11"}


def test_a_second_programme_shares_the_banks_accounts() -> None:
    book = bent()
    book.do(points.OpenProgramme("q"))
    book.do(credit.OpenProgramme("q"))
    assert book.sound()
    assert standings.points_of(book.books, standings.CARD, "q", "c") is None


def test_a_redeemed_lot_leaves_nothing_to_expire() -> None:
    book = Club(expiry="rolling", expiry_months=1)
    book.pay_in(c="1,000.00", g="1,000.00")
    book.order("200.00", "o1")
    book.redeem(200)
    book.close_until(date(2024, 7, 2))
    assert book.sound()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: points.RefundOrder("p", "g", "o", Amount(0, CNY)), NotPositive),
        (lambda: points.RegisterConsumer("p", "c", "a b"), BadCommand),
    ],
)
def test_unusable_fields(make: Any, error: Any) -> None:
    with pytest.raises(error):
        make()
