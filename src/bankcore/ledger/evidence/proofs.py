"""Proofs that one transaction, or one balance, is in a sealed book, checked without the book.

A proof is small plain data: the content itself, the Merkle path from it to a root, the seal with that root,
and the path from the seal to the head of the book's log.  To check it one needs only the seal's digest or the
log's checkpoint from an independent source.
Source of the paths: RFC 6962, section 2.1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Final

from attrs import frozen

from bankcore.amounts import check_quantity
from bankcore.calendars.dates import check_date
from bankcore.errors import (
    AccountNotSealed,
    BadTransaction,
    DayNotSealed,
    NotYetSealed,
    ProofRefused,
    UnknownTransaction,
)
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.balances import Standing
from bankcore.ledger.encoding import decode, digest, encode, entry_of
from bankcore.ledger.evidence.checkpoints import Checkpoint, origin_of
from bankcore.ledger.evidence.log import LogPlace, check_heads, place_in_log, read_place
from bankcore.ledger.evidence.merkle import Tree, included
from bankcore.ledger.evidence.pages import PagedTree
from bankcore.ledger.evidence.plain import (
    Readers,
    book_data,
    exactly,
    list_of,
    parse_json,
    read_book,
    read_fields,
    read_text,
)
from bankcore.ledger.evidence.seals import (
    SEAL,
    Seal,
    balance_hashes,
    balance_leaf,
    check_digest,
    parse_digest,
    seals,
)
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Book, Entry
from bankcore.units import Unit

__all__ = ["BalanceContent", "Proof", "TransactionContent", "prove_balance", "prove_transaction"]

FORMAT: Final = "bankcore proof"
VERSION: Final = 1


@frozen
class TransactionContent:
    """The line of a transaction in the journal, and the digest of the one before."""

    kind: ClassVar[str] = "transaction"
    previous: bytes
    line: str

    @property
    def entry(self) -> Entry:
        """The transaction in the line."""
        said = decode(self.line)
        return entry_of(said.number, said.transaction.key, self.leaf(), self.line)

    def leaf(self) -> bytes:
        """The leaf in the seal's tree of transactions: the digest."""
        return digest(self.previous, self.line)

    def place(self, seal: Seal) -> tuple[int, int, bytes]:
        """Where the seal has the leaf: its index, the size and the root of the tree."""
        return decode(self.line).number - seal.first, seal.last - seal.first + 1, seal.transactions_root

    def as_dict(self) -> dict[str, Any]:
        """Both as plain data."""
        return {"previous": self.previous.hex(), "line": self.line}

    @classmethod
    def from_dict(cls, data: Any) -> TransactionContent:
        """The content that `as_dict` gave; raises BadProof."""
        return cls(**read_fields("transaction", data, _TRANSACTION))


@frozen
class BalanceContent:
    """An account's totals as known when the day was sealed."""

    kind: ClassVar[str] = "balance"
    standing: Standing

    def leaf(self) -> bytes:
        """The leaf of the seal's tree of balances."""
        return balance_leaf(self.standing.row)

    def place(self, seal: Seal) -> tuple[int, int, bytes]:
        """Where the seal has the leaf: its index, the size and the root of the tree."""
        return self.standing.id - 1, seal.accounts, seal.balances_root

    def as_dict(self) -> dict[str, Any]:
        """Every field as plain data."""
        s = self.standing
        return {
            "id": s.id,
            "path": str(s.path),
            "unit": str(s.unit),
            "normal_side": s.normal_side.value,
            "sequence": s.sequence,
            "debits": s.debits,
            "credits": s.credits,
            "pending_debits": s.pending_debits,
            "pending_credits": s.pending_credits,
        }

    @classmethod
    def from_dict(cls, data: Any) -> BalanceContent:
        """The content that `as_dict` gave; raises BadProof."""
        return cls(Standing(**read_fields("balance", data, _BALANCE)))


@frozen
class Proof:
    """Proof that a content is in a book, under a seal that is in the book's log; `digest` is that of the
    seal, as the proof states it.
    """

    book: Book
    content: TransactionContent | BalanceContent
    path: tuple[bytes, ...]
    seal: Seal
    digest: bytes
    log: LogPlace

    @property
    def head(self) -> Checkpoint:
        """The head of the log that contains the seal."""
        return Checkpoint(origin_of(self.book), self.log.size, self.log.root)

    def check(self, trusted: bytes | None = None, checkpoints: Iterable[Checkpoint] = ()) -> bytes:
        """Recompute leaf, root, seal and log; the digest of the seal on which the proof is based.

        `trusted` is the digest of a seal kept outside the book, and so are the `checkpoints`.  Without
        them only the proof's own consistency is checked.  Raises ProofRefused, naming the part that does
        not fit, and BadSeal.
        """
        index, size, root = self.content.place(self.seal)
        if self.book.genesis() != self.seal.book:
            raise ProofRefused("book", "the seal belongs to another book")
        if not included(self.content.leaf(), index, size, self.path, root):
            raise ProofRefused(self.content.kind, "its path does not lead to the seal's root")
        if self.seal.digest() != self.digest:
            raise ProofRefused("seal", "its digest is not that of its fields")
        if not self.log.holds(self.seal):
            raise ProofRefused("log", "the seal's path does not lead to the log's root")
        check_heads([self.head], checkpoints)
        if trusted is not None and check_digest(trusted) != self.digest:
            raise ProofRefused("seal", f"{self.digest.hex()} is not the trusted one")
        return self.digest

    def as_dict(self) -> dict[str, Any]:
        """The proof as plain data."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "book": book_data(self.book),
            self.content.kind: self.content.as_dict(),
            "path": [node.hex() for node in self.path],
            "seal": {**self.seal.as_data(), "digest": self.digest.hex()},
            "log": self.log.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> Proof:
        """The proof that `as_dict` gave, field by field; raises BadProof for anything else."""
        kind = "balance" if isinstance(data, Mapping) and "balance" in data else "transaction"
        read = read_fields("form", data, {**_PROOF, kind: _CONTENTS[kind].from_dict})
        seal, digest = read["seal"]
        return cls(read["book"], read[kind], read["path"], seal, digest, read["log"])

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Read a proof from JSON without duplicate names in an object; raises BadProof."""
        return cls.from_dict(parse_json(text))


_CONTENTS: Final = {content.kind: content for content in (TransactionContent, BalanceContent)}


def prove_transaction(reader: Reader, book: Book, number: int) -> Proof:
    """Prove that a transaction is in the journal.

    Raises BadTransaction unless the number is an int, UnknownTransaction, NotYetSealed.
    """
    if type(number) is not int:
        raise BadTransaction("number", f"an int is needed, not {type(number).__name__}")
    entry = reader.entry(number)
    if entry is None:
        raise UnknownTransaction(number)
    seal = None
    for seal in seals(reader):
        if number <= seal.last:
            break
    else:
        raise NotYetSealed(number, seal.last if seal else 0)
    tree, before = Tree(), reader.entry(number - 1)
    previous = book.genesis() if before is None else before.digest
    for place, leaf in enumerate(reader.digests(seal.first - 1, seal.last), start=seal.first):
        tree.add(leaf, watch=place == number)
    content = TransactionContent(previous, entry.line)
    return _proved(reader, book, content, tree.path(), seal)


def prove_balance(reader: Reader, book: Book, path: str, through: date) -> Proof:
    """Prove an account's totals as known when `through` was closed.

    Raises DayNotSealed unless the day was the last that a seal closed, AccountNotSealed where the
    account was not open by then, BadAccountPath, BadDate.
    """
    check_date(through)
    known = AccountPath.parse(path)
    seal = next((seal for seal in seals(reader) if seal.through == through), None)
    if seal is None:
        raise DayNotSealed(through)
    standing = next(reader.totals_through(seal.last, root=known), None)
    if standing is None or standing.path != known:
        raise AccountNotSealed(known, through)
    way = _balances_at(reader, seal).path(standing.id - 1)
    return _proved(reader, book, BalanceContent(standing), way, seal)


def _balances_at(reader: Reader, seal: Seal) -> PagedTree:
    """The balance tree of a seal: that of the last one is stored, an older one is built again."""
    last = reader.record(*SEAL)
    if last is not None and last.version == seal.number:
        return PagedTree(reader.pages, seal.accounts, seal.balances_root)
    tree = PagedTree()
    tree.update(sorted(balance_hashes(s.row for s in reader.totals_through(seal.last))))
    return tree


def _proved(
    reader: Reader,
    book: Book,
    content: TransactionContent | BalanceContent,
    path: tuple[bytes, ...],
    seal: Seal,
) -> Proof:
    proof = Proof(book, content, path, seal, seal.digest(), place_in_log(reader, seal))
    proof.check()  # a damaged book must not issue a proof that fails elsewhere
    return proof


def _seal(value: Any) -> tuple[Seal, bytes]:
    if not isinstance(value, dict):
        raise TypeError("an object is needed")
    rest = dict(value)
    digest = parse_digest(rest.pop("digest", None))
    return Seal.from_data(rest), digest


def _line(value: Any) -> str:
    said = decode(read_text(value))
    if encode(*said) != value:
        raise ValueError("it is not in bankcore's notation")
    entry_of(said.number, said.transaction.key, b"", value)
    return str(value)


_TRANSACTION: Final[Readers] = {"previous": parse_digest, "line": _line}
_BALANCE: Final[Readers] = {
    "id": check_quantity,
    "path": AccountPath.parse,
    "unit": Unit,
    "normal_side": Side,
    **dict.fromkeys(("sequence", "debits", "credits", "pending_debits", "pending_credits"), check_quantity),
}
_PROOF: Final[Readers] = {
    "format": exactly(FORMAT),
    "version": exactly(VERSION),
    "book": read_book,
    "path": list_of(parse_digest),
    "seal": _seal,
    "log": read_place,
}
