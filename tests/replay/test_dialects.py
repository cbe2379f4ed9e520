"""Rows written in any dialect, with its map, are read back as they were."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.errors import BadAmount, BadDate, BadMapping, BadRow
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.ledger import Ledger
from bankcore.replay import Mapping, replay
from bankcore.replay.notation import Notation, read_day
from bankcore.replay.rows import read_rows
from bankcore.units import Unit

EUR = Unit("EUR/2")
FOLDER = Path(mkdtemp(prefix="bankcore-dialects-"))
Write = Callable[..., Path]

MAP = """
key = "bank:{id}"
description = "{text}"
when = { state = { not = ["pending", "declined"] } }
[skip]
lines = LINES
comments = ["#"]
footer = ["Total"]
[file]
ORDER
delimiter = 'DELIMITER'
encoding = "ENCODING"
[date]
column = "day"
format = "FORMAT"
[amount]
AMOUNT
unit = "EUR/2"
decimal = "DECIMAL"
thousands = "THOUSANDS"
symbols = ["€", "EUR"]
minus = "MINUS"
[account]
path = "client:a"
type = "liability"
[[contra]]
path = "bank:cash"
type = "asset"
"""

plain_row = st.tuples(
    st.integers(0, 60).map(lambda days: date(2024, 4, 1) + timedelta(days)),
    st.integers(-(10**9), 10**9),
    st.text("abé中 ;,\t|'\"0", max_size=6).map(str.strip),
)
dialects = st.fixed_dictionaries(
    {
        "LINES": st.integers(0, 3),
        "ORDER": st.sampled_from(["", 'order = "oldest-first"', 'order = "newest-first"', 'order = ["day"]']),
        "DELIMITER": st.sampled_from([",", ";", "\t", "|"]),
        "ENCODING": st.sampled_from(
            [
                "utf-8",
                "utf-8-sig",
                "utf-16",
                "utf-16-le",
                "utf-32",
                "gb18030",
                "cp936",
                "cp1252",
                "iso-8859-15",
            ]
        ),
        "FORMAT": st.sampled_from(
            ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%Y%m%d", "excel", "excel-1904", "%Y-%m-%dT%H:%M:%S%z"]
        ),
        "MARKS": st.sampled_from(
            [(".", ","), (",", "."), (",", " "), (",", "\u202f"), (".", "\u2019"), (".", "'"), (",", "")]
        ),
        "MINUS": st.sampled_from(["leading", "trailing", "parentheses"]),
        "SYMBOL": st.sampled_from(["", "€", "EUR", "€ ", " EUR", "\u00a0€"]),
        "AMOUNT": st.sampled_from(["column", "sides", "marks"]),
        "footer": st.booleans(),
        "noise": st.booleans(),
    }
).filter(lambda d: written_in(d["ENCODING"], text := "".join((*d["MARKS"], d["SYMBOL"]))) == text)


def written_in(encoding: str, text: str) -> str:
    """What an encoding has of a text: a bank that writes cp1252 has no Chinese names."""
    return text.encode(encoding, "ignore").decode(encoding)


def day_in(form: str, day: date) -> str:
    if form == "excel":
        return str((day - date(1899, 12, 30)).days)
    if form == "excel-1904":
        return str((day - date(1904, 1, 1)).days)
    return day.strftime(form.replace("%z", "+0000"))


def figure(quantity: int, d: dict[str, Any]) -> str:
    decimal, thousands = d["MARKS"]
    text = f"{abs(quantity) // 100:,}".replace(",", thousands) + decimal + f"{abs(quantity) % 100:02}"
    symbol = d["SYMBOL"]
    text = symbol + text if symbol[:1] == "€" else text + symbol
    if quantity >= 0:
        return text
    return {"leading": f"-{text}", "trailing": f"{text}-", "parentheses": f"({text})"}[d["MINUS"]]


def amounts(quantity: int, d: dict[str, Any]) -> list[str]:
    if d["AMOUNT"] == "column":
        return [figure(quantity, d)]
    if d["AMOUNT"] == "sides":
        return ["", figure(-quantity, d)] if quantity < 0 else [figure(quantity, d), ""]
    return [f"{figure(abs(quantity), d)} {'DR' if quantity < 0 else 'CR'}"]


def written(rows: list[tuple[date, int, str]], d: dict[str, Any]) -> tuple[str, str]:
    """The map and the text of the rows in a dialect."""
    head = {"column": ["amount"], "sides": ["in", "out"], "marks": ["amount"]}[d["AMOUNT"]]
    how = {
        "column": 'column = "amount"',
        "sides": 'credit = "in"\ndebit = "out"',
        "marks": 'column = "amount"\ncredit_mark = "CR"\ndebit_mark = "DR"',
    }
    out = StringIO(newline="")
    out.writelines(f"preamble {d['DELIMITER']} {number}\r\n" for number in range(d["LINES"]))
    table = csv.writer(out, delimiter=d["DELIMITER"], lineterminator="\r\n")
    table.writerow(["id", "day", "text", "state", *head])
    numbered = [*enumerate(rows)]
    for number, (day, quantity, text) in numbered[::-1] if "newest" in d["ORDER"] else numbered:
        table.writerow([number, day_in(d["FORMAT"], day), text, "booked", *amounts(quantity, d)])
        if d["noise"]:
            out.write("\r\n# a comment\r\n")
            table.writerow([number, "", text, "pending", *["not yet"] * len(head)])
    if d["footer"]:
        out.write("Total;1;2;3\r\nsaid at the end\r\n")
    given = {**d, "AMOUNT": how[d["AMOUNT"]], "DECIMAL": d["MARKS"][0], "THOUSANDS": d["MARKS"][1]}
    text = MAP
    for name in (
        "LINES",
        "ORDER",
        "DELIMITER",
        "ENCODING",
        "FORMAT",
        "AMOUNT",
        "DECIMAL",
        "THOUSANDS",
        "MINUS",
    ):
        text = text.replace(name, str(given[name]), 1)
    return text, out.getvalue()


@given(st.lists(plain_row, max_size=6), dialects)
def test_rows_in_any_dialect_are_read_back(rows: list[tuple[date, int, str]], d: dict[str, Any]) -> None:
    if d["ORDER"]:
        rows.sort(key=lambda row: row[0])
    rows = [(day, quantity, written_in(d["ENCODING"], text).strip()) for day, quantity, text in rows]
    text, said = written(rows, d)
    file = FOLDER / "rows.csv"
    file.write_bytes(said.encode(d["ENCODING"]))
    left_out: list[None] = []
    found = list(read_rows(file, Mapping.parse(text), left_out=lambda: left_out.append(None)))
    assert [(it.transaction.key, it.transaction.effective_on) for it in found] == [
        (f"bank:{number}", day) for number, (day, _, _) in enumerate(rows)
    ]
    assert [sum(leg.quantity for leg in it.transaction.postings[:1]) for it in found] == [
        -row[1] for row in rows
    ]
    assert [it.transaction.description for it in found] == [" ".join(row[2].split()) for row in rows]
    assert len(left_out) == len(rows) * d["noise"]
    lines = said.split("\r\n")
    assert all(f"{it.transaction.key.removeprefix('bank:')}" in lines[it.line - 1] for it in found)


@pytest.mark.parametrize(
    ("text", "minus", "quantity"),
    [
        ("5.00-", "trailing", -500), ("(5.00)", "parentheses", -500), ("-€5.00", "leading", -500),
        ("€-5.00", "leading", -500), ("€ 5.00", "leading", 500), ("5.00 EUR", "leading", 500),
        ("\u22125.00", "leading", -500), ("+5.00", "leading", 500), ("5.00+", "trailing", 500),
        ("(€5.00)", "parentheses", -500), ("€(5.00)", "parentheses", -500), ("  5.00\u00a0", "leading", 500),
        ("1\u00a0234.00", "leading", 123400),
        ("1\u202f234.00-", "trailing", -123400), ("0.00-", "trailing", 0),
    ],
)  # fmt: skip
def test_amounts_as_banks_write_them(text: str, minus: str, quantity: int) -> None:
    notation = Notation(".", " ", ("€", "EUR"), frozenset({minus}))
    assert notation.read(text, EUR) == (quantity, None)


@pytest.mark.parametrize(
    "text",
    [
        "--5.00",
        "-5.00-",
        "(-5.00)",
        "€€5.00",
        "5.00€€",
        "5.00-",
        "$5.00",
        "()",
        "-",
        "€",
        "",
        "5,00",
        "- -5",
        "1 23.00",
    ],
)
def test_amounts_that_say_two_things_are_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        Notation(".", " ", ("€",), frozenset({"leading", "parentheses"})).read(text, EUR)


def test_the_mark_of_a_side() -> None:
    notation = Notation(".", ",", (), frozenset({"leading"}), ((Side.CREDIT, "CR"), (Side.DEBIT, "")))
    assert notation.read("1,234.00cr", EUR) == (123400, Side.CREDIT)
    assert notation.read("CR 5.00", EUR) == (500, Side.CREDIT)
    assert notation.read("5.00", EUR) == (500, Side.DEBIT)


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("1", "excel", date(1900, 1, 1)), ("59", "excel", date(1900, 2, 28)),
        ("61", "excel", date(1900, 3, 1)),
        ("45413", "excel", date(2024, 5, 1)), ("45413.75", "excel", date(2024, 5, 1)),
        ("43951", "excel-1904", date(2024, 5, 1)), ("0", "excel-1904", date(1904, 1, 1)),
    ],
)  # fmt: skip
def test_serial_dates(text: str, form: str, day: date) -> None:
    assert read_day(text, form) == day


@pytest.mark.parametrize("text", ["0", "60", "-1", "x", "", "99999999", "4541E1", "9999999"])
def test_what_excel_does_not_count(text: str) -> None:
    with pytest.raises(BadDate):
        read_day(text, "excel")


def test_an_instant_is_the_day_of_the_book() -> None:
    form = "%Y-%m-%d %H:%M%z"
    assert read_day("2024-05-01 23:30+0000", form, "Asia/Shanghai") == date(2024, 5, 2)
    assert read_day("2024-05-01 03:00+0000", form, "America/Los_Angeles") == date(2024, 4, 30)
    with pytest.raises(BadDate):
        read_day("0001-01-01 00:00+2359", form, "UTC")


BANK = """
key = "bank:{id}"
[file]
order = "newest-first"
[date]
column = "day"
format = "%d.%m.%Y"
[amount]
column = "amount"
unit = "EUR/2"
[account]
path = "client:a"
type = "liability"
[[fee]]
column = "fee"
path = "bank:fees"
type = "income"
[[contra]]
path = "bank:cash"
type = "asset"
[balance]
column = "balance"
[opening]
path = "equity:opening"
type = "equity"
"""
NEWEST = """\
id,day,amount,fee,balance
4,02.05.2024,-5.00,,113.50
3,01.05.2024,20.00,1.50,118.50
2,01.05.2024,-10.00,,100.00
1,30.04.2024,10.00,,110.00
"""


def test_newest_first_with_fees_and_what_stood_before(ledger: Ledger, write: Write) -> None:
    mapping = Mapping.parse(BANK)
    outcome = replay(write(NEWEST), mapping, ledger)
    assert (outcome.posted, outcome.matched, outcome.mismatches) == (4, 4, [])
    lines = [*ledger.reader.lines(AccountPath("client:a"))]
    assert [it.quantity for it in lines] == [-100_00, -10_00, 10_00, -20_00, 1_50, 5_00]
    assert dict(ledger.books.balances(""))["equity:opening"] == -100_00
    again = replay(
        write("id,day,amount,fee,balance\n5,03.05.2024,1.00,,114.50\n" + NEWEST.partition("\n")[2]),
        mapping,
        ledger,
    )
    assert (again.posted, again.replayed, again.mismatches) == (1, 4, [])
    later = replay(write("id,day,amount,fee,balance\n6,04.05.2024,1.00,,115.50\n"), mapping, ledger)
    assert (later.posted, later.matched, later.opened) == (1, 1, 0)


def test_dates_are_sorted_as_dates(ledger: Ledger, write: Write) -> None:
    oldest = BANK.replace("newest-first", "oldest-first")
    with pytest.raises(BadRow, match="not sorted by day, the oldest first"):
        replay(write(NEWEST), Mapping.parse(oldest), ledger)
    head, *rows = NEWEST.splitlines(keepends=True)
    for order in ('"oldest-first"', '["day"]', '["day", "id"]'):
        mapping = Mapping.parse(BANK.replace('"newest-first"', order))
        assert not replay(write("".join([head, *rows[::-1]])), mapping, ledger).mismatches
    with pytest.raises(BadRow, match="not sorted by day, the newest first"):
        replay(write("".join([head, *rows[::-1]])), Mapping.parse(BANK), ledger)


def test_each_row_in_its_own_currency(ledger: Ledger, write: Write) -> None:
    text = (
        BANK[: BANK.index("[[fee]]")]
        .replace('order = "newest-first"', "")
        .replace('unit = "EUR/2"', 'currency = "currency"\n[amount.units]\nEUR = "EUR/2"\nJPY = "JPY/0"')
        .replace("client:a", "client:{currency}")
        + '[[contra]]\npath = "cash:{currency}"\ntype = "asset"\n'
    )
    rows = "id,day,amount,currency\n1,01.05.2024,5.00,EUR\n2,01.05.2024,7,JPY\n"
    assert replay(write(rows), Mapping.parse(text), ledger).posted == 2
    assert dict(ledger.books.balances(""))["client:JPY"] == 7
    with pytest.raises(
        BadRow, match=r"column currency: \[amount.units\] of the map has no 'USD'; known: EUR, JPY"
    ):
        replay(write(rows + "3,01.05.2024,5.00,USD\n"), Mapping.parse(text), ledger)


def test_a_file_without_a_header_and_with_lines_at_its_end(ledger: Ledger, write: Write) -> None:
    text = (
        BANK[: BANK.index("[[fee]]")].replace(
            'newest-first"', 'oldest-first"\ncolumns = ["id", "day", "amount"]\n[skip]\nlast = 2'
        )
        + BANK[BANK.index("[[contra]]") : BANK.index("[balance]")]
    )
    rows = "1,01.05.2024,5.00\n2,01.05.2024,7.00\nthe end\n12.00 in all\n"
    assert replay(write(rows), Mapping.parse(text), ledger).posted == 2


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[[fee]]", "[skip]\nlines = -1\n[[fee]]", "skip.lines"),
        ("[[fee]]", "[skip]\nlines = true\n[[fee]]", "skip.lines"),
        ("[[fee]]", '[skip]\nfooter = ""\n[[fee]]', "skip"),
        ("[[fee]]", "[skip]\ncomments = [1]\n[[fee]]", "skip.comments"),
        ("[[fee]]", "[skip]\nfirst = 1\n[[fee]]", "skip.first"),
        ("[[fee]]", "[when]\nday = {}\n[[fee]]", "when.day"),
        ("[[fee]]", "[when]\nday = { like = 'x' }\n[[fee]]", "when.day.like"),
        ("[[fee]]", "[when]\nday = { matches = '(' }\n[[fee]]", "when.day.matches"),
        ("[[fee]]", "[when]\nday = { empty = 'no' }\n[[fee]]", "when.day.empty"),
        ("[[fee]]", "[when]\nday = { in = [] }\n[[fee]]", "when.day.in"),
        ('unit = "EUR/2"', 'unit = "EUR/2"\nsymbols = ["1"]', "amount.symbols"),
        ('unit = "EUR/2"', 'unit = "EUR/2"\nminus = "behind"', "amount.minus"),
        ('unit = "EUR/2"', 'unit = "EUR/2"\ncredit_mark = "X"\ndebit_mark = "x"', "amount.debit_mark"),
        ('unit = "EUR/2"', 'currency = "c"\n[amount.units]', "amount.units"),
        ('column = "fee"', 'column = "fee"\ncharge = "both"', "fee[1].charge"),
        ('path = "equity:opening"', 'path = "equity:{id}"', "opening"),
        ('order = "newest-first"', 'order = "random"', "file.order"),
    ],
)  # fmt: skip
def test_what_a_dialect_cannot_be(old: str, new: str, place: str) -> None:
    with pytest.raises(BadMapping) as refusal:
        Mapping.parse(BANK.replace(old, new, 1))
    assert refusal.value.place == place


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("'a'", ["a"]), ("['a', '']", ["a", ""]), ("{ equals = 'a' }", ["a"]),
        ("{ in = ['a', 'b'] }", ["a", "b"]),
        ("{ not = 'a' }", ["b", "ab", "", " "]), ("{ matches = '^a' }", ["a", "ab"]),
        ("{ empty = true }", ["", " "]),
        ("{ empty = false, not = 'b' }", ["a", "ab"]),
    ],
)  # fmt: skip
def test_rows_by_condition(write: Write, condition: str, kept: list[str]) -> None:
    text = BANK[: BANK.index("[[fee]]")] + BANK[BANK.index("[[contra]]") : BANK.index("[balance]")]
    mapping = Mapping.parse(text.replace('"bank:{id}"', f"'bank:{{id}}'\nwhen = {{ state = {condition} }}"))
    states = ["a", "b", "ab", "", " "]
    rows = "".join(f"{state},01.05.2024,1.00,{state}\n" for state in states[::-1])
    found = read_rows(write(f"id,day,amount,state\n{rows}"), mapping)
    assert [it.transaction.key.removeprefix("bank:") for it in found] == kept
