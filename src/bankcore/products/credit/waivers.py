"""Overdue interest waived (减免罚息): what an officer gives up of it, with a reason.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| waive | penalty income | interest | at most the overdue interest that is owed |

The exact sum stays as it is; later days count as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.credit.lines import INTEREST, OFFICER, OfLine, line_at, post_interest, to_date
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms
from bankcore.products.credit.repayments import RepaymentExceeds
from bankcore.products.credit.stands import Stand

__all__ = ["WaiveOverdue"]

noun = Noun(__name__)


@frozen
class WaiveOverdue(OfLine):
    """Give up overdue interest that was not paid (减免罚息)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    amount: Amount = fields.amount("at most the overdue interest that is owed")
    reason: str = fields.text("why it is given up")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@noun.rule(WaiveOverdue)
def waive_overdue(terms: CreditTerms, command: WaiveOverdue, books: Books) -> Plan:
    """Take overdue interest off what is owed.  Refuses: UnitMismatch, LineUnknown, RepaymentExceeds."""
    amount, line = terms.minor_units(command.amount), line_at(books, command.line)
    line, principal, owing = to_date(books, line)
    line, posted = post_interest(books, terms, line)
    most = min(owing, line.unwaived)
    if amount > most:
        raise RepaymentExceeds(line.holder, most, amount, terms.unit)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.move(chart.PENALTY_INCOME(), INTEREST(*line.ids), amount)
    line = line.waiving(amount)
    voucher.keep(line, Stand.after(books, line, principal, owing - amount, "waive", amount))
    return Plan((*posted, voucher.transaction("waive", f"overdue interest: {command.reason}")))
