"""Courts (司法冻结、扣划): what an order freezes of an account, whole or in part, and what is paid out of it.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| freeze a part | demand account | court | held |
| carry out | demand account | court | what is paid; of a part at most what is held |
| | court | the receiver's demand account | the same |

A wholly frozen account takes credits and earns, and no debit from anybody.  A part is frozen by a hold
without expiry under the order's number; it ends with the order, or when that is lifted or carried out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.accounts import Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart, fields, records
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts
from bankcore.product.parties import may_see
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import (
    PROGRAMMES,
    CurrentAccount,
    DemandTerms,
    restated,
    voucher_of,
)
from bankcore.tables import Table

__all__ = ["BeyondOrder", "CourtFreeze", "EarlierOrder", "ExecuteCourtOrder", "LiftCourtFreeze"]

noun = Noun(__name__)
ENDS = Agenda("current.court-end", "court order")  # programme:date:party/order


@frozen(kw_only=True)
class CourtOrder(Facts):
    """A court's order: the part that it freezes, or None for the whole account; `until` is its last day.

    Of what it freezes `paid` was carried out so far.
    """

    KIND: ClassVar = "current.court-order"  # party:order
    amount: int | None
    ordered_on: date
    until: date | None = None
    lifted_on: date | None = None
    paid: int = 0

    @property
    def left(self) -> int | None:
        """What of its part is still frozen."""
        return None if self.amount is None else self.amount - self.paid


@frozen(kw_only=True)
class CourtPayment(Facts):
    """What was paid of what an order froze, to whom and why."""

    KIND: ClassVar = "current.court-payment"  # party:order:number
    receiver: str
    amount: int
    reason: str
    on: date


class EarlierOrder(ProductRejection):
    """Of several orders against a whole account the first is carried out first (轮候冻结)."""

    sentence = "order {order} waits for order {earlier} against the account of {party}"
    party: str
    order: str
    earlier: str


class BeyondOrder(ProductRejection):
    sentence = "order {order} leaves {left} to be paid, {amount} asked"
    quantities = ("left", "amount")
    order: str
    left: int
    amount: int
    unit: str = ""


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


@frozen
class ExecuteCourtOrder:
    """Pay out of what an order froze, as a court says (司法扣划)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")
    order: str = fields.id_("number of the order that froze it")
    receiver: str = fields.id_("who is paid: the court, or the creditor whom it names")
    reason: str = fields.text("what the court says, without personal data")
    amount: Amount | None = fields.amount("how much; all that is frozen if not given", default=None)


@noun.rule(CourtFreeze)
def freeze(terms: DemandTerms, command: CourtFreeze, books: Books) -> Plan:
    """Hold the part, also where the account takes no debits, or refuse all debits.

    Refuses, in this order: NotFound, AlreadyTaken, BadCommand for a last day that is past, UnitMismatch.
    """
    account, today = CurrentAccount.of_party(books, command.party), books.today
    id = CourtOrder.fresh(books, account.id, command.order)
    if command.until is not None and command.until < today:
        raise BadCommand("until", f"{command.until} is before the business date {today}")
    amount = None if command.amount is None else terms.minor_units(command.amount)
    voucher = voucher_of(books, terms, account.id)
    order = CourtOrder(id=id, amount=amount, ordered_on=today, until=command.until)
    voucher.keep(order)
    voucher.notify(account.id, "frozen", command.order)
    if command.until is not None:
        thing = f"{account.id}/{command.order}"
        voucher.put(ENDS.note(books, account.programme, thing, command.until))
    text = f"order {command.order} against {account.id}"
    if amount is None:
        after = evolve(account, frozen=(*account.frozen, command.order))
        restated(voucher, account, after, f"court order {command.order}")
        return voucher.plan("freeze", text)
    return _past_status(terms, books, order, Plan((_held(voucher, order),)))


@noun.rule(LiftCourtFreeze)
def lift(terms: DemandTerms, command: LiftCourtFreeze, books: Books) -> Plan:
    """Release the part, or take debits again.  Refuses: NotFound, also for an order that ended."""
    return Plan((_lifted(terms, books, _live(books, command)),))


@noun.rule(ExecuteCourtOrder)
def execute(terms: DemandTerms, command: ExecuteCourtOrder, books: Books) -> Plan:
    """Pay by way of the court's account; what is left of a part stays frozen, a part paid whole ends.

    Refuses, in this order: NotFound for the account or an order that ended, BadCommand for the party as its
    own receiver, NotFound for the receiver, UnitMismatch, EarlierOrder, BeyondOrder.
    """
    account, order = CurrentAccount.of_party(books, command.party), _live(books, command)
    if command.receiver == account.id:
        raise BadCommand("receiver", "another party is needed")
    receiver = CurrentAccount.of_party(books, command.receiver)
    if order.amount is None and account.frozen[0] != command.order:
        raise EarlierOrder(account.id, command.order, account.frozen[0])
    left = _disposable(books, account.id) if order.left is None else order.left
    amount = left if command.amount is None else terms.minor_units(command.amount)
    if not 0 < amount <= left:
        raise BeyondOrder(command.order, left, amount, terms.unit)
    plan = _taken(terms, books, order, amount)
    voucher = voucher_of(books, terms, account.id)
    voucher.move(chart.COURT(), chart.DEMAND(receiver.id), amount)
    after = evolve(order, paid=order.paid + amount)
    voucher.keep(evolve(after, lifted_on=books.today) if after.left == 0 else after)
    nth = sum(1 for _ in CourtPayment.every(books, *order.ids)) + 1
    facts = CourtPayment(
        id=f"{order.id}:{nth:06}",
        receiver=receiver.id,
        amount=amount,
        reason=command.reason,
        on=books.today,
    )
    voucher.keep(facts)
    for to in (account.id, receiver.id):
        voucher.notify(to, "court-payment", command.order, amount=str(Amount(amount, terms.unit)))
    return plan + voucher.plan("execute", f"order {command.order} against {account.id} is carried out")


def _disposable(books: Books, party: str) -> int:
    """What is on an account and not held."""
    path = chart.DEMAND(party)
    available = books.available(path)
    return max(books.balance(path) if available is None else available, 0)


def _live(books: Books, command: LiftCourtFreeze | ExecuteCourtOrder) -> CourtOrder:
    """An order that has not ended; raises NotFound."""
    order = CourtOrder.find(books, command.party, command.order)
    if order is None or order.lifted_on is not None:
        raise NotFound("order", command.order)
    return order


def _taken(terms: DemandTerms, books: Books, order: CourtOrder, amount: int) -> Plan:
    """From the account to the court's, also where it takes no debits; what is left of a part is held anew."""
    party, number = order.ids
    voucher = voucher_of(books, terms, party)
    voucher.move(chart.DEMAND(party), chart.COURT(), amount)
    taken = voucher.transaction("court-take", f"order {number} takes of {party}")
    if order.left is not None:
        taken = taken._replace(resolves=books.group(_group(order))[0])
    plan = Plan((taken,))
    if order.left is not None and order.left > amount:
        plan += Plan((_held(voucher_of(books, terms, party), evolve(order, paid=order.paid + amount)),))
    return _past_status(terms, books, order, plan)


def _past_status(terms: DemandTerms, books: Books, order: CourtOrder, plan: Plan) -> Plan:
    """A plan that debits the account, which is opened for it where it takes no debits, and shut again."""
    party, number = order.ids
    path = chart.DEMAND(party)
    stood, found = books.accounts([path])[path].status, CurrentAccount.existing(books, party).found
    if stood is not Status.DEBITS_FROZEN and not (stood is Status.FROZEN and found is Status.CREDITS_FROZEN):
        return plan
    stored = records.existing(books, "account", path)
    again = stored.next(status=Status.OPEN.value, reason=f"court order {number}")
    opened = _status(voucher_of(books, terms, party), stored, Status.OPEN, number)
    return opened + plan + _status(voucher_of(books, terms, party), again, stood, number)


def _status(voucher: Voucher, stored: Record, status: Status, number: str) -> Plan:
    voucher.put(stored.next(status=status.value, reason=f"court order {number}"))
    return voucher.plan("court-status", f"order {number} is carried out")


def _held(voucher: Voucher, order: CourtOrder) -> Transaction:
    """What a voucher holds, and with it what is left of an order's part."""
    party, number = order.ids
    voucher.move(chart.DEMAND(party), chart.COURT(), order.left or 0)
    held = voucher.transaction("hold", f"order {number} against {party}")
    return held._replace(pending=True, group=_group(order))


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
        released = released._replace(resolves=books.group(_group(order))[0])
    return released


def _group(order: CourtOrder) -> str:
    """The group of one hold, by which it is found again; of what is left once some is paid, another."""
    return ":".join(("current.court", order.id, *([str(order.paid)] if order.paid else [])))


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
            rows.append((party, order, part, Amount(it.paid, unit), it.ordered_on, it.until, it.lifted_on))
    columns = ("party", "order", "part", "paid", "ordered", "until", "ended")
    return Table("Court orders", columns, tuple(rows))


@noun.report("court-payments")
def list_payments(books: Books) -> Table:
    """What courts had paid out of accounts that the asker may see."""
    rows = []
    for it in CourtPayment.every(books):
        party, order, _ = it.ids
        if may_see(books, party):
            unit = PROGRAMMES.today(books, CurrentAccount.existing(books, party).programme).unit
            rows.append((party, order, it.on, it.receiver, Amount(it.amount, unit), it.reason))
    return Table("Court payments", ("party", "order", "date", "receiver", "amount", "reason"), tuple(rows))


@noun.invariant("Q5")
def orders_pay_what_they_froze(books: Books) -> Iterator[str]:
    """An order has paid what its payments say, and no more than its part."""
    for order in CourtOrder.every(books):
        paid = sum(it.amount for it in CourtPayment.every(books, *order.ids))
        if paid != order.paid or (order.left is not None and order.left < 0):
            yield f"{order.id}: paid {order.paid}, its payments {paid}"
