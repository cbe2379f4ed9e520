"""A preview: what commands, closes or a whole year would do to a live book, tried on a fork of it in memory.

>>> from bankcore.bank import Bank
>>> from bankcore.stores.memory import MemoryStore
>>> from bankcore.amounts import Amount
>>> from bankcore.products.current import CashIn, CashOut, OpenAccount, OpenProgramme
>>> from bankcore.products.parties import RegisterParty
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> for command in (OpenProgramme("street"), RegisterParty("li"), OpenAccount("street", "li")):
...     receipts = bank.handle(command, key=type(command).__name__)
>>> preview = fork(bank)
>>> paid = preview.give(CashIn("li", Amount.parse("100.00", "CNY/2")))
>>> [(t.kind, len(t.postings)) for t in paid.transactions]
[('current.cash-in', 2)]
>>> preview.give(CashOut("li", Amount.parse("100.01", "CNY/2"))).refused[0].code
'balance_floor_breached'
>>> year = preview.close(date(2025, 4, 30))
>>> preview.bank.today, str(preview.bank.amount("bank:demand:li"))
(datetime.date(2025, 5, 1), '100.32 CNY')
>>> bank.today, str(bank.amount("bank:demand:li"))
(datetime.date(2024, 5, 1), '0.00 CNY')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from attrs import frozen

from bankcore.bank import Bank, DayClose, Progress
from bankcore.errors import BankcoreError, Conflict, InputError, Rejection
from bankcore.feed import Notice, notices_of
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Head
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.transactions import Entry, Record, Transaction
from bankcore.product.actor import Actor
from bankcore.product.command import title
from bankcore.product.deferrals import Deferral
from bankcore.stores.copying import fork_book
from bankcore.zones import zone_of

__all__ = ["Effects", "Preview", "Refused", "fork"]

_OPENING: Final = time(9)  # of a day that a preview goes to
_INSTANT: Final = timedelta(milliseconds=1)  # between a day's close and the next day


@frozen
class Refused:
    """Something that was refused: what was asked, and the error with its code, fields and sentence."""

    asked: str
    error: BankcoreError

    @property
    def code(self) -> str:
        """The stable code of the error."""
        return self.error.code


@frozen
class Effects:
    """What would be written, in order, and what would be refused.

    `entries` are the transactions with the numbers, digests and instants that they have in the fork; in the
    live book they will have others where it goes on meanwhile.
    """

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """The transactions that would be written, in order."""
        return tuple(entry.transaction for entry in self.entries)

    @property
    def records(self) -> tuple[Record, ...]:
        """The versions of records that would be written, in order; their personal data is plain."""
        return tuple(record for entry in self.entries for record in entry.transaction.records)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The notices that parties would get, in order."""
        return tuple(notice for entry in self.entries for notice in notices_of(entry))

    @property
    def deferred(self) -> tuple[Deferral, ...]:
        """What closes of days would defer, and why, in order."""
        return tuple(Deferral.of(record) for record in self.records if record.kind == Deferral.KIND)


class Preview:
    """A fork of a book in memory: `bank` sells the same products on it, by a clock that only moves forward.

    It is made by `fork`, at the live book's transaction `head`.  Nothing done to it reaches the live book.
    The fork holds everything of the book, also its personal data, which commands are checked against; all
    of it is in the memory of this process only, and gone with it.
    """

    def __init__(self, bank: Bank, *, clock_limits: ClockLimits | None = None) -> None:
        live, book = bank.ledger, bank.ledger.book
        store = fork_book(live.store, book)
        self.head: Head = store.reading(book.id).head()
        self._now = max(live.now(), self.head.recorded_at or live.now())
        self._refused: list[Refused] = []
        self._asked = 0
        self.bank = Bank.open(
            store,
            name=book.name,
            clock=lambda: self._now,
            clock_limits=clock_limits,
            salts=seeded(self.head.digest.hex()),
            products=bank.products,
        )

    @property
    def now(self) -> datetime:
        """The instant that the clock of the fork shows."""
        return self._now

    @property
    def effects(self) -> Effects:
        """Everything that was written to the fork, and refused, since it was made."""
        return Effects(self._written(self.head.number), tuple(self._refused))

    def give(
        self, *commands: Any, key: str | None = None, actor: Actor | None = None, on: date | None = None
    ) -> Effects:
        """Give commands, all of them or none, as `Bank.handle` and `Bank.handle_all` do.

        With `on` the days before it are closed first.  Without a `key` a free one is taken.  What the bank
        refuses is in the result.  Raises the errors of the store.
        """
        asked = " + ".join(title(type(command)) for command in commands)

        def given(bank: Bank) -> object:
            if on is not None:
                self._go_to(on)
            used = self._free_key() if key is None else key
            if len(commands) == 1:
                return bank.handle(commands[0], used, actor)
            return bank.handle_all(commands, used, actor)

        return self.run(asked, given)

    def close(self, until: date, *, progress: Progress = iter) -> Effects:
        """Close every open day up to and including `until`; the clock goes along, to the end of each day.

        `progress` sees each day.  A refusal, as of a product that is not installed, is in the result.
        """
        return self.run(f"close through {until}", lambda _: self._close(until, progress))

    def run(self, asked: str, work: Callable[[Bank], object]) -> Effects:
        """Do any work on the fork's bank, called `asked` where it is refused; what it would write.

        Rejections, conflicts and bad input are in the result; every other error is raised.
        """
        before, refused = self.bank.ledger.reader.head().number, len(self._refused)
        try:
            work(self.bank)
        except (Rejection, InputError, Conflict) as error:
            self._refused.append(Refused(asked, error))
        return Effects(self._written(before), tuple(self._refused[refused:]))

    def _written(self, after: int) -> tuple[Entry, ...]:
        with self.bank.ledger.reader as reader:
            return tuple(reader.entries(after))

    def _free_key(self) -> str:
        """A key that the book has not used."""
        while True:
            self._asked += 1
            key = f"preview/{self._asked}"
            with self.bank.ledger.reader as reader:
                if not reader.numbers([key]):
                    return key

    def _go_to(self, day: date) -> None:
        """Close the days before a day, and be there at its opening at the earliest."""
        if self.bank.today < day:
            self._close(day - timedelta(days=1))
        self._be_at(day, _OPENING)

    def _close(self, until: date, progress: Progress = iter) -> DayClose:
        def passing(days: Iterable[date]) -> Iterator[date]:
            for day in progress(days):
                self._be_at(day + timedelta(days=1), time(), early=_INSTANT)
                yield day

        return self.bank.close_day(until, ahead=True, progress=passing)

    def _be_at(self, day: date, at: time, early: timedelta = timedelta(0)) -> None:
        zone = zone_of(self.bank.ledger.book.zone)
        self._now = max(self._now, datetime.combine(day, at, tzinfo=zone) - early)


def fork(bank: Bank, *, clock_limits: ClockLimits | None = None) -> Preview:
    """A fork in memory of the live book of a bank, on any store, as it is at one moment.

    Others may go on writing to the book: only a snapshot for reading is held, and only while it is copied.
    The fork's clock begins where the bank's clock is, or at the book's last transaction if that is later;
    it moves only through `Preview.close` and the `on` of `Preview.give`.  With `clock_limits` the fork
    refuses what the live book would refuse because of its clock.

    Raises StoreDamaged where the book contradicts itself, and the errors of the store.
    """
    return Preview(bank, clock_limits=clock_limits)
