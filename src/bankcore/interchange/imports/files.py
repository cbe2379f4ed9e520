"""The files of a journal: the one that is named, and those that it includes.

An included file lies in the folder of the first file or below it, wherever links lead; it is not one of
those that include it, and there are at most a thousand of them, nested at most twenty deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import define, field

from bankcore.errors import BadFile
from bankcore.interchange.imports.told import Place
from bankcore.readers import text_of

__all__ = ["Files"]

_MOST: Final = 1_000
_DEEPEST: Final = 20
_LARGEST: Final = 1 << 28  # characters of all files
_PATTERN: Final = re.compile(r"[*?\[]")


@define
class Files:
    """Reads the files of one journal, each under the name by which messages call it."""

    first: Path
    _open: list[Path] = field(factory=list)
    _count: int = 0
    _size: int = 0

    def text(self, path: Path) -> str:
        """The text of a file, lines ended by a line feed alone; raises BadFile."""
        text = text_of(path)
        self._count += 1
        self._size += len(text)
        if self._size > _LARGEST:
            raise BadFile(str(path), "with the files included before it is too large; split it")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def name(self, path: Path) -> str:
        """A file in messages: as it was given, an included one relative to the first's folder."""
        folder = self.first.resolve().parent
        return str(self.first) if path == self.first else str(path.relative_to(folder))

    def included(self, pattern: str, by: Path, place: Place) -> Iterator[Path]:
        """The files that `by` includes by a name or a pattern, each open while it is in use."""
        folder = self.first.resolve().parent
        for path in self._found(pattern, by, place):
            if not path.is_relative_to(folder):
                raise place.refuse(f"{pattern!r} is outside of the folder of the journal")
            if path in (self.first.resolve(), *self._open):
                raise place.refuse(f"{pattern!r} includes itself")
            if len(self._open) >= _DEEPEST or self._count >= _MOST:
                raise place.refuse(f"more than {_MOST} files, or more than {_DEEPEST} within each other")
            self._open.append(path)
            yield path
            self._open.pop()

    def _found(self, pattern: str, by: Path, place: Place) -> list[Path]:
        try:
            folder = by.resolve().parent
            if not _PATTERN.search(pattern):
                found = [(folder / pattern).resolve()]
            elif Path(pattern).is_absolute() or ".." in Path(pattern).parts or pattern.count("*") > 4:
                raise place.refuse(f"{pattern!r} is outside of the folder of the journal")
            else:
                here = by.resolve()
                found = sorted(
                    it.resolve() for it in folder.glob(pattern) if it.is_file() and it.resolve() != here
                )
            there = bool(found) and all(it.is_file() for it in found)
        except (OSError, ValueError, RuntimeError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise place.refuse(f"{pattern[:40]!r} cannot be included: {reason}") from None
        if not there:
            raise place.refuse(f"there is no file {pattern[:40]!r}")
        return found
