"""Sections of large books: what is left out of a picture or a table is counted, and nothing is lost."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import Account, AccountType
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.pictures import Frame, Words, book_page
from bankcore.pictures.lines import level
from bankcore.pictures.money import flows_section
from bankcore.pictures.sections import MOST_ROWS
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import parse
from bankcore.stores.memory import MemoryStore
from bankcore.tables import Table
from bankcore.units import Unit

CNY, PT = Unit("CNY/2"), Unit("PT/0")
DOCS = Path(__file__).parents[2] / "docs"


def test_many_flows_sum_to_all_that_moved():
    rows = [(f"a{n % 7}:x", f"b{n}:y", n, Amount(n * 101, CNY), CNY) for n in range(1, 61)]
    rows += [("p:x", f"q{n}:y", 1, Amount(n, PT), PT) for n in range(1, 6)]
    table = Table("flows", ("debited", "credited", "times", "amount", "unit"), tuple(rows))
    section = flows_section(table, CNY, Words("en"))
    drawn = [row[2] for row in section.charts[0].table.rows]
    assert sum(it.quantity for it in drawn) == sum(row[3].quantity for row in rows if row[4] == CNY)
    assert section.charts[0].table.rows[-1][:2] == ("Others", "Others")
    (shown,) = section.tables
    assert len(shown.table.rows) == MOST_ROWS
    left = set(rows) - set(shown.table.rows)
    sums = [Amount(sum(row[3].quantity for row in left if row[4] == unit), unit) for unit in (CNY, PT)]
    assert shown.note == f"{len(left)} more rows, smaller in their unit, sum to {sums[0]}, {sums[1]}."
    zh = flows_section(table, CNY, Words("zh"))
    assert f"{str(sums[0]).removesuffix(' CNY')} 元、{sums[1].quantity} 积分" in zh.tables[0].note
    assert flows_section(Table("flows", table.columns, ()), CNY, Words("en")) is None


def test_a_long_line_keeps_its_lowest_days():
    days = [
        (date(2020, 1, 1) + timedelta(days=n), Amount(1000 + n % 300, CNY), Amount(10, CNY))
        for n in range(2000)
    ]
    days[777] = (days[777][0], Amount(3, CNY), Amount(10, CNY))
    drawn = level(Table("level", ("day", "level", "limit"), tuple(days)), Frame(Words("en"), 860))
    (area,) = (layer for layer in drawn["layer"] if layer["mark"]["type"] == "area")
    points = area["data"]["values"]
    assert len(points) < 400
    assert {"x": days[777][0].toordinal(), "y": 3, "limit": 10, "o": 0} in points
    assert points[0]["x"] == days[0][0].toordinal()
    assert points[-1]["x"] == days[-1][0].toordinal() + 1


def savings():
    """The scenario of docs/pictures.md."""
    page = (DOCS / "pictures.md").read_text(encoding="utf-8")
    return re.search(r"```toml savings.toml\n(.*?)```", page, re.DOTALL)[1]


def test_time_deposits_are_on_the_ladder():
    text = savings().replace("size = 20", "size = 40")
    store = MemoryStore()
    simulate(parse(text), store)
    bank = Bank.open(store)
    (section,) = (it for it in book_page(bank).sections if it.title == "Maturity ladder")
    held = bank.report("time-deposit", "deposits").to_dicts()
    assert sum(row[1].quantity for row in section.tables[0].table.rows) == sum(
        int(row["left"] * 100) for row in held
    )
    # They mature on 2025-02-01, which is 215 days after the business date.
    place = [row[0] for row in section.tables[0].table.rows if row[1]]
    assert place == ["181 days to 1 year"]


def test_the_largest_of_many_items_and_the_others_are_drawn():
    store = MemoryStore()
    bank = Bank.create(store, opened_on=date(2024, 5, 1))
    ledger = bank.ledger
    names = [f"assets:box{n}" for n in range(14)]
    kinds = [*((name, AccountType.ASSET) for name in names), ("equity:capital", AccountType.EQUITY)]
    ledger.open((Account(name, kind, CNY, opened_on=date(2024, 5, 1)) for name, kind in kinds), key="open")
    for n, name in enumerate(names, start=1):
        postings = (Posting(name, n * 100, CNY), Posting("equity:capital", -n * 100, CNY))
        ledger.post(Transaction("bring", date(2024, 5, 1), postings, key=name))
    (chart,) = book_page(bank).sections[0].charts
    assets = [row for row in chart.table.rows if row[0] == "Asset"]
    assert len(assets) == 9
    assert assets[-1][1] == "Others"
    assert sum(row[2].quantity for row in assets) == sum(range(1, 15)) * 100
