"""What the pages tell a reader to type: whole pages are done, and any other command is one that there is."""

from __future__ import annotations

import os
import re
import shlex
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path

import click
import pytest
from tests import pages
from tests.page_setups import BEFORE, FILES, SMALLER
from tests.postgres import empty_schema

from bankcore.cli import main

ROOT = Path(__file__).parents[1]
DONE = (
    "README.md",
    "README.zh.md",
    "docs/importing-journals.md",
    "docs/json.md",
    "docs/pictures.md",
    "docs/scenarios.md",
    "docs/tutorial.md",
)  # as is docs/your-product.md, by its own test
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WHOLE = {"cli.md", "your-product.md"}  # generated, and done by its own test
ALL = sorted(it for it in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if it.name not in WHOLE)
SERVER = re.compile(r"postgresql://\w+@\w+\.example/\w+")  # each is an empty database of a real server
MISSING = ("No such file", "nor a file")  # files that a page speaks of are not there


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


@pytest.mark.parametrize("name", BEFORE)
def test_the_commands_of_a_page_run(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Every command of the page succeeds, in its order, on a book that has what the page is about."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    for file, text in [
        *FILES.get(name, {}).items(),
        *((file, text) for _, file, text in pages.BLOCK.findall(page)),
    ]:
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "160",
        "BANKCORE_BOOK": "bank.db",
    }
    shown = [
        block
        for language, _, text in pages.BLOCK.findall(page)
        if (block := list(pages.typed(language, text)))
    ]
    with ExitStack() as stack:
        schemas: dict[str, str] = {}

        def placed(url: re.Match[str]) -> str:
            if url[0] not in schemas:
                server = request.getfixturevalue("postgres_server")
                schemas[url[0]] = stack.enter_context(empty_schema(server))
            return schemas[url[0]]

        for before, block in zip_longest(BEFORE[name], shown, fillvalue=()):
            hidden = before.replace("\\\n", " ").strip().splitlines() if before else []
            given = [SERVER.sub(placed, command) for command in (*hidden, *block)]
            for whole, small in SMALLER.items():
                given = [command.replace(whole, small) for command in given]
            for command, (status, said) in zip(
                given, pages.answers(given, tmp_path, environment), strict=True
            ):
                assert status == 0, f"{command}\n{said}"


def test_every_page_with_commands_is_carried_out() -> None:
    """By a test here or by one of its own; a new page has to be decided."""
    own = {"bank-csv.md", "operating.md", "reconciling.md"}
    known = {Path(name).name for name in DONE} | BEFORE.keys() | own
    left = []
    for page in ALL:
        found = pages.BLOCK.findall(page.read_text(encoding="utf-8"))
        typed = [it for language, _, text in found for it in pages.typed(language, text)]
        if page.name not in known and any(it.startswith("bankcore ") for it in typed):
            left.append(page.name)
    assert left == []


@pytest.mark.parametrize("page", ALL, ids=lambda it: it.name)
def test_the_commands_of_a_page_are_understood(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = [it for language, block in BLOCK.findall(text) for it in pages.typed(language, block)]
    for command in found:
        if command.startswith("export "):
            continue
        words = shlex.split(command)[1:]
        try:
            parse(main, "bankcore", words)
        except click.exceptions.Exit:
            pass  # --help and --version
        except click.UsageError as error:
            exported = isinstance(error, click.MissingParameter) and getattr(error.param, "envvar", None)
            if not exported and not any(it in error.format_message() for it in MISSING):
                raise AssertionError(f"{page.name}: {command}\n{error.format_message()}") from error


def parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """Read the words as the command line does, down to the command that they name; nothing is run."""
    context = command.make_context(name, words, parent=parent)
    if isinstance(command, click.Group) and context._protected_args + context.args:
        rest = [*context._protected_args, *context.args]
        below, found, left = command.resolve_command(context, rest)
        assert found is not None
        parse(found, below or "", left, context)
