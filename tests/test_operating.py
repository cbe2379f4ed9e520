"""docs/operating.md: every command runs, in order, and the table of exit statuses is that of the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.conftest import ROOT

from bankcore.bank import utc_now
from bankcore.console.doctor import STATUS
from bankcore.errors import BankcoreError, InputError, Rejection, StoreLocked
from bankcore.render.forms import Form, refusal
from bankcore.stores.waiting import Wait

PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
CRON = [
    line.split(None, 5)[5]
    for block in re.findall(r"```cron\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


def test_every_command_of_the_page_runs(tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    shim = tmp_path / "bankcore"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bankcore "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    yesterday = (utc_now() - timedelta(days=1)).date()
    cron = [line.replace("/srv/bank", str(tmp_path)).replace("\\%", "%") for line in CRON]
    first = f"umask 077; bankcore init --book mall.db --opened-on {yesterday} --zone UTC"
    script = "\n".join(["set -e", first, *SCRIPTS, *cron])
    ran = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "doctor.json").stat().st_size
    assert (tmp_path / "drill.db").exists()
    assert "bankcore_book_transactions_total" in (tmp_path / "metrics" / "mall.prom").read_text(
        encoding="utf-8"
    )


def test_what_a_command_that_waits_says_is_what_the_code_says() -> None:
    told, refused = re.findall(r"^(waiting .*|error .*store_locked.*)$", PAGE, re.MULTILINE)
    seconds, place, reason = re.findall(r"waiting up to (\d+) seconds for ([^:]*): (.*)", told)[0]
    assert str(Wait(place, reason, int(seconds))) == told
    error = StoreLocked(place, f"{reason} (waited {seconds} seconds)")
    assert refusal(error, Form.TEXT) == f"{refused}\n"


def test_the_exit_statuses_are_those_of_the_code() -> None:
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    classes: list[type[BankcoreError]] = [InputError, Rejection]
    todo = [BankcoreError]
    while todo:
        todo.extend(made := todo.pop().__subclasses__())
        classes.extend(made)
    errors = {it.exit_status for it in classes if it.__module__.startswith("bankcore.")}
    assert told == errors | {0, 130, *STATUS.values()}
