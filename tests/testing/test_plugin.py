"""The plugin of pytest, as its users see it in a suite of their own; what a missing extra says."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime

import pytest

import bankcore.testing
from bankcore.errors import LibraryMissing
from bankcore.stores.memory import MemoryStore

SUITE = """
import sys

LOADED = {name for name in sys.modules if name.startswith(("bankcore", "hypothesis"))}

def test_nobody_waits_for_what_he_does_not_use():
    assert LOADED == {"bankcore", "bankcore.testing", "bankcore.testing.plugin"}

def test_fixtures(bank, ledger, clock, book_on, tmp_path):
    assert ledger is bank.ledger
    assert clock() == bank.ledger.now()
    assert book_on(tmp_path / "other.db").today == bank.today
"""
CERTIFY = """
from bankcore.testing import StoreContract

class TestMine(StoreContract):
    pass
"""


def test_in_a_suite_of_somebody_else(tmp_path):
    """Nobody waits for what he does not use; a contract without a store says what is missing."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_zmine.py").write_text(CERTIFY)
    asked = ["-W", "error", "-p", "no:cacheprovider", "-k", "test_suite or test_counts", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *asked], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert "1 error" in done.stdout
    assert "define a fixture `store` that gives an empty store" in done.stdout


def test_a_book_on_a_store_and_on_a_file_begins_with_the_clock(book_on, clock, tmp_path):
    clock.now = datetime.fromisoformat("2024-05-01T12:00:00+00:00")
    store = MemoryStore()
    bank = book_on(store, name="first")
    assert (bank.today, bank.ledger.store) == (date(2024, 5, 1), store)
    assert [book.name for book in store.books()] == ["first"]
    assert book_on(str(tmp_path / "book.db"), opened_on=date(2024, 6, 1)).today == date(2024, 6, 1)


@pytest.mark.parametrize("home", ["bankcore.testing.store_contract"])
def test_a_missing_extra_is_named(monkeypatch, home):
    for name in [name for name in sys.modules if name.startswith(home)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pytest", None)
    (first, *_) = bankcore.testing._HOMES[home]
    with pytest.raises(LibraryMissing, match=r"pip install 'bankcore\[testing\]'"):
        getattr(bankcore.testing, first)
