"""The schemas of the output in JSON: what each command writes with `--json`, and lines of JSON.

They are JSON Schema, draft 2020-12, and of one version: the file `answers-1.json`, and `columns-1.json` for
reports of products.  Within a version names may be added, and none is renamed, removed or given another
form; docs/json.md has the rules.

>>> answers("statement"), answers("wallet recharge")
(('statement',), ('receipts', 'plan'))
>>> sorted(schema("statement")["$defs"]["amount"]["properties"])
['decimal', 'quantity', 'unit']
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any, Final

from bankcore.errors import UnknownName
from bankcore.products import PRODUCTS

__all__ = ["VERSION", "answers", "described", "names", "schema"]

VERSION: Final = 1
_COMMANDS: Final = "x-commands"
_REFERENCE: Final = "#/$defs/"
_OF_A_PRODUCT: Final = "PRODUCT COMMAND"
_PREVIEW: Final = "preview"
_REPORT: Final = "report "
_ROWS: Final = "report-rows"
_EMPTY: Final = "empty"


def names() -> tuple[str, ...]:
    """The names of the schemas.

    >>> names()[:3]
    ('new-book', 'book', 'receipts')
    """
    return tuple(name for name, made in _whole()["$defs"].items() if _COMMANDS in made)


def answers(command: str) -> tuple[str, ...]:
    """The schemas of what a command may write: its words, as in `account list`.

    Refusals, on standard error, have the schema `error`.  Raises UnknownName for words that are no command
    with output in JSON.

    >>> answers("journal"), answers("preview close-day")
    (('journal', 'line'), ('preview', 'close', 'close-preview'))
    """
    first, _, rest = command.partition(" ")
    if first == _PREVIEW and rest:
        return (_PREVIEW, *_written(rest))
    found = _written(command)
    if not found:
        known = {it.partition(" --")[0] for name in names() for it in _commands(name)} - {_OF_A_PRODUCT}
        raise UnknownName("command", command, ", ".join(sorted(known)))
    return found


def described(name: str) -> tuple[str, str]:
    """What a schema is of, and the commands that answer in it, with a comma between them.

    Raises UnknownName.

    >>> described("statement")
    ('The postings of an account, on its normal side.', 'statement')
    """
    if name not in names():
        raise UnknownName("schema", name, ", ".join(names()))
    return _whole()["$defs"][name]["description"], ", ".join(_commands(name))


def schema(name: str) -> dict[str, Any]:
    """A schema by its name, or that of all a command may write; complete in itself.

    After `report` may stand a product and one of its reports, whose columns the schema then names.  Raises
    UnknownName.

    >>> schema("error")["$id"], [it["$ref"] for it in schema("close-day")["anyOf"]]
    ('urn:bankcore:json:1:error', ['#/$defs/close', '#/$defs/close-preview'])
    """
    whole = _whole()
    body: Mapping[str, Any]
    if name in names():
        body = whole["$defs"][name]
    elif name.startswith(_REPORT) and (columns := _columns().get(name.removeprefix(_REPORT))):
        body = _of_report(columns)
    else:
        try:
            found = answers(name)
        except UnknownName:
            raise UnknownName("schema or command", name, ", ".join(names())) from None
        body = {"anyOf": [{"$ref": _REFERENCE + it} for it in found]}
        if len(found) == 1:
            name, body = found[0], whole["$defs"][found[0]]
    head = {"$schema": whole["$schema"], "$id": f"{whole['$id']}:{name.replace(' ', '-')}"}
    used = {it: whole["$defs"][it] for it in _used(body)}
    return deepcopy({**head, **body, "$defs": used})


def _of_report(columns: Mapping[str, str]) -> Mapping[str, Any]:
    """The schema of a report: the general one, with its columns; any cell may be empty."""
    made = deepcopy(_whole()["$defs"][_ROWS])
    forms = {
        column: [{"$ref": _REFERENCE + form} for form in (*forms.split(), _EMPTY)]
        for column, forms in columns.items()
    }
    made["properties"]["rows"]["items"] = {
        "type": "object",
        "properties": {column: {"anyOf": form} for column, form in forms.items()},
        "required": [*columns],
        "additionalProperties": False,
    }
    found: Mapping[str, Any] = made
    return found


@cache
def _columns() -> Mapping[str, Mapping[str, str]]:
    """The columns of each report of bankcore's products, with the forms that their cells may have."""
    made: Mapping[str, Mapping[str, str]] = _read("columns")
    return made


@cache
def _whole() -> Mapping[str, Any]:
    made: Mapping[str, Any] = _read("answers")
    return made


def _read(name: str) -> Any:
    text = files(__name__).joinpath(f"{name}-{VERSION}.json").read_text(encoding="utf-8")
    return json.loads(text)


def _commands(name: str) -> list[str]:
    made: list[str] = _whole()["$defs"][name][_COMMANDS]
    return made


def _written(command: str) -> tuple[str, ...]:
    product, _, title = command.partition(" ")
    wanted = {command}
    if PRODUCTS.knows(product) and title in PRODUCTS.named(product).commands:
        wanted.add(_OF_A_PRODUCT)
    return tuple(name for name in names() if wanted & {it.partition(" --")[0] for it in _commands(name)})


def _used(part: Any) -> Iterator[str]:
    """The names of the definitions that a part of the schema refers to, also through others."""
    waiting, met = [part], set()
    while waiting:
        it = waiting.pop(0)
        if isinstance(it, Mapping):
            target = it.get("$ref", "").removeprefix(_REFERENCE)
            if target and target not in met:
                met.add(target)
                yield target
                waiting.append(_whole()["$defs"][target])
            waiting.extend(it.values())
        elif isinstance(it, list):
            waiting.extend(it)
