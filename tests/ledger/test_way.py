"""The way of a posting stays short: how many calls and files it goes through."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import move

import bankcore
from bankcore.ledger.ledger import Ledger
from bankcore.stores.sqlite import SqliteStore

HOME = str(Path(bankcore.__file__).parent)
MOST_CALLS = 45  # to SQLite and back
MOST_ROOMS = 6  # of the ledger, which the way leads through


def test_an_ordinary_posting_travels_a_short_way(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db", create=True)
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    for place in range(3):
        ledger.post(move(f"{place}", "a", "cash", 5))
    calls: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and ("attrs generated" in file or file.startswith(HOME)):
            calls.append(file)

    given = move("given", "a", "cash", 5)
    sys.setprofile(note)
    ledger.post(given)
    sys.setprofile(None)
    store.close()
    assert len(calls) <= MOST_CALLS
    rooms = {file for file in calls if file.startswith(f"{HOME}/ledger/")}
    assert len(rooms) <= MOST_ROOMS, rooms
