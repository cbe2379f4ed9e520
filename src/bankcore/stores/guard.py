"""Checkpoints under the write lock, where those of SQLite itself are not safe.

The WAL-reset fault needs a commit that restarts the log while a checkpoint runs.  No process with any
version of SQLite can commit while we hold the write lock: so SQLite's own checkpoints after commits are
turned off, and the store makes one from time to time before a write transaction, by another connection, in
a transaction that only holds the lock.  The next commit may restart the log.  The last checkpoint, at the
close of the last connection, is made by SQLite under an exclusive lock on the file, which keeps all others
out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from bankcore.errors import BankcoreError, StoreLocked
from bankcore.stores.connection import Connection

__all__ = ["Guard"]

_LOG: Final = logging.getLogger("bankcore.stores.sqlite")

# From one checkpoint to the next; SQLite's own interval is 1,000 pages of log, which cannot be queried.
_COMMITS: Final = 64
_ROWS: Final = 4_000


class Guard:
    """The checkpoints of one store; `connect` opens a connection for them, at the first one."""

    def __init__(self, connect: Callable[[], Connection], every: int = _COMMITS) -> None:
        self.every = every
        self._connect = connect
        self._connection: Connection | None = None
        self._left = every
        self._rows = 0

    def pass_by(self, writer: Connection) -> None:
        """Called before a write transaction: make a checkpoint first if one is due.

        A failure, such as a full disk, does not concern the transaction; the checkpoint is tried again later.
        """
        self._left -= 1
        rows = writer.changes()
        if self._left <= 0 or rows - self._rows > _ROWS:
            self._left, self._rows = self.every, rows
            try:
                with writer:
                    self.checkpoint()
            except StoreLocked:  # as the transaction would be
                raise
            except BankcoreError as error:
                _LOG.warning(
                    "a checkpoint of %s failed, and is tried again later: %s", writer.place, error.code
                )

    def checkpoint(self) -> None:
        """Move the log into the file, as far as no reader needs it; the caller holds the lock."""
        if self._connection is None:
            self._connection = self._connect()
        self._connection.rows("PRAGMA wal_checkpoint(PASSIVE)")
