"""What secures a loan: collateral that officers register and release, guarantors who bind themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.products.holders import cny
from tests.products.lender import Lender
from tests.products.people import HAN, LI

from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.product.parties import open_contracts
from bankcore.products.loan import (
    AcceptGuarantee,
    ApproveExtension,
    ApproveRelease,
    AskGuarantor,
    DeclineGuarantee,
    Disburse,
    ProposeExtension,
    ProposeRelease,
    RegisterCollateral,
    RejectRelease,
    ReleaseCollateral,
    RevalueCollateral,
)
from bankcore.products.parties import SuspendParty
from bankcore.rates import Rate
from bankcore.testing import registration

GIVEN = Actor.parse("customer:g")


def lender(**terms: Any) -> Lender:
    """A signed loan of 1,000.00 over a year, of which 120% has to be covered; g is another party."""
    book = Lender(rate="12%", coverage="120%", automatic=False, **terms)
    for command in registration("g"):
        book.do(command)
    book.sign("1,000.00", 12)
    return book


def pledge(book: Lender, value: str, collateral: str = "shop", share: str = "60%") -> None:
    command = RegisterCollateral("p", "l", collateral, "building", cny(value), Rate.parse(share))
    book.do(command, actor=LI)


def guaranteed(book: Lender, amount: str = "600.00") -> None:
    book.do(AskGuarantor("p", "l", "g", cny(amount)))
    book.do(AcceptGuarantee("p", "l", "g", cny(amount), 12), actor=GIVEN)


def told(book: Lender, party: str, topic: str) -> dict[str, Any] | None:
    record = book.books.record(NOTICE, f"{party}:{topic}:l")
    return None if record is None else dict(record.data)


def bound(book: Lender, party: str = "g") -> list[str]:
    return [it.ids[2] for it in open_contracts(book.books, party) if it.ids[1] == "loan"]


def test_a_loan_is_disbursed_once_it_is_covered() -> None:
    book = lender()
    pledge(book, "999.99")
    refusal = book.refusal(Disburse("p", "l"))
    assert (refusal["code"], refusal["covered"], refusal["needed"]) == ("coverage_short", 599_99, 1_200_00)
    book.do(AskGuarantor("p", "l", "g", cny("600.01")))
    book.refused("coverage_short", Disburse("p", "l"))  # who is asked is not bound
    assert told(book, "g", "guarantee-asked") == {
        "on": "2024-01-31", "programme": "p", "borrower": "b", "amount": "600.01 CNY", "months": "12",
    }  # fmt: skip
    book.do(AcceptGuarantee("p", "l", "g", cny("600.01"), 12), actor=GIVEN)
    assert bound(book) == []
    book.do(Disburse("p", "l"))
    assert bound(book) == ["p/l/guarantee"]
    row = ["p", "l", "b", "1000.00 CNY", "599.99 CNY", "600.01 CNY", "1200.00 CNY", "0.00 CNY"]
    assert [[it.replace(",", "") for it in row] for row in book.printed("coverage")] == [row]
    assert book.printed("guarantees")[0][-2:] == ["accepted", "2024-01-31"]
    assert book.printed("collateral")[0][3:5] == ["shop", "building"]
    assert book.sound()


def test_nobody_but_the_guarantor_binds_it_and_to_what_it_saw() -> None:
    book = lender()
    book.do(AskGuarantor("p", "l", "g", cny("600.00")))
    accept = AcceptGuarantee("p", "l", "g", cny("600.00"), 12)
    book.refused("actor_not_permitted", accept, LI)
    book.refused("actor_not_permitted", accept, Actor.parse("customer:b"))
    book.do(AskGuarantor("p", "l", "g", cny("700.00")))  # another amount before it is accepted
    refusal = book.refusal(accept, GIVEN)
    assert (refusal["code"], refusal["now"]) == ("terms_moved", "700.00 CNY for 12 months")
    book.refused("terms_moved", AcceptGuarantee("p", "l", "g", cny("700.00"), 11), GIVEN)
    accept = AcceptGuarantee("p", "l", "g", cny("700.00"), 12)
    book.do(SuspendParty("g", "a query"))
    book.refused("party_suspended", accept, GIVEN)


def test_a_guarantor_declines_and_may_be_asked_again() -> None:
    book = lender()
    book.refused("bad_command", AskGuarantor("p", "l", "b", cny("1.00")))
    book.refused("not_found", AskGuarantor("p", "l", "nobody", cny("1.00")))
    book.refused("not_found", DeclineGuarantee("p", "l", "g"), GIVEN)
    book.do(AskGuarantor("p", "l", "g", cny("600.00")))
    book.do(DeclineGuarantee("p", "l", "g"), actor=GIVEN)
    assert book.printed("guarantees")[0][-2] == "declined"
    guaranteed(book)
    book.refused("already_taken", DeclineGuarantee("p", "l", "g"), GIVEN)
    book.refused("already_taken", AcceptGuarantee("p", "l", "g", cny("600.00"), 12), GIVEN)
    book.refused("already_taken", AskGuarantor("p", "l", "g", cny("500.00")))


def test_a_guarantor_is_bound_until_the_loan_ends() -> None:
    book = lender()
    pledge(book, "2,000.00")
    book.do(Disburse("p", "l"))
    guaranteed(book)  # while it runs
    assert bound(book) == ["p/l/guarantee"]
    book.pay_in("1,000.00")
    book.repay_early()
    assert bound(book) == bound(book, "b") == []
    book.refused("loan_not_running", AskGuarantor("p", "l", "g", cny("1.00")))
    command = RegisterCollateral("p", "l", "car", "vehicle", cny("1.00"), Rate.parse("50%"))
    book.refused("loan_not_running", command)
    assert book.sound()


def test_a_guarantor_suspended_meanwhile_is_not_bound_by_the_disbursement() -> None:
    book = lender()
    pledge(book, "2,000.00")
    guaranteed(book)
    book.do(SuspendParty("g", "a query"))
    book.refused("party_suspended", Disburse("p", "l"))


def test_a_value_that_falls_below_the_coverage_is_told_once() -> None:
    book = lender()
    pledge(book, "2,000.00")
    book.do(Disburse("p", "l"))
    book.do(RevalueCollateral("p", "l", "shop", cny("2,100.00")))
    assert told(book, "b", "covenant") is None
    book.do(RevalueCollateral("p", "l", "shop", cny("1,999.00")))
    notice = {"on": "2024-01-31", "programme": "p", "covered": "1,199.40 CNY", "needed": "1,200.00 CNY"}
    assert told(book, "b", "covenant") == notice
    book.do(RevalueCollateral("p", "l", "shop", cny("1,000.00")))
    assert told(book, "b", "covenant") == notice
    assert book.printed("coverage")[0][-1] == "600.00 CNY"
    book.pay_in("600.00")
    book.prepay("500.00")
    assert book.printed("coverage")[0][-1] == "0.00 CNY"
    assert book.sound()


def test_collateral_is_released_by_one_only_where_the_rest_covers_the_loan() -> None:
    book = lender()
    pledge(book, "2,000.00")
    pledge(book, "100.00", "car")
    book.do(Disburse("p", "l"))
    release = ReleaseCollateral("p", "l", "shop")
    refusal = book.refusal(release)
    assert (refusal["code"], refusal["covered"], refusal["needed"]) == ("coverage_short", 60_00, 1_200_00)
    book.do(ReleaseCollateral("p", "l", "car"))
    assert told(book, "b", "collateral-released") == {
        "on": "2024-01-31",
        "programme": "p",
        "collateral": "car",
    }
    book.refused("collateral_released", ReleaseCollateral("p", "l", "car"))
    book.refused("collateral_released", RevalueCollateral("p", "l", "car", cny("1.00")))
    book.refused("actor_not_permitted", release, Actor.parse("customer:b"))
    book.pay_in("1,000.00")
    book.repay_early()
    book.do(release)  # of a loan that is repaid
    assert [row[7] for row in book.printed("collateral")] == ["0.00 CNY", "0.00 CNY"]
    assert book.printed("coverage") == []
    assert book.sound()


def test_two_officers_release_what_the_coverage_needs() -> None:
    book = lender()
    pledge(book, "2,000.00")
    book.do(Disburse("p", "l"))
    book.do(ProposeRelease("p", "l", "shop", "another bank takes it over"))
    assert book.printed("proposals") == [["release", "p:l:shop", "1", "li", "2024-01-31"]]
    book.refused("same_person", ApproveRelease("p", "l", "shop", 1), LI)
    book.do(RevalueCollateral("p", "l", "shop", cny("2,500.00")))
    book.refused("stale_proposal", ApproveRelease("p", "l", "shop", 1))
    book.do(RejectRelease("p", "l", "shop", 1))
    book.do(ProposeRelease("p", "l", "shop", "another bank takes it over"))
    book.do(ApproveRelease("p", "l", "shop", 3), actor=HAN)
    assert told(book, "b", "covenant") is not None
    assert book.printed("coverage")[0][-1] == "1,200.00 CNY"
    book.refused("collateral_released", ProposeRelease("p", "l", "shop", "again"))
    assert book.sound()


def test_what_was_lost_and_not_recovered_stays_covered() -> None:
    book = lender()
    pledge(book, "2,000.00")
    book.do(Disburse("p", "l"))
    book.write_off()
    book.refused("coverage_short", ReleaseCollateral("p", "l", "shop"))
    book.recover("1,000.00")
    book.do(ReleaseCollateral("p", "l", "shop"))


def test_a_guarantor_is_asked_anew_when_a_loan_runs_longer() -> None:
    book = lender()
    pledge(book, "1,000.00")
    guaranteed(book)
    book.do(Disburse("p", "l"))
    book.close()
    book.do(ProposeExtension("p", "l", 6, "a late harvest"))
    book.do(ApproveExtension("p", "l", 1))
    assert book.printed("coverage")[0][5] == "0.00 CNY"
    asked = told(book, "g", "guarantee-asked")
    assert asked is not None
    assert (asked["on"], asked["months"]) == ("2024-02-01", "18")
    assert told(book, "b", "covenant") is not None
    book.refused("terms_moved", AcceptGuarantee("p", "l", "g", cny("600.00"), 12), GIVEN)
    book.do(AcceptGuarantee("p", "l", "g", cny("600.00"), 18), actor=GIVEN)
    assert book.printed("coverage")[0][5] == "600.00 CNY"
    assert bound(book) == ["p/l/guarantee"]
    book.close_until(date(2024, 2, 5))
    assert book.sound()


@pytest.mark.parametrize("share", ["0%", "101%"])
def test_a_share_is_a_part_of_the_value(share: str) -> None:
    with pytest.raises(Exception, match="share"):
        RegisterCollateral("p", "l", "x", "land", cny("1.00"), Rate.parse(share))


def test_nothing_is_released_or_accepted_that_is_not_there() -> None:
    book = lender()
    pledge(book, "1.00")
    again = RegisterCollateral("p", "l", "shop", "land", cny("1.00"), Rate.parse("50%"))
    book.refused("already_taken", again)
    book.refused("not_found", ReleaseCollateral("p", "l", "barn"))
    book.refused("nothing_proposed", RejectRelease("p", "l", "shop", 1))
