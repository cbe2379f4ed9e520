"""Each trip to a PostgreSQL server is lost in turn, before it arrives or once it is answered; a full disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest
from tests.conftest import PROFILE
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.features import Request, torn
from tests.ledger.making import move
from tests.ledger.test_crashes import Clock, Fault, receipts, undisturbed
from tests.postgres import empty_schema

from bankcore.errors import StoreError, StoreFull, StoreUnavailable
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger

psycopg = pytest.importorskip("psycopg")

from bankcore.stores.postgres.connection import Connection  # noqa: E402
from bankcore.stores.postgres.store import PostgresStore  # noqa: E402


class Lost(Exception):
    """The connection is to be lost now."""


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    """Loses the connection at its point: there is one before and one behind each trip to the server."""
    fault = Fault(Lost)

    def lossy(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Connection, *given: Any) -> Any:
            try:
                fault.point()
            except Lost:
                self.conn.close()  # what is sent then fails as it does when the server is away
            answer = real(self, *given)
            try:
                fault.point()
            except Lost:
                self.conn.close()
                raise StoreUnavailable(self.place, "the test says so") from None
            return answer

        return call

    for name in ("ask", "run", "trip"):
        monkeypatch.setattr(Connection, name, lossy(getattr(Connection, name)))
    return fault


@pytest.mark.slow
@pytest.mark.skipif(PROFILE == "ci", reason="at home and nightly")
def test_each_trip_lost_in_turn_is_made_good(postgres_server: str, fault: Fault) -> None:
    """In the nth run every request loses its nth trip; its answer is that of an undisturbed one."""
    expected = undisturbed()
    everything = lost = 0
    for nth in count():
        hit = 0
        with empty_schema(postgres_server) as url, closing(PostgresStore(url, create=True)) as store:
            clock = Clock()

            def ask(request: Request, nth: int = nth, clock: Clock = clock) -> Any:
                nonlocal hit
                clock.tick()
                fault.left = nth
                answer = request()
                hit += fault.left is None
                fault.left = None
                return answer

            assert receipts(Ledger.create(store, BOOK, clock), ask) == expected
            reader = store.reading(BOOK.id)
            verify(reader, BOOK).require()
            assert not torn(reader)
        everything, lost = max(everything, hit), lost + hit
        if hit == 0:
            break
    assert everything > 30  # requests
    assert lost > 4 * everything


@pytest.mark.slow
@pytest.mark.skipif(PROFILE == "ci", reason="at home and nightly")
def test_each_trip_of_opening_lost_in_turn(postgres_server: str, fault: Fault) -> None:
    """Tables are there whole or not at all."""
    for nth in count():
        with empty_schema(postgres_server) as url:
            fault.left = nth
            try:
                PostgresStore(url, create=True).close()
            except StoreError:
                fault.left = None
            if over := fault.left is not None:
                fault.left = None
            with closing(PostgresStore(url, create=True)) as store:
                assert store.books() == ()
                store.create(BOOK)
                assert list(store.reading(BOOK.id).faults()) == []
        if over:
            break
    assert nth > 6


@pytest.fixture
def ledger(postgres_url: str) -> Iterator[Ledger]:
    with closing(PostgresStore(postgres_url, create=True)) as store:
        ledger = Ledger.create(store, BOOK, lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        yield ledger
        verify(ledger.reader, BOOK).require()


@pytest.mark.parametrize("table", ["head", "transaction", "posting", "balance", "record"])
def test_a_full_disk_refuses_and_recovers(ledger: Ledger, postgres_url: str, table: str) -> None:
    """The server says so in the middle of what a commit writes."""
    refused = move("k", "a", "cash", 1)
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        full = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'"
        owner.execute(
            f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {full}; END $$"
        )
        owner.execute(f'CREATE TRIGGER t BEFORE INSERT OR UPDATE ON "{table}" EXECUTE FUNCTION full_disk()')
        write = (lambda: ledger.post(refused)) if table != "record" else (
            lambda: ledger.change(ACCOUNTS[1].path, key="k", reason="r", floor=-1))  # fmt: skip
        for _ in range(2):
            with pytest.raises(StoreFull):
                write()
        assert ledger.reader.head().number == 1
        assert ledger.balance("a").net == 0
        owner.execute(f'DROP TRIGGER t ON "{table}"')
    receipt = write()
    assert (receipt.number, receipt.replayed) == (2, False)
