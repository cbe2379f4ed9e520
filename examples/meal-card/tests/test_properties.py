"""Whatever is done in whatever order: no money is made or lost, and the product's invariants hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from canteen import Canteen, cny
from hypothesis import given, settings
from hypothesis import strategies as st

from bankcore import Rejection, verify
from bankcore.products.current import CashIn

DAYS = [
    date(2024, 5, 2),
    date(2024, 5, 20),
    date(2024, 6, 1),
    date(2024, 6, 30),
    date(2024, 7, 1),
    date(2024, 8, 5),
]
DEEDS = st.one_of(
    st.tuples(st.just("spend"), st.sampled_from(["0.01", "7.77", "300.00"])),
    st.tuples(st.just("top_up"), st.sampled_from(["0.01", "200.00", "600.00"])),
    st.tuples(st.just("close_until"), st.sampled_from(DAYS)),
)


@settings(max_examples=15, deadline=None)
@given(
    deeds=st.lists(DEEDS, max_size=12),
    leftover=st.sampled_from(["employer", "forfeited"]),
    settle=st.sampled_from(["at-once", "at-close"]),
    days=st.integers(0, 40),
)
def test_money_is_conserved(deeds: list, leftover: str, settle: str, days: int) -> None:
    book = Canteen(cash="1500.00", leftover=leftover, settle=settle, days=days)
    book.card()
    book.do(CashIn("noodles", cny("1.00")))
    for name, value in deeds:
        with suppress(Rejection):
            getattr(book, name)(value)
        assert book.sound()
        balances = book.balances()
        assert balances.pop("bank:cash") == sum(balances.values()) == 1_501_00
    assert not verify(book.bank.ledger.reader, book.bank.ledger.book).findings
