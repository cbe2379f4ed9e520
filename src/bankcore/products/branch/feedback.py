"""Feedback (跟踪反馈): what became of accepted pushes, and the loans that came of them.

>>> GiveFeedback("net", "west", "p1", "visited").outcome
'visited'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound
from bankcore.products.branch.leads import Lead, may_see_lead, own_lead
from bankcore.products.branch.matching import decimal
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork, shifted
from bankcore.products.branch.pushes import OfFirm, Push, PushClosed, State
from bankcore.products.lendings import lending_of, lent_on
from bankcore.tables import Table

__all__ = ["GiveFeedback", "TellOutcome"]

noun = Noun(__name__)
WORDS = ("contacted", "visited", "lent", "refused", "nothing")  # what a firm says came of it
OUTCOMES = ("contacted", "visited", "applied", "lent", "refused")


@frozen(kw_only=True)
class PushedLoan(Facts):
    """A loan that came of a push, and whether it was overdue when last looked at."""

    KIND: ClassVar = "branch.loan"  # programme:lending programme:loan
    push: str
    firm: str
    overdue: bool = False


@frozen
class GiveFeedback(OfNetwork):
    """Say what became of an accepted push; a refusal lets the firm choose again (跟踪反馈)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")
    push: str = fields.id_("the push")
    outcome: str = fields.choice("what happened", OUTCOMES)
    lender: str = fields.id_("programme of the loan, if lent", "")
    loan: str = fields.id_("the loan, if lent", "")

    def __attrs_post_init__(self) -> None:
        if (self.outcome == "lent") != bool(self.lender and self.loan):
            raise BadCommand("loan", "programme and loan are named if, and only if, it was lent")


@frozen
class TellOutcome(OfFirm):
    """Say as the firm what came of a push that it accepted, and how content it is (客户反馈)."""

    word: str = fields.choice("what happened", WORDS)
    stars: int = fields.checked(
        "how content, 1 to 5", range(1, 6).__contains__, "1 to 5 stars are needed", sample=5
    )


@noun.rule(GiveFeedback)
def give_feedback(terms: BranchTerms, command: GiveFeedback, books: Books) -> Plan:
    """Note what became of an accepted push; whoever owns the lead keeps it longer.

    Refuses, in this order: NotFound for the push, PushClosed, NotFound for a loan of another party,
    AlreadyTaken for one that came of another push.
    """
    programme, today = command.programme, books.today
    push = Push.existing(books, programme, command.push)
    if push.branch != command.branch:
        raise NotFound("push", command.push)
    if push.state is not State.ACCEPTED or push.outcome == "lent":
        raise PushClosed(push.name, push.outcome or push.state.value)
    voucher = BranchVoucher(books, terms, programme)
    before = lead = Lead.existing(books, programme, push.firm)
    push = evolve(push, outcome=command.outcome)
    if lead.owner(today):
        lead = evolve(lead, owned_until=shifted(today, terms.ownership_days))
    if command.outcome == "refused":
        push, lead = evolve(push, state=State.REFUSED), evolve(lead, chosen="")
    if command.outcome == "lent":
        push, lead = _lent(voucher, push, lead, command.lender, command.loan)
    voucher.keep(push)
    if lead != before:
        voucher.keep(lead)
    return voucher.plan("feedback", f"push {push.name}: {command.outcome}")


def _lent(voucher: BranchVoucher, push: Push, lead: Lead, lender: str, loan: str) -> tuple[Push, Lead]:
    """Push and lead once a loan came of them.  Raises NotFound, AlreadyTaken."""
    books, programme = voucher.books, voucher.programme
    lending = lending_of(books, lender, loan)
    if lending is None or not lead.party or lending.borrower != lead.party:
        raise NotFound("loan", loan)
    id = PushedLoan.fresh(books, programme, lender, loan)
    voucher.keep(PushedLoan(id=id, push=push.name, firm=lead.name))
    lead = evolve(lead, chosen="", lent=(*lead.lent, push.name)).reached("lent", books.today)
    return evolve(push, outcome="lent", lender=lender, loan=loan), lead


@noun.rule(TellOutcome)
def tell_outcome(terms: BranchTerms, command: TellOutcome, books: Books) -> Plan:
    """Keep the firm's word beside that of the branch, which is told; it may be said anew.

    Refuses: NotFound, LeadErased, PushClosed for one that it did not accept.
    """
    push = Push.existing(books, command.programme, command.push)
    lead = own_lead(books, command.programme, command.firm)
    if push.firm != lead.name:
        raise NotFound("push", command.push)
    if push.state not in (State.ACCEPTED, State.REFUSED):
        raise PushClosed(push.name, push.state.value)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(push, word=command.word, stars=command.stars))
    voucher.notify(push.branch, "push-feedback", push.id, word=command.word, stars=command.stars)
    return voucher.plan("outcome", f"{lead.name} says of push {push.name}: {command.word}")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def count_loans(books: Books, day: date) -> Iterator[Step]:
    """Count the loans disbursed on accepted pushes of which no branch has told."""
    for programme in PROGRAMMES.ids(books):
        for push, lender, loan in list(lent_on(books, programme)):
            if PushedLoan.find(books, programme, lender, loan) is None:
                yield Step(f"{programme}/lent/{push}", partial(_count, programme, push, lender, loan))


def _count(programme: str, name: str, lender: str, loan: str, books: Books) -> Plan:
    push, lending = Push.existing(books, programme, name), lending_of(books, lender, loan)
    if push.state is not State.ACCEPTED or push.outcome == "lent":
        return Plan()
    if lending is None or lending.ended_on is not None:
        return Plan()  # not paid out, or reversed
    voucher = BranchVoucher(books, PROGRAMMES.today(books, programme), programme)
    voucher.keep(*_lent(voucher, push, Lead.existing(books, programme, push.firm), lender, loan))
    return voucher.plan("lent", f"push {name}: lent")


# --- report -----------------------------------------------------------------------------------------


@noun.report("pushes")
def list_pushes(books: Books) -> Table:
    """The pushes that the asker may see: firm, branch, score, state, and what became of it."""
    rows = []
    for it in Push.every(books):
        if not may_see_lead(books, Lead.existing(books, it.ids[0], it.firm)):
            continue
        facts = (
            it.on,
            it.expires_on,
            it.state.value,
            it.decided_on or "",
            it.kind,
            it.outcome,
            it.word,
            it.stars or "",
        )
        rows.append((*it.ids, it.firm, it.bank, it.branch, it.template, decimal(it.score), *facts))
    columns = ("programme", "push", "firm", "bank", "branch", "template", "score", "date", "expires", "state")
    return Table("Pushes", (*columns, "decided", "kind", "outcome", "firm says", "stars"), tuple(rows))
