"""What a branch tells its customers (网点信息): address, hours, counters, notices, moving and closing.

Nothing is posted.  A branch moves and closes at the end of the day before: its templates are offered from
the new place, or no more, and its open pushes end.

>>> MoveBranch("net", "west", date(2024, 6, 1), "2 High Street", east=40).east
40
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.branch.appointments import OfQueue
from bankcore.products.branch.branches import Branch, is_hours, metres, open_branch
from bankcore.products.branch.leads import Customer, Lead
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, due, serve
from bankcore.products.branch.pushes import Push, State, decide, tell
from bankcore.products.branch.templates import Template, offered_anew
from bankcore.products.branch.waiting import wait_now
from bankcore.tables import Table

__all__ = ["AnnounceNotice", "CloseBranch", "DescribeBranch", "MoveBranch"]

noun = Noun(__name__)
DUE = due("site", "branch")  # the day before a branch moves or closes


@frozen(kw_only=True)
class BranchNotice(Facts):
    """What a branch announces to everybody, until a day."""

    KIND: ClassVar = "branch.announcement"  # programme:branch
    text: str
    until: date


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class DescribeBranch(OfQueue):
    """Say where a branch is found, when it is open, and how many counters it has (网点信息)."""

    address: str = fields.text("street and number")
    hours: str = fields.checked(
        "when it is open, such as mon-fri 09:00-17:00, sat 10:00-16:00",
        is_hours,
        "days and times such as mon-fri 09:00-17:00, sat 10:00-16:00 are needed",
        sample="mon-fri 09:00-17:00",
    )
    counters: int = fields.count("how many counters it has")


@frozen
class AnnounceNotice(OfQueue):
    """Announce something to all who look at a branch, in the place of what was announced (网点公告)."""

    text: str = fields.text("what everybody is to know")
    until: date = fields.day("the last day on which it is shown")


@frozen
class MoveBranch(OfQueue):
    """Move a branch to another place from a later day on (网点迁址)."""

    on: date = fields.day("the first day at the new place")
    address: str = fields.text("the new street and number")
    east: int = metres("east")
    north: int = metres("north")


@frozen
class CloseBranch(OfQueue):
    """Close a branch for ever from a later day on (网点撤并)."""

    on: date = fields.day("the first day without it")


@noun.rule(DescribeBranch)
def describe_branch(terms: BranchTerms, command: DescribeBranch, books: Books) -> Plan:
    """Keep what customers are told.  Refuses: NotFound, BranchClosed."""
    its = open_branch(books, command.programme, command.branch)
    its = evolve(its, address=command.address, hours=command.hours, counters=command.counters)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(its)
    return voucher.plan("describe-branch", f"what branch {command.branch} tells")


@noun.rule(AnnounceNotice)
def announce_notice(terms: BranchTerms, command: AnnounceNotice, books: Books) -> Plan:
    """Show a notice until a day.  Refuses: NotFound, BranchClosed, BadCommand for a past day."""
    open_branch(books, command.programme, command.branch)
    if command.until < books.today:
        raise BadCommand("until", f"{command.until} is before the business date {books.today}")
    voucher, ids = BranchVoucher(books, terms, command.programme), (command.programme, command.branch)
    voucher.keep(BranchNotice.anew(books, *ids, text=command.text, until=command.until))
    return voucher.plan("announce", f"notice of branch {command.branch} until {command.until}")


@noun.rule(MoveBranch)
def move_branch(terms: BranchTerms, command: MoveBranch, books: Books) -> Plan:
    """Note where it will be.  Refuses: NotFound, BranchClosed, BadCommand unless it is a later day."""
    its = _ahead(books, command)
    place = (command.east, command.north)
    its = evolve(its, moves_on=command.on, next_place=place, next_address=command.address)
    return _planned(terms, books, its, command.on, f"branch {command.branch} moves on {command.on}")


@noun.rule(CloseBranch)
def close_branch(terms: BranchTerms, command: CloseBranch, books: Books) -> Plan:
    """Note that it closes.  Refuses: NotFound, BranchClosed, BadCommand unless it is a later day."""
    its = evolve(_ahead(books, command), closes_on=command.on)
    return _planned(terms, books, its, command.on, f"branch {command.branch} closes on {command.on}")


def _ahead(books: Books, command: MoveBranch | CloseBranch) -> Branch:
    its = open_branch(books, command.programme, command.branch)
    if command.on <= books.today:
        raise BadCommand("on", f"a day after the business date {books.today} is needed")
    return its


def _planned(terms: BranchTerms, books: Books, its: Branch, on: date, text: str) -> Plan:
    programme, branch = its.ids
    voucher = BranchVoucher(books, terms, programme)
    voucher.keep(its)
    voucher.put(DUE.note(books, programme, branch, on - timedelta(days=1)))
    return voucher.plan("plan-branch", text)


# --- the close of the day before ----------------------------------------------------------------------


@noun.daily(Phase.DUE)
def move_and_close(books: Books, day: date) -> Iterator[Step]:
    """Move the branches that move tomorrow, and end what those offer that close."""
    return serve(DUE, books, day, _change)


def _change(voucher: BranchVoucher, branch: str) -> None:
    books, programme = voucher.books, voucher.programme
    its, tomorrow = voucher.existing(Branch, programme, branch), books.today + timedelta(days=1)
    mine = [it for it in Template.every(books, programme) if it.branch == branch and it.offered]
    if its.moves_on == tomorrow:
        east, north = its.next_place
        address = its.next_address
        its = evolve(
            its, east=east, north=north, address=address, moves_on=None, next_place=(), next_address=""
        )
        voucher.keep(its)
        mine = [evolve(it, east=east, north=north) for it in mine]
        offered_anew(voucher, *mine)
    if its.closes_on == tomorrow:
        offered_anew(voucher, *(evolve(it, offered=False) for it in mine))
        for push in Push.every(books, programme):
            if push.branch == branch and push.state is State.OPEN:
                tell(voucher, push, "push-withdrawn", decide(voucher, push, State.WITHDRAWN))


# --- report -------------------------------------------------------------------------------------------


def _asker(books: Books, programme: str) -> Lead | None:
    """Who asks, where that is a lead whose place is known."""
    actor = Actor.asking(books) if books.actor else None
    if actor is None or actor.role is not Role.CUSTOMER:
        return None
    customer = Customer.find(books, programme, actor.id)
    lead = Lead.find(books, programme, actor.id if customer is None else customer.lead)
    return None if lead is None or lead.profile is None else lead


@noun.report("branches")
def list_branches(books: Books) -> Table:
    """All branches as anybody may see them: a described customer the nearest first, then who waits least."""
    rows = []
    for it in Branch.every(books):
        programme, branch = it.ids
        asker = _asker(books, programme)
        profile = asker.profile if asker is not None else None
        away = abs(it.east - profile.east) + abs(it.north - profile.north) if profile is not None else 0
        closed = it.is_closed(books.today)
        state = "closed" if closed else "closes" if it.closes_on else "moves" if it.moves_on else "open"
        from_ = it.closes_on or it.moves_on or ""
        notice = BranchNotice.find(books, programme, branch)
        text = notice.text if notice is not None and notice.until >= books.today else ""
        waiting, minutes = wait_now(books, programme, branch)
        place = (it.bank, it.address, it.hours, it.counters, it.east, it.north, away if profile else "")
        rows.append(
            ((programme, away, minutes, branch), (*it.ids, *place, waiting, minutes, state, from_, text))
        )
    columns = ("programme", "branch", "bank", "address", "hours", "counters", "east", "north", "metres")
    table = (*columns, "waiting", "minutes", "state", "from", "notice")
    return Table("Branches", table, tuple(row for _, row in sorted(rows, key=lambda it: it[0])))
