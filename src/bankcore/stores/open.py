"""Opening the store at a path or a URL."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from bankcore.errors import UnknownName
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.stores.waiting import OnWait

if TYPE_CHECKING:
    from bankcore.stores.postgres.store import PostgresStore

__all__ = ["file_of", "open_store"]

_MEMORY: Final = "memory:"
_SCHEME: Final = re.compile(r"\s*([A-Za-z][\w+.\-]+):(?=//|[^\\/]*@)")  # not the drive letter of Windows
_FILE: Final = "a path, sqlite:///PATH"
_KNOWN: Final = f"{_FILE}, memory:, postgresql://HOST/DATABASE"
_SERVERS: Final = ("postgresql", "postgres")
_EXTRA: Final = "bankcore[postgres]"


def open_store(
    place: str | os.PathLike[str],
    *,
    create: bool = False,
    read_only: bool = False,
    durability: str = "full",
    timeout: float = 30,
    on_wait: OnWait | None = None,
) -> MemoryStore | SqliteStore | PostgresStore:
    """The store at a path or a URL: `sqlite:///relative.db`, `sqlite:////absolute.db`, `memory:`, and
    with the extra `bankcore[postgres]` also `postgresql://USER@HOST:PORT/DATABASE`.

    The other arguments are those of SqliteStore and PostgresStore; a new store in memory, which ends with
    the process, ignores them.  Raises UnknownName for any other URL, repeating only its scheme, as the rest
    may contain a password, and the errors of the store.

    >>> open_store("memory:").books()
    ()
    """
    if os.fspath(place) == _MEMORY:
        return MemoryStore()
    if _scheme(os.fspath(place)) in _SERVERS:
        url = os.fspath(place)
        try:
            from bankcore.stores.postgres.store import PostgresStore
        except ImportError as error:
            raise UnknownName("store", f"{_scheme(url)}:", f"{_KNOWN} with the extra {_EXTRA}") from error
        return PostgresStore(
            url,
            create=create,
            read_only=read_only,
            durability=durability,
            timeout=timeout,
            on_wait=on_wait,
        )
    return SqliteStore(
        file_of(place),
        create=create,
        read_only=read_only,
        durability=durability,
        timeout=timeout,
        on_wait=on_wait,
    )


def file_of(place: str | os.PathLike[str]) -> str:
    """The file of a path or a URL; raises UnknownName where it does not name a file.

    >>> file_of("mall.db"), file_of("sqlite:///mall.db"), file_of("sqlite:////var/a%20book.db")
    ('mall.db', 'mall.db', '/var/a book.db')
    """
    text = os.fspath(place)
    scheme = "memory" if text == _MEMORY else _scheme(text)
    if scheme is None:
        return text
    path = text.strip().removeprefix(f"{text.strip()[: len(scheme)]}:///")
    if scheme == "sqlite" and path not in ("", text.strip()) and "?" not in path:
        return unquote(path)
    if scheme in _SERVERS:
        raise UnknownName("file", f"{scheme}:", f"{_FILE}; a server has backups of its own")
    raise UnknownName("store", f"{scheme}:", _KNOWN)


def _scheme(text: str) -> str | None:
    """The scheme of a URL, in small letters; None for a path."""
    found = _SCHEME.match(text)
    return None if found is None else found[1].lower()
