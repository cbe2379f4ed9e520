"""The pages of scenarios: the language by the tables that read it, the products' terms, the commands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.render.terms import terms_of, terms_table, toml_value
from bankcore.simulation.language import NEEDED, TABLES, Key, Language
from bankcore.simulation.plain import PLAIN

__all__ = ["pages"]

DOCS = Path(__file__).parent
ORIGIN = "<!-- Written by `make docs`; edit the code or scenarios.toml instead. -->"
PARTS: Mapping[str, tuple[str, str]] = {  # title and what is said before the tables, by the first of them
    "top": ("The tables of a file", ""),
    "step-do": (
        "Steps",
        "On each day the programmes and the people come first, then the steps in the order of the file. A"
        " step has `do`, `together`, `expect` or `show`.",
    ),
    "rule": ("Schedules, commands and expectations", ""),
    "draw-from": (
        "Drawn values",
        "A value of `with` and an attribute of a population is as written, a text in which names in braces"
        " are replaced, or one of these small tables. The names are `{day}`, `{serial}` (1, 2, ... in each"
        " step), and for each population in `each` `{NAME}` and `{NAME.attribute}`.",
    ),
}


def pages() -> Mapping[str, str]:
    """Each page by its path below docs/."""
    return {"scenarios.md": scenarios(), "scenario-commands.md": commands()}


def scenarios() -> str:
    """The page of the language."""
    given = tomllib.loads((DOCS / "scenarios.toml").read_text(encoding="utf-8"))
    examples = given["examples"]
    if examples.keys() != TABLES.keys():
        raise SystemExit(f"docs/scenarios.toml: no example, or no table, {examples.keys() ^ TABLES.keys()}")
    parts = [given["intro"].strip().replace("\n", f"\n\n{ORIGIN}\n", 1), "## The frame of the examples"]
    parts += [
        "Each example below, but for the first, stands below these lines, and a test runs it.",
        block(given["frame"]),
    ]
    for name, table in TABLES.items():
        if name in PARTS:
            title, said = PARTS[name]
            parts += [f"## {title}", *([said] if said else [])]
        parts += [f"### `{table.written}`", cell(table.about), keys(table), block(examples[name])]
    parts += ["## Terms of the products", *terms()]
    return "\n\n".join(it for it in parts if it) + "\n"


def block(text: str) -> str:
    return f"```toml\n{text.strip()}\n```"


def keys(table: Language) -> str:
    """A table's keys with their types, defaults and meanings."""
    rows = [
        f"| `{key.name}` | {key.kinds_text} | {default(key)} | {cell(key.meaning)} |"
        for key in table.keys.values()
    ]
    if table.further:
        rows.append(f"| any other | any value | | {cell(table.further)} |")
    return "\n".join(["| key | value | without it | meaning |", "| --- | --- | --- | --- |", *rows])


def default(key: Key) -> str:
    """What holds where the key is absent."""
    if key.default is NEEDED:
        return "**needed**"
    if key.absent or key.default is None:
        return cell(key.absent)
    return f"`{toml_value(key.default)}`"


def terms() -> Iterator[str]:
    """The terms of each product."""
    yield (
        "`bankcore terms PRODUCT` prints these as TOML. The lines stand as they are below"
        " `[programme.NAME.terms]`, before the next table. Those of another command than `open-programme`"
        " stand in the field of its step that is named below."
    )
    for product in PRODUCTS:
        for title, known in terms_of(product).items():
            field = next(it.name for it in attrs.fields(product.commands[title]) if it.default == known)
            where = "" if title == "open-programme" else f", field `{field}`"
            yield f"### `{product.name} {title}`{where}"
            rows = ["| term | default | meaning | allowed |", "| --- | --- | --- | --- |"]
            for name, value, meaning, allowed in terms_table(known).rows:
                given = "not set" if value is None else f"`{cell(str(value))}`"
                rows.append(f"| `{name}` | {given} | {cell(meaning)} | {cell(allowed)} |")
            yield "\n".join(rows)


def commands() -> str:
    """The page of the commands that a step can give."""
    parts = [
        "# Commands of scenarios",
        ORIGIN,
        "What `do` may name, with the fields of `with`; those in bold are needed. Names are as on the"
        " [command line](cli.md), with `_` for `-`. How a scenario is written: [scenarios.md](scenarios.md).",
    ]
    for product in (PLAIN, *PRODUCTS):
        rows = [f"| `{title}` | {fields(product, title)} |" for title in product.commands]
        parts += [f"## {product.name}", "\n".join(["| do | with |", "| --- | --- |", *rows])]
    return "\n\n".join(parts) + "\n"


def fields(product: Product, title: str) -> str:
    """The fields of a command, each with what it is for."""
    said = []
    for it in attrs.fields(product.commands[title]):
        name = f"**{it.name}**" if it.default is attrs.NOTHING else it.name
        said.append(f"{name}: {cell(it.metadata.get('help', ''))}")
    return "<br>".join(said)


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
