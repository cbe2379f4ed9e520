"""What became of pushes: the word of both sides, and loans that count by themselves."""

from __future__ import annotations

from datetime import date

import pytest
from tests.products.holders import cny
from tests.products.network import BULLET, Network
from tests.products.test_branch_rounds import told

from bankcore.errors import BadCommand
from bankcore.products import loan as loans
from bankcore.products.branch import AcceptPush, GiveFeedback, TellOutcome


def accepted(opened_on: date = date(2024, 1, 31)) -> Network:
    book = Network(opened_on=opened_on)
    book.template()
    book.firm()
    book.push()
    book.refused("push_closed", TellOutcome("n", "f", "p", "visited", 4))
    book.do(AcceptPush("n", "f", "p", months=12))
    book.customer("f")
    return book


def lend(book: Network, disburse: bool = True) -> None:
    book.do(loans.OpenProgramme("x", BULLET))  # type: ignore[arg-type]
    amount = cny("50,000.00")
    book.do(loans.SignContract("x", "l", "f", amount, 12, network="n", push="p"))
    if disburse:
        book.do(loans.Disburse("x", "l"))


def test_a_firm_says_itself_what_came_of_a_push() -> None:
    book = accepted()
    book.acquire("g")
    book.do(TellOutcome("n", "f", "p", "visited", 4), actor="customer:f")
    assert told(book, "west", "push-feedback") == ["n:p"]
    book.do(GiveFeedback("n", "west", "p", "contacted"))
    assert book.rows("pushes")[0][11:] == ("contacted", "visited", 4)
    book.refused("not_found", TellOutcome("n", "g", "p", "visited", 4), "customer:g")
    book.refused("actor_not_permitted", TellOutcome("n", "f", "p", "visited", 4), "officer:west")
    book.do(GiveFeedback("n", "west", "p", "refused"))
    book.do(TellOutcome("n", "f", "p", "refused", 1))
    assert book.rows("pushes")[0][11:] == ("refused", "refused", 1)
    for stars in (0, 6):
        with pytest.raises(BadCommand):
            TellOutcome("n", "f", "p", "visited", stars)
    assert book.sound()


def test_a_loan_on_a_push_counts_without_anybody_saying_so_and_alerts_follow_it() -> None:
    book = accepted()
    lend(book, disburse=False)
    book.close()
    assert book.record("lead", "f")["chosen"] == "p", "nothing is paid out yet"
    book.do(loans.Disburse("x", "l"))
    book.close()
    lead, push = book.record("lead", "f"), book.record("push", "p")
    assert (lead["chosen"], lead["lent"], lead["steps"]["lent"]) == ("", ["p"], "2024-02-01")
    assert (push["outcome"], push["lender"], push["loan"]) == ("lent", "x", "l")
    book.refused("push_closed", GiveFeedback("n", "west", "p", "lent", "x", "l"))
    assert book.sound()
    book.close_until(date(2025, 2, 5))
    assert [row[1:3] for row in book.rows("alerts") if row[1] == "overdue"] == [("overdue", "x.l")]


def test_a_reversed_loan_counts_for_nothing_and_one_that_was_told_counts_once() -> None:
    book = accepted()
    lend(book)
    book.do(loans.ReverseDisbursement("x", "l"))
    book.close()
    assert book.record("lead", "f")["lent"] == []
    told_of = accepted()
    lend(told_of)
    told_of.do(GiveFeedback("n", "west", "p", "lent", "x", "l"))
    told_of.close()
    assert told_of.record("lead", "f")["lent"] == ["p"]
    refused = accepted()
    lend(refused)
    refused.do(GiveFeedback("n", "west", "p", "refused"))
    refused.close()
    assert refused.record("push", "p")["state"] == "refused"
    assert book.sound()
    assert refused.sound()
