"""What a run finds wrong shows in its exit status, and two equal keys in one file are no retry."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run
from tests.replay.conftest import MAP, ROWS


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
