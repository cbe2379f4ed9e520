"""The queue of requests: one commit for all that wait, each with an outcome of its own.

A caller that finds nobody writing leads: it commits for itself and for all that arrived meanwhile, then
hands over to the first that arrived after that.  A request that nobody waits for (`submit`) is served by
a thread of the queue's own, which leads in the same way.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures._base import FINISHED, PENDING
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar

from attrs import define

from bankcore.errors import BadTransaction, LedgerClosed, WriterBusy
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.transactions import Transaction

__all__ = ["CommitQueue", "Request"]

T = TypeVar("T")

_MOST_AT_ONCE: Final = 1_000  # requests in one commit
_LINGER: Final = timedelta(microseconds=500)  # wait for as many as the last commit served: they often return


def _held() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


class Promise(Future[T]):
    """A future whose request cannot be cancelled.

    A plain `Future` has its own condition, its most expensive part.  Those of one queue share `told`, so
    that many are notified at once; a waiting thread wakes with the others, and checks its own again.
    """

    def __init__(self, told: threading.Condition) -> None:
        self._condition = told
        self._state = PENDING
        self._result: T | None = None
        self._exception: BaseException | None = None
        self._waiters: list[Any] = []
        self._done_callbacks: list[Callable[[Future[T]], Any]] = []

    def cancel(self) -> bool:
        return False

    def result(self, timeout: float | None = None) -> T:
        if self._state == FINISHED and self._exception is None:
            return self._result  # type: ignore[return-value]
        self._wait(timeout)
        return super().result(0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._wait(timeout)
        return super().exception(0)

    def _wait(self, timeout: float | None) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._state == FINISHED, timeout)

    def keep(self, result: T | None, error: BaseException | None) -> None:
        """Store the outcome; the caller holds `told`, and notifies."""
        self._result, self._exception, self._state = result, error, FINISHED
        for waiter in self._waiters:
            (waiter.add_result if error is None else waiter.add_exception)(self)

    def call_back(self) -> None:
        """Run the callbacks registered before the outcome was known."""
        if self._done_callbacks:
            self._invoke_callbacks()  # type: ignore[attr-defined]


@define(eq=False)
class Request(Generic[T]):
    """A request to a batch, and its outcome.

    `transactions` are those known before the batch decides, and `keys` the key of an operation, so that
    all keys are looked up together.  `about` is what an operation was asked, for the observer.
    """

    decide: Callable[[Batch], T]
    transactions: Sequence[Transaction] = ()
    keys: Sequence[str] = ()
    about: Mapping[str, Any] | None = None
    result: T | None = None
    error: BaseException | None = None
    done: bool = False
    future: Promise[T] | None = None
    wakes: threading.Lock | None = None  # of a waiting caller: released when it is done, or has to lead

    def settle(self) -> None:
        """Tell the waiting caller the outcome."""
        self.done = True
        if self.future is None:
            self.wakes.release()  # type: ignore[union-attr]  # made on entering
        else:
            self.future.keep(self.result, self.error)

    def outcome(self) -> T:
        """The result; raises the error."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]


class CommitQueue:
    """Requests that wait for `commit`, which writes several together and records their outcomes.

    At most `most_waiting` requests wait; a further caller is blocked for `patience` seconds at most.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Request[Any]]], None],
        check_owner: Callable[[], None],
        book: str,
        most_waiting: int,
        patience: float,
    ) -> None:
        self._commit = commit
        self._check_owner = check_owner  # a forked child has neither the threads nor the locks of its parent
        self._book = book
        self._most_waiting = most_waiting
        self._patience = patience
        self._waiting: deque[Request[Any]] = deque()
        self._mutex = threading.Lock()
        self._room = threading.Condition(self._mutex)
        self._idle = threading.Condition(self._mutex)
        self._called = threading.Condition(self._mutex)
        self._gathered = threading.Condition(self._mutex)
        self.told = threading.Condition()  # of all futures
        self._expected = 1  # the number of requests in the last commit
        self._gathering = False
        self._leading = False  # somebody leads, or has been woken to lead
        self._leader: int | None = None  # the thread that commits at this moment
        self._thread: threading.Thread | None = None
        self._thread_leads = False
        self._closed = False

    def run(self, request: Request[T]) -> T:
        """Wait until the request is committed; raises its refusal, LedgerClosed, WriterBusy."""
        self._check_owner()
        with self._mutex:
            alone = not (self._leading or self._closed or self._expected > 1)
            if alone:  # nobody else waits or is expected: no need to line up
                self._leading, self._leader = True, threading.get_ident()
        if not alone:
            return self._run_with_others(request)
        try:
            self._commit((request,))
        finally:
            with self._mutex:
                self._leader, self._leading = None, False
                if self._waiting or self._closed:
                    self._wake_next()
        if request.error is not None:
            raise request.error
        return request.result  # type: ignore[return-value]

    def _run_with_others(self, request: Request[T]) -> T:
        try:
            with self._mutex:
                leads = self._enter(request)
            if not leads:
                request.wakes.acquire()  # type: ignore[union-attr]  # made on entering
            if not request.done:
                self._lead(request)
        except BaseException:  # even an interrupt must not leave the others waiting for this one to lead
            self._leave(request)
            raise
        return request.outcome()

    def submit(self, request: Request[T], patience: float | None = None) -> Future[T]:
        """Leave the request to the queue's thread; raises LedgerClosed, WriterBusy."""
        self._check_owner()
        request.future = future = Promise[T](self.told)
        with self._mutex:
            if self._enter(request, patience):
                self._call_thread()
        return future

    def close(self) -> None:
        """Accept no more requests, write all that wait, and end the thread."""
        self._check_owner()
        with self._mutex:
            self._check_outside()
            self._closed = True
            while self._leading:
                self._idle.wait()
            self._room.notify_all()
            self._called.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _enter(self, request: Request[Any], patience: float | None = None) -> bool:
        """Line up; returns whether the caller must lead."""
        self._check_outside()
        if len(self._waiting) >= self._most_waiting and not self._room.wait_for(
            self._has_room, self._patience if patience is None else patience
        ):
            raise WriterBusy(len(self._waiting))
        self.check_open()
        self._waiting.append(request)
        if self._gathering and len(self._waiting) >= self._expected:
            self._gathered.notify()
        leads = not self._leading
        self._leading = True
        if not leads and request.future is None and request.wakes is None:
            request.wakes = _held()
        return leads

    def check_open(self) -> None:
        """Raise LedgerClosed once the queue is closed."""
        if self._closed:
            raise LedgerClosed(self._book)

    def _check_outside(self) -> None:
        if threading.get_ident() == self._leader:
            raise BadTransaction("rule", "a rule inside a commit cannot wait for another commit")

    def _leave(self, request: Request[Any]) -> None:
        """Withdraw a request not yet taken up, and wake the next one where this one was to lead."""
        with self._mutex:
            if request in self._waiting:
                leads = self._leader is None and self._waiting[0] is request
                self._waiting.remove(request)
                self._room.notify_all()
                if leads:
                    self._wake_next()

    def _has_room(self) -> bool:
        return self._closed or len(self._waiting) < self._most_waiting

    def _is_gathered(self) -> bool:
        return self._closed or len(self._waiting) >= self._expected

    def _lead(self, own: Request[Any] | None) -> None:
        """Commit for some of the waiting requests, and hand over."""
        some: list[Request[Any]] = []
        committed = False
        try:
            with self._mutex:
                self._gathering = True
                self._gathered.wait_for(self._is_gathered, _LINGER.total_seconds())
                self._gathering = False
                self._leader = threading.get_ident()
                while self._waiting and len(some) < _MOST_AT_ONCE:
                    some.append(self._waiting.popleft())
                self._expected = len(some)
                self._room.notify_all()
            self._commit(some)
            committed = True
        finally:
            self._leader = None  # a caller told now may submit more
            try:
                self._settle([request for request in some if committed or request is own], own)
            finally:
                self._hand_over([] if committed else [r for r in some if r is not own])

    def _settle(self, requests: Sequence[Request[Any]], own: Request[Any] | None) -> None:
        """Tell all of them; an interrupt while telling one does not keep the others from being told."""
        interrupt: BaseException | None = None
        promises = [request.future for request in requests if request.future is not None]
        with self.told:
            for request in requests:
                try:
                    if request is not own:
                        request.settle()
                except BaseException as error:
                    interrupt = error
            self.told.notify_all()
        for promise in promises:
            try:
                promise.call_back()
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def _hand_over(self, unserved: Sequence[Request[Any]]) -> None:
        """Wake the first waiting caller to lead; those left out by an interrupted commit come first."""
        with self._mutex:
            self._leader, self._gathering = None, False
            self._waiting.extendleft(reversed(unserved))
            self._wake_next()

    def _wake_next(self) -> None:
        if not self._waiting:
            self._leading = False
            self._idle.notify_all()
            return
        self._leading = True
        if (wakes := self._waiting[0].wakes) is not None:
            wakes.release()
        else:
            self._call_thread()

    def _call_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=f"bankcore {self._book}", daemon=True)
            self._thread.start()
        self._thread_leads = True
        self._called.notify()

    def _serve(self) -> None:
        while True:
            with self._mutex:
                self._called.wait_for(lambda: self._thread_leads or self._closed)
                if not self._thread_leads:
                    return
                self._thread_leads = False
            self._lead(None)
