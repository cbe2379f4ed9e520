"""Pages say what the reports of their books say, to the last unit, and no text acts on them."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.pictures.books import EXAMPLES, NAMES, Read, simulated

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import UnknownName
from bankcore.ledger.reading.financials import balance_sheet, income_statement
from bankcore.ledger.reading.statements import trial_balance
from bankcore.pictures import (
    Chart,
    Page,
    Section,
    Shown,
    book_page,
    html,
    run_page,
    search_page,
    what_if_page,
)
from bankcore.pictures.bars import bars, funnel, sides
from bankcore.pictures.lines import course, level, ranges
from bankcore.pictures.money import flow_table, flows_section
from bankcore.pictures.sankey import sankey
from bankcore.pictures.words import Words
from bankcore.rates import Share
from bankcore.simulation.grids import Trials, what_if
from bankcore.simulation.search import Condition, find
from bankcore.stores.memory import MemoryStore
from bankcore.tables import Table, visible
from bankcore.units import Unit

pytest.importorskip("jinja2")
pytest.importorskip("vl_convert")

CNY = Unit("CNY/2")


def plain(cell):
    """A cell as a page shows it, without the unit that all amounts of its table have."""
    if isinstance(cell, Amount):
        return str(cell).removesuffix(f" {cell.unit.code}")
    return f"{cell:,}" if isinstance(cell, int) else "–" if cell in (None, "") else str(cell)


def shown(page, title):
    """The rows of the tables of that caption, without headings."""
    return [row for caption, rows in Read.of(html(page)).tables if caption == title for row in rows[1:]]


def report(bank, *names):
    return [[plain(cell) for cell in row] for row in bank.report(*names).rows]


@pytest.mark.parametrize("name", NAMES)
def test_statements_are_those_of_the_book(name):
    _, bank, _ = simulated(name)
    page, reader = book_page(bank), bank.ledger.reader
    for title, rows in (
        ("Balance sheet", balance_sheet(reader).rows),
        ("Income statement", income_statement(reader).rows if income_statement(reader).items else ()),
    ):
        several = len({row[3] for row in rows}) > 1
        expected = [
            [
                row[0].capitalize(),
                row[1] or "–",
                str(row[2]) if several else plain(row[2]),
            ]
            for row in rows
        ]
        assert shown(page, title) == expected


@pytest.mark.parametrize("name", NAMES)
def test_flows_are_all_that_was_debited_and_credited(name):
    _, bank, _ = simulated(name)
    reader = bank.ledger.reader
    found: Counter[Unit] = Counter()
    for *_, amount, unit in flow_table(reader).rows:
        found[unit] += amount.quantity
    gross: Counter[Unit] = Counter()
    for it in trial_balance(reader).balances:
        if it.account.type.value != "memorandum":
            gross[it.account.unit] += it.debits
    assert found == +gross


@pytest.mark.parametrize(
    ("name", "title", "names"),
    [
        ("document-004-branches", "Overdue loans", ("loan", "overdue")),
        ("document-004-branches", "Funnel", ("branch", "funnel")),
        ("document-004-branches", "Queues", ("branch", "queues")),
        ("document-002-wealth", "Reserve", ("wallet", "reserve")),
    ],
)
def test_reports_stand_on_the_page_as_they_are(name, title, names):
    _, bank, _ = simulated(name)
    assert shown(book_page(bank), title) == report(bank, *names) != []


def test_a_reserve_is_shown_at_its_closes():
    _, bank, _ = simulated("document-002-wealth")
    closes = [row[1:] for row in report(bank, "wallet", "levels") if row[0] == "mall"]
    rows = shown(book_page(bank), "Reserve of mall")
    assert rows
    assert all(row in closes for row in rows)
    short = [row for row in bank.report("wallet", "levels").rows if row[2] < row[3]]
    assert len(short) == len(bank.report("wallet", "failed-sweeps").rows) > 0
    (section,) = (it for it in book_page(bank).sections if it.title == "Reserve and threshold")
    assert f"at {len(short)} of {len(closes)} closes" in section.text


def test_the_ladder_has_all_principal_that_falls_due():
    _, bank, _ = simulated("document-004-branches")
    (section,) = (it for it in book_page(bank).sections if it.title == "Maturity ladder")
    table = section.tables[0].table
    place = table.columns.index("loans")
    due = [row[bank.report("loan", "schedules").columns.index("principal")]
           for row in bank.report("loan", "schedules").rows]  # fmt: skip
    assert sum(row[place].quantity for row in table.rows) == sum(it.quantity for it in due) > 0


def test_points_are_those_of_providers_and_cards():
    _, bank, _ = simulated("document-003-points")
    rows = shown(book_page(bank), "Points")
    providers = bank.report("points", "providers").to_dicts()
    cards = bank.report("points", "cards").to_dicts()
    for programme, issued, redeemed, expired, back, live in rows:
        own = [[it for it in its if it["programme"] == programme] for its in (providers, cards)]
        columns = ((0, "issued"), (1, "redeemed"), (1, "expired"), (0, "clawed back"), (0, "live"))
        sums = [sum(it[column] for it in own[place]) for place, column in columns]
        assert [issued, redeemed, expired, back, live] == [f"{it:,}" for it in sums]
    assert rows


def test_a_simulation_is_shown_with_its_groups_and_commands():
    scenario, bank, outcome = simulated("document-004-branches")
    page = run_page(outcome, bank, scenario)
    (flows,) = (it for it in outcome.tables if it.title == "flows")
    known = {tuple(map(plain, row[:4])) for row in flows.rows}
    assert {tuple(row) for row in shown(page, "Flows")} <= known
    (commands,) = (it for it in outcome.tables if it.title == "commands")
    assert shown(page, "Commands") == [[plain(cell) for cell in row] for row in commands.rows]
    (asked,) = (it for it in page.sections if it.title == "Reports")
    wanted = {it.title for it in (bank.report(*names) for names in scenario.reports) if it.rows}
    assert wanted <= {it.table.title for it in asked.tables}
    assert page.title == scenario.title


@pytest.fixture(scope="module")
def text():
    return (EXAMPLES / "short-reserve.toml").read_text(encoding="utf-8")


def test_quantiles_are_those_of_the_grid(text):
    found = what_if(text, runs=3, measures=("lowest-reserve", "yield-cost"))
    page = what_if_page(found, "a grid", "zh")
    assert [it.title for it in page.sections] == ["备付金最低", "收益成本"]
    rows = [[plain(cell) for cell in row[1:]] for row in found.table().rows]
    assert shown(page, "分位数") == rows


def test_a_search_shows_what_it_tried(text):
    with Trials(text, runs=2, measures=("shortfall",)) as trials:
        answer = find(trials, "step.1.with.amount", "7560.00", "7562.00", step="1.00",
                      until=Condition.read("shortfall >= 0"), share=Share.parse("100%"))  # fmt: skip
    page = search_page(answer, "a search")
    assert answer.value is not None
    assert f"Found: {answer.value}." in page.sections[0].text
    assert len(shown(page, "Tried")) == len(answer.tried)


def test_an_empty_book_has_a_page():
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    assert "The book has nothing to show yet." in html(book_page(bank))
    with pytest.raises(UnknownName):
        book_page(bank, "fr")


def test_personal_data_is_not_on_a_page():
    _, bank, _ = simulated("document-004-branches")
    written = "\n".join(html(book_page(bank, language)) for language in ("en", "zh"))
    secret = {
        text
        for entry in bank.ledger.reader.entries()
        for record in entry.transaction.records
        for text in texts_of(record.data.get("personal", {}))
    }
    assert len(secret) > 5
    words = {word for it in Read.of(written).texts for word in re.split(r"[\s,:：，。]+", it)}
    assert not [it for it in secret if it in words or (" " in it and it in written)]


def texts_of(data):
    if isinstance(data, dict):
        return [text for it in data.values() for text in texts_of(it)]
    if isinstance(data, (list, tuple)):
        return [text for it in data for text in texts_of(it)]
    return [data] if isinstance(data, str) and len(data) > 4 else []


# --- the same bytes, and nothing from outside ----------------------------------------------------------

MADE = """
import hashlib, sys
from tests.pictures.books import simulated
from bankcore.pictures import html, run_page
scenario, bank, outcome = simulated("short-reserve")
for language in ("en", "zh"):
    print(hashlib.sha256(html(run_page(outcome, bank, scenario, language)).encode()).hexdigest())
"""


def test_equal_books_give_equal_bytes_in_other_processes():
    found = {
        subprocess.run(
            [sys.executable, "-c", MADE], env={"PYTHONHASHSEED": seed, "PYTHONPATH": "src:."}, check=True,
            capture_output=True, text=True, cwd=EXAMPLES.parent,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    scenario, bank, outcome = simulated("short-reserve")
    here = "".join(
        hashlib.sha256(html(run_page(outcome, bank, scenario, language)).encode()).hexdigest() + "\n"
        for language in ("en", "zh")
    )
    assert found == {here}


def test_a_page_asks_for_nothing_from_outside():
    for name in NAMES:
        _, bank, _ = simulated(name)
        page = html(book_page(bank, "zh"))
        for word in ("http:", "https:", "//", "src=", "url(", "@import", "<script", "<link", "javascript:"):
            assert word not in page, word


HOSTILE = [
    "<script>alert(1)</script>", "</title><script>x</script>", '"><img src=x onerror=alert(1)>', "T0T", "T1T",
    "]]><svg onload=alert(1)>", "&lt;b&gt;", "{{ 7*7 }}", "{% raw %}", "\x00\x1b[31m", "\u202egnp.exe",
    "'; }); //", "--><script>", "\ud800", "\ufffe", "$programme", "NaN", "=1+1", "7", "现金", "&",
]  # fmt: skip
PLACES = 12


def filled(said, language="en"):
    """A page with a text at every place that takes one from outside, and all charts."""
    words, day, yuan = Words(language), date(2024, 5, 1), Amount(123456, CNY)
    a, b, c, d, e, f, g, *_ = said
    charts = [
        (bars, ("group", "name", "value", "tone"), ((a, b, yuan, "asset"), (a, c, -yuan, "loss"))),
        (funnel, ("name", "count"), ((d, 3), (e, 1))),
        (sides, ("name", "side", "value", "tone"), ((f, "in", yuan, "asset"), (g, "out", yuan, "equity"))),
        (sankey, ("debited", "credited", "amount"), ((a, b, yuan), (c, d, yuan))),
        (ranges, ("name", *"1234567"), ((e, *([yuan] * 7)), (f, *([-yuan] * 7)))),
        (level, ("day", "level", "limit"), ((day, yuan, yuan),)),
        (course, ("day", "name", "value", "tone"), ((day, g, 5, "asset"),)),
    ]
    made = tuple(
        Chart(said[7], said[8], make, Table("t", columns, rows), (("asset", said[9]),))
        for make, columns, rows in charts
    )
    table = Table(said[10], ("accounts", "what"), ((said[11], said[0]),))
    section = Section(
        said[1], said[2], made, (Shown(table, frozenset({"accounts"}), note=said[3]),), (("seed", a),)
    )
    return Page(said[4], (("book", said[5]),), (section, evolve(section, charts=())), words, said[6])


@settings(max_examples=6)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=PLACES, max_size=PLACES))
@example(HOSTILE[:PLACES])
@example(HOSTILE[-PLACES:])
def test_no_text_acts_on_a_page(said):
    page = html(filled(said))
    page.encode()
    read, usual = Read.of(page), Read.of(html(filled(["text"] * PLACES)))
    aligned = {("th", ("class", "scope")), ("td", ("class",))}  # texts that are numbers
    assert set(read.tags) <= set(usual.tags) | {("g", it[1]) for it in usual.tags} | aligned
    whole = " ".join(" ".join(read.texts).split())
    for it in said[4:10]:
        assert " ".join(visible(it).split()) in whole


@settings(max_examples=8)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**63 - 1))
def test_figures_of_any_size_are_drawn(one, other):
    one, other = Amount(one, CNY), Amount(other, CNY)
    charts = (
        Chart("a", "b", bars, Table("t", ("group", "name", "value", "tone"), (("g", "n", one, "asset"),))),
        Chart("a", "b", level, Table("t", ("day", "level", "limit"), ((date(2024, 5, 1), one, other),))),
        Chart("a", "b", ranges, Table("t", ("name", *"1234567"), (("n", *sorted([one, other] * 4)[:7]),))),
    )
    flow = Table("flows", ("debited", "credited", "times", "amount", "unit"), tuple(
        (f"a{n}", "b", 1, other, CNY) for n in range(3)))  # fmt: skip
    assert f"{3 * other.quantity // 100:,}" in flows_section(flow, CNY, Words("en")).text
    due = Table("t", ("name", "side", "value", "tone"), tuple(("n", "out", other, "asset") for _ in range(3)))
    charts = (*charts, Chart("a", "b", sides, due))
    table = Shown(Table("t", ("amount",), ((one,), (other,))))
    page = html(Page("t", (), (Section("s", "x", charts, (table,)),), Words("en")))
    assert [row[0] for row in Read.of(page).tables[0][1][1:]] == [plain(one), plain(other)]
    assert "NaN" not in page
