"""What a run finds wrong shows in its exit status, and two equal keys in one file are no retry."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.replay.conftest import MAP, ROWS

from bankcore.stores.engine import driver as sqlite3


def test_replay_ends_with_what_it_found(run: Run, tmp_path: Path) -> None:
    run("init", "--opened-on", "2024-01-01")
    file, mapping = tmp_path / "rows.csv", tmp_path / "map.toml"
    mapping.write_text(MAP)
    file.write_text(ROWS.replace("70.00", "71.00"))
    found = run("replay", file, "--map", mapping)
    assert (found.status, found.code) == (3, "balances_differ")
    assert "1 of 6 stated balances differ from the book, the first in line 4" in found.err
    assert "mismatches  1" in found.out
    mapping.write_text(MAP.replace("{id}", "{client}"))
    twice = run("replay", file, "--map", mapping)
    assert (twice.status, twice.code) == (2, "bad_row")


def test_a_key_twice_in_a_file_of_transactions(run: Run) -> None:
    run("init", "--opened-on", "2024-05-01")
    text = '{"key": "k", "postings": []}\n\n{"key": "k", "postings": []}\n'
    found = run("post", "--json-file", "-", text=text)
    assert (found.status, found.code) == (2, "bad_file")
    assert "line 3: its key 'k' is that of line 1 already" in found.err


def test_an_account_twice_in_a_file_of_balances(run: Run) -> None:
    run("init", "--opened-on", "2024-05-01")
    text = "account,balance\na:b,1.00\n\na:b,2.00\n"
    found = run("opening", "--file", "-", "--against", "equity:opening", text=text)
    assert (found.status, found.code) == (2, "bad_row")
    assert "line 4, column account: a:b stands in line 2 already" in found.err


def test_two_equal_leads_in_one_file_are_no_retry(run: Run, tmp_path: Path) -> None:
    run("init", "--opened-on", "2024-05-01")
    run("branch", "open-programme", "--programme", "net")
    file, columns = tmp_path / "leads.csv", tmp_path / "columns.toml"
    lead = "s1,91330100MA27AAAA0X,Moon Tea,yes\n"
    file.write_text(f"lead,identity,name,consent\n{lead}s2,91330100MA27BBBB0X,Sun,yes\n{lead}")
    given = ("acquire", file, "--programme", "net", "--source", "map")
    for acquired, replayed in ((2, 0), (0, 2)):
        found = run(*given)
        assert (found.status, found.code) == (2, "row_repeated")
        assert "row 3 says the same as row 1 of the same file" in found.err
        assert f"acquired   {acquired}" in found.out
        assert f"replayed   {replayed}" in found.out
    columns.write_text('name = "nam"\n')
    refused = run(*given, "--columns", columns)
    assert refused.code == "bad_mapping"
    assert "there is no column 'nam'; nearest: name; it has lead" in refused.err


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ("UPDATE book SET base_unit = 'USD/2'", 6, "transaction 1: its digest is not that of its line"),
        ("UPDATE book SET opened_on = '2024-04-30'", 6, "transaction 1: its digest is not that of its line"),
        ("UPDATE book SET zone = 'Asia/Tokyo'", 6, "transaction 1: its digest is not that of its line"),
        ("UPDATE book SET zone = 'No/Where'", 6, "transaction 1: its digest is not that of its line"),
        ("UPDATE book SET name = 'other'", 6, "transaction 1: its digest is not that of its line"),
        ("UPDATE book SET book_id = 7", 6, "contradictions found"),
        ("UPDATE book SET base_unit = 'x'", 6, "a row cannot be read: 'x' is not a unit"),
        ("UPDATE book SET opened_on = '2024-13-45'", 6, "a row cannot be read"),
        ("UPDATE book SET name = ''", 6, "a row cannot be read"),
        ("UPDATE book SET book_id = -1", 6, "a row cannot be read"),
        ("DELETE FROM book", 5, "it has no book"),
    ],
)
def test_the_row_that_init_wrote_is_verified(
    run: Run, book: Path, change: str, status: int, said: str
) -> None:
    run("init", "--opened-on", "2024-05-01", "--zone", "UTC")
    run("account", "open", "bank:cash", "--type", "asset")
    connection = sqlite3.connect(book)
    triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    for (trigger,) in connection.execute(triggers).fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute(change)
    connection.commit()
    connection.close()
    found = run("verify")
    assert (found.status, found.out) == (status, "")
    assert said in found.err
    assert run("verify", "--json").error["code"] == found.code
