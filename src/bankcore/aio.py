"""The ledger and the bank for asyncio: the same requests, receipts and refusals, awaited.

Requests are handed to the ledger's own queue, so any number of tasks share its commits; reading, and requests
made of several steps, run in a few threads.  What an awaited call does, and what it raises, is what the
method of the same name does on `Ledger` or `Bank`.

A task that is cancelled while it waits takes nothing back: the request is carried out whole, or refused
whole, and asking again under the same key tells which.

>>> import asyncio
>>> from datetime import date
>>> from bankcore import Bank, MemoryStore
>>> from bankcore.products.parties import RegisterParty
>>> async def register(parties):
...     async with AsyncBank(Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))) as bank:
...         await asyncio.gather(*(bank.handle(RegisterParty(it), key=it) for it in parties))
...         return [entry.number async for entry in bank.feed().entries()]
>>> asyncio.run(register(["li", "wang", "zhao"]))
[1, 2, 3]
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from functools import partial, wraps
from itertools import islice
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar, overload

from bankcore.bank import Bank, DayClose, OnStep, Progress
from bankcore.errors import InvariantBroken, LedgerClosed, WriterBusy
from bankcore.feed import Feed, Notice, notices_of
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader, Store
from bankcore.ledger.rules import Rule
from bankcore.ledger.transactions import Entry, Hold, Receipt, Transaction
from bankcore.product.actor import Actor

__all__ = ["AsyncBank", "AsyncFeed", "AsyncLedger"]

P = ParamSpec("P")
T = TypeVar("T")

_PAGE: Final = 100  # entries that a feed reads at once


def _of_ledger(
    method: Callable[Concatenate[Ledger, P], T],
) -> Callable[Concatenate[AsyncLedger, P], Coroutine[Any, Any, T]]:
    """A method of the ledger, run in a thread."""

    @wraps(method)
    async def run(self: AsyncLedger, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(partial(method, self.ledger, *args, **kwargs))

    return run


def _of_bank(
    method: Callable[Concatenate[Bank, P], T],
) -> Callable[Concatenate[AsyncBank, P], Coroutine[Any, Any, T]]:
    """A method of the bank, run in a thread."""

    @wraps(method)
    async def run(self: AsyncBank, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.ledger.run(partial(method, self.bank, *args, **kwargs))

    return run


class AsyncLedger:
    """A `Ledger` to await.  `threads` is how many threads read, and carry out requests of several steps.

    It may be used by one event loop after the other.  As a context manager it closes the ledger, and not
    the store.  After that, every call raises LedgerClosed; in a child of the process, UsedAfterFork.

    >>> from bankcore import MemoryStore, trial_balance
    >>> async def balanced():
    ...     bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    ...     async with AsyncLedger(bank.ledger) as ledger:
    ...         return (await ledger.read(trial_balance)).balanced
    >>> asyncio.run(balanced())
    True
    """

    def __init__(self, ledger: Ledger, *, threads: int = 8) -> None:
        self.ledger = ledger
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"bankcore {ledger.book.name}")
        self._closed = False

    async def post(self, transaction: Transaction) -> Receipt:
        """As `Ledger.post`: write one transaction; its receipt after the commit, or its refusal raised."""
        return await self.submitted(partial(self.ledger.submit, transaction))

    async def execute(
        self, key: str, request: Mapping[str, Any], *rules: Rule, actor: str = ""
    ) -> tuple[Receipt, ...]:
        """As `Ledger.execute`: run rules and write what they return together, once under the key."""
        return await self.submitted(partial(self.ledger.submit_rules, key, request, *rules, actor=actor))

    post_many = _of_ledger(Ledger.post_many)
    preview = _of_ledger(Ledger.preview)
    open = _of_ledger(Ledger.open)
    close_account = _of_ledger(Ledger.close_account)
    limit = _of_ledger(Ledger.limit)
    bring_forward = _of_ledger(Ledger.bring_forward)
    close_period = _of_ledger(Ledger.close_period)
    finish_erasure = _of_ledger(Ledger.finish_erasure)
    reverse = _of_ledger(Ledger.reverse)
    correct = _of_ledger(Ledger.correct)
    capture = _of_ledger(Ledger.capture)
    release = _of_ledger(Ledger.release)
    balance = _of_ledger(Ledger.balance)
    entry = _of_ledger(Ledger.entry)

    async def change(
        self, path: AccountPath, *, key: str, reason: str, actor: str = "", **fields: Any
    ) -> Receipt:
        """As `Ledger.change`: change an account's limits, status, party or details, with the reason."""
        return await self.run(
            partial(self.ledger.change, path, key=key, reason=reason, actor=actor, **fields)
        )

    async def holds(self, root: str = "", *, live: bool = True) -> list[Hold]:
        """As `Ledger.holds`: the holds on accounts at and below `root`, the live ones or all."""
        return await self.run(lambda: list(self.ledger.holds(root, live=live)))

    @overload
    async def read(
        self, report: Callable[Concatenate[Reader, P], Iterator[T]], *args: P.args, **kwargs: P.kwargs
    ) -> list[T]: ...

    @overload
    async def read(
        self, report: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    async def read(self, report: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a report of a reader gives, such as `await ledger.read(statement, "bank:cash")`.

        An iterator, such as that of `balances`, is given as a list.
        """

        def read() -> Any:
            with self.ledger.reader as reader:
                found = report(reader, *args, **kwargs)
                return list(found) if isinstance(found, Iterator) else found

        return await self.run(read)

    def feed(self, consumer: str = "", *, after: int = 0) -> AsyncFeed:
        """The feed of the book; see `AsyncFeed`."""
        return AsyncFeed(self, consumer, after=after)

    async def run(self, call: Callable[[], T]) -> T:
        """What a function gives that is called in one of the threads.

        One that has begun goes on to its end, though the task that awaits it is cancelled.
        """
        self._check()
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: context.run(call))

    async def submitted(self, submit: Callable[..., Future[T]]) -> T:
        """The outcome of a request that `submit` hands in; the event loop is never blocked meanwhile.

        Raises WriterBusy where the queue stays full for the ledger's patience, and what the request raises.
        """
        self._check()
        try:
            future = submit(patience=0)
        except WriterBusy:
            future = await self.run(submit)
        return await asyncio.wrap_future(future)

    def _check(self) -> None:
        self.ledger.store.check_owner()  # a child has none of the threads, and would wait for ever
        if self._closed:
            raise LedgerClosed(self.ledger.book.name)

    async def close(self) -> None:
        """Write everything handed in, then accept nothing more; may be called more than once."""
        self.ledger.store.check_owner()
        if self._closed:
            return
        self._closed = True
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self.ledger.close)
        finally:
            self._pool.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class AsyncBank:
    """A `Bank` to await, by the threads of its AsyncLedger, `ledger`.

    As a context manager it closes the bank, and not the store.  After that, every call raises LedgerClosed.
    """

    def __init__(self, bank: Bank, *, threads: int = 8) -> None:
        self.bank = bank
        self.ledger = AsyncLedger(bank.ledger, threads=threads)

    @classmethod
    async def create(cls, store: Store, *, threads: int = 8, **settings: Any) -> Self:
        """As `Bank.create`: a bank on a new book of the store."""
        return cls(await asyncio.to_thread(partial(Bank.create, store, **settings)), threads=threads)

    @classmethod
    async def open(cls, store: Store, *, threads: int = 8, **settings: Any) -> Self:
        """As `Bank.open`: the bank on a book that is already in the store."""
        return cls(await asyncio.to_thread(partial(Bank.open, store, **settings)), threads=threads)

    async def handle(self, command: Any, key: str, actor: Actor | None = None) -> tuple[Receipt, ...]:
        """As `Bank.handle`: carry out a command of a product, all of it or nothing."""
        return await self.ledger.submitted(partial(self.bank.submit, command, key, actor))

    async def handle_all(
        self, commands: Sequence[Any], key: str, actor: Actor | None = None
    ) -> tuple[Receipt, ...]:
        """As `Bank.handle_all`: carry out several commands in order, all of them or nothing."""
        request, rules, by = self.bank.asked(commands, key, actor, together=True)
        return await self.ledger.execute(key, request, *rules, actor=by)

    preview = _of_bank(Bank.preview)
    preview_all = _of_bank(Bank.preview_all)
    open_days = _of_bank(Bank.open_days)
    preview_close = _of_bank(Bank.preview_close)
    amount = _of_bank(Bank.amount)
    report = _of_bank(Bank.report)
    unfit = _of_bank(Bank.unfit)
    upgrade = _of_bank(Bank.upgrade)

    async def today(self) -> date:
        """As `Bank.today`: the business date."""
        return await self.ledger.run(lambda: self.bank.today)

    async def close_day(
        self, on: date, *, ahead: bool = False, progress: Progress = iter, on_step: OnStep = str
    ) -> DayClose:
        """As `Bank.close_day`: close every open day up to and including `on`.

        Where the task is cancelled, the day in progress is closed to its end and no other is begun.
        `progress` and `on_step` are called in a thread.
        """
        cancelled = False

        def days(given: Iterable[date]) -> Iterator[date]:
            for day in progress(given):
                if cancelled:
                    return
                yield day

        try:
            return await self.ledger.run(
                partial(self.bank.close_day, on, ahead=ahead, progress=days, on_step=on_step)
            )
        finally:
            cancelled = True

    async def broken_invariants(self) -> list[InvariantBroken]:
        """As `Bank.broken_invariants`: every violated invariant; none in a sound book."""
        return await self.ledger.run(lambda: list(self.bank.broken_invariants()))

    async def run(self, call: Callable[[Bank], T]) -> T:
        """What a function of the bank gives, called in a thread.

        For what has no method here, such as
        `await bank.run(lambda bank: bank.doors(actor).open([account], key=key))`.
        """
        return await self.ledger.run(partial(call, self.bank))

    def feed(self, consumer: str = "", *, after: int = 0) -> AsyncFeed:
        """The feed of the book; see `AsyncFeed`."""
        return self.ledger.feed(consumer, after=after)

    async def close(self) -> None:
        """Write everything handed in, then accept nothing more; may be called more than once."""
        await self.ledger.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class AsyncFeed:
    """A `Feed` to iterate over with `async for`; the positions of consumers are the same.

    With `follow` an iteration does not end: after the last item it looks for more every so many seconds.
    Raises BadConsumer as `Feed` does.

    >>> from bankcore import MemoryStore
    >>> async def position():
    ...     async with AsyncBank(Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))) as bank:
    ...         return await AsyncFeed(bank.ledger, "mailer").position()
    >>> asyncio.run(position())
    0
    """

    def __init__(self, ledger: AsyncLedger, consumer: str = "", *, after: int = 0) -> None:
        self._ledger = ledger
        self._feed = Feed(ledger.ledger, consumer, after=after)
        self._after = after
        self.consumer = consumer

    async def position(self) -> int:
        """As `Feed.position`: the number of the last transaction that the consumer has acknowledged."""
        return max(await self._ledger.run(lambda: self._feed.position), self._after)

    async def entries(self, *, follow: float | None = None) -> AsyncIterator[Entry]:
        """As `Feed.entries`: every transaction after the position, in order, without a gap."""
        after = await self.position()
        while True:
            page = await self._ledger.read(lambda reader, after: islice(reader.entries(after), _PAGE), after)
            for entry in page:
                yield entry
                after = entry.number
            if len(page) < _PAGE:
                if follow is None:
                    return
                await asyncio.sleep(follow)

    async def notices(
        self, topics: Collection[str] = (), *, follow: float | None = None
    ) -> AsyncIterator[Notice]:
        """As `Feed.notices`: every notice after the position, in order, or those of some topics."""
        async for entry in self.entries(follow=follow):
            for notice in notices_of(entry, topics):
                yield notice

    async def acknowledge(self, number: int) -> None:
        """As `Feed.acknowledge`: acknowledge everything through transaction `number`."""
        await self._ledger.run(lambda: self._feed.acknowledge(number))

    async def run(self, each: Callable[[Entry], Awaitable[object]], *, every: int = 100) -> int:
        """As `Feed.run`, with a coroutine function: do something with every transaction there is, and then
        go on after them; how many there were.
        """
        count = 0
        async for entry in self.entries():
            count += 1
            await each(entry)
            self._after = entry.number
            if count % every == 0:
                await self._keep()
        if count % every:
            await self._keep()
        return count

    async def _keep(self) -> None:
        if self.consumer:
            await self.acknowledge(self._after)
