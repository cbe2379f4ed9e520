"""The end report agrees with the book, in every cell that can be added up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.reading.financials import balance_sheet, income_statement
from bankcore.ledger.transactions import Posting
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.report import flows, matching
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load, parse
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")
EXAMPLE = Path(__file__).parents[2] / "examples/short-reserve.toml"


@given(st.lists(st.integers(-1_000, 1_000).filter(bool), min_size=1, max_size=8))
def test_flows_add_up_to_every_leg(quantities: list[int]) -> None:
    if rest := -sum(quantities):
        quantities = [*quantities, rest]
    postings = [Posting(AccountPath(f"a:{n}"), q, CNY) for n, q in enumerate(quantities)]
    debits: Counter[str] = Counter()
    credits: Counter[str] = Counter()
    for debited, credited, quantity in flows(postings):
        assert quantity > 0
        debits[debited] += quantity
        credits[credited] += quantity
    assert debits == Counter({p.account: p.quantity for p in postings if p.quantity > 0})
    assert credits == Counter({p.account: -p.quantity for p in postings if p.quantity < 0})


MALL = '[population.operator]\nparties = "firm"\nids = ["mall"]\n'


def test_the_report_agrees_with_the_book() -> None:
    store = MemoryStore()
    outcome = simulate(load(EXAMPLE), store)
    bank = Bank.open(store)
    statements = ["balance sheet", "income statement", "every unit balances"]
    levels = ["level of wallet:mall:reserve", "level of wallet:mall:service"]
    titles = [table.title for table in outcome.tables]
    assert titles == ["balances", *statements, "flows", *levels, "commands", "verified"]
    balances, sheet, income, totals, moved, reserve, _, commands, verified = outcome.tables
    assert sheet.rows == balance_sheet(bank.ledger.reader).rows
    assert income.rows == income_statement(bank.ledger.reader).rows
    assert totals.rows
    assert all(debit == credit for _, debit, credit, _ in totals.rows)

    by_group = {row[0]: row[3] for row in balances.rows}
    assert by_group["wallet:*:reserve"] == bank.amount("wallet:mall:reserve") == Amount(54_99, CNY)
    for group, balance in by_group.items():
        assert sum(matching(bank.ledger.books, group)) == balance.quantity
    assert sum(row[2] for row in balances.rows) == bank.ledger.reader.head().accounts

    net: Counter[str] = Counter()
    for debited, credited, _, amount, _ in moved.rows:
        net[debited] += amount.quantity
        net[credited] -= amount.quantity
    sides = {row[0]: 1 if row[1] == "debit" else -1 for row in balances.rows}
    assert {group: net[group] * side for group, side in sides.items()} == {
        group: balance.quantity for group, balance in by_group.items()
    }

    levels = {(row[0], str(row[1])): row[2].decimal() for row in reserve.rows}
    assert levels["close", "2024-05-08"] == "60.00"
    assert levels["lowest", "2024-05-09"] == "4.99"  # between the payout and the sweep
    assert levels["highest", "2024-05-01"] == "7560.00"
    given = sum(len(event.command.split(" + ")) for event in outcome.events)
    assert sum(row[1] for row in commands.rows) == outcome.facts["commands done"] == given
    assert outcome.facts["book digest"] == bank.ledger.reader.head().digest.hex()
    found = verify(bank.ledger.reader, bank.ledger.book)
    assert [row[1] for row in verified.rows] == [
        sum(len(product.invariants) for product in bank.products),
        found.transactions,
        found.postings,
        found.records,
        found.accounts,
        found.seals,
    ]


def test_a_watched_account_that_is_never_opened_is_named() -> None:
    text = 'watch = ["wallet:mall:resreve"]\nstart = 2024-05-01\nend = 2024-05-02\n[programme.mall]\n' + MALL
    tables = {table.title: table for table in simulate(parse(text), MemoryStore()).tables}
    assert tables["level of wallet:mall:resreve"].rows[0][0] == "never opened"


def test_reports_of_products_stand_first() -> None:
    text = 'reports = ["wallet.reserve"]\nstart = 2024-05-01\nend = 2024-05-02\n[programme.mall]\n' + MALL
    store = MemoryStore()
    outcome = simulate(parse(text), store)
    assert outcome.tables[0] == Bank.open(store).report("wallet", "reserve")
    with pytest.raises(
        BadScenario, match=r"field reports: there is no report 'wallet\.x'; nearest: .*known: wallet\."
    ):
        parse(text.replace("wallet.reserve", "wallet.x"))
