"""The queue of a branch on one day (排队): tickets taken, called, missed, served.

Every command brings the time of the day with it; `lines` says who is called when.

>>> str(CallsLeft("n1", 1, 3))
'ticket n1 was called 1 times, 3 are needed'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum
from fractions import Fraction
from typing import ClassVar

from attrs import Factory, evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.appointments import OfQueue, at, kept_appointment
from bankcore.products.branch.branches import Branch, open_branch
from bankcore.products.branch.lines import Line, minutes, wait
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher
from bankcore.products.branch.visits import Visit, has_priority

__all__ = [
    "CallAgain", "CallNext", "CallsLeft", "CounterBusy", "FinishTicket", "MissTicket",
    "NoCounter", "OpenCounters", "QueueEmpty", "ServeTicket", "TakeTicket", "TicketInState", "TimeBackwards",
]  # fmt: skip

noun = Noun(__name__)


# --- facts ------------------------------------------------------------------------------------------


class State(Enum):
    """Where a ticket stands."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    DONE = "done"
    VOID = "void"
    LEFT = "left"


@frozen(kw_only=True)
class Ticket(Facts):
    """A place in the queue; `ahead` waited before it when it was taken, for `wait` minutes as expected."""

    KIND: ClassVar = "branch.ticket"  # programme:branch:date:ticket
    person: str
    priority: bool
    state: State = State.WAITING
    calls: int = 0
    missed: int = 0
    taken_at: str
    called_at: str = ""
    served_at: str = ""
    done_at: str = ""
    counter: int = 0
    ahead: int
    wait: int


@frozen(kw_only=True)
class Queue(Facts):
    """Who waits at a branch today, who is at which counter, and for how many minutes others were served."""

    KIND: ClassVar = "branch.queue"  # programme:branch:date
    counters: int = 0
    priority: tuple[str, ...] = ()
    ordinary: tuple[str, ...] = ()
    run: int = 0
    at_counter: Mapping[str, str] = kept(Factory(dict), name="at")
    served: int = 0
    minutes: int = 0
    last: str = ""  # when something last happened

    @property
    def line(self) -> Line:
        """Who waits."""
        return Line(self.priority, self.ordinary, self.run)

    def with_line(self, line: Line) -> Queue:
        """With others who wait."""
        return evolve(self, priority=tuple(line.priority), ordinary=tuple(line.ordinary), run=line.run)

    def freed(self, counter: int) -> Queue:
        """With nobody at a counter."""
        left = {name: ticket for name, ticket in self.at_counter.items() if name != str(counter)}
        return evolve(self, at_counter=left)

    def service(self, expected: int) -> Fraction:
        """The mean minutes of those served today; as expected while there are none."""
        return Fraction(self.minutes, self.served) if self.served else Fraction(expected)


# --- refusals ---------------------------------------------------------------------------------------


class QueueEmpty(ProductRejection):
    sentence = "nobody waits at branch {branch}"
    branch: str


class NoCounter(ProductRejection):
    sentence = "branch {branch} has no counter {counter} open"
    branch: str
    counter: int


class CounterBusy(ProductRejection):
    sentence = "counter {counter} has ticket {ticket}"
    counter: int
    ticket: str


class TicketInState(ProductRejection):
    sentence = "ticket {ticket} is {state}"
    ticket: str
    state: str


class CallsLeft(ProductRejection):
    sentence = "ticket {ticket} was called {calls} times, {needed} are needed"
    ticket: str
    calls: int
    needed: int


class TimeBackwards(ProductRejection):
    sentence = "{at} is before {last}, when something last happened in this queue"
    at: str
    last: str


# --- commands ---------------------------------------------------------------------------------------


@frozen
class OpenCounters(OfQueue):
    """Say how many counters are open today (开放窗口)."""

    counters: int = fields.count("how many")


@frozen
class TakeTicket(OfQueue):
    """Take a ticket; near the time of an appointment, or for a priority customer, it goes first (取号)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}
    person: str = fields.id_("who waits")
    ticket: str = fields.id_("number of the ticket")
    at: str = at()
    appointment: str = fields.id_("the appointment kept", "")


@frozen
class CallNext(OfQueue):
    """Call the next ticket to a counter (叫号)."""

    counter: int = fields.count("number of the counter")
    at: str = at()


@frozen
class OfTicket(OfQueue):
    """The base of what is done with a ticket."""

    ticket: str = fields.id_("the ticket")
    at: str = at()


@frozen
class CallAgain(OfTicket):
    """Call a ticket once more (重呼)."""


@frozen
class MissTicket(OfTicket):
    """Nobody came after all calls: the ticket moves back once, then it is void (过号)."""


@frozen
class ServeTicket(OfTicket):
    """Begin to serve a ticket that was called (开始办理)."""


@frozen
class FinishTicket(OfTicket):
    """Finish serving a ticket; its counter is free (办结)."""


# --- rules ------------------------------------------------------------------------------------------


@noun.rule(OpenCounters)
def open_counters(terms: BranchTerms, command: OpenCounters, books: Books) -> Plan:
    """Say how many counters are open; a ticket at one that closes is still served.

    Refuses: NotFound, BranchClosed, NoCounter beyond those that there are.
    """
    its = open_branch(books, command.programme, command.branch)
    if its.counters and command.counters > its.counters:
        raise NoCounter(command.branch, command.counters)
    queue = evolve(queue_of(command, books), counters=command.counters)
    return plan_of(terms, books, "counters", f"{command.counters} counters at branch {command.branch}", queue)


@noun.rule(TakeTicket)
def take_ticket(terms: BranchTerms, command: TakeTicket, books: Books) -> Plan:
    """Wait in the line of priority, or in the ordinary one; the expected wait is in the ticket's record.

    An appointment counts within its minutes, once; outside of them the ticket is an ordinary one.
    Refuses, in this order: NotFound, BranchClosed, BranchShut, TimeBackwards, AlreadyTaken, NoCounter while
    none is open.
    """
    open_branch(books, command.programme, command.branch).check_hours(books.today, command.at)
    queue = queue_of(command, books, command.at)
    id, written = Ticket.fresh(books, *queue.ids, command.ticket), list[Facts]()
    if not queue.counters:
        raise NoCounter(command.branch, 1)
    priority = has_priority(books, command.programme, command.person)
    if command.appointment and not priority:
        ids = (command.programme, command.branch, command.appointment)
        appointment = kept_appointment(books, ids, command.person, command.ticket)
        late = abs(minutes(command.at) - minutes(appointment.at))
        priority = appointment.on == books.today and late <= terms.window_minutes
        written.append(appointment)
    queue = queue.with_line(queue.line.add(command.ticket, priority))
    ahead = queue.line.order(terms.priority_run).index(command.ticket)
    ticket = Ticket(
        id=id,
        person=command.person,
        priority=priority,
        taken_at=command.at,
        ahead=ahead,
        wait=wait(ahead, queue.service(terms.service_minutes), queue.counters),
    )
    text = f"ticket {command.ticket} at branch {command.branch}"
    return plan_of(terms, books, "ticket", text, *written, ticket, queue)


@noun.rule(CallNext)
def call_next(terms: BranchTerms, command: CallNext, books: Books) -> Plan:
    """Call whoever is next to a counter.

    Refuses, in this order: NotFound, TimeBackwards, NoCounter, CounterBusy, QueueEmpty.
    """
    queue, counter = queue_of(command, books, command.at), command.counter
    if counter > queue.counters:
        raise NoCounter(command.branch, counter)
    if busy := queue.at_counter.get(str(counter)):
        raise CounterBusy(counter, busy)
    if not queue.priority and not queue.ordinary:
        raise QueueEmpty(command.branch)
    name, line = queue.line.take(terms.priority_run)
    queue = evolve(queue.with_line(line), at_counter={**queue.at_counter, str(counter): name})
    ticket = Ticket.existing(books, *queue.ids, name)
    called_at = ticket.called_at or command.at
    ticket = evolve(ticket, state=State.CALLED, calls=1, counter=counter, called_at=called_at)
    return _called(terms, books, f"ticket {name} to counter {counter}", ticket, queue)


@noun.rule(CallAgain)
def call_again(terms: BranchTerms, command: CallAgain, books: Books) -> Plan:
    """Call a ticket once more.  Refuses: NotFound, TimeBackwards, TicketInState, also after all calls."""
    queue, ticket = ticket_of(command, books, State.CALLED)
    if ticket.calls == terms.calls:
        raise TicketInState(command.ticket, f"called {ticket.calls} times")
    ticket = evolve(ticket, calls=ticket.calls + 1)
    return _called(terms, books, f"ticket {command.ticket} once more", ticket, queue)


def _called(terms: BranchTerms, books: Books, text: str, ticket: Ticket, queue: Queue) -> Plan:
    voucher = BranchVoucher(books, terms, queue.ids[0])
    voucher.keep(ticket, queue)
    voucher.notify(ticket.person, "queue-called", ticket.id, counter=ticket.counter, calls=ticket.calls)
    return voucher.plan("call", text)


@noun.rule(MissTicket)
def miss_ticket(terms: BranchTerms, command: MissTicket, books: Books) -> Plan:
    """Put a ticket back that was called in vain, or void it the second time.

    Refuses, in this order: NotFound, TimeBackwards, TicketInState, CallsLeft.
    """
    queue, ticket = ticket_of(command, books, State.CALLED)
    if ticket.calls < terms.calls:
        raise CallsLeft(command.ticket, ticket.calls, terms.calls)
    queue = queue.freed(ticket.counter)
    if ticket.missed:
        ticket = evolve(ticket, state=State.VOID, missed=2, counter=0)
    else:
        places, run = terms.places_back, terms.priority_run
        queue = queue.with_line(queue.line.put_back(command.ticket, ticket.priority, places, run))
        ticket = evolve(ticket, state=State.WAITING, missed=1, calls=0, counter=0)
    return plan_of(terms, books, "miss", f"ticket {command.ticket} is missed", ticket, queue)


@noun.rule(ServeTicket)
def serve_ticket(terms: BranchTerms, command: ServeTicket, books: Books) -> Plan:
    """Begin to serve.  Refuses: NotFound, TimeBackwards, TicketInState unless it was called."""
    queue, ticket = ticket_of(command, books, State.CALLED)
    ticket = evolve(ticket, state=State.SERVING, served_at=command.at)
    return plan_of(terms, books, "serve", f"ticket {command.ticket} is served", ticket, queue)


@noun.rule(FinishTicket)
def finish_ticket(terms: BranchTerms, command: FinishTicket, books: Books) -> Plan:
    """End serving; the minutes count for the mean.  Refuses: NotFound, TimeBackwards, TicketInState."""
    queue, ticket = ticket_of(command, books, State.SERVING)
    taken = minutes(command.at) - minutes(ticket.served_at)
    queue = evolve(queue, served=queue.served + 1, minutes=queue.minutes + taken).freed(ticket.counter)
    ticket = evolve(ticket, state=State.DONE, done_at=command.at)
    visit = Visit.anew(books, command.programme, ticket.person, on=books.today)
    return plan_of(terms, books, "finish", f"ticket {command.ticket} is done", ticket, queue, visit)


def queue_of(command: OfQueue, books: Books, at: str = "") -> Queue:
    """The queue of a branch today, in which something happens now; raises NotFound, TimeBackwards."""
    Branch.existing(books, command.programme, command.branch)
    id = f"{command.programme}:{command.branch}:{books.today}"
    queue = Queue.find(books, id) or Queue(id=id)
    if at and at < queue.last:
        raise TimeBackwards(at, queue.last)
    return evolve(queue, last=at or queue.last)


def ticket_of(command: OfTicket, books: Books, state: State) -> tuple[Queue, Ticket]:
    """The queue and a ticket of it; raises NotFound, TimeBackwards, TicketInState."""
    queue = queue_of(command, books, command.at)
    ticket = Ticket.existing(books, *queue.ids, command.ticket)
    if ticket.state is not state:
        raise TicketInState(command.ticket, ticket.state.value)
    return queue, ticket


def plan_of(terms: BranchTerms, books: Books, kind: str, text: str, *facts: Facts) -> Plan:
    """The plan that keeps facts of a branch."""
    voucher = BranchVoucher(books, terms, facts[0].ids[0])
    voucher.keep(*facts)
    return voucher.plan(kind, text)


# --- invariant ---------------------------------------------------------------------------------------


@noun.invariant("E10")
def lines_are_who_waits(books: Books) -> Iterator[str]:
    """Each waiting ticket stands in its line once, each called or served one at its counter.

    E10 speaks of the calls of a day, too; tests hold that.
    """
    waiting: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ticket in Ticket.every(books):
        queue, _, name = ticket.id.rpartition(":")
        if ticket.state is State.WAITING:
            waiting[queue].append((name, "priority" if ticket.priority else "ordinary"))
        if ticket.state in (State.CALLED, State.SERVING):
            waiting[queue].append((name, str(ticket.counter)))
    for it in Queue.every(books):
        noted = [(name, "priority") for name in it.priority] + [(name, "ordinary") for name in it.ordinary]
        noted += [(name, counter) for counter, name in it.at_counter.items()]
        if sorted(noted) != sorted(waiting[it.id]):
            yield f"queue {it.id}: {noted}, tickets {waiting[it.id]}"
