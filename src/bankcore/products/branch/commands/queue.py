"""Commands about the queue of a branch; each brings the time of the day with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.product.actor import Role
from bankcore.product.fields import count, day, flag, id_
from bankcore.products.branch.commands import fields

__all__ = [
    "BookAppointment",
    "CallAgain",
    "CallNext",
    "FinishTicket",
    "MissTicket",
    "OpenCounters",
    "ServeTicket",
    "TakeTicket",
]

TELLER = {Role.OFFICER: "branch"}


@frozen
class OpenCounters:
    """Say how many counters are open today (开放窗口)."""

    may: ClassVar[Mapping[Role, str]] = TELLER
    programme: str = fields.programme()
    branch: str = fields.branch()
    counters: int = count("how many")


@frozen
class BookAppointment:
    """Book a time at a branch (预约)."""

    may: ClassVar[Mapping[Role, str]] = fields.CUSTOMER | fields.OFFICER
    programme: str = fields.programme()
    branch: str = fields.branch()
    person: str = id_("who comes")
    appointment: str = id_("id of the appointment")
    on: date = day("the day")
    at: str = fields.at()


@frozen
class TakeTicket:
    """Take a ticket; near the time of an appointment, or for who has priority, it goes first (取号)."""

    may: ClassVar[Mapping[Role, str]] = fields.CUSTOMER | fields.OFFICER
    programme: str = fields.programme()
    branch: str = fields.branch()
    person: str = id_("who waits")
    ticket: str = id_("number of the ticket")
    at: str = fields.at()
    appointment: str = id_("the appointment kept", "")
    priority: bool = flag("a priority customer")


@frozen
class CallNext:
    """Call the next ticket to a counter (叫号)."""

    may: ClassVar[Mapping[Role, str]] = TELLER
    programme: str = fields.programme()
    branch: str = fields.branch()
    counter: int = count("number of the counter")
    at: str = fields.at()


@frozen
class CallAgain:
    """Call a ticket once more (重呼)."""

    may: ClassVar[Mapping[Role, str]] = TELLER
    programme: str = fields.programme()
    branch: str = fields.branch()
    ticket: str = id_("the ticket")
    at: str = fields.at()


@frozen
class MissTicket:
    """Nobody came after all calls: the ticket moves back once, then it is void (过号)."""

    may: ClassVar[Mapping[Role, str]] = TELLER
    programme: str = fields.programme()
    branch: str = fields.branch()
    ticket: str = id_("the ticket")
    at: str = fields.at()


@frozen
class ServeTicket:
    """Begin to serve a ticket that was called (开始办理)."""

    may: ClassVar[Mapping[Role, str]] = TELLER
    programme: str = fields.programme()
    branch: str = fields.branch()
    ticket: str = id_("the ticket")
    at: str = fields.at()


@frozen
class FinishTicket:
    """Finish serving a ticket; its counter is free (办结)."""

    may: ClassVar[Mapping[Role, str]] = TELLER
    programme: str = fields.programme()
    branch: str = fields.branch()
    ticket: str = id_("the ticket")
    at: str = fields.at()
