"""The condition of a server and of the database with the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bankcore.stores.postgres.statements import SETTLED
from bankcore.stores.vitals import Vitals

__all__ = ["server_vitals"]

_SETTINGS: Final = """
    SELECT current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit'), current_setting('archive_mode'),
        CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END,
        pg_database_size(current_database())"""
_NAMES: Final = ("fsync", "full_page_writes", "synchronous_commit", "archive_mode", "server")


def server_vitals(rows: Callable[[str], list[Any]], engine: str, *, sound: bool) -> Vitals:
    """The vitals of the database that `rows` reads."""
    ((*settings, size),) = rows(_SETTINGS)
    return Vitals(
        engine=engine,
        sound=sound,
        size=size,
        settings=dict(zip(_NAMES, settings, strict=True)),
        erasure_pending=rows(SETTLED) != [(0,)],
        backed_up_elsewhere=True,
    )
