"""The writer of one book of a SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from bankcore.ledger.balances import AccountState
from bankcore.ledger.ports import Head
from bankcore.ledger.transactions import Book, Entry, Record, day_text, timestamp
from bankcore.stores.connection import Connection
from bankcore.stores.reader import SqliteReader
from bankcore.stores.rows import legs_of

__all__ = ["SqliteWriter"]

# The driver looks for an adapter of whatever is not exactly an int, a str or a bytearray, which for a None
# costs as much as eight numbers: what is usually missing comes as 0 or "".
_TRANSACTION: Final = """
    INSERT INTO "transaction" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), ?,
        nullif(?, ''), nullif(?, 0), nullif(?, ''))"""


class SqliteWriter(SqliteReader):
    """The writer: a reader of the write connection that can append.

    `head` is the end of the journal, where it is known.
    """

    def __init__(self, connection: Connection, book: Book, head: Head | None) -> None:
        super().__init__(connection, book)
        self._head = head

    def head(self) -> Head:
        if self._head is None:
            self._head = super().head()
        return self._head

    def append(
        self,
        entries: Sequence[Entry],
        opened: Sequence[AccountState],
        touched: Iterable[AccountState],
    ) -> None:
        if entries:
            last, accounts = entries[-1], self.head().accounts + len(opened)
            self._head = Head(last.number, last.digest, last.recorded_at, accounts)
        book, many = self._id, self._connection.many
        stamps = {moment: timestamp(moment) for moment in {entry.recorded_at for entry in entries}}
        many(
            _TRANSACTION,
            [
                (
                    book, e.number, t.key, t.kind, t.agreement, day_text(t.effective_on),
                    stamps[e.recorded_at], t.description, t.details_json if t.details else "", t.actor,
                    t.reverses or 0, t.corrects or 0, bytearray(e.digest), t.group, int(t.up_to),
                    "" if t.pending or not t.postings else legs_of(e.positions),
                )
                for e in entries
                for t in (e.transaction,)
            ],
        )  # fmt: skip
        many(
            "INSERT INTO posting VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (book, account, sequence, e.number, p.quantity, balance, debits, day_text(horizon))
                for e in entries
                if not e.transaction.pending
                for p, (account, sequence, balance, debits, horizon) in zip(
                    e.transaction.postings, e.positions, strict=True
                )
            ],
        )
        records = [(e.number, place, r) for e in entries for place, r in enumerate(e.transaction.records, 1)]
        if records:
            self._append_records(records, opened)
        self._append_holds(
            [e for e in entries if e.transaction.pending or e.transaction.resolves is not None]
        )
        many(
            "INSERT OR REPLACE INTO balance VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (book, s.id, s.sequence, s.debits, s.credits, s.pending_debits, s.pending_credits, s.version)
                for s in chain(opened, touched)
            ],
        )

    def _append_holds(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        book, many = self._id, self._connection.many
        pending = [e for e in entries if e.transaction.pending]
        many(
            "INSERT INTO pending_posting VALUES (?, ?, ?, ?, ?)",
            [
                (book, e.number, leg, account, p.quantity)
                for e in pending
                for leg, (p, (account, *_)) in enumerate(
                    zip(e.transaction.postings, e.positions, strict=True), start=1
                )
            ],
        )
        expiries = [(e.number, e.transaction.expires_at) for e in pending]
        holds = [(book, number, timestamp(at) if at else None) for number, at in expiries]
        many("INSERT INTO hold VALUES (?, ?, ?)", holds)
        many("INSERT INTO live_hold VALUES (?, ?, ?)", holds)
        resolutions = [(book, e.number, resolved) for e in entries if (resolved := e.transaction.resolves)]
        many("INSERT INTO resolution VALUES (?, ?, ?)", resolutions)
        many(
            "DELETE FROM live_hold WHERE book_id = ? AND number = ?",
            [(book, resolved) for _, _, resolved in resolutions],
        )

    def _append_records(
        self, records: Sequence[tuple[int, int, Record]], opened: Sequence[AccountState]
    ) -> None:
        book, many = self._id, self._connection.many
        many(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(book, r.kind, r.id, r.version, number, place, r.json) for number, place, r in records],
        )
        many(
            "INSERT OR REPLACE INTO record_head VALUES (?, ?, ?, ?)",
            [(book, r.kind, r.id, r.version) for _, _, r in records],
        )
        openings = {r.id: number for number, _, r in records if r.kind == "account" and r.version == 1}
        many(
            "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (book, s.id, a.path, a.type.value, a.unit, a.normal_side.value, openings.get(a.path))
                for s in opened
                for a in (s.account,)
            ],
        )
