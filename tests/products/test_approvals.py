"""Decisions of two people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest
from attrs import frozen

from bankcore.bank import Bank
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product.approvals import Decision, list_proposals
from bankcore.product.refusals import AlreadyProposed, NothingProposed, SamePerson, StaleProposal
from bankcore.stores.memory import MemoryStore

ID = ("p", "l1")


@frozen(kw_only=True)
class WriteOff(Decision):
    KIND: ClassVar = "loan.write-off"
    what: Mapping[str, Any]


class Desk:
    """A book in which decisions are kept."""

    def __init__(self) -> None:
        self.bank = Bank.create(
            MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 5, 1, tzinfo=UTC)
        )

    def books(self, who: str) -> Books:
        return self.bank.ledger.books_of(f"officer:{who}")

    def write(self, decision: WriteOff) -> WriteOff:
        record = decision.record()
        key, on = f"{record.kind}-{record.version}", date(2024, 5, 1)
        self.bank.ledger.post(Transaction(kind="decide", effective_on=on, records=(record,), key=key))
        return decision.written()

    def propose(self, who: str = "li", about: Any = 1, **what: Any) -> WriteOff:
        return self.write(WriteOff.proposed(self.books(who), *ID, about=about, what=what))

    def approve(self, seen: int, who: str = "han", about: Any = 1) -> WriteOff:
        return self.write(WriteOff.approved(self.books(who), *ID, seen=seen, about=about))

    def reject(self, seen: int, who: str = "han") -> WriteOff:
        return self.write(WriteOff.rejected(self.books(who), *ID, seen=seen))


def test_what_one_proposes_another_approves() -> None:
    desk = Desk()
    assert desk.propose(amount=5).is_open
    assert list_proposals(desk.books("han"), WriteOff).rows == (
        ("write-off", "p:l1", 1, "li", date(2024, 5, 1)),
    )
    decision = desk.approve(1)
    assert not decision.is_open
    assert decision.data == {
        "state": "approved",
        "maker": "li",
        "made_on": "2024-05-01",
        "about": 1,
        "checker": "han",
        "decided_on": "2024-05-01",
        "what": {"amount": 5},
    }
    assert list_proposals(desk.books("han"), WriteOff).rows == ()


def test_nobody_approves_or_rejects_what_he_proposed() -> None:
    desk = Desk()
    desk.propose()
    for decide in (desk.approve, desk.reject):
        with pytest.raises(SamePerson, match="li proposed write-off l1, so another person has to decide"):
            decide(1, "li")


def test_nobody_changes_what_another_person_proposed() -> None:
    desk = Desk()
    desk.propose(amount=5)
    with pytest.raises(AlreadyProposed, match="the proposal of li for write-off l1 is still undecided"):
        desk.propose("mei", amount=6)
    assert desk.propose(amount=7).version == 2


def test_what_was_replaced_between_look_and_decision_is_not_decided() -> None:
    desk = Desk()
    desk.propose(amount=5)
    desk.propose(amount=7)
    for decide in (desk.approve, desk.reject):
        with pytest.raises(StaleProposal, match=r"proposal 1 for write-off l1 .*: 2 has replaced it"):
            decide(1)
    assert desk.approve(2).what == {"amount": 7}


def test_a_proposal_lapses_when_what_it_speaks_of_changes() -> None:
    desk = Desk()
    desk.propose(about=[1, {"share": "1/2"}])
    with pytest.raises(StaleProposal, match="its subject has changed"):
        desk.approve(1, about=[1, {"share": "2/3"}])
    assert desk.approve(1, about=[1, {"share": "1/2"}]).state == "approved"


def test_only_what_is_open_is_decided() -> None:
    desk = Desk()
    with pytest.raises(NothingProposed, match="there is no undecided proposal for write-off l1"):
        desk.approve(1)
    desk.propose()
    desk.reject(1)
    with pytest.raises(NothingProposed):
        desk.approve(2)
    desk.propose(again=True)
    assert desk.approve(3).what == {"again": True}
