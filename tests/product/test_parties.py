"""What any product may ask of the register of parties."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.parties import (
    Contract,
    Cover,
    Kind,
    Party,
    account_of,
    active_party,
    identified_party,
    open_contracts,
    represents,
)
from bankcore.product.refusals import ContractsOpen, NoCurrentAccount, NotFound, NotIdentified, PartySuspended
from bankcore.stores.memory import MemoryStore

DAY = date(2024, 5, 1)


def bank(*records: Record) -> Bank:
    made = Bank.create(MemoryStore(), opened_on=DAY)
    if records:
        write(made, "first", *records)
    return made


def write(made: Bank, key: str, *records: Record) -> None:
    written = Transaction(kind="test", effective_on=made.today, records=records)
    made.ledger.execute(key, {}, lambda _: [written])


LI = Party(id="li", kind=Kind.PERSON, registered_on=DAY)
FIRM = Party(id="firm", kind=Kind.FIRM, registered_on=DAY, representatives=("li",))


def test_a_party_is_active_unless_suspended_and_identified_by_an_officer() -> None:
    books = bank(LI.record(), evolve(FIRM, suspended="fraud", identified_on=DAY).record()).ledger.books
    assert active_party(books, "li").id == "li"
    with pytest.raises(NotIdentified):
        identified_party(books, "li")
    with pytest.raises(PartySuspended):
        identified_party(books, "firm")
    with pytest.raises(NotFound):
        active_party(books, "nobody")
    with pytest.raises(BankcoreError) as refusal:
        active_party(bank(evolve(LI, erased_on=DAY).record()).ledger.books, "li")
    assert refusal.value.code == "party_erased"
    seen = bank(evolve(LI, identified_on=DAY).record()).ledger.books
    assert identified_party(seen, "li").is_identified


def test_somebody_represents_himself_and_the_firms_that_name_him() -> None:
    books = bank(LI.record(), FIRM.record()).ledger.books
    pairs = [
        (one, other)
        for one in ("li", "firm")
        for other in ("li", "firm", "none")
        if represents(books, one, other)
    ]
    assert pairs == [("li", "li"), ("li", "firm"), ("firm", "firm")]


def test_contracts_bind_a_party_until_they_end() -> None:
    made = bank(LI.record())
    write(made, "1", Contract.opened(made.ledger.books, "li", "loan", "p", "l1"))
    write(made, "2", Contract.opened(made.ledger.books, "li", "wallet", "mall"))
    assert [it.id for it in open_contracts(made.ledger.books, "li")] == ["li:loan:p/l1", "li:wallet:mall"]
    write(made, "3", Contract.ended(made.ledger.books, "li", "loan", "p", "l1"))
    assert [it.id for it in open_contracts(made.ledger.books, "li")] == ["li:wallet:mall"]
    write(made, "4", Contract.opened(made.ledger.books, "li", "loan", "p", "l1"))
    assert len(list(open_contracts(made.ledger.books, "li"))) == 2
    assert str(ContractsOpen("li", "loan p/l1")) == "party li still has contracts: loan p/l1"


def test_the_current_account_is_the_one_that_its_product_opened() -> None:
    made = bank(LI.record())
    write(made, "1", Contract.opened(made.ledger.books, "li", "loan", "p", "l1"))
    with pytest.raises(NoCurrentAccount):
        account_of(made.ledger.books, "li")
    write(made, "2", Contract.opened(made.ledger.books, "li", "current", "std"))
    assert account_of(made.ledger.books, "li") == "bank:demand:li"
    write(made, "3", Contract.ended(made.ledger.books, "li", "current", "std"))
    with pytest.raises(NoCurrentAccount, match="party li has no current account"):
        account_of(made.ledger.books, "li")


def test_another_product_covers_the_interest_of_some_days() -> None:
    made = bank(LI.record())
    books = made.ledger.books
    assert Cover.of_party(books, "li") == ()
    write(made, "begin", Cover.begun(books, "li"))
    assert Cover.of_party(books, "li") == ((DAY, date.max),)
    write(made, "end", Cover.ended(books, "li"))  # on the same day: none
    assert Cover.of_party(books, "li") == ()
    write(made, "again", Cover.begun(books, "li"))
    made.close_day(DAY)
    write(made, "later", Cover.ended(books, "li"))
    write(made, "on", Cover.begun(books, "li"))
    assert Cover.of_party(books, "li") == ((DAY, date(2024, 5, 2)), (date(2024, 5, 2), date.max))
    with pytest.raises(NotFound):
        Cover.ended(books, "nobody")
