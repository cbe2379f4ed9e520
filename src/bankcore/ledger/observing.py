"""Observing a ledger: hooks that are told of commits and refusals, for counters and durations.

>>> from bankcore.errors import UnknownAccount
>>> counters = Counters()
>>> counters.on_commit(Commit("main", first=1, last=3, requests=2, refused=0, nanoseconds=1_500_000))
>>> counters.on_refusal(Refused("main", UnknownAccount("bank:cash")))
>>> counters.commits, counters.transactions, dict(counters.refusals), counters.nanoseconds
(1, 3, {'unknown_account': 1}, 1500000)
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from attrs import define, field, frozen

from bankcore.errors import BankcoreError

__all__ = ["Commit", "Counters", "Observer", "Refused"]


@frozen
class Commit:
    """A commit that was made: the transactions `first` to `last` of a book, for some requests together.

    `refused` is how many requests of the same round were refused.  `nanoseconds` is how long the round
    took, from asking for the write lock to the end of the commit; None where the ledger has no timer.
    `commands` names the commands of products that wrote something, such as `current.cash-in`, each as often
    as it was given; one that was only given again under its key is not among them.  `postings` is how many
    there are in the transactions, and `waited` how many of the nanoseconds went by until the write lock.
    """

    book: str
    first: int
    last: int
    requests: int
    refused: int
    nanoseconds: int | None
    commands: tuple[str, ...] = ()
    postings: int = 0
    waited: int | None = None


@frozen
class Refused:
    """A request, or one transaction of many, that was refused; its `error` has the code and the fields.

    `commands` names the commands of products that it consisted of, such as `current.cash-in`; those that are
    refused together have one cause.
    """

    book: str
    error: BankcoreError
    commands: tuple[str, ...] = ()


class Observer(Protocol):
    """What a ledger or a bank is given as `observer`, to be told what happens.

    The hooks are called after the fact, before the callers get their receipts, by the thread that
    commits: while they run nobody else commits.  So they should only count, or put into a queue.  A hook that
    raises changes nothing: what was committed stays, the callers get their receipts, and the error is
    logged to `bankcore.ledger`.  Transactions that joined a caller's own are not told of.

    >>> class Loud:
    ...     def on_commit(self, commit: Commit) -> None:
    ...         print("transactions", commit.first, "to", commit.last)
    ...
    ...     def on_refusal(self, refused: Refused) -> None:
    ...         print("refused:", refused.error.code)
    >>> observer: Observer = Loud()
    >>> observer.on_commit(Commit("main", 1, 3, requests=2, refused=0, nanoseconds=None))
    transactions 1 to 3
    """

    def on_commit(self, commit: Commit) -> None:
        """Some transactions are durable."""
        ...

    def on_refusal(self, refused: Refused) -> None:
        """A request was refused; nothing of it was written."""
        ...


@define
class Counters:
    """An observer that counts, for one thread to read at any time.

    `refusals` counts by code; `nanoseconds` adds up the durations of commits.
    """

    commits: int = 0
    transactions: int = 0
    refusals: Counter[str] = field(factory=Counter)
    nanoseconds: int = 0

    def on_commit(self, commit: Commit) -> None:
        """Count a commit and its transactions."""
        self.commits += 1
        self.transactions += commit.last - commit.first + 1
        self.nanoseconds += commit.nanoseconds or 0

    def on_refusal(self, refused: Refused) -> None:
        """Count a refusal by its code."""
        self.refusals[refused.error.code] += 1
