"""Personal data stand under a party's name, whatever product keeps them, and go when the party is erased."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.products.holders import cny
from tests.products.people import giver
from tests.products.town import FIRST, TOWN
from tests.saying import said

import bankcore.products
from bankcore.bank import Bank
from bankcore.errors import PartyErased
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import PERSONAL
from bankcore.product.actor import Actor
from bankcore.product.facts import Facts
from bankcore.product.parties import Party
from bankcore.product.personal import Held
from bankcore.products.current import CloseAccount, OpenAccount
from bankcore.products.current import OpenProgramme as OpenAccounts
from bankcore.products.enterprise import (
    ApproveEnterprise,
    EnterpriseTerms,
    LeavePlatform,
    OpenProgramme,
    RegisterEnterprise,
)
from bankcore.products.enterprise.enterprises import Enterprise
from bankcore.products.parties import ChangeTerms, EraseParty, IdentifyParty, RegisterParty
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.stores.memory import MemoryStore

FREE = {"branch.blacklist", "branch.lead"}  # kinds whose personal data may be of nobody in the register


def personal(data: Any) -> Iterator[Any]:
    """What stands as personal in plain data, at any depth."""
    if isinstance(data, Mapping):
        for name, it in data.items():
            if name == PERSONAL and it:
                yield it
            else:
                yield from personal(it)
    elif isinstance(data, (list, tuple)):
        for it in data:
            yield from personal(it)


def every_facts() -> dict[str, type[Facts]]:
    """All facts of all products by kind; of two of one kind those that say whose their data are."""
    for it in pkgutil.walk_packages(bankcore.products.__path__, "bankcore.products."):
        importlib.import_module(it.name)
    found, left = dict[str, type[Facts]](), [Facts]
    while left:
        its = left.pop().__subclasses__()
        left += its
        for made in its:
            if "KIND" in vars(made) and (made.KIND not in found or made.personal_of is not Facts.personal_of):
                found[made.KIND] = made
    return found


def bank_with() -> Bank:
    instant = datetime(2024, 1, 2, tzinfo=UTC)
    return Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: instant, salts=seeded("test"))


def test_no_product_of_the_town_forgets_whose_personal_data_it_keeps() -> None:
    bank = bank_with()
    for number, commands in enumerate(TOWN):
        bank.handle_all(commands, f"town-{number}", giver(commands[0]))
    books, kinds, seen = bank.ledger.books, every_facts(), set()
    for entry in bank.ledger.reader.entries():
        for record in entry.transaction.records:
            if any(personal(record.data)):
                seen.add(record.kind)
                party = kinds[record.kind].of(record).personal_of
                assert party or record.kind in FREE, record
                held = Held.find(books, party, record.kind, record.id)
                assert not party or record.id == party or held is not None, record
    assert {"parties.identity", "platform.enterprise", "platform.registration"} <= seen


def test_what_other_products_know_of_a_party_goes_with_it() -> None:
    bank = bank_with()
    bank.handle(OpenRegister("register"), "1")
    bank.handle(OpenAccounts("accounts"), "0")
    bank.handle(RegisterParty("acme", "firm"), "2")
    bank.handle(IdentifyParty("acme", "business-licence", "91330200MA27A1"), "i")
    bank.handle(OpenAccount("accounts", "acme"), "a")
    bank.handle(OpenProgramme("trade", EnterpriseTerms()), "3")
    facts = ("Lamp works", "Ningbo", "Li Lei Secret", cny("1,000.00"), "lamps", "ISO 9001", "13812345678")
    asked = RegisterEnterprise("trade", "acme", *facts)
    bank.handle(asked, "4", Actor.parse("officer:li"))
    bank.handle(ApproveEnterprise("trade", "acme", 1), "5", Actor.parse("officer:han"))
    books = bank.ledger.books
    assert [it.name for it in Held.every(books, "acme")] == [
        ("platform.enterprise", "trade:acme"),
        ("platform.registration", "trade:acme"),
    ]
    bank.handle(LeavePlatform("trade", "acme"), "l")
    bank.handle(CloseAccount("acme"), "c")
    bank.handle(ChangeTerms("register", {"retention_years": 0}), "6")
    bank.handle(EraseParty("acme"), "7")
    assert Party.existing(bank.ledger.books, "acme").erased_on == FIRST
    text = said(bank.ledger.reader)
    assert not [word for word in ("Secret", "13812345678") if word in text]
    known = Enterprise.existing(bank.ledger.books, "trade", "acme")
    assert (known.personal, known.registered_name) == (None, "Lamp works")
    assert bank.report("enterprise", "members").rows[0][5:7] == ("", "")
    with pytest.raises(PartyErased):
        bank.handle(asked, "4", Actor.parse("officer:li"))
    assert not list(bank.broken_invariants())
    verify(bank.ledger.reader, bank.ledger.book).require()
