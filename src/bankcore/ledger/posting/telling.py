"""Telling an observer what became of a round of requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from bankcore.errors import BankcoreError
from bankcore.ledger.observing import Commit, Observer, Refused
from bankcore.ledger.posting.queue import Request

__all__ = ["Told", "refusals"]

_LOG: Final = logging.getLogger("bankcore.ledger")


def refusals(requests: Sequence[Request[Any]]) -> Iterator[BankcoreError]:
    """The refusals among the outcomes of some requests, those of single transactions of many included."""
    for request in requests:
        if isinstance(request.error, BankcoreError):
            yield request.error
        elif type(request.result) is list:  # verdicts
            yield from (it for it in request.result if isinstance(it, BankcoreError))


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
        self, written: tuple[int, int] | None, requests: Sequence[Request[Any]], began: int | None
    ) -> None:
        """Tell of a commit, if anything was written, and of the refusals."""
        now, refused = self.time(), tuple(refusals(requests))
        if written is not None:
            took = None if now is None or began is None else now - began
            failed = sum(request.error is not None for request in requests)
            self._call(self._observer.on_commit, Commit(self._book, *written, len(requests), failed, took))
        for error in refused:
            self.refused(error)

    def refused(self, error: BankcoreError) -> None:
        """Tell of a refusal."""
        self._call(self._observer.on_refusal, Refused(self._book, error))

    def _call(self, hook: Callable[[Any], None], event: Commit | Refused) -> None:
        try:
            hook(event)
        except Exception:
            _LOG.exception("book %s: a hook failed; what was committed stays", self._book)
