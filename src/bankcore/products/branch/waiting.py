"""Who waits at a branch now (排队情况): place and wait at any time, leaving, and moving between counters.

>>> LeaveQueue("net", "west", "t1", "09:30", "u1").person
'u1'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.lines import minutes, wait
from bankcore.products.branch.matching import decimal
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms
from bankcore.products.branch.queues import (
    CounterBusy,
    NoCounter,
    OfTicket,
    Queue,
    State,
    Ticket,
    TicketInState,
    plan_of,
    queue_of,
)
from bankcore.tables import Table

__all__ = ["LeaveQueue", "TransferTicket"]

noun = Noun(__name__)


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class LeaveQueue(OfTicket):
    """Leave the queue before being served (离开队列)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}
    person: str = fields.id_("whose ticket it is")


@frozen
class TransferTicket(OfTicket):
    """Move a ticket that was called, or is served, to another counter (转窗口)."""

    counter: int = fields.count("number of the other counter")


@noun.rule(LeaveQueue)
def leave_queue(terms: BranchTerms, command: LeaveQueue, books: Books) -> Plan:
    """Wait no more; who waits behind moves up.

    Refuses, in this order: NotFound, also for another's ticket, TimeBackwards, TicketInState.
    """
    queue, ticket = _ticket(command, books, State.WAITING, State.CALLED)
    if ticket.person != command.person:
        raise NotFound("ticket", command.ticket)
    queue = queue.with_line(queue.line.without(command.ticket)).freed(ticket.counter)
    ticket = evolve(ticket, state=State.LEFT, counter=0)
    return plan_of(terms, books, "leave", f"ticket {command.ticket} leaves", ticket, queue)


@noun.rule(TransferTicket)
def transfer_ticket(terms: BranchTerms, command: TransferTicket, books: Books) -> Plan:
    """Go on at another counter; the minutes at both count as one service.

    Refuses, in this order: NotFound, TimeBackwards, TicketInState, NoCounter, CounterBusy.
    """
    queue, ticket = _ticket(command, books, State.CALLED, State.SERVING)
    counter = command.counter
    if counter > queue.counters:
        raise NoCounter(command.branch, counter)
    if busy := queue.at_counter.get(str(counter)):
        raise CounterBusy(counter, busy)
    queue = queue.freed(ticket.counter)
    queue = evolve(queue, at_counter={**queue.at_counter, str(counter): command.ticket})
    ticket = evolve(ticket, counter=counter)
    return plan_of(terms, books, "transfer", f"ticket {command.ticket} to counter {counter}", ticket, queue)


def _ticket(command: OfTicket, books: Books, *states: State) -> tuple[Queue, Ticket]:
    queue = queue_of(command, books, command.at)
    ticket = Ticket.existing(books, *queue.ids, command.ticket)
    if ticket.state not in states:
        raise TicketInState(command.ticket, ticket.state.value)
    return queue, ticket


# --- questions and reports ----------------------------------------------------------------------------


def wait_now(books: Books, programme: str, branch: str) -> tuple[int, int]:
    """How many wait at a branch, and the minutes that one more would wait; 0 while no counter is open."""
    queue = Queue.find(books, programme, branch, books.today.isoformat())
    if queue is None or not queue.counters:
        return 0, 0
    ahead = len(queue.priority) + len(queue.ordinary)
    service = queue.service(PROGRAMMES.today(books, programme).service_minutes)
    return ahead, wait(ahead, service, queue.counters)


@noun.report("waiting", own={Role.CUSTOMER: "person"})
def list_waiting(books: Books) -> Table:
    """Who waits now, in the order of the calls to come: place, and minutes until the call as expected."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for queue in Queue.every(books, programme):
            if queue.ids[2] != books.today.isoformat():
                continue
            service = queue.service(terms.service_minutes)
            for ahead, name in enumerate(queue.line.order(terms.priority_run)):
                ticket = Ticket.existing(books, queue.id, name)
                expected = wait(ahead, service, queue.counters) if queue.counters else ""
                rows.append((*ticket.ids[:2], name, ticket.person, ahead + 1, expected))
    return Table("Waiting", ("programme", "branch", "ticket", "person", "place", "minutes"), tuple(rows))


@noun.report("visitors", own={})
def list_visitors(books: Books) -> Table:
    """Who took a ticket today, and how far each came."""
    rows = []
    for it in Ticket.every(books):
        programme, branch, day, name = it.ids
        if day == books.today.isoformat():
            times = (it.taken_at, it.called_at, it.served_at, it.done_at)
            rows.append((programme, branch, name, it.person, it.state.value, it.counter or "", *times))
    columns = ("programme", "branch", "ticket", "person", "state", "counter")
    return Table("Visitors of the day", (*columns, "taken", "called", "served", "done"), tuple(rows))


@noun.report("queues", own={Role.OPERATOR: "programme"})
def list_queues(books: Books) -> Table:
    """Each branch and day: tickets, and mean minutes until the first call and at the counter."""
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in Ticket.every(books):
        found[ticket.id.rpartition(":")[0]].append(ticket)
    rows = []
    for id, its in found.items():
        waits = [minutes(it.called_at) - minutes(it.taken_at) for it in its if it.called_at]
        services = [minutes(it.done_at) - minutes(it.served_at) for it in its if it.done_at]
        counts = (len(its), sum(it.priority for it in its), len(services))
        void = sum(it.state is State.VOID for it in its)
        rows.append((*id.split(":"), *counts, void, _mean(waits), _mean(services)))
    columns = ("programme", "branch", "date", "tickets", "priority", "served", "void")
    return Table("Queues", (*columns, "mean wait", "mean service"), tuple(rows))


def _mean(minutes: list[int]) -> str:
    return decimal(Fraction(sum(minutes), len(minutes))) if minutes else ""
