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

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Final, Self

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.authority import EOD, check_identity, check_key, check_role, natural_actor
from bankcore.calendars.dates import check_date
from bankcore.days import begin, closing_day
from bankcore.doors import Doors, broken_invariants
from bankcore.errors import (
    BadCommand,
    BankcoreError,
    DayAhead,
    DayClosing,
    InvariantBroken,
    Rejection,
    UnknownName,
)
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.observing import Observer
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.rules import Planned, Rule
from bankcore.ledger.transactions import Receipt, Transaction
from bankcore.machine import ledger_on, random_salts, utc_now
from bankcore.product.actor import Actor
from bankcore.product.catalogue import Catalogue
from bankcore.product.command import title
from bankcore.product.deferrals import Deferral
from bankcore.product.forms import as_data
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.serving import check_served, newly_served, recorded, served, serving_rule, unfit
from bankcore.tables import Table
from bankcore.units import Unit
from bankcore.upgrades import upgrade
from bankcore.zones import day_in, zone_of

__all__ = ["EOD_ACTOR", "Bank", "DayClose", "OnStep", "Progress", "random_salts", "utc_now"]

_LOG: Final = logging.getLogger("bankcore.bank")
EOD_ACTOR = "system:eod"  # of all that the close of a day writes


Progress = Callable[[Iterable[date]], Iterable[date]]  # sees each day and must pass it on
OnStep = Callable[[str], object]


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
        observer: Observer | None = None,
    ) -> Bank:
        """A bank on a new book of the store, whose first business date is `opened_on`.

        Its days are those of the time zone `zone`, a name such as `Asia/Shanghai`; raises UnknownName.

        The wall clock (`utc_now`) is checked against `clock_limits`, by default those of ClockLimits;
        another clock only where limits are given, as it may be a virtual one.

        `observer` is told of commits, with their durations, and of refusals, those included that need
        no book.
        """
        zone_of(zone)
        book = store.add(name, Unit(base_unit), opened_on, zone)
        return cls(ledger_on(store, book, clock, clock_limits, salts, observer), products)

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
        observer: Observer | None = None,
    ) -> Bank:
        """The bank on a book that is already in the store; raises UnknownName.

        For `clock_limits` and `observer` see `create`.
        """
        books = {book.name: book for book in store.books()}
        if name not in books:
            raise UnknownName("book", name, ", ".join(books) or "none")
        return cls(ledger_on(store, books[name], clock, clock_limits, salts, observer), products)

    def close(self) -> None:
        """Write everything submitted, then accept nothing more; the store stays open, for its owner to close.

        May be called more than once.  Later commands raise LedgerClosed.
        """
        self.ledger.close()

    def __repr__(self) -> str:
        return f"Bank({self.ledger.book.name!r}, {self.ledger.store!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- commands -------------------------------------------------------------------------------

    def handle(self, command: Any, key: str, actor: Actor | None = None) -> tuple[Receipt, ...]:
        """Carry out a command of a product, all of it or nothing.

        The same key with the same command gives the first receipts, marked as replayed.  Without an
        `actor` the command counts as given by its natural one (the operator, the customer, ...).
        Raises ActorNotPermitted, KeyConflict, DayClosing, the product's and the ledger's rejections;
        then nothing is written and the key is free.
        """
        request, rule, by = self.asked([command], key, actor)
        return self.ledger.execute(key, request, *rule, actor=by)

    def submit(
        self, command: Any, key: str, actor: Actor | None = None, *, patience: float | None = None
    ) -> Future[tuple[Receipt, ...]]:
        """Hand in a command without waiting; the future gives the receipts or raises the refusal.

        Many may be in flight at once; they share commits, and each has the outcome that `handle` would
        have had.  What needs no book to be refused raises at once: BadKey, UnknownName, BadActor,
        ActorNotPermitted by the role; so do LedgerClosed and, after `patience` seconds without room in the
        queue (by default those of the ledger), WriterBusy.

        >>> from bankcore.products.parties import RegisterParty
        >>> from bankcore.stores.memory import MemoryStore
        >>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
        >>> futures = [bank.submit(RegisterParty(party), key=party) for party in ("li", "wang")]
        >>> [receipt.number for future in futures for receipt in future.result()]
        [1, 2]
        >>> bank.close()
        """
        request, rule, by = self.asked([command], key, actor)
        return self.ledger.submit_rules(key, request, *rule, actor=by, patience=patience)

    def handle_all(
        self, commands: Sequence[Any], key: str, actor: Actor | None = None
    ) -> tuple[Receipt, ...]:
        """Carry out several commands in order, also of several products: all of them or nothing.

        Each sees the effects of those before it.  One actor gives them all, by default the natural one
        of the first.  Key, replays and refusals are as in `handle`; raises BadCommand for an empty list.
        """
        request, rules, by = self.asked(commands, key, actor, together=True)
        return self.ledger.execute(key, request, *rules, actor=by)

    def asked(
        self, commands: Sequence[Any], key: str, actor: Actor | None, *, together: bool = False
    ) -> tuple[dict[str, Any], tuple[Rule, ...], str]:
        """What the ledger is asked for some commands: the request, the rules, and the actor as text.

        Raises what needs no book to be refused: BadKey, BadCommand, UnknownName, BadActor,
        ActorNotPermitted by the role.
        """
        try:
            check_key(key)
            actor = self._permitted(commands, actor)
        except BankcoreError as refusal:
            self.ledger.tell(refusal, self.products.names_of(commands))
            raise
        names = self.products.names_of(commands)
        plain = [{"command": name, **as_data(it)} for name, it in zip(names, commands, strict=True)]
        rules = tuple(self._rule(command, actor) for command in commands)
        return ({"commands": plain} if together else plain[0]), rules, str(actor)

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
            check_role(actor, command)
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
            check_identity(actor, command, books, product.name)
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

    def close_day(
        self, on: date, *, ahead: bool = False, progress: Progress = iter, on_step: OnStep = str
    ) -> DayClose:
        """Close every open day up to and including `on`, as `open_days` finds them.

        The steps of a day have keys of their own: a run that was killed continues where it stopped,
        a second run writes nothing.  While a day is closing, commands raise DayClosing.  Postings that the
        ledger refuses are deferred and reported.  `progress` passes the days on, and `on_step` is called with
        the name of each step that is done.  Raises the refusals of `unfit`, the errors of `open_days`.
        """
        check_served(self.ledger.books, self.products)
        days, first = self.open_days(on, ahead=ahead), self.ledger.reader.head().number
        for day in progress(days):
            self._close(day, on_step)
            _LOG.info("book %s: %s is closed", self.ledger.book.name, day)
        books = self.ledger.books
        deferrals = (it for day in days for it in Deferral.every(books, day.isoformat()))
        written = self.ledger.reader.head().number - first
        return DayClose(tuple(days), written, tuple(deferrals), not self.ledger.finish_erasure())

    def preview_close(self) -> tuple[Transaction, ...]:
        """What closing the business day would write before it ends; nothing is written.

        Raises the errors of `close_day`.
        """
        check_served(self.ledger.books, self.products)
        steps = (step for _, steps in self._daily(self.today) for step in steps)
        rules = [_written(rule) for step in steps for rule in step.rules]
        return self.ledger.preview(*rules, actor=EOD_ACTOR)

    def _daily(self, day: date) -> list[tuple[str, Iterator[Step]]]:
        """The steps of the products that serve the book, by phase over all of them.

        Raises the refusal of a product.
        """
        books = self.ledger.books
        products = self.products.those(served(books))
        works = [(phase, product.name, work) for product in products for phase, work in product.works]
        works.sort(key=itemgetter(0))
        return [(name, work(books, day)) for _, name, work in works]

    def _close(self, day: date, on_step: OnStep) -> None:
        # Called first: a product that refuses the day does so before commands are refused as DayClosing.
        daily = self._daily(day)
        anew = partial(newly_served, self.products)
        self._take(day, "bank", Step("begin", lambda books: begin(books, day), anew))
        for name, steps in daily:
            for step in steps:
                self._take(day, name, step)
                on_step(f"{name} {step.name}")
        self.ledger.close_period(day, key=f"{EOD}{day}/close", actor=EOD_ACTOR)

    def _take(self, day: date, product: str, step: Step) -> None:
        key = f"{EOD}{day}/{product}/{step.name}"
        request = {"step": step.name, "day": day.isoformat()}
        self.ledger.execute(
            key, request, serving_rule(self.products), *map(_written, step.rules), actor=EOD_ACTOR
        )

    def upgrade(self, product: str, key: str, actor: Actor | None = None) -> tuple[Receipt, ...]:
        """Bring the records of a product to the form of its installed version; see `upgrades.upgrade`."""
        check_key(key)
        return upgrade(self.ledger, self.products.named(product), key, actor)

    # --- reading ----------------------------------------------------------------------------------

    def amount(self, path: str, *, on: date | None = None, known_at: datetime | None = None) -> Amount:
        """The balance of an account on its normal side, as from `Ledger.balance`."""
        balance = self.ledger.balance(path, on=on, known_at=known_at)
        return Amount(balance.net, balance.account.unit)

    def report(self, product: str, name: str, actor: Actor | None = None) -> Table:
        """A product's report by name, limited to the rows that an actor may see.

        Raises UnknownName, and the refusal of a product in `unfit`.
        """
        if refusal := self.unfit().get(product):
            raise refusal
        reports = self.products.named(product).reports
        if name not in reports:
            raise UnknownName("report", name, ", ".join(reports))
        return reports[name](self.ledger.books_of(str(actor) if actor else ""))

    def broken_invariants(self) -> Iterator[InvariantBroken]:
        """Every violated invariant of the products that serve the book; none in a sound one.

        Invariants of the products in `unfit` are not checked.
        """
        books = self.ledger.books
        return broken_invariants(books, self.products.those(served(books).keys() - self.unfit()))

    def unfit(self) -> Mapping[str, Rejection]:
        """The products that serve the book and cannot as installed: missing, older, or not upgraded yet."""
        return unfit(served(self.ledger.books), self.products)

    def doors(self, actor: Actor | None = None, reason: str = "") -> Doors:
        """The ledger's own requests, as an actor may give them; see `Doors`."""
        return Doors(self.ledger, self.products, actor, reason)


def _written(rule: Callable[[Books], Plan]) -> Rule:
    return lambda books: rule(books).transactions
