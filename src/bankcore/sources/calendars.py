"""Business calendars in files: TOML or CSV, named by the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bankcore.calendars import Calendar
from bankcore.errors import BadFile
from bankcore.readers import text_of

__all__ = ["read_calendars"]

_PARSERS = {".toml": Calendar.parse, ".csv": Calendar.parse_csv}


def read_calendars(path: Path) -> Iterator[Calendar]:
    """The calendar of a file, or of each TOML and CSV file in a folder, in order of their names.

    Raises BadFile, and BadTerms or BadDate for what a file says.
    """
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix in _PARSERS:
                yield from read_calendars(file)
        return
    if path.suffix not in _PARSERS:
        raise BadFile(str(path), f"the name of a calendar's file ends in {' or '.join(_PARSERS)}")
    yield _PARSERS[path.suffix](path.stem, text_of(path))
