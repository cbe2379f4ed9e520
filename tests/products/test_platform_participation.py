"""Enterprises that are suspended, restored and expelled, by two people and with a reason."""

from __future__ import annotations

from datetime import date

from tests.products.exchange import FACTS
from tests.products.firms import Firms
from tests.products.holders import cny
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
        (*_, row) = [it for it in self.table("participation") if it["enterprise"] == enterprise]
        self.do(ApproveParticipation("p", enterprise, row["proposal"]), actor=HAN)

    def told(self, enterprise: str = "s") -> list[str]:
        return [it.data["step"] for it in self.books.versions("notice", f"{enterprise}:participation:p")]


def publishing(offer: str = "o9") -> PublishSupply:
    return PublishSupply("p", "s", offer, "lamp", "ningbo", cny("1.00"), 1)


def test_a_suspended_enterprise_goes_on_with_its_trades_and_begins_nothing() -> None:
    book = Club("bs", modes=["LOG"], fee="0%")
    book.take("LOG", "s")
    book.cash("10.00", "s")
    book.trade("t", "100.00")
    book.match("u", "50.00", "s", "b")
    book.supply("open", "9.00")
    book.demand("want", "9.00")
    book.step("suspend")
    assert (book.table("matches"), book.told()) == ([], ["suspend"])
    book.refused("enterprise_suspended", publishing())
    book.refused("enterprise_suspended", TopUp("p", "s", "LOG", cny("1.00")))
    book.refused("enterprise_suspended", OpenMode("p", "s", "LOG", {}))
    book.refused("not_matched", book.accepting("v", "want", "open", "b"))
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
    book.refused("enterprise_suspended", publishing())
    book.refused("stands_so", ProposeParticipation("p", "s", "suspend", "again"))
    book.step("restore")
    book.do(publishing())
    assert book.told() == ["suspend", "restore"]
    book.refused("stands_so", ProposeParticipation("p", "s", "restore", "again"))


def test_an_enterprise_is_expelled_after_its_last_trade_and_its_modes_run_on() -> None:
    book = Club("bs", modes=["LOG"], delivery_days=2)
    book.take("LOG", "s")
    book.fill("LOG", "10.00", "s")
    book.trade("t", "100.00")
    book.do(ProposeParticipation("p", "s", "expel", "false goods"), actor=LI)
    book.refused("contracts_open", ApproveParticipation("p", "s", 1), HAN)
    book.close_until(date(2024, 5, 4))
    book.do(ApproveParticipation("p", "s", 1), actor=HAN)
    book.refused("not_approved", publishing())
    assert {row["enterprise"] for row in book.table("recommendations")} == {"b"}
    book.refused("enterprise_expelled", RegisterEnterprise("p", "s", **FACTS))
    book.refused("enterprise_expelled", ProposeParticipation("p", "s", "expel", "again"))
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
    book.refused("same_person", ApproveParticipation("p", "s", 1), LI)
    book.refused("stale_proposal", ApproveParticipation("p", "s", 2), HAN)
    book.refused("nothing_proposed", ApproveParticipation("p", "b", 1), HAN)
    book.refused(
        "actor_not_permitted", ProposeParticipation("p", "s", "expel", "x"), Actor.parse("customer:b")
    )
    book.do(RejectParticipation("p", "s", 1), actor=HAN)
    book.do(publishing())
    table = book.bank.report("enterprise", "participation", Actor.parse("customer:s"))
    assert [row[2:6] for row in table.rows] == [
        (1, "suspend", "false goods", "open"),
        (2, "suspend", "false goods", "rejected"),
    ]
    assert not book.bank.report("enterprise", "participation", Actor.parse("customer:b")).rows
