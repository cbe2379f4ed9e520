"""Tables for programs and notebooks."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import pytest

from bankcore import Account, Amount, Ledger, MemoryStore, Rate, Table, Transaction, Unit, legs
from bankcore.bank import utc_now
from bankcore.errors import LibraryMissing
from bankcore.ledger.reading.statements import statement, trial_balance

CNY, JPY = Unit("CNY/2"), Unit("JPY/0")
MOST = Amount(2**63 - 1, CNY)
TABLE = Table(
    "Lots <1>",
    ("card", "left", "days", "since", "rate", "open"),
    (
        ("c<1>", MOST, 3, date(2024, 5, 1), Rate.parse("3.5%"), True),
        ("c&2", Amount(7, JPY), None, None, None, False),
    ),
)


def test_rows_by_column_are_exact() -> None:
    first, second = TABLE.to_dicts()
    assert first == {
        "card": "c<1>", "left": Decimal("92233720368547758.07"), "days": 3, "since": date(2024, 5, 1),
        "rate": "3.5%", "open": True, "unit": "CNY/2",
    }  # fmt: skip
    assert (second["left"], second["unit"], second["days"]) == (Decimal(7), "JPY/0", None)
    own = Table("t", ("left", "unit"), ((Amount(1, CNY), CNY),))
    assert own.to_dicts() == [{"left": Decimal("0.01"), "unit": "CNY/2"}]
    assert Table("t", ("a",), ()).to_dicts() == []


def test_html_is_escaped_and_figures_are_on_the_right() -> None:
    html = TABLE._repr_html_()
    assert "<caption>Lots &lt;1&gt;</caption>" in html
    assert "<td>c&lt;1&gt;</td>" in html
    assert "<td>c&amp;2</td>" in html
    assert '<td style="text-align: right">92,233,720,368,547,758.07 CNY</td>' in html
    assert "None" not in html


def test_a_data_frame_keeps_every_fen() -> None:
    pytest.importorskip("pandas")
    frame = TABLE.to_pandas()
    assert frame["left"].sum() == Decimal("92233720368547765.07")
    assert list(frame["days"]) == [3, None]
    assert list(Table("t", ("a", "b"), ()).to_pandas().columns) == ["a", "b"]


def test_an_arrow_table_keeps_every_fen() -> None:
    pytest.importorskip("pyarrow")
    table = TABLE.to_arrow()
    assert table.column("left").to_pylist() == [Decimal("92233720368547758.07"), Decimal("7.00")]
    assert table.column("since").to_pylist() == [date(2024, 5, 1), None]
    mixed = Table("t", ("a",), ((1,), ("x",), (None,))).to_arrow()
    assert mixed.column("a").to_pylist() == ["1", "x", None]
    assert Table("t", ("a",), ()).to_arrow().num_rows == 0


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(LibraryMissing, match=r"bankcore\[pandas\]"):
        TABLE.to_pandas()
    with pytest.raises(LibraryMissing, match=r"bankcore\[arrow\]"):
        TABLE.to_arrow()


def test_statements_and_trial_balances_show_themselves() -> None:
    store = MemoryStore()
    ledger = Ledger(store, store.add("main", CNY, date(2024, 5, 1)), utc_now)
    accounts = [
        Account("till", "asset", CNY),
        Account("fees", "income", CNY),
        Account("memo", "memorandum", CNY),
    ]
    ledger.open([*accounts, Account("empty", "asset", CNY)], key="open")
    moved = legs(CNY, debit={"till": 500}, credit={"fees": 500})
    text = "<script>"
    ledger.post(
        Transaction(key="a", kind="fee", effective_on=date(2024, 5, 1), postings=moved, description=text)
    )
    shown = statement(ledger.reader, "till")
    assert [row[-1] for row in shown.table().rows] == [Amount(0, CNY), Amount(500, CNY), Amount(500, CNY)]
    assert "<script>" not in shown._repr_html_()
    assert "&lt;script&gt;" in shown._repr_html_()
    balance = trial_balance(ledger.reader)
    rows = {row[0]: row[1:] for row in balance.table().rows}
    five = Amount(500, CNY)
    assert rows["till"] == (five, None)
    assert rows["fees"] == (None, five)
    assert rows["empty"] == (None, None)
    assert rows["total in CNY/2"] == (five, five)
    assert "total of memorandum accounts in CNY/2" in balance._repr_html_()
