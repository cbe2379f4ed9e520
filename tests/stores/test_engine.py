"""Which SQLite is at work, and the checkpoints that the store makes itself where it is not sound."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bankcore.stores.engine import ENGINE, driver, is_sound
from bankcore.stores.guard import Guard
from bankcore.stores.sqlite import SqliteStore

SRC = Path(__file__).parents[2] / "src"
VULNERABLE = ("3.7.0", "3.40.1", "3.44.5", "3.45.0", "3.50.6", "3.51.0", "3.51.2")
SOUND = ("3.44.6", "3.44.7", "3.50.7", "3.51.3", "3.52.0", "3.53.4", "4.0.0")


@pytest.mark.parametrize("version", [*VULNERABLE, *SOUND])
def test_the_versions_that_are_sound(version: str) -> None:
    assert is_sound(version) == (version in SOUND)


def test_the_store_names_its_engine(tmp_path: Path) -> None:
    assert SqliteStore.engine is ENGINE
    assert driver.sqlite_version == ENGINE.version
    assert ENGINE.sound == is_sound(driver.sqlite_version)
    assert str(ENGINE) == f"SQLite {driver.sqlite_version} ({ENGINE.driver})"


def engine(chosen: str) -> str:
    """What a process says of its engine, or of the choice."""
    code = "from bankcore.stores.engine import ENGINE; print(ENGINE.driver)"
    environment = {**os.environ, "PYTHONPATH": str(SRC), "BANKCORE_SQLITE": chosen}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr


def test_the_engine_can_be_chosen_and_not_mistaken() -> None:
    assert engine("sqlite3") == "sqlite3"
    assert engine("") in ("pysqlite3", "sqlite3")
    assert "UnknownName" in engine("sqlite4")


# --- the guard -----------------------------------------------------------------------------------


@pytest.fixture
def guarded(opener: Any, book: Any, make: Any) -> Any:
    """An author whose store makes its checkpoints itself, whatever the engine."""
    store = opener(create=True)
    store._writer.tune(["wal_autocheckpoint = 0"])
    store._guard = Guard(store._connect, every=4)
    store.create(book)
    author = make.author(store, book)
    author.open("a", "b")
    return author


def test_a_log_that_is_moved_now_and_then_does_not_grow(guarded: Any, path: Path, make: Any) -> None:
    """Every fourth commit begins it anew; SQLite itself would after a thousand pages."""
    log, sizes = Path(f"{path}-wal"), []
    for n in range(100):
        guarded.write(make.transfer(str(n), "a", "b", 1))
        sizes.append(log.stat().st_size)
    assert max(sizes) < 2 * max(sizes[:12])


def test_a_large_commit_is_moved_before_the_next_one(guarded: Any, path: Path, make: Any) -> None:
    guarded.store._guard._left = 10**9
    log, sizes = Path(f"{path}-wal"), []
    for n in range(6):
        many = [make.transfer(f"{n}-{i}", "a", "b", 1, description="x" * 2_000) for i in range(2_500)]
        guarded.write(*many)
        sizes.append(log.stat().st_size)
    assert sizes[0] > 4 * 1024 * 1024
    assert sizes[-1] < 2 * sizes[0]


def test_no_checkpoint_runs_while_another_process_commits(guarded: Any, opener: Any, make: Any) -> None:
    """It waits for the write lock, as a commit does, and others wait for it."""
    other = opener(timeout=0.1)
    order = []

    def checkpoint() -> None:
        opener().checkpoint()
        order.append("checkpoint")

    with guarded.store.writing(1) as writer:
        thread = threading.Thread(target=checkpoint)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        guarded.append(writer, make.transfer("k", "a", "b", 1))
        order.append("commit")
    thread.join()
    assert order == ["commit", "checkpoint"]
    assert other.reading(1).head().number == 2


def test_a_checkpoint_that_fails_fails_no_commit(guarded: Any, make: Any) -> None:
    guarded.store._guard.every = guarded.store._guard._left = 1
    guarded.write(make.transfer("k", "a", "b", 1))
    guarded.store._guard._connection.close()
    for n in range(3):
        guarded.write(make.transfer(str(n), "a", "b", 1))
    assert guarded.store.reading(1).head().number == 5


def test_only_an_unsound_engine_is_guarded(opener: Any) -> None:
    store = opener(create=True)
    assert (store._guard is None) == ENGINE.sound
    assert (store._writer.rows("PRAGMA wal_autocheckpoint") == [(0,)]) == (not ENGINE.sound)
