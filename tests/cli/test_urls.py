"""--book and BANKCORE_BOOK take a path or a URL; a secret in one is said nowhere."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import ROOT

from bankcore.console import backups
from bankcore.stores.moving import Mover
from bankcore.stores.open import open_store

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


def test_a_book_on_a_server_is_as_good_as_a_file(run, postgres_url: str, tmp_path: Path) -> None:
    psycopg = pytest.importorskip("psycopg")
    url = postgres_url.replace("postgres@", f"postgres:{SECRET}@")
    env = {"BANKCORE_BOOK": url}
    said = []

    def done(*arguments: str | Path, **given: str) -> str:
        answer = run(*arguments, env=env | given)
        said.append(answer.out + answer.err)
        assert answer.status == 0, answer
        return answer.out

    file = {"BANKCORE_BOOK": str(tmp_path / "mall.db")}
    for where in ({}, file):
        done("init", "--opened-on", "2024-05-01", "--zone", "UTC", **where)
        done("close-day", "--on", "2024-05-02", **where)
    assert "PostgreSQL" in done("book")
    assert "PostgreSQL" in done("verify")
    with closing(open_store(url)) as store:
        assert [book.name for book in store.books()] == ["main"]
    again = done("init", "--name", "second", "--opened-on", "2024-05-01", "--zone", "UTC")
    assert "postgresql://" in again
    assert run("book", env=env).code == "bad_command"  # it has to be named
    assert SECRET not in "".join(said)
    with psycopg.connect(postgres_url) as connection:
        for table in ("book", "transaction", "record", "account", "head"):
            rows = connection.execute(f'SELECT t::text FROM "{table}" t'.encode()).fetchall()
            assert SECRET not in str(rows)


def test_a_simulation_on_a_server_is_the_one_in_memory(run, postgres_url: str, tmp_path: Path) -> None:
    scenario = tmp_path / "short.toml"
    text = (ROOT / "examples" / "current.toml").read_text(encoding="utf-8")
    january = text.partition('[[step]]\nname = "the rate rises')[0]
    short = re.sub("(?m)^size = .*", "size = 3", re.sub("^end = .*", "end = 2024-01-31", january, flags=re.M))
    scenario.write_text(short, encoding="utf-8")
    memory = run("simulate", scenario, env={})
    server = run("simulate", scenario, "--book", postgres_url, env={})
    assert (memory.status, server.status) == (0, 0), server.err
    assert server.out == memory.out


def test_a_book_moves_to_a_server_and_back(run, book: Path, postgres_url: str, tmp_path: Path) -> None:
    run("init", "--opened-on", "2024-05-01", "--zone", "UTC")
    run("close-day", "--on", "2024-05-03")
    head = run("book", "--json").data["digest"]
    url = postgres_url.replace("postgres@", f"postgres:{SECRET}@")
    for source, target in ((book, url), (url, tmp_path / "back.db"), (book, url)):
        answer = run("copy", source, target, "--json")
        assert answer.status == 0, answer
        assert SECRET not in answer.out + answer.err
        assert run("book", "--json", env={"BANKCORE_BOOK": str(target)}).data["digest"] == head
    run("close-day", "--on", "2024-05-04")
    assert run("copy", url, book).code == "book_exists"  # which has gone on
    assert run("copy", book, url).status == 0


def test_a_book_moves_while_it_is_served(
    run, book: Path, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", "--opened-on", "2024-05-01", "--zone", "UTC")
    run("close-day", "--on", "2024-05-03")
    url = postgres_url.replace("postgres@", f"postgres:{SECRET}@")
    with monkeypatch.context() as patched:

        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        patched.setattr(backups.time, "sleep", interrupt)
        answer = run("copy", "--follow", book, url)
        assert (answer.status, "main: copied through 6, 0 behind" in answer.err) == (130, True), answer.err
    there = {"BANKCORE_BOOK": url}
    close = "close-day", "--on", "2024-05-04"
    assert run(*close, env=there).code == "book_in_copy"
    assert run(*close).status == 0
    assert run("copy", "--follow", "--switch", book, url, "--only", "other").code == "unknown_name"
    answer = run("copy", "--follow", "--switch", book, url, "--json")
    assert answer.status == 0, answer.err
    refused = run("close-day", "--on", "2024-05-05", "--json")
    assert (refused.status, refused.error["code"]) == (5, "book_moved")
    assert refused.error["to"].startswith("postgresql://")
    assert SECRET not in refused.err
    assert run("book").status == 0
    assert run("verify").status == 0
    assert run("close-day", "--on", "2024-05-05", env=there).status == 0
    assert run("copy", "--follow", "--switch", book, url).status == 0  # it is done already
    assert run("copy", "--follow", book, url).code == "bad_usage"
    assert run("reopen", book, url).code == "move_finished"
    assert run("reopen", book).code == "bad_usage"
    assert run("copy", "--switch", book, url).code == "bad_usage"
    back = tmp_path / "back.db"
    assert run("copy", "--follow", "--switch", url, back).status == 0
    assert run("reopen", url, "--lost", "--json").data["reopened"] == [{"book": "main"}]


def test_a_move_that_was_begun_is_given_up(run, book: Path, tmp_path: Path) -> None:
    run("init", "--opened-on", "2024-05-01", "--zone", "UTC")
    target = tmp_path / "target.db"
    with closing(open_store(book)) as first, closing(open_store(target, create=True)) as second:
        mover = Mover(first, second, first.books()[0])
        mover.begin()
        mover.catch_up()
        mover.close()
    assert run("close-day", "--on", "2024-05-03").code == "book_moved"
    assert run("reopen", book, target, "--json").data["reopened"] == [{"book": "main"}]
    assert run("close-day", "--on", "2024-05-03").status == 0
    assert run("close-day", "--on", "2024-05-03", env={"BANKCORE_BOOK": str(target)}).code == "move_abandoned"
