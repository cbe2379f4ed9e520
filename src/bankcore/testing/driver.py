"""One driver for tests: a bank with a virtual clock, and what tests ask of it.

>>> from bankcore.products.current import Transfer
>>> driver = Driver("li", "wang")
>>> driver.deposit("li", "100.00")
>>> receipts = driver.do(Transfer("li", "wang", driver.money("30.00")))
>>> driver.refused("balance_floor_breached", Transfer("li", "wang", driver.money("70.01")))["available"]
7000
>>> driver.close().days
(datetime.date(2024, 1, 1),)
>>> driver.balances("bank:demand"), driver.today.isoformat()
({'bank:demand:li': 7000, 'bank:demand:wang': 3000}, '2024-01-02')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final

from bankcore.amounts import Amount
from bankcore.bank import Bank, DayClose
from bankcore.errors import BankcoreError
from bankcore.feed import Feed, Notice
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.books import Books
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Entry, Receipt, Record, Transaction, legs
from bankcore.product.actor import Actor
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.products.current import CashIn, DemandTerms, OpenAccount, OpenProgramme
from bankcore.products.parties import IdentifyParty, RegisterParty
from bankcore.stores.memory import MemoryStore
from bankcore.testing.assertions import Refused, assert_refused, assert_sound
from bankcore.units import Unit
from bankcore.zones import zone_of

__all__ = ["Clock", "Driver", "moved", "registration"]

_DOCUMENTS = {"person": "passport", "firm": "business-licence"}
NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
_PROGRAMME = "std"  # the current accounts that `register` opens


class Clock:
    """A virtual clock: it shows the instant `now` until it is set or moved.

    >>> clock = Clock(datetime(2024, 5, 1, tzinfo=UTC))
    >>> clock.advance(timedelta(hours=9))
    >>> clock().isoformat()
    '2024-05-01T09:00:00+00:00'
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def __repr__(self) -> str:
        return f"Clock({self.now.isoformat()})"

    def advance(self, by: timedelta) -> None:
        """Move the clock."""
        self.now += by


class Driver:
    """A bank on a new book, driven by commands; each gets a key of its own.

    `parties` are persons to `register`.  The book is in memory, or in a `store` of yours; its days are those
    of `zone`, and its clock shows the beginning of the business date until you set `clock.now` or close days.
    Subclass it to say in the words of your product what your tests do: `buy`, `fund`, `fill an order`.
    Raises AssertionError where a test expected something else.
    """

    def __init__(
        self,
        *parties: str,
        store: Store | None = None,
        opened_on: date = date(2024, 1, 1),
        products: Sequence[Product] = PRODUCTS,
        base_unit: str = "CNY/2",
        zone: str = "UTC",
        seed: str = "driver",
    ) -> None:
        self.clock = Clock(_beginning(opened_on, zone))
        self.bank = Bank.create(
            MemoryStore() if store is None else store,
            opened_on=opened_on,
            base_unit=base_unit,
            zone=zone,
            clock=self.clock,
            salts=seeded(seed),
            products=products,
        )
        self.keys = 0
        self.register(*parties)

    @property
    def books(self) -> Books:
        """The committed book as rules see it."""
        return self.bank.ledger.books

    @property
    def today(self) -> date:
        """The business date: the first day that is not closed."""
        return self.bank.today

    @property
    def unit(self) -> Unit:
        """The base unit of the book."""
        return self.bank.ledger.book.base_unit

    def money(self, amount: str | int | Amount) -> Amount:
        """An amount of the base unit: a decimal text, or an int of its smallest parts.

        Raises the errors of `Amount.parse`.
        """
        if isinstance(amount, str):
            return Amount.parse(amount, self.unit)
        return amount if isinstance(amount, Amount) else Amount(amount, self.unit)

    # --- commands -----------------------------------------------------------------------------------

    def giver(self, command: Any) -> Actor | None:
        """Who gives a command where a test names nobody; None for its natural actor.  For subclasses."""
        return None

    def do(self, command: Any, actor: Actor | str | None = None, *, key: str = "") -> tuple[Receipt, ...]:
        """Carry out a command; raises the errors of `Bank.handle`.

        `actor` is an Actor or a text such as `customer:li`; without a `key` the command gets a new one.
        """
        return self.bank.handle(command, key or self.key(), _actor(actor) or self.giver(command))

    def do_all(self, *commands: Any, actor: Actor | str | None = None, key: str = "") -> tuple[Receipt, ...]:
        """Carry out several commands in one commit; raises the errors of `Bank.handle_all`."""
        return self.bank.handle_all(commands, key or self.key(), _actor(actor) or self.giver(commands[0]))

    def refused(self, code: str, command: Any, actor: Actor | str | None = None) -> dict[str, Any]:
        """The fields of the refusal `code`, with its code and message.

        Instead of a command a function without arguments may be given.
        Raises AssertionError where the command is carried out, is refused for another cause, or where the
        refusal left a trace in the book.
        """
        with assert_refused(code, self.bank) as refused:
            self._give(command, actor)
        return refused.fields

    def refusal(self, command: Any, actor: Actor | str | None = None) -> dict[str, Any]:
        """As `refused`, for whatever cause: the fields tell it."""
        with Refused("", self.bank.ledger) as refused:
            self._give(command, actor)
        return refused.fields

    def _give(self, command: Any, actor: Actor | str | None) -> None:
        """Give a command that is to be refused; its key must be free afterwards."""
        if callable(command):
            command()
            return
        try:
            self.do(command, actor, key="refused")
        except BankcoreError:
            used = self.bank.ledger.reader.numbers(["refused"])
            assert not used, f"the refused command left its key in the book: {used}"
            raise

    def key(self) -> str:
        """A key that this driver has not used."""
        self.keys += 1
        return str(self.keys)

    # --- parties and their money --------------------------------------------------------------------

    def register(
        self,
        *parties: str,
        kind: str = "person",
        identified: bool = True,
        document: str = "",
        number: str = "",
    ) -> None:
        """Register persons or firms and open their current accounts, which earn nothing.

        They are identified by a document of their kind whose number is their own id, unless others are named.
        """
        if parties and self.books.record("current.terms", _PROGRAMME) is None:
            self.do(OpenProgramme(_PROGRAMME, DemandTerms.from_data({"rate": "0%"})))
        given: dict[str, Any] = {
            "kind": kind,
            "identified": identified,
            "document": document,
            "number": number,
        }
        for command in registration(*parties, **given):
            self.do(command)

    def deposit(self, party: str, amount: str | int | Amount) -> None:
        """Cash over the counter into a party's current account."""
        self.do(CashIn(party, self.money(amount)))

    # --- by hand: what no command does --------------------------------------------------------------

    def post(
        self,
        debit: Mapping[str, int] = NOTHING,
        credit: Mapping[str, int] = NOTHING,
        *records: Record,
        on: date | None = None,
        kind: str = "by-hand",
    ) -> Receipt:
        """Post quantities of the base unit by account, and records, without any rule of a product."""
        columns = {
            name: {AccountPath(path): quantity for path, quantity in column.items()}
            for name, column in (("debit", debit), ("credit", credit))
        }
        return self.bank.ledger.post(
            Transaction(
                kind=kind,
                effective_on=on or self.today,
                postings=legs(self.unit, **columns),
                records=records,
                key=f"hand-{self.key()}",
            )
        )

    def open(self, path: str, type: AccountType | str, **fields: Any) -> None:
        """Open an account of the base unit, or of the field `unit`."""
        fields.setdefault("unit", self.unit)
        self.bank.ledger.open(
            [Account(AccountPath(path), AccountType(type), **fields)], key=f"hand-{self.key()}"
        )

    def freeze(self, path: str, status: Status = Status.FROZEN) -> None:
        """Freeze an account, or set another status."""
        path = AccountPath(path)
        self.bank.ledger.change(path, key=f"hand-{self.key()}", reason="court order", status=status)

    def thaw(self, path: str) -> None:
        """Open an account again that was frozen."""
        self.freeze(path, Status.OPEN)

    # --- days ---------------------------------------------------------------------------------------

    def close(self, day: date | None = None) -> DayClose:
        """Close the days through `day`, by default the business date; raises the errors of `Bank.close_day`.

        The clock then shows the beginning of the next day, unless it is later already.
        """
        closed = self.bank.close_day(day or self.today)
        self.clock.now = max(self.clock.now, _beginning(self.today, self.bank.ledger.book.zone))
        return closed

    def close_days(self, count: int) -> DayClose:
        """Close so many days."""
        return self.close(self.today + timedelta(days=count - 1))

    def close_until(self, day: date) -> None:
        """Close the days before `day`, so that it is the business date; nothing where it has passed."""
        if self.today < day:
            self.close(day - timedelta(days=1))

    # --- questions ----------------------------------------------------------------------------------

    def balance(self, path: str) -> int:
        """The balance of an account on its normal side, in minor units; raises UnknownAccount."""
        return self.books.balance(AccountPath(path))

    def balances(self, root: str = "") -> dict[str, int]:
        """The balances other than zero at and below `root`, by path, in minor units."""
        return {str(path): balance for path, balance in self.books.balances(root) if balance}

    def entries(self, *kinds: str, after: int = 0) -> list[Entry]:
        """The transactions with postings after number `after`; where kinds are named, those of them."""
        found = (entry for entry in self.bank.ledger.reader.entries(after) if entry.transaction.postings)
        return [entry for entry in found if not kinds or entry.transaction.kind in kinds]

    def notices(self, *topics: str) -> list[Notice]:
        """The notices to parties so far; where topics are named, those under them."""
        found = Feed(self.bank.ledger, after=0).notices()
        return [notice for notice in found if not topics or notice.topic in topics]

    def report(self, product: str, name: str, actor: Actor | str | None = None) -> list[dict[str, Any]]:
        """The rows of a report by column; raises UnknownName."""
        table = self.bank.report(product, name, _actor(actor))
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def sound(self) -> bool:
        """True; raises AssertionError where an invariant of a product is broken."""
        assert_sound(self.bank)
        return True


def registration(
    *parties: str, kind: str = "person", identified: bool = True, document: str = "", number: str = ""
) -> Iterator[Any]:
    """The commands by which `Driver.register` registers parties, for a bank that no driver drives.

    The programme of current accounts "std" must be open.

    >>> [type(command).__name__ for command in registration("li")]
    ['RegisterParty', 'IdentifyParty', 'OpenAccount']
    """
    for party in parties:
        yield RegisterParty(party, kind)
        if identified:
            yield IdentifyParty(party, document or _DOCUMENTS[kind], number or party)
        yield OpenAccount(_PROGRAMME, party)


def moved(entry: Entry | Iterable[Entry]) -> Counter[str]:
    """What a transaction, or some of them together, moves by account in minor units, a debit positive.

    >>> driver = Driver("li")
    >>> driver.deposit("li", "5.00")
    >>> dict(moved(driver.entries()))
    {'bank:cash': 500, 'bank:demand:li': -500}
    """
    moves: Counter[str] = Counter()
    for it in [entry] if isinstance(entry, Entry) else entry:
        for posting in it.transaction.postings:
            moves[str(posting.account)] += posting.quantity
    return moves


def _actor(given: Actor | str | None) -> Actor | None:
    if not given:
        return None
    return Actor.parse(given) if isinstance(given, str) else given


def _beginning(day: date, zone: str) -> datetime:
    """The first instant of a day in a time zone."""
    return datetime.combine(day, time(), zone_of(zone)).astimezone(UTC)
