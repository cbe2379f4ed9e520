"""How far a long command is: a bar on standard error, if that is a terminal, from the second second on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from time import monotonic
from typing import Any, Final

import click

from bankcore.tables import visible

__all__ = ["Passing", "Tell", "is_on_screen", "is_terminal", "shown"]

Tell = Callable[..., None]  # how much more is done, and what comes next

_AFTER: Final = 1.0  # seconds before a bar is shown
_EVERY: Final = 0.1  # seconds from one change of it to the next
_shown: Final[list[Any]] = []  # the bars in use


def is_terminal() -> bool:
    """Whether a bar can be shown: standard error is a terminal that goes back to the beginning of a line."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def is_on_screen() -> bool:
    """Whether a bar is on the screen now, so that the cursor is in the middle of a line."""
    return any(not bar.hidden for bar in _shown)


@contextmanager
def shown(label: str, length: int | None, *, quiet: bool = False) -> Iterator[Tell]:
    """What is to be called with the number of things done; it shows a bar, unless it is `quiet`.

    `length` is the number of all things, where it is known.
    """
    if quiet or not is_terminal():
        yield lambda more=1, what=None: None
        return
    settings: dict[str, Any] = {"show_pos": True, "item_show_func": lambda what: what}
    with click.progressbar(length=length or 0, label=label, file=sys.stderr, hidden=True, **settings) as bar:
        _shown.append(bar)
        due, left = monotonic() + _AFTER, 0

        def tell(more: int = 1, what: str | None = None) -> None:
            nonlocal due, left
            left += more
            if (now := monotonic()) >= due:
                bar.hidden = False
                bar.current_item = what
                bar.update(left)
                bar.render_progress()  # which `update` does not where nothing more is done
                due, left = now + _EVERY, 0

        try:
            yield tell
            if not bar.hidden:
                bar.update(left)
        finally:
            _shown.remove(bar)


class Passing:
    """Days that pass, with a bar for them and the number of steps of the present day."""

    def __init__(self) -> None:
        self._tell: Tell | None = None
        self._day = ""
        self._steps = 0

    def days(self, days: Iterable[date]) -> Iterator[date]:
        """The days, one by one."""
        every = list(days)
        with shown("days", len(every)) as self._tell:
            for day in every:
                self._day, self._steps = str(day), 0
                self._tell(0, self._day)
                yield day
                self._tell(1)

    def step(self, name: str) -> None:
        """A step of the present day is done."""
        self._steps += 1
        if self._tell is not None:
            self._tell(0, f"{self._day}, step {self._steps}: {visible(name)}")
