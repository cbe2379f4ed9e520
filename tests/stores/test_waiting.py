"""Waiting for the lock of a file: for how long, who is told, and of whom."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.holding import held
from tests.stores.test_locks import BOOK, LOCKS

from bankcore.errors import BadTimeout, StoreLocked
from bankcore.stores import waiting
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.stores.waiting import FIRST, LONGEST, Wait, Watch, writer_of

Opener = Callable[..., SqliteStore]
linux = pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who has which lock")


@pytest.fixture(autouse=True)
def _book(opener: Opener) -> None:
    opener(create=True).create(BOOK)


@linux
def test_after_a_second_it_is_told_who_writes_and_with_his_end_it_goes_on(opener: Opener, path: Path) -> None:
    told: list[Wait] = []
    with held(path) as process:

        def kill(wait: Wait) -> None:
            told.append(wait)
            process.kill()

        begun = time.monotonic()
        with opener(timeout=20, on_wait=kill).writing(1):
            waited = time.monotonic() - begun
    (wait,) = told
    assert (wait.place, wait.timeout) == (str(path), 20)
    assert re.fullmatch(
        rf"process {process.pid} \(python[\d.]*, started \d seconds? ago\) is writing", wait.reason
    )
    assert str(wait) == f"waiting up to 20 seconds for {path}: {wait.reason}"
    assert 1 <= waited < 10


@linux
def test_a_stopped_writer_is_named_as_such(opener: Opener, path: Path) -> None:
    told: list[Wait] = []
    store = opener(timeout=0.2, on_wait=told.append)
    with held(path) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(StoreLocked) as refused, store.writing(1):
            pass
        process.send_signal(signal.SIGCONT)
    assert (refused.value.place, refused.value.transient, refused.value.exit_status) == (str(path), True, 5)
    said = rf"process {process.pid} \(python[\d.]*, started \d seconds? ago, stopped\) is writing "
    assert re.fullmatch(said + r"\(waited 0\.2 seconds\)", refused.value.reason)
    assert told == []  # before a second has passed
    with store.writing(1):
        pass


def test_no_time_is_no_wait_and_readers_never_wait(opener: Opener, path: Path) -> None:
    told: list[Wait] = []
    store = opener(timeout=0, on_wait=told.append)
    with held(path):
        begun = time.monotonic()
        with pytest.raises(StoreLocked, match="waited 0 seconds"), store.writing(1):
            pass
        opened = SqliteStore(path, read_only=True, timeout=0)
        with opened.snapshot() as still:
            assert still.reading(1).head() == store.reading(1).head() == opened.reading(1).head()
        opened.close()
        assert time.monotonic() - begun < 1
    assert told == []


@linux
def test_another_store_of_this_process_is_named(opener: Opener) -> None:
    told: list[Wait] = []
    one, other = opener(), opener(timeout=1.2, on_wait=told.append)
    with one.writing(1), pytest.raises(StoreLocked, match="this process, by another store"), other.writing(1):
        pass
    assert [it.reason for it in told] == ["this process, by another store, is writing"]


def test_another_thread_is_named_and_gives_its_turn(opener: Opener) -> None:
    told: list[str] = []
    begun, end = threading.Event(), threading.Event()

    def tell(wait: Wait) -> None:
        told.append(wait.reason)
        end.set()

    store = opener(timeout=20, on_wait=tell)

    def keep() -> None:
        with store.writing(1):
            begun.set()
            end.wait(20)

    thread = threading.Thread(target=keep)
    thread.start()
    begun.wait(20)
    with store.writing(1):
        pass
    thread.join()
    assert told == ["another thread is writing"]


@pytest.mark.skipif(sys.platform == "win32", reason="no timer signals")
def test_an_interrupt_is_heard_while_it_is_waited(opener: Opener, path: Path) -> None:
    store = opener(timeout=60)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with held(path):
            begun = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt), store.writing(1):
                pass
            assert time.monotonic() - begun < 10
    finally:
        signal.signal(signal.SIGALRM, before)
    with store.writing(1):
        pass


def test_a_file_that_becomes_a_book_is_waited_for(opener: Opener, tmp_path: Path) -> None:
    """Whoever creates a book in a new file waits for whoever does so, too, though it has no log yet."""
    file = tmp_path / "new.db"
    file.touch()
    with held(file) as process:
        timer = threading.Timer(0.3, process.kill)
        timer.start()
        store = SqliteStore(file, create=True, timeout=20)
    assert store.books() == ()
    store.close()


@pytest.mark.parametrize("timeout", [-1, -0.001, LONGEST + 1, float("inf"), float("nan")])
def test_a_time_that_nobody_waits_is_refused(path: Path, timeout: float) -> None:
    with pytest.raises(BadTimeout, match="from 0 to 86400 seconds") as refused:
        open_store(path, timeout=timeout)
    assert (refused.value.code, refused.value.exit_status) == ("bad_timeout", 2)


def test_where_the_system_does_not_tell_another_process_writes(
    opener: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(path) as process:
        if LOCKS.exists():
            assert writer_of(path).startswith(f"process {process.pid} (")
            monkeypatch.setattr(waiting, "_PROCESSES", path)
            assert writer_of(path) == f"process {process.pid}"
        monkeypatch.setattr(waiting, "_LOCKS", path / "none")
        assert writer_of(path) == "another process"
    assert writer_of(path.with_name("none.db")) == "another process"


# --- one thread that watches ----------------------------------------------------------------------------


def watching() -> list[threading.Thread]:
    return [it for it in threading.enumerate() if it.name == "bankcore-watch"]


def test_one_thread_watches_all_that_is_done_and_ends_when_nothing_is() -> None:
    for it in watching():  # of an earlier test
        it.join(timeout=3 * FIRST)
    told: list[bool] = []
    watch = Watch(lambda is_over: told.append(is_over()))
    for _ in range(500):
        with watch:
            pass
    (thread,) = watching()
    with watch:
        time.sleep(FIRST + 0.3)
        assert told == [False]
        time.sleep(FIRST + 0.3)
    assert told == [False]  # once
    thread.join(timeout=3 * FIRST)
    assert watching() == []
    with watch:
        time.sleep(FIRST + 0.3)
    assert told == [False, False]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_listener_that_fails_is_called_for_the_next_wait_all_the_same() -> None:
    told: list[int] = []

    def fail(_: object) -> None:
        told.append(1)
        raise ValueError

    watch = Watch(fail)
    for calls in (1, 2):
        with watch:
            time.sleep(FIRST + 0.3)
        assert len(told) == calls
