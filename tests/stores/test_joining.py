"""Postings joined to the caller's own PostgreSQL transaction."""

# ruff: noqa: PT012, SIM117  # which block is left by what is the matter here

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bankcore import (
    Account,
    Amount,
    Bank,
    Ledger,
    MemoryStore,
    Transaction,
    Unit,
    legs,
    open_store,
    verify,
)
from bankcore.errors import (
    BadTransaction,
    BalanceFloorBreached,
    CannotJoin,
    CommitUnknown,
    JoinLost,
    KeyConflict,
    LedgerClosed,
    StoreReadOnly,
    StoreUnavailable,
)
from bankcore.joining import joined
from bankcore.products.current import CashIn, OpenAccount, OpenProgramme, Transfer
from bankcore.products.parties import EraseParty, RegisterParty
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.products.parties.register import PartyTerms

psycopg = pytest.importorskip("psycopg")

DAY = date(2024, 5, 1)
CNY = Unit("CNY/2")


def cny(text: str) -> Amount:
    return Amount.parse(text, CNY)


def pay(quantity: int, key: str) -> Transaction:
    moved = legs(CNY, debit={"till": quantity}, credit={"fees": quantity})
    return Transaction(key=key, kind="fee", effective_on=DAY, postings=moved)


def connected(url: str, **settings: Any) -> Any:
    """A connection of the service."""
    return closing(psycopg.connect(url, **settings))


@pytest.fixture
def ledger(postgres_url: str) -> Iterator[Ledger]:
    """A ledger in a database that has a table of a service beside it, and a till that holds 10.00 at most."""
    with open_store(postgres_url, create=True, timeout=2) as store, Bank.create(store, opened_on=DAY) as bank:
        bank.ledger.open(
            [Account("till", "asset", CNY, ceiling=1_000), Account("fees", "income", CNY)], key="o"
        )
        with connected(postgres_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE parcel (id text PRIMARY KEY, party text)")
        yield bank.ledger


def parcels(url: str) -> list[str]:
    with connected(url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM parcel ORDER BY id")]


ADD = "INSERT INTO parcel VALUES (%s, 'li')"


def test_rows_and_postings_commit_together(ledger: Ledger, postgres_url: str) -> None:
    with connected(postgres_url) as connection, connection.transaction():
        with joined(ledger, connection) as book:
            connection.execute(ADD, ["p1"])
            assert book.post(pay(300, "p1"))[:2] == (2, "p1")
            assert book.post(pay(300, "p1")).replayed  # twice in one transaction
            assert book.post_many([pay(100, "p2"), pay(900, "p3")])[1].code == "balance_ceiling_breached"
        assert ledger.balance("till").net == 0  # provisional until the COMMIT
        assert parcels(postgres_url) == []
    assert ledger.balance("till").net == 400
    assert parcels(postgres_url) == ["p1"]
    assert ledger.post(pay(300, "p1")).replayed
    assert ledger.post(pay(1, "after")).number == 4
    assert not verify(ledger.reader, ledger.book).findings


def test_the_whole_bank_joins(postgres_url: str) -> None:
    with open_store(postgres_url, create=True) as store, Bank.create(store, opened_on=DAY) as bank:
        bank.handle(OpenProgramme("street"), key="p")
        for party in ("li", "wang"):
            bank.handle_all([RegisterParty(party), OpenAccount("street", party)], key=party)
        bank.handle(CashIn("li", cny("100.00")), key="cash")
        with connected(postgres_url) as connection:  # the driver begins the transaction
            with joined(bank, connection) as book:
                connection.execute("CREATE TABLE parcel (id text)")
                book.handle(Transfer("li", "wang", cny("60.00")), key="t1")
                with pytest.raises(BalanceFloorBreached):  # it sees the first, and leaves it as it was
                    book.handle(Transfer("li", "wang", cny("60.00")), key="t2")
                book.handle_all([Transfer("wang", "li", cny("1.00"))] * 2, key="t3")
            connection.commit()
        assert bank.amount("bank:demand:wang") == cny("58.00")
        assert parcels(postgres_url) == []
        bank.close_day(DAY)
        assert not verify(bank.ledger.reader, bank.ledger.book).findings


def test_an_erasure_in_a_joined_transaction_is_finished_later(postgres_url: str) -> None:
    with open_store(postgres_url, create=True) as store:
        bank = Bank.create(store, opened_on=DAY, clock=lambda: datetime(2024, 5, 1, tzinfo=UTC))
        bank.handle(OpenRegister("register", PartyTerms(retention_years=0)), key="register")
        bank.handle(RegisterParty("li", full_name="Li Wei"), key="li")
        with connected(postgres_url) as connection, connection.transaction():
            with joined(bank, connection) as book:
                assert book.handle(EraseParty("li"), key="gone")[0].erasure_pending
        assert bank.ledger.finish_erasure()
        assert not verify(bank.ledger.reader, bank.ledger.book).findings


@pytest.mark.parametrize("how", ["crash", "raise", "rollback"])
def test_without_a_commit_neither_is_there(ledger: Ledger, postgres_url: str, how: str) -> None:
    with connected(postgres_url) as connection:
        try:
            with connection.transaction():
                with joined(ledger, connection) as book:
                    connection.execute(ADD, ["p1"])
                    book.post(pay(300, "p1"))
                if how == "crash":  # before COMMIT: the server sees only that the client is gone
                    connection.close()
                raise ZeroDivisionError if how == "raise" else psycopg.Rollback
        except (ZeroDivisionError, psycopg.Rollback):
            pass
    assert (ledger.balance("till").net, parcels(postgres_url)) == (0, [])
    assert not ledger.post(pay(300, "p1")).replayed  # the key is free, and the head as it was
    assert ledger.reader.head().number == 2


def test_a_refused_row_of_the_service_takes_the_postings_with_it(ledger: Ledger, postgres_url: str) -> None:
    with connected(postgres_url, autocommit=True) as connection:
        connection.execute(ADD, ["p1"])
        with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
            with joined(ledger, connection) as book:
                book.post(pay(300, "p1"))
                connection.execute(ADD, ["p1"])
    assert ledger.balance("till").net == 0


def test_a_refused_posting_leaves_the_transaction_usable(ledger: Ledger, postgres_url: str) -> None:
    ledger.post(pay(100, "used"))
    with connected(postgres_url) as connection:
        with connection.transaction(), joined(ledger, connection) as book:
            connection.execute(ADD, ["p1"])
            for error, transaction in (
                (KeyConflict, pay(1, "used")),
                (BadTransaction, pay(300, "p1")._replace(kind="")),
                (BadTransaction, "no transaction"),
            ):
                with pytest.raises(error):
                    book.post(transaction)
        with pytest.raises(BadTransaction), connection.transaction(), joined(ledger, connection) as book:
            connection.execute(ADD, ["p2"])
            book.post(pay(300, "p2"))
            book.post(pay(300, "p3")._replace(kind=""))
    assert (ledger.balance("till").net, parcels(postgres_url)) == (100, ["p1"])


def test_a_lock_not_had_in_time_fails_the_transaction(ledger: Ledger, postgres_url: str) -> None:
    with connected(postgres_url) as first, connected(postgres_url) as second:
        with joined(ledger, first) as book:
            book.post(pay(1, "first"))
            with pytest.raises(StoreUnavailable, match="lock timeout"):
                with joined(ledger, second, lock_timeout=0.05) as other:
                    second.execute(ADD, ["p1"])
                    with pytest.raises(StoreUnavailable, match="lock timeout"):
                        other.post(pay(1, "second"))
            with pytest.raises(psycopg.errors.InFailedSqlTransaction):
                second.execute("SELECT 1")
        first.commit()
    assert (ledger.balance("till").net, parcels(postgres_url)) == (1, [])


def test_the_timeouts_are_in_force_until_the_end(ledger: Ledger, postgres_url: str) -> None:
    shown = "SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')"
    with connected(postgres_url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '1s'")
        connection.autocommit = False
        with joined(ledger, connection, lock_timeout=3, idle_timeout=0.05) as book:
            book.post(pay(1, "idle"))
        assert connection.execute(shown).fetchone() == ("1s", "50ms")
        threading.Event().wait(0.2)
        with pytest.raises(psycopg.Error):  # the server has ended the idle client, and the lock
            connection.commit()
    assert ledger.post(pay(2, "free")).number == 2
    for wrong in ({"lock_timeout": 0}, {"idle_timeout": 0}, {"idle_timeout": 10**9}):
        with connected(postgres_url) as connection, pytest.raises(CannotJoin, match="timeouts"):
            joined(ledger, connection, **wrong).__enter__()


def test_others_wait_for_the_commit_and_see_it(ledger: Ledger, postgres_url: str) -> None:
    ledger.post(pay(1, "warm"))
    done: list[int] = []
    with connected(postgres_url) as connection:
        with joined(ledger, connection) as book:
            book.post(pay(300, "mine"))
        other = threading.Thread(target=lambda: done.append(ledger.post(pay(5, "theirs")).number))
        other.start()
        other.join(0.2)
        assert not done
        connection.commit()
        other.join(10)
    assert done == [4]
    assert not verify(ledger.reader, ledger.book).findings


@pytest.mark.parametrize("posted_before", [False, True])
def test_a_snapshot_older_than_the_book_is_told_clearly(
    ledger: Ledger, postgres_url: str, posted_before: bool
) -> None:
    with connected(postgres_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(ADD, ["p1"])
        if posted_before:
            ledger.post(pay(7, "theirs"))
        if not posted_before:
            with joined(ledger, connection) as book:
                book.post(pay(1, "mine"))
            connection.commit()
            return
        with pytest.raises(JoinLost) as lost:
            with joined(ledger, connection) as book, pytest.raises(JoinLost):
                book.post(pay(1, "mine"))
        assert lost.value.transient
        connection.rollback()
        with joined(ledger, connection) as book:  # made again
            assert book.post(pay(1, "mine")).number == 3
        connection.commit()
    assert ledger.balance("till").net == 8


@pytest.mark.parametrize("how", ["commit", "savepoint", "commit and go on"])
def test_the_transaction_must_not_end_inside_the_block(ledger: Ledger, postgres_url: str, how: str) -> None:
    with connected(postgres_url) as connection:
        with pytest.raises(CannotJoin, match="ended before the block"), joined(ledger, connection) as book:
            connection.execute(ADD, ["p1"])
            if how == "savepoint":
                with connection.transaction(force_rollback=True):
                    book.post(pay(300, "lost"))
            else:
                book.post(pay(300, "lost"))
                connection.commit()
            if how == "commit and go on":
                connection.execute(ADD, ["p2"])
        connection.rollback()
    assert ledger.balance("till").net == 0


def test_what_cannot_be_joined(ledger: Ledger, postgres_url: str, postgres_server: str) -> None:
    with connected(postgres_url, autocommit=True) as connection:
        with pytest.raises(CannotJoin, match="not in a transaction"), joined(ledger, connection) as book:
            book.post(pay(1, "a"))
        with connection.pipeline(), pytest.raises(CannotJoin, match="pipeline"):
            with joined(ledger, connection) as book:
                book.post(pay(1, "a"))
    with connected(postgres_server) as elsewhere, pytest.raises(CannotJoin, match="other tables"):
        with joined(ledger, elsewhere) as book:
            book.post(pay(1, "a"))
    with pytest.raises(CannotJoin, match=r"psycopg\.Connection"), joined(ledger, object()):
        pass
    memory = Bank.create(MemoryStore(), opened_on=DAY)
    with pytest.raises(CannotJoin, match="PostgreSQL"), joined(memory, object()):
        pass
    with connected(postgres_url) as connection:
        connection.read_only = True
        with pytest.raises(StoreReadOnly), joined(ledger, connection) as book:
            book.post(pay(1, "a"))
    ledger.close()
    with (
        connected(postgres_url) as connection,
        pytest.raises(LedgerClosed),
        joined(ledger, connection) as book,
    ):
        book.post(pay(1, "a"))
    assert ledger.reader.head().number == 1
    assert not issubclass(CannotJoin, CommitUnknown)  # nothing of it is in the book


def test_a_block_without_postings_takes_no_lock(ledger: Ledger, postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        with joined(ledger, connection):
            connection.execute(ADD, ["p1"])
        assert ledger.post(pay(1, "free")).number == 2
        connection.commit()
    assert parcels(postgres_url) == ["p1"]


def test_a_rule_that_fails_ends_the_block(ledger: Ledger, postgres_url: str) -> None:
    def broken(_: object) -> tuple[()]:
        raise ZeroDivisionError

    with connected(postgres_url) as connection, pytest.raises(ZeroDivisionError):
        with joined(ledger, connection) as book:
            book.post(pay(1, "a"))
            with pytest.raises(ZeroDivisionError):
                book.execute("b", {}, broken)
    assert ledger.reader.head().number == 1
