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

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

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
from bankcore.zones import day_in

if TYPE_CHECKING:
    from bankcore.stores.vitals import Vitals

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

    >>> Finding("seal", Level.OK, "2024-05-01 is sealed").advice
    ''
    """

    check: str
    level: Level
    sentence: str
    advice: str = ""


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
        yield Finding(
            "erasure", Level.WARNING, text, "end long readers, then: bankcore doctor --finish-erasure"
        )
    else:
        yield Finding("erasure", Level.OK, "no erasure is pending")
    if vitals.exposed:
        text = f"of the file: {', '.join(vitals.exposed)}"
        level = Level.WARNING if "all may write it" in vitals.exposed else Level.NOTICE
        yield Finding("permissions", level, text, "chmod it to 600, or 660 where a group of operators writes")
    for path in vitals.leftovers:
        text = f"{path} was left by interrupted work, unless that still runs"
        yield Finding("leftovers", Level.NOTICE, text, "remove a .part file once no backup runs")


def _engine(vitals: Vitals) -> Finding:
    if vitals.sound:
        return Finding("engine", Level.OK, vitals.engine)
    text = f"{vitals.engine} has the WAL-reset fault; bankcore guards its own writing"
    return Finding(
        "engine", Level.NOTICE, text, "let no other program write or checkpoint it, or update SQLite"
    )


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
    if vitals.free is None:
        yield Finding("space", Level.OK, f"the database has {size}")
    else:
        text = f"the file has {size}, free are {_size(vitals.free)}"
        if vitals.free < max(_LEAST_FREE, vitals.log or 0):
            yield Finding("space", Level.FAILURE, text, "make room now: a full disk refuses all writing")
        elif vitals.free < 2 * vitals.size:
            yield Finding("space", Level.WARNING, text, "make room: a copy beside the file may not fit")
        else:
            yield Finding("space", Level.OK, text)
    if vitals.log is not None and vitals.log > _LARGE_LOG:
        text = f"the log has {_size(vitals.log)}"
        yield Finding("log", Level.WARNING, text, "end readers that keep an old state; then it is emptied")


def _size(bytes: int) -> str:
    return f"{bytes // _MIB:,} MiB" if bytes >= 10 * _MIB else f"{bytes // 1024:,} KiB"


def _backup(vitals: Vitals, reader: Reader, now: datetime) -> Finding:
    if vitals.backed_up_elsewhere:
        text = "backups of a server leave no note in its database"
        return Finding("backup", Level.NOTICE, text, "check the server's own backups and its archive")
    if vitals.backup is None:
        return Finding("backup", Level.WARNING, "no backup is known", "bankcore backup FILE, to another disk")
    note = vitals.backup
    again = "make another: bankcore backup FILE"
    head = note.heads.get(reader.book.id)
    if head is None or not _is_of(reader, *head):
        return Finding("backup", Level.WARNING, f"the last backup, {note.file}, is not of this book", again)
    text = f"the last backup, {note.file}, was made at {_instant(note.made_at)}"
    since = f"{text}; {reader.head().number - head[0]} transactions were written since"
    if now - note.made_at > _OLD_BACKUP:
        return Finding("backup", Level.WARNING, since, again)
    if not Path(note.file).exists():
        advice = "look that it was moved to a safe place, and is not lost"
        return Finding("backup", Level.NOTICE, f"{text}; it is not there now", advice)
    return Finding("backup", Level.OK, since)


def _is_of(reader: Reader, number: int, digest: str) -> bool:
    """Whether the book has the transaction at which a backup ended."""
    if number == 0:
        return digest == reader.book.genesis().hex()
    return [it.hex() for it in reader.digests(number - 1, number)] == [digest]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# --- the book --------------------------------------------------------------------------------------


def _book(bank: Bank, reader: Reader, now: datetime) -> Iterator[Finding]:
    yield _clock(bank, reader, now)
    yield _days(bank, now)
    yield _seal(reader)
    yield from _products(bank)
    yield _holds(bank, reader, now)
    yield _deferred(bank)
    yield _suspense(bank, reader)
    yield _transit(reader)


def _clock(bank: Bank, reader: Reader, now: datetime) -> Finding:
    written = reader.head().recorded_at
    if written is None:
        return Finding("clock", Level.OK, "nothing has been written yet")
    try:
        (bank.ledger.clock_limits or ClockLimits()).check(now, written)
    except ClockBehindBook as error:
        return Finding("clock", Level.FAILURE, str(error), "set this machine's clock; nothing can be written")
    except ClockAheadOfBook as error:
        return Finding("clock", Level.FAILURE, str(error), "set the clock, or confirm it: --confirm-clock")
    return Finding("clock", Level.OK, f"agrees with the last transaction, of {_instant(written)}")


def _days(bank: Bank, now: datetime) -> Finding:
    today, calendar = bank.today, day_in(bank.ledger.book.zone, now)
    if (begun := closing_day(bank.ledger.books)) is not None:
        text = f"the close of {begun} has begun and has not ended"
        return Finding("days", Level.WARNING, text, f"unless it still runs: bankcore close-day --on {begun}")
    left = (calendar - today).days
    if left > 0:
        many = f"{left} days before today are" if left > 1 else "1 day before today is"
        text = f"{many} not closed, the first is {today}"
        level = Level.WARNING if left > 1 else Level.NOTICE
        return Finding("days", level, text, "bankcore close-day --on yesterday")
    if left < 0:
        text = f"the business day is {today}, later than the calendar's {calendar}"
        return Finding(
            "days", Level.NOTICE, text, "look whether a day was closed too early, or the clock is wrong"
        )
    return Finding("days", Level.OK, f"every day before {today} is closed")


def _seal(reader: Reader) -> Finding:
    stored = reader.record(*SEAL)
    if stored is None:
        return Finding("seal", Level.NOTICE, "no day is sealed yet", "the first close of a day seals it")
    seal = Seal.from_data(stored.data)
    return Finding("seal", Level.OK, f"seal {seal.number} is of {seal.through}: {seal.digest().hex()}")


def _products(bank: Bank) -> Iterator[Finding]:
    unfit = bank.unfit()
    for refusal in unfit.values():
        yield Finding(
            "products", Level.FAILURE, str(refusal), "install it; until then commands and closes are refused"
        )
    if not unfit:
        yield Finding("products", Level.OK, "the installed products can serve the book")


def _holds(bank: Bank, reader: Reader, now: datetime) -> Finding:
    live, first, expired = 0, date.max, 0
    for hold in reader.holds():
        if hold.is_live(now):
            live += 1
            first = min(first, hold.transaction.effective_on)
        elif hold.resolved_by is None:
            expired += 1
    if not live and not expired:
        return Finding("holds", Level.OK, "no hold is live")
    text = f"live holds: {live}{f', the oldest of {first}' if live else ''}; expired: {expired}"
    if live and bank.today - first > _OLD:
        return Finding("holds", Level.WARNING, text, "look at old ones: bankcore hold list")
    return Finding("holds", Level.OK, text)


def _deferred(bank: Bank) -> Finding:
    books, last = bank.ledger.books, bank.today - timedelta(days=1)
    met = list(Deferral.every(books, last.isoformat()))
    if not met:
        return Finding("deferred", Level.OK, "the last close deferred nothing")
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
    return Finding(
        "deferred", level, text, "clear the cause, such as a frozen account; each close tries again"
    )


def _suspense(bank: Bank, reader: Reader) -> Finding:
    waits = [it for it in InSuspense.every(bank.ledger.books) if it.amount]
    balances = _balances(reader, "bank:suspense")
    if not waits and not balances:
        return Finding("suspense", Level.OK, "nothing waits in suspense")
    first = min((it.since for it in waits), default=None)
    text = f"in suspense: {balances}, in {len(waits)} items"
    if first is not None:
        text += f"; the first since {first}"
    level = Level.WARNING if first is not None and bank.today - first > _OLD else Level.NOTICE
    return Finding("suspense", level, text, "pay it out: bankcore current --help")


def _transit(reader: Reader) -> Finding:
    balances = _balances(reader, "bank:in-transit")
    if not balances:
        return Finding("transit", Level.OK, "nothing is in transit")
    text = f"in transit between books: {balances}"
    return Finding(
        "transit", Level.NOTICE, text, "bankcore shards in-transit, and then: bankcore shards recover"
    )


def _balances(reader: Reader, root: str) -> str:
    """The balances at and below a path by unit, empty where all are zero."""
    sums: dict[Unit, int] = {}
    for state in reader.accounts(root):
        unit = state.account.unit
        sums[unit] = sums.get(unit, 0) + state.net
    return ", ".join(str(Amount(quantity, unit)) for unit, quantity in sums.items() if quantity)
