"""Additions: what one commit adds to a book, as the plain rows that every store keeps.

The line of a transaction says all of it; the other rows are there to find things by: postings by account,
records by kind and id, what links to a transaction, what is held.  `verify` holds them against the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from attrs import define, field

from bankcore.ledger.accounts import Account
from bankcore.ledger.balances import AccountState
from bankcore.ledger.encoding import public_texts
from bankcore.ledger.transactions import Entry, Transaction, day_text, timestamp

__all__ = ["Additions", "Place", "PostingRow", "RecordRow", "additions_of"]

TransactionRow = tuple[int, str, bytes | bytearray, str]  # number, key, digest, line
PostingRow = tuple[int, int, int, int, int, int, str]
RecordRow = tuple[str, str, int, int, int, str]  # kind, id, version, number, place from 1, data
AccountRow = tuple[int, str, str, str, str, int]  # id, path, type, unit, normal side, number of its opening
BalanceRow = tuple[int, int, int, int, int, int, int]
PageRow = tuple[int, int, bytes | bytearray]  # level and number, hashes; see `evidence.pages`


class Place(NamedTuple):
    """Where a posting stands in its account; the balance, gross debits and latest value date after it."""

    account: int
    sequence: int
    balance: int
    debits: int
    horizon: date


@define
class Additions:
    """Rows to add, and the balances and pages that take the place of those before.

    A posting row is account id, sequence, number, quantity, balance, gross debits and latest value date
    after it; a balance row is account id, sequence, debits, credits, pending debits, pending credits and
    version of the account's record.
    """

    transactions: list[TransactionRow] = field(factory=list)
    postings: list[PostingRow] = field(factory=list)
    records: list[RecordRow] = field(factory=list)
    accounts: list[AccountRow] = field(factory=list)
    holds: list[tuple[int, str]] = field(factory=list)  # number, instant of expiry or nothing
    held: list[tuple[int, int, int, int]] = field(factory=list)  # number, leg from 1, account id, quantity
    resolutions: list[tuple[int, int]] = field(factory=list)  # number, the hold that it resolves
    links: list[tuple[str, int, int]] = field(factory=list)  # reverses or corrects, target, number
    members: list[tuple[str, int]] = field(factory=list)  # group, number
    personal: list[tuple[int, int, str, str]] = field(factory=list)  # number, then as in an entry
    balances: list[BalanceRow] = field(factory=list)
    pages: list[PageRow] = field(factory=list)

    def write(self, entry: Entry, places: Sequence[Place]) -> None:
        """Add a transaction with all rows that follow from it."""
        t, number = entry.transaction, entry.number
        self.transactions.append((number, t.key, bytearray(entry.digest), entry.line))
        self.personal += [(number, *row) for row in entry.personal]
        if t.pending:
            self.holds.append((number, timestamp(t.expires_at) if t.expires_at else ""))
            legs = enumerate(zip(t.postings, places, strict=True), start=1)
            self.held += [(number, leg, place.account, p.quantity) for leg, (p, place) in legs]
        else:
            self.postings += [
                (place.account, place.sequence, number, p.quantity, place.balance, place.debits, day)
                for p, place in zip(t.postings, places, strict=True)
                for day in (day_text(place.horizon),)
            ]
        if t.records:
            texts = public_texts(t, entry.personal)
            self.records += [
                (r.kind, r.id, r.version, number, place, texts[place])
                for place, r in enumerate(t.records, start=1)
            ]
        self.links += links_of(t, number)
        if t.resolves is not None:
            self.resolutions.append((number, t.resolves))
        if t.group:
            self.members.append((t.group, number))

    def open(self, id: int, account: Account, number: int) -> None:
        """Add an account that transaction `number` opens."""
        row = (id, str(account.path), account.type.value, str(account.unit), account.normal_side.value)
        self.accounts.append((*row, number))

    def settle(self, states: Iterable[AccountState]) -> None:
        """Add where accounts stand after all of it."""
        self.balances += [
            (s.id, s.sequence, s.debits, s.credits, s.pending_debits, s.pending_credits, s.version)
            for s in states
        ]


def links_of(t: Transaction, number: int) -> list[tuple[str, int, int]]:
    """Whether a transaction reverses or corrects another, as the row that says so."""
    links = (("reverses", t.reverses), ("corrects", t.corrects))
    return [(verb, target, number) for verb, target in links if target is not None]


def additions_of(
    entries: Sequence[Entry],
    places: Sequence[Sequence[Place]],
    opened: Sequence[AccountState],
    touched: Iterable[AccountState],
) -> Additions:
    """What some entries add; `places` run beside them."""
    added = Additions()
    for entry, where in zip(entries, places, strict=True):
        added.write(entry, where)
    openings = {
        r.id: e.number
        for e in entries
        for r in e.transaction.records
        if r.kind == "account" and r.version == 1
    }
    for state in opened:
        added.open(state.id, state.account, openings[state.account.path])
    added.settle({state.id: state for state in (*opened, *touched)}.values())
    return added
