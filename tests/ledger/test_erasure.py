"""Personal data are erased: line, proof and verify hold as before, and their bytes stand nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, move
from tests.saying import data_of, said

from bankcore.errors import BadTransaction, KeyConflict, PartyErased, StaleRead, StoreReadOnly
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import prove_transaction
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import ERASURE, Record, Transaction
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

NAME, PHONE = "Zhang Wei", "13812345678"


def opened(store: Store) -> Ledger:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON, salts=seeded("t"))
    ledger.open(ACCOUNTS, key="open")
    return ledger


def person(id: str, version: int = 1, **personal: str) -> Record:
    return Record("person", id, {"personal": personal}, version)


def written(*records: Record) -> Transaction:
    return Transaction(kind="x", effective_on=DAY, records=records)


def erasing(id: str) -> Transaction:
    return written(Record(ERASURE, f"person:{id}", {"kind": "person", "id": id}))


def ask(ledger: Ledger, key: str, *transactions: Transaction, **request: Any) -> Any:
    return ledger.execute(key, request, lambda _: transactions)


def told(store: Store) -> Ledger:
    """Two persons; the first is known by two versions, one of them the second of two transactions."""
    ledger = opened(store)
    ask(ledger, "1", written(person("a", name=NAME)), personal={"name": NAME})
    ask(ledger, "2", written(person("b", name="Li Lei")), personal={"name": "Li Lei"})
    ask(
        ledger, "3", written(Record("n", "n", {})), written(person("a", 2, name=NAME, phone=PHONE)),
        commands=[{"personal": {"phone": PHONE}}],
    )  # fmt: skip
    return ledger


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "b.db", create=True)
    with closing(store):
        yield told(store)


def test_what_is_erased_is_told_to_nobody(ledger: Ledger) -> None:
    proof = prove_transaction(ledger.reader, BOOK, 2) if ledger.close_period(DAY, key="c") else None
    assert not ask(ledger, "e", erasing("a")._replace(effective_on=DAY.replace(day=DAY.day + 1)))[
        0
    ].erasure_pending
    reader = ledger.reader
    assert NAME not in said(reader) + data_of(reader.versions("person", "a"))
    assert PHONE not in said(reader) + data_of(reader.records("person"))
    assert reader.record("person", "b") == person("b", name="Li Lei")
    assert ledger.entry(3).transaction.details == {"personal": {"name": "Li Lei"}}
    assert verify(reader, BOOK).require()
    assert proof
    assert proof.check()


def test_a_key_of_what_is_erased_is_party_erased(ledger: Ledger) -> None:
    ask(ledger, "e", erasing("a"))
    for key, request in (("1", {"personal": {"name": NAME}}), ("3", {"commands": [{"personal": 1}]})):
        with pytest.raises(PartyErased) as refusal:
            ask(ledger, key, **request)
        assert refusal.value.party == "a"
        assert NAME not in str(refusal.value.as_dict())
    with pytest.raises(KeyConflict):
        ask(ledger, "1", personal={"name": NAME}, more=1)
    assert ask(ledger, "2", personal={"name": "Li Lei"})[0].replayed


def test_a_posting_that_is_repeated_is_party_erased_too(ledger: Ledger) -> None:
    given = written(person("c", name=NAME))._replace(key="p")
    only_details = Transaction(key="d", kind="x", effective_on=DAY, records=(Record("n", "m", {}),))
    only_details = only_details._replace(details={"personal": [NAME]})
    ledger.post(given)
    ledger.post(only_details)
    ask(ledger, "e", erasing("c"))
    with pytest.raises(PartyErased, match="of c"):
        ledger.post(given)
    with pytest.raises(KeyConflict):
        ledger.post(given._replace(kind="y"))
    with pytest.raises(KeyConflict):
        ledger.post(only_details._replace(details={"personal": ["Li"]}))


def test_only_the_request_may_have_been_personal(ledger: Ledger) -> None:
    ask(ledger, "4", written(Record("person", "d", {})), personal={"name": NAME})
    ask(ledger, "e", erasing("d"))
    with pytest.raises(PartyErased, match="of 4"):
        ask(ledger, "4", personal={"name": NAME})


def test_a_refused_erasure_erases_nothing(ledger: Ledger) -> None:
    for data in ({"kind": "person"}, {"kind": "person", "id": 5}):
        with pytest.raises(BadTransaction):
            ask(ledger, "e", written(Record(ERASURE, "x", data)))
    with pytest.raises(StaleRead):
        ask(ledger, "e", erasing("a"), written(person("b", 7)))
    assert ledger.reader.record("person", "a") == person("a", 2, name=NAME, phone=PHONE)


def test_a_rule_is_told_of_dates_and_groups(ledger: Ledger) -> None:
    held = move("h", "a", "cash", 5, pending=True, group="g")
    later = move("l", "a", "cash", 7)._replace(effective_on=DAY.replace(day=DAY.day + 2))
    ledger.post(later)
    seen: list[Any] = []

    def look(books: Books) -> tuple[Transaction, ...]:
        path = later.postings[0].account
        seen.append((books.group("g"), [abs(it.quantity) for it in books.later(path, DAY)]))
        return ()

    ledger.execute("look", {}, look, lambda _: (held._replace(key=""),), look)
    ledger.execute("again", {}, look)
    assert seen == [([], [7]), ([7], [7]), ([7], [7])]


# --- fingerprints -----------------------------------------------------------------------------------


def test_a_fingerprint_finds_a_record_until_it_is_erased(ledger: Ledger) -> None:
    seen: list[Any] = []

    def rule(books: Books) -> tuple[Transaction, ...]:
        mark = books.fingerprint("id-card:1")
        seen.append(books.fingerprinted(mark))
        return (written(person("a", 3, fingerprint=mark)),)

    def look(books: Books) -> tuple[Transaction, ...]:
        seen.append(books.fingerprinted(books.fingerprint("id-card:1")))
        return ()

    with pytest.raises(StaleRead):  # what is undone is not found
        ledger.execute("f", {}, rule, look, lambda _: (written(person("b", 7)),))
    ledger.execute("f", {}, rule, look)
    assert seen == [[], [("person", "a")]] * 2
    books = ledger.books
    mark = books.fingerprint("id-card:1")
    assert books.fingerprinted(mark) == [("person", "a")]
    assert all(mark not in line for _, _, _, line in ledger.reader.journal())
    assert verify(ledger.reader, BOOK).require()
    ask(ledger, "4", written(person("a", 4, fingerprint=mark)))
    ask(ledger, "e", erasing("a"))
    assert ledger.books.fingerprinted(mark) == []
    assert ledger.books.fingerprint("id-card:1") == mark != ledger.books.fingerprint("id-card:2")
    assert verify(ledger.reader, BOOK).require()


def test_without_salts_there_is_no_fingerprint() -> None:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    with pytest.raises(BadTransaction, match="salts"):
        ledger.books.fingerprint("x")


def test_a_secret_is_drawn_once(tmp_path: Path) -> None:
    drawn = iter(range(1, 99))
    marks: list[str] = []

    def rule(books: Books) -> tuple[Transaction, ...]:
        marks.append(books.fingerprint("x"))
        return (written(Record("n", str(len(marks)), {})),)

    with closing(SqliteStore(tmp_path / "b.db", create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON, salts=lambda *_: bytes([next(drawn)] * 16))
        ledger.execute("1", {}, rule)
        ledger.execute("2", {}, rule)
    assert marks[0] == marks[1]
    assert next(drawn) == 2


# --- the bytes --------------------------------------------------------------------------------------


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.mark.parametrize("seed", range(3))
def test_what_is_erased_stands_in_no_byte(tmp_path: Path, seed: int) -> None:
    """Also where pages were split, and rows went over to pages of their own."""
    chance, names = Random(seed), {}
    (tmp_path / "book").mkdir()
    with closing(SqliteStore(tmp_path / "book" / "b.db", create=True, durability="normal")) as store:
        ledger = opened(store)
        for n in range(150):
            name = f"{chance.randrange(10**9):09}{n:04}" * chance.choice((1, 2, 400))
            names[f"p{n}"] = name

            def rule(books: Books, n: int = n, name: str = name) -> tuple[Transaction, ...]:
                mark = books.fingerprint(name)
                return (written(person(f"p{n}", name=name, fingerprint=mark)),)

            ledger.execute(f"k{n}", {"personal": {"name": name}}, rule)
            if chance.randrange(20) == 0:
                store.checkpoint()
        marks = {id: ledger.books.fingerprint(name) for id, name in names.items()}
        gone = chance.sample(sorted(names), 40)
        assert all(names[id][:13].encode() in bytes_of(tmp_path / "book") for id in gone)
        for id in gone:
            assert not ask(ledger, f"e{id}", erasing(id))[0].erasure_pending
        store.backup(tmp_path / "backup.db")
        left = bytes_of(tmp_path / "book") + (tmp_path / "backup.db").read_bytes()
        for id in names:
            there = names[id][:13].encode() in left, marks[id].encode() in left
            assert there == ((False, False) if id in gone else (True, True))
        assert verify(ledger.reader, BOOK).require()


def test_while_a_snapshot_is_read_the_erasure_is_pending(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    with closing(SqliteStore(path, create=True)) as store:
        ledger = told(store)
        with store.snapshot() as still:
            (receipt,) = ask(ledger, "e", erasing("a"))
            assert receipt.erasure_pending
            assert receipt.as_dict()["erasure_pending"] is True
            assert not ledger.finish_erasure()
            more = [erasing("b")._replace(key="f"), move("n", "a", "nowhere", 1)]
            verdicts = ledger.post_many(more)
            assert [getattr(it, "erasure_pending", None) for it in verdicts] == [True, None]
            assert not ledger.post(written(person("c"))._replace(key="c")).erasure_pending
            assert still.reading(1).record("person", "a")
            assert NAME.encode() in bytes_of(tmp_path)
            with pytest.raises(StoreReadOnly):
                still.scrub()
    with closing(SqliteStore(path)) as store:  # another process may finish it
        ledger = Ledger(store, BOOK, clock=lambda: NOON)
        assert ledger.finish_erasure()
        assert ledger.finish_erasure()
        assert NAME.encode() not in bytes_of(tmp_path)
        assert "erasure_pending" not in ledger.post(written(Record("n", "z", {}))._replace(key="z")).as_dict()
        assert verify(ledger.reader, BOOK).require()
