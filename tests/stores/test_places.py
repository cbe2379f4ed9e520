"""Whether a book can be read where it cannot be written: never by taking it for one that nobody writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from bankcore.errors import NotABook, StoreReadOnly
from bankcore.stores.files import file_uri, is_on_frozen_disk
from bankcore.stores.sqlite import SqliteStore


@contextmanager
def nobody() -> Iterator[None]:
    """As a user whom file permissions bind."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    """A folder that everybody may look into, and nobody but its owner writes."""
    for above in takewhile(lambda above: above != Path(gettempdir()), (tmp_path, *tmp_path.parents)):
        above.chmod(0o755)
    folder = tmp_path / "shelf"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


def numbers(path: Path) -> int:
    with closing(SqliteStore(path, read_only=True)) as store:
        return store.reading(1).head().number


def test_a_reader_without_the_right_to_write_sees_every_commit(shelf: Path, book: Any, make: Any) -> None:
    """Through a link, too, beside which there is no log."""
    links = shelf.parent / "links"
    links.mkdir()
    (links / "book.db").symlink_to(shelf / "book.db")
    links.chmod(0o555)
    with closing(SqliteStore(shelf / "book.db", create=True)) as store:
        store.create(book)
        author = make.author(store, book)
        author.open("a", "b")
        shelf.chmod(0o555)
        for n in range(2, 6):
            author.write(make.transfer(str(n), "a", "b", 700))
            with nobody():
                assert numbers(shelf / "book.db") == numbers(links / "book.db") == n
                with pytest.raises(StoreReadOnly, match="write-protected"):
                    SqliteStore(links / "book.db")
    with nobody(), pytest.raises(StoreReadOnly, match="read a copy"):
        numbers(links / "book.db")
    links.chmod(0o755)


def test_nothing_is_taken_for_frozen_by_the_rights_of_who_asks(shelf: Path) -> None:
    shelf.chmod(0o555)
    with nobody():
        assert not is_on_frozen_disk(shelf / "book.db")
        assert "immutable" not in file_uri(shelf / "book.db", create=False, read_only=True)


@pytest.fixture
def disk(shelf: Path) -> Iterator[Path]:
    """A disk of its own, if this machine lets us have one."""
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "none", str(shelf)], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("only root mounts a disk")
    yield shelf
    subprocess.run(["umount", str(shelf)], check=True)


def test_a_book_on_a_disk_that_is_mounted_read_only_is_read(disk: Path, book: Any, make: Any) -> None:
    path = disk / "book.db"
    with closing(SqliteStore(path, create=True)) as store:
        store.create(book)
        make.author(store, book).open("a", "b")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert numbers(path) == 1
    assert [file.name for file in disk.iterdir()] == ["book.db"]
    with pytest.raises(StoreReadOnly):
        SqliteStore(path)


def test_a_second_mount_that_is_read_only_is_not_taken_for_frozen(disk: Path, book: Any, make: Any) -> None:
    """As a volume in a container: the first mount is written."""
    second = disk.parent / "second"
    second.mkdir()
    subprocess.run(["mount", "--bind", str(disk), str(second)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(second)], check=True)
        assert not is_on_frozen_disk(second / "book.db")
        with closing(SqliteStore(disk / "book.db", create=True)) as store:
            store.create(book)
            author = make.author(store, book)
            author.open("a", "b")
            for n in range(2, 5):
                author.write(make.transfer(str(n), "a", "b", 1))
                assert numbers(second / "book.db") == n
    finally:
        subprocess.run(["umount", str(second)], check=True)


def test_a_path_that_the_system_does_not_take(tmp_path: Path) -> None:
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    for path in (tmp_path / "ring", "a\0b"):
        with pytest.raises(NotABook, match="cannot be read"):
            SqliteStore(path, read_only=True)
