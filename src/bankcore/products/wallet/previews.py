"""What clients can expect: the yield that will be posted if balances stay and the reserve suffices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import islice, takewhile

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.product import Noun
from bankcore.products.wallet.accruals import DayRules, accrual_of
from bankcore.products.wallet.clients import (
    OWN,
    POCKET,
    Client,
    held_by,
    holdings,
    open_client,
)
from bankcore.products.wallet.pools import pool_of
from bankcore.products.wallet.programmes import (
    PROGRAMMES,
    WalletTerms,
    amounts,
)
from bankcore.tables import Table

__all__ = ["preview_yield"]

noun = Noun(__name__)
_HORIZON = 400  # days: longer than an interval and its roll
_Rules = Callable[[date], tuple[WalletTerms, DayRules]]  # the terms and rules of a day


def preview_yield(books: Books, programme: str, client: str, through: date) -> Amount:
    """The yield that will be posted through a day if balances stay and the reserve suffices.

    Scheduled terms count; a declared pool counts once it is divided, and today as a whole day.
    Raises NotFound, ClientClosed, CalendarExhausted, BadDate for the last day there is.
    """
    open_client(books, programme, client)
    held = held_by(books, programme, client)
    days = _days(books, programme, client, held, _rules(books, programme))
    amount = sum(payment for _, payment in takewhile(lambda it: it[0] <= through, days))
    return Amount(amount, PROGRAMMES.today(books, programme).unit)


def _rules(books: Books, programme: str) -> _Rules:
    """The rules of a day, worked out once for all clients."""

    @cache
    def rules(day: date) -> tuple[WalletTerms, DayRules]:
        terms = PROGRAMMES.on(books, programme, day)
        return terms, DayRules.of(terms, day, pool_of(books, programme, day))

    return rules


def _days(
    books: Books, programme: str, client: str, held: Mapping[str, int], rules_of: _Rules
) -> Iterator[tuple[date, int]]:
    """Each day from today with what will be posted then; none where nothing is held or earned."""
    _, state = accrual_of(books, POCKET(programme, client, "yield"))
    pockets, day = dict(held), books.today
    while state.unpaid() > 0 or any(pockets.values()):
        payment = state.payable(day.isoformat())
        yield day, payment
        pockets["yield"] += payment
        terms, rules = rules_of(day)
        balance = sum(pockets[name] for name in terms.eligible)
        state = state.closed(rules, balance * terms.parts, payment)
        day += timedelta(days=1)


# --- reports ----------------------------------------


@noun.report("yield-preview", OWN)
def list_expected(books: Books) -> Table:
    """When each client will next be paid yield, and how much if balances stay and the reserve suffices."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        rules = _rules(books, programme)
        for client, held in holdings(books, programme):
            if Client.existing(books, programme, client).closed_on is None:
                days = islice(_days(books, programme, client, held, rules), _HORIZON)
                day, payment = next((it for it in days if it[1]), (None, 0))
                rows.append((programme, client, day, *amounts(terms, payment)))
    return Table("Yield preview", ("programme", "client", "next payout", "yield"), tuple(rows))
