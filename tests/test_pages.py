"""What the pages tell a reader to type: whole pages are done, and any other command is one that there is."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests import pages

from bankcore.cli import main

ROOT = Path(__file__).parents[1]
DONE = (
    "README.md",
    "README.zh.md",
    "docs/importing-journals.md",
    "docs/pictures.md",
    "docs/scenarios.md",
    "docs/tutorial.md",
)  # as is docs/your-product.md, by its own test
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WHOLE = {"cli.md", "your-product.md"}  # generated, and done by its own test
ALL = sorted(it for it in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if it.name not in WHOLE)
FILES = ("No such file", "nor a file")  # files that a page speaks of are not there


@pytest.mark.parametrize("name", DONE)
def test_a_page_is_true(name: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "160"}
    environment.pop("BANKCORE_BOOK", None)
    ran = 0
    for block in pages.blocks(ROOT / name, tmp_path):
        own = [it for it in block if it[0].split()[0] not in ("pip", "make", "git")]
        ran += pages.check(own, tmp_path, environment)
    assert ran > 5


def typed(page: Path) -> Iterator[str]:
    """Each command of bankcore in the blocks of a page, without what the shell adds to it."""
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in (
            () if language not in ("", "sh", "console", "bash") else block.replace("\\\n", " ").splitlines()
        ):
            command = re.split(r"  #| [|>] | && | \|\| |;", line.removeprefix("$ "))[0]
            if command.startswith("bankcore "):
                yield command


@pytest.mark.parametrize("page", ALL, ids=lambda it: it.name)
def test_the_commands_of_a_page_are_understood(page: Path) -> None:
    for command in typed(page):
        words = shlex.split(command)[1:]
        try:
            parse(main, "bankcore", words)
        except click.exceptions.Exit:
            pass  # --help and --version
        except click.UsageError as error:
            exported = isinstance(error, click.MissingParameter) and getattr(error.param, "envvar", None)
            if not exported and not any(it in error.format_message() for it in FILES):
                raise AssertionError(f"{page.name}: {command}\n{error.format_message()}") from error


def parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """Read the words as the command line does, down to the command that they name; nothing is run."""
    context = command.make_context(name, words, parent=parent)
    if isinstance(command, click.Group) and context._protected_args + context.args:
        rest = [*context._protected_args, *context.args]
        below, found, left = command.resolve_command(context, rest)
        assert found is not None
        parse(found, below or "", left, context)
