"""Checkpoints under the write lock, where those of SQLite itself are not safe.

The WAL-reset fault needs a commit that begins the log anew while a checkpoint runs.  Nobody can commit
while we hold the write lock, in whatever process and with whatever version of SQLite: so SQLite makes no
checkpoint after a commit, and the store makes one now and then at the beginning of a write transaction,
by another connection.  The last checkpoint, at the close of the last connection, is made by SQLite under
an exclusive lock on the file, which keeps all others out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.stores.connection import Connection

__all__ = ["Guard"]

_COMMITS: Final = 64  # from one checkpoint to the next, of some ten pages each
_GROWTH: Final = 4 * 1024 * 1024  # bytes of log; SQLite's own measure is 1,000 pages


class Guard:
    """The checkpoints of one store; `connect` opens a connection for them, at the first one."""

    def __init__(self, connect: Callable[[], Connection], every: int = _COMMITS) -> None:
        self.every = every
        self._connect = connect
        self._connection: Connection | None = None
        self._left = every
        self._largest = _GROWTH

    def pass_by(self, size: int) -> None:
        """A write transaction has begun, and the log has `size` bytes: make a checkpoint if one is due.

        What hinders it, such as a full disk, is no fault of the transaction, and is met again.
        """
        self._left -= 1
        if self._left <= 0 or size > self._largest:
            self._left, self._largest = self.every, size + _GROWTH
            with suppress(BankcoreError):
                self.checkpoint()

    def checkpoint(self) -> None:
        """Move what the log holds into the file, as far as no reader needs it; the caller holds the lock."""
        if self._connection is None:
            self._connection = self._connect()
        self._connection.rows("PRAGMA wal_checkpoint(PASSIVE)")
