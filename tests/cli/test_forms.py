"""The three forms of an answer, to the character."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from bankcore.amounts import Amount
from bankcore.errors import UnknownName
from bankcore.ledger.accounts import Side
from bankcore.render.forms import Form, Sheet, write
from bankcore.tables import Table
from bankcore.units import Unit

CNY = Unit("CNY/2")
ROWS = (
    ("a", Amount(123_456, CNY), date(2024, 5, 1), True, None, CNY),
    ("b, c", Amount(-5, CNY), date(2024, 5, 2), False, 12, CNY),
)
SHEET = Sheet(
    {"side": Side.DEBIT, "note": ""}, (Table("rows", ("name", "net sum", "on", "ok", "count", "unit"), ROWS),)
)


def test_text_aligns_figures_and_leaves_units_to_the_amounts():
    assert write(SHEET, Form.TEXT).splitlines() == [
        "side  debit",
        "",
        "name         net sum  on          ok      count",
        "------  ------------  ----------  ----  -------",
        "a       1,234.56 CNY  2024-05-01  yes",
        "b, c       -0.05 CNY  2024-05-02  no         12",
    ]


def test_csv_is_raw():
    assert write(SHEET, Form.CSV) == (
        "name,net_sum,on,ok,count,unit\n"
        "a,1234.56,2024-05-01,true,,CNY/2\n"
        '"b, c",-0.05,2024-05-02,false,12,CNY/2\n'
    )


def test_no_text_ends_a_row_of_csv():
    rows = [["one\rtwo", "1"], ["one\ntwo", "2"], ["中\r\n3,文", "3"]]
    text = write(Sheet(tables=(Table("t", ("said", "n"), tuple(map(tuple, rows))),)), Form.CSV)
    assert list(csv.reader(StringIO(text, newline=""), strict=True)) == [["said", "n"], *rows]


def test_csv_names_the_unit_where_no_column_does():
    mixed = ((Amount(1, CNY), None), (None, None), (Amount(1, CNY), Amount(1, Unit("JPY/0"))))
    assert write(Sheet(tables=(Table("rows", ("a", "b"), mixed),)), Form.CSV) == (
        "a,b,unit\n0.01,,CNY/2\n,,\n0.01,1,CNY/2 JPY/0\n"
    )
    assert write(Sheet({"opening": Amount(5, CNY)}), Form.CSV) == "opening,unit\n0.05,CNY/2\n"


def test_one_part_of_a_sheet():
    sheet = Sheet({"x": 1}, (Table("first", ("a",), ((1,),)), Table("second one", ("b",), ((2,),))))
    for name in ("second one", "second_one", "second-one"):
        assert write(sheet.part(name), Form.CSV) == "b\n2\n"
    assert write(sheet.part("facts"), Form.CSV) == "x\n1\n"
    with pytest.raises(UnknownName, match="no table 'third'; known: facts, first, second_one"):
        sheet.part("third")
    with pytest.raises(UnknownName, match="no table 'facts'"):
        Sheet(tables=sheet.tables).part("facts")


def test_wide_characters_keep_the_columns():
    table = Table("rows", ("name", "sum"), (("商场", Amount(1, CNY)), ("mall", Amount(123456, CNY))))
    first, second = write(Sheet(tables=(table,)), Form.TEXT).splitlines()[2:]
    assert first == "商场        0.01 CNY"
    assert second == "mall    1,234.56 CNY"


def test_json_has_minor_units_and_a_fixed_order():
    data = json.loads(write(SHEET, Form.JSON))
    assert list(data) == ["side", "note", "rows"]
    assert data["rows"][0] == {
        "name": "a",
        "net_sum": {"quantity": 123456, "unit": "CNY/2", "decimal": "1234.56"},
        "on": "2024-05-01",
        "ok": True,
        "count": None,
        "unit": "CNY/2",
    }
    assert list(data["rows"][0]) == ["name", "net_sum", "on", "ok", "count", "unit"]


@pytest.mark.parametrize("form", Form)
def test_nested_data_stays_data(form):
    sheet = Sheet(
        {"details": {"parts": [1, Amount(1, CNY)], "at": datetime(2024, 5, 1, tzinfo=UTC), "raw": b"\1"}}
    )
    text = write(sheet, form)
    for part in ("2024-05-01T00:00:00.000000Z", "01", "quantity"):
        assert part in text


def test_several_tables_have_titles_and_empty_ones_are_left_out():
    full, empty = Table("full", ("a",), ((1,),)), Table("empty", ("b",), ())
    assert write(Sheet(tables=(full, empty)), Form.TEXT) == "full\n  a\n---\n  1\n\nno empty\n"
    assert write(Sheet({"x": 1}, (empty,)), Form.TEXT) == "x  1\n\nno empty\n"
    assert "empty" not in write(Sheet({"x": 1}, (full, empty)), Form.TEXT)
    assert write(Sheet(tables=(empty,)), Form.CSV) == "b\n"
    assert json.loads(write(Sheet(tables=(empty,)), Form.JSON)) == {"empty": []}


def test_text_beyond_ascii_stays_readable():
    assert write(Sheet({"name": "商场"}), Form.JSON) == '{\n  "name": "商场"\n}\n'
