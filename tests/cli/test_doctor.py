"""The doctor on real files and a real server: what is wrong is named and graded, and nothing is written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import evolve
from tests.postgres import MISSING, SETTINGS, programs, running
from tests.products.counter import Counter
from tests.products.holders import CNY, cny

from bankcore.bank import Bank, utc_now
from bankcore.days import begin
from bankcore.doctor import Finding, Level, examine, worst
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.product import chart
from bankcore.product.deferrals import Deferral
from bankcore.product.suspense import Payment, to_suspense
from bankcore.product.voucher import Voucher
from bankcore.products.current import DemandTerms, JoinBooks, Remit
from bankcore.stores.engine import driver
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.stores.vitals import note_of

ACCOUNTS = [Account("bank:cash", "asset", "CNY/2"), Account("bank:equity", "equity", "CNY/2")]
YESTERDAY = utc_now().date() - timedelta(days=1)


def levels(answer) -> dict[str, tuple[str, str]]:
    """By check, the level and the sentence."""
    return {it["check"]: (it["level"], it["finding"]) for it in answer.data["findings"]}


@pytest.fixture
def young(run, book):
    """A book that was opened yesterday, closed through yesterday, and has money in it."""
    run("init", "--opened-on", YESTERDAY.isoformat(), "--zone", "UTC")
    with closing(SqliteStore(book)) as store:
        Bank.open(store).ledger.open(ACCOUNTS, key="open")
    assert run("close-day", "--on", YESTERDAY.isoformat()).status == 0
    book.chmod(0o600)
    return run


def test_a_book_in_good_order_ends_with_0_and_one_without_a_backup_with_1(young, tmp_path):
    bare = young("doctor", "--json")
    assert (bare.status, bare.data["level"]) == (7, "warning")
    assert levels(bare)["backup"] == ("warning", "no backup is known")
    assert young("backup", tmp_path / "safe.db").status == 0
    good = young("doctor", "--json")
    found = levels(good)
    assert good.status == 0
    assert good.data["level"] in ("ok", "notice")
    assert found["backup"][0] == "ok"
    assert "0 transactions were written since" in found["backup"][1]
    assert found["days"] == ("ok", f"every day before {utc_now().date()} is closed")
    assert found["seal"][1].startswith(f"seal 1 is of {YESTERDAY}: ")
    assert found["permissions" if "permissions" in found else "seal"][0] == "ok"
    assert young("doctor").out.startswith("level  ")
    assert young("doctor", "--csv").out.startswith("level,check,finding,what_to_do\n")


def test_it_writes_nothing_and_neither_waits_nor_makes_wait(young, book):
    with closing(SqliteStore(book)) as store, store.writing(1):  # a writer at work holds the lock
        before = sha256(book.read_bytes() + Path(f"{book}-wal").read_bytes()).digest()
        inside = subprocess.run(
            [sys.executable, "-m", "bankcore", "doctor", "--book", book, "--json"],
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert inside.returncode == 7
        assert json.loads(inside.stdout)["level"] == "warning"
        assert sha256(book.read_bytes() + Path(f"{book}-wal").read_bytes()).digest() == before


def test_what_is_wrong_with_a_file_is_found(young, book, tmp_path):
    young("backup", tmp_path / "safe.db")
    (tmp_path / "other.db.part").touch()
    book.chmod(0o666)
    found = levels(young("doctor", "--json"))
    assert found["permissions"][0] == "warning"
    assert "all may write it" in found["permissions"][1]
    assert found["leftovers"][0] == "notice"
    assert "other.db.part" in found["leftovers"][1]
    (tmp_path / "safe.db").unlink()
    assert levels(young("doctor", "--json"))["backup"][0] == "notice"
    shutil.copy(f"{book}.last-backup", tmp_path / "second.db.last-backup")
    young("init", "--book", tmp_path / "second.db", "--opened-on", "2024-05-01", "--zone", "UTC")
    other = levels(young("doctor", "--json", "--book", tmp_path / "second.db"))
    assert other["backup"][1].endswith("is not of this book")
    assert other["days"][0] == "warning"


def test_after_a_kill_the_log_may_be_moved_and_the_book_stays(young, book):
    """The page says so: the last to close a file moves its log into it, whoever that is."""
    killed = f"""
import os
from bankcore.bank import Bank
from bankcore.ledger.accounts import Account
from bankcore.stores.sqlite import SqliteStore
bank = Bank.open(SqliteStore({str(book)!r}))
bank.ledger.open([Account("bank:x", "asset", "CNY/2")], key="x")
os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", killed], timeout=60, check=False).returncode == -9
    assert Path(f"{book}-wal").stat().st_size
    with closing(SqliteStore(book, read_only=True)) as store:
        head = store.reading(1).head()
        assert young("doctor", "--json").status == 7
        assert store.reading(1).head() == head
    assert young("verify").status == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"made_at": 1}', '{"made_at": "2024-05-01T00:00:00", "file": "x", "heads": []}']
)
def test_a_note_that_cannot_be_read_is_no_note(young, book, text):
    Path(f"{book}.last-backup").write_text(text, encoding="utf-8")
    assert levels(young("doctor", "--json"))["backup"] == ("warning", "no backup is known")


def test_a_note_that_cannot_be_written_does_not_spoil_the_backup(young, book, tmp_path):
    Path(f"{book}.last-backup").mkdir()
    assert young("backup", tmp_path / "safe.db").status == 0
    assert not list(tmp_path.glob("*.new"))
    assert levels(young("doctor", "--json"))["backup"][0] == "warning"


def test_a_restored_book_has_no_backup_yet_and_its_source_gets_no_note(young, tmp_path):
    young("backup", tmp_path / "safe.db")
    assert young("restore", tmp_path / "safe.db", "--book", tmp_path / "again.db").status == 0
    assert note_of(tmp_path / "safe.db") is None
    assert note_of(tmp_path / "again.db") is None


def test_a_missing_book_is_an_error_and_not_a_finding(run, book):
    refused = run("doctor")
    assert (refused.status, refused.code) == (5, "not_a_book")


def test_an_erasure_that_a_reader_kept_open_is_told_and_finished(young, book):
    with closing(driver.connect(book)) as shell:  # the note that a close or the doctor finishes
        shell.execute("INSERT INTO personal VALUES (1, 0, 1, '', '[]')")
        shell.commit()
    assert levels(young("doctor", "--json"))["erasure"][0] == "warning"
    assert levels(young("doctor", "--json"))["erasure"][0] == "warning"
    assert levels(young("doctor", "--finish-erasure", "--json"))["erasure"][0] == "ok"


# --- the findings as a library gives them ------------------------------------------------------------


def by_check(bank: Bank, now: datetime) -> dict[str, Finding]:
    return {it.check: it for it in examine(bank, now)}


def test_the_clock_is_compared_with_the_head():
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: noon)
    bank.ledger.open(ACCOUNTS, key="open")
    for ahead, level in (
        (timedelta(0), "ok"), (timedelta(minutes=-59), "ok"), (timedelta(minutes=-61), "failure"),
        (timedelta(days=40), "ok"), (timedelta(days=41), "failure"),
    ):  # fmt: skip
        assert by_check(bank, noon + ahead)["clock"].level.value == level
    early = by_check(bank, noon - timedelta(days=1))["days"]
    assert early.level is Level.NOTICE
    assert "later than the calendar's 2024-04-30" in early.sentence


def test_the_age_of_holds_is_told():
    noon = [datetime(2024, 5, 1, 12, tzinfo=UTC)]
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: noon[0])
    bank.ledger.open(ACCOUNTS, key="open")
    legs = tuple(
        Posting(AccountPath(path), quantity, CNY)
        for path, quantity in (("bank:cash", 500), ("bank:equity", -500))
    )
    for key, expires in (("a", None), ("b", noon[0] + timedelta(hours=1))):
        held = Transaction(
            kind="hold",
            effective_on=date(2024, 5, 1),
            postings=legs,
            key=key,
            pending=True,
            expires_at=expires,
        )
        bank.ledger.post(held)
    assert by_check(bank, noon[0])["holds"].sentence == "live holds: 2, the oldest of 2024-05-01; expired: 0"
    later = by_check(bank, noon[0] + timedelta(hours=2))["holds"]
    assert later.sentence == "live holds: 1, the oldest of 2024-05-01; expired: 1"
    noon[0] += timedelta(days=35)
    bank.close_day(date(2024, 6, 4))
    assert by_check(bank, noon[0])["holds"].level is Level.WARNING


@pytest.mark.parametrize(("days", "level"), [(2, "notice"), (32, "warning")])
def test_how_long_a_posting_is_deferred_is_told(days, level):
    """Only what the last close deferred still waits."""
    bank = Bank.create(
        MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 7, 1, tzinfo=UTC)
    )
    last = date(2024, 6, 30)
    bank.close_day(last)
    noted = [(last - timedelta(days=ago), "wallet:a") for ago in range(days)]
    noted += [(last - timedelta(days=1), "wallet:other"), (last - timedelta(days=90), "wallet:a")]
    records = tuple(
        Deferral(id=f"{day}:{thing}", version=0, code="account_frozen", reason="it is frozen").record()
        for day, thing in noted
    )
    bank.ledger.post(Transaction(kind="note", effective_on=bank.today, records=records, key="note"))
    found = by_check(bank, bank.ledger.now())["deferred"]
    since = last - timedelta(days=days - 1)
    assert found.level.value == level
    assert found.sentence == f"the close of {last} deferred 1, the oldest waits since {since}: it is frozen"


def test_money_that_waits_in_suspense_or_in_transit_is_told():
    book = Counter(rate="0")
    book.pay_in("li", "100.00")
    book.do(JoinBooks("std", "north"))
    book.do(Remit("li", "south", "chen", cny("7.00"), "r1"))
    voucher = Voucher("toy", book.bank.ledger.books, DemandTerms(), "p")
    to_suspense(Payment(voucher, chart.DEMAND("li"), "li", 5_00, "p/t", "court"), "held")
    book.bank.ledger.post(voucher.transaction("suspense", "to suspense")._replace(key="toy"))
    now = book.bank.ledger.now()
    found = by_check(book.bank, now)
    assert found["transit"].sentence == "in transit between books: 7.00 CNY"
    assert found["suspense"].sentence == "in suspense: 5.00 CNY, in 1 items; the first since 2024-01-01"
    assert found["suspense"].level is Level.NOTICE
    book.close_until(date(2024, 2, 10))
    assert by_check(book.bank, now)["suspense"].level is Level.WARNING


def test_a_product_that_is_not_installed_is_a_failure():
    book = Counter(rate="0")
    bare = Bank.open(book.bank.ledger.store, name=book.bank.ledger.book.name, products=())
    assert by_check(bare, utc_now())["products"].level is Level.FAILURE


def test_a_close_that_was_killed_is_told():
    bank = Bank.create(
        MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 5, 2, tzinfo=UTC)
    )
    bank.ledger.execute(
        "begin", {}, lambda books: begin(books, date(2024, 5, 1)).transactions, actor="system:eod"
    )
    found = by_check(bank, bank.ledger.now())["days"]
    assert (found.level, found.advice.endswith("bankcore close-day --on 2024-05-01")) == (Level.WARNING, True)


def test_space_is_graded(book):
    with closing(SqliteStore(book, create=True)) as store:
        bank = Bank.create(store, opened_on=date(2024, 5, 1))
        real = store.vitals()
        for changes, level in (
            ({"free": 1 << 40}, "ok"),
            ({"free": 10 << 20}, "failure"),
            ({"free": 3 << 30, "size": 2 << 30}, "warning"),
        ):
            store.vitals = lambda changes=changes: evolve(real, **changes)
            assert by_check(bank, utc_now())["space"].level.value == level
        store.vitals = lambda: evolve(real, log=65 << 20)
        assert by_check(bank, utc_now())["log"].level is Level.WARNING


def test_the_worst_of_nothing_is_ok():
    assert worst([]) is Level.OK


def test_a_server_tells_its_settings(postgres_url):
    """That of the tests runs without fsync, which is what the doctor must not overlook."""
    with closing(open_store(postgres_url, create=True)) as store:
        bank = Bank.create(store, opened_on=utc_now().date())
        found = by_check(bank, utc_now())
        settings = store.vitals().settings
        assert found["engine"].sentence.startswith("PostgreSQL ")
        assert (found["durability"].level is Level.FAILURE) == (settings["fsync"] == "off")
        assert found["backup"].level is Level.NOTICE
        assert found["erasure"].level is Level.OK
        assert settings["server"] == "primary"


def test_a_server_tells_when_it_archived_its_log():
    """A server of the test's own, whose archive_command works, and then does not."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    psycopg = pytest.importorskip("psycopg")
    with running(found, f"{SETTINGS} -c archive_mode=on") as cluster, ExitStack() as stack:
        store = stack.enter_context(closing(open_store(cluster.url, create=True)))
        asked = stack.enter_context(psycopg.connect(cluster.url, autocommit=True))
        bank = Bank.create(store, opened_on=utc_now().date())
        said = by_check(bank, utc_now())["backup"]
        assert (said.level, dict(said.figures)) == (Level.NOTICE, {})
        assert said.sentence.startswith("the server archived its log never;")
        for command, level in (("true", Level.NOTICE), ("false", Level.WARNING)):
            time.sleep(1.1)  # the instants are told in whole seconds
            asked.execute(f"ALTER SYSTEM SET archive_command = '{command}'")
            asked.execute("SELECT pg_reload_conf()")
            asked.execute("CREATE TABLE IF NOT EXISTS written()")
            asked.execute("SELECT pg_switch_wal()")
            end = time.monotonic() + 30
            while (said := by_check(bank, utc_now())["backup"]).level is not level or not said.figures:
                assert time.monotonic() < end, said
                asked.execute(f"COMMENT ON TABLE written IS '{time.monotonic()}'")
                asked.execute("SELECT pg_switch_wal()")
                time.sleep(0.1)
            assert abs(said.figures["archive_timestamp_seconds"] - utc_now().timestamp()) < 60
        assert "fails to archive its log" in said.sentence
