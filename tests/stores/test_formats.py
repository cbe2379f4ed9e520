"""Books of other schemas: older ones are refused by name, nobody keeps one; newer ones too."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bankcore.errors import SchemaMismatch
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.schema import APPLICATION_ID, VERSION
from bankcore.stores.sqlite import SqliteStore


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("found", [1, 2, 3, VERSION + 1])
def test_another_format_is_refused_by_name_and_left_alone(
    path: Path, found: int, create: bool, read_only: bool
) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {found}")
        db.execute("CREATE TABLE book(book_id INTEGER)")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(SchemaMismatch) as refusal:
        SqliteStore(path, create=create, read_only=read_only)
    assert refusal.value.as_dict()["found"] == found
    assert ("before journal format 1" in str(refusal.value)) == (found < VERSION)
    assert path.read_bytes() == before
