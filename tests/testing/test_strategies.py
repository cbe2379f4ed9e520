"""The strategies draw what the ledger and the products take; Hypothesis finds those of plain types itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError, VelocityLimitBreached
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Transaction
from bankcore.ledger.velocity import VelocityLimit
from bankcore.product.forms import as_data, fill
from bankcore.product.terms import Terms
from bankcore.products import PRODUCTS
from bankcore.products.current import CashIn
from bankcore.products.loan import LoanTerms
from bankcore.products.wallet import WalletTerms
from bankcore.rates import Rate
from bankcore.stores.memory import MemoryStore
from bankcore.testing import strategies
from bankcore.testing.driver import Driver
from bankcore.units import Unit

CNY = Unit("CNY/2")
FEW = settings(max_examples=15)
DAY, NOW = date(2024, 5, 1), datetime(2024, 5, 1, tzinfo=UTC)
AMONG = [Account("cash", "asset", CNY), *(Account(name, "liability", CNY) for name in "ab")]


@pytest.mark.parametrize("kind", [Unit, Amount, Rate, AccountPath, Account, VelocityLimit])
def test_hypothesis_finds_the_strategies_of_plain_types(kind: type) -> None:
    @FEW
    @given(st.from_type(kind))
    def drawn(value: object) -> None:
        assert type(value) is kind

    drawn()


@FEW
@given(strategies.amounts("CNY/2", least=5, most=700))
def test_amounts_keep_their_bounds(amount: Amount) -> None:
    assert 5 <= amount.quantity <= 700
    assert Amount.parse(str(amount), CNY) == amount


@FEW
@given(strategies.transactions(AMONG) | strategies.holds(AMONG), strategies.velocity_limits())
def test_transactions_balance(transaction: Transaction, limit: VelocityLimit) -> None:
    ledger = Ledger.create(MemoryStore(), Book(1, "b", CNY, DAY), lambda: NOW)
    ledger.open(AMONG, key="open")
    ledger.limit(limit, key="limit")
    with suppress(VelocityLimitBreached):  # nothing is wrong with the transaction itself
        assert ledger.post(transaction).number == 3


@FEW
@given(strategies.terms(WalletTerms), strategies.terms(LoanTerms))
def test_terms_are_read_back(wallet: Terms, loan: Terms) -> None:
    for terms in (wallet, loan):
        assert type(terms).from_data(terms.as_data()) == terms


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda it: it.name)
def test_every_product_has_commands(product: object) -> None:
    seen: set[type] = set()

    @settings(FEW, max_examples=20)
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        command = data.draw(strategies.commands(product))
        form = as_data(command)
        assert as_data(fill(type(command), form, CNY)) == form
        seen.add(type(command))

    drawn()
    assert len(seen) > 2


@FEW
@given(strategies.parties())
def test_parties_are_registered(opening: list[object]) -> None:
    bank = Bank.create(MemoryStore(), opened_on=DAY)
    bank.handle_all(opening, "open")
    for it in opening:
        if isinstance(it, CashIn):
            assert bank.amount(f"bank:demand:{it.party}") == it.amount


@FEW
@given(strategies.histories(PRODUCTS.named("current"), {"party": ["li"], "payer": ["li"], "payee": ["wang"]}))
def test_histories_are_taken_by_a_bank(history: list[object]) -> None:
    driver = Driver("li", "wang")
    for it in history:
        if isinstance(it, int):
            driver.close_days(it)
            continue
        assert attrs.has(type(it))
        with suppress(BankcoreError):
            driver.do(it)
    assert driver.sound()
