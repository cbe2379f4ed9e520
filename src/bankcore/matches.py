"""Matches that one person proposed and another confirmed, and the entries that stay open, kept in the book.

They are records of the ledger's own, in any book, and move no money.  What is confirmed is not offered
again; once one of its postings is reversed it is open again.  No text of a statement is kept, as it may be
personal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, UnknownAccount
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.rules import Rule
from bankcore.ledger.transactions import Receipt, Record, Transaction
from bankcore.product.actor import Actor, Role
from bankcore.product.approvals import APPROVED, REJECTED, WITHDRAWN, Decision
from bankcore.product.facts import Facts
from bankcore.product.records import PAGE
from bankcore.product.refusals import NothingProposed, StaleProposal
from bankcore.reconciling.decided import CONFIRMED, Decided, Pair
from bankcore.reconciling.items import Match, Sureness
from bankcore.reconciling.result import Reconciliation
from bankcore.tables import Table

__all__ = [
    "Pairing",
    "Proposed",
    "Stated",
    "confirm",
    "decided",
    "matches",
    "open_entries",
    "propose",
    "reject",
    "undo",
]

_PERMITTED = (Role.OFFICER, Role.SYSTEM)


@frozen
class Pairing:
    """What is proposed: transactions and entries that are one and the same."""

    postings: tuple[int, ...]
    entries: tuple[str, ...]
    quantity: int
    reason: str
    sureness: str


@frozen(kw_only=True)
class Proposed(Decision):
    """A match proposed by one person; its id is the account and a digest of what it matches."""

    KIND: ClassVar[str] = "bank.match"
    what: Pairing

    @property
    def pair(self) -> Pair:
        """What it matches, as reconciling compares it."""
        return frozenset(self.what.postings), frozenset(self.what.entries)


@frozen(kw_only=True)
class Stated(Facts):
    """An entry of a statement that had no counterpart when it was first seen; `line` was its place."""

    KIND: ClassVar[str] = "bank.stated"
    day: date
    quantity: int
    line: int


def decided(books: Any, path: str) -> Decided:
    """The decisions that stand on matches of an account; `books` are a ledger's, or a reader."""
    found = [*_all(books, path)]
    return Decided(
        tuple(it.pair for it in found if _state(books, it) == APPROVED),
        frozenset(it.pair for it in found if it.state == REJECTED),
    )


def propose(
    ledger: Ledger, path: str, found: Reconciliation, *, key: str, actor: Actor, ambiguous: bool = False
) -> tuple[Receipt, ...]:
    """Propose the new matches of a reconciliation, and keep the entries that have none.

    Matches that are ambiguous are left out unless they are asked for.  What is proposed or decided already is
    not written again, so that a statement that is read twice writes nothing.  Raises ActorNotPermitted
    for anybody but officers and the system, UnknownAccount, KeyConflict.
    """

    def rule(books: Books) -> Sequence[Transaction]:
        if books.account(AccountPath.parse(path)) is None:
            raise UnknownAccount(path)
        new: list[Record] = []
        for it in found.matches:
            sure = ambiguous or it.sureness is not Sureness.AMBIGUOUS
            if it.ours and it.theirs and it.reason != CONFIRMED and sure:
                new += _proposal(books, path, found, it)
        for item in found.open:
            id = (path, item.row.name)
            if not item.in_book and Stated.find(books, *id) is None:
                row = item.row
                stated = Stated(id=":".join(id), day=row.day, quantity=row.amount.quantity, line=row.place)
                new.append(stated.record())
        pages = (new[start : start + PAGE] for start in range(0, len(new), PAGE))
        return [_kept(books, f"matches of {path} proposed", page) for page in pages]

    names = sorted(name for in_book, name in found.rows if not in_book)
    request = {"propose": path, "entries": sha256(" ".join(names).encode()).hexdigest(), "all": ambiguous}
    return _executed(ledger, key, request, rule, actor, "propose-matches")


def _proposal(books: Books, path: str, found: Reconciliation, it: Match) -> Iterator[Record]:
    numbers = tuple(sorted({found.rows[True, name].place for name in it.ours}))
    quantity = sum(found.rows[False, name].amount.quantity for name in it.theirs)
    entries = tuple(sorted(it.theirs))
    known = Proposed.find(books, path, digest := _digest(numbers, entries))
    about = _reversed(books, numbers)
    if known is not None and (known.is_open or known.state == REJECTED):
        return
    what = Pairing(numbers, entries, quantity, it.reason, it.sureness.value)
    yield Proposed.proposed(books, path, digest, about=about, what=what).record()


def confirm(
    ledger: Ledger, path: str, match: str, seen: int, *, key: str, actor: Actor
) -> tuple[Receipt, ...]:
    """Confirm a match, whose proposal was seen in this version, as another person than its proposer.

    Raises, in this order: ActorNotPermitted, NothingProposed, SamePerson, StaleProposal where there is a
    newer proposal, a posting was reversed, or a posting or an entry is in another confirmed match.
    """

    def rule(books: Books) -> Sequence[Transaction]:
        known = Proposed.find(books, path, match)
        about = "" if known is None else _reversed(books, known.what.postings)
        made = Proposed.approved(books, path, match, seen=seen, about=about)
        for numbers, entries in decided(books, path).confirmed:
            if numbers & made.pair[0] or entries & made.pair[1]:
                raise StaleProposal(seen, "match", match, "a part of it is in another confirmed match")
        return [_kept(books, f"match {match} of {path} confirmed", [made.record()])]

    return _executed(ledger, key, _request("confirm", path, match, seen), rule, actor, "confirm-match")


def reject(
    ledger: Ledger, path: str, match: str, seen: int, *, key: str, actor: Actor
) -> tuple[Receipt, ...]:
    """Turn a proposed match down, so that it is not offered again, as another person.

    Raises, in this order: ActorNotPermitted, NothingProposed, SamePerson, StaleProposal.
    """

    def rule(books: Books) -> Sequence[Transaction]:
        made = Proposed.rejected(books, path, match, seen=seen)
        return [_kept(books, f"match {match} of {path} is turned down", [made.record()])]

    return _executed(ledger, key, _request("reject", path, match, seen), rule, actor, "reject-match")


def undo(ledger: Ledger, path: str, match: str, *, key: str, actor: Actor) -> tuple[Receipt, ...]:
    """Take a decision on a match back, or withdraw the proposal: it may be proposed again.

    Raises ActorNotPermitted, NothingProposed where there is no such match.
    """

    def rule(books: Books) -> Sequence[Transaction]:
        known = Proposed.find(books, path, match)
        if known is None or known.state == WITHDRAWN:
            raise NothingProposed("match", match)
        made = evolve(known, state=WITHDRAWN, checker=Actor.asking(books).id, decided_on=books.today)
        return [_kept(books, f"match {match} of {path} undone", [made.record()])]

    return _executed(ledger, key, _request("undo", path, match, 0), rule, actor, "undo-match")


def matches(books: Any, path: str) -> Table:
    """The matches of an account with their state; `proposal` is the version that the checker has to name.

    A confirmed match of which a posting was reversed since is `open again`.
    """
    account = books.account(AccountPath.parse(path))
    if account is None:
        raise UnknownAccount(path)
    rows = tuple(
        (it.id.rpartition(":")[2], it.version, _state(books, it), " ".join(map(str, it.what.postings)),
         len(it.what.entries), Amount(it.what.quantity, account.unit), it.what.sureness, it.what.reason,
         it.maker, it.made_on, it.checker, it.decided_on)
        for it in _all(books, path)
    )  # fmt: skip
    columns = ("match", "proposal", "state", "transactions", "entries", "amount", "sureness", "reason",
               "proposed by", "on", "decided by", "decided on")  # fmt: skip
    return Table("matches", columns, rows)


def open_entries(books: Any, path: str, on: date) -> Table:
    """The entries of statements that were seen and have no confirmed match, with their age on a day."""
    account = books.account(AccountPath.parse(path))
    if account is None:
        raise UnknownAccount(path)
    matched = {name for _, names in decided(books, path).confirmed for name in names}
    rows = []
    for it in Stated.every(books, path):
        root, _, name = it.id.rpartition(":")
        if root == path and name not in matched:
            rows.append((name, it.day, (on - it.day).days, Amount(it.quantity, account.unit), it.line))
    rows.sort(key=lambda row: (row[1], row[0]))
    return Table("open entries", ("entry", "day", "age", "amount", "line"), tuple(rows))


def _state(books: Any, it: Proposed) -> str:
    stands = it.about == _reversed(books, it.what.postings)
    return "open again" if it.state == APPROVED and not stands else it.state


def _all(books: Any, path: str) -> Iterator[Proposed]:
    """The matches of exactly this account, not of those below it."""
    return (it for it in Proposed.every(books, path) if it.id.rpartition(":")[0] == path)


def _reversed(books: Any, numbers: Sequence[int]) -> str:
    """The numbers of the transactions that reverse some of these."""
    return " ".join(str(it) for number in numbers if (it := books.reversal(number)) is not None)


def _digest(numbers: Sequence[int], entries: Sequence[str]) -> str:
    said = f"{' '.join(map(str, numbers))} {' '.join(entries)}"
    return sha256(said.encode()).hexdigest()[:12]


def _request(verb: str, path: str, match: str, seen: int) -> dict[str, Any]:
    return {verb: match, "account": path, "proposal": seen}


def _kept(books: Books, description: str, records: Sequence[Record]) -> Transaction:
    return Transaction(
        kind=Proposed.KIND, effective_on=books.today, records=tuple(records), description=description
    )


def _executed(
    ledger: Ledger, key: str, request: dict[str, Any], rule: Rule, actor: Actor, door: str
) -> tuple[Receipt, ...]:
    if actor.role not in _PERMITTED:
        raise ActorNotPermitted(str(actor), door)
    return ledger.execute(key, request, rule, actor=str(actor))
