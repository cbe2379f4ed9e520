"""The page on a bank's CSV file: its files are written, its commands run, and they answer what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from bankcore.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "bank-csv.md").read_text(encoding="utf-8")


def test_the_page_is_carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANKCORE_BOOK", "bank.db")
    for name, text in re.findall(r"```\w+ file=(\S+)\n(.*?)```", PAGE, re.DOTALL):
        Path(name).write_text(text, encoding="utf-8")
    (session,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    answered = 0
    for part in session.removeprefix("$ ").split("\n$ "):
        command, _, answer = part.partition("\n")
        found = CliRunner().invoke(main, shlex.split(command)[1:])
        assert found.exit_code == 0, found.output
        if answer:
            assert found.stdout.split("\n\n")[0] == answer.strip()
            answered += 1
    assert answered == 2
