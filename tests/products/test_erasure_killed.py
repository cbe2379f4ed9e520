"""A process that erases a party is killed at any instant: nothing is half erased, the next close finishes."""

from __future__ import annotations

import multiprocessing
import random
import shutil
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest
from tests.conftest import PROFILE
from tests.postgres import empty_schema
from tests.products.processes import DAY, erase, now, reopened
from tests.saying import data_of

from bankcore.bank import Bank
from bankcore.ledger.evidence.audit import verify
from bankcore.product.parties import Party
from bankcore.products.branch import AcquireLead, MakeCustomer
from bankcore.products.branch import OpenProgramme as OpenNetwork
from bankcore.products.parties import AmendParty, EraseParty, IdentifyParty, OpenProgramme, RegisterParty
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore

SECRETS = (b"Li Lei Secret", b"1 Hidden Road", b"13812345678", b"440301199001011234")
OTHERS = 150  # parties whose data share pages with those that are erased
LIVES = 16


def prepare(place: str, others: int) -> None:
    """Make a book in which li is a party and was a lead, between others."""
    with closing(open_store(place, create=True)) as store:
        bank = Bank.create(store, opened_on=DAY, clock=now)
        commands = [
            OpenProgramme("register", {"retention_years": 0}),  # type: ignore[arg-type]
            OpenNetwork("net"),
            *(RegisterParty(f"a{n}", full_name=f"Party {n}" * 5) for n in range(others)),
            AcquireLead(
                "net", "l", "map", "440301199001011234", "Li Lei Secret", "13812345678", True, "person"
            ),
            RegisterParty("li", full_name="Li Lei Secret", phone="13812345678"),
            IdentifyParty("li", "id-card", "440301199001011234"),
            AmendParty("li", address="1 Hidden Road"),
            MakeCustomer("net", "l", "li"),
            *(RegisterParty(f"z{n}", full_name=f"Party {n}" * 5) for n in range(others)),
        ]
        for key, command in enumerate(commands):
            bank.handle(command, str(key))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("prepared") / "book.db"
    prepare(str(file), OTHERS)
    return file


def left(place: str) -> set[bytes]:
    """The secrets that stand in some byte of the book's files, or of its table on a server."""
    if "://" in place:
        import psycopg

        with psycopg.connect(place, autocommit=True) as session:
            session.execute("CHECKPOINT")
            asked = "SELECT pg_read_binary_file(pg_relation_filepath('personal'))"
            texts = [bytes(text) for (text,) in session.execute(asked)]
    else:
        texts = [file.read_bytes() for file in Path(place).parent.iterdir()]
    return {secret for secret in SECRETS for text in texts if secret in text}


def live_and_die(place: str, command: EraseParty, patience: float) -> bool:
    """Let a process erase for a while and kill it; whether it was done before."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=erase, args=(place, command, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "ready"
    ours.send("go")
    end = monotonic() + patience
    while monotonic() < end and not ours.poll():
        sleep(0.0002)
    process.kill()
    process.join()
    with closing(ours):
        try:
            return ours.poll() and ours.recv() == "done"
        except (EOFError, OSError):
            return False


def check(place: str, command: EraseParty) -> str:
    """What the killed process left, once the next close has finished it."""
    store, bank = reopened(place)
    with closing(store):
        verify(bank.ledger.reader, bank.ledger.book).require()
        party, known = Party.existing(bank.ledger.books, "li"), left(place)
        if party.erased_on is None:
            assert known == {*SECRETS}
            (receipt,) = bank.handle(command, "erase")  # the same request again
            assert not receipt.replayed
            assert not receipt.erasure_pending
            found = "before"
        else:
            found = "erased" if not known else "pending"
        assert not bank.close_day(DAY).erasure_pending
        assert left(place) == set()
        verify(bank.ledger.reader, bank.ledger.book).require()
        assert not list(bank.broken_invariants())
        assert Party.existing(bank.ledger.books, "z7").erased_on is None
        assert "Party 7" in data_of(bank.ledger.books.records("parties.identity", "z7"))
    return found


def test_an_erasure_that_is_killed_is_whole_or_none_and_the_next_close_finishes(
    prepared: Path, tmp_path: Path
) -> None:
    command, chance, found = EraseParty("li"), random.Random(20260501), []
    for life in range(LIVES):
        folder = tmp_path / str(life)
        folder.mkdir()
        shutil.copy(prepared, folder / "book.db")
        place = str(folder / "book.db")
        done = live_and_die(place, command, 0 if life == 0 else chance.uniform(0, 0.12))
        found.append(check(place, command))
        assert not done or found[-1] == "erased"
    assert {*found} <= {"before", "pending", "erased"}


def test_what_the_log_still_holds_is_pending_until_it_is_cut_off(prepared: Path, tmp_path: Path) -> None:
    """The instant after the commit: a reader keeps the log, and all processes are killed."""
    at_work, found, command = tmp_path / "at-work", tmp_path / "found", EraseParty("li")
    for folder in (at_work, found):
        folder.mkdir()
    shutil.copy(prepared, at_work / "book.db")
    with closing(SqliteStore(at_work / "book.db")) as reader, reader.snapshot():
        live_and_die(str(at_work / "book.db"), command, 5)
        assert left(str(at_work / "book.db")) == {*SECRETS}
        for name in ("book.db", "book.db-wal"):  # what is on the disk when the machine stops
            shutil.copy(at_work / name, found / name)
    assert check(str(found / "book.db"), command) == "pending"


@pytest.mark.slow
@pytest.mark.skipif(PROFILE == "ci", reason="at home and nightly")
def test_an_erasure_on_a_server_that_is_killed_is_whole_or_none(postgres_server: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_server) as session:
        if session.info.parameter_status("is_superuser") != "on":
            pytest.skip("only a superuser sees the bytes of a table")
    command, chance, found = EraseParty("li"), random.Random(20260501), []
    for life in range(LIVES if PROFILE == "nightly" else 3):
        with empty_schema(postgres_server) as place:
            prepare(place, 8)
            done = live_and_die(place, command, 0 if life == 0 else chance.uniform(0, 0.12))
            found.append(check(place, command))
            assert not done or found[-1] == "erased"
    assert {*found} <= {"before", "pending", "erased"}
