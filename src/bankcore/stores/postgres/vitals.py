"""The condition of a server and of the database with the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from bankcore.stores.postgres.statements import SETTLED
from bankcore.stores.vitals import Archive, Vitals

__all__ = ["server_vitals"]

_SETTINGS: Final = """
    SELECT current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit'), current_setting('archive_mode'),
        CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END,
        pg_database_size(current_database())"""
_ARCHIVE: Final = """
    SELECT floor(extract(epoch FROM last_archived_time))::bigint,
        floor(extract(epoch FROM last_failed_time))::bigint
    FROM pg_stat_archiver"""
_NAMES: Final = ("fsync", "full_page_writes", "synchronous_commit", "archive_mode", "server")


def server_vitals(rows: Callable[[str], list[Any]], engine: str, *, sound: bool) -> Vitals:
    """The vitals of the database that `rows` reads."""
    ((*settings, size),) = rows(_SETTINGS)
    said = dict(zip(_NAMES, settings, strict=True))
    archive = None
    if said["archive_mode"] == "always" or (said["archive_mode"], said["server"]) == ("on", "primary"):
        ((last, failed),) = rows(_ARCHIVE)
        archive = Archive(_instant(last), _instant(failed))
    return Vitals(
        engine=engine,
        sound=sound,
        size=size,
        settings=said,
        erasure_pending=rows(SETTLED) != [(0,)],
        backed_up_elsewhere=True,
        archive=archive,
    )


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
