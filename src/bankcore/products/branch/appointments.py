"""Appointments (预约) and services (业务): times booked at a branch, so many in each slot.

A service has slots of its own length and capacity; what is booked for none has those of the terms.
Within the minutes of an appointment a ticket goes first.  The day before, the close tells who is expected;
who did not come is noted.

>>> str(BookAppointment("net", "west", "u1", "a1", date(2024, 5, 2), "09:30").on), slot_at("09:50", 45)
('2024-05-02', '09:45')
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.lines import clock, minutes
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork, due, serve
from bankcore.tables import Table

__all__ = ["BookAppointment", "CancelAppointment", "EndService", "OfferService", "SlotFull"]

noun = Noun(__name__)
REMIND = due("remind", "appointment")  # the day before it
COME = due("come", "appointment")  # its day
CANCELLED, MISSED = "cancelled", "missed"
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@frozen(kw_only=True)
class Appointment(Facts):
    """A time booked; it is used up by the ticket that kept it, or `ended` as cancelled or missed."""

    KIND: ClassVar = "branch.appointment"  # programme:branch:appointment
    person: str
    on: date
    at: str
    ticket: str = ""
    service: str = ""
    slot: str = ""  # when its slot begins
    ended: str = ""


@frozen(kw_only=True)
class Service(Facts):
    """What a branch does by appointment: how long it takes, and how many at a time."""

    KIND: ClassVar = "branch.service"  # programme:branch:service
    minutes: int
    capacity: int
    ended_on: date | None = None


@frozen(kw_only=True)
class Slot(Facts):
    """How many are booked for a slot."""

    KIND: ClassVar = "branch.slot"  # programme:branch:date:service/hhmm
    booked: int = 0


class SlotFull(ProductRejection):
    sentence = "branch {branch} takes {capacity} at {slot} on {on}, and all are booked"
    branch: str
    on: date
    slot: str
    capacity: int


def slot_at(at: str, length: int) -> str:
    """When the slot of a time begins; slots of a length follow each other from midnight on."""
    return clock(minutes(at) // length * length)


def kept_appointment(books: Books, ids: tuple[str, str, str], person: str, ticket: str) -> Appointment:
    """The person's appointment, used up by the ticket; raises NotFound."""
    found = Appointment.existing(books, *ids)
    if found.person != person or found.ticket or found.ended:
        raise NotFound("appointment", ids[-1])
    return evolve(found, ticket=ticket)


def at() -> Any:
    """A time of the business day, to the minute."""
    return fields.checked(
        "time of the day, such as 09:30",
        lambda it: isinstance(it, str) and _TIME.fullmatch(it) is not None,
        "a time of day such as 09:30 is needed",
        sample="09:30",
    )


@frozen
class OfQueue(OfNetwork):
    """The base of what is done at a branch."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")


@frozen
class OfService(OfQueue):
    """The base of what a branch says about a service."""

    service: str = fields.id_("the service")


@frozen
class OfferService(OfService):
    """Offer a service by appointment, or change its slots from now on (开办业务预约)."""

    minutes: int = fields.checked(
        "how long a slot is", lambda it: type(it) is int and 0 < it <= 480, "1 to 480 minutes are needed"
    )
    capacity: int = fields.count("how many are booked for a slot at most")


@frozen
class EndService(OfService):
    """Offer a service no more; what is booked stays (停办业务预约)."""


@frozen
class BookAppointment(OfQueue):
    """Book a time at a branch (预约)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}
    person: str = fields.id_("who comes")
    appointment: str = fields.id_("id of the appointment")
    on: date = fields.day("the day")
    at: str = at()
    service: str = fields.id_("what for, if it is a service of the branch", "")


@frozen
class CancelAppointment(OfQueue):
    """Cancel an appointment; its place in the slot is free again (取消预约)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}
    person: str = fields.id_("who does not come")
    appointment: str = fields.id_("the appointment")


@noun.rule(OfferService)
def offer_service(terms: BranchTerms, command: OfferService, books: Books) -> Plan:
    """Take appointments for a service.  Refuses: NotFound, BranchClosed."""
    ids = (command.programme, command.branch, command.service)
    open_branch(books, *ids[:2])
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(Service.anew(books, *ids, minutes=command.minutes, capacity=command.capacity))
    return voucher.plan("service", f"branch {command.branch} offers {command.service}")


@noun.rule(EndService)
def end_service(terms: BranchTerms, command: EndService, books: Books) -> Plan:
    """Take none any more.  Refuses: NotFound, also for one that ended."""
    service = _service(books, command.programme, command.branch, command.service)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(service, ended_on=books.today))
    return voucher.plan("service", f"branch {command.branch} offers {command.service} no more")


def _service(books: Books, *ids: str) -> Service:
    service = Service.existing(books, *ids)
    if service.ended_on is not None:
        raise NotFound("service", ids[-1])
    return service


@noun.rule(BookAppointment)
def book_appointment(terms: BranchTerms, command: BookAppointment, books: Books) -> Plan:
    """Note a day and time, and take a place in the slot.

    Refuses, in this order: NotFound, BranchClosed, BadCommand for a past day, BranchShut, AlreadyTaken,
    NotFound for the service, SlotFull.
    """
    ids, on, today = (command.programme, command.branch), command.on, books.today
    its = open_branch(books, *ids, on)
    if on < today:
        raise BadCommand("on", f"{on} is before the business date {today}")
    its.check_hours(on, command.at)
    id = Appointment.fresh(books, *ids, command.appointment)
    length, capacity = terms.slot_minutes, terms.slot_capacity
    if command.service:
        service = _service(books, *ids, command.service)
        length, capacity = service.minutes, service.capacity
    start = slot_at(command.at, length)
    name = _slot(on, command.service, start)
    slot = Slot.find(books, *ids, name) or Slot(id=":".join((*ids, name)))
    if slot.booked >= capacity:
        raise SlotFull(command.branch, on, start, capacity)
    voucher = BranchVoucher(books, terms, command.programme)
    appointment = Appointment(
        id=id, person=command.person, on=on, at=command.at, service=command.service, slot=start
    )
    voucher.keep(appointment, evolve(slot, booked=slot.booked + 1))
    thing = f"{command.branch}:{command.appointment}"
    voucher.put(COME.note(books, command.programme, thing, on))
    if on > today:
        voucher.put(REMIND.note(books, command.programme, thing, on - timedelta(days=1)))
    else:
        _remind(voucher, appointment)
    return voucher.plan("appointment", f"appointment {command.appointment} at branch {command.branch}")


@noun.rule(CancelAppointment)
def cancel_appointment(terms: BranchTerms, command: CancelAppointment, books: Books) -> Plan:
    """Free the slot.  Refuses: NotFound, also for who has another's, was served on it, or missed it."""
    ids = (command.programme, command.branch)
    appointment = kept_appointment(books, (*ids, command.appointment), command.person, "")
    slot = Slot.existing(books, *ids, _slot(appointment.on, appointment.service, appointment.slot))
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(appointment, ended=CANCELLED), evolve(slot, booked=slot.booked - 1))
    return voucher.plan(
        "cancel", f"appointment {command.appointment} at branch {command.branch} is cancelled"
    )


def _slot(on: date, service: str, start: str) -> str:
    return f"{on}:{service}/{start.replace(':', '')}"


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def remind(books: Books, day: date) -> Iterator[Step]:
    """Tell who is expected tomorrow."""
    return serve(REMIND, books, day, _tell)


@noun.daily(Phase.DUE)
def note_who_missed(books: Books, day: date) -> Iterator[Step]:
    """Note the appointments of the day for which nobody came."""
    return serve(COME, books, day, _miss)


def _tell(voucher: BranchVoucher, thing: str) -> None:
    appointment = voucher.existing(Appointment, voucher.programme, thing)
    if not appointment.ended:
        _remind(voucher, appointment)


def _remind(voucher: BranchVoucher, it: Appointment) -> None:
    voucher.notify(it.person, "appointment-due", it.id, day=it.on.isoformat(), at=it.at, service=it.service)


def _miss(voucher: BranchVoucher, thing: str) -> None:
    appointment = voucher.existing(Appointment, voucher.programme, thing)
    if not appointment.ended and not appointment.ticket:
        voucher.keep(evolve(appointment, ended=MISSED))


# --- invariant and reports --------------------------------------------------------------------------


@noun.invariant("E11")
def slots_are_what_is_booked(books: Books) -> Iterator[str]:
    """A slot has as many places taken as there are appointments in it that were not cancelled."""
    booked: dict[str, int] = {}
    for it in Appointment.every(books):
        id = ":".join((*it.ids[:2], _slot(it.on, it.service, it.slot)))
        booked[id] = booked.get(id, 0) + (it.ended != CANCELLED)
    for slot in Slot.every(books):
        if slot.booked != booked.get(slot.id, 0):
            yield f"slot {slot.id}: {slot.booked} booked, appointments {booked.get(slot.id, 0)}"


@noun.report("services")
def list_services(books: Books) -> Table:
    """What branches do by appointment, for anybody: the length of a slot, and how many it takes."""
    rows = [(*it.ids, it.minutes, it.capacity) for it in Service.every(books) if it.ended_on is None]
    return Table("Services", ("programme", "branch", "service", "minutes", "capacity"), tuple(rows))


@noun.report("appointments", own={Role.CUSTOMER: "person"})
def list_appointments(books: Books) -> Table:
    """Every appointment: for when and what, and whether it was kept, cancelled or missed."""
    rows = []
    for it in Appointment.every(books):
        state = it.ended or ("kept" if it.ticket else "booked")
        rows.append((*it.ids, it.person, it.on, it.at, it.service, state))
    columns = ("programme", "branch", "appointment", "person", "date", "at", "service", "state")
    return Table("Appointments", columns, tuple(rows))
