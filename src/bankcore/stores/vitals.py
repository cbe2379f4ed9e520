"""The condition of a store, for its operators, and the note of the last backup beside a file of books."""

from __future__ import annotations

import json
import logging
import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from bankcore.stores.backup import Backup
from bankcore.stores.connection import Connection
from bankcore.stores.engine import ENGINE
from bankcore.stores.erasing import is_pending
from bankcore.stores.files import log_of

__all__ = ["Archive", "BackupNote", "Vitals", "file_vitals", "note_backup", "note_of"]

_LOG: Final = logging.getLogger("bankcore.stores.sqlite")
_MOST_BYTES: Final = 1_000_000  # of a note


@frozen
class BackupNote:
    """When a backup was made, to which file, and by book id the number and digest of its last transaction."""

    made_at: datetime
    file: str
    heads: Mapping[int, tuple[int, str]]


@frozen
class Archive:
    """When a server archived a part of its log last, and when that failed last; None for never."""

    last: datetime | None
    failed: datetime | None


@frozen(kw_only=True)
class Vitals:
    """What a store says of itself; sizes are in bytes, None where they do not apply.

    `settings` are those of the engine, `exposed` says who may read or write the file besides its owner,
    `leftovers` are files of interrupted work.  A store that is `backed_up_elsewhere` has no backup note; it
    may have an `archive`, where the server archives its log.
    """

    engine: str
    sound: bool
    size: int
    settings: Mapping[str, str] = field(factory=dict)
    log: int | None = None
    free: int | None = None
    erasure_pending: bool = False
    exposed: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    backup: BackupNote | None = None
    backed_up_elsewhere: bool = False
    archive: Archive | None = None


def file_vitals(connection: Connection, file: Path) -> Vitals:
    """The vitals of a file of books; the file itself is not opened here, as that would drop its locks."""
    found = os.stat(file)
    ((journal,),) = connection.rows("PRAGMA journal_mode")
    return Vitals(
        engine=str(ENGINE),
        sound=ENGINE.sound,
        size=found.st_size,
        settings={"journal_mode": journal},
        log=_size(log_of(file)),
        free=shutil.disk_usage(file.parent).free,
        erasure_pending=is_pending(connection),
        exposed=_exposed(found.st_mode),
        leftovers=_leftovers(file),
        backup=note_of(file),
    )


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _exposed(mode: int) -> tuple[str, ...]:
    if os.name != "posix":
        return ()
    rights = (
        (stat.S_IROTH, "all may read it"),
        (stat.S_IWGRP, "its group may write it"),
        (stat.S_IWOTH, "all may write it"),
    )
    return tuple(right for bit, right in rights if mode & bit)


def _leftovers(file: Path) -> tuple[str, ...]:
    """What interrupted backups and rollback journals left in the folder of a file."""
    left = [Path(f"{file}-journal"), *sorted(file.parent.glob("*.part"))]
    return tuple(str(path) for path in left if path.is_file())


# --- the note of the last backup -------------------------------------------------------------------


def _note_path(file: Path) -> Path:
    return Path(f"{file}.last-backup")


def note_backup(file: Path, backup: Backup) -> None:
    """Note a finished backup beside the file; the book itself is not written.

    Where that fails, as on a disk that is full, the backup is still good: only a warning is logged.
    """
    made = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "file": str(Path(backup.place).absolute()),
        "heads": [[it.book.id, it.head.number, it.head.digest.hex()] for it in backup.books],
    }
    note = _note_path(file)
    new = Path(f"{note}.{os.getpid()}.new")
    try:
        new.write_text(json.dumps(made) + "\n", encoding="utf-8")
        new.replace(note)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        _LOG.warning("the backup of %s is good, but %s was not written: %s", file, note, error.strerror)


def note_of(file: Path) -> BackupNote | None:
    """The note of the last backup; None where there is none that can be read."""
    try:
        with _note_path(file).open(encoding="utf-8") as note:
            made: Any = json.loads(note.read(_MOST_BYTES))
        made_at = datetime.fromisoformat(made["made_at"])
        heads = {int(book): (int(number), str(digest)) for book, number, digest in made["heads"]}
        if made_at.tzinfo is None:
            return None
        return BackupNote(made_at, str(made["file"]), heads)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
