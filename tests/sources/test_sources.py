"""Leads from files, and from any adapter with a name and rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.products.network import Network

from bankcore.cli import main
from bankcore.errors import BadFile, BadMapping
from bankcore.products.branch import Blacklist
from bankcore.sources import CsvSource, JsonSource, take_leads

CSV = """lead,identity,name,contact,consent,seen
s1,91330100MA27AAAA0X,"Moon Tea, Ltd",13812345678,yes,1
s2,91330100MA27BBBB0X,Sun Steel,,no,2
s3,91330100MA27AAAA0X,Moon Tea,,YES,3
s4,bad identity,Nobody,,yes,4
s5,91330100MA27CCCC0X,Listed,,是,5
"""


@pytest.fixture
def book() -> Network:
    it = Network()
    it.do(Blacklist("n", "b", "91330100MA27CCCC0X", "fraud"))
    return it


def write(folder: Path, text: str, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_row_is_taken_merged_or_refused_by_itself(book: Network, tmp_path: Path) -> None:
    source = CsvSource("map", write(tmp_path, "\ufeff" + CSV))
    taken = take_leads(source, book.bank, "n")
    assert (taken.rows, taken.acquired, taken.replayed) == (5, 2, 0)
    assert [(it.row, it.error.code) for it in taken.turned] == [
        (2, "no_consent"),
        (4, "bad_command"),
        (5, "screened_out"),
    ]
    assert book.record("lead", "s1")["personal"]["name"] == "Moon Tea"
    assert book.record("lead", "s3") == {"merged_into": "s1"}
    head = book.bank.ledger.reader.head()
    again = take_leads(CsvSource("map", write(tmp_path, CSV.replace(",1\n", ",9\n"))), book.bank, "n")
    assert (again.acquired, again.replayed) == (0, 2)
    assert book.bank.ledger.reader.head() == head


def test_json_rows_are_text_too(book: Network, tmp_path: Path) -> None:
    text = """[{"shop": 7, "uscc": "91330100MA27AAAA0X", "ok": true, "name": null, "kind": "person"},
               {"shop": "8", "uscc": "91330100MA27BBBB0X", "ok": false}]"""
    source = JsonSource("api", write(tmp_path, text))
    columns = {"lead": "shop", "identity": "uscc", "consent": "ok"}
    taken = take_leads(source, book.bank, "n", columns)
    assert (taken.rows, taken.acquired) == (2, 1)
    assert book.record("lead", "7")["kind"] == "person"
    with pytest.raises(BadMapping):
        take_leads(source, book.bank, "n", {"shop": "lead"})


def test_anything_with_a_name_and_rows_is_a_source(book: Network) -> None:
    class Feed:
        name = "feed"

        def rows(self) -> Iterator[Mapping[str, str]]:
            yield {"lead": "s1", "identity": "91330100MA27AAAA0X", "consent": "1", "branch": "west"}

    assert take_leads(Feed(), book.bank, "n").acquired == 1
    assert book.record("lead", "s1")["branch"] == "west"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "lead,identity\ns1\n"),
        ("a.csv", "lead,identity\ns1,2,3\n"),
        ("a.csv", 'lead\n"a"b\n'),
        ("a.csv", "lead,consent,consent\ns1,no,yes\n"),
        ("a.json", "{}"),
        ("a.json", "[1]"),
        ("a.json", '[{"a": []}]'),
        ("a.json", "["),
        ("a.json", "[" * 100_000),
    ],
)
def test_a_file_that_is_none_is_refused(book: Network, tmp_path: Path, name: str, text: str) -> None:
    made = JsonSource if name.endswith(".json") else CsvSource
    with pytest.raises(BadFile):
        take_leads(made("map", write(tmp_path, text, name)), book.bank, "n")


def test_a_file_that_is_missing_or_no_text_is_refused(
    book: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadFile):
        take_leads(CsvSource("map", tmp_path / "none.csv"), book.bank, "n")
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"lead\n\xff\xfe\n")
    with pytest.raises(BadFile, match="UTF-8"):
        take_leads(CsvSource("map", path), book.bank, "n")
    monkeypatch.setattr("bankcore.readers._LARGEST", 4)
    with pytest.raises(BadFile, match="too large"):
        take_leads(CsvSource("map", path), book.bank, "n")


def test_the_command_line_takes_files(tmp_path: Path) -> None:
    file, columns = write(tmp_path, CSV.replace("lead,", "shop,")), tmp_path / "columns.toml"
    columns.write_text('lead = "shop"\n', encoding="utf-8")
    book = str(tmp_path / "book.db")
    run = CliRunner().invoke

    def call(*arguments: str) -> str:
        result = run(main, [*arguments, "--book", book], catch_exceptions=False)
        return result.output

    call("init", "--opened-on", "2024-05-01")
    call("branch", "open-programme", "--programme", "net")
    given = ("acquire", str(file), "--programme", "net", "--source", "map", "--columns", str(columns))
    output = call(*given)
    assert "no_consent" in output
    assert "replayed   3" in call(*given)
    assert "Moon Tea" not in call("report", "branch", "leads")
    assert "it is not TOML" in call(*given[:-1], str(file))
