"""Balance sheet and income statement against figures worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import CNY, DAY, POINT, move

from bankcore.errors import BadDate, BadPeriod, BookNotYetOpen
from bankcore.ledger.accounts import Account, AccountType, Side
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.reading.financials import balance_sheet, income_statement
from bankcore.stores.memory import MemoryStore

D2, D3 = DAY + timedelta(days=1), DAY + timedelta(days=2)
CHART = [
    Account("bank:cash:till", "asset", CNY),
    Account("bank:cash:vault", "asset", CNY),
    Account("bank:capital", "equity", CNY),
    Account("customer:a", "liability", CNY),
    Account("bank:fees", "income", CNY),
    Account("bank:interest", "expense", CNY),
    Account("club:a:live", "liability", POINT),
    Account("club:a:issued", "liability", POINT, normal_side=Side.DEBIT),
    Account("offers:given", "memorandum", CNY),
    Account("offers:contra", "memorandum", CNY, normal_side=Side.CREDIT),
]


def opened(ledger: Ledger) -> Ledger:
    ledger.open(CHART, key="open")
    return ledger


@pytest.fixture
def bank(store: Store) -> Ledger:
    ledger = opened(Ledger.create(store, BOOK, lambda: NOON))
    ledger.post(move("1", "bank:capital", "bank:cash:vault", 1_000))
    ledger.post(move("2", "customer:a", "bank:cash:till", 400, effective_on=D2))
    ledger.post(move("3", "bank:fees", "customer:a", 30, effective_on=D2))
    ledger.post(move("4", "customer:a", "bank:interest", 7, effective_on=D3))
    ledger.post(move("5", "club:a:live", "club:a:issued", 50, POINT, effective_on=D3))
    ledger.post(move("6", "offers:contra", "offers:given", 99, effective_on=D3))
    return ledger


def test_the_balance_sheet(bank: Ledger) -> None:
    sheet = balance_sheet(bank.reader)
    assert [(it.type.value, it.root, it.quantity) for it in sheet.items] == [
        ("asset", "bank:cash", 1_400),
        ("liability", "customer:a", 377),
        ("equity", "bank:capital", 1_000),
    ]
    assert (sheet.profit, sheet.balanced) == (((CNY, 23),), True)
    assert [tuple(map(str, row)) for row in sheet.rows][-2:] == [
        ("equity", "bank:capital", "10.00 CNY", "CNY/2"),
        ("profit", "", "0.23 CNY", "CNY/2"),
    ]


def test_the_balance_sheet_of_a_day_and_by_other_roots(bank: Ledger) -> None:
    sheet = balance_sheet(bank.reader, on=D2, depth=1)
    assert [(it.root, it.quantity) for it in sheet.items] == [
        ("bank", 1_400),
        ("customer", 370),
        ("bank", 1_000),
    ]
    assert (sheet.on, sheet.profit, sheet.balanced) == (D2, ((CNY, 30),), True)
    deep = balance_sheet(bank.reader, depth=3)
    assert [it.root for it in deep.items][:2] == ["bank:cash:till", "bank:cash:vault"]
    with pytest.raises(BookNotYetOpen):
        balance_sheet(bank.reader, on=DAY - timedelta(days=1))


def test_the_income_statement(bank: Ledger) -> None:
    whole = income_statement(bank.reader)
    assert [(it.type.value, it.root, it.quantity) for it in whole.items] == [
        ("income", "bank:fees", 30),
        ("expense", "bank:interest", 7),
    ]
    assert whole.profit == ((CNY, 23),)
    assert [str(row[2]) for row in whole.rows] == ["0.30 CNY", "0.07 CNY", "0.23 CNY"]
    assert income_statement(bank.reader, since=DAY).items == whole.items
    late = income_statement(bank.reader, since=D3, until=D3)
    assert ([(it.root, it.quantity) for it in late.items], late.profit) == (
        [("bank:interest", 7)],
        ((CNY, -7),),
    )
    early = income_statement(bank.reader, since=DAY, until=D2)
    assert ([(it.root, it.quantity) for it in early.items], early.profit) == (
        [("bank:fees", 30)],
        ((CNY, 30),),
    )


def test_a_period_that_ends_before_it_begins_is_refused(bank: Ledger) -> None:
    with pytest.raises(BadPeriod):
        income_statement(bank.reader, since=D3, until=D2)
    with pytest.raises(BadDate):
        income_statement(bank.reader, since="2024-05-01")  # type: ignore[arg-type]


def test_an_unbalanced_sheet_says_so(bank: Ledger) -> None:
    sheet = balance_sheet(bank.reader)
    assert not type(sheet)(None, sheet.items[1:], sheet.profit).balanced
    assert not type(sheet)(None, sheet.items, ()).balanced


MONEY = [
    account.path for account in CHART if account.unit == CNY and account.type is not AccountType.MEMORANDUM
]
moves = st.lists(
    st.tuples(st.sampled_from(MONEY), st.sampled_from(MONEY), st.integers(1, 10**6), st.integers(0, 5)),
    max_size=12,
)


@given(moves, st.integers(0, 5))
def test_assets_are_what_is_owed_owned_and_earned_on_every_day(
    moved: list[tuple[str, str, int, int]], cut: int
) -> None:
    ledger = opened(Ledger.create(MemoryStore(), BOOK, lambda: NOON))
    for number, (source, target, quantity, day) in enumerate(moved):
        if source != target:
            on = DAY + timedelta(days=day)
            ledger.post(move(str(number), source, target, quantity, effective_on=on))
    until = DAY + timedelta(days=cut)
    assert balance_sheet(ledger.reader).balanced
    sheet = balance_sheet(ledger.reader, on=until)
    assert sheet.balanced
    before = income_statement(ledger.reader, until=until)
    after = income_statement(ledger.reader, since=until + timedelta(days=1))
    whole = income_statement(ledger.reader)
    parts = [sum(quantity for _, quantity in it.profit) for it in (before, after, whole)]
    assert parts[0] + parts[1] == parts[2]
    assert before.profit == sheet.profit
