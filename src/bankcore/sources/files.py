"""Leads in files: CSV with a header, and JSON arrays of objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from bankcore.errors import BadFile
from bankcore.readers import read_csv, read_json, text_of
from bankcore.tables import undefused

__all__ = ["CsvSource", "JsonSource"]


@frozen
class CsvSource:
    """The rows of a CSV file in UTF-8; implements `LeadSource`."""

    name: str
    path: Path

    def rows(self) -> Iterator[dict[str, str]]:
        """The rows in order; raises BadFile."""
        rows = read_csv(text_of(self.path), lambda reason: BadFile(str(self.path), reason))
        _, head = next(rows, (0, []))
        for _, row in rows:
            yield dict(zip(head, map(undefused, row), strict=True))


@frozen
class JsonSource:
    """The objects of a JSON array, with plain values; implements `LeadSource`."""

    name: str
    path: Path

    def rows(self) -> Iterator[dict[str, str]]:
        """The objects in order, null as empty text; raises BadFile."""
        data = read_json(text_of(self.path), lambda reason: BadFile(str(self.path), reason))
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise BadFile(str(self.path), "an array of objects is needed")
        for row in data:
            if any(isinstance(value, (dict, list)) for value in row.values()):
                raise BadFile(str(self.path), "a value is an object or a list, not text")
            yield {name: _plain(value) for name, value in row.items()}


def _plain(value: str | int | bool | None) -> str:
    """Text unchanged, true and false as in JSON, null as empty text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
