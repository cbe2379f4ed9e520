"""The second person sees what he approves, and that he saw it stays on record."""

from __future__ import annotations

from typing import Any

from tests.products.exchange import FACTS, Exchange
from tests.products.people import HAN, LI

from bankcore.product.actor import Actor
from bankcore.products.enterprise import ApproveEnterprise, InspectRegistration, RegisterEnterprise


def seen(book: Exchange, actor: Actor | None) -> dict[str, Any]:
    table = book.bank.report("enterprise", "registrations", actor)
    (row,) = table.rows
    return dict(zip(table.columns, row, strict=True))


def proposed() -> Exchange:
    book = Exchange(())
    book.register("e", kind="firm")
    book.do(RegisterEnterprise("p", "e", **FACTS), actor=LI)
    return book


def test_the_checker_sees_the_seven_facts_before_he_approves_them() -> None:
    book = proposed()
    before = seen(book, HAN)
    assert (before["place"], str(before["registered capital"])) == ("Ningbo", "1,000,000.00 CNY")
    assert (before["legal representative"], before["contact"]) == ("L* L**", "H** M***** 138****5678")
    book.do(InspectRegistration("p", "e", 1), actor=HAN)
    assert seen(book, HAN)["legal representative"] == "Li Lei"
    book.do(ApproveEnterprise("p", "e", 1), actor=HAN)
    assert seen(book, HAN)["contact"] == "Han Meimei 13812345678"
    for other in (LI, None, Actor.parse("customer:e"), Actor.parse("system:eod")):
        assert seen(book, other)["contact"] == "H** M***** 138****5678"
    assert book.sound()


def test_each_inspection_is_a_record_of_access_of_one_proposal() -> None:
    book = proposed()
    book.do(InspectRegistration("p", "e", 1), actor=HAN)
    book.do(RegisterEnterprise("p", "e", **{**FACTS, "contact": "Wang Wu"}), actor=LI)
    assert seen(book, HAN)["contact"] == "W*** W*"
    book.refused("stale_proposal", InspectRegistration("p", "e", 1), HAN)
    book.refused("actor_not_permitted", InspectRegistration("p", "e", 2), Actor.parse("customer:e"))
    book.do(InspectRegistration("p", "e", 2), actor=HAN)
    table = book.bank.report("enterprise", "accesses", LI)
    assert [row[:4] for row in table.rows] == [("p", "e", "han", 1), ("p", "e", "han", 2)]
    entries = str([entry.transaction.description for entry in book.bank.ledger.reader.entries(0)])
    assert "Wang" not in entries
