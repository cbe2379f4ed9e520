"""What the bank itself froze in the ledger outlives the states of the account."""

from __future__ import annotations

from datetime import date

import pytest

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import AccountFrozen
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.products.current import (
    CashIn,
    CashOut,
    CourtFreeze,
    ExecuteCourtOrder,
    LiftCourtFreeze,
    OpenAccount,
    OpenProgramme,
    ReplaceLost,
    ReportLost,
)
from bankcore.products.parties import IdentifyParty, RegisterParty
from bankcore.stores.memory import MemoryStore

DAY, LI = date(2024, 5, 1), AccountPath("bank:demand:li")
MONEY = Amount.parse("5.00", "CNY/2")


def bank(status: Status) -> Bank:
    """A bank with the account of li, which its officer gave a status in the ledger."""
    made = Bank.create(MemoryStore(), opened_on=DAY)
    commands = (
        OpenProgramme("street"),
        RegisterParty("li"),
        IdentifyParty("li", "id-card", "44030119900101"),
        OpenAccount("street", "li"),
        CashIn("li", MONEY),
    )
    for command in commands:
        made.handle(command, type(command).__name__)
    if status is not Status.OPEN:
        made.doors().change(LI, status=status, key="own", reason="laundering")
    return made


def now(bank: Bank) -> Status:
    return bank.ledger.books.accounts([LI])[LI].status


@pytest.mark.parametrize(
    ("status", "meanwhile"),
    [
        (Status.OPEN, Status.DEBITS_FROZEN),
        (Status.DEBITS_FROZEN, Status.DEBITS_FROZEN),
        (Status.CREDITS_FROZEN, Status.FROZEN),
        (Status.FROZEN, Status.FROZEN),
    ],
)
@pytest.mark.parametrize("by", ["lost", "court"])
def test_a_state_of_the_account_leaves_the_status_that_it_found(
    status: Status, meanwhile: Status, by: str
) -> None:
    made = bank(status)
    made.handle(ReportLost("li") if by == "lost" else CourtFreeze("li", "17", until=DAY), "begin")
    assert now(made) is meanwhile
    assert not list(made.broken_invariants())
    if by == "lost":
        made.handle(ReplaceLost("li"), "end")
    else:
        made.close_day(DAY)
    assert now(made) is status
    if not status.takes_debits:
        with pytest.raises(AccountFrozen):
            made.handle(CashOut("li", MONEY), "out")


def test_what_the_bank_freezes_while_the_card_is_lost_stays() -> None:
    made = bank(Status.OPEN)
    made.handle(ReportLost("li"), "lost")
    made.doors().change(LI, status=Status.FROZEN, key="own", reason="laundering")
    made.handle(ReplaceLost("li"), "end")
    assert now(made) is Status.FROZEN


def test_a_court_takes_from_what_it_froze_although_the_bank_refuses_credits() -> None:
    made = bank(Status.CREDITS_FROZEN)
    made.handle(CourtFreeze("li", "17"), "begin")
    for command in (RegisterParty("wang"), OpenAccount("street", "wang")):
        made.handle(command, type(command).__name__ + "-wang")
    made.handle(ExecuteCourtOrder("li", "17", "wang", "to the creditor"), "take")
    assert (made.amount(LI).quantity, made.amount("bank:demand:wang").quantity) == (0, 500)
    assert now(made) is Status.FROZEN  # a whole order stands until it is lifted
    made.handle(LiftCourtFreeze("li", "17"), "lift")
    assert now(made) is Status.CREDITS_FROZEN
    assert not list(made.broken_invariants())
