"""Everything that loans refuse, by code; a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import pytest
from tests.products.holders import cny
from tests.products.lender import Lender
from tests.products.people import HAN

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BadCommand, BadDate, BadTerms, NotPositive
from bankcore.feed import Feed
from bankcore.ledger.accounts import Status
from bankcore.product.actor import Actor
from bankcore.products.current import CloseAccount
from bankcore.products.loan import (
    Approve,
    BorrowerDiffers,
    ChangeTerms,
    Disburse,
    DisbursementStands,
    LoanNotRunning,
    LoanTerms,
    NotAccepted,
    NothingDue,
    OpenProgramme,
    PaymentExceeds,
    Prepay,
    ProposeRecovery,
    ProposeWriteOff,
    RecoveryExceeds,
    Reject,
    Repay,
    RepayEarly,
    ReverseDisbursement,
    SignContract,
)
from bankcore.products.parties import EraseParty, IdentifyParty, RegisterParty, SuspendParty
from bankcore.stores.memory import MemoryStore
from bankcore.testing import registration
from bankcore.units import Unit

Act = Callable[[Lender], Any]
USD = Amount.parse("1.00", Unit("USD/2"))


def nothing(b: Lender) -> None:
    pass


def signed(b: Lender) -> None:
    b.sign("1,000.00", 6)


def lent(b: Lender) -> None:
    b.lend("1,000.00", 6)


def overdue(b: Lender) -> None:
    """An instalment is unpaid since yesterday, all others are to come."""
    then(lent, spent)(b)
    b.close_until(date(2024, 3, 1))


def repaid(b: Lender) -> None:
    lent(b)
    b.pay_in("10.00")
    b.repay_early()


def lost(b: Lender) -> None:
    lent(b)
    b.write_off()


def then(*acts: Act) -> Act:
    def all_of_them(b: Lender) -> None:
        for act in acts:
            act(b)

    return all_of_them


def sign(amount: str = "1,000.00", months: int = 6, **fields: Any) -> SignContract:
    return SignContract("p", fields.pop("loan", "l"), "b", cny(amount), months, **fields)


def pushed(**fields: Any) -> SignContract:
    return sign(network="n", push="x", **fields)


def spent(b: Lender) -> None:
    b.spend(b.demand())


def propose(b: Lender) -> None:
    b.do(ProposeWriteOff("p", "l", "insolvent"))


def propose_recovery(b: Lender) -> None:
    b.do(ProposeRecovery("p", "l", cny("600.00")))


# name: (terms, what happens before, command, code)
CASES: dict[str, tuple[dict[str, Any], Act, Any, str]] = {
    # --- programme and contract
    "a second programme of one name": ({}, nothing, OpenProgramme("p"), "already_taken"),
    "a programme in another unit": (
        {},
        nothing,
        OpenProgramme("q", LoanTerms(unit=Unit("USD/2"))),
        "unit_mismatch",
    ),
    "no programme": ({}, nothing, attrs.evolve(sign(), programme="q"), "not_found"),
    "terms of the past": ({}, lambda b: b.close(), ChangeTerms("p", {}, date(2024, 1, 31)), "bad_terms"),
    "terms in another unit": ({}, nothing, ChangeTerms("p", {"unit": "USD/2"}), "bad_terms"),
    "terms out of bounds": ({}, nothing, ChangeTerms("p", {"rate": "24.1%"}), "bad_terms"),
    "a contract with unknown terms": ({}, nothing, sign(terms={"colour": "red"}), "bad_terms"),
    "a contract in another unit": ({}, nothing, sign(terms={"unit": "USD/2"}), "bad_terms"),
    "an amount in another unit": ({}, nothing, attrs.evolve(sign(), amount=USD), "unit_mismatch"),
    "a contract twice": ({}, signed, sign(), "already_taken"),
    "a contract beyond the calendar": (
        {"calendar": "CN-SSE", "roll": "following"},
        nothing,
        sign(months=360),
        "calendar_exhausted",
    ),
    "an account of the loan opened by hand": (
        {},
        lambda b: b.open("loan:p:l:principal", "asset"),
        sign(),
        "already_taken",
    ),
    # --- the borrower
    "a borrower that nobody knows": ({}, nothing, attrs.evolve(sign(), borrower="x"), "not_found"),
    "a borrower that is not identified": (
        {},
        then(*(lambda b, it=it: b.do(it) for it in registration("x", identified=False))),
        attrs.evolve(sign(), borrower="x"),
        "not_identified",
    ),
    "a borrower without a current account": (
        {},
        then(lambda b: b.do(RegisterParty("x")), lambda b: b.do(IdentifyParty("x", "passport", "x"))),
        attrs.evolve(sign(), borrower="x"),
        "no_current_account",
    ),
    "a borrower that is suspended": (
        {},
        lambda b: b.do(SuspendParty("b", "fraud")),
        sign(),
        "party_suspended",
    ),
    "a borrower suspended after the contract": (
        {},
        then(signed, lambda b: b.do(SuspendParty("b", "fraud"))),
        Disburse("p", "l"),
        "party_suspended",
    ),
    "a borrower whose account is closed after the contract": (
        {},
        then(signed, lambda b: b.do(CloseAccount("b"))),
        Disburse("p", "l"),
        "no_current_account",
    ),
    "an account that closes under a loan": ({}, lent, CloseAccount("b"), "contracts_open"),
    "a party erased under a loan": ({}, lent, EraseParty("b"), "contracts_open"),
    "an account that closes under a loan that is lost and claimed": (
        {},
        lost,
        CloseAccount("b"),
        "contracts_open",
    ),
    # --- the push
    "no push": ({"needs_push": True}, nothing, sign(), "not_accepted"),
    "an unknown push": ({"needs_push": True}, nothing, pushed(), "not_accepted"),
    "a push still open": ({"needs_push": True}, lambda b: b.push(state="open"), pushed(), "not_accepted"),
    "a push of another firm": ({"needs_push": True}, lambda b: b.push(firm="x"), pushed(), "not_accepted"),
    "more than was pushed": (
        {"needs_push": True},
        lambda b: b.push(),
        pushed(amount="50,000.01"),
        "not_accepted",
    ),
    "less than was pushed": (
        {"needs_push": True},
        lambda b: b.push(),
        pushed(amount="99.99"),
        "not_accepted",
    ),
    "another term than pushed": ({"needs_push": True}, lambda b: b.push(), pushed(months=7), "not_accepted"),
    "a push of amounts in another unit": (
        {"needs_push": True},
        lambda b: b.push(unit="JPY/0"),
        pushed(),
        "not_accepted",
    ),
    "a contract without the push that the programme asks for": (
        {"needs_push": True},
        nothing,
        sign(terms={"needs_push": False}),
        "bad_terms",
    ),
    "a push with its loan in another programme": (
        {"needs_push": True},
        then(
            lambda b: b.push(),
            lambda b: b.do(OpenProgramme("q")),
            lambda b: b.do(attrs.evolve(pushed(), programme="q")),
        ),
        pushed(),
        "already_taken",
    ),
    "a push that need not be is wrong all the same": ({}, nothing, pushed(), "not_accepted"),
    "a push with its loan": (
        {},
        then(lambda b: b.push(), lambda b: b.do(pushed())),
        pushed(loan="m"),
        "already_taken",
    ),
    # --- disbursement
    "a disbursement without a contract": ({}, nothing, Disburse("p", "l"), "not_accepted"),
    "a push withdrawn after the contract": (
        {"needs_push": True},
        then(lambda b: b.push(), lambda b: b.do(pushed()), lambda b: b.push(state="withdrawn")),
        Disburse("p", "l"),
        "not_accepted",
    ),
    "a disbursement twice": ({}, lent, Disburse("p", "l"), "loan_not_running"),
    "a disbursement to a frozen account": (
        {},
        then(signed, lambda b: b.freeze("bank:demand:b")),
        Disburse("p", "l"),
        "account_frozen",
    ),
    "a disbursement whose last due date the calendar does not know": (
        {"calendar": "CN-SSE", "roll": "following"},
        then(lambda b: b.sign("1,000.00", 47), lambda b: b.close_until(date(2024, 2, 2))),
        Disburse("p", "l"),
        "calendar_exhausted",
    ),
    "a reversal of no disbursement": ({}, signed, ReverseDisbursement("p", "l"), "loan_not_running"),
    "a reversal of no loan": ({}, nothing, ReverseDisbursement("p", "l"), "not_found"),
    "a reversal on the next day": (
        {},
        then(lent, lambda b: b.close()),
        ReverseDisbursement("p", "l"),
        "disbursement_stands",
    ),
    "a reversal after a prepayment": (
        {},
        then(lent, lambda b: b.prepay("0.01")),
        ReverseDisbursement("p", "l"),
        "disbursement_stands",
    ),
    "a reversal of what is spent": (
        {},
        then(lent, lambda b: b.spend("0.01")),
        ReverseDisbursement("p", "l"),
        "balance_floor_breached",
    ),
    # --- payments
    "a repayment before the disbursement": (
        {},
        signed,
        Repay("p", "l", "b", cny("1.00")),
        "loan_not_running",
    ),
    "a repayment before anything is due": ({}, lent, Repay("p", "l", "b", cny("1.00")), "nothing_due"),
    "a repayment of more than is due": (
        {},
        then(lent, lambda b: b.close_until(date(2024, 2, 29))),
        Repay("p", "l", "b", cny("168.80")),
        "payment_exceeds",
    ),
    "a repayment without money": ({}, overdue, Repay("p", "l", "b", cny("1.00")), "balance_floor_breached"),
    "a repayment in another unit": ({}, lent, Repay("p", "l", "b", USD), "unit_mismatch"),
    "a repayment of another's loan": ({}, lent, Repay("p", "l", "x", cny("1.00")), "borrower_differs"),
    "a prepayment of more than is left": (
        {},
        lent,
        Prepay("p", "l", "b", cny("1,000.01")),
        "payment_exceeds",
    ),
    "a prepayment when all is due": (
        {},
        then(overdue, lambda b: b.close_until(date(2024, 8, 1))),
        Prepay("p", "l", "b", cny("0.01")),
        "payment_exceeds",
    ),
    "a prepayment in another unit": ({}, lent, Prepay("p", "l", "b", USD), "unit_mismatch"),
    "a prepayment of what is due alone": (
        {},
        then(overdue, lambda b: b.pay_in("168.79")),
        Prepay("p", "l", "b", cny("1.00")),
        "balance_floor_breached",
    ),
    "an early repayment without money": ({}, overdue, RepayEarly("p", "l", "b"), "balance_floor_breached"),
    "an early repayment twice": ({}, repaid, RepayEarly("p", "l", "b"), "loan_not_running"),
    # --- losses
    "a write-off of a loan repaid": (
        {},
        repaid,
        ProposeWriteOff("p", "l", "insolvent"),
        "loan_not_running",
    ),
    "a write-off that nobody proposed": ({}, lent, Approve("p", "l", "write-off", 1), "nothing_proposed"),
    "a write-off approved by who proposed it": (
        {},
        then(lent, lambda b: b.do(ProposeWriteOff("p", "l", "insolvent"), actor=HAN)),
        Approve("p", "l", "write-off", 1),
        "same_person",
    ),
    "a write-off rejected by who proposed it": (
        {},
        then(lent, lambda b: b.do(ProposeWriteOff("p", "l", "insolvent"), actor=HAN)),
        Reject("p", "l", "write-off", 1),
        "same_person",
    ),
    "a write-off that was proposed anew": (
        {},
        then(lent, propose, propose),
        Approve("p", "l", "write-off", 1),
        "stale_proposal",
    ),
    "a rejection of what was proposed anew": (
        {},
        then(lent, propose, propose),
        Reject("p", "l", "write-off", 1),
        "stale_proposal",
    ),
    "a write-off of what was prepaid meanwhile": (
        {},
        then(lent, propose, lambda b: b.prepay("0.01")),
        Approve("p", "l", "write-off", 1),
        "stale_proposal",
    ),
    "a write-off of what was repaid meanwhile": (
        {},
        then(lent, propose, lambda b: b.pay_in("10.00"), lambda b: b.repay_early()),
        Approve("p", "l", "write-off", 1),
        "stale_proposal",
    ),
    "a rejection of nothing": ({}, lent, Reject("p", "l", "recovery", 1), "nothing_proposed"),
    "a decision on no loan": ({}, nothing, Approve("p", "l", "write-off", 1), "not_found"),
    "a recovery of a loan that runs": (
        {},
        lent,
        ProposeRecovery("p", "l", cny("1.00")),
        "loan_not_running",
    ),
    "a recovery of more than was lost": (
        {},
        lost,
        ProposeRecovery("p", "l", cny("1,000.01")),
        "recovery_exceeds",
    ),
    "a recovery in another unit": ({}, lost, ProposeRecovery("p", "l", USD), "unit_mismatch"),
    "a recovery of what the borrower does not have": (
        {},
        then(lost, spent, propose_recovery),
        Approve("p", "l", "recovery", 1),
        "balance_floor_breached",
    ),
    "a recovery approved a second time": (
        {},
        then(lost, lambda b: b.recover("600.00")),
        Approve("p", "l", "recovery", 1),
        "nothing_proposed",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refusals(name: str) -> None:
    terms, before, command, code = CASES[name]
    book = Lender(**terms)
    before(book)
    book.refused(code, command)
    assert book.sound()


def test_a_write_off_proposed_early_is_not_approved_late() -> None:
    """Proposed on the day of the disbursement; after seven instalments it would lose what can be paid."""
    book = Lender()
    book.lend("10,000.00", 12)
    propose(book)
    book.pay_in("10,000.00")
    book.close_days(215)
    approve = Approve("p", "l", "write-off", 1)
    book.refused("stale_proposal", approve)
    book.refused("stale_proposal", Approve("p", "l", "write-off", 2))
    propose(book)
    assert book.bank.report("loan", "proposals").rows[0][:4] == ("write-off", "p:l", 2, "li")
    book.do(Approve("p", "l", "write-off", 2))
    assert book.balance("loan:p:l:principal") == 0
    assert book.sound()


def test_every_refusal_speaks() -> None:
    day = date(2024, 1, 31)
    assert [
        str(refusal)
        for refusal in (
            NotAccepted("l", "no contract is signed"),
            BorrowerDiffers("l", "x"),
            LoanNotRunning("l", "repaid"),
            DisbursementStands("l", day, "its day is over"),
            NothingDue("l", day),
            PaymentExceeds("l", 1_00, 1_01, "CNY/2"),
            RecoveryExceeds("l", 1_00, 1_01, "CNY/2"),
        )
    ] == [
        "loan l cannot be made: no contract is signed",
        "loan l is not one of x",
        "loan l is repaid",
        "the disbursement of loan l on 2024-01-31 stands: its day is over",
        "nothing of loan l is due before 2024-01-31",
        "of loan l 1.00 CNY can be paid so, 1.01 CNY offered",
        "of loan l 1.00 CNY are lost, 1.01 CNY recovered",
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: sign(months=0),
        lambda: sign(months=361),
        lambda: sign(months=True),
        lambda: Prepay("p", "l", "b", cny("1.00"), "nothing"),
        lambda: Approve("p", "l", "dividend", 1),
        lambda: ProposeWriteOff("p", "l", " "),
    ],
)
def test_commands_that_make_no_sense(make: Callable[[], Any]) -> None:
    with pytest.raises(BadCommand):
        make()


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_amounts_are_above_zero(amount: str) -> None:
    with pytest.raises(NotPositive):
        sign(amount)


@pytest.mark.parametrize(
    "terms",
    [
        {"rate": "24.01%"},
        {"rate": "-1%"},
        {"fee": "3.01%"},
        {"penalty_factor": "1.51"},
        {"penalty_factor": "0.99"},
        {"grace_days": 31},
        {"method": "balloon"},
        {"basis": "30/360"},
        {"roll": "sideways"},
        {"calendar": "MARS"},
        {"posting": "weekly"},
        {"month_end": "yes"},
        "no table",
    ],
)
def test_terms_out_of_bounds(terms: Any) -> None:
    with pytest.raises(BadTerms):
        LoanTerms.from_data(terms)


def test_who_may_not() -> None:
    book = Lender()
    lent(book)
    for actor, command in (
        ("customer:x", Repay("p", "l", "b", cny("1.00"))),
        ("customer:b", Disburse("p", "l")),
        ("customer:b", ProposeWriteOff("p", "l", "insolvent")),
    ):
        with pytest.raises(Exception, match="may not") as caught:
            book.bank.handle(command, "k", Actor.parse(actor))
        assert caught.value.code == "actor_not_permitted"  # type: ignore[attr-defined]


def test_the_last_day_there_is_cannot_be_closed() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date.max)
    bank.handle(OpenProgramme("p"), "1")
    with pytest.raises(BadDate, match="no day follows"):
        bank.close_day(date.max, ahead=True)


def test_a_loan_beyond_the_last_year_is_refused() -> None:
    book = Lender(on=date(9999, 6, 1))
    book.refused("bad_date", sign(months=7))


@pytest.mark.parametrize(
    "end", [repaid, then(lent, lambda b: b.reverse()), then(lost, lambda b: b.recover("1,000.00"))]
)
def test_once_a_loan_is_over_its_borrower_may_leave(end: Act) -> None:
    book = Lender()
    end(book)
    book.do(CloseAccount("b"))
    book.refused("retention_runs", EraseParty("b"))
    assert book.sound()


def test_a_closed_demand_account_pays_nothing() -> None:
    book = Lender()
    overdue(book)
    book.freeze("bank:demand:b", Status.CLOSED)
    book.close_days(2)
    assert book.read().days_overdue(book.books.today) == 3


def test_a_contract_past_what_is_announced_says_so_when_it_is_signed() -> None:
    """By a term it goes on by weekends; what does not roll needs no calendar."""
    book = Lender(calendar="CN-SSE", roll="following", past_calendar="weekends")
    book.sign("360,000.00", 360)
    (told,) = Feed(book.bank.ledger, after=0).notices(["calendar-ends"])
    assert (told.party, told.subject) == ("b", "p:l")
    assert told.data["known_to"] == "2026-12-31"
    assert told.data["last"].startswith("2054-")
