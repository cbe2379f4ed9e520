"""Who may give which command for whom: the table in `authority.csv`, asked of every command.

A cell says `no`; `own field` where the actor must be, or represent, the one that the field names; `other`
where the command may be given for anybody.  What the table does not allow is refused and leaves no trace.
"""

from __future__ import annotations

import csv
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.products.holders import cny
from tests.products.people import giver
from tests.products.town import FIRST, TOWN

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import ActorNotPermitted, BadCommand, BankcoreError
from bankcore.ledger.personal import seeded
from bankcore.product.actor import Actor, Role
from bankcore.product.command import title
from bankcore.products import PRODUCTS
from bankcore.rates import Rate
from bankcore.stores.memory import MemoryStore

TABLE = Path(__file__).with_name("authority.csv")
COMMANDS = {(product.name, title(made)): made for product in PRODUCTS for made in product.rules}
SAMPLES: Mapping[Any, Any] = {Amount: cny("1.00"), Rate: Rate.parse("1/2"), int: 1, bool: False, Mapping: {}}
INSTANT = "2024-02-01T10:00:00+00:00"
TEXTS = {
    "at": "09:00",
    "config": "0" * 64,
    "expires_at": INSTANT,
    "hours": "mon 09:00-17:00",
    "identity": "9133",
    "paid_at": INSTANT,
}  # of a form of their own


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def bank() -> Bank:
    clock = datetime(2024, 1, 2, tzinfo=UTC)
    bank = Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: clock, salts=seeded("test"))
    for number, commands in enumerate(TOWN):
        bank.handle_all(commands, f"town-{number}", giver(commands[0]))
    return bank


def sample(field: attrs.Attribute[Any], hint: Any) -> Any:
    """A value that the field takes; an id names its field."""
    kind = typing.get_origin(hint) or hint
    if (choices := field.metadata.get("choices")) and kind is str:
        return choices[0]
    if kind is str:
        return TEXTS.get(field.name, f"the-{field.name.replace('_', '-')}")
    if kind is date:
        return date(2024, 2, 1) if "until" in field.name or field.name == "end" else FIRST
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return SAMPLES[kind]


def made(command: type[Any], **given: Any) -> Any:
    """The command with what it cannot do without, and what is given."""
    hints = typing.get_type_hints(command)
    needed = [field for field in attrs.fields(command) if field.default is attrs.NOTHING]
    values = {field.name: sample(field, hints[field.name]) for field in needed}
    try:
        return command(**{**values, **given})
    except BadCommand:  # of a card or a provider
        return command(**{**values, "card": "the-card", **given})


def asked(bank: Bank, command: Any, actor: Actor) -> bool:
    """Whether the bank hears the command of an actor; where it does not, nothing is written."""
    head = bank.ledger.reader.head()
    try:
        bank.preview(command, actor)
    except ActorNotPermitted as refusal:
        if refusal.command != title(type(command)):
            return True  # the product's own refusal, of one who was heard
        with pytest.raises(ActorNotPermitted):
            bank.handle(command, "refused", actor)
        assert bank.ledger.reader.head() == head
        assert bank.ledger.reader.numbers(["refused"]) == {}
        return False
    except BankcoreError:
        return True
    return True


def test_every_command_stands_in_the_table_once() -> None:
    assert sorted((row["product"], row["command"]) for row in rows()) == sorted(COMMANDS)
    assert list(rows()[0])[2:] == [role.value for role in Role]


def cases() -> Iterator[tuple[type[Any], Role, str]]:
    for row in rows():
        if (command := COMMANDS.get((row["product"], row["command"]))) is not None:
            yield from ((command, role, row[role.value]) for role in Role)


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_what_the_table_does_not_allow_is_refused(bank: Bank, role: Role) -> None:
    wrong = []
    for command, of, cell in cases():
        if of is not role:
            continue
        allowed, _, field = cell.partition(" ")
        assert (allowed in ("no", "other") and not field) or (allowed == "own" and field)
        given = {field: "somebody"} if field else {}
        own = asked(bank, made(command, **given), Actor(role, "somebody"))
        other = asked(bank, made(command, **given), Actor(role, "somebody-else"))
        if (own, other) != {"no": (False, False), "own": (True, False), "other": (True, True)}[allowed]:
            wrong.append((title(command), cell, own, other))
    assert not wrong


def test_who_represents_a_firm_is_heard_as_the_firm_and_nobody_else(bank: Bank) -> None:
    """In the town p represents the firm f, and q nobody."""
    heard = 0
    for command, role, cell in cases():
        field = cell.partition(" ")[2]
        if role is Role.CUSTOMER and field:
            given = made(command, **{field: "f"})
            assert asked(bank, given, Actor(role, "p")), command
            assert not asked(bank, given, Actor(role, "q")), command
            heard += 1
    assert heard > 50


def test_the_day_job_gives_no_command() -> None:
    assert {row["system"] for row in rows()} == {"no"}
