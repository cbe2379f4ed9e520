"""The pages of the command line, made from its help: one of contents, and one for each group of commands."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import click

from bankcore.cli import PRODUCTS, ROOMS, main

__all__ = ["pages"]

ORIGIN = "<!-- Written by `make docs`; edit the code instead. -->"
GROUPS: Mapping[str, tuple[str, Sequence[str]]] = {  # page: (title, commands of ROOMS)
    "books": ("A book and its days", ("init", "book", "products", "close-day", "verify", "calendars")),
    "accounts": ("Accounts and limits", ("account", "limit", "opening")),
    "posting": ("Posting", ("post", "together", "hold", "reverse", "correct")),
    "reading": (
        "Reading",
        (
            "balance",
            "statement",
            "trial-balance",
            "balance-sheet",
            "income-statement",
            "report",
            "transaction",
            "journal",
        ),
    ),
    "files": (
        "Files in and out",
        ("replay", "reconcile", "matches", "acquire", "recharges", "export", "import", "outbox", "schema"),
    ),
    "trying": ("Trying things out", ("example", "terms", "simulate", "preview")),
    "keeping": (
        "Looking after a book, copies, moves and several books",
        ("doctor", "metrics", "backup", "restore", "copy", "reopen", "shards"),
    ),
    "proofs": ("Seals and proofs", ("seal", "checkpoint", "prove")),
    "links": ("Links and codes", ("link", "payment", "qr")),
}
SHARED = ("--book", "--name", "--timeout", "--confirm-clock", "--json", "--csv", "--key", "--actor", "--help")


def pages() -> Mapping[str, str]:
    """Each page by its path below docs/."""
    left = set(ROOMS) - set(chain.from_iterable(names for _, names in GROUPS.values()))
    if left:
        raise SystemExit(f"docs/commands.py: no page is named for {', '.join(sorted(left))}")
    top = context(main, "bankcore")
    found = {name: (title, names) for name, (title, names) in GROUPS.items()}
    found |= {name: (f"{summary[:1].upper()}{summary[1:]}", (name,)) for name, summary in PRODUCTS.items()}
    shared = shared_options(top)
    made = {"cli.md": contents(top, found, shared)}
    for name, (title, names) in found.items():
        parts = [
            f"# {title}",
            ORIGIN,
            "What `-h` says, without the [options that commands share](../cli.md).",
        ]
        for each in names:
            parts += described(child(top, each), shared)
        made[f"cli/{name}.md"] = "\n\n".join(parts) + "\n"
    return made


def context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    return click.Context(command, info_name=name, parent=parent, terminal_width=80, max_content_width=80)


def child(parent: click.Context, name: str) -> click.Context:
    assert isinstance(parent.command, click.Group)
    found = parent.command.get_command(parent, name)
    assert found is not None, name
    return context(found, name, parent)


def children(parent: click.Context) -> Iterator[click.Context]:
    if isinstance(parent.command, click.Group):
        names = parent.command.list_commands(parent) if parent.parent else [*ROOMS, *PRODUCTS]
        yield from (it for it in (child(parent, name) for name in names) if not it.command.hidden)


def leaves(parent: click.Context) -> Iterator[click.Context]:
    for it in children(parent):
        yield from leaves(it) if isinstance(it.command, click.Group) else (it,)


def record(option: click.Parameter, where: click.Context) -> tuple[str, str] | None:
    return option.get_help_record(where) if isinstance(option, click.Option) else None


def shared_options(top: click.Context) -> Mapping[str, tuple[str, str]]:
    """What most commands say of each shared option."""
    said: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in SHARED}
    for leaf in leaves(top):
        for option in leaf.command.get_params(leaf):
            text = record(option, leaf)
            if text and option.opts[-1] in said:
                said[option.opts[-1]][text] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in said.items()}


def described(it: click.Context, shared: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The help of a command and of those below it; an option that says what all say is left out."""
    shown = copy.copy(it.command)
    shown.params = [option for option in shown.params if record(option, it) not in shared.values()]
    shown.add_help_option = False
    here = context(shown, it.info_name or "", it.parent)
    title = "#" * min(6, 1 + it.command_path.count(" "))
    yield f"{title} {it.command_path}\n\n```text\n{shown.get_help(here)}\n```"
    for each in children(it):
        yield from described(each, shared)


def contents(
    top: click.Context,
    found: Mapping[str, tuple[str, Sequence[str]]],
    shared: Mapping[str, tuple[str, str]],
) -> str:
    parts = ["# The command line", ORIGIN, f"```text\n{main.get_help(top)}\n```", "## Shared options"]
    rows = ["| option | |", "| --- | --- |", *(f"| `{name}` | {text} |" for name, text in shared.values())]
    parts += [
        "Most commands take these; where one says something else of them, its page does.",
        "\n".join(rows),
    ]
    parts.append("## Contents")
    for page, (title, names) in found.items():
        lines = [f"- [{title}](cli/{page}.md)"]
        for name in names:
            own = child(top, name)
            for it in (own, *leaves(own)):
                summary = it.command.get_short_help_str(100)
                anchor = it.command_path.replace(" ", "-")
                lines.append(f"  - [`{it.command_path}`](cli/{page}.md#{anchor}): {summary}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
