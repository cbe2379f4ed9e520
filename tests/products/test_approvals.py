"""Decisions of two people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bankcore.bank import Bank
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.approvals import approved, check_approved, is_open, proposed, rejected
from bankcore.product.refusals import AlreadyProposed, NotApproved, NothingProposed, SamePerson
from bankcore.stores.memory import MemoryStore

KIND = ("loan.write-off", "p", "l1")


class Desk:
    """A book in which decisions are kept."""

    def __init__(self) -> None:
        self.bank = Bank.create(
            MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 5, 1, tzinfo=UTC)
        )
        self.books = self.bank.ledger.books

    def write(self, record: Record) -> Record:
        key = f"{record.kind}-{record.version}"
        self.bank.ledger.post(
            Transaction(kind="decide", effective_on=self.books.today, records=(record,), key=key)
        )
        return record


def test_what_one_proposes_another_approves() -> None:
    desk = Desk()
    made = desk.write(proposed(desk.books, *KIND, maker="li", what={"amount": 5}))
    assert is_open(made)
    with pytest.raises(NotApproved, match="write-off l1 is not approved"):
        check_approved(desk.books, *KIND)
    record = desk.write(approved(desk.books, *KIND, checker="han"))
    assert not is_open(record)
    assert record.data == {
        "state": "approved",
        "maker": "li",
        "made_on": "2024-05-01",
        "checker": "han",
        "decided_on": "2024-05-01",
        "what": {"amount": 5},
    }
    assert check_approved(desk.books, *KIND) == record


def test_nobody_approves_or_rejects_what_he_proposed() -> None:
    desk = Desk()
    desk.write(proposed(desk.books, *KIND, maker="li", what={}))
    for decide in (approved, rejected):
        with pytest.raises(SamePerson, match="li proposed write-off l1, so another person has to decide"):
            decide(desk.books, *KIND, checker="li")


def test_nobody_changes_what_another_person_proposed() -> None:
    desk = Desk()
    desk.write(proposed(desk.books, *KIND, maker="li", what={"amount": 5}))
    with pytest.raises(AlreadyProposed, match="what li proposed about write-off l1 is still undecided"):
        proposed(desk.books, *KIND, maker="mei", what={"amount": 6})
    desk.write(proposed(desk.books, *KIND, maker="li", what={"amount": 7}))
    assert approved(desk.books, *KIND, checker="han").data["what"] == {"amount": 7}


def test_only_what_is_open_is_decided() -> None:
    desk = Desk()
    with pytest.raises(NothingProposed, match="nothing is proposed and undecided about write-off l1"):
        approved(desk.books, *KIND, checker="han")
    with pytest.raises(NotApproved):
        check_approved(desk.books, *KIND)
    desk.write(proposed(desk.books, *KIND, maker="li", what={}))
    desk.write(rejected(desk.books, *KIND, checker="han"))
    with pytest.raises(NothingProposed):
        approved(desk.books, *KIND, checker="han")
    with pytest.raises(NotApproved):
        check_approved(desk.books, *KIND)
    desk.write(proposed(desk.books, *KIND, maker="li", what={"again": True}))
    assert desk.write(approved(desk.books, *KIND, checker="han")).data["what"] == {"again": True}
    assert not is_open(None)
