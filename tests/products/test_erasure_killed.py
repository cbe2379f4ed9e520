"""A process that erases a party is killed at any instant: nothing is half erased, the next close finishes."""

from __future__ import annotations

import multiprocessing
import random
import shutil
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest
from tests.products.processes import DAY, erase, now, reopened

from bankcore.bank import Bank
from bankcore.ledger.evidence.audit import verify
from bankcore.product.parties import Party
from bankcore.products.branch import AcquireLead, MakeCustomer
from bankcore.products.branch import OpenProgramme as OpenNetwork
from bankcore.products.parties import AmendParty, EraseParty, IdentifyParty, OpenProgramme, RegisterParty
from bankcore.stores.sqlite import SqliteStore

SECRETS = (b"Li Lei Secret", b"1 Hidden Road", b"13812345678", b"440301199001011234")
OTHERS = 150  # parties whose data share pages with those that are erased
LIVES = 16


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book in which li is a party and was a lead, between others."""
    file = tmp_path_factory.mktemp("prepared") / "book.db"
    with closing(SqliteStore(file, create=True)) as store:
        bank = Bank.create(store, opened_on=DAY, clock=now)
        commands = [
            OpenProgramme("register", {"retention_years": 0}),  # type: ignore[arg-type]
            OpenNetwork("net"),
            *(RegisterParty(f"a{n}", full_name=f"Party {n}" * 5) for n in range(OTHERS)),
            AcquireLead(
                "net", "l", "map", "440301199001011234", "Li Lei Secret", "13812345678", True, "person"
            ),
            RegisterParty("li", full_name="Li Lei Secret", phone="13812345678"),
            IdentifyParty("li", "id-card", "440301199001011234"),
            AmendParty("li", address="1 Hidden Road"),
            MakeCustomer("net", "l", "li"),
            *(RegisterParty(f"z{n}", full_name=f"Party {n}" * 5) for n in range(OTHERS)),
        ]
        for key, command in enumerate(commands):
            bank.handle(command, str(key))
    return file


def left(folder: Path) -> set[bytes]:
    """The secrets that stand in some byte of the book's files."""
    texts = [file.read_bytes() for file in folder.iterdir()]
    return {secret for secret in SECRETS for text in texts if secret in text}


def live_and_die(file: Path, command: EraseParty, patience: float) -> bool:
    """Let a process erase for a while and kill it; whether it was done before."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=erase, args=(str(file), command, theirs))
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


def check(file: Path, command: EraseParty) -> str:
    """What the killed process left, once the next close has finished it."""
    store, bank = reopened(str(file))
    with closing(store):
        verify(bank.ledger.reader, bank.ledger.book).require()
        party, known = Party.existing(bank.ledger.books, "li"), left(file.parent)
        if party.erased_on is None:
            assert known == {*SECRETS}
            (receipt,) = bank.handle(command, "erase")  # the same request again
            assert not receipt.replayed
            assert not receipt.erasure_pending
            found = "before"
        else:
            found = "erased" if not known else "pending"
        assert not bank.close_day(DAY).erasure_pending
        assert left(file.parent) == set()
        verify(bank.ledger.reader, bank.ledger.book).require()
        assert not list(bank.broken_invariants())
        assert Party.existing(bank.ledger.books, "z7").erased_on is None
        assert "Party 7" in str([*bank.ledger.books.records("parties.identity", "z7")])
    return found


def test_an_erasure_that_is_killed_is_whole_or_none_and_the_next_close_finishes(
    prepared: Path, tmp_path: Path
) -> None:
    command, chance, found = EraseParty("li"), random.Random(20260501), []
    for life in range(LIVES):
        folder = tmp_path / str(life)
        folder.mkdir()
        shutil.copy(prepared, folder / "book.db")
        done = live_and_die(folder / "book.db", command, 0 if life == 0 else chance.uniform(0, 0.12))
        found.append(check(folder / "book.db", command))
        assert not done or found[-1] == "erased"
    assert {*found} <= {"before", "pending", "erased"}


def test_what_the_log_still_holds_is_pending_until_it_is_cut_off(prepared: Path, tmp_path: Path) -> None:
    """The instant after the commit: a reader keeps the log, and all processes are killed."""
    at_work, found, command = tmp_path / "at-work", tmp_path / "found", EraseParty("li")
    for folder in (at_work, found):
        folder.mkdir()
    shutil.copy(prepared, at_work / "book.db")
    with closing(SqliteStore(at_work / "book.db")) as reader, reader.snapshot():
        live_and_die(at_work / "book.db", command, 5)
        assert left(at_work) == {*SECRETS}
        for name in ("book.db", "book.db-wal"):  # what is on the disk when the machine stops
            shutil.copy(at_work / name, found / name)
    assert check(found / "book.db", command) == "pending"
