"""States of current accounts: lost (挂失), dormant (久悬), frozen by a court whole or in part (司法冻结).

A lost, dormant or wholly frozen account takes credits and earns, and no debit from anybody.  A part is
frozen by a hold without expiry under the order's number; it ends with the order, or when that is lifted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts
from bankcore.product.parties import acting_for, identified_party, may_see, open_contracts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound
from bankcore.product.schedules import later_by
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import (
    DORMANCY,
    PROGRAMMES,
    AccountLost,
    CurrentAccount,
    DemandTerms,
    restated,
    voucher_of,
)
from bankcore.tables import Table

__all__ = [
    "CourtFreeze", "LiftCourtFreeze", "NotDormant", "NotLost", "ReplaceLost", "ReportLost", "ReviveAccount",
]  # fmt: skip

noun = Noun(__name__)
ENDS = Agenda("current.court-end", "court order")  # programme:date:party/order


@frozen(kw_only=True)
class CourtOrder(Facts):
    """A court's order: the part that it freezes, or None for the whole account; `until` is its last day."""

    KIND: ClassVar = "current.court-order"  # party:order
    amount: int | None
    ordered_on: date
    until: date | None = None
    lifted_on: date | None = None


@define
class NotLost(ProductRejection):
    sentence = "account {party} was not reported lost"
    party: str


@define
class NotDormant(ProductRejection):
    sentence = "account {party} is not dormant"
    party: str


# --- lost -------------------------------------------------------------------------------------------


@frozen
class ReportLost:
    """Have no debits made from an account whose card or passbook is lost (挂失)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")


@frozen
class ReplaceLost:
    """Give out another card or passbook, and take debits again (补发)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")


@noun.rule(ReportLost)
def report_lost(terms: DemandTerms, command: ReportLost, books: Books) -> Plan:
    """Refuses: ActorNotPermitted, NotFound, AccountLost."""
    acting_for(books, command.party)
    account = CurrentAccount.of_party(books, command.party)
    if account.lost_on is not None:
        raise AccountLost(account.id, account.lost_on)
    voucher = voucher_of(books, terms, account.id)
    restated(voucher, account, evolve(account, lost_on=books.today, acted_on=books.today), "lost")
    return voucher.plan("lost", f"account of {account.id} is reported lost")


@noun.rule(ReplaceLost)
def replace_lost(terms: DemandTerms, command: ReplaceLost, books: Books) -> Plan:
    """Refuses: NotFound, NotLost, and as `identified_party` does."""
    account = CurrentAccount.of_party(books, command.party)
    if account.lost_on is None:
        raise NotLost(account.id)
    identified_party(books, account.id)
    voucher = voucher_of(books, terms, account.id)
    restated(voucher, account, evolve(account, lost_on=None, acted_on=books.today), "replaced")
    return voucher.plan("replace", f"account of {account.id} is in use again")


# --- dormant ----------------------------------------------------------------------------------------


@frozen
class ReviveAccount:
    """Use a dormant account again (激活久悬户)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")


@noun.rule(ReviveAccount)
def revive(terms: DemandTerms, command: ReviveAccount, books: Books) -> Plan:
    """Refuses: ActorNotPermitted, NotFound, NotDormant, and as `identified_party` does."""
    acting_for(books, command.party)
    account, today = CurrentAccount.of_party(books, command.party), books.today
    if account.dormant_on is None:
        raise NotDormant(account.id)
    identified_party(books, account.id)
    voucher = voucher_of(books, terms, account.id)
    restated(voucher, account, evolve(account, dormant_on=None, acted_on=today), "revived")
    due = later_by(today, terms.dormant_years)
    voucher.put(DORMANCY.note(books, account.programme, account.id, due))
    return voucher.plan("revive", f"account of {account.id} is revived")


@noun.daily(Phase.MONITOR)
def fall_dormant(books: Books, day: date) -> Iterator[Step]:
    """Look at the accounts whose owners last acted years ago; whoever is bound by a contract uses his."""
    return DORMANCY.steps(books, day, PROGRAMMES.ids(books), "dormant", _look_at)


def _look_at(books: Books, programme: str, party: str) -> Iterator[Transaction]:
    account, terms = CurrentAccount.existing(books, party), PROGRAMMES.today(books, programme)
    if account.closed_on is not None or account.dormant_on is not None:
        return
    voucher = voucher_of(books, terms, party)
    due = later_by(account.acted_on, terms.dormant_years)
    bound = any(it.ids[1] not in ("current", "parties") for it in open_contracts(books, party))
    if due > books.today or bound:
        again = due if due > books.today else add_months(books.today, 1)
        voucher.put(DORMANCY.note(books, programme, party, again))
        yield voucher.transaction("look", f"account of {party} is looked at again on {again}")
        return
    restated(voucher, account, evolve(account, dormant_on=books.today), "dormant")
    voucher.notify(party, "dormant", party)
    yield voucher.transaction("dormant", f"account of {party} is dormant")


# --- frozen by a court --------------------------------------------------------------------------------


@frozen
class CourtFreeze:
    """Freeze an account by an order of a court, whole or a part of it (司法冻结)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")
    order: str = fields.id_("number of the order")
    amount: Amount | None = fields.amount("the part; the whole account if not given", default=None)
    until: date | None = fields.day("its last day; until it is lifted if not given", default=None)


@frozen
class LiftCourtFreeze:
    """End an order of a court before its last day (解除冻结)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")
    order: str = fields.id_("number of the order")


@noun.rule(CourtFreeze)
def freeze(terms: DemandTerms, command: CourtFreeze, books: Books) -> Plan:
    """Hold the part, or refuse all debits.

    Refuses, in this order: NotFound, AlreadyTaken, BadCommand for a last day that is past, UnitMismatch.
    """
    account, today = CurrentAccount.of_party(books, command.party), books.today
    id = CourtOrder.fresh(books, account.id, command.order)
    if command.until is not None and command.until < today:
        raise BadCommand("until", f"{command.until} is before the business date {today}")
    amount = None if command.amount is None else terms.minor_units(command.amount)
    voucher = voucher_of(books, terms, account.id)
    voucher.keep(CourtOrder(id=id, amount=amount, ordered_on=today, until=command.until))
    voucher.notify(account.id, "frozen", command.order)
    if command.until is not None:
        thing = f"{account.id}/{command.order}"
        voucher.put(ENDS.note(books, account.programme, thing, command.until))
    text = f"order {command.order} against {account.id}"
    if amount is None:
        after = evolve(account, frozen=(*account.frozen, command.order))
        restated(voucher, account, after, f"court order {command.order}")
        return voucher.plan("freeze", text)
    voucher.move(chart.DEMAND(account.id), chart.COURT(), amount)
    held = voucher.transaction("hold", text)
    return Plan((held._replace(pending=True, group=_group(account.id, command.order)),))


@noun.rule(LiftCourtFreeze)
def lift(terms: DemandTerms, command: LiftCourtFreeze, books: Books) -> Plan:
    """Release the part, or take debits again.  Refuses: NotFound, also for an order that ended."""
    order = CourtOrder.find(books, command.party, command.order)
    if order is None or order.lifted_on is not None:
        raise NotFound("order", command.order)
    return Plan((_lifted(terms, books, order),))


@noun.daily(Phase.DUE)
def end_orders(books: Books, day: date) -> Iterator[Step]:
    """End the orders whose last day it is."""
    return ENDS.steps(books, day, PROGRAMMES.ids(books), "court", _end)


def _end(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
    order = CourtOrder.existing(books, *thing.split("/"))
    if order.lifted_on is None:
        yield _lifted(PROGRAMMES.today(books, programme), books, order)


def _lifted(terms: DemandTerms, books: Books, order: CourtOrder) -> Transaction:
    party, number = order.ids
    voucher = Voucher("current", books, terms, party)
    voucher.keep(evolve(order, lifted_on=books.today))
    voucher.notify(party, "unfrozen", number)
    if order.amount is None:
        account = CurrentAccount.existing(books, party)
        left = tuple(it for it in account.frozen if it != number)
        restated(voucher, account, evolve(account, frozen=left), f"court order {number} ended")
    released = voucher.transaction("lift", f"order {number} against {party} ended")
    if order.amount is not None:
        released = released._replace(resolves=books.group(_group(party, number))[0])
    return released


def _group(party: str, order: str) -> str:
    """The group of one hold, by which it is found again."""
    return f"current.court:{party}:{order}"


def live_orders(books: Books, party: str) -> list[str]:
    """The numbers of the orders against an account."""
    return [it.ids[1] for it in CourtOrder.every(books, party) if it.lifted_on is None]


@noun.report("court-orders")
def list_orders(books: Books) -> Table:
    """The orders against accounts that the asker may see."""
    rows = []
    for it in CourtOrder.every(books):
        party, order = it.ids
        if may_see(books, party):
            unit = PROGRAMMES.today(books, CurrentAccount.existing(books, party).programme).unit
            part = None if it.amount is None else Amount(it.amount, unit)
            rows.append((party, order, part, it.ordered_on, it.until, it.lifted_on))
    return Table("Court orders", ("party", "order", "part", "ordered", "until", "lifted"), tuple(rows))
