"""Leads in files: CSV with a header, and JSON arrays of objects."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from attrs import frozen

from bankcore.errors import BadFile

__all__ = ["CsvSource", "JsonSource", "text_of"]

_LARGEST = 1 << 28  # bytes


@frozen
class CsvSource:
    """The rows of a CSV file in UTF-8; implements `LeadSource`."""

    name: str
    path: Path

    def rows(self) -> Iterator[dict[str, str]]:
        """The rows in order; raises BadFile."""
        reader = csv.DictReader(StringIO(text_of(self.path), newline=""), strict=True)
        try:
            columns = reader.fieldnames or ()
            if twice := [it for it in columns if columns.count(it) > 1]:
                raise BadFile(str(self.path), f"the column {twice[0]} occurs twice")
            for row in reader:
                if None in row or None in row.values():
                    raise BadFile(str(self.path), f"line {reader.line_num} needs one value for each column")
                yield row
        except csv.Error as error:
            raise BadFile(str(self.path), f"line {reader.line_num}: {error}") from None


@frozen
class JsonSource:
    """The objects of a JSON array, with plain values; implements `LeadSource`."""

    name: str
    path: Path

    def rows(self) -> Iterator[dict[str, str]]:
        """The objects in order, null as empty text; raises BadFile."""
        try:
            data = json.loads(text_of(self.path))
        except (ValueError, RecursionError) as error:
            raise BadFile(str(self.path), f"it is not JSON ({error})") from None
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


def text_of(path: Path) -> str:
    """The text of a file in UTF-8; raises BadFile."""
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(str(path), "it is too large; split it")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise BadFile(str(path), getattr(error, "strerror", None) or "it is not UTF-8 text") from None
