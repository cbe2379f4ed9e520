"""The lines of a bank's file, as text, without those that are no rows."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import IO, Final

from attrs import frozen

from bankcore.errors import BadFile, BadRow

__all__ = ["WHOLE_LINE", "Lines", "Skip"]

WHOLE_LINE: Final = "(all)"  # in place of a column, where a line cannot be split into columns
_LONGEST_LINE: Final = 1 << 20
_STRIDE: Final = 1 << 16  # bytes between two reports of progress
_WIDE: Final = ("utf-16", "utf-32")  # whose line ends are not the byte 10
_LARGEST_WIDE: Final = 1 << 28


@frozen
class Skip:
    """The lines of a file that are no rows."""

    lines: int = 0  # before the header
    comments: tuple[str, ...] = ()  # how lines begin that are left out
    footer: tuple[str, ...] = ()  # how the line begins after which there is no row, itself included
    last: int = 0  # at the end


class Lines:
    """Iterates over the lines of a .csv or .csv.gz file; `number` is that of the last line given."""

    def __init__(
        self, path: Path, encoding: str, skip: Skip, progress: Callable[[int], object] | None = None
    ) -> None:
        self.number = 0
        self._path, self._encoding, self._skip, self._progress = path, encoding, skip, progress

    def __iter__(self) -> Iterator[str]:
        """The lines; raises BadFile, BadRow."""
        skip = self._skip
        kept: deque[tuple[int, str]] = deque()
        for number, line in self._texts():
            if number <= skip.lines or line.startswith(skip.comments):
                continue
            if line.startswith(skip.footer):
                break
            kept.append((number, line))
            if len(kept) > skip.last:
                self.number, text = kept.popleft()
                yield text

    def _texts(self) -> Iterator[tuple[int, str]]:
        wide = codecs.lookup(self._encoding).name.startswith(_WIDE)
        number = 0
        try:
            with self._path.open("rb") as raw:
                stream: IO[bytes] | gzip.GzipFile = raw
                if self._path.suffix == ".gz":
                    stream = gzip.GzipFile(fileobj=raw)
                for number, text in enumerate(self._wide(stream) if wide else self._narrow(stream, raw), 1):
                    if "\0" in text:
                        raise BadRow(number, WHOLE_LINE, "it contains a NUL character")
                    yield number, text.removeprefix("\ufeff") if number == 1 else text
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BadFile(str(self._path), f"{reason} (after line {number})" if number else reason) from None

    def _narrow(self, stream: IO[bytes] | gzip.GzipFile, raw: IO[bytes]) -> Iterator[str]:
        told = number = 0
        while data := stream.readline(_LONGEST_LINE):
            number += 1
            yield self._decoded(number, data)
            if (reached := raw.tell()) - told >= _STRIDE:
                self._tell(reached - told)
                told = reached
        self._tell(raw.tell() - told)

    def _wide(self, stream: IO[bytes] | gzip.GzipFile) -> Iterator[str]:
        """The lines of an encoding in which a line's end has several bytes; the file is read whole."""
        data = stream.read(_LARGEST_WIDE + 1)
        if len(data) > _LARGEST_WIDE:
            raise BadFile(str(self._path), "it is too large for its encoding; save it as UTF-8")
        yield from StringIO(self._decoded(1, data), newline="")
        self._tell(self._path.stat().st_size)

    def _tell(self, count: int) -> None:
        if self._progress is not None:
            self._progress(count)

    def _decoded(self, number: int, data: bytes) -> str:
        if len(data) == _LONGEST_LINE:
            raise BadRow(number, WHOLE_LINE, f"the line has over {_LONGEST_LINE - 1} bytes")
        try:
            return data.decode(self._encoding)
        except UnicodeError:
            reason = f"it is not {self._encoding} text; [file] names the encoding"
            raise BadRow(number, WHOLE_LINE, reason) from None
