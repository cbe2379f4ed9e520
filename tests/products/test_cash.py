"""Cash is witnessed by a teller: nobody whose money it becomes says himself that it came in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import attrs
import pytest
from tests.products.holders import cny
from tests.products.people import TELLER, giver
from tests.products.town import FIRST, TOWN

from bankcore.authority import natural_actor
from bankcore.bank import Bank
from bankcore.errors import ActorNotPermitted
from bankcore.ledger.personal import seeded
from bankcore.product.actor import Actor, Role
from bankcore.products import current
from bankcore.products import deposit_modes as modes
from bankcore.stores.memory import MemoryStore

GIVEN = {
    current.CashIn("p", cny("1.00")): "customer:p",
    current.CashOut("p", cny("1.00")): "customer:p",
    current.CloseAccount("f"): "customer:p",  # who represents it
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    clock = datetime(2024, 1, 2, tzinfo=UTC)
    bank = Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: clock, salts=seeded("test"))
    for number, commands in enumerate(TOWN):
        bank.handle_all(commands, f"town-{number}", giver(commands[0]))
    return bank


def actors(command: Any) -> Iterator[Actor]:
    """Everybody outside the bank whom the command names, in every role."""
    texts = {getattr(command, field.name) for field in attrs.fields(type(command))}
    ids = sorted(text for text in texts if isinstance(text, str) and text)
    return (Actor(role, id) for id in ids for role in (Role.CUSTOMER, Role.MERCHANT, Role.OPERATOR))


@pytest.mark.parametrize(("command", "own"), GIVEN.items(), ids=lambda it: type(it).__name__)
def test_only_a_teller_takes_or_gives_cash(bank: Bank, command: Any, own: str) -> None:
    legs = [leg.account for it in bank.preview(command, TELLER) for leg in it.postings]
    assert "bank:cash" in legs
    head = bank.ledger.reader.head()
    for number, actor in zip(count(), (Actor.parse(own), *actors(command)), strict=False):
        with pytest.raises(ActorNotPermitted):
            bank.handle(command, f"cash-{number}", actor)
    assert bank.ledger.reader.head() == head


def test_every_command_of_a_town_that_moved_cash_is_one_of_them(bank: Bank) -> None:
    known = {type(command) for command in GIVEN}
    moved = set()
    for number, commands in enumerate(TOWN):
        receipts = bank.handle_all(commands, f"town-{number}", giver(commands[0]))
        entries = [bank.ledger.entry(receipt.number).transaction for receipt in receipts]
        if any(leg.account == "bank:cash" for it in entries for leg in it.postings):
            assert len(commands) == 1
            moved.add(type(commands[0]))
            assert natural_actor(commands[0]).role is Role.OFFICER
    assert moved <= known
    assert current.CashIn in moved


def test_what_is_on_the_demand_account_only_its_holder_tops_up(bank: Bank) -> None:
    command = modes.TopUp("trade", "g", "PROC", cny("1.00"))
    assert bank.preview(command, Actor(Role.CUSTOMER, "g"))
    with pytest.raises(ActorNotPermitted):
        bank.preview(command, TELLER)
