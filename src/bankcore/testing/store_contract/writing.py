"""Writers: one at a time, all of it or nothing."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from bankcore.errors import StoreUnavailable
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Additions
from bankcore.ledger.ports import HeadMoved, KeyTaken, Store
from bankcore.ledger.transactions import Record, Transaction, open_account
from bankcore.testing.store_contract.contract import (
    DAY,
    A,
    Author,
    B,
    Contract,
    Stop,
    asset,
    fact,
    read,
    transfer,
)

__all__ = ["WritingContract"]


def everything(store: Store) -> tuple[object, ...]:
    """What is read from the only book of a store."""
    reader = store.reading(1)
    states = [(s.account, s.id, s.version, s.sequence, s.debits, s.credits) for s in reader.accounts()]
    lines = [list(reader.lines(path)) for path in (A, B, AccountPath("new"))]
    records = [*reader.records("binding"), *reader.records("b"), *reader.versions("binding", "x")]
    return reader.head(), list(reader.entries()), states, lines, records, dict(reader.counts())


class WritingContract(Contract):
    """Writers: one at a time, all of it or nothing."""

    def test_an_exception_undoes_everything(self, author: Author) -> None:
        author.open("a", "a:b")
        author.write(fact("f", Record("binding", "x", {})), transfer("k", "a", "a:b", 5))
        before = everything(author.store)
        with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
            author.append(writer, transfer("k2", "a", "a:b", 5, reverses=3))
            opening = open_account(asset("new"))
            author.append(writer, fact("k3", opening, Record("binding", "x", {}, 2), Record("b", "y", {})))
            assert writer.numbers(["k2"]) == {"k2": 4}
            assert read(writer, "binding", "x").version == 2
            assert writer.states([A])[A].debits == 10
            assert (writer.head().number, writer.head().accounts) == (5, 3)
            raise Stop
        assert everything(author.store) == before
        author.write(transfer("k2", "a", "a:b", 5))
        assert author.store.reading(1).reversal(3) is None
        assert author.store.reading(1).head().number == 4

    def test_writing_nothing_changes_nothing(self, author: Author) -> None:
        with author.store.writing(1) as writer:
            writer.append(Additions())
        assert author.store.reading(1).head().number == 0

    def test_a_key_that_the_book_has_is_told_and_nothing_is_written(self, author: Author) -> None:
        author.open("a", "a:b")
        (entry,) = author.write(transfer("k", "a", "a:b", 5))
        with pytest.raises(KeyTaken), author.store.writing(1) as writer:
            writer.append(
                Additions(transactions=[(3, "new", bytes(32), entry.line), (4, "k", bytes(32), entry.line)])
            )
        reader = author.store.reading(1)
        assert reader.head().number == entry.number
        assert reader.numbers(["k", "new"]) == {"k": 2}

    def test_what_begins_elsewhere_than_at_the_end_is_told_and_nothing_is_written(
        self, author: Author
    ) -> None:
        first = author.open("a", "a:b")
        stale = author.store.reading(1).head()
        author.write(transfer("k", "a", "a:b", 5))
        with pytest.raises(HeadMoved), author.store.writing(1) as writer:
            writer.append(Additions(before=stale, transactions=[(3, "new", bytes(32), first.line)]))
        assert author.store.reading(1).head().number == 2

    def test_threads_write_one_after_the_other(self, author: Author) -> None:
        author.open("a", "a:b")

        def work(name: str) -> None:
            for i in range(25):
                author.write(transfer(f"{name}{i}", "a", "a:b", 1))
                list(author.store.reading(1).lines(A))

        threads = [threading.Thread(target=work, args=(name,)) for name in "xyz"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reader = author.store.reading(1)
        assert [line.balance for line in reader.lines(A)] == list(range(1, 76))
        assert [entry.number for entry in reader.entries()] == list(range(1, 77))

    def test_a_reader_never_sees_half_a_batch(self, author: Author) -> None:
        author.open("a", "a:b")
        seen, written = [], threading.Event()

        def look() -> None:
            written.wait()
            seen.append(author.store.reading(1).head().number)

        thread = threading.Thread(target=look)
        thread.start()
        with author.store.writing(1) as writer:
            author.append(writer, transfer("k1", "a", "a:b", 1))
            written.set()
            thread.join(0.2)  # a store may let it wait
            author.append(writer, transfer("k2", "a", "a:b", 1))
        thread.join()
        assert seen[0] in (1, 3)

    def test_a_transaction_may_hold_records_only_or_many_legs(self, author: Author) -> None:
        author.open("a", "a:b")
        empty = Transaction(key="k", kind="note", effective_on=DAY)
        (entry,) = author.write(empty)
        assert author.store.reading(1).entry(2) == entry

    @pytest.mark.parametrize("fails", [False, True])
    def test_a_writer_ends_with_the_commit(self, author: Author, fails: bool) -> None:
        author.open("a", "a:b")
        with suppress(Stop), author.store.writing(1) as writer:
            author.append(writer, transfer("k", "a", "a:b", 5))
            if fails:
                raise Stop
        for ask in (writer.head, lambda: writer.states([A]), lambda: writer.append(Additions())):
            with pytest.raises(StoreUnavailable, match="the reader is closed"):
                ask()
        assert author.store.reading(1).head().number == 1 + (not fails)

    def test_a_batch_is_fetched_at_once(self, author: Author) -> None:
        names = [f"x{i:04}" for i in range(1_201)]
        author.open("a", *names)
        author.write(*(transfer(f"key {name}", name, "a", 1) for name in names))
        author.write(fact("facts", *(Record("fact", name, {}) for name in names)))
        author.write(fact("more", Record("fact", "x0007", {}, version=2)))
        keys, records = [f"key {name}" for name in names], [("fact", name) for name in names]
        with author.store.writing(1) as writer:
            author.append(writer, transfer("now", "a", "x0000", 1))
            found = writer.fetch(
                ["now", "unused", "\ud800", *keys],
                [AccountPath("nobody"), AccountPath("\ud800"), *map(AccountPath, names)],
                [("fact", "nobody"), ("\ud800", "x"), ("x", "\ud800"), *records],
            )
            assert found.numbers == {**{key: n for n, key in enumerate(keys, start=2)}, "now": 1_205}
            assert set(found.states) == set(names)
            assert found.states[AccountPath("x0000")].credits == 1
            assert found.versions == {**dict.fromkeys(records, 1), ("fact", "x0007"): 2}
            assert writer.fetch([], [], []) == ({}, {}, {})

    def test_pages_take_the_place_of_those_before_or_an_exception_undoes_them(self, author: Author) -> None:
        with author.store.writing(1) as writer:
            writer.append(
                Additions(pages=[(0, 0, b"a" * 32), (0, 2, b"b" * 64), (1, 0, bytearray(b"c" * 32))])
            )
        with author.store.writing(1) as writer:
            writer.append(Additions(pages=[(0, 2, b"d" * 96)]))
        reader = author.store.reading(1)
        expected = {0: b"a" * 32, 2: b"d" * 96}
        assert reader.pages(0, range(1_500)) == expected
        assert (reader.pages(1, [0]), reader.pages(1, [1]), reader.pages(2, [])) == ({0: b"c" * 32}, {}, {})
        with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
            writer.append(Additions(pages=[(0, 2, b""), (3, 3, b"")]))
            raise Stop
        assert (reader.pages(0, range(9)), reader.counts()["pages"]) == (expected, 3)
