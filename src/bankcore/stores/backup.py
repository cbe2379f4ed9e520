"""A copy of a file of books, made by SQLite while others write, and verified before it gets its name."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from bankcore.errors import BadFile, StoreDamaged
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.seals import SEAL, Seal
from bankcore.ledger.ports import Head, Store
from bankcore.ledger.transactions import Book
from bankcore.stores.connection import Connection
from bankcore.stores.files import file_uri
from bankcore.stores.waiting import Patience

__all__ = ["Backup", "Standing", "back_up", "checked"]


@frozen
class Standing:
    """The state of a book: the end of its journal, and its last seal where a day was closed."""

    book: Book
    head: Head
    seal: Seal | None


@frozen
class Backup:
    """A verified file, and the state of each of its books."""

    place: str
    books: tuple[Standing, ...]


def checked(store: Store, place: str) -> Backup:
    """Verify every book of a store, including each page and index of its file.

    Raises VerificationFailed, StoreDamaged.
    """
    found = standings(store)
    for each in found:
        verify(store.reading(each.book.id), each.book).require()
    return Backup(place, found)


def standings(store: Store) -> tuple[Standing, ...]:
    """The state of the books of a store, by id."""
    return tuple(
        Standing(book, reader.head(), None if seal is None else Seal.from_data(seal.data))
        for book in store.books()
        for reader in (store.reading(book.id),)
        for seal in (reader.record(*SEAL),)
    )


_BESIDE: Final = ("-wal", "-shm", "-journal")  # the files that SQLite keeps beside a file


def back_up(source: Connection, still: Store, path: str, reopen: Callable[..., Any]) -> Backup:
    """Copy the snapshot `still` of `source` into a new file; `reopen` opens it as a store.

    Until the copy is verified it is named `path`.part.  Raises BadFile, VerificationFailed.
    """
    target = Path(path).absolute()
    part = Path(f"{target}.part")
    for end in ("", *_BESIDE):
        if os.path.lexists(f"{target}{end}"):  # SQLite would use another file's log for the copy
            raise BadFile(f"{path}{end}", "it exists already")
    _make(part)
    try:
        copy = Connection(
            path, file_uri(Path(os.path.realpath(part)), create=False, read_only=False), Patience(path, 0)
        )
        with closing(copy):
            source.copy_into(copy)
        with closing(reopen(part, read_only=True)) as store:
            backup = checked(store, path)
        if backup.books != standings(still):
            raise StoreDamaged(path, "the end of the copy is not the end of the book")
        _rename(part, target)
    finally:
        for end in ("", *_BESIDE):
            with suppress(FileNotFoundError):
                os.unlink(f"{part}{end}")
    return backup


def _make(part: Path) -> None:
    """A new, empty file that only its owner reads and writes."""
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise BadFile(str(part), "it was left by an interrupted backup: remove it") from None
    except (OSError, ValueError) as error:
        raise BadFile(str(part), getattr(error, "strerror", None) or str(error)) from error


def _rename(part: Path, target: Path) -> None:
    """Rename the finished copy, never over an existing file, and sync the folder."""
    try:
        os.link(part, target)
        if hasattr(os, "O_DIRECTORY"):
            folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except FileExistsError:
        raise BadFile(str(target), "it exists already") from None
    except OSError as error:
        raise BadFile(str(target), error.strerror or str(error)) from error
