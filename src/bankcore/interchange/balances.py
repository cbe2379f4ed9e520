"""Opening balances as plain data: a CSV of accounts and balances, or a JSON object."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from bankcore.errors import BadFile, BadRow

__all__ = ["read_balances", "text_in"]

_COLUMNS = ["account", "balance"]
_Pairs = Iterable[tuple[str, object]]


def text_in(file: TextIO) -> str:
    """The text of a file; raises BadFile."""
    try:
        return file.read().removeprefix("\ufeff")
    except ValueError as error:
        raise BadFile(file.name, f"it is not text ({error})") from None


def read_balances(name: str, text: str) -> _Pairs:
    """The accounts and balances in a file's text; raises BadFile, BadRow."""
    try:
        if text.lstrip().startswith("{"):
            forms: list[tuple[str, object]] = json.loads(text, object_pairs_hook=list)
            return forms
    except (ValueError, RecursionError) as error:
        raise BadFile(name, f"it is not JSON ({error})") from None
    return _rows(name, text)


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
