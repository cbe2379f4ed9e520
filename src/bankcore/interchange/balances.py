"""Opening balances as plain data: a CSV of accounts and balances, or a JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from bankcore.errors import BadFile, BadRow
from bankcore.readers import check_text, decoded, read_csv, read_json
from bankcore.tables import undefused

__all__ = ["name_of", "read_balances", "text_in"]

_COLUMNS = ["account", "balance"]
_Pairs = Iterable[tuple[str, object]]


def text_in(file: BinaryIO) -> str:
    """The text of a file in UTF-8; raises BadFile."""
    return decoded(file.read(), lambda reason: BadFile(name_of(file), reason))


def name_of(file: BinaryIO) -> str:
    """The name of a file in messages."""
    return str(getattr(file, "name", "<stdin>"))


def read_balances(name: str, text: str) -> _Pairs:
    """The accounts and balances in a file's text, each account once; raises BadFile, BadRow."""

    def refuse(reason: str) -> BadFile:
        return BadFile(name, reason)

    text = check_text(text, refuse)
    if text.lstrip().startswith("{"):
        forms: dict[str, object] = read_json(text, refuse)
        return forms.items()
    return _rows(name, text)


def _rows(name: str, text: str) -> Iterator[tuple[str, object]]:
    rows = read_csv(text, lambda reason: BadFile(name, reason), even=False)
    if (head := next(rows, (0, []))[1]) != _COLUMNS:
        raise BadFile(name, f"its first line is {','.join(head)!r}, not 'account,balance'")
    lines: dict[str, int] = {}
    for line, row in rows:
        if len(row) != len(_COLUMNS):
            raise BadRow(line, _COLUMNS[-1], f"{len(row)} columns, not {len(_COLUMNS)}")
        account, balance = map(undefused, row)
        if (first := lines.setdefault(account, line)) != line:
            raise BadRow(line, _COLUMNS[0], f"{account} stands in line {first} already")
        yield account, balance
