"""Certificates (存单): one deposit of all shares of an order that opened, and what falls due of it.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| accrue | interest expense | interest | what the term earned, then the demand rate, rounded together |
| pay | share, interest | demand account | the share and its part of the interest |
| | | withholding tax | tax on that part |
| redeem early | share, interest | demand account | the same, at the demand rate |
| | | interest expense | what had accrued above it |

What is paid to all is rounded once and divided by largest remainder; `payments` says how it gets there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import largest_remainder
from bankcore.errors import BadDate, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Rule, Step, in_common
from bankcore.product.product import Noun, Phase
from bankcore.product.records import PAGE, pages
from bankcore.product.voucher import Voucher
from bankcore.products.certificate.openings import INTEREST, expire, paying
from bankcore.products.certificate.orders import (
    DUE,
    INITIATOR,
    RAISING,
    Certificate,
    OfOrder,
    Order,
    State,
    amounts,
    orders_of,
)
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.rollovers import roll_over
from bankcore.products.certificate.shares import SHARE, Share, ShareState, shares_of
from bankcore.rates import Accrual, round_half_up
from bankcore.tables import Table

__all__ = ["ConsentMissing", "RedeemEarly"]

noun = Noun(__name__)
_RUNNING = (State.ACTIVE, State.MATURED)
ACCRUE = Agenda("certificate.accrue", "interest of certificate")  # programme:day:order, what was refused


@frozen(kw_only=True)
class Missed(Facts):
    """The note that interest through a day is still to be accrued."""

    KIND: ClassVar = ACCRUE.kind
    through: date


class ConsentMissing(ProductRejection):
    sentence = "early redemption of {order} needs the consent of {missing}"
    order: str
    missing: str


# --- interest -----------------------------------------------------------------------------------------


def accrue(
    books: Books, terms: CertificateTerms, it: Certificate, through: date
) -> tuple[tuple[Transaction, ...], int]:
    """The transaction, or none, that brings interest payable up to a day, and what is payable then."""
    posted = books.balance(INTEREST(*it.ids))
    due = Accrual(it.accrued(terms.demand_rate, through), posted).due()
    return _accrual(books, terms, it, through, due), posted + due


def _accrual(
    books: Books, terms: CertificateTerms, it: Certificate, through: date, due: int
) -> tuple[Transaction, ...]:
    if not due:
        return ()
    voucher = PROGRAMMES.voucher(books, terms, it.id)
    voucher.move(chart.INTEREST_EXPENSE(), INTEREST(*it.ids), due)
    return (voucher.transaction("accrue", f"interest of {it.name} through {through}"),)


@noun.daily(Phase.ACCRUAL)
def accrue_all(books: Books, day: date) -> Iterator[Step]:
    """What was refused before; then, on the days of the terms, the interest of every certificate.

    A page of certificates is one entry; where that is refused each has its own, or waits until tomorrow.
    """
    yield from ACCRUE.steps(books, day, PROGRAMMES.ids(books), "missed", _catch_up)
    for programme, terms in PROGRAMMES.offered(books):
        after = ""
        for page in pages(books, Order.KIND, programme) if terms.accrue.is_on(day) else ():
            rules = in_common(_accrue_page(terms, page, after), [_accrue_each(terms, page, after)])
            yield Step(f"{programme}/accrue/{page[0].id.rpartition(':')[2]}", *rules)
            after = page[-1].id.rpartition(":")[2]


def _accrue_page(terms: CertificateTerms, page: list[Record], after: str) -> Rule:
    def rule(books: Books) -> Plan:
        voucher = PROGRAMMES.voucher(books, terms, page[0].id.partition(":")[0])
        for it, due in _dues(books, terms, page, after):
            voucher.move(chart.INTEREST_EXPENSE(), INTEREST(*it.ids), due)
        return voucher.plan("accrue", f"interest through {books.today}")

    return rule


def _accrue_each(terms: CertificateTerms, page: list[Record], after: str) -> Rule:
    def rule(books: Books) -> Plan:
        through = books.today.isoformat()
        made = (
            (it, _accrual(books, terms, it, books.today, due)) for it, due in _dues(books, terms, page, after)
        )
        attempts = (
            ACCRUE.attempt(books, it.programme, it.name, entry, through=through)
            for it, entry in made
            if entry
        )
        return Plan(tuple(attempts))

    return rule


def _catch_up(books: Books, programme: str, order: str) -> Iterator[Transaction]:
    """Interest through the day of the accrual that was refused, unless more was accrued since."""
    through = Missed.existing(books, programme, books.today.isoformat(), order).through
    it = Order.existing(books, programme, order)
    if isinstance(it, Certificate) and it.state in _RUNNING:
        terms = PROGRAMMES.today(books, programme)
        due = Accrual(it.accrued(terms.demand_rate, through), books.balance(INTEREST(*it.ids))).due()
        yield from _accrual(books, terms, it, through, max(due, 0))


def _dues(
    books: Books, terms: CertificateTerms, page: list[Record], after: str
) -> Iterator[tuple[Certificate, int]]:
    """What is to be accrued today on each certificate of a page of orders, those after `after`."""
    programme, _, last = page[-1].id.partition(":")
    payable = payable_between(books, programme, after, last)
    for it in map(Order.of, page):
        if isinstance(it, Certificate) and it.state in _RUNNING:
            yield it, Accrual(it.accrued(terms.demand_rate, books.today), payable[it.name]).due()


def payable_between(books: Books, programme: str, after: str, last: str) -> dict[str, int]:
    """Interest payable of the certificates after `after` up to `last`, by order."""
    root = INTEREST.root(programme)
    found: dict[str, int] = {}
    start = f"{root}:{after}" if after else ""
    while rows := list(books.balances(root, start, PAGE)):
        for path, balance in rows:
            order = path.rpartition(":")[2]
            if order > last:
                return found
            found[order] = balance
        start = rows[-1][0]
    return found


# --- what falls due -----------------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def serve_due(books: Books, day: date) -> Iterator[Step]:
    """Deadlines, maturities and payments, in pages; what cannot be done today is due tomorrow.

    Raises BadDate for the last day there is.
    """
    if day == date.max and any(PROGRAMMES.ids(books)):
        raise BadDate(day, "no day follows to which what waits could be put off")
    return DUE.steps(books, day, PROGRAMMES.ids(books), "due", _serve, _serve_all)


def _serve_all(books: Books, programme: str, notes: Sequence[Record]) -> Iterator[Transaction]:
    for note in notes:
        yield from _serve(books, programme, note.id.rpartition(":")[2], direct=True)


def _serve(books: Books, programme: str, name: str, *, direct: bool = False) -> tuple[Transaction, ...]:
    terms, order = PROGRAMMES.today(books, programme), Order.existing(books, programme, name)
    if order.state in RAISING:
        return expire(books, terms, order, direct=direct)
    if isinstance(order, Certificate) and order.state in _RUNNING:
        if books.today >= order.pay_on:
            return _pay(books, terms, order, direct=direct)
        if books.today >= order.matures_on and order.state is State.ACTIVE:
            return _mature(books, terms, order)
    return ()


def _mature(books: Books, terms: CertificateTerms, it: Certificate) -> tuple[Transaction, ...]:
    """Accrue the last of the term's interest; the payment waits for its business day."""
    accrual, _ = accrue(books, terms, it, it.matures_on)
    voucher = PROGRAMMES.voucher(books, terms, it.id)
    voucher.keep(evolve(it, state=State.MATURED))
    return (*accrual, voucher.transaction("mature", f"certificate {it.name} matures"))


def _pay(books: Books, terms: CertificateTerms, it: Certificate, *, direct: bool) -> tuple[Transaction, ...]:
    """Pay everybody, or roll over what was agreed.

    The term's interest is divided by largest remainder, and so is what the days after maturity add to it.
    """
    accrual, payable = accrue(books, terms, it, max(books.today, it.matures_on))
    interest = round_half_up(it.earned(it.principal, it.matures_on))
    late = payable - interest
    shares = shares_of(books, it, ShareState.SHARE)
    weights = [share.amount for share in shares]
    split = (largest_remainder(total, weights) for total in (interest, late))
    payments = paying(books, terms, it, direct=direct)
    voucher = payments.voucher
    voucher.keep(evolve(it, state=State.PAID, principal=0, interest=interest))
    net, tax = _pay_shares(voucher, terms, shares, [sum(parts) for parts in zip(*split, strict=True)])
    voucher.post({INTEREST(*it.ids): payable}, {chart.WITHHOLDING_TAX(): tax})
    renewed = roll_over(voucher, terms, it, shares, net)
    for share in shares:
        left = net[share.participant] - renewed.get(share.participant, 0)
        voucher.post({}, {payments.to(share, left): left})
    text = f"certificate {it.name} is {'rolled over' if renewed else 'paid'}"
    return (*accrual, voucher.transaction("pay", text))


def _pay_shares(
    voucher: Voucher, terms: CertificateTerms, shares: Sequence[Share], interest: Sequence[int]
) -> tuple[dict[str, int], int]:
    """End the shares, each with its part of the interest: what is left by participant, and the tax."""
    net, taxed = {}, 0
    for share, part in zip(shares, interest, strict=True):
        last, tax = share.taxed(terms, part)
        taxed += tax
        voucher.post({SHARE(*share.ids): share.amount}, {})
        net[share.participant] = share.amount + part - tax
        voucher.keep(evolve(last, state=ShareState.PAID, amount=0, paid=share.paid + part))
    return net, taxed


# --- redemption ---------------------------------------------------------------------------------------


@frozen
class RedeemEarly(OfOrder):
    """Redeem the whole certificate at the demand rate, by consent of all (提前兑付)."""

    may: ClassVar[Mapping[Role, str]] = {**INITIATOR, Role.OFFICER: ""}
    initiator: str = fields.id_("who initiated the order")


@noun.rule(RedeemEarly)
def redeem_early(terms: CertificateTerms, command: RedeemEarly, books: Books) -> Plan:
    """Pay everybody with demand interest, rounded once and divided by largest remainder.

    Refuses, in this order: NotFound, PartySuspended, NoPermission, OrderClosed, ConsentMissing, ShareFrozen.
    """
    order, today = Order.existing(books, command.programme, command.order), books.today
    order.check_initiator(books, command.initiator)
    it = order.running(today)
    shares = shares_of(books, it, ShareState.SHARE)
    lacking = [share.participant for share in shares if "redemption" not in share.consents]
    if lacking:
        raise ConsentMissing(it.name, ", ".join(lacking))
    for share in shares:
        share.check_free()
    accrual, payable = accrue(books, terms, it, today)
    interest = round_half_up(it.term.paid(it.principal, terms.demand_rate, today))
    payments = paying(books, terms, it)
    voucher = payments.voucher
    voucher.keep(evolve(it, state=State.PAID, principal=0, interest=interest, redeemed_on=today))
    parts = largest_remainder(interest, [share.amount for share in shares])
    net, tax = _pay_shares(voucher, terms, shares, parts)
    credit = {payments.to(share, net[share.participant]): net[share.participant] for share in shares}
    cost = {chart.WITHHOLDING_TAX(): tax, chart.INTEREST_EXPENSE(): payable - interest}
    voucher.post({INTEREST(*it.ids): payable}, credit | cost)
    redeemed = voucher.transaction("redeem", f"certificate {it.name} is redeemed early")
    return Plan((*accrual, redeemed, *payments.out()))


# --- invariants ---------------------------------------------------------------------------------------


@noun.invariant("B2")
def shares_are_the_principal(books: Books) -> Iterator[str]:
    """The shares of a certificate add up to its principal."""
    for _, order in orders_of(books):
        held = 0
        for share in shares_of(books, order):
            path = SHARE(*share.ids)
            balance = books.balance(path) if books.account(path) else 0
            held += balance
            if balance != (share.amount if share.state is ShareState.SHARE else 0):
                yield f"{path} is {balance}, {share.participant} has {share.amount} ({share.state.value})"
        principal = order.principal if isinstance(order, Certificate) else 0
        if held != (principal if order.state in _RUNNING else 0):
            yield f"certificate {order.id} holds {held}, it is {order.state.value}"


@noun.invariant("B3")
def interest_is_exact(books: Books) -> Iterator[str]:
    """Until maturity interest payable is never more than the term's, rounded once; after it, all of that."""
    for _, it in certificates_of(books):
        posted, whole = (
            books.balance(INTEREST(*it.ids)),
            round_half_up(it.earned(it.principal, it.matures_on)),
        )
        before = books.today <= it.matures_on
        if (before and not 0 <= posted <= whole) or (it.state is State.MATURED and posted < whole):
            yield f"certificate {it.id}: {posted} posted, {whole} at maturity"


@noun.invariant("B10")
def nothing_is_left_payable(books: Books) -> Iterator[str]:
    """A certificate that is paid owes no interest."""
    for _, order in orders_of(books, State.PAID):
        if left := books.balance(INTEREST(*order.ids)):
            yield f"certificate {order.id} is paid and owes {left}"


# --- reports ------------------------------------------------------------------------------------------


def certificates_of(books: Books) -> Iterator[tuple[CertificateTerms, Certificate]]:
    """The certificates that are open or wait to be paid, with today's terms."""
    found = orders_of(books, *_RUNNING)
    return ((terms, it) for terms, it in found if isinstance(it, Certificate))


@noun.report("certificates", {Role.CUSTOMER: "participant"})
def list_certificates(books: Books) -> Table:
    """The register: every certificate with its shares."""
    rows = []
    for terms, it in certificates_of(books):
        for share in shares_of(books, it, ShareState.SHARE):
            facts = (str(it.rate), it.value_on, it.matures_on, share.frozen)
            rows.append((*it.ids, share.participant, *amounts(terms, share.amount), *facts))
    columns = ("programme", "certificate", "participant", "share", "rate", "from", "matures", "frozen")
    return Table("Certificates", columns, tuple(rows))


@noun.report("maturities", {})
def list_maturities(books: Books) -> Table:
    """What has to be paid, by month of payment."""
    ladder: dict[tuple[str, str], Counter[str]] = {}
    terms_of = {}
    for terms, it in certificates_of(books):
        rung = ladder.setdefault((it.programme, it.pay_on.isoformat()[:7]), Counter())
        interest = round_half_up(it.earned(it.principal, it.matures_on))
        rung.update(certificates=1, principal=it.principal, interest=interest)
        terms_of[it.programme] = terms
    rows = (
        (*key, rung["certificates"], *amounts(terms_of[key[0]], rung["principal"], rung["interest"]))
        for key, rung in sorted(ladder.items())
    )
    columns = ("programme", "month", "certificates", "principal", "interest")
    return Table("Maturities", columns, tuple(rows))


@noun.report("accruals", {})
def list_accruals(books: Books) -> Table:
    """Interest posted against the exact interest through today, rounded once."""
    rows = []
    for terms, it in certificates_of(books):
        posted = books.balance(INTEREST(*it.ids))
        exact = round_half_up(it.accrued(terms.demand_rate, books.today))
        rows.append((*it.ids, str(it.rate), *amounts(terms, it.principal, posted, exact, exact - posted)))
    columns = ("programme", "certificate", "rate", "principal", "posted", "through today", "to post")
    return Table("Accruals", columns, tuple(rows))
