"""The ledger under random histories: in memory and in SQLite, and on a server of PostgreSQL."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.conftest import PROFILE
from tests.postgres import empty_schema

from bankcore.ledger.ports import Store
from bankcore.stores.open import open_store
from bankcore.testing.ledger_machine import LedgerMachine

TestHistories = LedgerMachine.TestCase


def test_histories_on_postgres(postgres_server: str) -> None:
    class OnPostgres(LedgerMachine):
        def place(self) -> AbstractContextManager[Any]:
            return empty_schema(postgres_server)

        def open_store(self, place: Any, *, create: bool) -> Store:
            return open_store(place, create=create, durability="normal")

    most = settings.default.max_examples  # but by day fewer: each commit waits for the server
    size = settings(max_examples=most if PROFILE == "nightly" else -(-most // 5))
    run_state_machine_as_test(OnPostgres, settings=size)  # type: ignore[no-untyped-call]
