"""The files of a book, checked from outside: nothing here opens one of them.

Only SQLite reads a file (connection.py): closing a descriptor of our own would drop every lock on it.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Final

from bankcore.errors import NotABook, StoreReadOnly
from bankcore.stores.forks import Place

__all__ = ["Files", "check_place", "file_identity", "file_uri", "is_on_frozen_disk", "log_of"]

_MOUNTS: Final = Path("/proc/self/mountinfo")
_MOST_GLANCES: Final = 250  # after these both files are checked, even if the folder is unchanged
_SECOND: Final = 1_000_000_000
_TICK: Final = _SECOND // 10  # more than the resolution of a file system's times


def log_of(file: Path) -> str:
    """The path at which SQLite keeps the log of a file."""
    return f"{file}-wal"


def check_place(place: str, file: Path, *, create: bool, read_only: bool) -> int | None:
    """The size of the file, None where there is none yet.

    Raises NotABook for anything that cannot be a book file, StoreReadOnly where it may not be written, or
    may not be read without the right to write beside it.
    """
    try:
        found = _stat(file)
        if found is not None and not stat.S_ISREG(found.st_mode):
            raise NotABook(place, "it is not a regular file")
        if found is None and not create:
            raise NotABook(place, "there is no such file")
        if found is None and not file.parent.is_dir():
            raise NotABook(place, "there is no such folder")
        if found is not None and not _may(file, os.R_OK):
            raise NotABook(place, "it cannot be read (permission denied)")
    except (OSError, ValueError) as error:
        raise NotABook(place, f"it cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if not read_only and not all(_may(path, os.W_OK) for path in (file.parent, file) if path.exists()):
        raise StoreReadOnly(place, "the file or its folder is write-protected")
    if read_only and not _can_share_log(file):
        raise StoreReadOnly(
            place,
            "its folder is write-protected and nobody has it open, so a reader cannot detect a "
            "writer: give the right to write to the folder, or read a copy",
        )
    return None if found is None else found.st_size


def _stat(file: Path) -> os.stat_result | None:
    try:
        return os.stat(file)
    except FileNotFoundError:
        return None


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _can_share_log(file: Path) -> bool:
    """Whether a reader can use the log and its index, or they are not needed."""
    beside = _may(file.parent, os.W_OK) or all(
        _may(Path(f"{file}{end}"), os.R_OK) for end in ("-wal", "-shm")
    )
    return beside or is_on_frozen_disk(file)


def file_uri(file: Path, *, create: bool, read_only: bool) -> str:
    """The URI that opens the file, its links resolved.

    Only on a disk that nobody can write to is it certain that nobody does, and that no log is needed.
    """
    uri = f"{file.as_uri()}?mode={'rwc' if create else 'rw'}"
    frozen = read_only and is_on_frozen_disk(file) and not Path(log_of(file)).exists()
    return uri + "&immutable=1" if frozen else uri


def is_on_frozen_disk(file: Path) -> bool:
    """Whether the file system of a file is mounted read-only, as a whole.

    A second mount of a disk may be read-only while the first one is writable (a volume of a container), so
    where the system reports it (Linux), the state of the disk itself is used.
    """
    read_only = getattr(os, "ST_RDONLY", 0)
    if not read_only or not os.statvfs(file.parent).f_flag & read_only:
        return False
    if not _MOUNTS.exists():
        return True
    device = os.stat(file.parent).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    lines = (line.split() for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines())
    disks = [line[line.index("-") + 3] for line in lines if line[2] == number]
    return bool(disks) and all("ro" in options.split(",") for options in disks)


def file_identity(file: str) -> Place:
    """The file that the path leads to now; SQLite would continue writing to one that was removed."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Files:
    """The file of a book and its log, as they were when it was opened.

    Checking a log is expensive: after a query of its modification time the system records the next write's
    time exactly, and syncs that, too.  But removing, renaming or creating a file changes its folder.  So as
    long as the folder is unchanged since both files were found in it, checking the folder is enough.
    """

    def __init__(self, place: str, path: str, file: Path) -> None:
        self._place = place
        self._path = path
        self._log = log_of(file)
        self._folder = "" if os.path.islink(path) else os.path.dirname(path)  # a link may be redirected
        self.file, self.log = file_identity(path), file_identity(self._log)
        self._seen: tuple[int, ...] | None = None  # the folder's state when both were last found in it
        self._glances = 0

    def check(self) -> None:
        """Raise NotABook where one of them was removed or replaced."""
        try:
            folder = os.stat(self._folder) if self._folder else None
        except OSError:
            folder = None
        now = folder and (folder.st_dev, folder.st_ino, folder.st_mtime_ns, folder.st_ctime_ns)
        if now is not None and now == self._seen and self._glances < _MOST_GLANCES:
            self._glances += 1
            return
        self._seen, self._glances = None, 0
        if file_identity(self._path) != self.file:
            raise NotABook(self._place, "the file was removed or replaced")
        if file_identity(self._log) != self.log:
            raise NotABook(self._place, "its log was removed or replaced")
        if now is not None and _is_settled(now[-1]):
            self._seen = now


def _is_settled(changed: int) -> bool:
    """Whether a change made now would get a later time than this one, in nanoseconds.

    Some file systems record only whole seconds: there the answer is always no.
    """
    return changed % _SECOND != 0 and time.time_ns() - changed > _TICK
