"""Additions: what one commit adds to a book, as the plain rows that every store keeps.

The line of a transaction holds all of it; the other rows are for look-ups: postings by account, records by
kind and id, links to a transaction, holds.  `verify` compares them with the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from attrs import define, field, fields, frozen

from bankcore.ledger.accounts import Account
from bankcore.ledger.encoding import public_texts
from bankcore.ledger.transactions import ERASURE, MOVE, Entry, canonical_json, timestamp

__all__ = ["Additions", "Head", "Move", "Place", "PostingRow", "RecordRow"]

TransactionRow = tuple[int, str, bytes | bytearray, str]  # number, key, digest, line
PostingRow = tuple[int, int, int, int, int, int, int]
RecordRow = tuple[str, str, int, int, int, str]  # kind, id, version, number, place from 1, data
# An account's status, floor, ceiling, the dates of its opening, closing and reopening, party, details as
# canonical JSON, reason; a missing one is "".
Description = tuple[str, int | str, int | str, str, str, str, str, str, str]
# Id, path, type, unit, normal side and number of the opening, then the description.
AccountRow = tuple[int, str, str, str, str, int, *Description]
DescriptionRow = tuple[*Description, str]  # the description, then the path
BalanceRow = tuple[int, int, int, int, int, int, int]
PageRow = tuple[int, int, bytes | bytearray]  # level and number, hashes; see `evidence.pages`


@frozen
class Head:
    """The end of a book's journal: last number, its digest and time, the number of accounts.

    An empty book is at number 0 with the digest of `Book.genesis`.
    """

    number: int
    digest: bytes
    recorded_at: datetime | None
    accounts: int


class Move(NamedTuple):
    """Where a book stands that moves from one store to another; each of the two stores keeps its own.

    `phase` is "copy" in a store that is being filled, "moved" in one that is closed for good with
    transaction `number`, "abandoned" in a copy that was given up, and "open" where the move is over.
    `place` names the other store; `attempt` counts the copies begun in one place.
    """

    phase: str
    place: str
    attempt: int
    number: int = 0

    @property
    def closes(self) -> bool:
        """Whether the book cannot be written in this store."""
        return self.phase != "open"


class Place(NamedTuple):
    """A posting's sequence in its account; the balance, gross debits and latest value date after it."""

    account: int
    sequence: int
    balance: int
    debits: int
    horizon: date


@define
class Additions:
    """Rows to add after `before`, so that the journal ends at `after`; balances and pages replace older ones.

    A posting row is account id, sequence, number, quantity, and after it the balance, the gross debits and
    the latest value date, its days counted from 0001-01-01 as 1.  A balance row is account id, sequence,
    debits, credits, pending debits, pending credits and version of the account's record.
    """

    before: Head | None = None
    after: Head | None = None
    transactions: list[TransactionRow] = field(factory=list)
    postings: list[PostingRow] = field(factory=list)
    records: list[RecordRow] = field(factory=list)
    accounts: list[AccountRow] = field(factory=list)
    descriptions: list[DescriptionRow] = field(factory=list)  # of accounts that existed before
    holds: list[tuple[int, str]] = field(factory=list)  # number, instant of expiry or nothing
    held: list[tuple[int, int, int, int]] = field(factory=list)  # number, leg from 1, account id, quantity
    resolutions: list[tuple[int, int]] = field(factory=list)  # number, the hold that it resolves
    links: list[tuple[str, int, int]] = field(factory=list)  # reverses or corrects, target, number
    members: list[tuple[str, int]] = field(factory=list)  # group, number
    personal: list[tuple[int, int, str, str]] = field(factory=list)  # number, then as in an entry
    erased: list[tuple[str, str]] = field(factory=list)  # records to lose their personal data, by kind and id
    secret: str = ""  # of the book, where this commit creates it
    balances: list[BalanceRow] = field(factory=list)
    pages: list[PageRow] = field(factory=list)
    moves: list[Move] = field(factory=list)  # of the book itself; the last one holds

    def write(self, entry: Entry, places: Sequence[Place]) -> None:
        """Add a transaction with all rows that follow from it."""
        t, number = entry.transaction, entry.number
        self.transactions.append((number, t.key, bytearray(entry.digest), entry.line))
        self.write_facts(entry)
        if t.pending:
            self.holds.append((number, timestamp(t.expires_at) if t.expires_at else ""))
            legs = enumerate(zip(t.postings, places, strict=True), start=1)
            self.held += [(number, leg, place.account, p.quantity) for leg, (p, place) in legs]
        else:
            self.postings += [
                (*place[:2], number, p.quantity, *place[2:4], place.horizon.toordinal())
                for p, place in zip(t.postings, places, strict=True)
            ]
        for verb, target in (("reverses", t.reverses), ("corrects", t.corrects)):
            if target is not None:
                self.links.append((verb, target, number))
        if t.resolves is not None:
            self.resolutions.append((number, t.resolves))
        if t.group:
            self.members.append((t.group, number))

    def write_facts(self, entry: Entry) -> None:
        """Add the records of a transaction, and its personal data."""
        t, number = entry.transaction, entry.number
        if t.records:
            texts = public_texts(t, entry.personal)
            self.records += [
                (r.kind, r.id, r.version, number, place, texts[place])
                for place, r in enumerate(t.records, start=1)
            ]
            self.erased += [(r.data["kind"], r.data["id"]) for r in t.records if r.kind == ERASURE]
            said = [r.data for r in t.records if r.kind == MOVE[0]]
            self.moves += [Move(it["phase"], it["place"], it["attempt"], number) for it in said]
        self.personal += [(number, *row) for row in entry.personal]

    def rare_rows(self) -> Iterator[tuple[str, int, str, int, int]]:
        """The rare features of the transactions, as `AuditReader.rare_rows` returns them."""
        yield from (("hold", number, expires_at, 0, 0) for number, expires_at in self.holds)
        yield from ((f"held {leg}", number, "", *legs) for number, leg, *legs in self.held)  # type: ignore[misc]
        yield from (("resolves", number, "", resolved, 0) for number, resolved in self.resolutions)
        yield from ((verb, number, "", target, 0) for verb, target, number in self.links)
        yield from (("group", number, name, 0, 0) for name, number in self.members)

    def open(self, id: int, account: Account, number: int) -> None:
        """Add an account that transaction `number` opens."""
        row = (id, str(account.path), account.type.value, str(account.unit), account.normal_side.value)
        self.accounts.append((*row, number, *_description(account)))

    def describe(self, account: Account) -> None:
        """Add another description of an account."""
        self.descriptions.append((*_description(account), str(account.path)))

    def mark(self) -> tuple[int, ...]:
        """A mark of how many rows there are now."""
        return tuple([len(getattr(self, name)) for name in _ROWS])

    def cut(self, mark: tuple[int, ...]) -> None:
        """Remove the rows that were added since a mark."""
        for name, length in zip(_ROWS, mark, strict=True):
            del getattr(self, name)[length:]


def _description(a: Account) -> Description:
    opened, closed, reopened = (str(day or "") for day in (a.opened_on, a.closed_on, a.reopened_on))
    floor, ceiling = ("" if limit is None else limit for limit in (a.floor, a.ceiling))
    details = canonical_json(a.plain_details) if a.details else ""
    return a.status.value, floor, ceiling, opened, closed, reopened, a.party, details, a.reason


_ROWS: Final = tuple([row.name for row in fields(Additions) if row.name not in ("before", "after", "secret")])
