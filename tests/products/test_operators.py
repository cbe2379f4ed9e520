"""A programme that is not named by a party names the one that operates it, through its representatives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.products.people import giver
from tests.products.town import FIRST, TOWN, cny

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.personal import seeded
from bankcore.product.actor import Actor
from bankcore.products import branch, points, wallet
from bankcore.products.branch import AcquireLead
from bankcore.products.parties import DismissRepresentative, NameRepresentative, RegisterParty, SuspendParty
from bankcore.stores.memory import MemoryStore

OFFICER, FIRM, PERSON = (Actor.parse(it) for it in ("officer:li", "operator:f", "operator:p"))


class Town:
    """The town of all products, in which p represents the firms f and g."""

    def __init__(self) -> None:
        clock = datetime(2024, 1, 2, tzinfo=UTC)
        self.bank = Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: clock, salts=seeded("test"))
        self.keys = 0
        for commands in TOWN:
            self.keys += 1
            self.bank.handle_all(commands, f"town-{self.keys}", giver(commands[0]))

    def do(self, command: Any, actor: Actor = OFFICER) -> None:
        self.keys += 1
        self.bank.handle(command, f"key-{self.keys}", actor)

    def refused(self, command: Any, code: str, actor: Actor = OFFICER) -> None:
        before = self.bank.ledger.reader.head()
        with pytest.raises(BankcoreError) as caught:
            self.do(command, actor)
        assert caught.value.code == code
        assert self.bank.ledger.reader.head() == before

    def lead(self, number: int) -> AcquireLead:
        return AcquireLead("net", f"new{number}", "map", f"z{number}", consent=True, kind="person")


def test_a_representative_of_the_named_party_operates_a_network() -> None:
    town = Town()
    town.refused(town.lead(1), "actor_not_permitted", PERSON)
    town.refused(branch.NameOperator("net", "f"), "actor_not_permitted", FIRM)
    town.do(branch.NameOperator("net", "f"))
    assert town.bank.ledger.books.record("parties.contract", "f:branch:net/operator") is not None
    town.do(town.lead(1), PERSON)
    town.do(town.lead(2), FIRM)
    town.do(town.lead(3), Actor.parse("operator:net"))  # the bank's own shell
    for stranger in ("operator:q", "operator:g", "customer:f"):
        town.refused(town.lead(4), "actor_not_permitted", Actor.parse(stranger))
    everything = town.bank.report("branch", "funnel")
    assert everything.rows
    assert town.bank.report("branch", "funnel", PERSON) == everything
    assert town.bank.report("branch", "funnel", Actor.parse("operator:q")).rows == ()


def test_an_operator_of_points_sees_its_own_programme_and_no_other_of_that_name() -> None:
    town = Town()
    town.do(points.NameOperator("card", "f"))
    assert town.bank.report("points", "cards", PERSON) == town.bank.report("points", "cards")
    assert town.bank.report("points", "providers", FIRM) == town.bank.report("points", "providers")
    town.do(points.OpenProgramme("mall"))
    town.do(points.NameOperator("mall", "f"))  # not the wallet of that name
    town.refused(wallet.TakeOut("mall", cny("1.00")), "actor_not_permitted", PERSON)
    assert town.bank.report("wallet", "clients", PERSON).rows == ()
    assert town.bank.report("branch", "funnel", PERSON).rows == ()


def test_another_operator_ends_the_one_before() -> None:
    town = Town()
    town.do(branch.NameOperator("net", "f"))
    town.refused(branch.NameOperator("net", "f"), "already_taken")
    town.do(branch.NameOperator("net", "h"))
    town.refused(town.lead(1), "actor_not_permitted", PERSON)
    town.do(NameRepresentative("h", "p"))
    town.do(town.lead(1), PERSON)
    town.do(branch.NameOperator("net"))
    town.refused(town.lead(2), "actor_not_permitted", PERSON)
    closed = [town.bank.ledger.books.record("parties.contract", f"{it}:branch:net/operator") for it in "fh"]
    assert [it.data["closed_on"] for it in closed if it] == ["2024-01-02"] * 2
    town.refused(branch.NameOperator("net"), "already_taken")
    town.do(branch.NameOperator("net", "f"))
    town.do(town.lead(2), PERSON)


def test_who_is_barred_operates_nothing() -> None:
    town = Town()
    town.do(RegisterParty("nobody", "firm"))
    town.refused(branch.NameOperator("net", "nobody"), "not_identified")
    town.refused(branch.NameOperator("net", "who"), "not_found")
    town.refused(branch.NameOperator("nonet", "f"), "not_found")
    town.do(branch.NameOperator("net", "f"))
    town.do(SuspendParty("f", "fraud"))
    town.refused(town.lead(1), "party_suspended", PERSON)
    town.refused(town.lead(1), "party_suspended", FIRM)
    town.refused(branch.NameOperator("net", "f"), "party_suspended")
    town.do(DismissRepresentative("f", "p"))
    town.refused(town.lead(1), "actor_not_permitted", PERSON)
