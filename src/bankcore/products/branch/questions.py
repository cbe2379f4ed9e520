"""Questions of customers and answers of managers (互动问答), as threads, with the time to the first answer.

What people write is personal data: it stands in no report and is erased with the customer.

>>> waited(date(2024, 5, 1), "16:30", date(2024, 5, 2), "09:15")
1005
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.parties import active_party, represents
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.appointments import OfQueue, at
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.lines import minutes
from bankcore.products.branch.managers import manager_of
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher
from bankcore.tables import Table

__all__ = ["AnswerQuestion", "AskQuestion", "CloseThread", "ThreadClosed", "messages_of"]

noun = Noun(__name__)
_DAY = 24 * 60  # minutes


# --- facts --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Thread(Facts):
    """What a customer asked a branch, and what followed.

    `manager` gave the first answer, `waited` minutes after the first question.
    """

    KIND: ClassVar = "branch.thread"  # programme:branch:thread
    person: str
    asked_on: date
    asked_at: str
    messages: int = 0
    manager: str = ""
    waited: int | None = None
    closed_on: date | None = None


@frozen(kw_only=True)
class Message(Facts):
    """One message of a thread, of the customer or of a manager."""

    KIND: ClassVar = "branch.message"  # programme:branch:thread:number
    person: str  # whose thread it is
    by: str
    on: date
    at: str
    personal: Mapping[str, str] | None  # its text

    @property
    def personal_of(self) -> str:
        return self.person


class ThreadClosed(ProductRejection):
    sentence = "thread {thread} was closed on {closed_on}"
    thread: str
    closed_on: date


def waited(asked_on: date, asked_at: str, on: date, at: str) -> int:
    """The minutes from a question to an answer, none below 0."""
    return max((on - asked_on).days * _DAY + minutes(at) - minutes(asked_at), 0)


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class OfThread(OfQueue):
    """The base of what is done in a thread."""

    thread: str = fields.id_("id of the thread")


@frozen
class AskQuestion(OfThread):
    """Ask a branch something, in a new thread or in one of one's own (提问)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person"}
    person: str = fields.id_("who asks")
    text: str = fields.personal("what is asked", needed=True)
    at: str = at()


@frozen
class AnswerQuestion(OfThread):
    """Answer as an account manager of the branch (答复)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "manager"}
    manager: str = fields.id_("who answers")
    text: str = fields.personal("the answer", needed=True)
    at: str = at()


@frozen
class CloseThread(OfThread):
    """Close a thread: nothing more is to be said (结束问答)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}
    person: str = fields.id_("whose thread it is")


@noun.rule(AskQuestion)
def ask_question(terms: BranchTerms, command: AskQuestion, books: Books) -> Plan:
    """Ask; whoever answered before is told, else the branch.

    Refuses: NotFound, BranchClosed, PartyErased, PartySuspended, NotFound for another's thread, ThreadClosed.
    """
    ids, person = (command.programme, command.branch), active_party(books, command.person).id
    open_branch(books, *ids)
    its = Thread.find(books, *ids, command.thread)
    if its is None:
        id = ":".join((*ids, command.thread))
        its = Thread(id=id, person=person, asked_on=books.today, asked_at=command.at)
    its = _open(its, person)
    voucher = _said(terms, books, its, person, command.text, command.at)
    voucher.notify(its.manager or command.branch, "question-asked", its.id)
    return voucher.plan("ask", f"{person} asks branch {command.branch}")


@noun.rule(AnswerQuestion)
def answer_question(terms: BranchTerms, command: AnswerQuestion, books: Books) -> Plan:
    """Answer; the customer is told.

    Refuses: NotFound, ThreadClosed, NotFound for a manager of another branch.
    """
    its = _open(Thread.existing(books, command.programme, command.branch, command.thread))
    if manager_of(books, command.programme, command.manager).branch != command.branch:
        raise NotFound("manager", command.manager)
    if its.waited is None:
        time = waited(its.asked_on, its.asked_at, books.today, command.at)
        its = evolve(its, manager=command.manager, waited=time)
    voucher = _said(terms, books, its, command.manager, command.text, command.at)
    voucher.notify(its.person, "question-answered", its.id)
    return voucher.plan("answer", f"{command.manager} answers in thread {command.thread}")


@noun.rule(CloseThread)
def close_thread(terms: BranchTerms, command: CloseThread, books: Books) -> Plan:
    """Let nothing more be said.  Refuses: NotFound, also for another's thread; ThreadClosed."""
    its = Thread.existing(books, command.programme, command.branch, command.thread)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(_open(its, command.person), closed_on=books.today))
    return voucher.plan("close-thread", f"thread {command.thread} is closed")


def _open(its: Thread, person: str = "") -> Thread:
    if person not in ("", its.person):
        raise NotFound("thread", its.ids[-1])
    if its.closed_on is not None:
        raise ThreadClosed(its.ids[-1], its.closed_on)
    return its


def _said(terms: BranchTerms, books: Books, its: Thread, by: str, text: str, at: str) -> BranchVoucher:
    """The voucher that keeps a thread with one more message."""
    voucher, number = BranchVoucher(books, terms, its.ids[0]), its.messages + 1
    id, personal = f"{its.id}:{number:06}", {"text": text}
    message = Message(id=id, person=its.person, by=by, on=books.today, at=at, personal=personal)
    voucher.keep(evolve(its, messages=number), message)
    return voucher


# --- questions and report -----------------------------------------------------------------------------


def messages_of(
    books: Books, programme: str, branch: str, thread: str, asked_by: Actor
) -> list[tuple[str, date, str, str]]:
    """Who said what and when in a thread, for the customer and for officers; erased texts are empty.

    Raises NotFound, also for who may not see it.
    """
    its = Thread.existing(books, programme, branch, thread)
    mine = asked_by.role is Role.CUSTOMER and represents(books, asked_by.id, its.person)
    if not mine and asked_by.role is not Role.OFFICER:
        raise NotFound("thread", thread)
    return [(it.by, it.on, it.at, (it.personal or {}).get("text", "")) for it in Message.every(books, its.id)]


@noun.report("questions", own={Role.CUSTOMER: "person"})
def list_questions(books: Books) -> Table:
    """The threads: who asked when, who answered first and after how many minutes; no texts."""
    rows = []
    for it in Thread.every(books):
        time = "" if it.waited is None else it.waited
        state = "closed" if it.closed_on else "open" if it.waited is None else "answered"
        rows.append((*it.ids, it.person, it.asked_on, it.asked_at, it.messages, it.manager, time, state))
    columns = ("programme", "branch", "thread", "person", "date", "at", "messages", "manager")
    return Table("Questions", (*columns, "minutes", "state"), tuple(rows))
