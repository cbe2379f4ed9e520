"""What yield a client can expect, by the rules that will pay it."""

from __future__ import annotations

from datetime import date, timedelta

from bankcore.amounts import Amount
from bankcore.ledger.ports import Books
from bankcore.products.wallet import accounts, registry
from bankcore.products.wallet.pools import pool_of
from bankcore.products.wallet.yields import DayRules, YieldState

__all__ = ["preview_yield"]


def preview_yield(books: Books, programme: str, client: str, through: date) -> Amount:
    """The yield that will be posted through a day if balances stay and the reserve suffices.

    Scheduled terms count; a declared pool counts once it is divided.
    Raises NotRegistered, ClientClosed.
    """
    registry.open_client(books, programme, client)
    path = accounts.pocket(programme, client, "yield")
    state = YieldState.from_data(registry.existing(books, registry.ACCRUAL, path).data)
    posted, day = state.paid, books.today
    held = dict(books.balances(accounts.client_root(programme, client)))
    terms = registry.terms_on(books, programme, day)
    while day <= through:
        terms = registry.terms_on(books, programme, day)
        payment = state.payable(day.isoformat())
        held[path] += payment
        balance = sum(held[accounts.pocket(programme, client, name)] for name in terms.eligible)
        state = state.closed(DayRules.of(terms, day, pool_of(books, programme, day)), balance, payment)
        day += timedelta(days=1)
    return Amount(state.paid - posted, terms.unit)
