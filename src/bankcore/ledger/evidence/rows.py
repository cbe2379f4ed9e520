"""The rows beside the lines: postings, records, holds and links, held against what the lines say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Final

from attrs import define, field

from bankcore.errors import BalanceDrift, BankcoreError, BrokenChain, Corruption
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import PostingRow, RecordRow
from bankcore.ledger.personal import conceal, reveal
from bankcore.ledger.ports import RareRow, Reader
from bankcore.ledger.transactions import PERSONAL, canonical_json

__all__ = ["Rows"]

_NAMES: Final = ("number", "quantity", "balance", "debits", "horizon")


def _fits(text: str | None, salt: str, hidden: str) -> bool:
    """Whether the line commits to this."""
    try:
        whole = canonical_json(reveal(json.loads(text or ""), hidden))
        return conceal(whole, bytes.fromhex(salt)) == (text, hidden)
    except (BankcoreError, LookupError, TypeError, ValueError):
        return False


@define
class Rows:
    """What is due so far and was not compared yet, in ranges, so that memory does not grow with the book."""

    reader: Reader
    paths: dict[int, AccountPath] = field(factory=dict)  # by account id
    postings: dict[tuple[int, int], PostingRow] = field(factory=dict)  # by account id and sequence
    records: dict[tuple[str, str, int], RecordRow] = field(factory=dict)
    rare: Counter[RareRow] = field(factory=Counter)
    committed: dict[tuple[int, int], str] = field(factory=dict)  # by number and place, texts that may commit
    last: int = 0  # the number of the last transaction that was compared

    def expect(self, path: AccountPath, row: PostingRow) -> None:
        """A posting that the store must have."""
        self.paths[row[0]] = path
        self.postings[row[:2]] = row

    def commits(self, number: int, place: int, text: str) -> None:
        """The details (place 0) or a record of a transaction, as its line has them."""
        if PERSONAL in text:
            self.committed[number, place] = text

    def compare(self, number: int) -> Iterator[Corruption]:
        """What the store has instead of what is due in the range that ends with transaction `number`."""
        for own, (place, salt, hidden) in self.reader.personal(self.last + 1, number):
            if not _fits(self.committed.get((own, place)), salt, hidden):
                yield BrokenChain(own, f"personal data at place {place} is not what its line commits to")
        self.last = number
        self.committed.clear()
        spans: dict[int, list[int]] = {}
        for account, sequence in self.postings:
            spans.setdefault(account, []).append(sequence)
        wanted = [(account, min(found), max(found)) for account, found in sorted(spans.items())]
        stored = {row[:2]: row for row in self.reader.postings(wanted)}
        for name, due in self.postings.items():
            yield from self._posting(due, stored.get(name))
        kept = {row[:3]: row for row in self.reader.record_rows(self.records)}
        for record, row in self.records.items():
            if kept.get(record) != row:
                kind, id, version = record
                yield BrokenChain(row[3], f"record {kind} {id}: version {version} is stored otherwise")
        self.postings.clear()
        self.records.clear()

    def _posting(self, due: PostingRow, stored: PostingRow | None) -> Iterator[Corruption]:
        path, sequence, number = self.paths[due[0]], due[1], due[2]
        if stored is None:
            yield BrokenChain(number, f"posting {sequence} of {path} is not stored")
            return
        for name, ours, theirs in zip(_NAMES, due[2:], stored[2:], strict=True):
            if ours != theirs:
                yield BalanceDrift(path, f"{name} after {sequence}", str(theirs), str(ours))

    def finish(self) -> Iterator[Corruption]:
        """The rare rows that the store has too many or too few of."""
        stored = Counter(self.reader.rare_rows())
        for row in sorted((stored - self.rare).keys() | (self.rare - stored).keys()):
            name, number, text, target, quantity = row
            what = " ".join(str(part) for part in (name, text, target or "", quantity or "") if part)
            verb = "is stored, its line does not say so" if stored[row] > self.rare[row] else "is not stored"
            yield BrokenChain(number, f"{what} {verb}")
