"""--book and BANKCORE_BOOK take a path or a URL; a secret in one is said nowhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SECRET = "hunter2"
URL = f"postgresql://teller:{SECRET}@127.0.0.1:1/mall"


def test_a_url_is_as_good_as_a_path(run, book: Path, tmp_path: Path) -> None:
    env = {"BANKCORE_BOOK": f"sqlite:///{book}"}
    copy = tmp_path / "copy.db"
    assert run("init", "--opened-on", "2024-05-01", env=env).status == 0
    assert run("close-day", "--on", "2024-05-01", env=env).status == 0
    assert run("verify", "--book", book, env={}).status == 0
    assert run("backup", copy, env=env).status == 0
    assert run("restore", copy, env={"BANKCORE_BOOK": f"sqlite:///{tmp_path}/again.db"}).status == 0
    assert (tmp_path / "again.db").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["init"],
        ["book"],
        ["close-day", "--on", "today"],
        ["verify"],
        ["backup", "copy.db"],
        ["balance", "a"],
        ["simulate", "examples/mall.toml", "--book", URL],
    ],
)
@pytest.mark.parametrize("installed", [False, True])
def test_a_store_that_is_not_there_is_refused_without_its_secrets(
    run, monkeypatch: pytest.MonkeyPatch, command: list[str], installed: bool
) -> None:
    if installed and command[0] != "backup":
        pytest.importorskip("psycopg")
        expected = (5, "store_unavailable", "127.0.0.1")
    else:
        monkeypatch.setitem(sys.modules, "bankcore.stores.postgres.store", None)
        expected = (2, "unknown_name", "a path, " if command[0] == "backup" else "bankcore[postgres]")
    answer = run(*command, env={"BANKCORE_BOOK": URL})
    assert (answer.status, answer.code) == expected[:2]
    assert expected[2] in answer.err
    assert SECRET not in answer.out + answer.err


def test_a_book_is_not_restored_into_what_is_no_file(run, book: Path) -> None:
    run("init", "--opened-on", "2024-05-01")
    answer = run("restore", book, env={"BANKCORE_BOOK": URL})
    assert answer.code == "unknown_name"
    assert SECRET not in answer.out + answer.err
