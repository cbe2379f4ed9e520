"""Leaving an open certificate: one share before maturity, or all of it by consent, at the demand rate."""

from __future__ import annotations

from bankcore.amounts import largest_remainder
from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units
from bankcore.products.certificate import accounts, commands
from bankcore.products.certificate.config import EarlyExit
from bankcore.products.certificate.interest import accrue, at_demand, certificate_interest, withheld
from bankcore.products.certificate.orders import ShareState, State, order_in, shares_of, the_share
from bankcore.products.certificate.parties import check_normal, operation, payee
from bankcore.products.certificate.payouts import payouts
from bankcore.products.certificate.refusals import (
    ConsentMissing,
    ExitForbidden,
    ExitUsed,
    ShareFrozen,
    TierBreach,
)
from bankcore.products.certificate.requests import check_initiator
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import round_half_up

__all__ = ["exit_share", "redeem_early"]


def exit_share(terms: CertificateTerms, command: commands.Exit, books: Books) -> Plan:
    """Pay a share, or a part of it, with demand interest out of what it had accrued.

    Refuses, in this order: NotFound, OrderClosed, NotConfirmed, ShareFrozen, AccountNotNormal,
    ExitForbidden, ExitUsed, UnitMismatch, BalanceFloorBreached, TierBreach.
    """
    order, today = order_in(books, command.programme, command.order), books.today
    order.check_running(today)
    share = the_share(books, order, command.participant, ShareState.SHARE)
    if share.frozen:
        raise ShareFrozen(order.id, share.participant, share.frozen)
    check_normal(books, share.participant)
    if order.config.early_exit is EarlyExit.FORBID:
        raise ExitForbidden(order.id)
    if share.data["exits"] >= order.config.exits:
        raise ExitUsed(share.participant, order.config.exits)
    amount = minor_units(terms, command.amount) if command.amount else share.amount
    path = accounts.share(order.programme, order.id, share.participant)
    if amount > share.amount:
        raise BalanceFloorBreached(path, share.amount, 0, 0, amount, terms.unit)
    left, least = order.principal - amount, max(order.data["floor"], terms.min_opening)
    if left < least:
        raise TierBreach(order.id, left, least, terms.unit)
    accrual, payable = accrue(books, terms, order, today)
    released = payable - round_half_up(certificate_interest(order, left, today))
    earned = round_half_up(at_demand(terms, amount, order.value_on, today))
    tax = withheld(terms, earned)
    gone = share.next(
        state=ShareState.EXITED if amount == share.amount else ShareState.SHARE,
        amount=share.amount - amount,
        exits=share.data["exits"] + 1,
        offer="",
        paid=share.data["paid"] + earned,
        cost=share.data["cost"] + released - earned,
    )
    payment = operation(
        books,
        terms,
        order.record.id,
        "exit",
        f"{share.participant} exits from {order.id}",
        debit={path: amount, accounts.interest(order.programme, order.id): released},
        credit={
            accounts.demand(share.participant): amount + earned - tax,
            accounts.WITHHOLDING: tax,
            accounts.INTEREST_EXPENSE: released - earned,
        },
        records=(gone.record, order.next(principal=left)),
    )
    return Plan((*accrual, payment))


def redeem_early(terms: CertificateTerms, command: commands.RedeemEarly, books: Books) -> Plan:
    """Pay everybody with demand interest, rounded once and divided by largest remainder.

    Refuses, in this order: NotFound, NoPermission, OrderClosed, ConsentMissing, ShareFrozen.
    """
    order, today = order_in(books, command.programme, command.order), books.today
    check_initiator(order, command.initiator)
    order.check_running(today)
    shares = shares_of(books, order, ShareState.SHARE)
    lacking = [share.participant for share in shares if "redemption" not in share.data["consents"]]
    if lacking:
        raise ConsentMissing(order.id, ", ".join(lacking))
    for share in shares:
        if share.frozen:
            raise ShareFrozen(order.id, share.participant, share.frozen)
    accrual, payable = accrue(books, terms, order, today)
    interest = round_half_up(at_demand(terms, order.principal, order.value_on, today))
    parts = largest_remainder(interest, [share.amount for share in shares])
    paid = payouts(terms, order, shares, parts)
    credit = {payee(books, person): amount for person, amount in paid.net.items()}
    text = f"certificate {order.id} is redeemed early"
    payment = operation(
        books,
        terms,
        order.record.id,
        "redeem",
        text,
        debit={**paid.debit, accounts.interest(order.programme, order.id): payable},
        credit={
            **credit,
            accounts.WITHHOLDING: paid.tax,
            accounts.INTEREST_EXPENSE: payable - interest,
        },
        records=(
            order.next(state=State.PAID, principal=0, interest=interest, redeemed_on=today),
            *paid.records,
        ),
    )
    return Plan((*accrual, payment))
