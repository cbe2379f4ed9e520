"""The doctor: what an operator should know of a book before it hurts, as findings with advice.

Nothing is written to the books, and no writer waits for it.

>>> from datetime import UTC, date, datetime
>>> from bankcore.bank import Bank
>>> from bankcore.stores.memory import MemoryStore
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> for finding in examine(bank, datetime(2024, 5, 3, 1, 0, tzinfo=UTC)):
...     print(finding.level.value, finding.check, finding.sentence, sep=": ")
ok: clock: nothing has been written yet
warning: days: 2 days before today are not closed, the first is 2024-05-01
notice: seal: no day is sealed yet
ok: products: the installed products can serve the book
ok: holds: no hold is live
ok: deferred: the last close deferred nothing
ok: suspense: nothing waits in suspense
ok: transit: nothing is in transit
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.days import closing_day
from bankcore.errors import ClockAheadOfBook, ClockBehindBook
from bankcore.ledger.evidence.seals import SEAL, Seal
from bankcore.ledger.ports import Reader
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.product.deferrals import Deferral
from bankcore.product.suspense import InSuspense
from bankcore.units import Unit
from bankcore.zones import day_in, start_of

if TYPE_CHECKING:
    from bankcore.stores.vitals import Archive, Vitals

__all__ = ["Finding", "Level", "examine", "worst"]

_MIB: Final = 1 << 20
_LEAST_FREE: Final = 64 * _MIB
_LARGE_LOG: Final = 64 * _MIB  # the log is cut to this size when it begins anew
_OLD_BACKUP: Final = timedelta(days=2)
_OLD: Final = timedelta(days=30)
_MOST_DAYS: Final = 400  # that are looked through for how long a thing has been deferred


class Level(Enum):
    """How urgent a finding is: nothing to do, to know, to do soon, to do now.

    >>> [level.value for level in Level]
    ['ok', 'notice', 'warning', 'failure']
    """

    OK = "ok"
    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@frozen
class Finding:
    """One finding: what was checked, how urgent it is, a sentence, and what to do; empty where nothing is.

    `figures` are the numbers in the sentence by name, and 0 where the sentence has none; times are in seconds
    of Unix time, sizes in bytes, and money is not among them.

    >>> Finding("seal", Level.OK, "2024-05-01 is sealed").advice
    ''
    """

    check: str
    level: Level
    sentence: str
    advice: str = ""
    figures: Mapping[str, int] = field(factory=dict, hash=False)


def worst(findings: Iterable[Finding]) -> Level:
    """The most urgent level of some findings.

    >>> worst([Finding("log", Level.NOTICE, "..."), Finding("days", Level.OK, "...")]).value
    'notice'
    """
    order = list(Level)
    return max((it.level for it in findings), key=order.index, default=Level.OK)


def examine(bank: Bank, now: datetime) -> tuple[Finding, ...]:
    """The findings on a bank's book and its store at an instant, which has a time zone.

    The store is asked for its engine, space, permissions and backups where it can tell, as one in memory
    cannot.  Raises what reading the book raises, such as StoreDamaged.
    """
    asked = getattr(bank.ledger.store, "vitals", None)
    with bank.ledger.reader as reader:
        about_store = () if asked is None else tuple(_store(asked(), reader, now))
        return (*about_store, *_book(bank, reader, now))


def _store(vitals: Vitals, reader: Reader, now: datetime) -> Iterator[Finding]:
    yield _engine(vitals)
    yield from _durability(vitals.settings)
    yield from _space(vitals)
    yield _backup(vitals, reader, now)
    if vitals.erasure_pending:
        text = "erased personal data may still be in the log, because a reader kept an older state"
        advice = "end long readers, then: bankcore doctor --finish-erasure"
        yield Finding("erasure", Level.WARNING, text, advice, {"erasure_pending": 1})
    else:
        yield Finding("erasure", Level.OK, "no erasure is pending", figures={"erasure_pending": 0})
    if vitals.exposed:
        text = f"of the file: {', '.join(vitals.exposed)}"
        level = Level.WARNING if "all may write it" in vitals.exposed else Level.NOTICE
        yield Finding("permissions", level, text, "chmod it to 600, or 660 where a group of operators writes")
    for path in vitals.leftovers:
        text = f"{path} was left by interrupted work, unless that still runs"
        yield Finding("leftovers", Level.NOTICE, text, "remove a .part file once no backup runs")


def _engine(vitals: Vitals) -> Finding:
    if vitals.sound:
        return Finding("engine", Level.OK, vitals.engine, figures={"engine_sound": 1})
    text = f"{vitals.engine} has the WAL-reset fault; bankcore guards its own writing"
    advice = "let no other program write or checkpoint it, or update SQLite"
    return Finding("engine", Level.NOTICE, text, advice, {"engine_sound": 0})


def _durability(settings: Mapping[str, str]) -> Iterator[Finding]:
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    off = [name for name in ("fsync", "full_page_writes") if settings.get(name) == "off"]
    if off:
        text = f"a crash of the server can destroy the book: {' and '.join(off)} off"
        yield Finding("durability", Level.FAILURE, text, "set it to on in postgresql.conf")
    elif settings.get("journal_mode", "wal") != "wal":
        yield Finding("durability", Level.WARNING, said, "open the book once for writing, which sets wal")
    else:
        yield Finding("durability", Level.OK, said)


def _space(vitals: Vitals) -> Iterator[Finding]:
    size = (
        f"{_size(vitals.size)}, log {_size(vitals.log or 0)}"
        if vitals.log is not None
        else _size(vitals.size)
    )
    sizes = {"size_bytes": vitals.size, "log_bytes": vitals.log, "free_bytes": vitals.free}
    figures = {name: value for name, value in sizes.items() if value is not None}
    if vitals.free is None:
        yield Finding("space", Level.OK, f"the database has {size}", figures=figures)
    else:
        text = f"the file has {size}, free are {_size(vitals.free)}"
        if vitals.free < max(_LEAST_FREE, vitals.log or 0):
            advice = "make room now: a full disk refuses all writing"
            yield Finding("space", Level.FAILURE, text, advice, figures)
        elif vitals.free < 2 * vitals.size:
            advice = "make room: a copy beside the file may not fit"
            yield Finding("space", Level.WARNING, text, advice, figures)
        else:
            yield Finding("space", Level.OK, text, figures=figures)
    if vitals.log is not None and vitals.log > _LARGE_LOG:
        text = f"the log has {_size(vitals.log)}"
        yield Finding("log", Level.WARNING, text, "end readers that keep an old state; then it is emptied")


def _size(bytes: int) -> str:
    return f"{bytes // _MIB:,} MiB" if bytes >= 10 * _MIB else f"{bytes // 1024:,} KiB"


def _backup(vitals: Vitals, reader: Reader, now: datetime) -> Finding:
    if vitals.backed_up_elsewhere:
        return _archive(vitals.archive)
    if vitals.backup is None:
        return Finding("backup", Level.WARNING, "no backup is known", "bankcore backup FILE, to another disk")
    note = vitals.backup
    again = "make another: bankcore backup FILE"
    head = note.heads.get(reader.book.id)
    if head is None or not _is_of(reader, *head):
        return Finding("backup", Level.WARNING, f"the last backup, {note.file}, is not of this book", again)
    text = f"the last backup, {note.file}, was made at {_instant(note.made_at)}"
    missing = reader.head().number - head[0]
    since = f"{text}; {missing} transactions were written since"
    figures = {"backup_timestamp_seconds": _unix(note.made_at), "backup_missing_transactions": missing}
    if now - note.made_at > _OLD_BACKUP:
        return Finding("backup", Level.WARNING, since, again, figures)
    if not Path(note.file).exists():
        advice = "look that it was moved to a safe place, and is not lost"
        return Finding("backup", Level.NOTICE, f"{text}; it is not there now", advice, figures)
    return Finding("backup", Level.OK, since, figures=figures)


def _archive(archive: Archive | None) -> Finding:
    """What a server tells of its backups: only when it archived its log, which a base backup needs too."""
    if archive is None:
        text = "backups of a server leave no note in its database, and it archives no log"
        advice = "check its base backups; with archive_mode on, the doctor tells when its log was archived"
        return Finding("backup", Level.NOTICE, text, advice)
    last = "never" if archive.last is None else f"last at {_instant(archive.last)}"
    figures = {} if archive.last is None else {"archive_timestamp_seconds": _unix(archive.last)}
    if archive.failed is not None and (archive.last is None or archive.failed > archive.last):
        text = f"the server fails to archive its log, at {_instant(archive.failed)}; it archived it {last}"
        advice = "look at archive_command and at the server's own log"
        return Finding("backup", Level.WARNING, text, advice, figures)
    text = f"the server archived its log {last}; base backups leave no note in its database"
    return Finding("backup", Level.NOTICE, text, "check its base backups", figures)


def _is_of(reader: Reader, number: int, digest: str) -> bool:
    """Whether the book has the transaction at which a backup ended."""
    if number == 0:
        return digest == reader.book.genesis().hex()
    return [it.hex() for it in reader.digests(number - 1, number)] == [digest]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _unix(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def _began(bank: Bank, name: str, day: date | None) -> Mapping[str, int]:
    """The figure of when a day began where the bank is; none where there is no day."""
    return {} if day is None else {name: _unix(start_of(bank.ledger.book.zone, day))}


# --- the book --------------------------------------------------------------------------------------


def _book(bank: Bank, reader: Reader, now: datetime) -> Iterator[Finding]:
    yield _clock(bank, reader, now)
    yield _days(bank, now)
    yield _seal(bank, reader)
    yield from _products(bank)
    yield _holds(bank, reader, now)
    yield _deferred(bank)
    yield _suspense(bank, reader)
    yield _transit(reader)


def _clock(bank: Bank, reader: Reader, now: datetime) -> Finding:
    written = reader.head().recorded_at
    if written is None:
        return Finding("clock", Level.OK, "nothing has been written yet")
    figures = {"last_transaction_timestamp_seconds": _unix(written)}
    try:
        (bank.ledger.clock_limits or ClockLimits()).check(now, written)
    except ClockBehindBook as error:
        advice = "set this machine's clock; nothing can be written"
        return Finding("clock", Level.FAILURE, str(error), advice, figures)
    except ClockAheadOfBook as error:
        advice = "set the clock, or confirm it: --confirm-clock"
        return Finding("clock", Level.FAILURE, str(error), advice, figures)
    text = f"agrees with the last transaction, of {_instant(written)}"
    return Finding("clock", Level.OK, text, figures=figures)


def _days(bank: Bank, now: datetime) -> Finding:
    today, calendar = bank.today, day_in(bank.ledger.book.zone, now)
    left = (calendar - today).days
    begun = closing_day(bank.ledger.books)
    figures = {"closes_due": max(left, 0), "close_unfinished": int(begun is not None)}
    if begun is not None:
        text = f"the close of {begun} has begun and has not ended"
        advice = f"unless it still runs: bankcore close-day --on {begun}"
        return Finding("days", Level.WARNING, text, advice, figures)
    if left > 0:
        many = f"{left} days before today are" if left > 1 else "1 day before today is"
        text = f"{many} not closed, the first is {today}"
        level = Level.WARNING if left > 1 else Level.NOTICE
        return Finding("days", level, text, "bankcore close-day --on yesterday", figures)
    if left < 0:
        text = f"the business day is {today}, later than the calendar's {calendar}"
        advice = "look whether a day was closed too early, or the clock is wrong"
        return Finding("days", Level.NOTICE, text, advice, figures)
    return Finding("days", Level.OK, f"every day before {today} is closed", figures=figures)


def _seal(bank: Bank, reader: Reader) -> Finding:
    stored = reader.record(*SEAL)
    if stored is None:
        advice = "the first close of a day seals it"
        return Finding("seal", Level.NOTICE, "no day is sealed yet", advice, {"seals": 0})
    seal = Seal.from_data(stored.data)
    text = f"seal {seal.number} is of {seal.through}: {seal.digest().hex()}"
    ended = _began(bank, "sealed_through_timestamp_seconds", seal.through + timedelta(days=1))
    return Finding("seal", Level.OK, text, figures={"seals": seal.number, **ended})


def _products(bank: Bank) -> Iterator[Finding]:
    unfit = bank.unfit()
    for refusal in unfit.values():
        advice = "install it; until then commands and closes are refused"
        yield Finding("products", Level.FAILURE, str(refusal), advice, {"products_unfit": len(unfit)})
    if not unfit:
        text = "the installed products can serve the book"
        yield Finding("products", Level.OK, text, figures={"products_unfit": 0})


def _holds(bank: Bank, reader: Reader, now: datetime) -> Finding:
    live, first, expired = 0, date.max, 0
    for hold in reader.holds():
        if hold.is_live(now):
            live += 1
            first = min(first, hold.transaction.effective_on)
        elif hold.resolved_by is None:
            expired += 1
    oldest = _began(bank, "oldest_hold_timestamp_seconds", first if live else None)
    figures = {"holds_live": live, "holds_expired": expired, **oldest}
    if not live and not expired:
        return Finding("holds", Level.OK, "no hold is live", figures=figures)
    text = f"live holds: {live}{f', the oldest of {first}' if live else ''}; expired: {expired}"
    if live and bank.today - first > _OLD:
        return Finding("holds", Level.WARNING, text, "look at old ones: bankcore hold list", figures)
    return Finding("holds", Level.OK, text, figures=figures)


def _deferred(bank: Bank) -> Finding:
    books, last = bank.ledger.books, bank.today - timedelta(days=1)
    met = list(Deferral.every(books, last.isoformat()))
    if not met:
        return Finding("deferred", Level.OK, "the last close deferred nothing", figures={"deferred": 0})
    waiting = {it.ids[1:] for it in met}
    since = last
    for ago in range(1, _MOST_DAYS):
        day = last - timedelta(days=ago)
        waiting &= {it.ids[1:] for it in Deferral.every(books, day.isoformat())}
        if not waiting:
            break
        since = day
    text = f"the close of {last} deferred {len(met)}, the oldest waits since {since}: {met[0].reason}"
    level = Level.WARNING if last - since > _OLD else Level.NOTICE
    advice = "clear the cause, such as a frozen account; each close tries again"
    figures = {"deferred": len(met), **_began(bank, "deferred_since_timestamp_seconds", since)}
    return Finding("deferred", level, text, advice, figures)


def _suspense(bank: Bank, reader: Reader) -> Finding:
    waits = [it for it in InSuspense.every(bank.ledger.books) if it.amount]
    balances = _balances(reader, "bank:suspense")
    if not waits and not balances:
        return Finding("suspense", Level.OK, "nothing waits in suspense", figures={"suspense_items": 0})
    first = min((it.since for it in waits), default=None)
    figures = {"suspense_items": len(waits), **_began(bank, "suspense_since_timestamp_seconds", first)}
    text = f"in suspense: {', '.join(balances)}, in {len(waits)} items"
    if first is not None:
        text += f"; the first since {first}"
    level = Level.WARNING if first is not None and bank.today - first > _OLD else Level.NOTICE
    return Finding("suspense", level, text, "pay it out: bankcore current --help", figures)


def _transit(reader: Reader) -> Finding:
    balances = _balances(reader, "bank:in-transit")
    if not balances:
        return Finding("transit", Level.OK, "nothing is in transit", figures={"in_transit_units": 0})
    text = f"in transit between books: {', '.join(balances)}"
    advice = "bankcore shards in-transit, and then: bankcore shards recover"
    return Finding("transit", Level.NOTICE, text, advice, {"in_transit_units": len(balances)})


def _balances(reader: Reader, root: str) -> Sequence[str]:
    """The balances at and below a path by unit, without those that are zero."""
    sums: dict[Unit, int] = {}
    for state in reader.accounts(root):
        unit = state.account.unit
        sums[unit] = sums.get(unit, 0) + state.net
    return [str(Amount(quantity, unit)) for unit, quantity in sums.items() if quantity]
