"""The bank: products on one book; commands in, receipts out; days closed one after another.

>>> from bankcore.stores.memory import MemoryStore
>>> from bankcore.products.current import CashIn, OpenAccount, OpenProgramme
>>> from bankcore.products.parties import RegisterParty
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> for command in (OpenProgramme("street"), RegisterParty("li"), OpenAccount("street", "li")):
...     receipts = bank.handle(command, key=type(command).__name__)
>>> receipts = bank.handle(CashIn("li", Amount.parse("100.00", "CNY/2")), key="cash")
>>> str(bank.amount("bank:demand:li"))
'100.00 CNY'
>>> bank.close_day(date(2024, 5, 1)).days
(datetime.date(2024, 5, 1),)
>>> bank.today
datetime.date(2024, 5, 2)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from os import urandom
from typing import Any

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars.dates import check_date
from bankcore.doors import Doors, broken_invariants
from bankcore.errors import (
    ActorNotPermitted,
    BadActor,
    BadCommand,
    BadKey,
    DayAhead,
    DayClosing,
    InvariantBroken,
    UnknownName,
)
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.rules import Planned, Rule
from bankcore.ledger.transactions import Receipt, Record, Transaction
from bankcore.product.actor import Actor, Role
from bankcore.product.catalogue import Catalogue
from bankcore.product.command import title
from bankcore.product.deferrals import Deferral
from bankcore.product.forms import as_data
from bankcore.product.parties import active_party, operator_of, speaks_for
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.serving import check_served, missing, recorded, served
from bankcore.tables import Table
from bankcore.units import Unit
from bankcore.zones import day_in, zone_of

__all__ = ["EOD_ACTOR", "Bank", "DayClose", "Progress", "check_key", "closing_day", "random_salts", "utc_now"]

_EOD = "eod/"  # the prefix of the end-of-day job's keys, which callers may not use
_TRANSIT = "transit/"  # that of the keys of steps between books
EOD_ACTOR = "system:eod"  # of all that the close of a day writes
_CLOSING = ("bank.day", "closing")  # the record that names the day whose close has begun


def check_key(key: str) -> None:
    """Raise BadKey for the keys that the bank uses itself, so that no caller can take them."""
    if isinstance(key, str) and (key.startswith((_EOD, _TRANSIT)) or "#" in key):
        raise BadKey(key, f"keys of commands contain no '#' and begin neither with {_EOD!r} nor {_TRANSIT!r}")


def random_salts(number: int, place: int) -> bytes:
    """A random salt for personal data; the default source of salts of a bank."""
    return urandom(16)


def utc_now() -> datetime:
    """The current instant; the default clock of a bank."""
    return datetime.now(UTC)


def _limits(clock: Callable[[], datetime], given: ClockLimits | None) -> ClockLimits | None:
    return ClockLimits() if given is None and clock is utc_now else given


Progress = Callable[[Iterable[date]], Iterable[date]]  # sees each day and must pass it on


@frozen
class DayClose:
    """The result of closing: the days closed, the number of transactions written, what was deferred and why.

    `erasure_pending` where a reader of an older state keeps erased data from being overwritten.

    >>> DayClose((date(2024, 5, 1),), 3).deferred
    ()
    """

    days: tuple[date, ...]
    transactions: int
    deferred: tuple[Deferral, ...] = ()
    erasure_pending: bool = False


class Bank:
    """The products of `products` sold from one ledger."""

    def __init__(self, ledger: Ledger, products: Sequence[Product] = PRODUCTS) -> None:
        self.ledger = ledger
        self.products = Catalogue.of(products)

    @classmethod
    def create(
        cls,
        store: Store,
        *,
        opened_on: date,
        name: str = "main",
        base_unit: str = "CNY/2",
        zone: str = "UTC",
        clock: Callable[[], datetime] = utc_now,
        clock_limits: ClockLimits | None = None,
        salts: Salts = random_salts,
        products: Sequence[Product] = PRODUCTS,
    ) -> Bank:
        """A bank on a new book of the store, whose first business date is `opened_on`.

        Its days are those of the time zone `zone`, a name such as `Asia/Shanghai`; raises UnknownName.

        The wall clock (`utc_now`) is checked against `clock_limits`, by default those of ClockLimits;
        another clock only where limits are given, as it may be a virtual one.
        """
        zone_of(zone)
        book = store.add(name, Unit(base_unit), opened_on, zone)
        limits = _limits(clock, clock_limits)
        return cls(Ledger(store, book, clock, salts=salts, clock_limits=limits), products)

    @classmethod
    def open(
        cls,
        store: Store,
        *,
        name: str = "main",
        clock: Callable[[], datetime] = utc_now,
        clock_limits: ClockLimits | None = None,
        salts: Salts = random_salts,
        products: Sequence[Product] = PRODUCTS,
    ) -> Bank:
        """The bank on a book that is already in the store; raises UnknownName.

        For `clock_limits` see `create`.
        """
        books = {book.name: book for book in store.books()}
        if name not in books:
            raise UnknownName("book", name, ", ".join(books) or "none")
        limits = _limits(clock, clock_limits)
        return cls(Ledger(store, books[name], clock, salts=salts, clock_limits=limits), products)

    # --- commands -------------------------------------------------------------------------------

    def handle(self, command: Any, key: str, actor: Actor | None = None) -> tuple[Receipt, ...]:
        """Carry out a command of a product, all of it or nothing.

        The same key with the same command gives the first receipts, marked as replayed.  Without an
        `actor` the command counts as given by its natural one (the operator, the customer, ...).
        Raises ActorNotPermitted, KeyConflict, DayClosing, the product's and the ledger's rejections;
        then nothing is written and the key is free.
        """
        check_key(key)
        product = self._product(type(command))
        actor = actor or natural_actor(command)
        _check_role(actor, command)
        request = {"command": f"{product.name}.{title(type(command))}", **as_data(command)}

        return self.ledger.execute(key, request, self._rule(command, actor), actor=str(actor))

    def handle_all(
        self, commands: Sequence[Any], key: str, actor: Actor | None = None
    ) -> tuple[Receipt, ...]:
        """Carry out several commands in order, also of several products: all of them or nothing.

        Each sees the effects of those before it.  One actor gives them all, by default the natural one
        of the first.  Key, replays and refusals are as in `handle`; raises BadCommand for an empty list.
        """
        check_key(key)
        actor = self._permitted(commands, actor)
        asked = [
            {"command": f"{self._product(type(it)).name}.{title(type(it))}", **as_data(it)} for it in commands
        ]
        rules = (self._rule(command, actor) for command in commands)
        return self.ledger.execute(key, {"commands": asked}, *rules, actor=str(actor))

    def preview(self, command: Any, actor: Actor | None = None) -> tuple[Transaction, ...]:
        """What the command would write now, checked and refused as in `handle`; nothing is written."""
        return self.preview_all([command], actor)

    def preview_all(self, commands: Sequence[Any], actor: Actor | None = None) -> tuple[Transaction, ...]:
        """What `handle_all` would write now; nothing is written."""
        actor = self._permitted(commands, actor)
        rules = (self._rule(command, actor) for command in commands)
        return self.ledger.preview(*rules, actor=str(actor))

    def _permitted(self, commands: Sequence[Any], actor: Actor | None) -> Actor:
        """Who gives the commands; raises UnknownName, BadActor, ActorNotPermitted, BadCommand for none."""
        if not commands:
            raise BadCommand("commands", "at least one is needed")
        for command in commands:
            self._product(type(command))
        actor = actor or natural_actor(commands[0])
        for command in commands:
            _check_role(actor, command)
        return actor

    def _product(self, command: type[Any]) -> Product:
        product = self.products.selling(command)
        if product is None:
            known = sorted(title(made) for product in self.products for made in product.rules)
            raise UnknownName("command", command.__name__, ", ".join(known))
        return product

    def _rule(self, command: Any, actor: Actor) -> Rule:
        """What the ledger runs for a command: the product's rule, unless a day is closing."""
        product = self._product(type(command))

        def rule(books: Books) -> Sequence[Planned]:
            if (day := closing_day(books)) is not None:
                raise DayClosing(day)
            serving = check_served(books, self.products)
            _check_identity(actor, command, books, product.name)
            terms = product.terms(command, books)
            planned = product.rules[type(command)](terms, command, books).transactions
            return recorded(books, product, planned, serving)

        return rule

    # --- days -------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The business date: the first day that is not closed."""
        return self.ledger.books.today

    @property
    def calendar_day(self) -> date:
        """The calendar day by the clock, in the time zone of the book."""
        return day_in(self.ledger.book.zone, self.ledger.now())

    def open_days(self, on: date, *, ahead: bool = False) -> list[date]:
        """The days up to and including `on` that are not closed.

        Raises BadDate for anything but a date, and DayAhead where `on` has not begun by the wall clock,
        unless `ahead` is set; a virtual clock may show any time.
        """
        check_date(on)
        if self.ledger.clock_limits is not None and not ahead and on > (today := self.calendar_day):
            raise DayAhead(on, today, self.ledger.book.zone)
        first = self.today
        return [first + timedelta(days=n) for n in range((on - first).days + 1)]

    def close_day(self, on: date, *, ahead: bool = False, progress: Progress = iter) -> DayClose:
        """Close every open day up to and including `on`, as `open_days` finds them.

        The steps of a day have keys of their own: a run that was killed continues where it stopped,
        a second run writes nothing.  While a day is closing, commands raise DayClosing.  Postings that the
        ledger refuses are deferred and reported.  Raises ProductMissing, and the errors of `open_days`.
        """
        check_served(self.ledger.books, self.products)
        days, first = self.open_days(on, ahead=ahead), self.ledger.reader.head().number
        for day in progress(days):
            self._close(day)
        books = self.ledger.books
        deferrals = (it for day in days for it in Deferral.every(books, day.isoformat()))
        written = self.ledger.reader.head().number - first
        return DayClose(tuple(days), written, tuple(deferrals), not self.ledger.finish_erasure())

    def preview_close(self) -> tuple[Transaction, ...]:
        """What closing the business day would write before it ends; nothing is written.

        Raises the errors of `close_day`.
        """
        check_served(self.ledger.books, self.products)
        steps = [step for _, steps in self._daily(self.today) for step in steps]
        return self.ledger.preview(
            *(_written(rule) for step in steps for rule in step.rules), actor=EOD_ACTOR
        )

    def _daily(self, day: date) -> list[tuple[str, Iterator[Step]]]:
        """The steps of the products that serve the book, by phase over all of them.

        Raises the refusal of a product.
        """
        books = self.ledger.books
        products = self.products.those(served(books))
        works = [(phase, product.name, work) for product in products for phase, work in product.works]
        works.sort(key=itemgetter(0))
        return [(name, work(books, day)) for _, name, work in works]

    def _close(self, day: date) -> None:
        # Called first: a product that refuses the day does so before commands are refused as DayClosing.
        daily = self._daily(day)
        self._take(day, "bank", Step("begin", lambda books: _begin(books, day)))
        for name, steps in daily:
            for step in steps:
                self._take(day, name, step)
        self.ledger.close_period(day, key=f"{_EOD}{day}/close", actor=EOD_ACTOR)

    def _take(self, day: date, product: str, step: Step) -> None:
        key = f"{_EOD}{day}/{product}/{step.name}"
        request = {"step": step.name, "day": day.isoformat()}
        self.ledger.execute(key, request, *map(_written, step.rules), actor=EOD_ACTOR)

    # --- reading ----------------------------------------------------------------------------------

    def amount(self, path: str, *, on: date | None = None, known_at: datetime | None = None) -> Amount:
        """The balance of an account on its normal side, as from `Ledger.balance`."""
        balance = self.ledger.balance(path, on=on, known_at=known_at)
        return Amount(balance.net, balance.account.unit)

    def report(self, product: str, name: str, actor: Actor | None = None) -> Table:
        """A product's report by name, limited to the rows that an actor may see.

        Raises UnknownName.
        """
        reports = self.products.named(product).reports
        if name not in reports:
            raise UnknownName("report", name, ", ".join(reports))
        return reports[name](self.ledger.books_of(str(actor) if actor else ""))

    def broken_invariants(self) -> Iterator[InvariantBroken]:
        """Every violated invariant of the products that serve the book; none in a sound one.

        Invariants of a product that is not installed are not checked: see `missing`.
        """
        books = self.ledger.books
        return broken_invariants(books, self.products.those(served(books)))

    def missing(self) -> tuple[str, ...]:
        """The products that serve the book and are not installed."""
        return missing(served(self.ledger.books), self.products)

    def doors(self, actor: Actor | None = None, reason: str = "") -> Doors:
        """The ledger's own requests, as an actor may give them; see `Doors`."""
        return Doors(self.ledger, self.products, actor, reason)


def natural_actor(command: Any) -> Actor:
    """Who usually gives the command: its first role for which its own field names somebody."""
    named = [
        (role, (getattr(command, field) or "") if field else "bank") for role, field in command.may.items()
    ]
    return Actor(*next((it for it in named if it[1]), named[0]))


def _check_role(actor: Actor, command: Any) -> None:
    """Raise ActorNotPermitted where the role may not give the command, BadActor for anything but an Actor."""
    if not isinstance(actor, Actor):
        raise BadActor(actor, "an Actor is needed")
    if command.may.get(actor.role) is None:
        raise ActorNotPermitted(str(actor), title(type(command)))


def _check_identity(actor: Actor, command: Any, books: Books, product: str) -> None:
    """Raise ActorNotPermitted where the actor acts for a party that he neither is nor represents.

    Raises PartySuspended and PartyErased for a representative, who is barred from acting for others too, and
    for the operator whom a programme names.
    """
    if not (field := command.may[actor.role]):
        return
    named = getattr(command, field)
    if not speaks_for(books, actor, named, product):
        raise ActorNotPermitted(str(actor), title(type(command)))
    if actor.id != named:
        active_party(books, actor.id)
        if actor.role is Role.OPERATOR and (party := operator_of(books, product, named)):
            active_party(books, party)


def _written(rule: Callable[[Books], Plan]) -> Rule:
    return lambda books: rule(books).transactions


def _begin(books: Books, day: date) -> Plan:
    stored = books.record(*_CLOSING) or Record(*_CLOSING, {}, version=0)
    record = stored.next(day=day.isoformat())
    return Plan((Transaction(kind="day.begin", effective_on=day, records=(record,)),))


def closing_day(books: Books) -> date | None:
    """The day whose close has begun and not ended, if there is one."""
    stored = books.record(*_CLOSING)
    day = date.fromisoformat(stored.data["day"]) if stored else None
    return day if day is not None and day >= books.today else None
