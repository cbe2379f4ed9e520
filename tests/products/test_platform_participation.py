"""Enterprises that are suspended, restored and expelled, by two people and with a reason."""

from __future__ import annotations

from datetime import date

from tests.products.exchange import FACTS, cny
from tests.products.firms import Firms
from tests.products.people import HAN, LI

from bankcore.product.actor import Actor
from bankcore.products.deposit_modes import OpenMode, TopUp
from bankcore.products.enterprise import (
    ApproveEnterprise,
    ApproveParticipation,
    ProposeParticipation,
    RegisterEnterprise,
    RejectParticipation,
)
from bankcore.products.platform import PublishSupply


class Club(Firms):
    """A platform whose officers li and han decide about its members."""

    def step(self, step: str, enterprise: str = "s") -> None:
        self.do(ProposeParticipation("p", enterprise, step, "false goods"), actor=LI)
        (*_, row) = [it for it in self.report("participation") if it["enterprise"] == enterprise]
        self.do(ApproveParticipation("p", enterprise, row["proposal"]), actor=HAN)

    def told(self, enterprise: str = "s") -> list[str]:
        return [it.data["step"] for it in self.books.versions("notice", f"{enterprise}:participation:p")]


def publishing(offer: str = "o9") -> PublishSupply:
    return PublishSupply("p", "s", offer, "lamp", "ningbo", cny("1.00"), 1)


def test_a_suspended_enterprise_goes_on_with_its_trades_and_begins_nothing() -> None:
    book = Club("bs", modes=["LOG"], fee="0%")
    book.open("LOG", "s")
    book.cash("10.00", "s")
    book.trade("t", "100.00")
    book.match("u", "50.00", "s", "b")
    book.supply("open", "9.00")
    book.demand("want", "9.00")
    book.step("suspend")
    assert (book.report("matches"), book.told()) == ([], ["suspend"])
    book.refused(publishing(), "enterprise_suspended")
    book.refused(TopUp("p", "s", "LOG", cny("1.00")), "enterprise_suspended")
    book.refused(OpenMode("p", "s", "LOG", {}), "enterprise_suspended")
    book.refused(book.accepting("v", "want", "open", "b"), "not_matched")
    book.accept("t")
    book.cash("40.00", "s")
    book.fund("u", "s")  # what was agreed before
    assert book.demand_of("s") == 100_00
    assert book.sound()


def test_a_suspension_survives_new_facts_and_is_lifted_by_two_people() -> None:
    book = Club("bs", modes=[])
    book.step("suspend")
    book.do(RegisterEnterprise("p", "s", **{**FACTS, "place": "Hangzhou"}))
    book.do(ApproveEnterprise("p", "s", 3))
    book.refused(publishing(), "enterprise_suspended")
    book.refused(ProposeParticipation("p", "s", "suspend", "again"), "stands_so")
    book.step("restore")
    book.do(publishing())
    assert book.told() == ["suspend", "restore"]
    book.refused(ProposeParticipation("p", "s", "restore", "again"), "stands_so")


def test_an_enterprise_is_expelled_after_its_last_trade_and_its_modes_run_on() -> None:
    book = Club("bs", modes=["LOG"], delivery_days=2)
    book.open("LOG", "s")
    book.fill("LOG", "10.00", "s")
    book.trade("t", "100.00")
    book.do(ProposeParticipation("p", "s", "expel", "false goods"), actor=LI)
    book.refused(ApproveParticipation("p", "s", 1), "contracts_open", HAN)
    book.close_until(date(2024, 5, 4))
    book.do(ApproveParticipation("p", "s", 1), actor=HAN)
    book.refused(publishing(), "not_approved")
    assert {row["enterprise"] for row in book.table("recommendations")} == {"b"}
    book.refused(RegisterEnterprise("p", "s", **FACTS), "enterprise_expelled")
    book.refused(ProposeParticipation("p", "s", "expel", "again"), "enterprise_expelled")
    book.withdraw("LOG", "10.00", "s")
    assert book.demand_of("s") == 10_00
    book.step("restore")  # it may register again
    book.join("s", proposal=3)
    book.do(publishing())
    assert book.told() == ["expel", "restore"]
    assert book.sound()


def test_two_people_decide_on_what_both_have_seen() -> None:
    book = Club("bs", modes=[])
    book.do(ProposeParticipation("p", "s", "suspend", "false goods"), actor=LI)
    book.refused(ApproveParticipation("p", "s", 1), "same_person", LI)
    book.refused(ApproveParticipation("p", "s", 2), "stale_proposal", HAN)
    book.refused(ApproveParticipation("p", "b", 1), "nothing_proposed", HAN)
    book.refused(
        ProposeParticipation("p", "s", "expel", "x"), "actor_not_permitted", Actor.parse("customer:b")
    )
    book.do(RejectParticipation("p", "s", 1), actor=HAN)
    book.do(publishing())
    table = book.bank.report("enterprise", "participation", Actor.parse("customer:s"))
    assert [row[2:6] for row in table.rows] == [
        (1, "suspend", "false goods", "open"),
        (2, "suspend", "false goods", "rejected"),
    ]
    assert not book.bank.report("enterprise", "participation", Actor.parse("customer:b")).rows
