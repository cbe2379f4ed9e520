"""The line of a scenario's file on which a key stands.

>>> line_of("start = 1\\n[[step]]\\ndo = 'x'\\n[[step]]\\nwith = { amount = 1 }\\n", "step 2", "with.amount")
5
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from bankcore.readers import read_toml

__all__ = ["line_of"]

_HEADER: Final = re.compile(r"\s*\[{1,2}[^\]=]+\]{1,2}\s*(#.*)?")
_TOLD: Final = re.compile(r"\bline (\d+)")
_QUOTES: Final = re.compile(r'"""|\'\'\'')


def line_of(text: str, table: str, field: str, reason: str = "") -> int | None:
    """The line of a field, or of its table; the line that a reason names where neither is found."""
    path, field = _path(table, field)
    keys = [*path, *re.split(r"[.\[]", field)] if field else path
    best, line, above = 0, None, None  # above: the first line of a table whose own is not there
    for number, found in _places(text):
        depth = len(found)
        if above is None and keys and found[: len(keys)] == keys:
            above = number
        if best < depth <= len(keys) and found == keys[:depth] and depth >= min(len(path), 2):
            best, line = depth, number
    told = _TOLD.search(reason)
    return line or above or (int(told[1]) if told else None)


def _path(table: str, field: str) -> tuple[list[str], str]:
    """The keys of a table by its name in messages, and the field below it."""
    kind, _, rest = table.partition(" ")
    if kind == "step":
        number, _, part = rest.partition(" ")
        number = number.rstrip(",")
        return [kind, number], "together" if "together" in part and not part.startswith("(") else field
    return ([kind, rest] if rest else []), field


def _places(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that begins a table or a value, with its keys; those of a step have its number."""
    above: list[str] = []
    steps: Counter[str] = Counter()
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if _HEADER.fullmatch(line):
            above = _keys(line.partition("#")[0].strip().strip("[]"))
            if line.strip().startswith("[["):
                steps[above[0] if above else ""] += 1
            if above and steps[above[0]]:
                above[1:1] = [str(steps[above[0]])]
            yield number, above
        elif "=" in line and (keys := _keys(line.partition("=")[0])):
            yield number, [*above, *keys]
        opened = _QUOTES.findall(line)
        quote = opened[0] if len(opened) == 1 else ""


def _keys(written: str) -> list[str]:
    """The keys of a dotted name as TOML writes it; none where it is not one."""
    try:
        table = read_toml(f"{written} = 0", ValueError)
    except ValueError:
        return []
    keys = []
    while isinstance(table, dict) and table:
        key, table = next(iter(table.items()))
        keys.append(key)
    return keys
