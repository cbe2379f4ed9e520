"""Contracts of a product are told apart by their ids, whatever names customers choose."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations

import pytest
from tests.products.people import giver
from tests.products.town import FIRST, TOWN

from bankcore.bank import Bank
from bankcore.ledger.personal import seeded
from bankcore.product.parties import Contract
from bankcore.products import points
from bankcore.stores.memory import MemoryStore

# Of each product the kinds of its contracts: what stands in their ids; "*" is a name somebody chooses,
# "**" one or more of them.
KINDS = {
    "branch": ("*/referral/*", "*/reward/*", "*/receivable/*"),
    "certificate": ("*/*", "*/*/initiator", "*/third-party/permission"),
    "credit": ("*/*/*",),
    "current": ("*", "order/*", "suspense/**"),
    "deposit-modes": ("*/*",),
    "enterprise": ("*",),
    "loan": ("*/*",),
    "parties": ("*",),
    "platform": ("*/*",),
    "points": ("*/card", "*/provider", "*/*/offer"),
    "time-deposit": ("*/*",),
    "wallet": ("*/operator", "*/client", "*/merchant"),
}


def may_meet(one: str, other: str) -> bool:
    """Whether some id can be of both kinds."""
    a, b = sorted((one.split("/"), other.split("/")), key=len)
    if len(a) < len(b) and a[-1] != "**":
        return False
    return all(x == y or "*" in x or "*" in y for x, y in zip(a, b, strict=False))


def test_no_contract_can_be_of_two_kinds() -> None:
    for product, kinds in KINDS.items():
        assert not [pair for pair in combinations(kinds, 2) if may_meet(*pair)], product


def test_these_kinds_meet() -> None:
    for pair in (("*/*", "*/third-party"), ("*/card", "*/*"), ("a/**", "a/b/c")):
        assert may_meet(*pair), pair
    for pair in (("*/card", "*/provider"), ("order/*", "suspense/**"), ("*", "a/**")):
        assert not may_meet(*pair), pair


@pytest.mark.parametrize("days", [0, 40])
def test_every_contract_of_a_town_is_of_one_kind(days: int) -> None:
    clock = datetime(2024, 1, 2, tzinfo=UTC)
    bank = Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: clock, salts=seeded("test"))
    for number, commands in enumerate(TOWN):
        bank.handle_all(commands, f"town-{number}", giver(commands[0]))
    bank.handle(points.OfferProduct("card", "g", "travel", 150, "a day of insurance"), "offer")
    if days:
        bank.close_day(date(2024, 2, days - 31))
    seen = set()
    for contract in Contract.every(bank.ledger.books):
        _, product, id = contract.ids
        kinds = [kind for kind in KINDS[product] if may_meet(kind, id)]
        assert len(kinds) == 1, contract.id
        seen.add(product)
    assert seen == {*KINDS}
