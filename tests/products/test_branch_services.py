"""Slots of appointments, who is told and who does not come; the live queue, its visitors and its counters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.products.network import FIRST, Network
from tests.products.test_branch_queue import Hall
from tests.products.test_branch_rounds import told

from bankcore.errors import BadCommand
from bankcore.product.actor import Actor
from bankcore.products.branch import (
    BookAppointment,
    CancelAppointment,
    CloseBranch,
    EndService,
    LeaveQueue,
    OfferService,
    OpenCounters,
    ServeTicket,
    TakeTicket,
    TransferTicket,
)

NEXT = FIRST + timedelta(days=1)


def book_at(book: Network, person: str, at: str, on: date = NEXT, service: str = "") -> BookAppointment:
    return BookAppointment("n", "west", person, f"a-{person}", on, at, service)


def own(book: Network, report: str, actor: str) -> list[tuple[object, ...]]:
    return [row[1:] for row in book.bank.report("branch", report, Actor.parse(actor)).rows]


def test_a_slot_of_a_service_takes_so_many_and_a_cancelled_place_is_free() -> None:
    book = Network()
    book.do(OfferService("n", "west", "mortgage", 45, 2), actor="officer:west")
    book.refused("actor_not_permitted", OfferService("n", "west", "mortgage", 45, 9), "officer:east")
    for person, at in (("u1", "09:00"), ("u2", "09:44"), ("u3", "09:45")):
        book.do(book_at(book, person, at, service="mortgage"), actor=f"customer:{person}")
    refusal = book.refused("slot_full", book_at(book, "u4", "09:10", service="mortgage"))
    assert (refusal["slot"], refusal["capacity"]) == ("09:00", 2)
    book.refused("not_found", CancelAppointment("n", "west", "u2", "a-u1"), "customer:u2")
    book.do(CancelAppointment("n", "west", "u1", "a-u1"), actor="customer:u1")
    book.refused("not_found", CancelAppointment("n", "west", "u1", "a-u1"))
    book.do(book_at(book, "u4", "09:10", service="mortgage"))
    assert own(book, "services", "customer:u1") == [("west", "mortgage", 45, 2)]
    book.do(EndService("n", "west", "mortgage"))
    book.refused("not_found", EndService("n", "west", "mortgage"))
    book.refused("not_found", book_at(book, "u5", "11:00", service="mortgage"))
    assert own(book, "appointments", "customer:u1") == [
        ("west", "a-u1", "u1", NEXT, "09:00", "mortgage", "cancelled")
    ]
    assert book.sound()
    with pytest.raises(BadCommand):
        OfferService("n", "west", "mortgage", 481, 1)


def test_who_is_expected_is_told_the_day_before_and_who_does_not_come_is_noted() -> None:
    book = Network(slot_capacity=1)
    book.do(book_at(book, "u1", "09:00"))
    book.do(book_at(book, "u2", "10:00"))
    book.do(book_at(book, "u3", "11:00"))
    book.refused("slot_full", book_at(book, "u4", "11:29"))
    book.do(book_at(book, "now", "12:00", FIRST))
    assert told(book, "now", "appointment-due") == ["n:west:a-now"]
    book.do(CancelAppointment("n", "west", "u3", "a-u3"))
    assert not told(book, "u1", "appointment-due")
    book.close()
    assert told(book, "u1", "appointment-due") == ["n:west:a-u1"]
    assert not told(book, "u3", "appointment-due")
    book.do(OpenCounters("n", "west", 1))
    book.do(TakeTicket("n", "west", "u1", "t", "09:00", "a-u1"))
    book.close()
    states = {row[1]: row[-1] for row in book.rows("appointments")}
    assert states == {"a-now": "missed", "a-u1": "kept", "a-u2": "missed", "a-u3": "cancelled"}
    book.refused("not_found", CancelAppointment("n", "west", "u2", "a-u2"))
    book.do(CloseBranch("n", "west", FIRST + timedelta(days=9)))
    book.refused("not_found", OfferService("n", "south", "x", 5, 1))
    assert book.sound()


def test_place_and_wait_are_asked_at_any_time_and_who_leaves_makes_room() -> None:
    book = Hall(1)
    for ticket in ("a", "b", "c"):
        book.take(ticket)
    assert own(book, "waiting", "customer:uc") == [("west", "c", "uc", 3, 20)]
    assert own(book, "waiting", "customer:x") == []
    book.refused("not_found", LeaveQueue("n", "west", "b", "09:01", "uc"), "customer:uc")
    book.do(LeaveQueue("n", "west", "b", "09:01", "ub"), actor="customer:ub")
    book.refused("ticket_in_state", LeaveQueue("n", "west", "b", "09:01", "ub"))
    assert own(book, "waiting", "customer:uc") == [("west", "c", "uc", 2, 10)]
    assert book.call(at="09:02") == "a"
    assert told(book, "ua", "queue-called") == [f"n:west:{FIRST}:a"]
    book.do(LeaveQueue("n", "west", "a", "09:03", "ua"))
    assert book.call(at="09:04") == "c", "the counter is free again"
    book.do(OpenCounters("n", "west", 2))
    assert [(row[1], row[3]) for row in book.rows("visitors")] == [
        ("a", "left"),
        ("b", "left"),
        ("c", "called"),
    ]
    assert own(book, "visitors", "customer:uc") == []
    book.close()
    assert book.rows("visitors") == book.rows("waiting") == []
    assert book.sound()


def test_a_ticket_goes_on_at_another_counter() -> None:
    book = Hall(3)
    for ticket in ("a", "b"):
        book.take(ticket)
    book.call(1)
    book.refused("ticket_in_state", TransferTicket("n", "west", "b", "09:00", 3))
    book.call(2)
    book.do(ServeTicket("n", "west", "a", "09:01"))
    assert book.refused("counter_busy", TransferTicket("n", "west", "a", "09:02", 2))["ticket"] == "b"
    book.refused("no_counter", TransferTicket("n", "west", "a", "09:02", 4))
    book.do(TransferTicket("n", "west", "a", "09:02", 3), actor="officer:west")
    assert book.record("queue", "west", FIRST.isoformat())["at"] == {"2": "b", "3": "a"}
    assert book.sound()
