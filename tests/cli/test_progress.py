"""A long command shows how far it is, on a terminal, and nothing of it is in the output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.holding import held

from bankcore.cli import main
from bankcore.console import progress

Seen = Callable[..., tuple[int, str, str]]
FULL = f"[{'#' * 36}]"
MAP = """
key = "giro:{Date}:{Text}"
description = "{Text}"
[date]
column = "Date"
[amount]
column = "Amount"
unit = "CNY/2"
decimal = "."
[account]
path = "bank:giro"
type = "asset"
[[contra]]
path = "expense:other"
type = "expense"
"""


@pytest.fixture
def seen(book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Seen:
    """Calls a command with a terminal as standard error; gives its status, output, and what is seen there."""
    pty = pytest.importorskip("pty", reason="no terminals of this kind")

    def call(*arguments: str) -> tuple[int, str, str]:
        here, there = pty.openpty()
        got = b""
        with open(there, "w", encoding="utf-8") as terminal, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", terminal)
            with pytest.raises(SystemExit) as ended:
                main(list(arguments))
            os.set_blocking(here, False)
            with suppress(BlockingIOError):
                while some := os.read(here, 1 << 16):
                    got += some
        os.close(here)
        assert b"Traceback" not in got
        return int(ended.value.code or 0), capsys.readouterr().out, got.decode()

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("BANKCORE_BOOK", str(book))
    return call


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar without the second before it."""
    monkeypatch.setattr(progress, "_AFTER", 0)
    monkeypatch.setattr(progress, "_EVERY", 0)


@pytest.mark.usefixtures("_at_once")
def test_verify_close_and_export_show_how_far_they_are(mall: Run, seen: Seen) -> None:
    status, out, shown = seen("verify")
    number = mall("book", "--json").data["transactions"]
    assert (status, "#" in out) == (0, False)
    assert f"transactions  {FULL}  {number}/{number}" in shown
    assert shown.startswith("\r")
    assert shown.endswith("\n")
    status, out, shown = seen("close-day", "--on", "2024-05-03")
    assert (status, "#" in out) == (0, False)
    assert f"days  [{'#' * 24}{'-' * 12}]  2/3  2024-05-03, step 1: wallet " in shown
    number = mall("book", "--json").data["transactions"]
    for form, passes in (("hledger", 2), ("beancount", 2), ("csv", 1), ("jsonl", 1)):
        status, out, shown = seen("export", "--format", form)
        assert (status, out) == (0, mall("export", "--format", form).out)
        assert f"transactions  {FULL}  {passes * number}/{passes * number}" in shown


@pytest.mark.usefixtures("_at_once")
def test_replay_shows_the_bytes_and_a_wait_is_told_on_a_line_of_its_own(
    seen: Seen, run: Run, book: Path, tmp_path: Path
) -> None:
    run("init", "--opened-on", "2024-05-01")
    (tmp_path / "rows.csv").write_text("Date,Text,Amount\n2024-05-01,in,5.00\n2024-05-01,out,-3.00\n")
    (tmp_path / "map.toml").write_text(MAP)
    given = ("replay", str(tmp_path / "rows.csv"), "--map", str(tmp_path / "map.toml"))
    with held(book):
        status, out, shown = seen(*given, "--timeout", "2")
    assert (status, out) == (5, "")
    lines = shown.split("\r\n")
    assert lines[0].endswith("  57/57")
    assert lines[1].startswith(f"waiting up to 2 seconds for {book}: ")
    assert lines[3].startswith("error [store_locked]: ")
    status, out, shown = seen(*given)
    assert (status, "posted      2" in out) == (0, True)
    assert f"bytes  {FULL}  57/57" in shown


def test_nothing_is_shown_in_the_first_second_nor_where_there_is_no_terminal(
    mall: Run, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen("verify")[2] == ""
    monkeypatch.setattr(progress, "_AFTER", 0)
    assert mall("verify").err == ""
    monkeypatch.setenv("TERM", "dumb")
    assert seen("close-day", "--on", "2024-05-01")[2] == ""
    monkeypatch.setattr(sys, "stderr", None)  # as where a service has closed it
    assert not progress.is_terminal()
