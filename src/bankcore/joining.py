"""A posting in the caller's own PostgreSQL transaction: a service's rows and its postings commit together.

    with psycopg.connect(URL) as connection:  # commits in the end
        with joined(bank, connection) as book:
            connection.execute("INSERT INTO parcel VALUES (%s, %s)", ("p1", "li"))
            book.handle(Transfer("li", "post-office", Amount.parse("12.00", "CNY/2")), key="parcel/p1")

The transaction is the caller's: he begins it, and he commits it or rolls it back.  At the first posting the
book is locked until that, so post last, and commit soon.  What was posted is sent in one trip when the block
is left, just before his COMMIT.

Here a writer of a store in memory stands for his transaction:

>>> from datetime import date
>>> from bankcore import Bank, MemoryStore
>>> from bankcore.products.parties import RegisterParty
>>> store = MemoryStore()
>>> bank = Bank.create(store, opened_on=date(2024, 5, 1))
>>> with store.writing(bank.ledger.book.id) as writer:
...     ledger: JoinedLedger = bank.ledger.joined(lambda: writer)
...     (provisional,) = JoinedBank(bank, ledger).handle(RegisterParty("li"), key="li")
...     ledger.finish()
>>> bank.handle(RegisterParty("li"), key="li")[0].number == provisional.number
True
>>> with joined(bank, object()) as book:
...     pass
Traceback (most recent call last):
bankcore.errors.stores.CannotJoin: the book in main cannot join the transaction: only a book in PostgreSQL can
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, overload

from bankcore.bank import Bank
from bankcore.errors import CannotJoin
from bankcore.ledger.joined import JoinedLedger
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Receipt
from bankcore.product.actor import Actor

__all__ = ["JoinedBank", "JoinedLedger", "joined"]


class JoinedBank:
    """A bank whose commands are part of the caller's transaction; made by `joined`.

    Every receipt is provisional until that transaction has committed.  `ledger` is its JoinedLedger.
    """

    def __init__(self, bank: Bank, ledger: JoinedLedger) -> None:
        self._bank = bank
        self.ledger = ledger

    def handle(self, command: Any, key: str, actor: Actor | None = None) -> tuple[Receipt, ...]:
        """As `Bank.handle`; raises JoinLost where the transaction must be rolled back."""
        request, rules, by = self._bank.asked([command], key, actor)
        return self.ledger.execute(key, request, *rules, actor=by)

    def handle_all(
        self, commands: Sequence[Any], key: str, actor: Actor | None = None
    ) -> tuple[Receipt, ...]:
        """As `Bank.handle_all`; raises JoinLost where the transaction must be rolled back."""
        request, rules, by = self._bank.asked(commands, key, actor, together=True)
        return self.ledger.execute(key, request, *rules, actor=by)


@overload
def joined(
    book: Bank, connection: object, *, lock_timeout: float = 5, idle_timeout: float = 30
) -> AbstractContextManager[JoinedBank]: ...


@overload
def joined(
    book: Ledger, connection: object, *, lock_timeout: float = 5, idle_timeout: float = 30
) -> AbstractContextManager[JoinedLedger]: ...


def joined(
    book: Bank | Ledger, connection: object, *, lock_timeout: float = 5, idle_timeout: float = 30
) -> AbstractContextManager[Any]:
    """The bank or ledger in the transaction of `connection`, a psycopg.Connection to the book's database.

    - **Leaving the block** sends what was posted; the transaction goes on, for the caller to commit.  Leaving
      it by an exception sends nothing: the caller's own rows are left for him to commit or roll back.
    - **Receipts** are provisional until he has committed.  The ledger, its reader and the feed show the
      book without them before that.  Hooks are not told of them.
    - **A refusal** of a command or posting raises as usual and leaves the transaction usable.
    - **Errors of the server**, such as a lock that is not had in time (StoreUnavailable), leave the
      transaction failed: PostgreSQL commits nothing of it.  The same is true of JoinLost, where another
      process has written the book since a REPEATABLE READ transaction began: make it again as a whole.
    - `lock_timeout` and `idle_timeout`, in seconds, bound from the first posting to the end of the
      transaction how long a statement waits for a lock, and how long the server lets the client be
      idle while it holds that of the book.  Stricter ones of the session stay.
    - Do not write the same book by the ledger itself inside the block: that waits for the lock of the block.

    Raises CannotJoin where the store is not PostgreSQL, the connection is not one of psycopg, sees
    other tables, has no transaction or is in a pipeline, a timeout is missing, or the transaction, or a
    savepoint that holds the lock, ends inside the block; LedgerClosed; StoreReadOnly where the role may not
    write.
    """
    return _joined(book, connection, lock_timeout=lock_timeout, idle_timeout=idle_timeout)


@contextmanager
def _joined(
    book: Bank | Ledger, connection: object, **timeouts: float
) -> Iterator[JoinedBank | JoinedLedger]:
    ledger = book.ledger if isinstance(book, Bank) else book
    joining = getattr(ledger.store, "joining", None)
    if joining is None:
        raise CannotJoin(ledger.book.name, "only a book in PostgreSQL can")
    with joining(ledger.book.id, connection, **timeouts) as transaction:
        mine = ledger.joined(transaction.writer)
        yield JoinedBank(book, mine) if isinstance(book, Bank) else mine
        mine.finish()
