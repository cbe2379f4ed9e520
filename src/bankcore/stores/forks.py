"""Forks: a store belongs to the process that opened it.

A connection of SQLite does not live in two processes, and a child that merely keeps an inherited one
gets no lock of its own on a file that it opens anew: SQLite counts the locks of a file for the whole
process, and believes that it has them.  So nobody is inside SQLite while the process forks, and the
child closes what it inherited before anything else; the parent, which still has the file open, keeps
that from having any effect on the file.  What cannot be closed, because something was just being
written through it, is left alone, and its file stays closed to the child.
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
    """What a child inherits and must not use."""

    serial: int  # in the order of which they are held

    def hold(self, seconds: float) -> bool:
        """Keep every other thread out of it; gives whether that could be had."""
        ...

    def let_go(self) -> None: ...

    def disown(self, *, held: bool) -> Place:
        """Become unusable, in the child; gives the file if it must not be opened there."""
        ...


_open: Final[WeakSet[Inheritable]] = WeakSet()
_held: Final[list[tuple[Inheritable, bool]]] = []
_closed_to_us: Final[set[Place]] = set()


def watch(inheritable: Inheritable) -> None:
    """From now on, mind it when the process forks."""
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
            one.let_go()


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
            raise UsedAfterFork(self._place, "make it anew in this process")
