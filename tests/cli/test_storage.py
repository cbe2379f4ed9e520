"""The engine, the clock and the copies of a book on the command line."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import date, timedelta

import pytest

from bankcore.bank import Bank, utc_now
from bankcore.ledger.accounts import Account
from bankcore.stores.engine import ENGINE, driver
from bankcore.stores.sqlite import SqliteStore

PAY = ["post", "--debit", "bank:cash", "1.00", "--credit", "bank:equity", "1.00"]
ACCOUNTS = [Account("bank:cash", "asset", "CNY/2"), Account("bank:equity", "equity", "CNY/2")]


def test_the_engine_and_the_clock_are_named(mall):
    for command in ("book", "verify"):
        found = mall(command, "--json").data
        assert (found["engine"], found["sound"]) == (str(ENGINE), ENGINE.sound)
        assert found["clock"] == "agrees with the book"
        assert f"SQLite {driver.sqlite_version}" in mall(command).out


@pytest.mark.parametrize(
    ("skew", "said", "code"),
    [
        (timedelta(days=3650), "behind the book", "clock_behind_book"),
        (-timedelta(days=41), "ahead of the book", "clock_ahead_of_book"),
    ],
)
def test_a_wrong_clock_is_shown_and_refused(run, book, skew, said, code):
    """The book was written by a machine whose clock differs from ours."""
    with closing(SqliteStore(book, create=True)) as store:
        made = Bank.create(store, opened_on=date(2024, 5, 1), clock=lambda: utc_now() + skew)
        made.ledger.open(ACCOUNTS, key="open")
    for command in ("book", "verify"):
        assert run(command, "--json").data["clock"].endswith(said)
    assert run(*PAY).code == code
    assert run("close-day", "--on", "2024-05-01").code == code
    confirmed = run("close-day", "--on", "2024-05-01", "--confirm-clock")
    assert (confirmed.status == 0) == (code == "clock_ahead_of_book")
    if confirmed.status == 0:
        assert run(*PAY).status == 0
        assert run("book", "--json").data["clock"] == "agrees with the book"


# --- copies -----------------------------------------------------------------------------------------


def test_a_backup_is_made_checked_and_restored(mall, tmp_path):
    mall("account", "open", "bank:equity", "--type", "equity")
    mall("close-day", "--on", "2024-05-01")
    safe, again = tmp_path / "safe.db", tmp_path / "again.db"
    made = mall("backup", safe, "--json").data
    standing = mall("book", "--json").data
    (main,) = made["books"]
    assert (main["book"], main["transactions"], main["head"]) == (
        "main",
        standing["transactions"],
        standing["digest"],
    )
    assert main["last_seal"] == mall("seal", "list", "--json").data["seals"][-1]["seal"]
    assert mall("backup", safe).code == "bad_file"
    assert mall(*PAY).status == 0
    assert mall("restore", safe, "--check", "--json").data["books"] == made["books"]
    assert mall("restore", safe).code == "bad_file"  # BANKCORE_BOOK is there already
    assert mall("restore", safe, env={}).code == "bad_usage"
    assert mall("restore", safe, "--book", again, "--json").data["books"] == made["books"]
    assert mall("book", "--book", again, "--json").data == standing


def test_a_copy_without_its_log_is_named_as_such(run, book, tmp_path):
    with closing(SqliteStore(book, create=True)) as store:
        Bank.create(store, opened_on=date(2024, 5, 1))
        shutil.copy(book, tmp_path / "bare.db")
    refused = run("book", "--book", tmp_path / "bare.db")
    assert (refused.status, refused.code) == (5, "not_a_book")
    assert "without its log" in refused.err
