"""Forks: a store belongs to the process that opened it.

A connection of SQLite must not be used in two processes, and a child that merely keeps an inherited one gets
no lock of its own on a file that it opens again: SQLite counts the locks of a file for the whole process,
and assumes that it has them.  So no thread may be inside SQLite while the process forks, and the child first
closes what it inherited; the parent still has the file open, so this does not affect the file.  A
connection that was writing at that moment cannot be closed; it is left alone, and the child cannot open
its file.
"""

from __future__ import annotations

import os
import time
from typing import Final, Protocol
from weakref import WeakSet

from bankcore.errors import UsedAfterFork

__all__ = ["Inheritable", "Owner", "Place", "refuse_inherited", "watch"]

Place = tuple[int, int] | None  # device and inode of a file

_PATIENCE: Final = 5  # seconds that a fork waits for other threads to leave SQLite


class Inheritable(Protocol):
    """A resource that a child inherits and must not use."""

    serial: int  # the order in which they are locked

    def hold(self, seconds: float) -> bool:
        """Keep every other thread out of it; returns whether this succeeded."""
        ...

    def resume(self) -> None: ...

    def disown(self, *, held: bool) -> Place:
        """Become unusable in the child; returns the file if it must not be opened there."""
        ...


_open: Final[WeakSet[Inheritable]] = WeakSet()
_held: Final[list[tuple[Inheritable, bool]]] = []
_closed_to_us: Final[set[Place]] = set()


def watch(inheritable: Inheritable) -> None:
    """From now on, handle it when the process forks."""
    _open.add(inheritable)


def refuse_inherited(place: str, file: Place) -> None:
    """Raise UsedAfterFork for a file that was being written while this process was forked."""
    if file in _closed_to_us:
        raise UsedAfterFork(place, "it was being written at that time: start this process without a fork")


def _before() -> None:
    end = time.monotonic() + _PATIENCE
    for one in sorted(_open, key=lambda one: one.serial):
        _held.append((one, one.hold(max(end - time.monotonic(), 0))))


def _in_parent() -> None:
    while _held:
        one, held = _held.pop()
        if held:
            one.resume()


def _in_child() -> None:
    while _held:
        one, held = _held.pop()
        if (file := one.disown(held=held)) is not None:
            _closed_to_us.add(file)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)


class Owner:
    """The process that made a store without files."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._pid = os.getpid()

    def check(self) -> None:
        """Raise UsedAfterFork in a child of that process."""
        if os.getpid() != self._pid:
            raise UsedAfterFork(self._place, "make a new one in this process")
