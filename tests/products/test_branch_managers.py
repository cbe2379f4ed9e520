"""Account managers: what they claim, hand over and leave behind, and what came of it."""

from __future__ import annotations

import pytest
from tests.products.network import Network
from tests.products.test_branch_rounds import told

from bankcore.errors import BadCommand
from bankcore.product.actor import Actor
from bankcore.products.branch import (
    AcceptPush,
    ClaimLead,
    ManagerLeaves,
    RegisterManager,
    ReleaseLead,
    TransferLead,
)


def test_only_who_is_registered_claims_and_no_more_than_he_can_look_after() -> None:
    book = Network(manager_leads=2, ownership_days=3)
    for firm in ("f", "g", "h"):
        book.firm(firm)
    book.refused("not_found", ClaimLead("n", "f", "m1"))
    book.refused("actor_not_permitted", RegisterManager("n", "west", "m1"), "officer:east")
    book.managers("m1")
    book.refused("already_taken", RegisterManager("n", "east", "m1"), "officer:east")
    book.do(ClaimLead("n", "f", "m1"), actor="officer:m1")
    book.do(ClaimLead("n", "g", "m1"))
    book.do(ClaimLead("n", "g", "m1"))
    refusal = book.refused("manager_full", ClaimLead("n", "h", "m1"))
    assert (refusal["manager"], refusal["leads"]) == ("m1", 2)
    book.close_days(4)
    book.do(ClaimLead("n", "h", "m1"))
    assert book.record("manager", "m1")["leads"] == ["h"], "what lapsed is forgotten"
    book.do(ReleaseLead("n", "h", "m1"))
    assert book.record("manager", "m1")["leads"] == []
    assert book.sound()


def test_who_leaves_hands_over_all_and_the_report_says_what_came_of_it() -> None:
    book = Network()
    book.template()
    for firm in ("f", "g", "h"):
        book.firm(firm)
    book.managers("m1", "m2")
    book.do(RegisterManager("n", "east", "m3"))
    for firm in ("f", "g"):
        book.do(ClaimLead("n", firm, "m1"))
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    book.refused("not_found", TransferLead("n", "h", "m1", "m2"), "officer:m1")
    book.refused("lead_owned", TransferLead("n", "f", "m2", "m1"), "officer:m2")
    book.do(TransferLead("n", "g", "m1", "m2"), actor="officer:m1")
    assert told(book, "m2", "leads-taken-over") == ["n:g"]
    book.refused("not_found", ManagerLeaves("n", "west", "m1", "m3"))
    with pytest.raises(BadCommand):
        ManagerLeaves("n", "west", "m1", "m1")
    book.do(ManagerLeaves("n", "west", "m1", "m2"), actor="officer:west")
    assert told(book, "m2", "leads-taken-over") == ["n:g", "n:m1"]
    assert {row[0]: row[8] for row in book.rows("leads")} == {"f": "m2", "g": "m2", "h": ""}
    rows = {row[0]: row[3:] for row in book.rows("managers")}
    assert rows["m2"] == ("", 0, 2, 2, 1, 1, 0, 0)
    assert rows["m1"][1:] == (2, 0, 0, 0, 0, 0, 0)
    assert book.bank.report("branch", "managers", Actor.parse("customer:f")).rows == ()
    book.refused("not_found", ClaimLead("n", "h", "m1"))
    book.do(RegisterManager("n", "west", "m1"))
    book.do(ClaimLead("n", "h", "m1"))
    assert book.sound()
