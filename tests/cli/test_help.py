"""The help, the completion, and how fast they come."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

import bankcore.cli
from bankcore.cli import ROOMS, main
from bankcore.product.command import title
from bankcore.products import PRODUCTS

SHARDS = ("close-day", "home", "in-transit", "list", "move", "recover", "transfer", "verify")
SHARED = {"--book", "--json", "--csv"}
WITHOUT_BOOK = {
    "bankcore calendars",
    "bankcore checkpoint check",
    "bankcore checkpoint key",
    "bankcore copy",
    "bankcore example copy",
    "bankcore example list",
    "bankcore example show",
    "bankcore link read",
    "bankcore payment read",
    "bankcore prove check",
    "bankcore qr",
    "bankcore terms",
    "bankcore reopen",
    "bankcore schema",
    *(f"bankcore shards {name}" for name in SHARDS),
}
WAITING = {"bankcore copy", "bankcore reopen", *(f"bankcore shards {name}" for name in SHARDS)}
IN_LINES = {"bankcore export", "bankcore metrics", "bankcore outbox"}  # their output has a form of its own


def commands(command: click.Command = main, name: str = "bankcore", parent=None) -> Iterator[click.Context]:
    """Every command of the tree, as the context it runs in."""
    context = click.Context(command, info_name=name, parent=parent)
    yield context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from commands(command.get_command(context, child), child, context)


TREE = list(commands())
LEAVES = [context for context in TREE if not isinstance(context.command, click.Group)]


def path(context: click.Context) -> str:
    return context.command_path


@pytest.mark.parametrize("context", TREE, ids=path)
def test_help_has_an_example(context):
    text = context.get_help()
    assert "\n  Example:\n" in text
    assert f"\n    {context.command_path}" in text or context.command is main


@pytest.mark.parametrize("context", LEAVES, ids=path)
def test_every_command_has_the_shared_options(context):
    options = {name for param in context.command.params for name in param.opts}
    shared = {"--book"} if path(context) in IN_LINES else SHARED
    assert options >= shared - ({"--book"} if path(context) in WITHOUT_BOOK else set())
    assert ("--timeout" in options) is (path(context) in WAITING or "--book" in options) or path(
        context
    ) == "bankcore simulate"
    assert len({param.name for param in context.command.params}) == len(context.command.params)
    assert all(param.help for param in context.command.params if isinstance(param, click.Option))


@pytest.mark.parametrize("name", ROOMS)
def test_the_contents_say_what_the_command_says(name):
    command = main.get_command(click.Context(main), name)
    first = command.help.splitlines()[0]
    assert ROOMS[name][1].rstrip(".").split()[0] == first.split()[0]


def test_every_product_command_is_there():
    found = {path(context) for context in LEAVES}
    for product in PRODUCTS:
        assert {f"bankcore {product.name} {title(command)}" for command in product.rules} <= found


def test_an_unknown_command_is_a_usage_error(run):
    assert run("frobnicate").status == 2
    assert run("wallet", "frobnicate").status == 2
    assert run("wallet", "recharge").status == 2


def test_a_usage_error_is_json_where_json_is_asked_for(run):
    for arguments in (
        "frobnicate --json",
        "balance --nope --json",
        "reverse abc --json",
        "post --json --debit a",
    ):
        found = run(*arguments.split())
        assert (found.status, found.error["code"], found.out) == (2, "bad_usage", "")
    assert run("balance", "--nope").err.startswith("Usage: ")


def test_the_contents_name_every_product():
    assert list(bankcore.cli.PRODUCTS.items()) == [(product.name, product.summary) for product in PRODUCTS]


def test_no_field_of_a_command_takes_an_option_that_all_share():
    for context in LEAVES:
        names = [name for it in context.command.params for name in (*it.opts, *it.secondary_opts)]
        assert sorted(set(names)) == sorted(names), context.command_path


def test_the_summaries_of_products_are_whole(run):
    assert "..." not in run("wallet", "--help").out.partition("Commands:")[2]


def test_the_package_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "bankcore", "--version"], capture_output=True, check=True)
    assert done.stdout.rstrip().endswith(version("bankcore").encode())
    assert bankcore.__version__ == version("bankcore")


def test_examples_of_products_are_complete(run):
    """The example of a product's command is refused for what the book holds, never for its form."""
    run("init")
    for context in LEAVES:
        line = shlex.split(context.command.epilog.splitlines()[-1])
        if line[1] in {product.name for product in PRODUCTS} and "terms.toml" not in line:
            assert run(*line[1:]).status in (0, 3), line


# --- completion -------------------------------------------------------------------------------------


def completed(arguments: list[str], typed: str) -> list[str]:
    shell = ShellComplete(main, {}, "bankcore", "_BANKCORE_COMPLETE")
    return [item.value for item in shell.get_completions(arguments, typed)]


def test_commands_are_completed():
    assert completed([], "tr") == ["transaction", "trial-balance"]
    assert "recharge" in completed(["wallet"], "")
    assert "--programme" in completed(["wallet", "recharge"], "--p")


def test_account_paths_are_completed(mall, book, monkeypatch):
    assert completed(["statement", "--book", str(book)], "bank:d") == [
        "bank:demand:c001",
        "bank:demand:mall",
    ]
    assert completed(["post", "--book", str(book), "--debit"], "bank:ca") == ["bank:cash"]
    assert completed(["statement"], "bank:") == []
    monkeypatch.setenv("BANKCORE_BOOK", str(book))
    assert completed(["balance"], "wallet:mall:s") == ["wallet:mall:service"]


def test_completion_says_nothing_about_a_bad_book(tmp_path):
    assert completed(["statement", "--book", str(tmp_path / "none.db")], "bank:") == []


def test_the_shell_gets_its_script():
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "_BANKCORE_COMPLETE": "zsh_source",
    }
    code = "from bankcore.cli import main; main(prog_name='bankcore')"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "#compdef bankcore" in done.stdout


def test_the_contents_import_no_room():
    code = (
        "import sys; sys.argv = ['bankcore', '--help']; from bankcore.cli import main\n"
        "try: main()\n"
        "except SystemExit: print([name for name in sys.modules if name.startswith('bankcore.console.')])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
