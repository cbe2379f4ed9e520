"""The run: rows go to the ledger in batches, verdicts are recorded and stated balances compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from bankcore.errors import BadRow, BankcoreError, InputError
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ledger import Ledger, Verdict
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.replay.mapping import Mapping
from bankcore.replay.refusals import PassedOver
from bankcore.replay.rows import Row, read_rows
from bankcore.units import Unit

__all__ = ["Mismatch", "Outcome", "Refused", "replay"]

_BATCH: Final = 1_000  # rows of one commit


@frozen
class Refused:
    """A row that the book refused, and why."""

    line: int
    key: str
    account: AccountPath
    error: BankcoreError


@frozen
class Mismatch:
    """A row after which the book and the bank disagree; quantities on the account's normal side."""

    line: int
    key: str
    account: AccountPath
    stated: int
    found: int
    unit: Unit


@define
class Outcome:
    """The outcome of the rows: each was posted, replayed (it was in the book already) or refused.

    A row of amount zero is `empty`: it moves nothing and is not posted.  Rows that [when] of the map leaves
    out are `left_out` and no `rows`.  `matched` counts the rows whose stated balance is the book's,
    `uncompared` those after a refused row of their account (the bank's figure then includes a row that the
    book does not), or empty ones that are its first.
    """

    rows: int = 0
    posted: int = 0
    replayed: int = 0
    empty: int = 0
    opened: int = 0
    left_out: int = 0
    matched: int = 0
    uncompared: int = 0
    refused: list[Refused] = field(factory=list)
    mismatches: list[Mismatch] = field(factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data."""
        names = ("rows", "posted", "replayed", "empty", "opened", "left_out", "matched", "uncompared")
        refused = [
            {"line": r.line, "key": r.key, "account": r.account, **r.error.as_dict()} for r in self.refused
        ]
        mismatches = [
            {"line": m.line, "key": m.key, "account": m.account, "stated": m.stated, "found": m.found}
            for m in self.mismatches
        ]
        counts = {name: getattr(self, name) for name in names}
        return {**counts, "refused": refused, "mismatches": mismatches}


def replay(
    path: str | Path, mapping: Mapping, ledger: Ledger, *, progress: Callable[[int], object] | None = None
) -> Outcome:
    """Post the rows of a .csv or .csv.gz file through the map, in the order of the file.

    Rows go to the ledger by the thousand, each with its own verdict; memory grows by a hash for each row.
    A refused row is recorded and the rest is posted.  Two rows of one key are an error of the map or the
    file: BadRow names both before anything is posted, as with another key all would be posted again.  An
    unreadable row raises BadRow; all rows before it are in the book, and the same call continues there once
    the file is corrected, as rows have keys.
    A row that is not in the book although a later row of the same account is, was refused by an
    earlier run and stays refused (PassedOver), whatever the balance is now.

    Accounts are opened when a row first names them.  `progress` is called with the bytes of the file
    read so far.  Raises BadFile, BadMapping, BadRow and StoreError.
    """
    path = Path(path)
    run = _Run(ledger, mapping, _frontier(path, mapping, ledger))
    zone = ledger.book.zone
    for batch in _batches(read_rows(path, mapping, progress, zone=zone, left_out=run.leave_out)):
        run.post(batch)
    return run.outcome


def _frontier(path: Path, mapping: Mapping, ledger: Ledger) -> dict[AccountPath, int]:
    """By account, the place of its last row already in the book; raises BadRow for a key met twice."""
    reader = ledger.reader
    frontier: dict[AccountPath, int] = {}
    met: dict[int, int] = {}  # by the hash of a key, its line
    written = bool(reader.head().number)
    try:
        for batch in _batches(read_rows(path, mapping, zone=ledger.book.zone)):
            for row in batch:
                if (first := met.setdefault(hash(row.transaction.key), row.line)) != row.line:
                    raise _twice(row, first, mapping)
            if not written:
                continue
            known = reader.numbers([row.transaction.key for row in batch])
            frontier.update((row.account, row.place) for row in batch if row.transaction.key in known)
    except _KeyTwice as error:
        raise BadRow(*error.args) from None
    except InputError:
        pass  # the run itself raises it, after the rows before it
    return frontier


class _KeyTwice(Exception):
    """Line, column and reason of a row whose key is that of an earlier row of the file."""


def _twice(row: Row, first: int, mapping: Mapping) -> _KeyTwice:
    column = next(iter(mapping.key.columns), "(key)")
    return _KeyTwice(
        row.line,
        column,
        f"its key {row.transaction.key!r} is that of line {first} already; tell them apart by another column"
        " in the key of the map, or by {n}, the number of the row among equal ones",
    )


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows by the thousand; where reading fails, the rows before the failure come first."""
    batch: list[Row] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except InputError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


class _Run:
    def __init__(self, ledger: Ledger, mapping: Mapping, frontier: dict[AccountPath, int]) -> None:
        self.outcome = Outcome()
        self._ledger = ledger
        self._sign = mapping.account.type.normal_side.sign
        self._opening = mapping.opening
        self._frontier = frontier
        self._open: set[AccountPath] = set()
        self._begun: set[AccountPath] = set()  # accounts that a row of this run has named
        self._parted: set[AccountPath] = set()  # accounts with a refused row, which the bank had posted
        self._found: dict[AccountPath, int] = {}  # balances after the last row of each account

    def post(self, batch: list[Row]) -> None:
        """Open new accounts, post the rows, record the verdicts and compare the balances."""
        moving = [row for row in batch if row.transaction.postings]
        self._open_accounts(moving)
        self._bring_forward(moving)
        known = self._ledger.reader.numbers([row.transaction.key for row in moving]) if self._frontier else {}
        passed = [
            row
            for row in moving
            if row.place < self._frontier.get(row.account, 0) and row.transaction.key not in known
        ]
        verdicts: dict[int, Verdict] = {
            row.line: PassedOver(row.transaction.key, row.account) for row in passed
        }
        rest = [row for row in moving if row.line not in verdicts]
        posted = self._ledger.post_many(row.transaction for row in rest)
        verdicts.update((row.line, verdict) for row, verdict in zip(rest, posted, strict=True))
        balances = self._balances(moving, verdicts)
        for row in batch:
            self._note(row, verdicts.get(row.line), balances)

    def _open_accounts(self, batch: list[Row]) -> None:
        """Accounts first named by these rows and not open in the book on the day of the row."""
        first = {
            path: (target, row.transaction.effective_on, row.unit)
            for row in reversed(batch)
            for path, target in row.targets
            if path not in self._open
        }
        if not first:
            return
        self._open.update(first)
        existing = self._ledger.reader.states(first)
        accounts = [
            Account(path, target.type, unit, floor=target.floor, opened_on=day)
            for path, (target, day, unit) in sorted(first.items())
            if path not in existing
        ]
        if accounts:
            self._ledger.open(accounts, key=f"open/{accounts[0].path}")
            self.outcome.opened += len(accounts)

    def leave_out(self) -> None:
        """Count a row that the map leaves out."""
        self.outcome.left_out += 1

    def _bring_forward(self, rows: list[Row]) -> None:
        """Post what an account held before its first row in the file, where no row of it is in the book."""
        if self._opening is None:
            return
        first = {row.account: row for row in reversed(rows) if row.account not in self._begun}
        self._begun |= first.keys()
        states = self._ledger.reader.states(first)
        other = AccountPath.parse(self._opening.path.fill({}))
        for path, row in first.items():
            if path in self._frontier or (path in states and states[path].sequence):
                continue
            moved = sum(leg.quantity for leg in row.transaction.postings if leg.account == path)
            if before := (row.balance or 0) * self._sign - moved:
                legs = (Posting(path, before, row.unit), Posting(other, -before, row.unit))
                day = row.transaction.effective_on
                forward = Transaction("opening", day, legs, f"opening/{path}")
                for verdict in self._ledger.post_many([forward]):
                    if isinstance(verdict, BankcoreError):
                        raise verdict

    def _balances(self, batch: list[Row], verdicts: dict[int, Verdict]) -> dict[int, int]:
        """By transaction number the stored balance of the row's account after it."""
        wanted = {
            verdict.number: row.account
            for row in batch
            if row.balance is not None and not isinstance(verdict := verdicts[row.line], BankcoreError)
        }
        balances: dict[int, int] = {}
        if not wanted:
            return balances
        last = max(wanted)
        entries = self._ledger.reader.entries(after=min(wanted) - 1)
        for entry in takewhile(lambda entry: entry.number <= last, entries):
            if entry.number in wanted:
                after = zip(entry.transaction.postings, entry.positions, strict=True)
                (*_, found) = (balance for leg, (_, balance) in after if leg.account == wanted[entry.number])
                balances[entry.number] = found * self._sign
        return balances

    def _note(self, row: Row, verdict: Verdict | None, balances: dict[int, int]) -> None:
        outcome, key = self.outcome, row.transaction.key
        outcome.rows += 1
        if isinstance(verdict, BankcoreError):
            outcome.refused.append(Refused(row.line, key, row.account, verdict))
            self._parted.add(row.account)
            return
        if verdict is None:
            outcome.empty += 1
        elif verdict.replayed:
            outcome.replayed += 1
        else:
            outcome.posted += 1
        if row.balance is None:
            return
        if verdict is not None:
            self._found[row.account] = balances[verdict.number]
        found = self._found.get(row.account)
        if found is None or row.account in self._parted:
            outcome.uncompared += 1
        elif found == row.balance:
            outcome.matched += 1
        else:
            outcome.mismatches.append(Mismatch(row.line, key, row.account, row.balance, found, row.unit))
