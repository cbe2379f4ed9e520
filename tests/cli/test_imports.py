"""Journals of other programs on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

JOURNAL = """\
P 2024-01-01 EUR $1.1
2024-01-01 pay
  assets:cash   1,200.50 EUR
  income:pay
2024-01-02 dollars
  assets:cash   $10
  assets:cash  -9.50 EUR
"""


@pytest.fixture
def journal(run: Run, tmp_path: Path) -> str:
    assert run("init", "--opened-on", "2024-05-01").status == 0
    (tmp_path / "a.journal").write_text(JOURNAL, encoding="utf-8")
    return str(tmp_path / "a.journal")


def test_a_journal_is_imported_and_a_second_time_replayed(run: Run, journal: str) -> None:
    checked = run("import", journal, "--check", "--json").data
    assert (checked["transactions"], checked["posted"]) == (2, 0)
    first = run("import", journal, "--json").data
    assert (first["posted"], first["opened"], first["gaps"][0]["what"]) == (2, 5, "price")
    assert {(it["account"], it["sum"]["decimal"]) for it in first["accounts"]} == {
        *{("assets:cash", "1191.00"), ("assets:cash:USD", "10"), ("income:pay", "-1200.50")},
        *{("equity:conversion:EUR", "9.50"), ("equity:conversion:USD", "-10")},
    }
    assert run("import", journal, "--json").data["replayed"] == 2
    assert "1,191.00 EUR" in run("balance", "assets:cash").out
    assert run("verify").status == 0
    assert run("import", journal, "--source", "other", "--json").data["posted"] == 2
    assert run("import", journal, "--csv", "--table", "gaps").out.splitlines()[1].endswith("is left out")


def test_units_and_types_are_asked_for(run: Run, journal: str) -> None:
    Path(journal).write_text("1/2 x\n  till  $5\n  people:li\n", encoding="utf-8")
    assert run("import", journal).code == "bad_journal"  # a date without a year
    refused = run("import", journal, "--year", "2024", "--json")
    assert (refused.error["code"], refused.status) == ("types_unknown", 2)
    asked = ("--year", "2024", "--type", "till=asset", "--type", "*=liability", "--unit", "$=AUD/2")
    assert {it["unit"] for it in run("import", journal, *asked, "--json").data["accounts"]} == {"AUD/2"}
    assert run("import", journal, "--type", "till").code == "bad_command"
    assert run("import", journal, "--type", "till=money").code == "unknown_name"
    assert run("import", journal, "--format", "beancount", "--year", "2024").status == 2


def test_what_has_no_place_in_a_book_is_refused_when_asked(run: Run, journal: str) -> None:
    refused = run("import", journal, "--strict", "--json")
    assert (refused.error["code"], refused.status) == ("not_represented", 2)
    assert run("account", "list", "--json").data["accounts"] == []


def test_what_the_book_refuses_sets_the_exit_status(run: Run, journal: str) -> None:
    with Path(journal).open("a", encoding="utf-8") as file:
        file.write("2024-01-03 big\n  assets:cash  99999999999999999999 EUR\n  income:pay\n")
    refused = run("import", journal)
    assert (refused.code, refused.status) == ("import_incomplete", 3)
    assert "line 8" in refused.err
    assert "amount_overflow" in refused.out
