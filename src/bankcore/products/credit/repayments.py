"""Repayments (还款): by hand, or collected (代扣) at the close of the due date and of the days after.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| repay | demand account; undrawn | interest, then loan; undrawn-contra | at most what is owed |
| collect, at the close | the same | the same | what is owed, as far as the account reaches |

>>> RepaymentExceeds("c001", 100_00, 100_01, "CNY/2").code
'repayment_exceeds'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.errors import BadDate, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.history import Event
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import tomorrow
from bankcore.product.voucher import Voucher
from bankcore.products.credit.late import Again, late_repayment, posted_today
from bankcore.products.credit.lines import (
    DUE,
    HOLDER,
    INTEREST,
    LOAN,
    OFFICER,
    Line,
    OfLine,
    binding,
    line_at,
    move_undrawn,
    post_interest,
    to_date,
)
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms
from bankcore.products.credit.stands import Stand

__all__ = ["Repay", "RepaymentExceeds"]

noun = Noun(__name__)


class RepaymentExceeds(ProductRejection):
    sentence = "{holder} owes {owed}, {amount} offered"
    quantities = ("owed", "amount")
    holder: str
    owed: int
    amount: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Repay(OfLine):
    """Repay from the demand account: overdue interest, then interest, then principal (还款)."""

    may: ClassVar[Mapping[Role, str]] = {**HOLDER, **OFFICER}
    amount: Amount = fields.amount("what is repaid, at most what is owed")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")
    value_on: date | None = fields.day(
        "the day as of which it is paid, by an officer; today if not given", None
    )


@noun.rule(Repay)
def repay(terms: CreditTerms, command: Repay, books: Books) -> Plan:
    """Demand account to interest, then to principal, which may be drawn again.

    Refuses, in this order: UnitMismatch, LineUnknown, PartySuspended for who acts for the holder,
    ActorNotPermitted, BadCommand or PeriodClosed for the value date, RepaymentExceeds.
    """
    amount, line = terms.minor_units(command.amount), line_at(books, command.line)
    acting_for(books, line.holder)
    if (value_on := late_repayment(terms, books, line, command.value_on)) is not None:
        return _repaid_late(terms, books, line, amount, value_on)
    line, principal, owing = to_date(books, line, settling=True)
    if amount > principal + owing:
        raise RepaymentExceeds(line.holder, principal + owing, amount, terms.unit)
    line, posted = post_interest(books, terms, line)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    _pay(voucher, line, principal, owing, amount)
    return Plan((*posted, voucher.transaction("repay", f"repayment of {line.holder}")))


def _repaid_late(terms: CreditTerms, books: Books, line: Line, amount: int, value_on: date) -> Plan:
    """As if it had been paid then, of a line on which something is drawn still."""
    again = Again(books, line, value_on)
    owed = again.principal + again.owing if books.balance(LOAN(*line.ids)) else 0
    if amount > owed:
        raise RepaymentExceeds(line.holder, owed, amount, terms.unit)
    return posted_today(books, terms, line, again, Event("pay", books.today, value_on, amount))


def _pay(
    voucher: Voucher, line: Line, principal: int, owing: int, amount: int, closing: bool | None = None
) -> Line:
    """Money of the demand account for what is owed, interest first; returns the line, as it is kept."""
    paid = min(amount, owing)
    returned = amount - paid
    voucher.move(chart.DEMAND(line.holder), INTEREST(*line.ids), paid)
    voucher.move(chart.DEMAND(line.holder), LOAN(*line.ids), returned)
    move_undrawn(voucher, line.ids, returned)
    binding(voucher, line, bool(principal), returned < principal)
    line = evolve(line, due_on=None) if returned == principal else line
    left = (principal - returned, owing - paid)
    voucher.keep(line, Stand.after(voucher.books, line, *left, "pay", amount, closing=closing))
    return line


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def collect(books: Books, day: date) -> Iterator[Step]:
    """Collect what is due, as far as the demand account reaches, and what is left again tomorrow.

    Raises BadDate for the last day there is.
    """
    if day == date.max and any(PROGRAMMES.ids(books)):
        raise BadDate(day, "no day follows on which what is overdue could be collected")
    return DUE.steps(books, day, PROGRAMMES.ids(books), "due", _serve)


def _serve(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
    """Collect from one line, and come back for what is left."""
    line = Line.existing(books, programme, thing)
    if line.due_on is None or line.due_on > books.today:
        return
    terms = PROGRAMMES.today(books, programme)
    voucher = PROGRAMMES.voucher(books, terms, programme)
    if reach := _within_reach(books, terms, line):
        line, principal, owing = to_date(books, line, settling=True)
        line, posted = post_interest(books, terms, line)
        yield from posted
        line = _pay(voucher, line, principal, owing, min(reach, principal + owing), closing=True)
    if line.due_on is not None:
        voucher.put(DUE.note(books, programme, thing, tomorrow(books)))
    yield voucher.transaction("collect", f"what {line.holder} owes is due")


def _within_reach(books: Books, terms: CreditTerms, line: Line) -> int:
    """The most that can be collected from the demand account."""
    path = chart.DEMAND(line.holder)
    if not terms.automatic or not books.accounts([path])[path].status.takes_debits:
        return 0
    reach = books.available(path)
    return MAX_QUANTITY if reach is None else max(reach, 0)
