"""Lines given up as lost (核销), and what comes back of them: each decided by two officers (双人复核).

Both name what is lost, or came back; a payment meanwhile lets the proposal lapse.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| write off | loan loss; undrawn-contra | interest, loan; undrawn | all that is owed on the day |
| recover | demand account | loan loss | at most what was lost |

>>> LossExceeds("c001", 100_00, 100_01, "CNY/2").code
'loss_exceeds'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.approvals import Decision, Reason, list_proposals
from bankcore.product.parties import Contract
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import TermsMoved
from bankcore.products.credit.limits import HigherLimit
from bankcore.products.credit.lines import (
    INTEREST,
    LOAN,
    OFFICER,
    UNDRAWN,
    Line,
    OfLine,
    line_at,
    move_undrawn,
    post_interest,
    seen,
    to_date,
)
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms
from bankcore.products.credit.stands import Stand
from bankcore.tables import Table

__all__ = [
    "ApproveLine",
    "LossExceeds",
    "NotLongOverdue",
    "ProposeLineRecovery",
    "ProposeLineWriteOff",
    "RejectLine",
]

noun = Noun(__name__)
_WRITE_OFF, _RECOVERY = "write-off", "recovery"


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class WriteOff(Decision):
    """The decision of two people to give a line up."""

    KIND: ClassVar = "credit.write-off"  # programme:kind:party
    what: Reason


@frozen
class Received:
    """What came back, in minor units."""

    amount: int


@frozen(kw_only=True)
class Recovery(Decision):
    """The decision of two people to take what a holder paid in for a line written off."""

    KIND: ClassVar = "credit.recovery"  # programme:kind:party
    what: Received


# --- refusals ---------------------------------------------------------------------------------------


class NotLongOverdue(ProductRejection):
    """A line is given up only after it has been overdue for long."""

    sentence = "{holder} is {days} days overdue; a line is written off after {least}"
    holder: str
    days: int
    least: int


class LossExceeds(ProductRejection):
    sentence = "of the line of {holder} {lost} are lost, {amount} recovered"
    quantities = ("lost", "amount")
    holder: str
    lost: int
    amount: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class ProposeLineWriteOff(OfLine):
    """Propose to give a line up as lost (申请核销)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    reason: str = fields.text("why nothing more is expected")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@frozen
class ProposeLineRecovery(OfLine):
    """Propose to take what a holder paid in for a line written off (申请核销收回)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    amount: Amount = fields.amount("what is taken from its demand account")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@frozen
class ApproveLine(OfLine):
    """Carry out what another officer proposed (复核通过)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    decision: str = fields.choice("what was proposed: write-off or recovery", (_WRITE_OFF, _RECOVERY))
    proposal: int = fields.proposal()
    amount: Amount = fields.amount("what is lost, as the report overdue shows it, or what came back")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@frozen
class RejectLine(OfLine):
    """Turn down what another officer proposed (复核拒绝)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    decision: str = fields.choice("what was proposed: write-off or recovery", (_WRITE_OFF, _RECOVERY))
    proposal: int = fields.proposal()
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@noun.rule(ProposeLineWriteOff)
def propose_write_off(terms: CreditTerms, command: ProposeLineWriteOff, books: Books) -> Plan:
    """Note the proposal.  Refuses, in this order: LineUnknown, NotLongOverdue, AlreadyProposed."""
    line = _long_overdue(books, terms, command)
    what = Reason(command.reason)
    made = WriteOff.proposed(books, *line.ids, about=_stands(books, line), what=what)
    return _kept(books, terms, made, f"write-off of {line.holder} is proposed")


@noun.rule(ProposeLineRecovery)
def propose_recovery(terms: CreditTerms, command: ProposeLineRecovery, books: Books) -> Plan:
    """Note the proposal.  Refuses, in this order: UnitMismatch, LineUnknown, LossExceeds, AlreadyProposed."""
    amount, line = terms.minor_units(command.amount), line_at(books, command.line)
    if amount > line.lost - line.recovered:
        raise LossExceeds(line.holder, line.lost - line.recovered, amount, terms.unit)
    made = Recovery.proposed(books, *line.ids, about=line.recovered, what=Received(amount))
    return _kept(books, terms, made, f"recovery of {line.holder} is proposed")


@noun.rule(ApproveLine)
def approve(terms: CreditTerms, command: ApproveLine, books: Books) -> Plan:
    """Do what was proposed.

    Refuses, in this order: UnitMismatch, LineUnknown, NotLongOverdue, NothingProposed, SamePerson,
    StaleProposal also where something was paid meanwhile, TermsMoved where another amount was seen.
    """
    seen_amount = terms.minor_units(command.amount)
    if command.decision == _RECOVERY:
        line = line_at(books, command.line)
        recovery = Recovery.approved(books, *line.ids, seen=command.proposal, about=line.recovered)
        _check_seen(terms, line, recovery.what.amount, seen_amount)
        return _recover(terms, books, line, recovery)
    line = _long_overdue(books, terms, command)
    about = _stands(books, line)
    decision = WriteOff.approved(books, *line.ids, seen=command.proposal, about=about)
    line, principal, interest = to_date(books, line)
    _check_seen(terms, line, principal + interest, seen_amount)
    return _write_off(terms, books, line, decision, principal, interest)


@noun.rule(RejectLine)
def reject(terms: CreditTerms, command: RejectLine, books: Books) -> Plan:
    """Nothing of it is done.  Refuses, in this order: NothingProposed, SamePerson, StaleProposal."""
    kind = Recovery if command.decision == _RECOVERY else WriteOff
    made = kind.rejected(books, *command.line, seen=command.proposal)
    return _kept(books, terms, made, f"{command.decision} of {command.line[2]} is rejected")


def _long_overdue(books: Books, terms: CreditTerms, command: OfLine) -> Line:
    line = line_at(books, command.line)
    if (days := line.days_overdue(books.today)) < terms.write_off_days:
        raise NotLongOverdue(line.holder, days, terms.write_off_days)
    return line


def _stands(books: Books, line: Line) -> list[int]:
    """What a payment changes: the principal, and the interest that was paid so far."""
    return [books.balance(LOAN(*line.ids)), books.gross(INTEREST(*line.ids))[1]]


def _check_seen(terms: CreditTerms, line: Line, amount: int, seen_amount: int) -> None:
    if amount != seen_amount:
        now, then = (str(Amount(it, terms.unit)) for it in (amount, seen_amount))
        raise TermsMoved(f"line of {line.holder}", now, then)


def _write_off(
    terms: CreditTerms, books: Books, line: Line, decision: WriteOff, principal: int, interest: int
) -> Plan:
    """All that is owed today is lost; nothing more is drawn, and the claim still binds its holder."""
    line, posted = post_interest(books, terms, line)
    voucher = PROGRAMMES.voucher(books, terms, line.ids[0])
    voucher.move(chart.LOAN_LOSS(), INTEREST(*line.ids), interest)
    voucher.move(chart.LOAN_LOSS(), LOAN(*line.ids), principal)
    move_undrawn(voucher, line.ids, -books.balance(UNDRAWN(*line.ids)))
    ended = evolve(line, limit=0, allowed=0, decided=0, automatic=False, due_on=None)
    gone = Stand.after(books, ended, 0, 0, "write-off", principal + interest)
    voucher.keep(decision, gone, evolve(ended, lost=line.lost + principal + interest))
    return Plan((*posted, voucher.transaction("write-off", f"line of {line.holder} is written off")))


def _recover(terms: CreditTerms, books: Books, line: Line, decision: Recovery) -> Plan:
    """Money that makes the loss smaller; once nothing is lost, the line binds its holder no more."""
    amount = decision.what.amount
    voucher = PROGRAMMES.voucher(books, terms, line.ids[0])
    voucher.move(chart.DEMAND(line.holder), chart.LOAN_LOSS(), amount)
    voucher.keep(decision, evolve(line, recovered=line.recovered + amount))
    if line.recovered + amount == line.lost:
        voucher.put(Contract.ended(books, line.holder, "credit", *line.ids))
    return voucher.plan("recovery", f"recovery of the line of {line.holder}")


def _kept(books: Books, terms: CreditTerms, made: Decision, text: str) -> Plan:
    voucher = PROGRAMMES.voucher(books, terms, made.ids[0])
    voucher.keep(made)
    return voucher.plan("decide", text)


# --- reports ----------------------------------------------------------------------------------------


@noun.report("proposals", {})
def list_open_proposals(books: Books) -> Table:
    """What is proposed about lines, and the versions that whoever decides has to name."""
    return list_proposals(books, HigherLimit, WriteOff, Recovery)


@noun.report("losses")
def list_losses(books: Books) -> Table:
    """Lines written off, and what came back."""
    rows = []
    for it in filter(partial(seen, books), Line.every(books)):
        if it.lost:
            unit = PROGRAMMES.today(books, it.ids[0]).unit
            money = (Amount(quantity, unit) for quantity in (it.lost, it.recovered, it.lost - it.recovered))
            rows.append((*it.ids, *money))
    columns = ("programme", "kind", "holder", "written off", "recovered", "lost")
    return Table("Credit losses", columns, tuple(rows))
