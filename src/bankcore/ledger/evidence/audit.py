"""The audit: every stored figure derived again from the journal, and compared.

It walks the journal once from the first transaction on: digests, numbers, times, sums, sequence
numbers, balances after each posting, limits at every instant, versions of records, seals; then it holds
what the store says of accounts, balances and counts against what the journal made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from attrs import Factory, define, field, frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import (
    BalanceDrift,
    BankcoreError,
    BrokenChain,
    Corruption,
    HashPageDamaged,
    LimitBroken,
    SealBroken,
    SealMissing,
    SequenceGap,
    UnbalancedJournal,
    VerificationFailed,
)
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import AccountState
from bankcore.ledger.encoding import digest, entry_of
from bankcore.ledger.evidence.merkle import Tree
from bankcore.ledger.evidence.pages import PagedTree
from bankcore.ledger.evidence.rows import Rows
from bankcore.ledger.evidence.seals import SEAL, Seal, balance_hashes, check_digest, next_seal
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import (
    EXPIRY,
    PERIOD,
    Book,
    Entry,
    Posting,
    Record,
    Transaction,
    day_text,
    timestamp,
)

__all__ = ["Verification", "verify"]

_RANGE: Final = 1_000  # transactions whose rows are compared at once

Extremes = dict[AccountPath, tuple[int, int]]  # what an account could fall and rise to before


@frozen
class Verification:
    """What was walked, the digest reached, and every contradiction found."""

    transactions: int
    postings: int
    records: int
    accounts: int
    seals: int
    digest: bytes
    findings: tuple[Corruption, ...]

    def require(self) -> Verification:
        """Itself when nothing was found; otherwise raises VerificationFailed with the findings."""
        if self.findings:
            raise VerificationFailed(len(self.findings), str(self.findings[0]), self.findings)
        return self


def verify(reader: Reader, book: Book, seals: Iterable[bytes] = ()) -> Verification:
    """Derive everything again; memory grows with the accounts and records, not with the journal.

    `seals` are digests that somebody has kept; a journal without them was cut or written anew.  Raises
    BadSeal for what is no digest.
    While others write, take the reader of a store's `snapshot`: the walk needs a book that stands still.
    """
    audit = _Audit(reader, book, book.genesis(), kept=dict.fromkeys(map(check_digest, seals)))
    findings = [*audit.journal(), *audit.accounts(), *audit.pages(), *audit.counts(), *audit.store()]
    findings += [SealMissing(digest.hex()) for digest in audit.kept]
    return Verification(
        audit.number,
        audit.postings,
        audit.records,
        len(audit.derived),
        audit.seal.number if audit.seal else 0,
        audit.digest,
        tuple(findings),
    )


@define
class _Audit:
    reader: Reader
    book: Book
    digest: bytes
    kept: dict[bytes, None]  # the digests of seals that were not met yet
    number: int = 0
    postings: int = 0
    records: int = 0
    stamp: str = ""
    closed_through: date | None = None
    derived: dict[AccountPath, AccountState] = field(factory=dict)
    live: dict[int, Transaction] = field(factory=dict)  # holds that nothing resolved
    versions: dict[tuple[str, str], int] = field(factory=dict)
    tree: Tree = field(factory=Tree)  # over the transactions since the last seal
    moved: set[AccountPath] = field(factory=set)  # since the last seal, or opened
    balances: PagedTree = field(factory=PagedTree)  # at the last seal
    seal: Seal | None = None
    rows: Rows = field(default=Factory(lambda self: Rows(self.reader), takes_self=True))

    def journal(self) -> Iterator[Corruption]:
        for number, key, reached, line in self.reader.journal():
            try:
                entry = entry_of(number, key, reached, line)
            except (BankcoreError, LookupError, TypeError, ValueError) as error:
                yield BrokenChain(number, f"its line cannot be read: {error}")
                self.digest, self.number = reached, number
                continue
            yield from self._seals(entry.transaction)
            yield from self._links(entry)
            self.tree.add(self.digest)
            yield from self._dates(entry)
            for place, record in enumerate(entry.transaction.records, start=1):
                yield from self._record(entry.number, place, record)
            yield from self._moves(entry)
            self._changes(entry)
            self._rare(entry)
            if not entry.number % _RANGE:
                yield from self.rows.compare(self.number)
        yield from self.rows.compare(MAX_QUANTITY)
        yield from self.rows.finish()

    def _seals(self, t: Transaction) -> Iterator[Corruption]:
        """Seal what was walked so far wherever the journal does.

        Once a close was sealed every later one is; a book that is older than seals begins without.
        """
        own = [r for r in t.records if r.kind in (PERIOD[0], SEAL[0])]
        if not own:
            return
        number = self.seal.number + 1 if self.seal else 1
        kinds = [r.kind for r in own]
        if kinds == [PERIOD[0]] and self.seal is None:
            return
        if kinds != [PERIOD[0], SEAL[0]]:
            yield SealBroken(number, "a period is closed with a seal, and sealed when it is closed")
            return
        through, stored = date.fromisoformat(own[0].data["through"]), Seal.from_data(own[1].data)
        self.balances.update(balance_hashes(sorted(self.derived[path].standing().row for path in self.moved)))
        self.moved.clear()
        due = next_seal(
            self.book, self.seal, through, self.number, self.digest, self.tree.root(), self.balances
        )
        for (name, ours), theirs in zip(due.as_data().items(), stored.as_data().values(), strict=True):
            if ours != theirs:
                yield SealBroken(number, f"{name} is {theirs}, the journal says {ours}")
        self.seal, self.tree = stored, Tree()
        self.kept.pop(stored.digest(), None)

    def _links(self, entry: Entry) -> Iterator[Corruption]:
        self.number += 1
        if entry.number != self.number:
            yield BrokenChain(entry.number, f"number {self.number} is due")
            self.number = entry.number
        stamp = timestamp(entry.recorded_at)
        if stamp < self.stamp:
            yield BrokenChain(entry.number, f"recorded at {stamp}, before its predecessor")
        self.stamp = stamp
        if digest(self.digest, entry.line) != entry.digest:
            yield BrokenChain(entry.number, "its line does not give its digest")
        self.digest = entry.digest

    def _dates(self, entry: Entry) -> Iterator[Corruption]:
        effective_on = entry.transaction.effective_on
        if self.closed_through is not None and effective_on <= self.closed_through:
            yield BrokenChain(entry.number, f"value date {effective_on} was closed")

    def _record(self, number: int, place: int, record: Record) -> Iterator[Corruption]:
        self.records += 1
        due = self.versions.get((record.kind, record.id), 0) + 1
        if record.version != due:
            yield BrokenChain(
                number, f"record {record.kind} {record.id}: version {record.version}, {due} is due"
            )
        self.versions[record.kind, record.id] = record.version
        row = (record.kind, record.id, record.version, number, place, record.json)
        self.rows.records[row[:3]] = row
        self.rows.commits(number, place, record.json)
        if record.kind == "account" and record.version == 1:
            account = Account.from_data(record.id, record.data)
            self.derived[account.path] = AccountState(len(self.derived) + 1, account, 1)
            self.moved.add(account.path)

    def _moves(self, entry: Entry) -> Iterator[Corruption]:
        t, sums = entry.transaction, dict[str, int]()
        before: Extremes = {}
        if t.resolves is not None:
            yield from self._resolves(entry, t.resolves, before)
        positions = ((0, 0) for _ in t.postings) if t.pending else iter(entry.positions)
        for posting, (sequence, balance) in zip(t.postings, positions, strict=True):
            self.postings += 1
            state = self.derived.get(posting.account)
            if state is None or posting.unit != state.unit:
                yield BrokenChain(entry.number, f"a posting refers to the unknown account {posting.account}")
                continue
            before.setdefault(posting.account, (state.least, state.most))
            sums[state.layer] = sums.get(state.layer, 0) + posting.quantity
            if t.pending:
                state.hold(posting.quantity)
            else:
                state.horizon = max(state.horizon, t.effective_on)
                yield from self._posts(state, entry.number, posting, sequence, balance)
        for layer, total in sums.items():
            if total:
                unit, _, memorandum = layer.partition(" ")
                yield UnbalancedJournal(entry.number, unit, memorandum or "on balance", total)
        if t.pending:
            self.live[entry.number] = t
        self.moved.update(before)
        yield from self._limits(entry.number, before)

    def _posts(
        self, state: AccountState, number: int, posting: Posting, sequence: int, balance: int
    ) -> Iterator[Corruption]:
        path = posting.account
        if sequence != state.sequence + 1:
            yield SequenceGap(path, state.sequence + 1, sequence)
        state.sequence = sequence
        state.post(posting.quantity)
        due = state.debits - state.credits
        if balance != due:
            yield BalanceDrift(path, f"balance after {sequence}", str(balance), str(due))
        totals = (posting.quantity, balance, state.debits, day_text(state.horizon))
        self.rows.expect(path, (state.id, sequence, number, *totals))

    def _rare(self, entry: Entry) -> None:
        """What the store must keep beside the line, to find it by."""
        t, number, rare = entry.transaction, entry.number, self.rows.rare
        self.rows.commits(number, 0, t.details_json)
        if t.pending:
            rare["hold", number, timestamp(t.expires_at) if t.expires_at else "", 0, 0] += 1
            for leg, p in enumerate(t.postings, start=1):
                if (state := self.derived.get(p.account)) is not None:
                    rare[f"held {leg}", number, "", state.id, p.quantity] += 1
        for verb, target in (("resolves", t.resolves), ("reverses", t.reverses), ("corrects", t.corrects)):
            if target is not None:
                rare[verb, number, "", target, 0] += 1
        if t.group:
            rare["group", number, t.group, 0, 0] += 1

    def _resolves(self, entry: Entry, number: int, before: Extremes) -> Iterator[Corruption]:
        """Let go of a hold, which must live, and must have expired where that is said."""
        held = self.live.pop(number, None)
        if held is None:
            yield BrokenChain(entry.number, f"it resolves {number}, which is no live hold")
            return
        expired = held.expires_at is not None and held.expires_at <= entry.recorded_at
        if expired != (entry.transaction.kind == EXPIRY):
            yield BrokenChain(entry.number, f"it resolves {number} on the wrong side of its expiry")
        for p in held.postings:
            if (state := self.derived.get(p.account)) is not None:
                before.setdefault(p.account, (state.least, state.most))
                state.hold(p.quantity, -1)

    def _limits(self, number: int, before: Extremes) -> Iterator[Corruption]:
        for path, (least, most) in before.items():
            now = self.derived[path]
            floor, ceiling = now.account.floor, now.account.ceiling
            if floor is not None and now.least < min(floor, least):
                yield LimitBroken(path, number, now.least, floor)
            if ceiling is not None and now.most > max(ceiling, most):
                yield LimitBroken(path, number, now.most, ceiling)

    def _changes(self, entry: Entry) -> None:
        for record in entry.transaction.records:
            if record.kind == "account" and record.version > 1 and record.id in self.derived:
                state = self.derived[AccountPath(record.id)]
                state.become(Account.from_data(record.id, record.data), record.version)
            elif (record.kind, record.id) == PERIOD:
                self.closed_through = date.fromisoformat(record.data["through"])

    def accounts(self) -> Iterator[Corruption]:
        seen = 0
        for stored in self.reader.accounts():
            seen += 1
            path = stored.account.path
            derived = self.derived.get(path)
            if derived is None:
                yield BalanceDrift(path, "account", "stored", "never opened")
                continue
            for name in (
                "id",
                "version",
                "account",
                "sequence",
                "debits",
                "credits",
                "pending_debits",
                "pending_credits",
                "horizon",
            ):
                ours, theirs = getattr(derived, name), getattr(stored, name)
                if ours != theirs:
                    yield BalanceDrift(path, name, str(theirs), str(ours))
        if seen != len(self.derived):
            yield BrokenChain(self.number, f"{len(self.derived)} accounts were opened, {seen} are stored")

    def pages(self) -> Iterator[Corruption]:
        """The kept pages of the tree over balances; that there are no others is seen by their count."""
        for (level, number), page in self.balances.changed.items():
            if self.reader.pages(level, [number]).get(number) != page:
                yield HashPageDamaged(level, number)

    def counts(self) -> Iterator[Corruption]:
        derived = {
            "transactions": self.number,
            "postings": self.postings,
            "records": self.records,
            "accounts": len(self.derived),
            "pages": len(self.balances.changed),
        }
        for name, count in self.reader.counts().items():
            if count != derived[name]:
                yield BrokenChain(self.number, f"{count} {name} are stored, the journal has {derived[name]}")
        for (kind, id), version in self.versions.items():
            latest = self.reader.record(kind, id)
            if latest is None or latest.version != version:
                yield BrokenChain(self.number, f"record {kind} {id}: {version} is its latest version")

    def store(self) -> Iterator[Corruption]:
        for fault in self.reader.faults():
            yield BrokenChain(self.number, fault)
