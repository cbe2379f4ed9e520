"""A damaged file is refused, or found by `verify`; or the damage touched nothing that a book consists of.

Whatever is done to the bytes, no error leaves that is not bankcore's own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.conftest import PROFILE
from tests.ledger.features import SHARED, history, pay, perform
from tests.ledger.making import CNY, DAY

from bankcore.errors import BankcoreError, StoreDamaged
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Book
from bankcore.stores import rows
from bankcore.stores.sqlite import SqliteStore

BOOK = Book(1, "damaged", CNY, DAY)
PAGE, FRAME, LOG_HEADER = 4_096, 24 + 4_096, 32
FLIPS, STRIDE = {"dev": (2, 29), "ci": (6, 11), "nightly": (200, 1)}[PROFILE]  # a page; frames of a log
BESIDE = ("-wal", "-shm")


def ticking(start: int = 0) -> Callable[[], datetime]:
    moments = (datetime(2024, 5, 1, tzinfo=UTC) + timedelta(seconds=n) for n in count(start))
    return lambda: next(moments)


def write(file: Path, key: str, rounds: int = 4) -> SqliteStore:
    """A store, still open, with a book that used everything."""
    store = SqliteStore(file, create=True, durability="normal")
    ledger = Ledger.create(store, BOOK, ticking())
    ledger.open(SHARED, key="open")
    for n in range(rounds):
        for feature in history(ledger, f"{key}-{n}-"):
            list(perform(feature))
    return store


def told(reader: Reader) -> list[Any]:
    """All that a book says, by every way of asking."""
    entries = list(reader.entries())
    accounts = list(reader.accounts())
    names = sorted({(record.kind, record.id) for e in entries for record in e.transaction.records})
    return [
        entries,
        accounts,
        reader.head(),
        list(reader.nets()),
        list(reader.holds()),
        reader.due_holds(datetime(9999, 1, 1, tzinfo=UTC)),
        [list(reader.lines(state.account.path)) for state in accounts],
        [list(reader.versions(*name)) for name in names],
        [list(reader.records(kind)) for kind in ("account", "note", "period")],
        reader.latest_versions(names),
        reader.numbers([e.transaction.key for e in entries]),
        [reader.reversal(e.number) for e in entries],
    ]


def found(file: Path) -> list[Any] | None:
    """What a file tells, or None where it is refused or `verify` says no; any other error fails the test."""
    try:
        store = SqliteStore(file)
    except BankcoreError:
        return None
    try:
        with suppress(BankcoreError):
            told(store.reading(BOOK.id))
        reader = store.reading(BOOK.id)
        verify(reader, BOOK).require()
        return told(reader)
    except BankcoreError:
        with suppress(BankcoreError):  # who does not ask `verify` meets no other error either
            Ledger(store, BOOK, ticking()).post(pay("after the damage"))
        return None
    finally:
        store.close()


@frozen
class Original:
    """A book at rest: its bytes, and what it tells."""

    content: bytes
    tells: list[Any]

    @property
    def pages(self) -> int:
        return len(self.content) // PAGE


def at_rest(folder: Path, key: str) -> Original:
    file = folder / f"{key}.db"
    store = write(file, key)
    tells = told(store.reading(BOOK.id))
    store.close()
    return Original(file.read_bytes(), tells)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return at_rest(tmp_path_factory.mktemp("original"), "a")


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return at_rest(tmp_path_factory.mktemp("another"), "b")


@pytest.fixture
def damaged(tmp_path: Path) -> Callable[[bytes], list[Any] | None]:
    """What a file of these bytes tells."""
    file = tmp_path / "book.db"

    def tell(content: bytes) -> list[Any] | None:
        for name in BESIDE:
            Path(f"{file}{name}").unlink(missing_ok=True)
        file.write_bytes(content)
        return found(file)

    return tell


# --- the file ------------------------------------------------------------------------------------


def test_an_undamaged_file_tells_all(original: Original, damaged: Callable[..., Any]) -> None:
    assert original.pages > 20
    assert damaged(original.content) == original.tells


def test_a_truncated_file_is_never_used(original: Original, damaged: Callable[..., Any]) -> None:
    sizes = [*range(0, len(original.content), PAGE), *range(PAGE // 2, len(original.content), PAGE)]
    assert [size for size in [*sizes, 1, 99, 101] if damaged(original.content[:size]) is not None] == []


def silent(
    original: Original, damaged: Callable[..., Any], damages: Iterator[tuple[Any, bytes]]
) -> list[Any]:
    """The damages after which the book tells something else, and `verify` says nothing."""
    return [where for where, content in damages if damaged(content) not in (None, original.tells)]


@pytest.mark.parametrize("start", [0, 1_000])
@pytest.mark.parametrize("kind", ["zeros", "ones", "noise", "neighbour", "other book"])
def test_an_overwritten_page_is_never_used(
    original: Original, another: Original, damaged: Callable[..., Any], kind: str, start: int
) -> None:
    chance = random.Random(kind)

    def damages() -> Iterator[tuple[int, bytes]]:
        for page in range(original.pages):
            where = slice(page * PAGE + start, (page + 1) * PAGE)
            behind = (page + 1) % original.pages * PAGE
            instead = {
                "zeros": bytes(PAGE - start),
                "ones": b"\xff" * (PAGE - start),
                "noise": chance.randbytes(PAGE - start),
                "neighbour": original.content[behind + start : behind + PAGE],
                "other book": another.content[where],
            }[kind]
            yield page, original.content[: where.start] + instead + original.content[where.stop :]

    assert silent(original, damaged, damages()) == []


def test_a_flipped_bit_is_never_used(original: Original, damaged: Callable[..., Any]) -> None:
    chance = random.Random(1)

    def damages() -> Iterator[tuple[tuple[int, int], bytes]]:
        for page in range(original.pages):
            for _ in range(FLIPS):
                place, bit = page * PAGE + chance.randrange(PAGE), chance.randrange(8)
                content = bytearray(original.content)
                content[place] ^= 1 << bit
                yield (place, bit), bytes(content)

    assert silent(original, damaged, damages()) == []


# --- the log beside it ---------------------------------------------------------------------------


@frozen
class Crashed:
    """What an unclosed book left: its file, its log, the index of the log, and the keys in the journal."""

    content: bytes
    log: bytes
    shared: bytes
    keys: list[str]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Crashed:
    """A book whose first half is in the file, and whose second half is in the log alone."""
    file = tmp_path_factory.mktemp("crashed") / "book.db"
    store = write(file, "a", rounds=1)
    store._writer.run("PRAGMA wal_checkpoint(TRUNCATE)")
    store._guard = None  # no checkpoint meanwhile, whatever the engine
    for feature in history(Ledger(store, BOOK, ticking(start=1_000)), "b-"):
        list(perform(feature))
    content, log, shared = file.read_bytes(), *(Path(f"{file}{name}").read_bytes() for name in BESIDE)
    keys = [entry.transaction.key for entry in store.reading(BOOK.id).entries()]
    store.close()
    return Crashed(content, log, shared, keys)


@pytest.fixture
def left(tmp_path: Path) -> Callable[..., list[str] | None]:
    """The keys in a book that was left as these files, or None where it is refused or found."""
    file = tmp_path / "book.db"

    def tell(content: bytes, log: bytes | None, shared: bytes | None = None) -> list[str] | None:
        for name, data in zip(("", *BESIDE), (content, log, shared), strict=True):
            Path(f"{file}{name}").unlink(missing_ok=True)
            if data is not None:
                Path(f"{file}{name}").write_bytes(data)
        tells = found(file)
        return tells and [entry.transaction.key for entry in tells[0]]

    return tell


def test_a_log_is_read_whatever_its_index_says(crashed: Crashed, left: Callable[..., Any]) -> None:
    noise = random.Random(1).randbytes(len(crashed.shared))
    for shared in (crashed.shared, None, b"", noise, noise[:100], bytes(len(noise)), crashed.shared[:-1]):
        assert left(crashed.content, crashed.log, shared) == crashed.keys


def test_a_torn_log_leaves_what_was_committed_before(crashed: Crashed, left: Callable[..., Any]) -> None:
    """Cut at each frame and within it, the book is as it was after one of its commits."""
    known = set()
    for end in range(LOG_HEADER, len(crashed.log), FRAME * STRIDE):
        for cut in (end, end + 1, end + 23, end + FRAME // 2):
            keys = left(crashed.content, crashed.log[:cut])
            assert keys == crashed.keys[: len(keys)]
            known.add(len(keys))
    assert len(known) > 3
    first = min(known)
    for log in (None, b"", bytes(100), crashed.log[:LOG_HEADER]):  # a log that is lost is not missed
        assert len(left(crashed.content, log)) == first


def test_a_flipped_bit_in_a_log_ends_it_there(crashed: Crashed, left: Callable[..., Any]) -> None:
    chance = random.Random(2)
    for start in range(LOG_HEADER, len(crashed.log), FRAME * STRIDE):
        log = bytearray(crashed.log)
        log[start + chance.randrange(FRAME)] ^= 1 << chance.randrange(8)
        keys = left(crashed.content, bytes(log))
        assert keys == crashed.keys[: len(keys)]
        assert len(keys) < len(crashed.keys)


def test_a_checkpoint_cut_short_is_finished_with_the_log_and_found_without(
    crashed: Crashed, left: Callable[..., Any], tmp_path: Path
) -> None:
    whole = tmp_path / "whole.db"
    whole.write_bytes(crashed.content)
    Path(f"{whole}-wal").write_bytes(crashed.log)
    SqliteStore(whole).close()
    after = whole.read_bytes()
    for copied in range(len(after) // PAGE):
        mixed = after[: copied * PAGE] + crashed.content[copied * PAGE :]
        assert left(mixed, crashed.log) == crashed.keys
        keys = left(mixed, None)
        assert keys is None or keys == crashed.keys[: len(keys)]


def test_the_log_of_another_book_is_found_or_is_the_other_book(
    crashed: Crashed, another: Original, left: Callable[..., Any]
) -> None:
    """SQLite does not know whose log it is; the pages of two books contradict each other."""
    ours = [entry.transaction.key for entry in another.tells[0]]
    contradictions = 0
    for end in range(LOG_HEADER, len(crashed.log), FRAME * STRIDE):
        keys = left(another.content, crashed.log[:end])
        contradictions += keys is None
        assert keys in (None, ours) or keys == crashed.keys[: len(keys)]
    assert contradictions


# --- rows that only a damaged page can hold --------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "row"),
    [
        (rows.head_of, (None, b"", "2024-05-01T00:00:00.000000Z", 1)),
        (rows.hold_of, ("5", None)),
        (rows.hold_of, (5, b"6")),
        (rows.latest_of, ("x", None, "{}", 1)),
        (rows.latest_of, ("x", "note", "{}", "1")),
        (rows.movement_of, ("2024-05-01", 1, None, 0)),
        (rows.net_of, (None, 1)),
        (rows.net_of, ("a", None)),
        (rows.newest_of, ("note", "x", None)),
        (rows.number_of, (None,)),
        (rows.totals_of, (1, "1")),
        (rows.used_of, ("key", b"1")),
    ],
)
def test_a_value_of_another_type_is_no_row(make: Callable[..., Any], row: tuple[Any, ...]) -> None:
    with pytest.raises(StoreDamaged, match="it contains"):
        rows.made(make, [row], "here")


@pytest.mark.parametrize(("after", "last"), [(5, 5), (5, 4), (0, None), ("b", "a"), ("", b"c")])
def test_pages_that_lead_in_a_circle_end(tmp_path: Path, after: Any, last: Any) -> None:
    store = SqliteStore(tmp_path / "book.db", create=True)
    store.create(BOOK)
    with pytest.raises(StoreDamaged, match="follows"):
        store.reading(BOOK.id)._further(after, last)
    store.close()
