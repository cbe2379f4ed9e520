"""Payments between books in PostgreSQL whose processes are killed, and whose server crashes, half-way."""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from tests.conftest import PROFILE
from tests.postgres import server
from tests.products.holders import cny
from tests.shards.country import HOMES, NAMES, Country, Places, close, databases, files, opened
from tests.shards.payers import STEPS, paid, pay

from bankcore.ledger.accounts import Status
from bankcore.products.current import Remit
from bankcore.products.current.remittances import Outgoing, open_incoming, open_outgoing

NIGHTLY = PROFILE == "nightly"
LIVES = 100 if NIGHTLY else 3  # in each of which two processes are killed
CRASHES = 50 if NIGHTLY else 3
BOOKS = NAMES[1:]
PAID_IN = 100_000_00
PAYER = "bankcore-payer"  # the name of the sessions of those who are killed

Receipt = tuple[str, int, str, bytes]  # book, number, key, digest


@pytest.fixture(params=["postgres", *(["sqlite"] if NIGHTLY else [])])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    if request.param == "sqlite":
        yield files(tmp_path)
    else:
        with databases(request.getfixturevalue("postgres_server")) as places:
            yield places


def founded(places: Places) -> Country:
    country = Country(places)
    for party in HOMES:
        country.pay_in(party, "100,000.00")
    return country


def live_and_die(places: Places, life: int) -> list[Receipt]:
    """Let processes pay until one is killed at any instant, and one before a step; what they acknowledged."""
    theirs = {name: _named(place) for name, place in places.items()}
    context = multiprocessing.get_context("spawn")
    running = []
    for last in ("", STEPS[life % 3]):
        ours, pipe = context.Pipe(duplex=False)
        process = context.Process(target=pay, args=(theirs, f"{life}{last}", last, pipe))
        process.start()
        pipe.close()
        running.append((ours, process))
    words: list[Any] = [ours.recv() for ours, _ in running]
    assert words == ["ready", "ready"]
    said = [running[0][0].recv() for _ in range(life % 4)]
    sleep(random.uniform(0, 0.2))
    running[0][1].kill()
    for ours, process in running:
        with closing(ours), suppress(EOFError, OSError):
            while True:
                said.append(ours.recv())
        process.join()
        assert process.exitcode == -signal.SIGKILL
    assert [word for word in said if isinstance(word, str)] == []
    return said


def _named(place: str) -> str:
    return f"{place}&application_name={PAYER}" if "://" in place else place


def wait_for_the_dead(places: Places) -> None:
    """A commit of theirs may still take effect on the server."""
    for place in {it for it in places.values() if "://" in it}:
        import psycopg

        end = monotonic() + 30
        with psycopg.connect(place, autocommit=True) as session:
            asked = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s"
            while session.execute(asked, [PAYER]).fetchall():
                assert monotonic() < end, "a session of a killed process does not end"
                sleep(0.01)


def half_done(country: Country) -> int:
    """Payments that wait for a step; no money is missing, whatever the steps were."""
    assert country.clients + country.on_its_way == PAID_IN * len(HOMES)
    assert country.shards.faults() == []
    found = [bank.ledger.books for name, bank in country.banks.items() if name in BOOKS]
    return sum(len([*open_outgoing(it)]) + len([*open_incoming(it)]) for it in found)


def recovered(country: Country) -> None:
    """One recovery ends every payment."""
    assert country.shards.recover().waiting == ()
    assert half_done(country) == 0
    assert [country.transit(book)[:2] for book in BOOKS] == [(0, 0)] * len(BOOKS)


def check(country: Country, acknowledged: list[Receipt]) -> tuple[int, int]:
    """What was acknowledged is in the journal, and each payment arrived or came back, once; how many did."""
    assert len({*acknowledged}) == len(acknowledged)
    journal = set()
    for book in BOOKS:
        with country.banks[book].ledger.reader as reader:
            journal |= {(book, it.number, it.transaction.key, it.digest) for it in reader.entries()}
    assert {*acknowledged} <= journal
    balances = dict.fromkeys(HOMES, PAID_IN)
    ended = {True: 0, False: 0}
    for book in BOOKS:
        for it in Outgoing.every(country.banks[book].ledger.books):
            assert (it.settled_on is None) is not (it.returned_on is None)
            ended[it.settled_on is not None] += 1
            if it.settled_on is not None:
                balances[it.party] -= it.amount
                balances[it.receiver] += it.amount
    assert {party: country.demand(party) for party in HOMES} == balances
    country.check()
    return ended[True], ended[False]


@pytest.mark.slow
def test_payers_are_killed_and_a_recovery_ends_what_they_left(places: Places) -> None:
    """Two at once, one of which dies between the two sides; wang takes no money in every other life."""
    country = founded(places)
    acknowledged: list[Receipt] = []
    left = 0
    for life in range(LIVES):
        country.set_status("wang", Status.CREDITS_FROZEN if life % 2 else Status.OPEN)
        acknowledged += live_and_die(places, life)
        wait_for_the_dead(places)
        left += half_done(country)
        recovered(country)
    arrived, returned = check(country, acknowledged)
    print(f"{2 * LIVES} killed, {len(acknowledged)} acknowledged, {left} left half-way, "  # noqa: T201
          f"{arrived} arrived, {returned} came back")  # fmt: skip
    assert left > 0
    assert len(acknowledged) >= sum(life % 4 for life in range(LIVES))
    close(country.banks)


@pytest.mark.slow
@pytest.mark.skipif(PROFILE == "ci", reason="at home and nightly; it needs a server of its own")
def test_a_server_crashes_while_payments_are_half_done() -> None:
    """Whoever pays waits until it is up again; each step of a payment may be on either side of the crash."""
    with server() as cluster:
        for name in ("one", "other"):
            cluster.shell(f"createdb {name}")
        one, other = (cluster.url.replace("/postgres?", f"/{name}?") for name in ("one", "other"))
        places = dict(zip(NAMES, (one, other, other, one), strict=True))
        country = founded(places)

        def crash() -> None:
            cluster.stop()
            cluster.start()

        country.banks["north"].handle(Remit("li", "south", "wang", cny("30.00"), "r"), "r")
        (sent,) = open_outgoing(country.banks["north"].ledger.books)
        message, transfers = sent.remittance("north"), country.shards.transfers
        crash()
        decision = transfers.arrive(message)
        crash()
        assert transfers.end(message, decision).settled_on is not None
        crash()
        assert half_done(country) == 1
        recovered(country)

        acknowledged: list[Receipt] = []
        errors: list[Exception] = []
        stop = threading.Event()

        def keep_paying(name: str) -> None:
            banks, shards = opened(places)
            chance, n = random.Random(name), 0
            try:
                while not stop.is_set():
                    if (receipt := paid(shards, chance, f"{name}-{n}")) is not None:
                        acknowledged.append(receipt)
                    n += 1
            except Exception as error:
                errors.append(error)
            close(banks)

        threads = [threading.Thread(target=keep_paying, args=(name,)) for name in ("x", "y")]
        for thread in threads:
            thread.start()
        for _ in range(CRASHES):
            least, end = len(acknowledged) + 5, monotonic() + 60
            while len(acknowledged) < least and not errors and monotonic() < end:
                sleep(0.01)
            crash()
        stop.set()
        for thread in threads:
            thread.join()
        assert errors == []
        recovered(country)
        assert check(country, acknowledged)[0] > 0
        close(country.banks)
