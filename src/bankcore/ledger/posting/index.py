"""The index of a draft: look-up by name of entries that are decided and not yet stored.

Most drafts are never queried, so entries are indexed on the first query, and removed one by one
when they are undone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from bankcore.ledger.balances import Movement
from bankcore.ledger.transactions import Entry, Record, fingerprint_of

__all__ = ["Index"]


class Index:
    """The entries of one draft in order; `entries` grows at its end, and `undone` shortens it there."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self._entries = entries
        self._done = 0  # the number of entries in the tables below
        self._movements: defaultdict[str, list[Movement]] = defaultdict(list)  # by account
        self._versions: dict[str, dict[str, list[Record]]] = {}  # by kind and id
        self._reversals: dict[int, int] = {}
        self._corrections: defaultdict[int, list[int]] = defaultdict(list)
        self._keys: defaultdict[str, list[str]] = defaultdict(list)  # by group
        self._marks: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)  # by fingerprint
        self._paths = _Names()
        self._ids: dict[str, _Names] = {}  # by kind

    def entry(self, number: int) -> Entry | None:
        """A transaction by its number."""
        place = number - self._entries[0].number if self._entries else -1
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def movements(self, path: str) -> Sequence[Movement]:
        """The postings and held legs of an account."""
        return self._table()._movements.get(path, ())

    def versions(self, kind: str, id: str) -> Sequence[Record]:
        """The versions of a record, oldest first."""
        return self._table()._versions.get(kind, {}).get(id, ())

    def records(self, kind: str, root: str, after: str) -> dict[str, Record]:
        """The latest versions of the records at and below `root`, after `after`, by id and in its order."""
        held = self._table()._versions.get(kind)
        if not held:
            return {}
        return {id: held[id][-1] for id in self._ids[kind].below(root, after) if held[id]}

    def fingerprinted(self, fingerprint: str) -> Sequence[tuple[str, str]]:
        """Kind and id of the records with a fingerprint."""
        return self._table()._marks.get(fingerprint, ())

    def paths(self, root: str, after: str) -> Sequence[str]:
        """The accounts at and below `root`, after `after`, that were posted to, opened or changed, in order.

        An account whose transaction was undone meanwhile may be among them.
        """
        return self._table()._paths.below(root, after)

    def reversal(self, number: int) -> int | None:
        """The number of the transaction that reverses this one."""
        return self._table()._reversals.get(number)

    def corrections(self, number: int) -> Sequence[int]:
        """The numbers of the transactions that correct this one, in order."""
        return self._table()._corrections.get(number, ())

    def group_keys(self, name: str) -> Sequence[str]:
        """The keys of a group's transactions, in order."""
        return self._table()._keys.get(name, ())

    def _table(self) -> Index:
        if self._done < len(self._entries):
            for entry in self._entries[self._done :]:
                self._enter(entry)
            self._done = len(self._entries)
        return self

    def _enter(self, entry: Entry) -> None:
        t = entry.transaction
        for p in t.postings:
            self._movements[p.account].append(Movement(t.effective_on, entry.number, p.quantity, t.pending))
            self._paths.add(p.account)
        for r in t.records:
            self._versions.setdefault(r.kind, {}).setdefault(r.id, []).append(r)
            self._ids.setdefault(r.kind, _Names()).add(r.id)
            if r.kind == "account":
                self._paths.add(r.id)
            if (mark := fingerprint_of(r)) is not None:
                self._marks[mark].append((r.kind, r.id))
        if t.reverses is not None:
            self._reversals[t.reverses] = entry.number
        if t.corrects is not None:
            self._corrections[t.corrects].append(entry.number)
        if t.group:
            self._keys[t.group].append(t.key)

    def undone(self, entry: Entry) -> None:
        """Remove the last entry, which has been undone."""
        if self._done <= len(self._entries):
            return
        self._done -= 1
        t = entry.transaction
        for p in t.postings:
            self._movements[p.account].pop()
        for r in t.records:
            self._versions[r.kind][r.id].pop()
            if (mark := fingerprint_of(r)) is not None:
                self._marks[mark].pop()
        if t.reverses is not None:
            del self._reversals[t.reverses]
        if t.corrects is not None:
            self._corrections[t.corrects].pop()
        if t.group:
            self._keys[t.group].pop()


class _Names:
    """Names in order; undone ones stay here, as they are likely to be used again."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._sorted: list[str] = []
        self._new: list[str] = []

    def add(self, name: str) -> None:
        if name not in self._known:
            self._known.add(name)
            self._new.append(name)

    def below(self, root: str, after: str) -> list[str]:
        """The names at and below `root`, after `after`."""
        if self._new:
            self._sorted += self._new
            self._sorted.sort()  # fast, as it merges runs that are in order already
            self._new.clear()
        names = self._sorted
        if not root:
            return names[bisect_right(names, after) :]
        own = [root] if root in self._known and root > after else []
        low, high = f"{root}:", f"{root};"  # the semicolon is the next character after the colon
        return own + names[bisect_right(names, max(after, low)) : bisect_left(names, high)]
