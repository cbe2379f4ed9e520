"""The SQLite that this process uses: chosen once for every file, and checked for a known fault.

POSIX drops all locks that a process has on a file as soon as the process closes any descriptor of it.
SQLite allows for this in its own connections, but two copies of SQLite in one process do not know of each
other: code that opens a book in the same process by other means must use `driver`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from attrs import frozen

from bankcore.errors import UnknownName

if TYPE_CHECKING:
    import sqlite3 as driver
else:
    _chosen = os.environ.get("BANKCORE_SQLITE", "")
    if _chosen not in ("", "pysqlite3", "sqlite3"):
        raise UnknownName("BANKCORE_SQLITE", _chosen, "pysqlite3, sqlite3")
    try:
        if _chosen == "sqlite3":
            raise ImportError
        from pysqlite3 import dbapi2 as driver
    except ImportError:
        if _chosen == "pysqlite3":
            raise
        from sqlite3 import dbapi2 as driver

__all__ = ["ENGINE", "Engine", "driver", "is_sound"]

_FIXED: Final = (3, 51, 3)
_FIXED_BRANCHES: Final = {(3, 50): 7, (3, 44): 6}


@frozen
class Engine:
    """A driver with the version of the SQLite in it.

    `sound` says whether that SQLite is free of the WAL-reset fault (https://sqlite.org/wal.html): a
    checkpoint that runs while another connection commits may mistake the new log for the old one, and
    the commit is lost.  Where it is not sound, the store makes its own checkpoints (guard.py).
    """

    driver: str
    version: str
    sound: bool

    def __str__(self) -> str:
        return f"SQLite {self.version} ({self.driver})"


def is_sound(version: str) -> bool:
    """Whether a version of SQLite is free of the WAL-reset fault.

    >>> [is_sound(version) for version in ("3.40.1", "3.44.6", "3.50.6", "3.51.2", "3.51.3", "3.54.0")]
    [False, True, False, False, True, True]
    """
    major, minor, patch = (int(number) for number in version.split(".")[:3])
    least = _FIXED_BRANCHES.get((major, minor))
    return (major, minor, patch) >= _FIXED or (least is not None and patch >= least)


ENGINE: Final = Engine(
    driver.__name__.partition(".")[0], driver.sqlite_version, is_sound(driver.sqlite_version)
)
