"""A product that is missing, older or newer than the one that served the book before."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any

import attrs
import pytest
from tests.jars import DAY, FORMS, Give, held, jars, now, upgrade_in

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import (
    ActorNotPermitted,
    BadProduct,
    BankcoreError,
    InvariantBroken,
    KeyConflict,
    ProductNotUpgraded,
    ProductOlder,
)
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import Noun, Product, records
from bankcore.product.actor import Actor, Role
from bankcore.serving import SERVED, served
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit
from bankcore.upgrades import preview_upgrade

CNY = Unit("CNY/2")
LIN = Actor(Role.OFFICER, "lin")


def give(jar: str, fen: int = 1_00) -> Give:
    return Give(jar, Amount(fen, CNY))


def opened(store: Any, many: int = 2, product: Product | None = None) -> Bank:
    bank = Bank.create(store, opened_on=DAY, clock=now, products=[product or jars(1)])
    bank.handle_all([give(f"j{n}", n) for n in range(1, many + 1)], "gifts")
    return bank


def later(bank: Bank, product: Product) -> Bank:
    """The same book with another version installed."""
    return Bank.open(bank.ledger.store, clock=now, products=[product])


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        with closing(SqliteStore(tmp_path / "book.db", create=True)) as made:
            yield made


def forms(bank: Bank) -> set[int]:
    """The versions whose form the records have."""
    found = records.every(bank.ledger.books, "jar.jar")
    return {version for it in found for version, form in FORMS.items() if it.data == form(held(it))}


# --- newer, in the same form ----------------------------------------------------------------------------


def test_a_newer_version_in_the_same_form_serves_the_book_from_its_first_command(store: Any) -> None:
    bank = later(opened(store), jars(2, upgrades=False))
    assert bank.unfit() == {}
    bank.handle(give("more"), "more")
    assert served(bank.ledger.books) == {"jar": "2"}


def test_so_it_does_from_its_first_close(store: Any) -> None:
    bank = later(opened(store), jars(2, upgrades=False))
    bank.close_day(DAY)
    assert served(bank.ledger.books) == {"jar": "2"}
    entries = [it.transaction.kind for it in bank.ledger.reader.entries()]
    assert entries.count("bank.serve") == 1
    with pytest.raises(ProductOlder):
        later(bank, jars(1)).close_day(date(2024, 5, 2))


# --- older, and not upgraded ----------------------------------------------------------------------------

REQUESTS: dict[str, Callable[[Bank], Any]] = {
    "handle": lambda bank: bank.handle(give("more"), "more"),
    "handle_all": lambda bank: bank.handle_all([give("more")], "more"),
    "preview": lambda bank: bank.preview(give("more")),
    "close_day": lambda bank: bank.close_day(DAY),
    "preview_close": lambda bank: bank.preview_close(),
    "doors": lambda bank: bank.doors(),
    "report": lambda bank: bank.report("jar", "jars"),
}


@pytest.mark.parametrize("ask", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize(
    ("before", "after", "refusal", "sentence"),
    [
        (2, 1, ProductOlder, "install version 2 or a newer one"),
        (1, 2, ProductNotUpgraded, "run `bankcore products upgrade jar` first"),
    ],
    ids=["older", "not upgraded"],
)
def test_what_is_refused(
    ask: Callable[[Bank], Any], before: int, after: int, refusal: type[BankcoreError], sentence: str
) -> None:
    bank = later(opened(MemoryStore(), product=jars(before)), jars(after))
    head = bank.ledger.reader.head()
    with pytest.raises(refusal, match=sentence) as refused:
        ask(bank)
    assert (refused.value.exit_status, refused.value.code in ("product_older", "product_not_upgraded")) == (
        3,
        True,
    )
    assert bank.ledger.reader.head() == head
    assert [type(it) for it in bank.unfit().values()] == [refusal]
    assert list(bank.broken_invariants()) == []  # that of `jar` would fail


def test_a_version_that_is_no_number_is_one_that_this_program_does_not_have() -> None:
    bank = opened(MemoryStore())
    record = Record(SERVED, "jar", {"version": "0.3"}, 2)
    said = Transaction(kind="serve", effective_on=DAY, records=(record,))
    bank.ledger.execute("serve", {}, lambda _: [said])
    for ask in (bank.close_day, lambda _: bank.upgrade("jar", "k")):
        with pytest.raises(ProductOlder, match=r"served by version 0\.3 of jar"):
            ask(DAY)


# --- upgrades -------------------------------------------------------------------------------------------


def test_an_upgrade_takes_one_version_after_another_in_one_attributed_commit(store: Any) -> None:
    old = opened(store)
    balances, number = dict(old.ledger.books.balances("")), old.ledger.reader.head().number
    bank = later(old, jars(3))
    planned = preview_upgrade(bank.ledger, bank.products.named("jar"), LIN)
    assert bank.ledger.reader.head().number == number
    receipts = bank.upgrade("jar", "up", LIN)
    written = [entry.transaction for entry in bank.ledger.reader.entries(number)]
    assert [it.description for it in written] == ["jar from version 1 to 2", "jar from version 2 to 3"]
    assert [it.records for it in planned] == [it.records for it in written]
    assert {(it.kind, it.actor) for it in written} == {("bank.upgrade", "officer:lin")}
    assert (forms(bank), served(bank.ledger.books)) == ({3}, {"jar": "3"})
    assert dict(bank.ledger.books.balances("")) == balances
    assert (bank.unfit(), list(bank.broken_invariants())) == ({}, [])
    assert not verify(bank.ledger.reader, bank.ledger.book).findings
    # once more: a replay, and then nothing to do
    assert [it.number for it in bank.upgrade("jar", "up", LIN)] == [it.number for it in receipts]
    assert bank.upgrade("jar", "up again") == ()
    with pytest.raises(KeyConflict):
        later(bank, attrs.evolve(jars(3), version=4)).upgrade("jar", "up", LIN)
    # what the older program sees
    with pytest.raises(ProductOlder, match="served by version 3 of jar, and version 1 is installed"):
        old.handle(give("more"), "more")
    bank.handle(give("more"), "more")
    assert forms(bank) == {3}


def test_every_store_writes_the_same_upgrade(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "book.db", create=True)) as file:
        banks = [later(opened(it, many=1_203), jars(3)) for it in (MemoryStore(), file)]
        receipts = [bank.upgrade("jar", "up") for bank in banks]
        assert [len(it) for it in receipts] == [4, 4]  # pages of a thousand records
        assert len({bank.ledger.reader.head().digest for bank in banks}) == 1


def test_a_product_that_serves_no_book_has_nothing_to_upgrade() -> None:
    bank = Bank.create(MemoryStore(), opened_on=DAY, clock=now, products=[jars(3)])
    assert bank.upgrade("jar", "up") == ()
    bank.handle(give("j"), "k")
    assert served(bank.ledger.books) == {"jar": "3"}


def test_only_the_bank_upgrades() -> None:
    bank = later(opened(MemoryStore()), jars(2))
    with pytest.raises(ActorNotPermitted):
        bank.upgrade("jar", "up", Actor(Role.CUSTOMER, "li"))
    assert bank.upgrade("jar", "up", Actor(Role.SYSTEM, "deploy"))


def test_an_upgrade_that_contradicts_the_invariants_writes_nothing(store: Any) -> None:
    bank = later(opened(store), attrs.evolve(jars(3), upgrades={2: jars(2).upgrades[2]}))
    head = bank.ledger.reader.head()
    with pytest.raises(InvariantBroken, match="jar j1 is"):
        bank.upgrade("jar", "up")
    assert (bank.ledger.reader.head(), forms(bank)) == (head, {1})


def test_a_close_that_an_older_version_began_is_finished_after_the_upgrade() -> None:
    old = opened(MemoryStore())
    new = later(old, jars(2))
    steps = jars(1).works[0][1]

    def killed(books: Any, day: date) -> Any:
        """The upgrade of another process between two steps of the close."""
        first, second = steps(books, day)
        yield first
        new.upgrade("jar", "up")
        yield second

    dying = attrs.evolve(jars(1), works=((jars(1).works[0][0], killed),))
    with pytest.raises(ProductOlder):
        later(old, dying).close_day(DAY)
    assert new.close_day(DAY).days == (DAY,)
    counts = {it.id: it.data["version"] for it in records.every(new.ledger.books, "jar.count")}
    assert counts == {"1": 1, "2": 2}


@pytest.mark.parametrize("patience", [None, 0.0, 0.05])
def test_an_upgrade_that_is_killed_is_done_wholly_or_not_at_all(
    tmp_path: Path, prepared: Path, patience: float | None
) -> None:
    file = Path(shutil.copy(prepared, tmp_path / "book.db"))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=upgrade_in, args=(file, theirs, patience is None))
    process.start()
    assert ours.recv() == "ready"
    if patience is not None:
        sleep(patience)
        process.kill()
    process.join(30)  # else it kills itself, when the second of two versions is half done
    assert process.exitcode != 0 or patience
    with closing(SqliteStore(file)) as store:
        bank = Bank.open(store, clock=now, products=[jars(3)])
        version = served(bank.ledger.books)["jar"]
        assert forms(bank) == {int(version)}
        assert version in ("1", "3") if patience is not None else version == "1"
        bank.upgrade("jar", "upgrade")
        assert (forms(bank), list(bank.broken_invariants())) == ({3}, [])
        assert not verify(bank.ledger.reader, bank.ledger.book).findings


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("prepared") / "book.db"
    with closing(SqliteStore(file, create=True)) as store:
        opened(store, many=1_500)
    return file


# --- how a product says it ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", 0, True, None])
def test_a_version_is_a_whole_number_from_1_on(version: Any) -> None:
    with pytest.raises(BadProduct, match="whole number from 1 on"):
        Product.of("jar", "jars", Noun("jars"), version=version)


@pytest.mark.parametrize("to", [1, 3, "2"])
def test_an_upgrade_leads_to_a_version_that_there_is(to: Any) -> None:
    noun = Noun("jars")
    noun.upgrade(to)(lambda books: ())
    with pytest.raises(BadProduct, match=f"an upgrade to {to!r}, and it is at 2"):
        Product.of("jar", "jars", noun, version=2)


def test_nouns_upgrade_together() -> None:
    first, second = Noun("first"), Noun("second")
    for noun in (first, second):
        noun.upgrade(2)(lambda books, noun=noun: [Record("jar.noun", noun.module, {})])
    bank = later(opened(MemoryStore()), Product.of("jar", "jars", first, second, version=2))
    bank.upgrade("jar", "up")
    assert [it.id for it in records.every(bank.ledger.books, "jar.noun")] == ["first", "second"]
