"""The queue of a branch on one day: tickets taken, called, missed, served."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from attrs import evolve

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh
from bankcore.product.refusals import NotFound
from bankcore.products.branch import commands, registry
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.lines import Line, minutes, wait
from bankcore.products.branch.refusals import (
    CallsLeft,
    CounterBusy,
    NoCounter,
    QueueEmpty,
    TicketInState,
    TimeBackwards,
)
from bankcore.products.branch.terms import BranchTerms

__all__ = [
    "book_appointment",
    "call_again",
    "call_next",
    "finish_ticket",
    "miss_ticket",
    "open_counters",
    "serve_ticket",
    "take_ticket",
]

_NOBODY: Mapping[str, Any] = {
    "counters": 0, "priority": [], "ordinary": [], "run": 0, "at": {}, "served": 0, "minutes": 0, "last": "",
}  # fmt: skip


def open_counters(terms: BranchTerms, command: commands.OpenCounters, books: Books) -> Plan:
    """Say how many counters are open; a ticket at one that closes is still served.  Refuses: NotFound."""
    day = _Day(terms, command, books)
    day.data["counters"] = command.counters
    return day.plan("counters", f"{command.counters} counters at branch {command.branch}")


def book_appointment(terms: BranchTerms, command: commands.BookAppointment, books: Books) -> Plan:
    """Note a day and time.  Refuses: NotFound, BadCommand for a past day, AlreadyTaken."""
    programme, branch = command.programme, command.branch
    existing(books, registry.BRANCH, programme, branch)
    if command.on < books.today:
        raise BadCommand("on", f"{command.on} is before the business date {books.today}")
    fresh(books, registry.APPOINTMENT, programme, branch, command.appointment)
    draft = Draft(books, terms, programme)
    data = {"person": command.person, "on": command.on.isoformat(), "at": command.at, "ticket": ""}
    draft.write(registry.APPOINTMENT, branch, command.appointment, **data)
    return draft.plan("appointment", f"appointment {command.appointment} at branch {branch}")


def take_ticket(terms: BranchTerms, command: commands.TakeTicket, books: Books) -> Plan:
    """Wait in the line of priority, or in the ordinary one; the expected wait is in the ticket's record.

    An appointment counts within its minutes, once; outside of them the ticket is an ordinary one.
    Refuses, in this order: NotFound, TimeBackwards, AlreadyTaken, NoCounter while none is open.
    """
    day = _Day(terms, command, books, command.at)
    fresh(books, registry.TICKET, command.programme, command.branch, day.today, command.ticket)
    if not day.data["counters"]:
        raise NoCounter(command.branch, 1)
    priority = command.priority or (bool(command.appointment) and day.keep_appointment(command))
    line = day.line
    if priority:
        day.line = evolve(line, priority=[*line.priority, command.ticket])
    else:
        day.line = evolve(line, ordinary=[*line.ordinary, command.ticket])
    ahead = day.line.order(terms.priority_run).index(command.ticket)
    day.ticket(
        command.ticket,
        **{"person": command.person, "priority": priority, "state": "waiting", "calls": 0, "missed": 0},
        **{"taken_at": command.at, "called_at": "", "served_at": "", "done_at": "", "counter": 0},
        **{"ahead": ahead, "wait": wait(ahead, day.service, day.data["counters"])},
    )
    return day.plan("ticket", f"ticket {command.ticket} at branch {command.branch}")


def call_next(terms: BranchTerms, command: commands.CallNext, books: Books) -> Plan:
    """Call whoever is next to a counter.

    Refuses, in this order: NotFound, TimeBackwards, NoCounter, CounterBusy, QueueEmpty.
    """
    day, counter = _Day(terms, command, books, command.at), command.counter
    if counter > day.data["counters"]:
        raise NoCounter(command.branch, counter)
    if busy := day.data["at"].get(str(counter)):
        raise CounterBusy(counter, busy)
    if not day.line.priority and not day.line.ordinary:
        raise QueueEmpty(command.branch)
    ticket, day.line = day.line.take(terms.priority_run)
    day.data["at"] = {**day.data["at"], str(counter): ticket}
    called_at = day.stored(ticket)["called_at"] or command.at
    day.ticket(ticket, state="called", calls=1, counter=counter, called_at=called_at)
    return day.plan("call", f"ticket {ticket} to counter {counter}")


def call_again(terms: BranchTerms, command: commands.CallAgain, books: Books) -> Plan:
    """Call a ticket once more.  Refuses: NotFound, TimeBackwards, TicketInState, also after all calls."""
    day = _Day(terms, command, books, command.at)
    calls = day.checked(command.ticket, "called")["calls"]
    if calls == terms.calls:
        raise TicketInState(command.ticket, f"called {calls} times")
    day.ticket(command.ticket, calls=calls + 1)
    return day.plan("call", f"ticket {command.ticket} once more")


def miss_ticket(terms: BranchTerms, command: commands.MissTicket, books: Books) -> Plan:
    """Put a ticket back that was called in vain, or void it the second time.

    Refuses, in this order: NotFound, TimeBackwards, TicketInState, CallsLeft.
    """
    day, ticket = _Day(terms, command, books, command.at), command.ticket
    data = day.checked(ticket, "called")
    if data["calls"] < terms.calls:
        raise CallsLeft(ticket, data["calls"], terms.calls)
    if data["missed"]:
        day.ticket(ticket, state="void", missed=2, counter=0)
    else:
        places, run = terms.places_back, terms.priority_run
        day.line = day.line.put_back(ticket, data["priority"], places, run)
        day.ticket(ticket, state="waiting", missed=1, calls=0, counter=0)
    day.free(data["counter"])
    return day.plan("miss", f"ticket {ticket} is missed")


def serve_ticket(terms: BranchTerms, command: commands.ServeTicket, books: Books) -> Plan:
    """Begin to serve.  Refuses: NotFound, TimeBackwards, TicketInState unless it was called."""
    day = _Day(terms, command, books, command.at)
    day.checked(command.ticket, "called")
    day.ticket(command.ticket, state="serving", served_at=command.at)
    return day.plan("serve", f"ticket {command.ticket} is served")


def finish_ticket(terms: BranchTerms, command: commands.FinishTicket, books: Books) -> Plan:
    """End serving; the minutes count for the mean.  Refuses: NotFound, TimeBackwards, TicketInState."""
    day = _Day(terms, command, books, command.at)
    data = day.checked(command.ticket, "serving")
    day.data["served"] += 1
    day.data["minutes"] += minutes(command.at) - minutes(data["served_at"])
    day.ticket(command.ticket, state="done", done_at=command.at)
    day.free(data["counter"])
    return day.plan("finish", f"ticket {command.ticket} is done")


class _Day:
    """The queue of one branch today, as a command changes it."""

    def __init__(self, terms: BranchTerms, command: Any, books: Books, at: str = "") -> None:
        self.terms, self.books = terms, books
        self.branch, self.today = command.branch, books.today.isoformat()
        self._draft = Draft(books, terms, command.programme)
        existing(books, registry.BRANCH, command.programme, self.branch)
        stored = books.record(registry.QUEUE, f"{command.programme}:{self.branch}:{self.today}")
        self.data: dict[str, Any] = dict(_NOBODY if stored is None else stored.data)
        if at and at < self.data["last"]:
            raise TimeBackwards(at, self.data["last"])
        self.data["last"] = at or self.data["last"]

    @property
    def line(self) -> Line:
        return Line(self.data["priority"], self.data["ordinary"], self.data["run"])

    @line.setter
    def line(self, line: Line) -> None:
        self.data.update(priority=line.priority, ordinary=line.ordinary, run=line.run)

    @property
    def service(self) -> Fraction:
        """The mean minutes of those served today."""
        served, minutes = self.data["served"], self.data["minutes"]
        return Fraction(minutes, served) if served else Fraction(self.terms.service_minutes)

    def stored(self, ticket: str) -> dict[str, Any]:
        return self._draft.data(registry.TICKET, self.branch, self.today, ticket)

    def checked(self, ticket: str, state: str) -> dict[str, Any]:
        """The ticket's data; raises NotFound, TicketInState."""
        data = self.stored(ticket)
        if data["state"] != state:
            raise TicketInState(ticket, data["state"])
        return data

    def ticket(self, ticket: str, **changes: Any) -> None:
        self._draft.write(registry.TICKET, self.branch, self.today, ticket, **changes)

    def free(self, counter: int) -> None:
        self.data["at"] = {name: it for name, it in self.data["at"].items() if name != str(counter)}

    def keep_appointment(self, command: commands.TakeTicket) -> bool:
        """Whether the person keeps it in time; then it is used up.  Raises NotFound."""
        id = command.appointment
        data = self._draft.data(registry.APPOINTMENT, self.branch, id)
        if data["person"] != command.person or data["ticket"]:
            raise NotFound("appointment", id)
        self._draft.write(registry.APPOINTMENT, self.branch, id, ticket=command.ticket)
        late = abs(minutes(command.at) - minutes(data["at"]))
        return bool(data["on"] == self.today and late <= self.terms.window_minutes)

    def plan(self, kind: str, text: str) -> Plan:
        self._draft.write(registry.QUEUE, self.branch, self.today, **self.data)
        return self._draft.plan(kind, text)
