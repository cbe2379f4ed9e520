"""Seals: what a book was when a day was closed, in one digest that others can keep.

The transaction that closes a period carries the seal of everything before it: a Merkle root over
the transactions since the last seal, one over every account's totals, and the digests of the seal and
of the transaction before.  To anyone who has kept a seal's digest, any sealed transaction or balance can be
proved (see `proofs`), and a book that was cut or rewritten is exposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from heapq import merge
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from attrs import field, fields, frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.calendars.dates import parse_date
from bankcore.errors import BadSeal, HashPageDamaged
from bankcore.ledger.balances import StandingRow
from bankcore.ledger.evidence.merkle import leaf_hash, root
from bankcore.ledger.evidence.pages import PagedTree, PageName, ReadPages
from bankcore.ledger.ports import Head, Reader
from bankcore.ledger.transactions import Book, Entry, Record

__all__ = [
    "SEAL",
    "Seal",
    "Sealed",
    "balance_hashes",
    "balance_leaf",
    "check_digest",
    "next_seal",
    "parse_digest",
    "seal_journal",
    "seals",
]

SEAL: Final = ("seal", "day")  # the record whose versions are the seals of a book
NO_PAGES: Final[Mapping[PageName, bytes]] = MappingProxyType({})
_MANY: Final = 8  # with so many transactions for each account, all are hashed: finding those moved costs more
_DIGESTS: Final = ("book", "transactions_root", "balances_root", "head", "previous")


def parse_digest(text: object) -> bytes:
    """Read a SHA-256 written as 64 lowercase hexadecimal digits; raises BadSeal."""
    try:
        digest = bytes.fromhex(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        digest = b""
    if len(digest) != 32 or digest.hex() != text:
        raise BadSeal(text, "64 lowercase hexadecimal digits are needed")
    return digest


def check_digest(digest: object) -> bytes:
    """The digest itself; raises BadSeal for all but the 32 bytes of a SHA-256."""
    if type(digest) is not bytes or len(digest) != 32:
        raise BadSeal(digest, "a digest of 32 bytes is needed")
    return digest


def _check_whole(_: object, attribute: Any, value: Any) -> None:
    if type(value) is not int or not 0 <= value <= MAX_QUANTITY:
        raise BadSeal(value, f"{attribute.name} is a whole number of 63 bits")


@frozen(kw_only=True)
class Seal:
    """One seal: the transactions `first` through `last`, and every account's totals after `last`.

    `number` counts the seals of the book, `book` is its genesis, `through` the last date that was closed
    with it.  `head` is the digest of transaction `last`, `previous` that of the seal before; where there
    is none, both are the genesis.  `first` is `last` + 1 where no transaction was written since.
    """

    number: int = field(validator=_check_whole)
    book: bytes
    through: date
    first: int = field(validator=_check_whole)
    last: int = field(validator=_check_whole)
    transactions_root: bytes
    accounts: int = field(validator=_check_whole)
    balances_root: bytes
    head: bytes
    previous: bytes

    def digest(self) -> bytes:
        """SHA-256 over every field as text, each preceded by its length and a colon, followed by a comma."""
        texts = ("bankcore seal 1", *map(str, self.as_data().values()))
        return sha256("".join(f"{len(text)}:{text}," for text in texts).encode()).digest()

    def as_data(self) -> dict[str, Any]:
        """The seal as the plain data of its record."""
        return {
            "number": self.number,
            "book": self.book.hex(),
            "through": self.through.isoformat(),
            "first": self.first,
            "last": self.last,
            "transactions_root": self.transactions_root.hex(),
            "accounts": self.accounts,
            "balances_root": self.balances_root.hex(),
            "head": self.head.hex(),
            "previous": self.previous.hex(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Seal:
        """The seal of a record that `as_data` made; raises BadSeal, BadDate for other data."""
        names = {name.name for name in fields(cls)}
        if data.keys() != names:
            raise BadSeal(", ".join(sorted(data)), f"its fields are {', '.join(sorted(names))}")
        digests = {name: parse_digest(data[name]) for name in _DIGESTS}
        return cls(**{**data, **digests, "through": parse_date(data["through"])})

    @property
    def record(self) -> Record:
        """The record that carries the seal."""
        return Record(*SEAL, self.as_data(), self.number)


def balance_leaf(standing: StandingRow) -> bytes:
    """An account's leaf in a seal's second tree: a comma after each field, the path's length before it."""
    _, path, unit, side, sequence, debits, credits, held_debits, held_credits = standing
    named = f"{len(path)}:{path},{unit},{side},"
    return f"{named}{sequence},{debits},{credits},{held_debits},{held_credits},".encode()


def balance_hashes(standings: Iterable[StandingRow]) -> Iterator[tuple[int, bytes]]:
    """The places of accounts in a seal's second tree, from 0, and the hashes of their leaves."""
    return ((standing[0] - 1, leaf_hash(balance_leaf(standing))) for standing in standings)


def next_seal(
    book: Book,
    previous: Seal | None,
    through: date,
    last: int,
    head: bytes,
    transactions_root: bytes,
    balances: PagedTree,
) -> Seal:
    """The seal after another one, from the transactions between them and the balance tree."""
    return Seal(
        number=1 if previous is None else previous.number + 1,
        book=book.genesis(),
        through=through,
        first=1 if previous is None else previous.last + 1,
        last=last,
        transactions_root=transactions_root,
        accounts=balances.size,
        balances_root=balances.root,
        head=head,
        previous=book.genesis() if previous is None else previous.digest(),
    )


class Sealed(NamedTuple):
    """A seal, and the pages of its balance tree that changed since the seal before."""

    seal: Seal
    pages: Mapping[PageName, bytes]


def seal_journal(
    book: Book,
    reader: Reader,
    through: date,
    head: Head,
    entries: Sequence[Entry] = (),
    touched: Iterable[StandingRow] = (),
    pages: Mapping[PageName, bytes] = NO_PAGES,
) -> Sealed:
    """The seal of the journal as of `head`: the stored transactions, then those not stored yet.

    `entries` are the transactions of the current commit, `touched` the accounts that they open and move,
    with their totals after them, `pages` those of a seal that is among them.
    """
    mine = (r for e in reversed(entries) for r in e.transaction.records if (r.kind, r.id) == SEAL)
    record = next(mine, None) or reader.record(*SEAL)
    previous = None if record is None else Seal.from_data(record.data)
    after = 0 if previous is None else previous.last
    digests = chain(reader.digests(after, head.number), (e.digest for e in entries if e.number > after))
    moved = {row[0]: row for row in touched}
    known = None if previous is None or (head.number - after) * _MANY > previous.accounts else previous
    try:
        balances = _balances(reader, known, moved, pages)
    except HashPageDamaged:
        balances = _balances(reader, None, moved, pages)  # pages are derived data: compute them again
    seal = next_seal(book, previous, through, head.number, head.digest, root(digests), balances)
    return Sealed(seal, balances.changed)


def _balances(
    reader: Reader, previous: Seal | None, moved: Mapping[int, StandingRow], pages: Mapping[PageName, bytes]
) -> PagedTree:
    """The tree of a seal, updated with everything moved since, stored or not; or one built from nothing."""
    tree, after, known = PagedTree(), 0, 0
    if previous is not None:
        tree = PagedTree(_behind(pages, reader), previous.accounts, previous.balances_root)
        after, known = previous.last, previous.accounts
    standings = reader.standings(after, known)
    if moved:
        standings = merge((row for row in standings if row[0] not in moved), sorted(moved.values()))
    tree.update(balance_hashes(standings))
    return tree


def _behind(pages: Mapping[PageName, bytes], reader: Reader) -> ReadPages:
    """Read pages from those given, the others from the store."""
    if not pages:
        return reader.pages

    def read(level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
        mine = {n: pages[level, n] for n in numbers if (level, n) in pages}
        return {**reader.pages(level, [n for n in numbers if n not in mine]), **mine}

    return read


def seals(reader: Reader) -> Iterator[Seal]:
    """The seals of a book, the oldest first."""
    return (Seal.from_data(record.data) for record in reader.versions(*SEAL))
