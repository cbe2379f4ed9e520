"""Waiting for a lock: how long, who has it, and who is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from attrs import frozen

from bankcore.errors import BadTimeout, StoreLocked

__all__ = ["FIRST", "LONGEST", "OnWait", "Patience", "Wait", "Watch", "age_of", "writer_of"]

FIRST: Final = 1  # second that passes before anybody is told
LONGEST: Final = 86_400  # seconds that anybody may want to wait

_LOCKS: Final = Path("/proc/locks")
_PROCESSES: Final = Path("/proc")
_WRITE_LOCK: Final = (
    120  # the byte of the index of SQLite's log that a writer locks (sqlite.org/walformat.html)
)
_STEPS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@frozen
class Wait:
    """A wait for a store that has lasted a second.

    `place` is the store, `reason` says who is writing as far as that is known, and `timeout` for how many
    seconds it is waited in all.

    >>> print(Wait("mall.db", "process 4711 (bankcore, started 2 hours ago, stopped) is writing", 30))
    waiting up to 30 seconds for mall.db: process 4711 (bankcore, started 2 hours ago, stopped) is writing
    """

    place: str
    reason: str
    timeout: float

    def __str__(self) -> str:
        return f"waiting up to {self.timeout} seconds for {self.place}: {self.reason}"


OnWait = Callable[[Wait], object]


class Patience:
    """How long a store waits for a lock, in seconds, and who is told after the first of them.

    `writer` says who is writing.  Raises BadTimeout for less than 0 or more than a day.
    """

    def __init__(
        self,
        place: str,
        timeout: float,
        on_wait: OnWait | None = None,
        writer: Callable[[], str] = lambda: "another process",
    ) -> None:
        if not 0 <= timeout <= LONGEST:  # nor a number that is none
            raise BadTimeout(timeout, LONGEST)
        self.place = place
        self.timeout = timeout
        self.on_wait = on_wait
        self._first = min(timeout, FIRST)
        self._writer = writer

    def tell(self, reason: str = "") -> None:
        """Say for what it is waited, if anybody listens."""
        if self.on_wait is not None:
            said = reason or f"{self._writer()} is writing"
            self.on_wait(Wait(self.place, said, self.timeout))

    def over(self) -> StoreLocked:
        """The error at the end of it."""
        return self._locked(self._writer())

    def _locked(self, writer: str) -> StoreLocked:
        return StoreLocked(self.place, f"{writer} is writing (waited {self.timeout} seconds)")

    def acquire(self, lock: threading.Lock) -> None:
        """Take a lock that another thread may have; raises StoreLocked."""
        if lock.acquire(timeout=self._first):
            return
        if (left := self.timeout - self._first) > 0:
            self.tell("another thread is writing")
            if lock.acquire(timeout=left):
                return
        raise self._locked("another thread")


class Watch:
    """Calls `tell` once where what is done inside lasts a second; what is done is one thing at a time.

    `tell` gets whether it is over by now.  One thread serves for all that is done in succession, so that a
    commit does not pay for a thread of its own; it ends once nothing was done for a second.
    """

    def __init__(self, tell: Callable[[Callable[[], bool]], object]) -> None:
        self._call = tell
        self._lock = threading.Lock()
        self._number = 0  # of the thing that is done, or was done last
        self._due: float | None = None  # when it will have lasted a second; None where nothing is done
        self._serves = False

    def __enter__(self) -> None:
        with self._lock:
            self._number += 1
            self._due = monotonic() + FIRST
            if not self._serves:
                self._serves = True
                threading.Thread(target=self._serve, name="bankcore-watch", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._due = None

    def _serve(self) -> None:
        seen = told = 0
        while True:
            with self._lock:
                number, due = self._number, self._due
                if due is None and number == seen:
                    self._serves = False
                    return
            seen, left = number, FIRST if due is None or number == told else due - monotonic()
            if left > 0:
                sleep(left)
                continue
            told = number
            try:
                self._call(partial(self._is_over, number))
            except BaseException:
                with self._lock:
                    self._serves = False  # the next one gets another thread
                raise

    def _is_over(self, number: int) -> bool:
        with self._lock:
            return self._due is None or self._number != number


def writer_of(file: Path) -> str:
    """Who is writing a SQLite file, as far as the system tells (Linux): a process, its name and its age.

    Nothing is opened: closing a descriptor of our own would drop the locks of this process.
    """
    pid = next(_writers(file), 0)
    if pid == os.getpid():
        return "this process, by another store,"
    return "another process" if pid <= 0 else f"process {pid}{_described(pid)}"


def _writers(file: Path) -> Iterator[int]:
    """The processes with a lock for writing on the index of a file's log, or else on the file."""
    with suppress(OSError, ValueError):
        lines = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
        taken = [line[-4:] for line in lines if "->" not in line and "WRITE" in line]
        for path, byte in ((f"{file}-shm", _WRITE_LOCK), (f"{file}-shm", None), (file, None)):
            inode = str(os.stat(path).st_ino)
            for pid, place, first, last in taken:
                covers = byte is None or (int(first) <= byte and (last == "EOF" or byte <= int(last)))
                if place.rpartition(":")[2] == inode and covers:
                    yield int(pid)


def _described(pid: int) -> str:
    """Name, age and state of a process, in brackets; empty where it has ended or is hidden."""
    try:
        name, _, rest = (_PROCESSES / str(pid) / "stat").read_text(errors="replace").rpartition(")")
        state, *fields = rest.split()
        up = (_PROCESSES / "uptime").read_text(encoding="ascii").partition(".")[0]
        age = int(up) - int(fields[18]) // os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return ""
    stopped = ", stopped" if state in ("T", "t") else ""
    return f" ({name.partition('(')[2]}, started {age_of(age)} ago{stopped})"


def age_of(seconds: int) -> str:
    """A time in its largest unit.

    >>> age_of(0), age_of(1), age_of(150), age_of(90_000)
    ('0 seconds', '1 second', '2 minutes', '1 day')
    """
    size, word = next((it for it in _STEPS if seconds >= it[0]), _STEPS[-1])
    number = max(seconds, 0) // size
    return f"{number} {word}{'' if number == 1 else 's'}"
