"""What the command line writes in JSON, held to the schemas of bankcore.schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import get_annotations
from pathlib import Path
from typing import Any

import click
from jsonschema import Draft202012Validator
from tests.test_house import refusals

from bankcore.cli import main
from bankcore.products import PRODUCTS
from bankcore.schemas import answers, names, schema

DOCUMENTS = (
    "prove transaction",
    "prove balance",
    "prove consistency",
    "schema",
)  # write another format in JSON
REPORTS = {
    f"{product.name} {name}": report for product in PRODUCTS for name, report in product.reports.items()
}
LOCK = Path(__file__).parent / "cli" / "json.lock"  # what was promised
_JSON, _LINES, _PART = "--json", "--jsonl", "--table"
_ERROR = '\n{\n  "error": {'
_MOST = 20  # lines of one output that are held


def hold(words: Sequence[str], out: str, err: str = "") -> list[str]:
    """Compare what a command line has written with the schemas of its command, where it wrote JSON.

    Returns the schemas that fit.
    """
    found = []
    _, begun, rest = f"\n{err}".partition(_ERROR)  # lines of text may stand before it
    if begun:
        found.append(_held(("error",), json.loads(begun + rest)))
    if not out or "--help" in words:
        return found
    if names := _of_lines(words):
        return found + [_held(names, json.loads(line)) for line in out.splitlines()[:_MOST]]
    if _JSON not in words:
        return found
    command = command_of(words)
    if command == "report" and _asked(words) in REPORTS and out.startswith('{\n  "report"'):
        found.append(_held((f"report {_asked(words)}",), json.loads(out), part=_PART in words))
    if command not in DOCUMENTS or set(json.loads(out)) & {"schemas", "proof_of"}:
        found.append(_held(answers(command), json.loads(out), part=_PART in words))
    return found


def _asked(words: Sequence[str]) -> str:
    """The product and the report after `report`."""
    return " ".join([*words][words.index("report") + 1 :][:2])


def _of_lines(words: Sequence[str]) -> tuple[str, ...]:
    """The schema of each line, where the command writes lines of JSON."""
    if words[0] == "outbox":
        return ("entry",) if "--entries" in words else ("notice",)
    return ("line",) if _LINES in words or (words[0] == "export" and "jsonl" in words) else ()


def command_of(words: Sequence[str]) -> str:
    """The words of the command in a command line, as `account list` or `preview account open`."""
    found: list[str] = []
    command: click.Command | None = main
    context = click.Context(main)
    left = iter(words)
    for word in left:
        if not isinstance(command, click.Group):
            break
        if word == "--calendars":
            next(left)
        elif not word.startswith("-"):
            below = command.get_command(context, word)
            if found == ["preview"] and (word == "close" or below is None):
                break  # preview has a command of that name; any other word is a file
            found.append(word)
            command = main if word == "preview" else below
    return " ".join(found)


def _held(names: tuple[str, ...], data: Any, *, part: bool = False) -> str:
    faults = []
    for name in names:
        first = next(validator(name, part).iter_errors(data), None)
        if first is None:
            return name
        faults.append(f"{name}: {first.json_path}: {first.message[:300]}")
    raise AssertionError("\n".join(faults))


@cache
def validator(name: str, part: bool = False) -> Draft202012Validator:
    """That of a schema; of a part, which --table gives, nothing is required at the top."""
    made = schema(name)
    if part:
        made.pop("required", None)
    return Draft202012Validator(made)


def promises() -> list[str]:
    """All that the schemas promise, a line each: names, forms, words, what is always there, commands."""
    parts: dict[str, Any] = {}
    for name in names():
        made = schema(name)
        parts |= made.pop("$defs") | {name: made}
    lines = {line for name, part in parts.items() for line in _promised(name, part)}
    return sorted({*lines, *_promised_columns(), *_promised_fields()})


def _promised_fields() -> Iterator[str]:
    for error in refusals():
        for base in error.__mro__:
            own = ((name, str(form)) for name, form in get_annotations(base).items())
            yield from (f"error {error.code}.{name} {form}" for name, form in own if "ClassVar" not in form)


def _promised_columns() -> Iterator[str]:
    for report in REPORTS:
        row = schema(f"report {report}")["properties"]["rows"]["items"]
        for column, cell in row["properties"].items():
            forms = [it["$ref"].rpartition("/")[2] for it in cell["anyOf"]]
            yield f"report {report}.{column} {' '.join(forms)}"


def _promised(name: str, part: Any) -> Iterator[str]:
    for key, below in part.get("properties", {}).items():
        yield from _promised(f"{name}.{key}", below)
    for key, below in part.get("patternProperties", {}).items():
        yield from _promised(f"{name}.{key}", below)
    yield from (f"{name}.{key} is always there" for key in part.get("required", ()))
    yield from (f"{name} has the word {word!r}" for word in part.get("enum", ()))
    yield from (f"{name} is what {command} writes" for command in part.get("x-commands", ()))
    for place, below in enumerate(part.get("anyOf", ())):
        if below.get("items") or below.get("properties"):
            yield from _promised(f"{name}|{place}", below)
    if "items" in part:
        yield from _promised(f"{name}[]", part["items"])
    told = ("$schema", "$id", "description", "properties", "patternProperties", "required", "enum", "items")
    form = {key: value for key, value in part.items() if key not in (*told, "x-commands")}
    yield f"{name} {json.dumps(form)}"


if __name__ == "__main__":  # what is new is promised from now on; nothing is taken back
    kept = {*LOCK.read_text(encoding="utf-8").splitlines(), *promises()}
    LOCK.write_text("\n".join(sorted(kept)) + "\n", encoding="utf-8")
