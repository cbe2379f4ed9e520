"""A programme that is not named by a party names the one that operates it, through its representatives."""

from __future__ import annotations

from typing import Any

from tests.products.holders import cny
from tests.products.people import giver
from tests.products.town import FIRST, TOWN

from bankcore.bank import natural_actor
from bankcore.product.actor import Actor
from bankcore.products import branch, points, wallet
from bankcore.products.branch import AcquireLead
from bankcore.products.parties import DismissRepresentative, NameRepresentative, RegisterParty, SuspendParty
from bankcore.testing import Driver

OFFICER, FIRM, PERSON = (Actor.parse(it) for it in ("officer:li", "operator:f", "operator:p"))


class Town(Driver):
    """The town of all products, in which p represents the firms f and g."""

    def __init__(self) -> None:
        super().__init__(opened_on=FIRST)
        for commands in TOWN:
            self.do_all(*commands, actor=giver(commands[0]) or natural_actor(commands[0]))

    def giver(self, command: Any) -> Actor:
        return OFFICER

    def lead(self, number: int) -> AcquireLead:
        return AcquireLead("net", f"new{number}", "map", f"z{number}", consent=True, kind="person")


def test_a_representative_of_the_named_party_operates_a_network() -> None:
    town = Town()
    town.refused("actor_not_permitted", town.lead(1), PERSON)
    town.refused("actor_not_permitted", branch.NameOperator("net", "f"), FIRM)
    town.do(branch.NameOperator("net", "f"))
    assert town.bank.ledger.books.record("parties.contract", "f:branch:net/operator") is not None
    town.do(town.lead(1), PERSON)
    town.do(town.lead(2), FIRM)
    town.do(town.lead(3), Actor.parse("operator:net"))  # the bank's own shell
    for stranger in ("operator:q", "operator:g", "customer:f"):
        town.refused("actor_not_permitted", town.lead(4), Actor.parse(stranger))
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
    town.refused("actor_not_permitted", wallet.TakeOut("mall", cny("1.00")), PERSON)
    assert town.bank.report("wallet", "clients", PERSON).rows == ()
    assert town.bank.report("branch", "funnel", PERSON).rows == ()


def test_another_operator_ends_the_one_before() -> None:
    town = Town()
    town.do(branch.NameOperator("net", "f"))
    town.refused("already_taken", branch.NameOperator("net", "f"))
    town.do(branch.NameOperator("net", "h"))
    town.refused("actor_not_permitted", town.lead(1), PERSON)
    town.do(NameRepresentative("h", "p"))
    town.do(town.lead(1), PERSON)
    town.do(branch.NameOperator("net"))
    town.refused("actor_not_permitted", town.lead(2), PERSON)
    closed = [town.bank.ledger.books.record("parties.contract", f"{it}:branch:net/operator") for it in "fh"]
    assert [it.data["closed_on"] for it in closed if it] == ["2024-01-02"] * 2
    town.refused("already_taken", branch.NameOperator("net"))
    town.do(branch.NameOperator("net", "f"))
    town.do(town.lead(2), PERSON)


def test_who_is_barred_operates_nothing() -> None:
    town = Town()
    town.do(RegisterParty("nobody", "firm"))
    town.refused("not_identified", branch.NameOperator("net", "nobody"))
    town.refused("not_found", branch.NameOperator("net", "who"))
    town.refused("not_found", branch.NameOperator("nonet", "f"))
    town.do(branch.NameOperator("net", "f"))
    town.do(SuspendParty("f", "fraud"))
    town.refused("party_suspended", town.lead(1), PERSON)
    town.refused("party_suspended", town.lead(1), FIRM)
    town.refused("party_suspended", branch.NameOperator("net", "f"))
    town.do(DismissRepresentative("f", "p"))
    town.refused("actor_not_permitted", town.lead(1), PERSON)
