"""A book whose file or log is removed or replaced takes no more commits, however it is noticed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bankcore.errors import NotABook
from bankcore.ledger.transactions import Book
from bankcore.stores.files import Files, _is_settled

SETTLED = 0.15  # seconds after which a glance at the folder is enough


@pytest.fixture
def settled(opener: Any, book: Book, make: Any) -> Any:
    """A book in a folder that has been left alone for a while, so that commits only glance at it."""
    store = opener(create=True)
    store.create(book)
    author = make.author(store, book)
    author.open("a", "a:b")
    time.sleep(SETTLED)
    for key in ("s1", "s2"):
        author.write(make.transfer(key, "a", "a:b", 1))
    assert store._files._glances >= 1
    return author


def away(file: Path) -> None:
    file.rename(file.with_name("away"))


def replaced(file: Path) -> None:
    file.with_name("other").write_bytes(file.read_bytes())
    file.with_name("other").replace(file)


def replaced_secretly(file: Path) -> None:
    """As a tool does that copies whole folders, with their times."""
    folder = file.parent.stat()
    replaced(file)
    os.utime(file.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))


@pytest.mark.parametrize("end", ["", "-wal"])
@pytest.mark.parametrize("change", [away, replaced, replaced_secretly])
def test_a_glance_at_the_folder_sees_what_becomes_of_the_files(
    settled: Any, path: Path, make: Any, change: Callable[[Path], None], end: str
) -> None:
    change(Path(f"{path}{end}"))
    for key in ("k", "l"):
        with pytest.raises(NotABook, match="removed or replaced"):
            settled.write(make.transfer(key, "a", "a:b", 1))


def test_a_folder_that_is_moved_takes_the_book_along(settled: Any, path: Path, make: Any) -> None:
    away(path.parent)
    with pytest.raises(NotABook, match="removed or replaced"):
        settled.write(make.transfer("k", "a", "a:b", 1))


def test_what_else_happens_in_the_folder_is_no_harm(settled: Any, path: Path, make: Any) -> None:
    path.with_name("statement.csv").write_text("")
    settled.write(make.transfer("k", "a", "a:b", 1))
    assert settled.store._files._glances == 0  # at once after a change both files are looked at
    time.sleep(SETTLED)
    for key in ("l", "m"):
        settled.write(make.transfer(key, "a", "a:b", 1))
    assert settled.store._files._glances >= 1


def test_a_folder_that_notices_nothing_is_not_believed_for_long(settled: Any, path: Path) -> None:
    files = settled.store._files
    away(path)
    found = path.parent.stat()
    files._seen = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
    with pytest.raises(NotABook, match="removed or replaced"):
        check_often(files)


def check_often(files: Files) -> None:
    for _ in range(1_000):
        files.check()


def test_a_link_to_the_file_is_followed_each_time(tmp_path: Path) -> None:
    """It may come to lead elsewhere by a change in another folder."""
    for name in ("book", "book-wal", "other"):
        (tmp_path / name).write_text("")
    (tmp_path / "links").mkdir()
    middle, link = tmp_path / "links" / "middle", tmp_path / "link"
    middle.symlink_to(tmp_path / "book")
    link.symlink_to(middle)
    time.sleep(SETTLED)
    files = Files("link", str(link), tmp_path / "book")
    files.check()
    files.check()
    middle.unlink()
    middle.symlink_to(tmp_path / "other")
    with pytest.raises(NotABook, match="file was removed or replaced"):
        files.check()


def test_a_time_is_relied_on_when_it_is_fine_and_past() -> None:
    second = time.time_ns() // 1_000_000_000 * 1_000_000_000
    assert _is_settled(second - 3_000_000_001)
    assert not _is_settled(second - 3_000_000_000)  # as of a file system that knows whole seconds
    assert not _is_settled(time.time_ns())
    assert not _is_settled(second + 3_000_000_001)
