"""Telling an observer what became of a round of requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bankcore.errors import BankcoreError
from bankcore.ledger.observing import Commit, Observer, Refused
from bankcore.ledger.posting.queue import Request

__all__ = ["Told", "commands", "refusals"]

_LOG: Final = logging.getLogger("bankcore.ledger")


def refusals(
    requests: Sequence[Request[Any]],
) -> Iterator[tuple[BankcoreError, Mapping[str, Any] | None]]:
    """The refusals among the outcomes of some requests, those of single transactions of many included,
    each with what was asked.
    """
    for request in requests:
        if isinstance(request.error, BankcoreError):
            yield request.error, request.about
        elif type(request.result) is list:  # verdicts
            yield from ((it, None) for it in request.result if isinstance(it, BankcoreError))


def commands(about: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The names of the commands that an operation was asked for, as a bank writes them into its request.

    >>> commands({"command": "current.cash-in", "party": "li"}), commands({"open": []})
    (('current.cash-in',), ())
    """
    several: object = [] if about is None else about.get("commands", [about])
    if not isinstance(several, list):  # a request of the caller's own, for all that is known
        return ()
    found = (it.get("command") for it in several if isinstance(it, Mapping))
    return tuple(it for it in found if isinstance(it, str))


def _wrote(request: Request[Any]) -> bool:
    """Whether an operation wrote something of its own, and was not merely given again."""
    return request.error is None and not all(receipt.replayed for receipt in request.result or ())


class Told:
    """An observer and the timer of a ledger; what a hook raises is logged and stops nothing."""

    def __init__(self, book: str, observer: Observer, timer: Callable[[], int] | None) -> None:
        self._book = book
        self._observer = observer
        self._timer = timer

    def time(self) -> int | None:
        """The timer's nanoseconds."""
        return None if self._timer is None else self._timer()

    def tell(
        self,
        written: tuple[int, int] | None,
        posted: int,
        requests: Sequence[Request[Any]],
        times: tuple[int | None, int | None],
    ) -> None:
        """Tell of a commit, if anything was written, and of the refusals.

        `times` are those at which the round began and at which it had the write lock.
        """
        now, refused = self.time(), tuple(refusals(requests))
        if written is not None:
            began, locked = times
            took = None if now is None or began is None else now - began
            waited = None if locked is None or began is None else locked - began
            failed = sum(request.error is not None for request in requests)
            done = tuple(
                it
                for each in requests
                if each.about is not None and _wrote(each)
                for it in commands(each.about)
            )
            commit = Commit(self._book, *written, len(requests), failed, took, done, posted, waited)
            self._call(self._observer.on_commit, commit)
        for error, about in refused:
            self.refused(error, commands(about))

    def refused(self, error: BankcoreError, names: Sequence[str] = ()) -> None:
        """Tell of a refusal of some commands."""
        self._call(self._observer.on_refusal, Refused(self._book, error, tuple(names)))

    def _call(self, hook: Callable[[Any], None], event: Commit | Refused) -> None:
        try:
            hook(event)
        except Exception:
            _LOG.exception("book %s: a hook failed; what was committed stays", self._book)
