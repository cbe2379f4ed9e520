"""What is shown of public values, as in a log or a traceback: readable, without secrets or personal data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bankcore import Bank, Feed, MemoryStore, SqliteStore
from bankcore.product.parties import Party
from bankcore.products.parties import IdentifyParty, RegisterParty
from bankcore.products.parties.register import Identity

DAY = date(2024, 5, 1)
PERSONAL = ("Li Wei", "13800138000", "11010519491231002X")


def test_no_repr_shows_personal_data() -> None:
    bank = Bank.create(MemoryStore(), opened_on=DAY)
    commands = [
        RegisterParty("li", full_name="Li Wei", phone="13800138000"),
        IdentifyParty("li", "id-card", "11010519491231002X"),
    ]
    bank.handle_all(commands, "li")
    found = Identity.find(bank.ledger.books, "li")
    assert found is not None
    assert found.personal is not None
    assert found.personal["name"] == "Li Wei"
    entries = list(Feed(bank.ledger).entries())
    values = [*commands, found, found.record(), Party.find(bank.ledger.books, "li"), *entries]
    values += [it for entry in entries for it in (entry.transaction, *entry.transaction.records)]
    for value in values:
        assert not [it for it in PERSONAL if it in repr(value)], value
    assert "full_name='***', phone='***', address=''" in repr(commands[0])
    assert "'personal': '***'" in repr(found.record())


def test_a_transaction_shows_what_is_set_in_it() -> None:
    bank = Bank.create(MemoryStore(), opened_on=DAY)
    bank.handle(RegisterParty("li"), "li")
    shown = repr(bank.ledger.entry(1))
    assert shown.startswith("Entry(1, 20")
    assert "key='li'" in shown
    assert "reverses" not in shown


def test_what_is_open_says_where(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with SqliteStore(path, create=True) as store, Bank.create(store, opened_on=DAY) as bank:
        assert repr(bank) == f"Bank('main', SqliteStore('{path}'))"
        assert repr(bank.ledger) == f"Ledger('main', SqliteStore('{path}'))"
        assert repr(Feed(bank.ledger, "mailer")) == "Feed('main', 'mailer')"
    assert repr(MemoryStore()) == "MemoryStore(0 books)"


def test_a_database_is_shown_without_its_password(postgres_url: str) -> None:
    from bankcore.stores.postgres.store import PostgresStore

    with PostgresStore(f"{postgres_url}&password=hunter2", create=True) as store:
        assert "hunter2" not in repr(store)
        assert repr(store).startswith("PostgresStore('postgresql://")
