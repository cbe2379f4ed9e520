"""A bank of a few books, with the register in one of its own; stores that fail when they are told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.postgres import empty_schema
from tests.products.holders import cny

from bankcore.bank import Bank
from bankcore.errors import StoreUnavailable
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.personal import seeded
from bankcore.product.actor import Actor
from bankcore.products.current import CURRENT, CashIn, JoinBooks, OpenAccount, OpenProgramme
from bankcore.products.current.remittances import BETWEEN, IN, OUT
from bankcore.products.parties import PARTIES, AssignHome, RegisterParty
from bankcore.shards.shards import Shards
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.testing import assert_refused

FIRST = date(2024, 1, 1)


class ShakyStore:
    """A store that is down for a while, or fails once: just before a commit, or just after it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.down = False
        self.commits_until_fault: int | None = None
        self.after = False  # the fault comes when it is committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _check(self) -> None:
        if self.down:
            raise StoreUnavailable("shard", "it is down")

    def reading(self, book: int) -> Any:
        self._check()
        return self._store.reading(book)

    def books(self) -> Any:
        self._check()
        return self._store.books()

    @contextmanager
    def writing(self, book: int) -> Iterator[Any]:
        self._check()
        with self._store.writing(book) as writer:
            yield writer
            fault = self._is_due()
            if fault and not self.after:
                raise StoreUnavailable("shard", "it broke down before the commit")
        if fault:
            raise StoreUnavailable("shard", "it broke down after the commit")

    def _is_due(self) -> bool:
        if self.commits_until_fault is None:
            return False
        self.commits_until_fault -= 1
        if self.commits_until_fault >= 0:
            return False
        self.commits_until_fault = None
        return True


HOMES = {"li": "north", "han": "north", "wang": "south", "mei": "west"}
NAMES = ("directory", *dict.fromkeys(HOMES.values()))
Places = Mapping[str, str]  # by the names of books, paths or URLs


def files(folder: Path) -> Places:
    """A file for each book."""
    return {name: str(folder / f"{name}.db") for name in NAMES}


@contextmanager
def databases(server: str) -> Iterator[Places]:
    """Two databases of a server, with two books each."""
    with empty_schema(server) as one, empty_schema(server) as other:
        yield dict(zip(NAMES, (one, other, other, one), strict=True))


def now() -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC)


def store_at(place: str, *, create: bool = False) -> Any:
    """The store at a place; a server may crash in a test, and then no commit may be missing."""
    return open_store(place, create=create, durability="full" if "://" in place else "normal")


def opened(places: Places) -> tuple[dict[str, Bank], Shards]:
    """The books at their places by connections of their own, as another process has them, and the bank."""
    stores = {place: store_at(place) for place in dict.fromkeys(places.values())}
    banks = {name: Bank.open(stores[place], name=name, clock=now) for name, place in places.items()}
    return banks, Shards(banks["directory"], {name: banks[name] for name in NAMES[1:]})


def close(banks: Mapping[str, Bank]) -> None:
    """Close the stores of banks."""
    for bank in banks.values():
        bank.ledger.close()
        bank.ledger.store.close()  # type: ignore[attr-defined]


class Country:
    """Books north, south and west; li and han are at home in north, wang in south, mei in west.

    In memory, or at their places, of which one may hold several books.
    """

    HOMES = HOMES

    def __init__(self, places: Places | None = None) -> None:
        self.keys = 0
        places = places or {}
        made = {place: store_at(place, create=True) for place in dict.fromkeys(places.values())}
        self.stores = {name: ShakyStore(made[places[name]] if places else MemoryStore()) for name in NAMES}
        self.banks = {name: self._bank(name) for name in NAMES}
        self.shards = Shards(self.banks["directory"], {it: self.banks[it] for it in NAMES[1:]})
        for book in NAMES[1:]:
            self.do(OpenProgramme("std", {"rate": "0%"}), book=book)  # type: ignore[arg-type]
            self.do(JoinBooks("std", book), book=book)
        for party, book in self.HOMES.items():
            for command in (RegisterParty(party), AssignHome(party, book), OpenAccount("std", party)):
                self.do(command)

    def _bank(self, name: str) -> Bank:
        return Bank.create(
            self.stores[name],  # type: ignore[arg-type]
            opened_on=FIRST,
            name=name,
            clock=now,
            salts=seeded(name),
            products=[PARTIES, CURRENT],
        )

    def do(self, command: Any, actor: str = "", *, book: str = "", key: str = "") -> Any:
        self.keys += 1
        given = Actor.parse(actor) if actor else None
        return self.shards.handle(command, key or f"k{self.keys}", given, book=book)

    def refused(self, code: str, command: Any, actor: str = "", book: str = "") -> None:
        with assert_refused(code):
            self.do(command, actor, book=book)

    def pay_in(self, party: str, amount: str) -> None:
        self.do(CashIn(party, cny(amount)))

    def set_status(self, party: str, status: Status) -> None:
        self.keys += 1
        path, bank = AccountPath(f"bank:demand:{party}"), self.banks[self.HOMES[party]]
        bank.ledger.change(path, key=f"k{self.keys}", reason="the court", status=status)

    # --- reading ------------------------------------------------------------------------------------

    def balance(self, book: str, path: str) -> int:
        books = self.banks[book].ledger.books
        return books.balance(AccountPath(path)) if books.account(AccountPath(path)) else 0

    def demand(self, party: str) -> int:
        return self.balance(self.HOMES[party], f"bank:demand:{party}")

    def transit(self, book: str) -> tuple[int, int, int]:
        """What is on the accounts in transit, out and in, and between the books."""
        return (
            self.balance(book, OUT()),
            self.balance(book, IN()),
            self.balance(book, BETWEEN()),
        )

    @property
    def clients(self) -> int:
        """All that the bank owes its clients, in all books."""
        owed = (
            self.demand(it) + self.balance(book, f"bank:suspense:{it}") for it, book in self.HOMES.items()
        )
        return sum(owed)

    @property
    def on_its_way(self) -> int:
        """What has left a payer and reached nobody, by the accounts alone."""
        every = [self.transit(book) for book in dict.fromkeys(self.HOMES.values())]
        return sum(out - in_ - between for out, in_, between in every)

    def check(self) -> None:
        """Everything is sound, within the books and between them, also for a second opinion."""
        assert self.shards.faults() == []
        for bank in self.banks.values():
            with bank.ledger.reader as reader:
                assert verify(reader, bank.ledger.book).findings == ()
