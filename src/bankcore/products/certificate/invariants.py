"""What must hold in every book after every step; each yields the contradictions it finds.

B5 to B9 speak of sequences of operations rather than of one state; tests hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product.records import every, ids
from bankcore.products.certificate import accounts, registry
from bankcore.products.certificate.config import Shortfall
from bankcore.products.certificate.interest import certificate_interest
from bankcore.products.certificate.orders import Order, Share, ShareState, State
from bankcore.rates import round_half_up

__all__ = ["INVARIANTS"]

_CERTIFICATE = (State.ACTIVE, State.MATURED)


def escrow_is_confirmed(books: Books) -> Iterator[str]:
    """B1: escrow is what is confirmed and not yet in a certificate, and nothing where an order ended."""
    for order, shares in _orders(books):
        for share in shares:
            confirmed = share.state is ShareState.CONFIRMED
            path = accounts.escrow(order.programme, order.id, share.participant)
            if _balance(books, path) != (share.amount if confirmed else 0):
                yield f"{path} is {_balance(books, path)}, {share.participant} is {share.state.value}"
            if confirmed and order.state is not State.OPEN:
                yield f"{share.record.id} is confirmed, the order is {order.state.value}"


def shares_are_the_principal(books: Books) -> Iterator[str]:
    """B2: the shares of a certificate add up to its principal."""
    for order, shares in _orders(books):
        held = 0
        for share in shares:
            path = accounts.share(order.programme, order.id, share.participant)
            balance = _balance(books, path)
            held += balance
            if balance != (share.amount if share.state is ShareState.SHARE else 0):
                yield f"{path} is {balance}, {share.participant} has {share.amount} ({share.state.value})"
        if held != (order.principal if order.state in _CERTIFICATE else 0):
            yield f"certificate {order.record.id} holds {held}, it is {order.state.value}"


def interest_is_exact(books: Books) -> Iterator[str]:
    """B3: interest payable is never more than the term's, rounded once; at maturity all of it was paid."""
    for order, _ in _orders(books):
        if order.state in _CERTIFICATE:
            posted = books.balance(accounts.interest(order.programme, order.id))
            most = round_half_up(certificate_interest(order, order.principal, order.matures_on))
            if not 0 <= posted <= most or (order.state is State.MATURED and posted != most):
                yield f"certificate {order.record.id}: {posted} posted, {most} at maturity"


def targets_were_reached(books: Books) -> Iterator[str]:
    """B4: a certificate opened with its target by the deadline, or below it by consent of everybody."""
    for order, _ in _orders(books):
        if "opened_with" not in order.data or "turn" in order.data:
            continue
        reached = order.data["opened_with"] >= order.config.target
        agreed = reached or order.config.shortfall is Shortfall.OPEN_LOWER
        if order.value_on > order.deadline or not agreed:
            yield f"certificate {order.record.id} opened with {order.data['opened_with']}"


def nothing_is_left_payable(books: Books) -> Iterator[str]:
    """B10: a certificate that is paid owes no interest."""
    for order, _ in _orders(books):
        if order.state is State.PAID:
            left = books.balance(accounts.interest(order.programme, order.id))
            if left:
                yield f"certificate {order.record.id} is paid and owes {left}"


def _orders(books: Books) -> Iterator[tuple[Order, list[Share]]]:
    for programme in ids(books, registry.TERMS):
        for record in every(books, registry.ORDER, programme):
            yield Order(record), [Share(it) for it in every(books, registry.SHARE, record.id)]


def _balance(books: Books, path: AccountPath) -> int:
    return books.balance(path) if books.account(path) else 0


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "B1": escrow_is_confirmed,
    "B2": shares_are_the_principal,
    "B3": interest_is_exact,
    "B4": targets_were_reached,
    "B10": nothing_is_left_payable,
}
