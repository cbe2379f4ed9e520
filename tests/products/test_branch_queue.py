"""The queue of a branch: who is called when, who is missed, how long one waits."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.products.network import Network

from bankcore.errors import BadCommand
from bankcore.products.branch import (
    BookAppointment,
    CallAgain,
    CallNext,
    FinishTicket,
    GivePriority,
    MissTicket,
    OpenCounters,
    ServeTicket,
    TakeTicket,
)
from bankcore.products.branch.lines import Line, wait


class Hall(Network):
    """The queue of branch "west" with two counters."""

    def __init__(self, counters: int = 2) -> None:
        super().__init__()
        self.do(OpenCounters("n", "west", counters))

    def take(self, ticket: str, at: str = "09:00", first: bool = False, **given: object) -> None:
        if first:
            self.do(GivePriority("n", f"u{ticket}"))
        self.do(TakeTicket("n", "west", f"u{ticket}", ticket, at, **given))  # type: ignore[arg-type]

    def call(self, counter: int = 1, at: str = "09:00") -> str:
        self.do(CallNext("n", "west", counter, at))
        called: str = self.record("queue", "west", self.today.isoformat())["at"][str(counter)]
        return called

    def serve(self, ticket: str, start: str, end: str) -> None:
        self.do(ServeTicket("n", "west", ticket, start))
        self.do(FinishTicket("n", "west", ticket, end))

    def miss(self, ticket: str, at: str = "09:00") -> None:
        for _ in range(2):
            self.do(CallAgain("n", "west", ticket, at))
        self.do(MissTicket("n", "west", ticket, at))

    def ticket(self, ticket: str) -> dict[str, object]:
        return self.record("ticket", "west", self.today.isoformat(), ticket)

    def waiting(self) -> list[str]:
        data = self.record("queue", "west", self.today.isoformat())
        return Line(data["priority"], data["ordinary"], data["run"]).order(3)


def test_one_ordinary_is_called_after_three_of_priority() -> None:
    book = Hall()
    for ticket in ("o1", "o2"):
        book.take(ticket)
    for ticket in ("p1", "p2", "p3", "p4", "p5"):
        book.take(ticket, first=True)
    called = []
    while book.waiting():
        called.append(book.call())
        book.serve(called[-1], "09:00", "09:00")
    assert called == ["p1", "p2", "p3", "o1", "p4", "p5", "o2"]
    assert book.sound()


def test_the_expected_wait_is_ahead_times_mean_service_by_counters() -> None:
    book = Hall()
    book.take("a")
    assert (book.ticket("a")["ahead"], book.ticket("a")["wait"]) == (0, 0)
    book.take("b")
    assert book.ticket("b")["wait"] == 5  # 1 x 10 minutes / 2 counters
    for ticket, end in (("a", "09:06"), ("b", "09:07")):
        start = "09:00" if ticket == "a" else "09:06"
        book.call(at=start)
        book.serve(ticket, start, end)
    for ticket in "cdef":
        book.take(ticket, at="09:10")
    assert [book.ticket(ticket)["wait"] for ticket in "cdef"] == [0, 2, 4, 6]  # mean of 6 and 1 minutes
    assert wait(7, Fraction(13, 2), 2) == 23
    book.do(OpenCounters("n", "west", 1))
    book.take("g", at="09:10", first=True)
    assert book.ticket("g")["ahead"] == 0
    assert book.rows("queues") == [("west", "2024-05-01", 7, 1, 2, 0, "3.00", "3.50")]


def test_the_mean_wait_is_that_until_the_first_call() -> None:
    book = Hall()
    book.take("a", "09:00")
    book.take("b", "09:05")
    book.call(at="09:10")
    book.miss("a", "09:12")
    book.call(at="09:30")
    book.call(2, at="09:30")
    assert {row[6] for row in book.rows("queues")} == {"17.50"}  # 10 and 25
    assert book.ticket("a")["called_at"] == "09:10"


def test_a_missed_ticket_moves_back_three_places_once_then_is_void() -> None:
    book = Hall()
    for ticket in ("a", "b", "c", "d", "e"):
        book.take(ticket)
    assert book.call() == "a"
    assert book.refused("calls_left", MissTicket("n", "west", "a", "09:00"))["calls"] == 1
    book.miss("a")
    assert book.waiting() == ["b", "c", "d", "a", "e"]
    for ticket in ("b", "c", "d"):
        assert book.call() == ticket
        book.serve(ticket, "09:00", "09:00")
    assert book.call() == "a"
    book.miss("a")
    assert book.ticket("a")["state"] == "void"
    assert book.waiting() == ["e"]
    assert book.rows("queues")[0][5] == 1
    assert book.sound()


def test_a_call_is_repeated_three_times_in_all() -> None:
    book = Hall()
    book.take("a")
    book.call()
    for _ in range(2):
        book.do(CallAgain("n", "west", "a", "09:01"))
    book.refused("ticket_in_state", CallAgain("n", "west", "a", "09:01"))


@pytest.mark.parametrize(
    ("at", "first"), [("09:49", False), ("09:50", True), ("10:10", True), ("10:11", False)]
)
def test_an_appointment_counts_within_ten_minutes(at: str, first: bool) -> None:
    book = Hall()
    book.do(BookAppointment("n", "west", "ua", "a1", date(2024, 5, 1), "10:00"))
    book.take("o", "09:00")
    book.take("a", at, appointment="a1")
    assert book.waiting() == (["a", "o"] if first else ["o", "a"])
    book.refused("not_found", TakeTicket("n", "west", "ua", "b", at, "a1"))


def test_an_appointment_is_for_its_person_and_day() -> None:
    book = Hall()
    book.do(BookAppointment("n", "west", "ua", "a1", date(2024, 5, 2), "10:00"))
    book.refused("not_found", TakeTicket("n", "west", "ub", "b", "10:00", "a1"))
    book.take("a", "10:00", appointment="a1")
    assert book.ticket("a")["priority"] is False
    with pytest.raises(BadCommand, match="before the business date"):
        book.do(BookAppointment("n", "west", "ua", "a2", date(2024, 4, 30), "10:00"))


def test_every_day_begins_an_empty_queue() -> None:
    book = Hall()
    book.take("a", "17:00")
    book.close()
    book.refused("no_counter", TakeTicket("n", "west", "ua", "a", "08:00"))
    book.do(OpenCounters("n", "west", 1))
    book.take("a", "08:00")
    assert book.waiting() == ["a"]
    assert book.sound()


def test_what_a_queue_refuses() -> None:
    book = Hall()
    book.refused("queue_empty", CallNext("n", "west", 1, "09:00"))
    book.refused("no_counter", CallNext("n", "west", 3, "09:00"))
    book.refused("not_found", OpenCounters("n", "south", 1))
    book.refused("not_found", BookAppointment("n", "south", "u", "a", date(2024, 5, 1), "09:00"))
    book.do(BookAppointment("n", "west", "u", "a", date(2024, 5, 1), "09:00"))
    book.refused("already_taken", BookAppointment("n", "west", "v", "a", date(2024, 5, 1), "09:00"))
    book.take("a", "09:30")
    book.refused("time_backwards", TakeTicket("n", "west", "u", "b", "09:29"))
    book.refused("already_taken", TakeTicket("n", "west", "u", "a", "09:30"))
    book.take("b", "09:30")
    book.call(at="09:30")
    assert book.refused("counter_busy", CallNext("n", "west", 1, "09:30"))["ticket"] == "a"
    book.refused("ticket_in_state", ServeTicket("n", "west", "b", "09:30"))
    book.refused("not_found", ServeTicket("n", "west", "z", "09:30"))
    book.refused("ticket_in_state", FinishTicket("n", "west", "a", "09:30"))
    book.refused("ticket_in_state", MissTicket("n", "west", "b", "09:30"))
    for at in ("9:30", "24:00", "09:60", "", 930):
        with pytest.raises(BadCommand):
            CallNext("n", "west", 1, at)  # type: ignore[arg-type]


tickets = st.lists(st.sampled_from(["priority", "ordinary", "call", "miss"]), max_size=60)


@given(tickets, st.integers(1, 4), st.integers(0, 4))
def test_e10_nobody_waits_for_more_priority_calls_in_a_row(steps: list[str], most: int, places: int) -> None:
    """Whatever comes and is missed; and a line's order is that of its calls."""
    line, in_a_row, called = Line([], []), 0, ("", True)
    for number, step in enumerate(steps):
        waited = bool(line.ordinary)
        if step == "priority":
            line = Line([*line.priority, f"p{number}"], line.ordinary, line.run)
        elif step == "ordinary":
            line = Line(line.priority, [*line.ordinary, f"o{number}"], line.run)
        elif step == "miss" and called[0]:
            before = line.order(most)
            line = line.put_back(*called, places, most)
            after = line.order(most)
            for kind in "po":  # among each kind nobody overtakes
                others = [it for it in after if it != called[0] and it[0] == kind]
                assert others == [it for it in before if it[0] == kind]
            assert sorted(after) == sorted([*before, called[0]])
            assert after.index(called[0]) <= places + most  # further only until its line's turn
            called = ("", True)
        elif step == "call" and line.order(most):
            ticket = line.order(most)[0]
            found, line = line.take(most)
            assert found == ticket
            called = (found, found.startswith("p"))
            in_a_row = in_a_row + 1 if called[1] and waited else 0
            assert in_a_row <= most
    assert len(line.order(most)) == len(line.priority) + len(line.ordinary)
