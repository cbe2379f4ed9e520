"""The mark beside a file of books which a run is still writing, or which it was cut off from.

The mark is a small file whose name ends in `.unfinished`; a copy of the book alone does not have it.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     with marked(f"{folder}/mall.db", "the scenario mall.toml"):
...         mark_of(f"{folder}/mall.db")
...     mark_of(f"{folder}/mall.db")
'the scenario mall.toml'
''
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bankcore.errors import UnknownName
from bankcore.stores.open import file_of
from bankcore.stores.sqlite import SqliteStore

__all__ = ["forget_mark", "mark_of", "marked", "remove_book"]

_MOST: Final = 1_000  # characters of a mark
_BESIDE: Final = ("-wal", "-shm", "-journal", ".last-backup")


@contextmanager
def marked(place: str, what: str) -> Iterator[None]:
    """Mark the file at a path or URL as unfinished until the work is done; it stays so after an error.

    `what` says what is being done.  A book on a server or in memory has no mark.  Raises OSError.
    """
    mark = _mark(place)
    if mark is None:
        yield
        return
    mark.write_text(f"{what}\n", encoding="utf-8")
    yield
    mark.unlink(missing_ok=True)


def mark_of(place: str) -> str:
    """What left the file at a path or URL unfinished; empty where it is finished, or not known to be."""
    mark = _mark(place)
    try:
        if mark is None:
            return ""
        return mark.read_text(encoding="utf-8", errors="replace")[:_MOST].strip() or "a run"
    except (OSError, ValueError):
        return ""


def remove_book(place: str) -> None:
    """Delete a file of books, with what stands beside it; nothing where there is none.

    Raises NotABook for a file of anything else, UnknownName for a place that is no file, OSError.
    """
    file = Path(os.path.realpath(file_of(place)))
    if file.exists() and file.stat().st_size and not mark_of(place):
        SqliteStore(file, read_only=True).close()
    for path in (file, *(Path(f"{file}{end}") for end in _BESIDE), Path(f"{file}.unfinished")):
        path.unlink(missing_ok=True)


def forget_mark(place: str) -> None:
    """Delete a mark whose file is no longer there."""
    mark = _mark(place)
    if mark is not None and not mark.with_suffix("").exists():
        mark.unlink(missing_ok=True)


def _mark(place: str) -> Path | None:
    try:
        return Path(f"{os.path.realpath(file_of(place))}.unfinished")
    except (UnknownName, ValueError):
        return None
