"""--timeout, and the line that says for whom a command waits."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.holding import held
from tests.stores.test_locks import LOCKS

OPEN = ("account", "open", "cash", "--type", "asset")
SAID = (
    r"waiting up to 20 seconds for {book}: process {pid} \(python.*, started \d seconds? ago\) is writing\n"
)


@pytest.fixture(autouse=True)
def _book(run: Run) -> None:
    assert run("init", "--opened-on", "2024-05-01").status == 0


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who has which lock")
def test_a_command_that_waits_says_so_once_and_goes_on_when_the_writer_dies(run: Run, book: Path) -> None:
    with held(book) as process:
        threading.Timer(1.3, process.kill).start()
        done = run(*OPEN, "--timeout", "20", "--key", "k")
    assert (done.status, done.out.count("k  ")) == (0, 1), done
    assert re.fullmatch(SAID.format(book=re.escape(str(book)), pid=process.pid), done.err), done.err


def test_the_time_is_an_option_or_a_variable_and_ends_with_a_code(run: Run, book: Path) -> None:
    env = {"BANKCORE_BOOK": str(book), "BANKCORE_TIMEOUT": "0"}
    with held(book):
        for done in (run(*OPEN, "--timeout", "0"), run(*OPEN, env=env)):
            assert (done.status, done.code, done.out, done.err.count("\n")) == (5, "store_locked", "", 1)
        told = run(*OPEN, "--timeout", "2", "--json")  # one document, which says all
        assert (told.status, told.error["code"], told.out) == (5, "store_locked", "")
        assert told.error["reason"].endswith(" is writing (waited 2 seconds)")
        for asked in ("balance", "verify", "book", "doctor --json", "journal"):
            read = run(*asked.split(), "--timeout", "0")
            assert (read.err, read.status % 7) == ("", 0), asked
    assert run(*OPEN).err == ""
    assert run("balance").out.splitlines()[-1].startswith("cash")


@pytest.mark.parametrize("seconds", ["-1", "86401", "99999999999999999999", "1.5", "nan", ""])
def test_what_is_no_time_is_refused_as_usage(run: Run, seconds: str) -> None:
    done = run(*OPEN, "--timeout", seconds, "--json")
    assert (done.status, done.out, json.loads(done.err)["error"]["code"]) == (2, "", "bad_usage")
