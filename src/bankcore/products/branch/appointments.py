"""Appointments (预约): a time booked at a branch, within whose minutes a ticket goes first.

>>> str(BookAppointment("net", "west", "u1", "a1", date(2024, 5, 2), "09:30").on)
'2024-05-02'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork

__all__ = ["BookAppointment"]

noun = Noun(__name__)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@frozen(kw_only=True)
class Appointment(Facts):
    """A time booked; it is used up by the ticket that kept it."""

    KIND: ClassVar = "branch.appointment"  # programme:branch:appointment
    person: str
    on: date
    at: str
    ticket: str = ""


def kept_appointment(books: Books, ids: tuple[str, str, str], person: str, ticket: str) -> Appointment:
    """The person's appointment, used up by the ticket; raises NotFound."""
    found = Appointment.existing(books, *ids)
    if found.person != person or found.ticket:
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
class BookAppointment(OfQueue):
    """Book a time at a branch (预约)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}
    person: str = fields.id_("who comes")
    appointment: str = fields.id_("id of the appointment")
    on: date = fields.day("the day")
    at: str = at()


@noun.rule(BookAppointment)
def book_appointment(terms: BranchTerms, command: BookAppointment, books: Books) -> Plan:
    """Note a day and time.

    Refuses: NotFound, BranchClosed, BadCommand for a past day, BranchShut, AlreadyTaken.
    """
    ids = (command.programme, command.branch)
    its = open_branch(books, *ids, command.on)
    if command.on < books.today:
        raise BadCommand("on", f"{command.on} is before the business date {books.today}")
    its.check_hours(command.on, command.at)
    id = Appointment.fresh(books, *ids, command.appointment)
    text = f"appointment {command.appointment} at branch {command.branch}"
    it = Appointment(id=id, person=command.person, on=command.on, at=command.at)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(it)
    return voucher.plan("appointment", text)
