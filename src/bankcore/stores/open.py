"""Opening the store at a path or a URL."""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import unquote

from bankcore.errors import UnknownName
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

__all__ = ["file_of", "open_store"]

_MEMORY: Final = "memory:"
_SCHEME: Final = re.compile(r"\s*([A-Za-z][\w+.\-]+):(?=//|[^\\/]*@)")  # not the drive letter of Windows
_KNOWN: Final = "a path, sqlite:///PATH, memory:"


def open_store(
    place: str | os.PathLike[str],
    *,
    create: bool = False,
    read_only: bool = False,
    durability: str = "full",
    timeout: float = 30,
) -> MemoryStore | SqliteStore:
    """The store at a path or a URL: `sqlite:///relative.db`, `sqlite:////absolute.db`, or `memory:`.

    The other arguments are those of SqliteStore; a new store in memory, which ends with the process,
    ignores them.  Raises UnknownName for any other URL, repeating only its scheme, as the rest may
    contain a password, and the errors of SqliteStore.

    >>> open_store("memory:").books()
    ()
    """
    if os.fspath(place) == _MEMORY:
        return MemoryStore()
    return SqliteStore(
        file_of(place), create=create, read_only=read_only, durability=durability, timeout=timeout
    )


def file_of(place: str | os.PathLike[str]) -> str:
    """The file of a path or a URL; raises UnknownName where it does not name a file.

    >>> file_of("mall.db"), file_of("sqlite:///mall.db"), file_of("sqlite:////var/a%20book.db")
    ('mall.db', 'mall.db', '/var/a book.db')
    """
    text = os.fspath(place)
    found = _SCHEME.match(text)
    if text != _MEMORY and found is None:
        return text
    scheme = _MEMORY[:-1] if found is None else found[1].lower()
    path = text.strip().removeprefix(f"{text.strip()[: len(scheme)]}:///")
    if scheme == "sqlite" and path not in ("", text.strip()) and "?" not in path:
        return unquote(path)
    if scheme.startswith("postgres"):
        raise UnknownName("store", f"{scheme}:", f"{_KNOWN}; PostgreSQL with the extra bankcore[postgres]")
    raise UnknownName("store", f"{scheme}:", _KNOWN)
