"""Closing balances by value date, and interest on them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bankcore.bank import Bank
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.transactions import Transaction, legs
from bankcore.product.interest import closing_balances, on_balances
from bankcore.rates import Rate
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY, FIRST = Unit("CNY/2"), date(2024, 5, 1)
CASH, ANN = AccountPath("cash"), AccountPath("ann")
MOVES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(-999, 999).filter(bool), st.booleans()), max_size=8
)


@given(MOVES, st.integers(0, 12), st.integers(0, 12))
def test_balances_are_those_of_the_days(moves: list[tuple[int, int, bool]], start: int, length: int) -> None:
    bank = Bank.create(MemoryStore(), opened_on=FIRST)
    bank.ledger.open([Account(CASH, "asset", CNY), Account(ANN, "liability", CNY)], key="open")
    for key, (day, quantity, held) in enumerate(moves):
        postings = legs(CNY, debit={CASH: quantity}, credit={ANN: quantity})
        on = FIRST + timedelta(days=day)
        bank.ledger.post(
            Transaction(kind="x", effective_on=on, postings=postings, key=str(key), pending=held)
        )
    since, until = FIRST + timedelta(days=start), FIRST + timedelta(days=start + length)
    exact = Fraction(0)
    for path, sign in ((ANN, 1), (CASH, 1)):
        found = closing_balances(bank.ledger.books, path, since, until)
        assert [day for day, _ in found] == sorted({day for day, _ in found})
        exact = on_balances(found, [(since, Rate.parse("3.6%"))], until)
        daily = 0
        for n in range(start, start + length + 1):
            balance = sign * sum(quantity for day, quantity, held in moves if day <= n and not held)
            assert [amount for day, amount in found if day <= FIRST + timedelta(days=n)][-1] == balance
            daily += balance
        assert exact == Fraction(daily, 10_000)
