"""The page on reconciling: its file is written, its commands run, and they end and answer as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from bankcore.cli import main
from bankcore.console.reconcile import STATUS
from bankcore.errors import BadFile

PAGE = (Path(__file__).parents[2] / "docs" / "reconciling.md").read_text(encoding="utf-8")


def test_the_page_is_carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mt940")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANKCORE_BOOK", "bank.db")
    for name, text in re.findall(r"```\w+ file=(\S+)\n(.*?)```", PAGE, re.DOTALL):
        Path(name).write_text(text, encoding="utf-8")
    sessions = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    answered = 0
    for part in "".join(sessions).removeprefix("$ ").split("\n$ "):
        command, _, answer = part.partition("\n")
        command, _, status = command.partition("  # ends with ")
        found = CliRunner().invoke(main, shlex.split(command)[1:])
        assert found.exit_code == int(status or 0), found.output
        if answer:
            lines = [line.rstrip() for line in found.stdout.rstrip().split("\n")]
            assert lines == answer.rstrip().split("\n")
            answered += 1
    assert answered == 5


def test_the_exit_statuses_are_those_of_the_code() -> None:
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert told == {0, BadFile.exit_status, *STATUS.values()}
