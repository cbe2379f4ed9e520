"""The walk: one pass over the journal from the first line to the last, deriving every figure from the lines.

An ordinary line only posts.  It is hashed, parsed and added up without building objects; rarer features
of a transaction (a record, a hold, a link, a limit that it comes near) are checked in functions of
their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from attrs import define, field

from bankcore.errors import BrokenChain, SequenceGap, UnbalancedJournal
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.findings import LOST, Cause, Findings
from bankcore.ledger.evidence.limits import Hold, Limits, Moves
from bankcore.ledger.evidence.lines import (
    NO_EXTRAS,
    UNREADABLE,
    Extras,
    Version,
    check_moment,
    day_of,
    extras_of,
    parse,
)
from bankcore.ledger.evidence.rows import Rows, rare_rows
from bankcore.ledger.evidence.sealing import Sealing
from bankcore.ledger.evidence.seals import SEAL
from bankcore.ledger.evidence.tracks import Leg, Track
from bankcore.ledger.ports import RareRow, Reader
from bankcore.ledger.transactions import EXPIRY, PERIOD
from bankcore.ledger.velocity import VELOCITY

__all__ = ["Walk"]

_RANGE: Final = 20_000  # transactions whose rows are compared at once
_STRIDE: Final = 500  # transactions from one report of progress to the next; a range is many of them
_ASTRAY: Final = "astray"  # the chain of causes that make the next seal differ from the stored one

Legs = Sequence[Sequence[Any]]  # path, unit, quantity; where it is posted, sequence and balance after it


@define
class Walk:
    """The state of the walk; memory grows with accounts, live holds and names of records."""

    reader: Reader
    findings: Findings
    sealing: Sealing
    limits: Limits
    rows: Rows
    digest: bytes  # of the last line, as stored
    number: int = 0
    lines: int = 0
    postings: int = 0
    records: int = 0
    stamp: str = ""
    closed: int = 0  # the last closed date as a number of days
    days: dict[str, int] = field(factory=dict)  # the open dates seen so far
    tracks: dict[str, Track] = field(factory=dict)
    live: dict[int, Hold] = field(factory=dict)
    versions: dict[tuple[str, str], int] = field(factory=dict)

    def run(self, progress: Callable[[int], object]) -> None:
        """Walk to the end, and compare the rows beside the lines."""
        for number, key, digest, line in self.reader.journal():
            self._line(number, key, digest, line)
            if not self.lines % _STRIDE:
                progress(_STRIDE)
                if not self.lines % _RANGE:
                    self.sealing.moved.update(self.rows.touched)
                    self.rows.compare(self.number)
                    self.sealing.grow()
        progress(self.lines % _STRIDE)
        self.rows.compare()
        self.rows.finish(self._rare_rows())

    def _line(self, number: int, key: str, digest: bytes, line: str) -> None:
        self.lines += 1
        try:
            (said, stamp, named, kind, day, _, _, _, legs, *more), end = parse(line)
            if said != number or named != key or end != len(line):
                raise ValueError(
                    f"number {number}, key {key!r}, holds the line of number {said}, key {named!r}"
                )
            extras = extras_of(*more) if more else NO_EXTRAS
            if stamp != self.stamp:
                self._time(number, stamp)
            on = self.days.get(day) or self._day(number, day)
            if more:
                self._seal(extras)
            if number != self.number + 1 or sha256(self.digest + line.encode()).digest() != digest:
                self._unlinked(number, digest, line)
            self.number, self.digest = number, digest
            self.sealing.digests.append(digest)
            if more:
                moves = self._rare(number, stamp, kind, on, legs, extras)
            else:
                moves = self._post(number, on, legs)
        except UNREADABLE as error:
            self._mark_lost(self.findings.add(BrokenChain(number, f"its line cannot be read: {error}")))
            if self.digest is not digest:
                self.number, self.digest = number, digest
                self.sealing.digests.append(digest)
            return
        if moves is not None:
            self.limits.test(moves)
        if more:
            self._change(extras)

    # --- checks of every line --------------------------------------------------------------------------

    def _post(self, number: int, day: int, legs: Legs) -> Moves | None:
        """Add postings up; returns them where their limits need a further check."""
        tracks, touched = self.tracks, self.rows.touched
        total, layer, mixed, odd = 0, None, False, False
        for path, unit, quantity, sequence, balance in legs:
            track = tracks.get(path)
            if track is None or track.unit != unit:
                self._unknown(number, path)
                continue
            total += quantity
            if track.layer is not layer:
                mixed, layer = layer is not None, track.layer
            if sequence != track.sequence + 1:
                self._gap(track, sequence)
            track.sequence = sequence
            track.net = net = track.net + quantity
            if quantity > 0:
                track.debits += quantity
            if balance != net:
                self._drift(track, sequence, balance)
            if day != track.horizon:
                if day > track.horizon:
                    track.horizon = day
                elif track.limited:
                    odd = True
            if track.special or not track.low <= net <= track.high:
                odd = True
            due = track.due
            if not due:
                touched.append(track)
            due.append((track.id, sequence, number, quantity, balance, track.debits, track.horizon))
        self.postings += len(legs)
        if total or mixed:
            self._balance(number, legs)
        return Moves(number, day, self._legs(legs)) if odd else None

    def _time(self, number: int, stamp: str) -> None:
        check_moment(stamp)
        if stamp < self.stamp:
            self.findings.add(BrokenChain(number, f"recorded at {stamp}, before its predecessor"))
        self.stamp = stamp

    def _day(self, number: int, text: str) -> int:
        day = day_of(text)
        if day <= self.closed:
            self.findings.add(BrokenChain(number, f"value date {text} was already closed"))
        else:
            self.days[text] = day
        return day

    def _balance(self, number: int, legs: Legs) -> None:
        """Report what does not balance: each unit by itself, memorandum accounts apart."""
        sums: dict[str, int] = {}
        for track, quantity in self._legs(legs):
            sums[track.layer] = sums.get(track.layer, 0) + quantity
        for layer, total in sums.items():
            if total:
                unit, _, memorandum = layer.partition(" ")
                found = UnbalancedJournal(number, unit, memorandum or "on balance", total)
                self.findings.add(found, after=[("unknown", number)])

    def _legs(self, legs: Legs) -> list[Leg]:
        """The legs on accounts that are known."""
        found = ((self.tracks.get(path), unit, quantity) for path, unit, quantity, *_ in legs)
        return [(track, quantity) for track, unit, quantity in found if track and track.unit == unit]

    # --- faults of a line ---------------------------------------------------------------------------------

    def _unlinked(self, number: int, digest: bytes, line: str) -> None:
        if number != self.number + 1:
            gap = BrokenChain(number, f"number {self.number + 1} is expected")
            self._mark_lost(self.findings.add(gap, ("line", number)))
        if sha256(self.digest + line.encode()).digest() != digest:
            found = BrokenChain(number, "its digest is not that of its line")
            self.findings.mark(_ASTRAY, self.findings.add(found, ("line", number)))

    def _mark_lost(self, cause: Cause) -> None:
        self.findings.mark(LOST, cause)
        self.findings.mark(_ASTRAY, cause)

    def _unknown(self, number: int, path: str) -> None:
        found = BrokenChain(number, f"a posting refers to the unknown account {path}")
        cause = self.findings.add(found, ("unknown", path), after=[LOST])
        for chain in (_ASTRAY, ("unknown", number), ("rare", number)):
            self.findings.mark(chain, cause)

    def _gap(self, track: Track, sequence: int) -> None:
        path, due = track.account.path, track.sequence + 1
        if type(sequence) is not int:
            raise ValueError(f"{sequence!r} is not a sequence number")
        after = [LOST] if sequence > due else []
        cause = self.findings.add(SequenceGap(path, due, sequence), after=after)
        for chain in (_ASTRAY, ("gap", path, sequence)):
            self.findings.mark(chain, cause)

    def _drift(self, track: Track, sequence: int, balance: int) -> None:
        path = track.account.path
        after = [("gap", path, sequence)]
        cause = self.findings.drift(path, f"balance after {sequence}", balance, track.net, after)
        for chain in (_ASTRAY, ("adrift", path)):
            self.findings.mark(chain, cause)

    # --- checks of few lines ------------------------------------------------------------------------------

    def _rare(self, number: int, stamp: str, kind: str, day: int, legs: Legs, extras: Extras) -> Moves | None:
        """Add up a transaction with records, links or holds; returns what its limits need."""
        rest = extras.rest
        self.rows.commits(number, 0, extras.details)
        for place, version in enumerate(extras.versions, start=1):
            self._version(number, place, version)
        freed = self._free(number, stamp, kind, rest["resolves"]) if "resolves" in rest else None
        if "pending" not in rest:
            moves = self._post(number, day, legs)
            if freed is not None:
                moves = Moves(number, day, self._legs(legs), freed=freed)
        else:
            moves = self._hold(number, day, legs, rest.get("expires_at", ""))
        if rest:
            self.rows.expect_rare(rare_rows(number, rest, moves.legs if moves else ()))
        return moves

    def _seal(self, extras: Extras) -> None:
        """Compare a seal with everything before it."""
        own = [version for version in extras.versions if version.kind in (PERIOD[0], SEAL[0])]
        if own:
            self.sealing.moved.update(self.rows.touched)
            broken = [*self.sealing.check(own, self.number, self.digest)]
            for found in broken:
                self.findings.add(found, ("seal", found.number), after=[_ASTRAY])
            if not broken:
                self.findings.end(_ASTRAY)

    def _version(self, number: int, place: int, version: Version) -> None:
        self.records += 1
        kind, id, count, text, means = version
        due = self.versions.get((kind, id), 0) + 1
        if count != due:
            found = BrokenChain(number, f"record {kind} {id}: version {count}, {due} is expected")
            self.findings.add(found, ("record", kind, id), after=[LOST])
        self.versions[kind, id] = count
        self.rows.records[kind, id, count] = (kind, id, count, number, place, text)
        self.rows.commits(number, place, text)
        if isinstance(means, Account) and count == 1 and id not in self.tracks:
            self.tracks[means.path] = track = Track(len(self.tracks) + 1, means)
            self.sealing.moved.add(track)
            self.limits.open(track)

    def _hold(self, number: int, day: int, legs: Legs, expires_at: str) -> Moves:
        for path, unit, quantity in legs:
            track = self.tracks.get(path)
            if track is None or track.unit != unit:
                self._unknown(number, path)
            elif quantity > 0:
                track.held_debits += quantity
            else:
                track.held_credits -= quantity
        self.postings += len(legs)
        self._balance(number, legs)
        known = self._legs(legs)
        self.sealing.moved.update(track for track, _ in known)
        self.live[number] = Hold(number, day, expires_at, known)
        return Moves(number, day, known, pending=True)

    def _free(self, number: int, stamp: str, kind: str, resolved: int) -> Hold | None:
        """Release a hold, which must be live, and must have expired where the line says so."""
        hold = self.live.pop(resolved, None)
        if hold is None:
            found = BrokenChain(number, f"it resolves {resolved}, which is not a live hold")
            self.findings.mark(_ASTRAY, self.findings.add(found, after=[LOST]))
            return None
        if (hold.expires_at != "" and hold.expires_at <= stamp) != (kind == EXPIRY):
            found = BrokenChain(number, f"it resolves {resolved} on the wrong side of its expiry")
            self.findings.add(found)
        for track, quantity in hold.legs:
            self.sealing.moved.add(track)
            if quantity > 0:
                track.held_debits -= quantity
            else:
                track.held_credits += quantity
        return hold

    def _change(self, extras: Extras) -> None:
        """Apply the records of a transaction to those after it."""
        for version in extras.versions:
            if version.kind == "account" and version.version > 1 and version.id in self.tracks:
                self.tracks[version.id].become(version.means, version.version)
            elif version.kind == VELOCITY:
                self.limits.change(version.means)
            elif (version.kind, version.id) == PERIOD:
                self.closed = version.means.toordinal()
                self.days.clear()
                self.limits.close(version.means)

    def _rare_rows(self) -> Iterator[RareRow]:
        """Read the journal again, for the rows that the store must have beside the lines."""
        for number, _, _, line in self.reader.journal():
            try:
                legs, _, _, rest = parse(line)[0][8:]
                yield from rare_rows(number, dict(rest), self._legs(legs))
            except UNREADABLE:  # most have no rest
                continue
