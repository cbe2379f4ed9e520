"""The writer of one book in PostgreSQL: everything that a commit adds goes to the server in one trip.

Two kinds of commits:

- **Under the lock** (two trips): the first locks the row of the head, so that nobody else writes the book
  until the second adds the rows and commits.
- **On trust** (one trip): nobody is locked out while the batch is decided.  The usual rows are added by one
  statement, which changes nothing where the head has moved; with others they go together with BEGIN and
  COMMIT.  Where another process took the number meanwhile, or a key, the primary key or the unique key
  refuses them.  A batch that adds nothing has no such fence, so the head is read again before its answers
  are given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from types import ModuleType
from typing import Any, Final, NoReturn

from bankcore.errors import CommitUnknown, StoreDamaged, StoreError, StoreUnavailable
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Additions
from bankcore.ledger.ports import Fetched, Head, HeadMoved, KeyTaken
from bankcore.ledger.transactions import PERIOD, Book, is_storable, timestamp
from bankcore.ledger.velocity import VELOCITY
from bankcore.stores.moves import check_open, move_of, row_of
from bankcore.stores.postgres import queries, statements
from bankcore.stores.postgres.arrays import columns
from bankcore.stores.postgres.connection import Connection, Statement, constraint_of, is_conflict
from bankcore.stores.postgres.partitioned import LAYOUT as PARTITIONED
from bankcore.stores.postgres.reader import PostgresReader
from bankcore.stores.reading import PAGE
from bankcore.stores.rows import moment_of, newest_of, state_of, used_of

__all__ = ["PostgresWriter"]

_BEGIN: Final = ("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", ())
_COMMIT: Final = ("COMMIT", ())
_WHOLE: Final = (_BEGIN[0], *statements.PARTS)
_CLASHES: Final = {"transaction_number": HeadMoved, "transaction_key": KeyTaken}
_PARTITION: Final = re.compile(r"_(\d+|rest)$")  # at the end of the constraint of one
_AT_ONCE: Final = 20_000  # rows in one statement


class PostgresWriter(PostgresReader):
    """A reader of the connection that writes the book.  `end` is the end of the journal with what is added.

    `known` is the last known head.  Unless it is trusted to be current, the head is locked.
    """

    _connection: Connection
    _opening: tuple[Statement, ...] = (_BEGIN,)  # what begins its transaction

    def __init__(
        self,
        connection: Connection,
        book: Book,
        known: Head | None,
        *,
        is_trusted: bool = False,
        layout: ModuleType = queries,
    ) -> None:
        super().__init__(connection, book, layout)
        self._rows = self._seen
        self._queued: list[Statement] = []  # not sent yet
        self._answers: dict[Statement, list[Any]] = {}  # to what has not been asked yet
        self._first: tuple[Statement, ...] = (  # what a ledger asks of a book of which it knows nothing
            (queries.LATEST_OF, (self._id, *PERIOD)),
            (queries.LATEST_BELOW, (self._id, VELOCITY, self._next, self._beyond_text, PAGE)),
            (queries.NEXT_EXPIRY, (self._id,)),
        )
        self._begun = False
        self._open = True
        self.moves = False  # whether it changes where the book stands
        self.end = known if is_trusted and known is not None else self._lock(known)

    def _lock(self, known: Head | None) -> Head:
        """Lock the head; the same trip asks what was written after the known one, or what is asked first."""
        self._begun = True
        asked = self._first if known is None else ((queries.TRANSACTIONS, (self._id, known.number, PAGE)),)
        locking = ((statements.LOCKING, (self._id,)), (queries.MOVE, (self._id,)))
        begun = len(self._opening)
        rows, moves, *answers = self._sent([*self._opening, *locking, *asked])[begun:]
        self._found = next(iter(self._made(move_of, moves)), None)
        self._answers = dict(zip(asked, answers, strict=True))
        return self._end(rows)

    def check_open(self, address: str) -> None:
        """Raise the refusal of a book that its move closes, as found with the lock."""
        check_open(self._found, address, self.book)

    def close(self) -> None:
        self._rows, self._open = self._refuse, False

    def head(self) -> Head:
        if not self._open:
            self._refuse()
        return self.end

    def fetch(
        self, keys: Sequence[str], paths: Iterable[AccountPath], names: Iterable[tuple[str, str]]
    ) -> Fetched:
        """In one trip, however much is asked for."""
        wanted: tuple[list[tuple[str, ...]], ...] = (
            [(key,) for key in keys if is_storable(key)],
            [(path,) for path in sorted(map(str, paths)) if is_storable(path)],
            [name for name in names if is_storable("".join(name))],
        )
        asked = (self._queries.NUMBERS, queries.STATES_OF, queries.LATEST_VERSIONS)
        statements = [
            (sql, (*columns(some), self._id)) for sql, some in zip(asked, wanted, strict=True) if some
        ]
        self._flush()
        answers = iter(self._sent(statements)) if statements else iter(())
        numbers, states, versions = (next(answers) if some else [] for some in wanted)
        return Fetched(
            dict(self._made(used_of, numbers)),
            {state.account.path: state for state in self._made(state_of, states)},
            dict(self._made(newest_of, versions)),
        )

    def append(self, added: Additions) -> None:
        if not self._open:
            self._refuse()
        if added.before is not None and added.before.number != self.end.number:
            raise HeadMoved
        self._answers.clear()
        if not self._begun:
            self._begin(fenced=bool(added.transactions))
        old, id = self.end.number, self._id
        if added.transactions:
            self.end = added.after or self._reached(added)
            number, digest, recorded_at, accounts = _row_of(self.end)
            self._queued.append((statements.HEAD, (id, old, number, digest, recorded_at, accounts)))
        for name, sql in statements.ADDING.items():
            rows = getattr(added, name)
            if name in statements.LATEST:  # one statement changes a row once
                rows = list({row[statements.LATEST[name]]: row for row in rows}.values())
            for first in range(0, len(rows), _AT_ONCE):
                some = rows[first : first + _AT_ONCE]
                self._queued.append((sql, (id, *columns(some))))
                if name == "transactions" and self._queries is PARTITIONED:
                    self._queued.append((statements.KEYS, (id, *columns([row[:2] for row in some]))))
        if added.records:
            heads = {row[:2]: row[:3] for row in added.records}
            self._queued.append((statements.HEADS, (id, *columns([*heads.values()]))))
        if added.holds:
            self._queued.append((statements.LIVE, (id, *columns(added.holds))))
        if added.resolutions:
            self._queued.append((statements.ENDED, (id, columns(added.resolutions)[1])))
        if added.moves:  # on trust, too: it waits for whoever has seen the book open and advances a consumer
            self._queued.append((statements.LOCKING, (id,)))
        for move in added.moves:
            self._queued += [(sql, (id, *row_of(move))) for sql in statements.MOVED]
            self.moves = True
        if added.secret:
            self._queued.append((statements.DRAWN, (id, added.secret)))
        for erased in added.erased:
            self._queued += [(sql, (id, *erased)) for sql in self._erasing]
        if added.erased:
            self._queued.append((statements.NOTED, (id,)))

    @property
    def _erasing(self) -> Sequence[str]:
        return statements.ERASING_BY_KEY if self._queries is PARTITIONED else statements.ERASING

    def _begin(self, *, fenced: bool) -> None:
        if fenced:
            self._begun = True
            self._queued.append(_BEGIN)
        elif self._lock(None).number != self.end.number:  # no number and no key would refuse these rows
            raise HeadMoved

    def _reached(self, added: Additions) -> Head:
        number, _, digest, line = added.transactions[-1]
        recorded_at = moment_of(json.loads(line)[1])
        return Head(number, bytes(digest), recorded_at, self.end.accounts + len(added.accounts))

    # --- the end of the commit -----------------------------------------------------------------------

    def commit(self) -> None:
        """Make everything added durable; raises HeadMoved, KeyTaken, CommitUnknown.

        Where the connection is lost meanwhile, it is unknown whether that happened.
        """
        if not self._begun:
            self.check_head()
            return
        queued, self._queued = self._queued, []
        kinds = tuple([sql for sql, _ in queued])
        if kinds == _WHOLE:
            self._write_whole(queued[1:])
        elif kinds == statements.PARTS:
            self._sent([(statements.WHOLE, _joined(queued)), _COMMIT])
        else:
            self._sent([*queued, _COMMIT])
        if (warning := self._connection.warning) is not None:  # it has not waited for the standby
            raise CommitUnknown(self._connection.place, warning)

    def _write_whole(self, parts: Sequence[Statement]) -> None:
        """Write the usual commit by one statement, which clashes by changing nothing."""
        try:
            rows = self._connection.ask(statements.WHOLE, _joined(parts))
        except (StoreDamaged, StoreError) as error:
            self._raise_clash(error)
        if rows != [(1,)]:
            raise HeadMoved

    def reconsider(self, error: Exception) -> None:
        """Raise what really happened where an error ends the writing: what was read may be out of date."""
        if isinstance(error, (HeadMoved, StoreUnavailable)):
            raise error
        self.check_head()

    def check_head(self) -> None:
        """Raise HeadMoved where what was read on trust is of an older book."""
        if not self._begun and self._end(self._sent([(queries.END, (self._id,))])[0]) != self.end:
            raise HeadMoved

    def _seen(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of a query, which sees what was added."""
        asked = (sql, parameters)
        if asked in self._first and asked not in self._answers and not self._queued:
            self._answers.update(zip(self._first, self._sent(self._first), strict=True))
        if self._answers and (answer := self._answers.pop(asked, None)) is not None:
            return answer
        self._flush()
        return self._connection.rows(sql, parameters)

    def _flush(self) -> None:
        queued, self._queued = self._queued, []
        if queued:
            self._sent(queued)

    def _sent(self, statements: Sequence[Statement]) -> list[list[Any]]:
        try:
            return self._connection.trip(statements)
        except (StoreDamaged, StoreError) as error:
            self._raise_clash(error)

    def _raise_clash(self, error: StoreDamaged | StoreError) -> NoReturn:
        """Raise an error, or what it means where it says that another process was first."""
        constraint = _PARTITION.sub("", constraint_of(error))
        clash = HeadMoved if is_conflict(error) else _CLASHES.get(constraint)
        if clash is not None:
            raise clash from error
        raise error


def _joined(parts: Sequence[Statement]) -> tuple[object, ...]:
    """The parameters of `WHOLE`: those of its parts, the book once."""
    first, *others = [given for _, given in parts]
    return (*first, *chain.from_iterable(given[1:] for given in others))


def _row_of(head: Head) -> tuple[int, bytes, str, int]:
    recorded_at = timestamp(head.recorded_at) if head.recorded_at else ""
    return head.number, head.digest, recorded_at, head.accounts
