"""Books of a bank move while it is served; payments in transit end as if they had stayed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import empty_schema
from tests.products.holders import cny

from bankcore.bank import Bank
from bankcore.errors import BankcoreError, BookInCopy, BookMoved, StoreError, StoreUnavailable
from bankcore.ledger.evidence.audit import verify
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.current import CashIn, JoinBooks, OpenAccount, OpenProgramme, Transfer
from bankcore.products.parties import AssignHome, PlaceBook, RegisterParty
from bankcore.products.parties.places import Place, book_moved, book_moving
from bankcore.shards import moves
from bankcore.shards.shards import Shards
from bankcore.stores.moving import Mover
from bankcore.stores.open import open_store

HOMES = {"li": "north", "wang": "south"}


def clock() -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC)


class Bureau:
    """A bank of two books in files, at the places that its directory tells."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.down = folder, set[str]()
        self.first = self._made("directory")
        for name in ("north", "south"):
            self._made(name)
            self.first.handle(PlaceBook(name, self.at(name)), key=f"place {name}")
        self.shards = self.served()
        for name in ("north", "south"):
            for command in (OpenProgramme("std", {"rate": "0%"}), JoinBooks("std", name)):  # type: ignore[arg-type]
                self.shards.handle(command, f"{name} {type(command).__name__}", book=name)
        for party, home in HOMES.items():
            for command in (RegisterParty(party), AssignHome(party, home), OpenAccount("std", party)):
                self.shards.handle(command, f"{party} {type(command).__name__}")
        self.shards.handle(CashIn("li", cny("100.00")), "cash")

    def at(self, name: str) -> str:
        return str(self.folder / f"{name}.db")

    def _made(self, name: str) -> Bank:
        store = open_store(self.at(name), create=True)
        return Bank.create(store, opened_on=date(2024, 1, 1), name=name, clock=clock)

    def open_store(self, place: str, *, create: bool = False) -> Any:
        if place in self.down:
            raise StoreUnavailable(place, "it is down")
        return open_store(place, create=create)

    def served(self) -> Shards:
        """The bank as another process opens it."""
        directory = Bank.open(open_store(self.at("directory")), name="directory", clock=clock)
        return Shards.open(directory, self.open_store, clock=clock)

    def pay(self, amount: str, key: str, shards: Shards | None = None) -> None:
        (shards or self.shards).handle(Transfer("li", "wang", cny(amount)), key)

    def place(self, book: str) -> Place:
        return Place.existing(self.first.ledger.books, book)

    def check(self, li: str, wang: str) -> None:
        shards = self.served()
        assert shards.recover().waiting == ()
        assert (shards.in_transit().rows, shards.faults()) == ((), [])
        found = [str(shards.books.named(HOMES[it]).amount(f"bank:demand:{it}")) for it in HOMES]
        assert found == [f"{li} CNY", f"{wang} CNY"]
        for _, bank in shards.books:
            with bank.ledger.reader as reader:
                verify(reader, bank.ledger.book).require()
        shards.close()


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    bureau = Bureau(tmp_path)
    yield bureau
    bureau.shards.close()


def test_payments_in_transit_end_where_the_books_have_moved_to(bureau: Bureau, postgres_server: str) -> None:
    other = bureau.served()  # which knows the old places
    bureau.down.add(bureau.at("south"))
    away = bureau.served()
    bureau.pay("30.00", "rent", away)
    assert len(away.in_transit().rows) == 2  # that of the payer, and what is to be known of the other
    bureau.down.clear()
    (message,) = [it.remittance("north") for it in moves_of(bureau.shards)]
    bureau.shards.transfers.arrive(message)  # known in the receiver's book alone
    with empty_schema(postgres_server) as url:
        assert bureau.shards.moves is not None
        found = bureau.shards.moves.move("south", url)
        assert found.book.name == "south"
        bureau.shards.moves.move("north", bureau.at("north-2"))
        assert [bureau.place(it).places for it in ("north", "south")] == [(bureau.at("north-2"),), (url,)]
        with pytest.raises(AlreadyTaken):
            bureau.shards.moves.move("south", url)
        assert len(other.transfers.recover().waiting) == 0
        bureau.pay("5.00", "food", other)  # refused in the old place, so it looks for the new one
        bureau.check("65.00", "35.00")
        away.close()
        other.close()
        bureau.shards.close()


def moves_of(shards: Shards) -> list[Any]:
    from bankcore.products.current.remittances import open_outgoing

    return list(open_outgoing(shards.books.named("north").ledger.books))


def test_a_move_that_is_killed_is_carried_on_and_found_meanwhile(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = bureau.at("north-2")
    assert bureau.shards.moves is not None

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(moves, "book_moved", killed)  # it is open there, and the directory does not say so
        with pytest.raises(KeyboardInterrupt):
            bureau.shards.moves.move("north", to)
    assert bureau.place("north").places == (bureau.at("north"), to)
    bureau.pay("5.00", "food")
    with pytest.raises(BankcoreError, match="already a place"):
        bureau.shards.handle(PlaceBook("north", "elsewhere.db"), "place")
    assert bureau.shards.recover().waiting == ()
    assert bureau.place("north").places == (to,)
    bureau.check("95.00", "5.00")


def test_a_move_that_is_given_up_leaves_the_book_in_its_place(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = bureau.at("north-2")
    assert bureau.shards.moves is not None
    with pytest.raises(NotFound):
        bureau.shards.moves.give_up("north")
    with monkeypatch.context() as patched:
        patched.setattr(Mover, "finish", lambda *_: 1 / 0)  # it is closed, and nothing is open
        with pytest.raises(ZeroDivisionError):
            bureau.shards.moves.move("north", to)
    with pytest.raises(StoreError):
        bureau.pay("5.00", "food")
    assert bureau.served().recover().waiting[0] == f"book north: it is moving to {to}"
    with pytest.raises(AlreadyTaken):
        bureau.shards.moves.move("north", bureau.at("north-3"))
    assert bureau.shards.moves.give_up("north")
    assert bureau.place("north").places == (bureau.at("north"),)
    bureau.pay("5.00", "food", bureau.served())
    bureau.check("95.00", "5.00")
    bureau.shards.moves.move("north", to)
    bureau.check("95.00", "5.00")


def test_a_server_that_found_the_copy_reads_and_writes_on_in_the_old_place(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = bureau.served()
    assert bureau.shards.moves is not None

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def closed(mover: Mover) -> int:
        bureau.pay("5.00", "food", other)  # in the old place, and not in the copy yet
        return close(mover)

    close = Mover.close
    with monkeypatch.context() as patched:
        patched.setattr(Mover, "close", closed)
        patched.setattr(Mover, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            bureau.shards.moves.move("north", bureau.at("north-2"))
    with pytest.raises(BookInCopy):
        bureau.pay("6.00", "fare", other)
    assert str(other.books.named("north").amount("bank:demand:li")) == "95.00 CNY"
    assert bureau.shards.moves.give_up("north")
    bureau.pay("6.00", "fare", other)
    other.close()
    bureau.check("89.00", "11.00")


def test_a_book_that_is_down_is_tried_again(bureau: Bureau) -> None:
    bureau.down.add(bureau.at("north"))
    shards = bureau.served()
    with pytest.raises(StoreUnavailable):
        shards.books.named("north")
    assert isinstance(shards.close_day(date(2024, 1, 1), ahead=True)["north"], StoreUnavailable)
    bureau.down.clear()
    bureau.pay("5.00", "food", shards)
    bureau.shards.handle(PlaceBook("west", bureau.at("west")), "place west")
    with pytest.raises(StoreError):
        shards.books.named("west")  # there is no such file


def test_what_is_noted_already_is_not_noted_again(bureau: Bureau) -> None:
    ledger = bureau.first.ledger
    assert (
        ledger.preview(book_moving("north", ""))
        == ledger.preview(book_moved("north", bureau.at("north")))
        == ()
    )
    assert len(ledger.preview(book_moving("north", "else.db"))) == 1


def test_a_directory_keeps_no_password(bureau: Bureau) -> None:
    for place in ("postgresql://teller:hunter2@db/mall", "postgresql://db/mall?password=hunter2"):
        with pytest.raises(BankcoreError, match="password"):
            bureau.shards.handle(PlaceBook("north", place), "place")
        assert bureau.shards.moves is not None
        with pytest.raises(BankcoreError, match="password"):
            bureau.shards.moves.move("north", place)


def test_a_book_that_moved_without_the_directory_is_refused(bureau: Bureau) -> None:
    first, second = open_store(bureau.at("north")), open_store(bureau.at("else"), create=True)
    Mover(first, second, first.books()[0], clock).run()
    with pytest.raises(BookMoved):
        bureau.pay("5.00", "food")
    bureau.shards.handle(PlaceBook("north", bureau.at("else")), "place")
    bureau.pay("5.00", "food")
    first.close()
    second.close()
    bureau.check("95.00", "5.00")
