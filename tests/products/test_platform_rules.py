"""What the platform does: registration, the market, escrow, disputes, ratings, fees, entitlements."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from tests.products.exchange import FACTS, Exchange
from tests.products.holders import CNY, cny
from tests.products.people import HAN, LI
from tests.saying import said

from bankcore.amounts import Amount
from bankcore.errors import KeyConflict
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.actor import Actor
from bankcore.products import current, parties
from bankcore.products.deposit_modes import OfferMode, Visit
from bankcore.products.enterprise import (
    ApproveEnterprise,
    ChangeTerms,
    LeavePlatform,
    OpenProgramme,
    PayFee,
    RegisterEnterprise,
    RejectEnterprise,
    facts_of,
)
from bankcore.products.enterprise.activity import Activity, activity_of
from bankcore.products.enterprise.entitlements import worth_of
from bankcore.products.enterprise.ratings import grade_of
from bankcore.products.platform import (
    ApproveResolution,
    DisputeTrade,
    ProposeResolution,
    PublishSupply,
    RateTrade,
    RejectResolution,
    WithdrawDispute,
    WithdrawOffer,
    matches,
)
from bankcore.products.platform.market import Offer
from bankcore.products.platform.matching import matches_of
from bankcore.rates import Rate

OFFICER = Actor.parse("officer:mei")


def best(book: Exchange, offer: str) -> list[str]:
    """The ids of an offer's matches, the best first."""
    return [row[1] for row in matches(book.books, "p", offer).rows]


# --- registration ---------------------------------------------------------------------------------


def test_facts_count_once_a_second_person_approved_them() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS))
    assert book.table("members") == []
    book.do(ApproveEnterprise("p", "e", 1))
    assert facts_of(book.books, "p", "e", OFFICER) == {
        **FACTS,
        "registered_capital": 1_000_000_00,
        "registered_on": "2024-05-01",
    }
    book.close_until(date(2024, 5, 3))
    book.do(RegisterEnterprise("p", "e", **{**FACTS, "place": "Hangzhou"}), actor=Actor.parse("customer:e"))
    assert facts_of(book.books, "p", "e", OFFICER)["place"] == "Ningbo"
    book.do(ApproveEnterprise("p", "e", 3))
    assert facts_of(book.books, "p", "e", OFFICER)["place"] == "Hangzhou"
    assert facts_of(book.books, "p", "e", OFFICER)["registered_on"] == "2024-05-01"


def test_facts_that_are_rejected_can_be_submitted_again() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS))
    book.do(RejectEnterprise("p", "e", 1))
    (row,) = book.table("registrations")
    assert (row["state"], row["submitted by"], row["decided by"]) == ("rejected", "li", "han")
    book.join("e", proposal=3)
    assert book.sound()


def test_what_is_personal_is_masked_in_every_listing() -> None:
    book = Exchange("e")
    (row,) = book.table("members")
    assert row["legal representative"] == "L* L**"
    assert row["contact"] == "H** M***** 138****5678"
    for actor, contact in {
        "customer:e": "Han Meimei 13812345678",
        "officer:mei": "Han Meimei 13812345678",
        "customer:x": "H** M***** 138****5678",
        "operator:e": "H** M***** 138****5678",
    }.items():
        assert facts_of(book.books, "p", "e", Actor.parse(actor))["contact"] == contact
    shown = str(
        [book.bank.report("enterprise", name) for name in book.bank.products.named("enterprise").reports]
    )
    entries = book.bank.ledger.reader.entries(0)
    shown += str([(e.transaction.description, e.transaction.agreement) for e in entries])
    shown += str(list(book.bank.ledger.reader.accounts()))
    for secret in ("Li Lei", "Han Meimei", "13812345678"):
        assert secret not in shown


def test_a_key_used_twice_does_not_tell_what_is_personal() -> None:
    book = Exchange(())
    book.register("e", kind="firm")
    book.register("f", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS), key="k")
    other = RegisterEnterprise("p", "e", **{**FACTS, "contact": "Wang"})
    with pytest.raises(KeyConflict) as caught:
        book.do(other, key="k")
    assert (caught.value.field, caught.value.stored, caught.value.given) == (
        "personal",
        "(personal)",
        "(personal)",
    )
    both = [RegisterEnterprise("p", "f", **FACTS), other]
    book.bank.handle_all(both, "l", LI)
    with pytest.raises(KeyConflict) as caught:
        book.bank.handle_all(both[:1], "l", LI)
    assert "138" not in str(caught.value)


def test_facts_about_people_are_erased_with_the_party() -> None:
    book = Exchange("ef")
    book.do(RegisterEnterprise("p", "e", **{**FACTS, "contact": "Wang Wu 13900001111"}))
    book.do(parties.OpenProgramme("register", parties.PartyTerms(retention_years=0)))
    book.refused("contracts_open", parties.EraseParty("e"))
    book.do(LeavePlatform("p", "e"))
    book.do(current.CloseAccount("e"), actor=HAN)
    book.do(parties.EraseParty("e"))
    text = said(book.bank.ledger.reader)
    assert "Wang Wu" not in text
    assert "13900001111" not in text
    assert "Han Meimei" in text  # of f
    row = next(it for it in book.table("members") if it["enterprise"] == "e")
    assert (row["legal representative"], row["contact"], row["name"]) == ("", "", FACTS["registered_name"])
    book.refused("party_erased", RegisterEnterprise("p", "e", **FACTS))
    assert book.sound()


# --- the market -----------------------------------------------------------------------------------


def test_the_best_price_comes_first_then_the_earliest() -> None:
    book = Exchange("bstu")
    book.supply("s1", "10.00", "s", 5)
    book.supply("s2", "9.00", "t", 5)
    book.supply("s3", "9.00", "u", 5)
    book.supply("s4", "11.00", "s", 5)
    book.supply("s5", "100.00", "s", 5)
    book.demand("d1", "10.50", "b", 3)
    assert best(book, "d1") == ["s2", "s3", "s1"]
    book.demand("d2", "9.50", "t", 3)
    book.demand("d3", "12.00", "u", 3)
    assert best(book, "s3") == ["d1", "d2"]  # not one's own demand
    assert best(book, "s1") == ["d3", "d1"]
    shown = [(row["demand"], row["supply"], row["seller"]) for row in book.table("matches")]
    assert shown == [("d3", "s2", "t"), ("d1", "s2", "t"), ("d2", "s3", "u")]
    (row, *_) = matches(book.books, "p", "d1").rows
    assert row == (1, "s2", "t", cny("9.00"), 3, date(2024, 5, 1), None)
    before = book.balances()
    assert book.sound()
    assert book.balances() == before


def test_goods_region_minimum_and_days_have_to_fit() -> None:
    book = Exchange("bst")
    book.supply("other", "9.00", "s", 5, minimum=4)
    book.supply("gone", "9.00", "s", 5, until=date(2024, 5, 2))
    book.demand("d", "9.00", "b", 3)
    assert best(book, "d") == ["gone"]
    book.close_until(date(2024, 5, 3))
    assert best(book, "d") == []
    assert book.books.record("platform.offer", "p:gone").data["state"] == "expired"  # type: ignore[union-attr]
    book.do(WithdrawOffer("p", "s", "other"))
    assert [row["offer"] for row in book.table("market")] == ["d"]
    assert book.sound()


def test_an_offer_that_ran_out_is_no_match_before_the_day_is_closed() -> None:
    book = Exchange()
    book.supply("s1", "9.00", until=date(2024, 5, 1))
    book.demand("d1", "9.00", until=date(2024, 5, 1))
    assert best(book, "d1") == ["s1"]
    book.do(book.accepting("t", "d1", "s1", "b"))
    book.close_until(date(2024, 5, 4))
    assert book.table("market") == []
    book.cancel("t", "b")  # nothing goes back to a market that it has left
    assert book.table("market") == []
    assert book.sound()


@pytest.mark.parametrize(("party", "price"), [("b", "9.00"), ("s", "10.00")])
def test_who_accepts_a_match_takes_the_price_of_the_other(party: str, price: str) -> None:
    book = Exchange()
    book.supply("s1", "9.00", quantity=5, days=8)
    book.demand("d1", "10.00", quantity=8, days=8)
    book.do(book.accepting("t", "d1", "s1", party, deliver_by=date(2024, 5, 9)))
    trade = book.read("t")
    assert trade.total == cny(price).quantity * 5
    assert (trade.buyer, trade.seller, trade.deliver_by) == ("b", "s", date(2024, 5, 9))
    (row,) = book.table("market")
    assert (row["offer"], row["left"]) == ("d1", 3)
    assert not book.balances()  # a match posts nothing


def test_a_part_is_traded_and_returns_to_its_place() -> None:
    book = Exchange("bst")
    book.supply("s1", "9.00", "s", 5, minimum=2)
    book.supply("s2", "9.00", "t", 5)
    book.demand("d1", "9.00", "b", 9)
    book.do(book.accepting("t1", "d1", "s1", "b", 3))
    assert best(book, "d1") == ["s1", "s2"]
    book.do(book.accepting("t2", "d1", "s1", "b"))
    assert best(book, "d1") == ["s2"]
    book.cancel("t1", "s")
    assert best(book, "d1") == ["s1", "s2"]
    assert book.state("t1") == "cancelled"
    assert book.sound()
    book.do(WithdrawOffer("p", "b", "d1"))
    book.cancel("t2", "b")
    assert book.books.record("platform.offer", "p:d1").data["left"] == 9  # type: ignore[union-attr]
    assert best(book, "s1") == []
    assert book.sound()


def test_a_queue_begins_with_what_is_open() -> None:
    book = Exchange()
    for number in range(1, 6):
        book.supply(f"s{number}", "9.00")
    book.demand("d1", "9.00", quantity=9)
    for gone in ("s2", "s3", "s1"):
        book.do(WithdrawOffer("p", "s", gone))
    level = next(iter(book.books.records("platform.level", "p:supply")))
    assert level.data == {"open": 2, "first": 4, "last": 5}
    book.do(book.accepting("t", "d1", "s4", "b"))
    book.do(WithdrawOffer("p", "s", "s5"))
    assert best(book, "d1") == []
    book.cancel("t", "b")
    book.supply("s6", "9.00")
    assert best(book, "d1") == ["s4", "s6"]
    assert book.sound()


class Counting:
    """Books that count the records they give out."""

    def __init__(self, books: Books) -> None:
        self.books, self.read = books, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.books, name)

    def record(self, kind: str, id: str) -> Record | None:
        self.read += kind.startswith("platform.")
        return self.books.record(kind, id)

    def records(self, *asked: Any) -> list[Record]:
        found = list(self.books.records(*asked))
        self.read += len(found)
        return found


def test_matching_reads_nothing_that_does_not_matter() -> None:
    def read(others: int) -> int:
        book = Exchange("bst")
        for number in range(others):  # dearer, elsewhere, and gone
            book.supply(f"dear{number}", f"{10 + number}.00")
            book.do(PublishSupply("p", "t", f"far{number}", "lamp", "harbin", cny("1.00"), 1))
            book.supply(f"gone{number}", "9.00")
            book.do(WithdrawOffer("p", "s", f"gone{number}"))
        book.supply("s1", "9.00")
        book.demand("d1", "9.00")
        books: Any = Counting(book.books)
        (found,) = matches_of(books, Offer.existing(book.books, "p", "d1"))
        assert found.offer.id == "p:s1"
        return int(books.read)

    assert read(60) == read(30)


# --- escrow ---------------------------------------------------------------------------------------


def test_releases_are_rounded_once_over_the_trade() -> None:
    book = Exchange(fee="3%", entitlements=0)
    book.trade("t", "0.10")
    paid = []
    for _ in range(3):
        book.accept("t", "1/3")
        paid.append(book.read("t").released)
    assert paid == [3, 7, 10]
    assert book.state("t") == "settled"
    assert book.demand_of("s") + book.balance("bank:fee-income") == 10
    account = book.books.account(AccountPath("platform:p:escrow:t"))
    assert account is not None
    assert account.status.value == "closed"
    assert book.sound()


def test_the_fee_is_that_of_the_day_of_the_match() -> None:
    book = Exchange(fee="1%")
    book.trade("t", "100.00")
    book.do(ChangeTerms("p", {"fee": "2%"}))
    book.accept("t")
    assert book.balance("bank:fee-income") == 1_00
    book.trade("u", "100.00")
    book.accept("u")
    assert book.balance("bank:fee-income") == 3_00
    book.do(ChangeTerms("p", {"fee": "3%"}, date(2024, 6, 1)))
    assert book.sound()


def test_both_cancel() -> None:
    book = Exchange(delivery_days=3)
    book.trade("t", "100.00")
    book.cancel("t", "s", "s")
    assert book.state("t") == "funded"
    book.cancel("t", "b")
    assert book.state("t") == "cancelled"
    assert book.demand_of("b") == 100_00
    assert book.live("b") == 0
    assert book.sound()


def test_a_delivery_takes_back_what_was_agreed_before() -> None:
    book = Exchange()
    book.trade("t", "100.00")
    book.cancel("t", "s")
    book.accept("t", "1/2")
    book.cancel("t", "b")
    assert book.state("t") == "funded"
    book.cancel("t", "s")
    assert book.state("t") == "settled"
    assert (book.read("t").released, book.read("t").returned) == (50_00, 50_00)
    assert book.sound()


# --- disputes -------------------------------------------------------------------------------------


def test_two_people_resolve_a_dispute() -> None:
    book = Exchange(fee="1%")
    book.trade("t", "90.00")
    book.accept("t", "1/3")
    book.do(DisputeTrade("p", "t", "b", "broken lamps"))
    (row,) = book.table("escrow")
    assert row["note"] == "disputed"
    book.do(ProposeResolution("p", "t", Rate.parse("1")))
    book.do(RejectResolution("p", "t", 1))
    book.do(ProposeResolution("p", "t", Rate.parse("1/4")), actor=HAN)
    book.do(ApproveResolution("p", "t", 3), actor=LI)
    trade = book.read("t")
    assert (trade.state.value, trade.released, trade.returned) == ("settled", 45_00, 45_00)
    assert trade.share == Fraction(1, 2)
    assert book.demand_of("s") == 44_55
    assert book.demand_of("b") == 45_00
    assert book.sound()


def test_nothing_for_the_seller_cancels_the_trade() -> None:
    book = Exchange()
    book.trade("t", "90.00")
    book.do(DisputeTrade("p", "t", "s", "not collected"))
    book.do(ProposeResolution("p", "t", Rate.parse("0")))
    book.do(ApproveResolution("p", "t", 1))
    assert book.state("t") == "cancelled"
    assert book.demand_of("b") == 90_00
    assert book.sound()


def test_who_disputed_may_withdraw_it_and_what_was_proposed_falls() -> None:
    book = Exchange()
    book.trade("t", "90.00")
    for _ in range(2):
        book.do(DisputeTrade("p", "t", "s", "a mistake"))
        book.do(WithdrawDispute("p", "t", "s"))
    book.do(DisputeTrade("p", "t", "s", "a mistake"))
    book.do(ProposeResolution("p", "t", Rate.parse("1")))
    book.do(WithdrawDispute("p", "t", "s"))
    book.do(DisputeTrade("p", "t", "b", "no mistake"))
    book.refused("nothing_proposed", ApproveResolution("p", "t", 1))
    assert book.state("t") == "funded"


# --- ratings and activity -------------------------------------------------------------------------


def test_parties_rate_each_other_and_grades_follow() -> None:
    book = Exchange()
    for trade, stars in (("t1", 5), ("t2", 4), ("t3", 1)):
        book.trade(trade, "10.00")
        book.accept(trade)
        book.do(RateTrade("p", trade, "b", stars))
    book.do(RateTrade("p", "t1", "s", 1))
    assert [grade_of(book.books, "p", it) for it in ("s", "b", "x")] == ["C", "D", "C"]
    rows = {row["enterprise"]: (row["ratings"], row["stars"], row["grade"]) for row in book.table("ratings")}
    assert rows == {"s": (3, 10, "C"), "b": (1, 1, "D")}


def test_a_window_of_activity() -> None:
    book = Exchange()
    book.do(OfferMode("p", "FIN"))
    book.do(Visit("p", "b", "FIN"))
    book.trade("t1", "10.00")
    book.accept("t1")
    book.close_until(date(2024, 5, 3))
    book.trade("t2", "30.00", freight=True)
    book.accept("t2", "1/3")
    found = activity_of(book.books, "p", "b", 90)
    assert found == Activity(payments=20_00, freight=10_00, trades=1, visits={"FIN": 1, "PROC": 2})
    found = activity_of(book.books, "p", "s", 90)
    assert found == Activity(receipts=20_00, trades=1, visits={"SALES": 1, "LOG": 1})
    assert activity_of(book.books, "p", "s", 1) == Activity(receipts=10_00, visits={"LOG": 1})
    book.close_until(date(2024, 5, 4))
    assert activity_of(book.books, "p", "s", 1) == Activity(visits={})
    assert activity_of(book.books, "p", "s", 10**7).trades == 1


# --- fees and entitlements ------------------------------------------------------------------------


def test_a_members_discount_is_rounded_over_all_fees_of_trades_and_others() -> None:
    book = Exchange(fee="1%", entitlements=0)
    book.member("s", "20%")
    book.trade("t", "99.00")
    book.accept("t", "1/3")  # 0.33 less 0.07
    book.accept("t", "2/3")  # 0.66 less 0.13: 0.99 x 20% is 0.198
    assert book.balance("bank:fee-income") == 79
    assert book.discounts("s") == 20
    book.pay_fee("s", "0.01")
    assert book.balance("bank:fee-income") == 80
    assert book.no_member("s", claw_back=False) == 0
    assert book.discounts("s") == 0
    head = book.bank.ledger.reader.head()
    assert (book.no_member("b", claw_back=True), book.no_member("s", claw_back=True)) == (0, 0)
    assert book.bank.ledger.reader.head() == head  # nothing is written of who has none
    book.member("s", "50%")
    assert book.discounts("s") == 0
    book.pay_fee("s", "1.00")
    assert book.discounts("s") == 50
    assert book.sound()


def test_a_membership_without_fees_owes_nothing() -> None:
    book = Exchange()
    book.member("s", "20%")
    assert book.no_member("s", claw_back=True) == 0
    assert book.table("fees") == []


def test_entitlements_pay_first_what_expires_first_at_the_face_of_their_day() -> None:
    book = Exchange("es", fee="0")
    book.deposit("e", "100.00")
    for total in ("2,000.00", "1,000.00"):
        book.trade(total.replace(",", ""), total, "e", "s")
        book.accept(total.replace(",", ""), buyer="e")
        book.do(ChangeTerms("p", {"face": "4.00", "life_months": 7}))
    assert worth_of(book.books, "p", "e") == 6 * 2_50 + 3 * 4_00
    book.pay_fee("e", "30.00", 8)
    assert worth_of(book.books, "p", "e") == 4_00
    assert book.demand_of("e") == 100_00 - (30_00 - 6 * 2_50 - 2 * 4_00)
    (row,) = [row for row in book.table("entitlements") if row["enterprise"] == "e"]
    assert (row["live"], row["redeemed"], row["worth"]) == (1, 8, Amount(4_00, CNY))
    assert row["next expiry"] == date(2024, 12, 31)
    (row,) = book.table("liability")
    assert (row["live"], row["liability"]) == (1 + 9, Amount(4_00 + 6 * 2_50 + 3 * 4_00, CNY))
    book.close_until(date(2025, 1, 2))
    assert [row["live"] for row in book.table("entitlements")] == [0, 0]
    assert [row["next expiry"] for row in book.table("entitlements")] == [None, None]
    assert book.balance("platform:p:entitlement-liability") == 0
    assert book.sound()


def test_entitlements_that_expired_pay_nothing_before_the_day_is_closed() -> None:
    book = Exchange(life_months=1)
    book.trade("t", "1,000.00")
    book.accept("t")
    book.close_until(date(2024, 6, 30))
    book.deposit("b", "10.00")
    book.pay_fee("b", "2.50", 1)
    book.close_until(date(2024, 7, 1))
    assert book.live("b") == 2
    assert book.refused("entitlements_short", PayFee("p", "b", cny("2.50"), 1))["live"] == 0
    book.bank.close_day(date(2024, 7, 1))
    assert book.live("b") == 0
    assert book.bank.close_day(date(2024, 7, 1)).transactions == 0
    assert book.sound()


def test_reports_of_an_empty_bank_are_empty() -> None:
    book = Exchange(())
    products = map(book.bank.products.named, ("enterprise", "platform"))
    names = [name for product in products for name in product.reports]
    assert {name: book.table(name) for name in names if name != "liability"} == {
        name: [] for name in names if name != "liability"
    }


def test_trades_and_fees_show_where_the_money_is() -> None:
    book = Exchange(fee="1%")
    book.trade("t", "90.00")
    book.accept("t", "1/3")
    (row,) = book.table("trades")
    assert {name: str(row[name]) for name in ("state", "total", "escrow", "paid", "fee", "returned")} == {
        "state": "funded",
        "total": "90.00 CNY",
        "escrow": "60.00 CNY",
        "paid": "29.70 CNY",
        "fee": "0.30 CNY",
        "returned": "0.00 CNY",
    }
    book.do(DisputeTrade("p", "t", "b", "late"))
    assert book.table("trades")[0]["state"] == "disputed"
    (row,) = book.table("fees")
    assert [str(row[it]) for it in ("charged", "discount", "in entitlements", "in money", "clawed back")] == [
        "0.30 CNY",
        "0.00 CNY",
        "0.00 CNY",
        "0.30 CNY",
        "0.00 CNY",
    ]
    book.close_until(date(2024, 5, 15))
    assert book.table("escrow")[0]["age"] == "8 to 30 days"
    book.close_until(date(2024, 6, 15))
    assert book.table("escrow")[0]["age"] == "over 30 days"


def test_two_platforms_share_the_bank_and_its_customers() -> None:
    book = Exchange()
    book.do(OpenProgramme("q"))
    book.do(RegisterEnterprise("q", "b", **FACTS))
    book.do(ApproveEnterprise("q", "b", 1))
    book.trade("t", "10.00")
    book.accept("t")
    assert [row["programme"] for row in book.table("members")] == ["p", "p", "q"]
    assert book.sound()
