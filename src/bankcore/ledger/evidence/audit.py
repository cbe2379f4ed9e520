"""The audit: every stored figure derived again from the journal, and compared.

It walks the journal once from the first transaction on: digests, numbers, times, sums, sequence numbers,
balances after each posting, limits at every instant of both orders, versions of records, seals, and the
rows that the store keeps beside the lines; then it compares the accounts, balances and counts of the
store with those derived from the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from bankcore.errors import (
    BalanceDrift,
    BrokenChain,
    Corruption,
    HashPageDamaged,
    SealMissing,
    StoreDamaged,
    VerificationFailed,
)
from bankcore.ledger.accounts import Account
from bankcore.ledger.balances import StoredAccount
from bankcore.ledger.evidence.findings import LOST, Findings
from bankcore.ledger.evidence.flows import Flows
from bankcore.ledger.evidence.limits import Limits
from bankcore.ledger.evidence.rows import Rows
from bankcore.ledger.evidence.sealing import Sealing
from bankcore.ledger.evidence.seals import check_digest
from bankcore.ledger.evidence.tracks import Track
from bankcore.ledger.evidence.walk import Walk
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Book, canonical_json
from bankcore.ledger.velocity import VELOCITY, VelocityLimit

__all__ = ["Verification", "verify"]


@frozen
class Verification:
    """The number of transactions read, the digest reached, and the findings.

    A finding is a contradiction that results from no other; `follows` runs parallel to `findings` and counts
    those that result from each.
    """

    transactions: int
    postings: int
    records: int
    accounts: int
    seals: int
    digest: bytes
    findings: tuple[Corruption, ...]
    follows: tuple[int, ...] = ()

    def require(self) -> Verification:
        """Return itself when nothing was found; otherwise raise VerificationFailed with the findings."""
        if self.findings:
            first = str(self.findings[0])
            raise VerificationFailed(len(self.findings), first, self.findings, self.follows)
        return self


def verify(
    reader: Reader,
    book: Book,
    seals: Iterable[bytes] = (),
    *,
    progress: Callable[[int], object] = lambda lines: None,
) -> Verification:
    """Derive everything again, as a second opinion that shares no rule with posting.

    Memory grows with the accounts, live holds, names of records and findings, not with the journal; also,
    where limits need it, with the open dates of an account that was posted to out of the order of its
    dates, and with the open periods of a velocity limit.

    `seals` are digests kept outside the book; a journal without them was cut or rewritten.  Raises
    BadSeal for anything that is not a digest.  `progress` is called during the walk, with the number of
    transactions read since the last call.
    While others write, use the reader of a store's `snapshot`: the book must not change during the walk.
    """
    findings = Findings()
    kept = dict.fromkeys(map(check_digest, seals))
    limits = Limits(reader, findings, Flows(_limits(reader, findings)))
    rows = Rows(reader, findings)
    walk = Walk(reader, findings, Sealing(book, kept), limits, rows, book.genesis())
    try:
        walk.run(progress)
        _compare_accounts(reader, walk, findings)
        _compare_pages(reader, walk.sealing, findings)
        _compare_counts(reader, walk, findings)
    except StoreDamaged as damage:  # nothing further can be read
        findings.add(damage)
    for fault in reader.faults():
        findings.add(BrokenChain(walk.number, fault))
    for digest in kept:
        findings.add(SealMissing(digest.hex()))
    return Verification(
        walk.lines,
        walk.postings,
        walk.records,
        len(walk.tracks),
        walk.sealing.seal.number if walk.sealing.seal else 0,
        walk.digest,
        tuple(cause.contradiction for cause in findings.causes),
        tuple(cause.follows for cause in findings.causes),
    )


def _limits(reader: Reader, findings: Findings) -> list[VelocityLimit]:
    """Every version of every velocity limit in the store; the walk compares them with the lines."""
    try:
        names = [record.id for record in reader.records(VELOCITY)]
        versions = (version for name in names for version in reader.versions(VELOCITY, name))
        return [VelocityLimit.from_data(version.id, version.data) for version in versions]
    except StoreDamaged as damage:
        findings.add(damage)
        return []


def _compare_accounts(reader: Reader, walk: Walk, findings: Findings) -> None:
    """Compare the stored accounts with those that the journal opened."""
    opened = set(walk.tracks)
    for stored in reader.accounts():
        path = stored.account.path
        if path in opened:
            opened.remove(path)
            _compare_account(stored, walk.tracks[path], findings)
        else:
            found = BalanceDrift(path, "account", "stored", "never opened")
            findings.mark("accounts short", findings.add(found, ("record", "account", path), after=[LOST]))
    for missing in sorted(opened):
        found = BalanceDrift(missing, "account", "not stored", "opened")
        findings.mark("accounts short", findings.add(found, ("record", "account", missing)))


def _compare_account(stored: StoredAccount, derived: Track, findings: Findings) -> None:
    path = stored.account.path
    for name, figure in derived.figures().items():
        theirs = getattr(stored, name)
        if theirs != figure:
            cause = findings.drift(path, name, theirs, figure, after=[("stored", path)])
            findings.mark(("stored", path), cause)
    described = ("account", derived.account, stored.account), ("horizon", derived.latest, stored.horizon)
    for name, ours, other in described:
        if ours != other or (name == "account" and not _same_details(derived.account, stored.account)):
            chains = ("record", "account", path) if name == "account" else ("horizon", path)
            found = BalanceDrift(path, name, str(other), str(ours))
            findings.add(found, chains, after=[("stored", path)])


def _same_details(one: Account, other: Account) -> bool:
    """Whether two descriptions have the same details (in Python 1 equals true, which must not pass)."""
    return not one.details or canonical_json(one.plain_details) == canonical_json(other.plain_details)


def _compare_pages(reader: Reader, sealing: Sealing, findings: Findings) -> None:
    """Compare the stored pages of the balance tree with those under the last seal; all are one cause."""
    number = sealing.seal.number if sealing.seal else 0
    for (level, page), hashes in sealing.balances.changed.items():
        if reader.pages(level, [page]).get(page) != hashes:
            found = HashPageDamaged(level, page)
            findings.mark("pages short", findings.add(found, "pages", after=[LOST, ("seal", number)]))


def _compare_counts(reader: Reader, walk: Walk, findings: Findings) -> None:
    """Compare the store's counts and latest versions with the journal's."""
    derived = {
        "transactions": walk.lines,
        "postings": walk.postings,
        "records": walk.records,
        "accounts": len(walk.tracks),
        "pages": len(walk.sealing.balances.changed),
    }
    for name, count in reader.counts().items():
        if count != derived[name]:
            found = BrokenChain(walk.number, f"{count} {name} are stored, the journal has {derived[name]}")
            findings.add(found, after=[LOST, f"{name} short"])
    newest = reader.latest_versions(walk.versions)
    for (kind, id), version in walk.versions.items():
        if newest.get((kind, id)) != version:
            found = BrokenChain(walk.number, f"record {kind} {id}: {version} is its latest version")
            findings.add(found, ("record", kind, id), after=[LOST])
