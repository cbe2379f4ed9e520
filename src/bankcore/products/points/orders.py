"""Orders (交易订单): the price to the provider, the points to the consumer, in one transaction.

Points are what all net spend of a member has earned, less what was issued before: see members.  An order that
is known late is posted today, and earns, counts and expires as if it had been known on its day.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| order | demand account of the consumer | that of the provider | price |
| and its points | as issued by the provider: see lots | | |
| refund | demand account of the provider | that of the consumer | what is refunded |
| and its points | as taken back: see lots | | |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.forms import fill
from bankcore.product.parties import account_of, acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import RefundExceeds
from bankcore.product.value_dates import late_day
from bankcore.products.points.agreements import agreement_in_force
from bankcore.products.points.cards import OWN_CARDS, Card, dealing, usable_card
from bankcore.products.points.lots import claw_back, issue
from bankcore.products.points.members import Member
from bankcore.products.points.programmes import PROGRAMMES, PointsTerms, PointsVoucher
from bankcore.products.points.providers import earn_credit, open_provider
from bankcore.products.points.remittances import Remittance
from bankcore.products.points.terminals import terminal_of
from bankcore.products.standings import unified_card
from bankcore.tables import Table

__all__ = [
    "GrantPoints", "IdentityUnconfirmed", "OrderDuplicate", "OrderOfOther", "PlaceOrder", "RefundOrder",
    "SubmitOrder",
]  # fmt: skip

noun = Noun(__name__)
CONFIRMED_BY = ("", "pin", "face", "card")  # as the terminal says; the bank does not see it


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Order(Facts):
    """An order, in minor units: its price, how much of it still counts for points, what was refunded.

    It was posted `on` a day; one that was known late took place on `value_on`.

    Its points count for limits from `counts_on` on; `agreement` is class and version, as `standard/1`; `at`
    and `confirmed_by` are as the terminal said, empty where it did not.
    """

    KIND: ClassVar = "points.order"  # programme:order
    card: str
    provider: str
    agreement: str
    price: int
    counted: int
    refunded: int = 0
    lot: str  # empty where it has none of its own
    on: date
    counts_on: date
    points: int  # net of what refunds took back
    terminal: str
    at: str
    confirmed_by: str
    value_on: date | None = kept(None, absent=True)

    @property
    def day(self) -> date:
        """The day on which it took place."""
        return self.value_on or self.on


# --- refusals -----------------------------------------------------------------------------------------


class OrderDuplicate(ProductRejection):
    sentence = "there is already an order {order}"
    order: str


class IdentityUnconfirmed(ProductRejection):
    """One big order is not to be cut into many small ones, so those of a day are counted together."""

    sentence = "orders of {amount} today do not say what confirmed who pays; above {limit} one has to"
    quantities = ("amount", "limit")
    amount: int
    limit: int
    unit: str = ""


class OrderOfOther(ProductRejection):
    sentence = "order {order} is not one of provider {provider}"
    order: str
    provider: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class PlaceOrder:
    """Pay a provider, and remit the points that the order earns (交易订单, 积分汇入), by who pays."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    card: str = fields.id_("the consumer's card")
    order: str = fields.id_("number of the order")
    amount: Amount = fields.amount("the price; zero earns nothing", least=0)
    terminal: str = fields.id_("the provider's terminal; its only one if not given", "")
    at: str = fields.time_of_day("the terminal's time of day, as HH:MM", "")
    confirmed_by: str = fields.choice("what confirmed who pays: pin, face or card", CONFIRMED_BY, "")


@frozen
class SubmitOrder:
    """Read a terminal's order document and place the order (订单数据提取), at the bank's data centre."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    document: Mapping[str, Any] = fields.table("the order as the terminal sent it")
    value_on: date | None = fields.day("the day of an order that is known late; today if not given", None)


@frozen
class RefundOrder:
    """Refund an order, or a part of it, and take its points back (订单退款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    order: str = fields.id_("number of the order")
    amount: Amount = fields.amount("what is refunded")


@frozen
class GrantPoints:
    """Issue points without an order, at the provider's cost (赠送积分)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider"}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    card: str = fields.id_("the consumer's card")
    points: int = fields.count("how many points")


@noun.rule(PlaceOrder)
def place_order(terms: PointsTerms, command: PlaceOrder, books: Books) -> Plan:
    """Consumer to provider, provider to its fund, points to the card, credit points to the provider.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the holder, NotFound or CardClosed,
    PartySuspended for either side, SelfDealing, CardLost, TerminalForeign, TerminalUnnamed, OrderDuplicate,
    AgreementMissing, IdentityUnconfirmed, FundShort.
    """
    return _placed(terms, command, books)


def _placed(terms: PointsTerms, command: PlaceOrder, books: Books, value_on: date | None = None) -> Plan:
    """An order of today, or of an earlier day."""
    programme, card, provider = command.programme, command.card, command.provider
    price, order = terms.minor_units(command.amount), command.order
    acting_for(books, card)
    dealing(books, programme, card, provider)
    holder = usable_card(books, programme, card)
    day = _day_of(terms, books, holder, provider, value_on)
    terminal = terminal_of(books, programme, provider, command.terminal)
    if Order.find(books, programme, order) is not None:
        raise OrderDuplicate(order)
    agreement = agreement_in_force(books, programme, provider, holder.consumer_class, day)
    agreed, version = agreement.terms, f"{holder.consumer_class}/{agreement.version}"
    member = Member.find(books, programme, card, provider) or Member(
        id=f"{programme}:{card}:{provider}", day=day
    )
    voucher = PointsVoucher(books, terms, programme)
    if not command.confirmed_by:
        voucher.keep(_unconfirmed(terms, holder, price, books.today))
    voucher.move(chart.DEMAND(card), chart.DEMAND(provider), price)
    earlier = _counted_on(books, member, day)
    counted = agreed.counted(price, earlier)
    if day >= member.day:
        member = evolve(member, day=day, on_day=earlier + counted)
    after = member.spent(version, agreed.rate.fraction, agreed.credit_rate.fraction, counted)
    points, exact = _keep_earned(voucher, member, after)
    counts_on = voucher.terms_on(day).counts_on(day)
    lot, repaid, fund = issue(voucher, card, provider, points, price, order, counts_on, day)
    credit = earn_credit(voucher, provider, exact, counts_on)
    made = Order(
        id=f"{programme}:{order}",
        card=card,
        provider=provider,
        agreement=version,
        price=price,
        counted=counted,
        lot=lot,
        on=books.today,
        value_on=None if day == books.today else day,
        counts_on=counts_on,
        points=points,
        terminal=terminal,
        at=command.at,
        confirmed_by=command.confirmed_by,
    )
    remitted = {"points": points, "debt": repaid, "fund": fund, "credit": credit, "amount": price}
    voucher.keep(made, Remittance(id=f"{programme}:{provider}:{card}:{order}", on=books.today, **remitted))
    return voucher.plan("order", f"order {order}: {points} points for {Amount(price, terms.unit)}")


def _day_of(terms: PointsTerms, books: Books, card: Card, provider: str, value_on: date | None) -> date:
    """The day of an order; raises BadCommand, PeriodClosed, also before card and provider took part."""
    if value_on is None:
        return books.today
    programme = card.ids[0]
    began = PROGRAMMES.schedule(books, programme)[0][0]
    since = max(began, card.registered_on, open_provider(books, programme, provider).registered_on)
    return late_day(value_on, books.today, terms.value_back, since) or books.today


def _counted_on(books: Books, member: Member, day: date) -> int:
    """What of a member's orders of a day earns points by now, in minor units."""
    if day == member.day or day == books.today:
        return member.on_day if day == member.day else 0
    programme, card, provider = member.ids
    remitted = Remittance.every(books, programme, provider, card)
    orders = (Order.existing(books, programme, it.order) for it in remitted)
    return sum(it.counted for it in orders if it.day == day)


def _unconfirmed(terms: PointsTerms, card: Card, price: int, today: date) -> Card:
    """The card with one more order of the day that nothing confirmed; raises IdentityUnconfirmed."""
    sum_ = price + (card.unconfirmed if card.unconfirmed_on == today else 0)
    if sum_ > terms.confirm_above:
        raise IdentityUnconfirmed(sum_, terms.confirm_above, terms.unit)
    return evolve(card, unconfirmed=sum_, unconfirmed_on=today)


def _keep_earned(voucher: PointsVoucher, before: Member, after: Member) -> tuple[int, Fraction]:
    """Keep a member as it is now; the points that it gets (or gives back), and the provider's credit."""
    points, credit = after.earned(voucher.terms)
    voucher.keep(evolve(after, issued=points))
    return points - before.issued, credit - before.earned(voucher.terms)[1]


@noun.rule(SubmitOrder)
def submit_order(terms: PointsTerms, command: SubmitOrder, books: Books) -> Plan:
    """Extract provider, consumer, number and price from an order document, and place the order.

    Terminal, time of day and what confirmed who pays are taken where the document has them; its other fields
    (goods) are the provider's own affair.  An order that is known late earns by the agreement and the caps of
    its day, expires and counts for limits as of then; one that was submitted wrong is refunded, and submitted
    anew with its day.
    Refuses: BadCommand for a field that is missing or unreadable; then as `place_order`, and BadCommand or
    PeriodClosed for the day before TerminalForeign.
    """
    wanted = ("provider", "card", "order", "amount")
    missing = [name for name in wanted if name not in command.document]
    if missing:
        raise BadCommand("document", f"the order names no {missing[0]}")
    taken = (*wanted, "terminal", "at", "confirmed_by")
    form = {name: command.document[name] for name in taken if name in command.document}
    placed = fill(PlaceOrder, {"programme": command.programme, **form}, terms.unit)
    return _placed(terms, placed, books, command.value_on)


@noun.rule(RefundOrder)
def refund_order(terms: PointsTerms, command: RefundOrder, books: Books) -> Plan:
    """Provider to consumer, and back what the order earned beyond what the net spend earns.

    A merged card's points come off the card it was merged into.  The holder of a closed card gets the
    money on the demand account, less the worth of the points that are missing: those that were neither
    given up with the card nor are there to be taken; never less than nothing.
    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the provider, NotFound,
    OrderOfOther, RefundExceeds, NoCurrentAccount of a consumer who left the bank.
    """
    programme, amount = command.programme, terms.minor_units(command.amount)
    acting_for(books, command.provider)
    order = Order.existing(books, programme, command.order)
    provider = order.provider
    if provider != command.provider:
        raise OrderOfOther(command.order, command.provider)
    open_provider(books, programme, provider)
    card = unified_card(books, programme, order.card)
    left = order.price - order.refunded
    if amount > left:
        raise RefundExceeds("order", command.order, left, amount, terms.unit)
    voucher = PointsVoucher(books, terms, programme)
    member = Member.existing(books, programme, order.card, provider)
    counted = min(order.counted, left - amount)
    after = member.unspent(order.agreement, order.counted - counted, order.day)
    change, exact = _keep_earned(voucher, member, after)
    points, lot, since = -change, order.lot, order.counts_on
    missing, returned = claw_back(voucher, card, provider, points, lot, since)
    closed = Card.existing(books, programme, card).closed_on
    debt, kept = (0, min(terms.worth(missing), amount)) if closed else (missing, 0)
    voucher.move(chart.DEMAND(provider), account_of(books, card), amount - kept)
    credit = earn_credit(voucher, provider, exact, since)
    remittance = Remittance.existing(books, programme, provider, order.card, command.order)
    moved = evolve(remittance, on=books.today, points=-points, debt=-debt, fund=-returned, kept=kept)
    voucher.keep(
        evolve(order, counted=counted, refunded=order.refunded + amount, points=order.points - points),
        evolve(moved, credit=credit, amount=-amount),
    )
    text = f"refund of order {command.order}: {points} points back for {Amount(amount, terms.unit)}"
    return voucher.plan("refund", text)


@noun.rule(GrantPoints)
def grant_points(terms: PointsTerms, command: GrantPoints, books: Books) -> Plan:
    """Points without an order; they earn the provider no credit points.

    Refuses, in this order: PartySuspended, NotFound or CardClosed, SelfDealing, FundShort.
    """
    programme, card, provider = command.programme, command.card, command.provider
    acting_for(books, provider)
    dealing(books, programme, card, provider)
    voucher = PointsVoucher(books, terms, programme)
    issue(voucher, card, provider, command.points)
    return voucher.plan("grant", f"{provider} grants {command.points} points to card {card}")


# --- invariants ---------------------------------------------------------------------------------------


@noun.invariant("C3")
def earnings_are_cumulative(books: Books) -> Iterator[str]:
    """What a member was issued net is the floor of rate times net spend; with all orders in it."""
    spent: Counter[tuple[str, str]] = Counter()
    for order in Order.every(books):
        spent[f"{order.ids[0]}:{order.card}:{order.provider}", order.agreement] += order.counted
    for programme, terms in PROGRAMMES.offered(books):
        for member in Member.every(books, programme):
            noted = {(member.id, version): part.spend for version, part in member.parts.items()}
            orders = {key: spend for key, spend in spent.items() if key[0] == member.id and spend}
            if member.earned(terms)[0] != member.issued or noted != orders:
                yield f"{member.id}: {member.data}, orders of {orders}"


# --- reports ------------------------------------------------------------------------------------------


@noun.report("orders", {**OWN_CARDS, Role.MERCHANT: "provider"})
def list_orders(books: Books) -> Table:
    """Every order as both sides ask for it: when, where and between whom; price, refunds and net points."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Order.every(books, programme):
            money = (Amount(quantity, terms.unit) for quantity in (it.price, it.refunded))
            place, version = (it.day, it.at, it.provider, it.terminal), int(it.agreement.rpartition("/")[2])
            rows.append((*it.ids, *place, it.card, it.on, *money, it.points, it.confirmed_by, version))
    columns = (
        *("programme", "order", "date", "time", "provider", "terminal", "card", "posted", "price"),
        *("refunded", "points", "confirmed by", "agreement version"),
    )
    return Table("Orders", columns, tuple(rows))
