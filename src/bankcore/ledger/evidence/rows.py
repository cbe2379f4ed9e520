"""The rows beside the lines: postings, records, holds and links, compared with the lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from itertools import chain
from operator import attrgetter
from typing import Any, Final

from attrs import define, field

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import BalanceDrift, BankcoreError, BrokenChain
from bankcore.ledger.additions import PostingRow, RecordRow
from bankcore.ledger.evidence.findings import LOST, Findings
from bankcore.ledger.evidence.tracks import Leg, Track
from bankcore.ledger.personal import conceal, reveal
from bankcore.ledger.ports import RareRow, Reader
from bankcore.ledger.transactions import PERSONAL, canonical_json

__all__ = ["Rows", "rare_rows"]

_FIGURES: Final = ("quantity", "balance", "debits")
_LINKS: Final = ("resolves", "reverses", "corrects")


@define
class Rows:
    """Rows that are expected and not compared yet, in ranges, so that memory does not grow with the book.

    Rare rows are not kept: a sum of their digests shows whether the store has exactly these.
    """

    reader: Reader
    findings: Findings
    touched: list[Track] = field(factory=list)  # the accounts with postings in this range
    records: dict[tuple[str, str, int], RecordRow] = field(factory=dict)
    rare: int = 0
    committed: dict[tuple[int, int], str] = field(factory=dict)  # texts with commitments, by number and place
    last: int = -MAX_QUANTITY - 1  # the number of the last transaction that was compared

    def commits(self, number: int, place: int, text: str) -> None:
        """The details (place 0) or a record of a transaction, from its line."""
        if PERSONAL in text:
            self.committed[number, place] = text

    def expect_rare(self, rows: Iterable[RareRow]) -> None:
        """Rows that the store must have beside a line, for look-ups."""
        self.rare += _sum(rows)

    def compare(self, number: int = MAX_QUANTITY) -> None:
        """Compare the store's rows with those expected in the range that ends with transaction `number`."""
        tracks = sorted(self.touched, key=attrgetter("id"))
        spans = [(track.id, track.due[0][1], track.due[-1][1]) for track in tracks]
        if list(self.reader.postings(spans)) != [*chain.from_iterable([track.due for track in tracks])]:
            for track in tracks:
                self._compare_postings(track)
        for track in tracks:
            track.due.clear()
        self.touched.clear()
        self._compare_records()
        self._compare_personal(number)
        self.last = number

    def _compare_postings(self, track: Track) -> None:
        path, due = track.account.path, {row[1]: row for row in track.due}
        stored = {row[1]: row for row in self.reader.postings([(track.id, min(due), max(due))])}
        for row in track.due:
            if (found := stored.pop(row[1], None)) is not None:
                self._compare_posting(path, row, found)
            else:
                missing = BrokenChain(row[2], f"posting {row[1]} of {path} is not stored")
                cause = self.findings.add(missing, ("unstored", path))
                self.findings.mark("postings short", cause)
        for sequence, row in stored.items():
            extra = BrokenChain(row[2], f"posting {sequence} of {path} is stored but is in no line")
            self.findings.mark("postings short", self.findings.add(extra, ("unsaid", path), after=[LOST]))

    def _compare_posting(self, path: str, due: PostingRow, stored: PostingRow) -> None:
        sequence = due[1]
        if due[2] != stored[2]:
            found = BalanceDrift(path, f"number after {sequence}", str(stored[2]), str(due[2]))
            self.findings.add(found, ("number", path))
        for name, ours, theirs in zip(_FIGURES, due[3:6], stored[3:6], strict=True):
            if ours != theirs:
                self.findings.drift(path, f"{name} after {sequence}", theirs, ours)
        if due[6] != stored[6]:
            found = BalanceDrift(path, f"horizon after {sequence}", _date(stored[6]), _date(due[6]))
            self.findings.add(found, ("horizon", path))

    def _compare_records(self) -> None:
        kept = {row[:3]: row for row in self.reader.record_rows(self.records)}
        for name, record in self.records.items():
            if kept.get(name) != record:
                kind, id, version = name
                stored = "stored otherwise" if name in kept else "not stored"
                found = BrokenChain(record[3], f"record {kind} {id}: version {version} is {stored}")
                self.findings.mark("records short", self.findings.add(found, ("record", kind, id)))
        self.records.clear()

    def _compare_personal(self, number: int) -> None:
        for own, (place, salt, hidden) in self.reader.personal(self.last + 1, number):
            if not _fits(self.committed.get((own, place)), salt, hidden):
                found = BrokenChain(own, f"personal data at place {place} is not what its line commits to")
                self.findings.add(found, after=[("line", own)])
        self.committed.clear()

    def finish(self, due: Iterable[RareRow]) -> None:
        """Find surplus and missing rare rows of the store; `due` reads the journal again."""
        if _sum(self.reader.rare_rows()) == self.rare:
            return
        stored, wanted = Counter(self.reader.rare_rows()), Counter(due)
        for row in sorted((stored - wanted).keys() | (wanted - stored).keys()):
            name, number, text, target, quantity = row
            what = " ".join(str(part) for part in (name, text, target or "", quantity or "") if part)
            verb = "is stored but is not in its line" if stored[row] > wanted[row] else "is not stored"
            cause = self.findings.add(BrokenChain(number, f"{what} {verb}"), ("rare", number), after=[LOST])
            if name.startswith("held"):
                self.findings.mark("postings short", cause)


def rare_rows(number: int, rest: Mapping[str, Any], held: Iterable[Leg]) -> Iterator[RareRow]:
    """The look-up rows that the store must keep beside a line."""
    if "pending" in rest:
        yield "hold", number, rest.get("expires_at", ""), 0, 0
        for leg, (track, quantity) in enumerate(held, start=1):
            yield f"held {leg}", number, "", track.id, quantity
    for verb in _LINKS:
        if verb in rest:
            yield verb, number, "", rest[verb], 0
    if "group" in rest:
        yield "group", number, rest["group"], 0, 0


def _date(day: int) -> str:
    """The text of a date given as a number of days, or the number where it is not a date."""
    return date.fromordinal(day).isoformat() if 0 < day <= date.max.toordinal() else str(day)


def _fits(text: str | None, salt: str, hidden: str) -> bool:
    """Whether the line commits to this."""
    try:
        key, whole = bytes.fromhex(salt), canonical_json(reveal(json.loads(text or ""), hidden))
        return key.hex() == salt and hidden != "[]" and conceal(whole, key) == (text, hidden)
    except (BankcoreError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False


def _sum(rows: Iterable[RareRow]) -> int:
    """A figure that is equal for two collections of the same rows, in any order."""
    return sum(int.from_bytes(sha256(repr(row).encode()).digest()) for row in rows)
