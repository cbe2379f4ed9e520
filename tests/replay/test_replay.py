"""Rows land in the order of the file, each with its verdict; a second run changes nothing."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bankcore.errors import BadFile, BadMapping, BadRow
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.replay import Mapping, Outcome, read_mapping, replay, runner

from .conftest import MAP, ROWS

Write = Callable[..., Path]
FLOOR = MAP.replace('type = "liability"', 'type = "liability"\nfloor = "0"')
EXAMPLE = Path(__file__).parents[2] / "examples" / "berka.toml"


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.rows, outcome.posted, outcome.replayed, len(outcome.refused)


def nets(ledger: Ledger) -> dict[str, int]:
    return dict(ledger.books.balances(""))


def test_every_row_lands_and_every_balance_is_met(ledger: Ledger, write: Write) -> None:
    outcome = replay(write(ROWS), Mapping.parse(MAP), ledger)
    assert counts(outcome) == (6, 6, 0, 0)
    assert (outcome.opened, outcome.matched, outcome.mismatches) == (5, 6, [])
    assert nets(ledger) == {
        "bank:cash": 210_00,
        "bank:fees": 30_00,
        "bank:rounding": 0,
        "client:a": 180_00,
        "client:b": 0,
    }
    lines = list(ledger.reader.lines(AccountPath("client:a")))
    assert [(x.kind, x.description) for x in lines[1:3]] == [("fee", "the fee"), ("replay", "overdraws")]
    account = ledger.books.account(AccountPath("client:b"))
    assert account is not None
    assert account.opened_on == date(2024, 1, 2)
    assert not verify(ledger.reader, ledger.book).findings


def test_a_second_run_posts_nothing(ledger: Ledger, write: Write) -> None:
    path, mapping = write(ROWS), Mapping.parse(MAP)
    replay(path, mapping, ledger)
    head = ledger.reader.head()
    again = replay(path, mapping, ledger)
    assert counts(again) == (6, 0, 6, 0)
    assert (again.opened, again.matched) == (0, 6)
    assert ledger.reader.head() == head


def test_a_floor_refuses_the_row_that_overdraws_and_no_other(ledger: Ledger, write: Write) -> None:
    path, mapping = write(ROWS), Mapping.parse(FLOOR)
    outcome = replay(path, mapping, ledger)
    assert counts(outcome) == (6, 5, 0, 1)
    (refused,) = outcome.refused
    assert (refused.line, refused.key, refused.account) == (5, "shop:4", "client:a")
    assert refused.error.code == "balance_floor_breached"
    # row 6 of the same account follows what the bank took and the book refused
    assert (outcome.matched, outcome.uncompared, outcome.mismatches) == (4, 1, [])
    assert nets(ledger)["client:a"] == 270_00


def test_a_refused_row_stays_refused_when_the_money_is_there_by_now(ledger: Ledger, write: Write) -> None:
    path, mapping = write(ROWS), Mapping.parse(FLOOR)
    replay(path, mapping, ledger)
    before = nets(ledger)
    again = replay(path, mapping, ledger)
    assert counts(again) == (6, 0, 5, 1)
    assert again.refused[0].error.code == "passed_over"
    assert again.as_dict()["refused"][0]["key"] == "shop:4"
    assert nets(ledger) == before


def test_rows_added_for_another_account_land_though_later_rows_are_known(
    ledger: Ledger, write: Write
) -> None:
    replay(write(ROWS), Mapping.parse(MAP), ledger)
    more = ROWS.replace("2024-01-06,6,", "2024-01-05,51,c,in,5.00,5.00,0.00,new\n2024-01-06,6,")
    assert counts(replay(write(more), Mapping.parse(MAP), ledger)) == (7, 1, 6, 0)


def test_a_run_stopped_anywhere_goes_on_as_if_never_stopped(
    ledger: Ledger, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_BATCH", 2)
    mapping, lines = Mapping.parse(FLOOR), ROWS.splitlines(keepends=True)
    for length in range(2, len(lines) + 1):
        replay(write("".join(lines[:length])), mapping, ledger)
    assert nets(ledger)["client:a"] == 270_00
    assert not verify(ledger.reader, ledger.book).findings


def test_a_wrong_stated_balance_is_reported(ledger: Ledger, write: Write) -> None:
    outcome = replay(write(ROWS.replace(",70.00,", ",71.00,")), Mapping.parse(MAP), ledger)
    assert counts(outcome) == (6, 6, 0, 0)
    (mismatch,) = outcome.mismatches
    assert (mismatch.line, mismatch.account, mismatch.stated, mismatch.found) == (4, "client:a", 7100, 7000)
    assert outcome.as_dict()["mismatches"] == [
        {"line": 4, "key": "shop:3", "account": "client:a", "stated": 7100, "found": 7000}
    ]


def test_without_a_balance_column_nothing_is_compared(ledger: Ledger, write: Write) -> None:
    mapping = Mapping.parse(MAP[: MAP.index("[balance]")])
    outcome = replay(write(ROWS), mapping, ledger)
    assert counts(outcome) == (6, 6, 0, 0)
    assert (outcome.matched, outcome.uncompared) == (0, 0)


def test_without_rounding_the_difference_is_a_mismatch(ledger: Ledger, write: Write) -> None:
    mapping = Mapping.parse(MAP[: MAP.index("[balance.rounding]")])
    assert [m.line for m in replay(write(ROWS), mapping, ledger).mismatches] == [3]


def test_without_sign_rules_a_positive_amount_increases_the_account(ledger: Ledger, write: Write) -> None:
    text = MAP[: MAP.index("[[sign]]")] + MAP[MAP.index("[[contra]]") : MAP.index("[balance]")]
    rows = "day,id,client,type,amount,text\n2024-01-02,1,a,x,5.00,\n2024-01-02,2,a,x,-2.00,\n"
    replay(write(rows), Mapping.parse(text), ledger)
    assert nets(ledger) == {"bank:cash": 3_00, "client:a": 3_00}


def test_a_changed_row_conflicts(ledger: Ledger, write: Write) -> None:
    mapping = Mapping.parse(MAP)
    replay(write(ROWS), mapping, ledger)
    outcome = replay(write(ROWS.replace(",first", ",changed")), mapping, ledger)
    assert [refused.error.code for refused in outcome.refused] == ["key_conflict"]
    assert counts(outcome) == (6, 0, 5, 1)


def test_another_map_of_the_same_keys_conflicts_and_changes_nothing(ledger: Ledger, write: Write) -> None:
    replay(write(ROWS), Mapping.parse(MAP), ledger)
    before = nets(ledger)
    outcome = replay(write(ROWS), Mapping.parse(MAP.replace("client:{client}", "customer:{client}")), ledger)
    assert counts(outcome) == (6, 0, 0, 6)
    assert {refused.error.code for refused in outcome.refused} == {"key_conflict"}
    assert {path: net for path, net in nets(ledger).items() if net} == {p: n for p, n in before.items() if n}


def test_a_row_of_amount_zero_moves_nothing(ledger: Ledger, write: Write) -> None:
    empty = "2024-01-01,0,c,in,0.00,0.00,0.00,nobody yet\n"
    header, *rows = ROWS.splitlines(keepends=True)
    rows += ["2024-01-07,7,b,in,-0.00,0.00,0.00,\n", "2024-01-08,8,a,out,0.00,180.10,0.10,rounded\n"]
    path, mapping = write("".join((header, empty, *rows))), Mapping.parse(MAP)
    outcome = replay(path, mapping, ledger)
    assert counts(outcome) == (9, 7, 0, 0)
    assert (outcome.empty, outcome.matched, outcome.uncompared, outcome.mismatches) == (2, 8, 1, [])
    assert "client:c" not in nets(ledger)
    again = replay(path, mapping, ledger)
    assert (again.replayed, again.empty, again.matched, again.uncompared) == (7, 2, 8, 1)


def test_credits_and_debits_in_columns_of_their_own(ledger: Ledger, write: Write) -> None:
    text = MAP[: MAP.index("[[sign]]")] + MAP[MAP.index("[[contra]]") : MAP.index("[balance]")]
    mapping = Mapping.parse(text.replace('column = "amount"', 'credit = "paid in"\ndebit = "paid out"'))
    header = "day,id,client,type,paid in,paid out,text\n"
    rows = "2024-01-02,1,a,x,5.00,,\n2024-01-02,2,a,x, ,2.00,\n2024-01-02,3,a,x,0.00,0.50,\n"
    assert counts(replay(write(header + rows), mapping, ledger)) == (3, 3, 0, 0)
    assert nets(ledger) == {"bank:cash": 2_50, "client:a": 2_50}
    for pair in ("1.00,1.00", ","):
        with pytest.raises(BadRow, match="one of the columns paid out and paid in must hold an amount"):
            replay(write(header + f"2024-01-02,4,a,x,{pair},\n"), mapping, ledger)


def test_blank_lines_before_the_header(ledger: Ledger, write: Write) -> None:
    assert replay(write("\n\r\n" + ROWS), Mapping.parse(MAP), ledger).matched == 6


def test_gzip_semicolons_other_marks_and_a_byte_order_mark(ledger: Ledger, write: Write) -> None:
    text = MAP.replace("[file]", '[file]\ndelimiter = ";"\nencoding = "gb18030"')
    text = text.replace('unit = "CNY/2"', 'unit = "CNY/2"\ndecimal = ","\nthousands = "."')
    header = "\ufeffday;id;client;type;amount;balance;delta;text\r\n"
    rows = header + "2024-01-02;1;a;in;1.000,00;1.000,00;0,00;工资\r\n\r\n"
    told: list[int] = []
    path = write(gzip.compress(rows.encode("gb18030")), "rows.csv.gz")
    assert counts(replay(path, Mapping.parse(text), ledger, progress=told.append)) == (1, 1, 0, 0)
    assert sum(told) == path.stat().st_size
    (line,) = ledger.reader.lines(AccountPath("client:a"))
    assert (line.description, line.quantity) == ("工资", -100_000)


def test_progress_is_told_on_the_way(ledger: Ledger, write: Write) -> None:
    many = "".join(f"2024-01-02,{n},a,in,1.00,{n}.00,0.00,{'x' * 50}\n" for n in range(1, 2_501))
    told: list[int] = []
    path = write(ROWS.splitlines(keepends=True)[0] + many)
    outcome = replay(path, Mapping.parse(MAP), ledger, progress=told.append)
    assert (outcome.matched, len(told)) == (2_500, 4)
    assert sum(told) == path.stat().st_size


GOOD = ROWS.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("2024-01-05,5,b,out,50.00,0.00", "delta", "6 values"),
        ("2024-01-05,5,b,out,50.00,0.00,0.00,x,y", "(all)", "9 values"),
        ("2024-01-05,5,b,out,5O.00,0.00,0.00,x", "amount", "not an amount"),
        ("2024-01-05,5,b,out,-50.00,0.00,0.00,x", "amount", "contradicts"),
        ("2024-01-05,5,b,out,50.00,x,0.00,x", "balance", "not an amount"),
        ("2024-01-05,5,b,out,50.00,0.00,0.001,x", "delta", "decimals"),
        ("2024-02-30,5,b,out,50.00,0.00,0.00,x", "day", "no such day"),
        ("2024-01-01,5,b,out,50.00,0.00,0.00,x", "day", "not sorted"),
        ("2024-01-05,5,b,loan,50.00,0.00,0.00,x", "type", "no sign rule"),
        ("2024-01-05,5,b c,out,50.00,0.00,0.00,x", "client", "account path"),
        ('2024-01-05,5,b,out,50.00,0.00,0.00,"x"y', "(all)", "expected"),
        ("2024-01-05,5,b,out,50.00,0.00,0.00,a\0b", "(all)", "NUL"),
        (b"2024-01-05,5,b,out,50.00,0.00,0.00,\xff\n", "(all)", "not utf-8"),
        ("2024-01-05,5,b,out,50.00,0.00,0.00," + "x" * (1 << 20), "(all)", "bytes"),
    ],
)
def test_a_row_that_cannot_be_read_stops_the_run_after_all_before_it(
    ledger: Ledger, write: Write, row: str | bytes, column: str, reason: str
) -> None:
    bad = row if isinstance(row, bytes) else f"{row}\n".encode()
    path = write("".join(GOOD[:4]).encode() + bad + "".join(GOOD[5:]).encode())
    with pytest.raises(BadRow) as refusal:
        replay(path, Mapping.parse(MAP), ledger)
    assert (refusal.value.line, refusal.value.column) == (5, column)
    assert reason.lower() in refusal.value.reason.lower()
    assert nets(ledger)["client:a"] == 70_00
    with pytest.raises(BadRow):
        replay(path, Mapping.parse(MAP), ledger)
    mended = replay(write(ROWS), Mapping.parse(MAP), ledger)
    assert counts(mended) == (6, 3, 3, 0)


def test_a_row_that_no_contra_rule_fits_is_named(ledger: Ledger, write: Write) -> None:
    text = MAP.replace('path = "bank:cash"', 'when = { type = "in" }\npath = "bank:cash"')
    with pytest.raises(BadRow) as refusal:
        replay(write(ROWS), Mapping.parse(text), ledger)
    assert (refusal.value.line, refusal.value.column) == (5, "type")


def test_columns_of_the_map_are_in_the_file_once(ledger: Ledger, write: Write) -> None:
    with pytest.raises(BadMapping) as refusal:
        replay(write(ROWS), Mapping.parse(MAP.replace('column = "amount"', 'column = "sum"')), ledger)
    assert refusal.value.place == "amount.column"
    with pytest.raises(BadRow):
        replay(
            write(ROWS.replace("delta,text", "text,text")),
            Mapping.parse(MAP[: MAP.index("[balance]")]),
            ledger,
        )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "empty.csv"),
        ("no gzip", "rows.csv.gz"),
        (gzip.compress(ROWS.encode())[:-20], "rows.csv.gz"),
        (gzip.compress(ROWS.encode())[:30] + b"\0" * 40, "rows.csv.gz"),
    ],
    ids=["empty", "no gzip", "cut off", "overwritten"],
)
def test_a_file_that_cannot_be_read_is_named(
    ledger: Ledger, write: Write, content: str | bytes, name: str
) -> None:
    with pytest.raises(BadFile) as refusal:
        replay(write(content, name), Mapping.parse(MAP), ledger)
    assert name in refusal.value.path


def test_a_missing_file_and_a_folder_are_named(ledger: Ledger, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(BadFile):
            replay(path, Mapping.parse(MAP), ledger)


# --- the bank transactions of the PKDD'99 Discovery Challenge ------------------------------------------


def test_real_rows_meet_every_balance_of_the_bank(ledger: Ledger, shared_data: Path) -> None:
    folder = shared_data / "data" / "berka"
    outcome = replay(folder / "trans_sample.csv.gz", read_mapping(EXAMPLE), ledger)
    assert counts(outcome) == (6_439, 6_439, 0, 0)
    assert (outcome.matched, outcome.mismatches) == (6_439, [])
    with gzip.open(folder / "expected_closing.csv.gz", "rt", encoding="utf-8") as file:
        expected = {
            f"client:{row['account_id']}": int(row["reported_closing_balance"].replace(".", ""))
            for row in csv.DictReader(file)
        }
    held = {path: net for path, net in nets(ledger).items() if path.startswith("client:")}
    assert held == expected
    assert not verify(ledger.reader, ledger.book).findings


def test_real_rows_that_overdraw_are_refused_and_the_rest_lands(
    ledger: Ledger, shared_data: Path, write: Write
) -> None:
    path = shared_data / "data" / "berka" / "trans_sample.csv.gz"
    floor = EXAMPLE.read_text(encoding="utf-8").replace(
        'type = "liability"', 'type = "liability"\nfloor = "0"'
    )
    held: dict[str, int] = {}
    overdrawing = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            quantity, delta = (int(row[name].replace(".", "")) for name in ("amount", "rounding_delta"))
            after = (
                held.get(row["account_id"], 0) + (quantity if row["type"] == "PRIJEM" else -quantity) + delta
            )
            if after < 0:
                overdrawing.append(f"berka:{row['trans_id']}")
            else:
                held[row["account_id"]] = after
    for _ in range(2):
        outcome = replay(path, read_mapping(write(floor, "map.toml")), ledger)
        assert [refused.key for refused in outcome.refused] == overdrawing
        assert not outcome.mismatches
    assert outcome.posted == 0
    assert {p.split(":")[1]: net for p, net in nets(ledger).items() if p.startswith("client:")} == held


# --- keys met twice ---------------------------------------------------------------------------------------

TRAM = """\
day,text,amount
2024-05-01,tram,-3.00
2024-05-01,tram,-3.00
2024-05-02,tram,-3.00
2024-05-01,tram,-3.00
"""
TRAMS = """
key = "bank:{day}:{text}:{amount}"
[date]
column = "day"
[amount]
column = "amount"
unit = "CNY/2"
[account]
path = "client:a"
type = "liability"
[[contra]]
path = "bank:cash"
type = "asset"
"""


def test_equal_rows_are_no_retry(ledger: Ledger, write: Write) -> None:
    head = ledger.reader.head()
    for _ in range(2):
        with pytest.raises(BadRow, match=r"line 3, column day: its key .* is that of line 2 already"):
            replay(write(TRAM), Mapping.parse(TRAMS), ledger)
        assert ledger.reader.head() == head
    counted = Mapping.parse(TRAMS.replace("{amount}", "{amount}:{n}"))
    assert counts(replay(write(TRAM), counted, ledger)) == (4, 4, 0, 0)
    assert nets(ledger)["client:a"] == -12_00
    assert counts(replay(write(TRAM), counted, ledger)) == (4, 0, 4, 0)
    more = replay(write(TRAM + "2024-05-02,tram,-3.00\n"), counted, ledger)
    assert counts(more) == (5, 1, 4, 0)


def test_a_key_met_twice_in_distant_rows_is_found_before_anything_is_posted(
    ledger: Ledger, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_BATCH", 2)
    head = ledger.reader.head()
    twice = ROWS + "2024-01-07,1,a,in,1.00,181.00,0.00,as the first\n"
    with pytest.raises(BadRow, match=r"line 8, .* line 2"):
        replay(write(twice), Mapping.parse(MAP), ledger)
    assert ledger.reader.head() == head


def test_a_column_called_n_does_not_number_rows(ledger: Ledger, write: Write) -> None:
    with pytest.raises(BadMapping, match="has a column 'n'"):
        replay(
            write("day,n,amount\n2024-05-01,1,1.00\n"),
            Mapping.parse(TRAMS.replace("{text}:{amount}", "{n}")),
            ledger,
        )
