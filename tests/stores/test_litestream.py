"""Litestream beside a book: what it has replicated is whole, and no receipt before a waited sync is lost.

The commands and the configuration are those of docs/operating.md.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from tests.conftest import ROOT

from bankcore.bank import Bank, utc_now
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify as audit
from bankcore.ledger.transactions import Transaction, legs
from bankcore.stores.engine import ENGINE, driver
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

PROGRAM = shutil.which("litestream", path=Path(sys.executable).parent) or shutil.which("litestream")
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
CNY = Unit("CNY/2")
ACCOUNTS = [Account("bank:cash", "asset", CNY), Account("bank:equity", "equity", CNY)]
LOAD = """
import sys
from bankcore import Bank, open_store
from tests.stores.test_litestream import paid
store = open_store("mall.db")
bank = Bank.open(store)
for n in range(100_000):
    receipt = bank.ledger.post(paid(bank, n))
    print(receipt.number, receipt.digest.hex(), flush=True)
    if n % 50 == 49:
        store.checkpoint()
"""

needs_litestream = pytest.mark.skipif(
    PROGRAM is None or not ENGINE.sound, reason="litestream is not installed, or the engine is not sound"
)


def paid(bank: Bank, n: int) -> Transaction:
    moved = legs(CNY, debit={"bank:cash": 1}, credit={"bank:equity": 1})
    return Transaction(key=str(n), kind="paid", effective_on=bank.today, postings=moved)


def block(name: str) -> str:
    """A named block of the page."""
    (found,) = re.findall(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a book and the page's configuration."""
    with closing(SqliteStore(tmp_path / "mall.db", create=True)) as store:
        Bank.create(store, opened_on=utc_now().date()).ledger.open(ACCOUNTS, key="open")
    text = block("litestream.yml").replace("/backup/mall", str(tmp_path / "replica"))
    (tmp_path / "litestream.yml").write_text(text, encoding="utf-8")
    shim = tmp_path / "bankcore"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bankcore "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    return tmp_path


def shell(place: Path, script: str) -> str:
    """What a block of the page says; it must end with 0."""
    path = f"{place}:{Path(str(PROGRAM)).parent}:/usr/bin:/bin"
    ran = subprocess.run(
        ["sh", "-ec", script], cwd=place, env={"PATH": path}, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def stopped(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)


def until(met: Callable[[], bool], log: Path, seconds: int = 30) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.02)


def acknowledged(file: Path) -> dict[int, str]:
    """Number and digest of each receipt that a killed program had, from whole lines."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    return {int(number): digest for number, digest in map(str.split, lines)}


def journal(file: Path) -> dict[int, str]:
    """Number and digest of each transaction of a book, which is audited."""
    with closing(SqliteStore(file, read_only=True)) as store:
        ledger = Bank.open(store).ledger
        assert audit(ledger.reader, ledger.book).findings == ()
        return {it.number: it.digest.hex() for it in ledger.reader.entries()}


@needs_litestream
def test_no_receipt_before_a_sync_is_lost_when_the_machine_is(place: Path) -> None:
    """Writer and Litestream are killed, and the files are gone: the replica is all there is."""
    receipts = place / "receipts"
    log = place / "log"
    with ExitStack() as stack, receipts.open("w") as told, log.open("w") as said:
        replicator = subprocess.Popen(
            [str(PROGRAM), *block("replicate").split()[1:]], cwd=place, stdout=said, stderr=said
        )
        stack.callback(stopped, replicator)
        until(lambda: (place / "litestream.sock").exists(), log)
        writer = subprocess.Popen(
            [sys.executable, "-c", LOAD],
            cwd=place,
            stdout=told,
            stderr=said,
            env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )
        stack.callback(stopped, writer)
        until(lambda: len(acknowledged(receipts)) >= 200, log)
        before = acknowledged(receipts)
        shell(place, block("sync"))
        until(lambda: len(acknowledged(receipts)) >= len(before) + 50, log)
        for it in (writer, replicator):
            assert it.poll() is None, log.read_text(encoding="utf-8")
            stopped(it)
    for file in place.glob("mall.db*"):
        file.unlink()
    after = acknowledged(receipts)
    assert "findings      0" in shell(place, block("restore"))
    restored = journal(place / "restored.db")
    assert before.items() <= restored.items()
    kept = {number: digest for number, digest in after.items() if number <= max(restored)}
    assert kept.items() <= restored.items()
    with closing(SqliteStore(place / "restored.db")) as store:  # and it goes on from there
        bank = Bank.open(store)
        again = bank.ledger.post(paid(bank, 0))
        assert (again.replayed, again.digest.hex()) == (True, restored[again.number])
        assert bank.ledger.post(paid(bank, 100_001)).number == max(restored) + 1


@needs_litestream
def test_what_was_written_while_litestream_was_away_follows(place: Path) -> None:
    once = f"{block('replicate').strip()} -once"
    shell(place, once)
    with closing(SqliteStore(place / "mall.db")) as store:
        bank = Bank.open(store)
        for start in (0, 100):
            bank.ledger.post_many([paid(bank, start + n) for n in range(100)])
            store.checkpoint()  # the log that Litestream knew begins anew
    shell(place, once)
    shell(place, block("restore"))
    assert journal(place / "restored.db") == journal(place / "mall.db")
    assert len(journal(place / "mall.db")) == 201
    for file in place.glob("mall.db*"):
        file.unlink()
    (place / "restored.db").rename(place / "mall.db")  # it takes the place of the lost one
    with closing(SqliteStore(place / "mall.db")) as store:
        bank = Bank.open(store)
        bank.ledger.post(paid(bank, 300))
    shell(place, once)
    shell(place, block("restore"))
    assert journal(place / "restored.db") == journal(place / "mall.db")


def test_only_the_tables_of_litestream_are_no_fault(place: Path) -> None:
    with closing(driver.connect(place / "mall.db")) as shell:
        shell.execute("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
        shell.execute("CREATE TABLE _litestream_lock (id INTEGER)")
    assert journal(place / "mall.db")
    with closing(driver.connect(place / "mall.db")) as shell:
        shell.execute("CREATE INDEX mine ON _litestream_lock (id)")
        shell.execute("ALTER TABLE _litestream_seq ADD COLUMN x")
    with closing(SqliteStore(place / "mall.db", read_only=True)) as store:
        named = "the schema's {} is not as bankcore created it".format
        assert list(store.reading(1).faults()) == [named("_litestream_seq"), named("mine")]
