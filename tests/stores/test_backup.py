"""A copy of a book in use is whole, or there is none."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ledger.making import CNY, DAY, move

from bankcore.errors import BadFile, NotABook, StoreDamaged, VerificationFailed
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.stores.backup import checked, standings
from bankcore.stores.engine import driver
from bankcore.stores.sqlite import SqliteStore

BOOK, OTHER = Book(1, "main", CNY, DAY), Book(2, "other", CNY, DAY)


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with closing(SqliteStore(path, create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock)
        ledger.open([Account("cash", "asset", CNY), Account("li", "liability", CNY)], key="open")
        ledger.post(move("in", "li", "cash", 100))
        yield ledger


@pytest.fixture
def copy(path: Path) -> Path:
    return path.with_name("copy.db")


def test_a_backup_says_where_the_books_stand(ledger: Ledger, path: Path, copy: Path) -> None:
    Ledger.create(ledger.store, OTHER, clock)
    ledger.close_period(DAY, key="close")
    backup = ledger.store.backup(copy)
    main, other = backup.books
    assert backup.place == str(copy)
    assert (main.book, main.head) == (BOOK, ledger.reader.head())
    assert main.seal == next(seals(ledger.reader))
    assert (other.book, other.head.number, other.seal) == (OTHER, 0, None)
    assert sorted(file.name for file in path.parent.iterdir() if not file.name.startswith(path.name)) == [
        "copy.db"
    ]
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(SqliteStore(copy)) as store:
        assert list(store.reading(1).entries()) == list(ledger.reader.entries())
        assert (
            Ledger(store, BOOK, clock)
            .post(move("on", "li", "cash", 1, effective_on=ledger.books.today))
            .number
            == 4
        )
    assert ledger.reader.head().number == 3


def test_every_backup_under_load_is_whole(ledger: Ledger, copy: Path) -> None:
    ended = threading.Event()

    def load() -> None:
        n = 0
        while not ended.is_set():
            ledger.post_many([move(f"{n}-{i}", "li", "cash", 1) for i in range(50)])
            n += 1

    thread = threading.Thread(target=load)
    thread.start()
    numbers = []
    try:
        for n in range(8):
            backup = ledger.store.backup(copy.with_name(f"{n}.db"))
            numbers.append(backup.books[0].head.number)
            with closing(SqliteStore(copy.with_name(f"{n}.db"))) as store:
                found = verify(store.reading(1), BOOK).require()
                assert found.transactions == numbers[-1]
    finally:
        ended.set()
        thread.join()
    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1]


@pytest.mark.parametrize("taken", ["copy.db", "copy.db.part", "no/copy.db", "a book.db", "a\0b", "x" * 300])
def test_nothing_is_overwritten(ledger: Ledger, path: Path, taken: str) -> None:
    if taken.startswith("copy"):
        path.with_name(taken).write_text("mine")
    with pytest.raises(BadFile):
        ledger.store.backup(path.with_name("copy.db") if taken.endswith(".part") else path.parent / taken)
    if taken.startswith("copy"):
        assert path.with_name(taken).read_text() == "mine"
    assert {file.name.partition(".")[0] for file in path.parent.iterdir()} <= {"a book", "copy"}
    assert ledger.post(move("k", "li", "cash", 1)).number == 3


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        ("UPDATE balance SET debits = 7 WHERE account_id = 1", VerificationFailed),
        ("DROP TABLE record_head", StoreDamaged),
    ],
)
def test_a_copy_that_contradicts_itself_is_removed(
    ledger: Ledger, path: Path, copy: Path, edit: str, error: type[Exception]
) -> None:
    with closing(driver.connect(path)) as conn, conn:
        conn.execute(edit)
    with pytest.raises(error):
        ledger.store.backup(copy)
    assert not list(path.parent.glob("copy*"))


def test_a_backup_is_checked_and_restored(ledger: Ledger, copy: Path, path: Path) -> None:
    ledger.store.backup(copy)
    with closing(SqliteStore(copy, read_only=True)) as store:
        assert checked(store, str(copy)).books == standings(ledger.store)
        restored = store.backup(path.with_name("restored.db"))
    assert restored.books == standings(ledger.store)


def test_a_copy_without_its_log_is_named_as_such(ledger: Ledger, path: Path, copy: Path) -> None:
    """The log holds everything, and only the file was copied."""
    bare = copy.with_name("bare.db")
    bare.write_bytes(Path(shutil.copy(path, copy)).read_bytes())
    for options in ({}, {"read_only": True}):
        with pytest.raises(NotABook, match="copied without its log"):
            SqliteStore(bare, **options)
    with closing(SqliteStore(bare, create=True)) as store:  # `init` may go on with it
        assert store.books() == ()


def test_a_log_that_is_gone_takes_no_more_commits(ledger: Ledger, path: Path) -> None:
    """What was written after it would be found by nobody."""
    log = Path(f"{path}-wal")
    kept = log.with_name("kept")
    log.rename(kept)
    for instead in (None, b"", kept.read_bytes()):
        if instead is not None:
            log.write_bytes(instead)
        with pytest.raises(NotABook, match="log was removed or replaced"):
            ledger.post(move("k", "li", "cash", 1))
        with suppress(FileNotFoundError):
            log.unlink()
    kept.rename(log)
    assert ledger.post(move("k", "li", "cash", 1)).number == 3
    verify(ledger.reader, BOOK).require()
