"""Opening balances as plain data: a CSV of accounts and balances, or a JSON object."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from bankcore.errors import BadFile, BadRow

__all__ = ["read_balances"]

_COLUMNS = ["account", "balance"]
_Pairs = Iterable[tuple[str, object]]


def read_balances(file: TextIO) -> _Pairs:
    """The accounts and balances of a file, as text; raises BadFile, BadRow."""
    try:
        text = file.read().removeprefix("\ufeff")
    except ValueError as error:
        raise BadFile(file.name, f"it is not text ({error})") from None
    try:
        if text.lstrip().startswith("{"):
            forms: list[tuple[str, object]] = json.loads(text, object_pairs_hook=list)
            return forms
    except (ValueError, RecursionError) as error:
        raise BadFile(file.name, f"it is not JSON ({error})") from None
    return _rows(file.name, text)


def _rows(name: str, text: str) -> Iterator[tuple[str, object]]:
    lines = csv.reader(text.splitlines())
    try:
        if (head := next(lines, [])) != _COLUMNS:
            raise BadFile(name, f"its first line is {','.join(head)!r}, not 'account,balance'")
        for row in lines:
            if row and len(row) != len(_COLUMNS):
                raise BadRow(lines.line_num, _COLUMNS[-1], f"{len(row)} columns, not {len(_COLUMNS)}")
            if row:
                yield row[0], row[1]
    except csv.Error as error:
        raise BadFile(name, f"it is not CSV ({error})") from None
