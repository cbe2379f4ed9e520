"""What yield clients can expect, by the rules that will pay it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import islice, takewhile

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.records import existing
from bankcore.products.wallet import accounts, registry
from bankcore.products.wallet.pools import pool_of
from bankcore.products.wallet.yields import DayRules, YieldState

__all__ = ["next_payouts", "preview_yield"]

Rules = Callable[[date], tuple[tuple[str, ...], DayRules]]  # eligible pockets and rules of a day

_HORIZON = 400  # days: longer than an interval and its roll


def preview_yield(books: Books, programme: str, client: str, through: date) -> Amount:
    """The yield that will be posted through a day if balances stay and the reserve suffices.

    Scheduled terms count; a declared pool counts once it is divided.
    Raises NotFound, ClientClosed, CalendarExhausted, BadDate for the last day there is.
    """
    registry.open_client(books, programme, client)
    held = {name: books.balance(accounts.pocket(programme, client, name)) for name in accounts.POCKETS}
    days = _days(books, programme, client, held, _rules(books, programme))
    amount = sum(payment for _, payment in takewhile(lambda it: it[0] <= through, days))
    return Amount(amount, registry.terms_on(books, programme, books.today).unit)


def next_payouts(books: Books, programme: str) -> Iterator[tuple[str, date | None, int]]:
    """Each client who takes part, with the next day on which yield will be posted, and how much.

    As `preview_yield` has it; None and 0 for who can expect nothing within an interval.
    """
    rules = _rules(books, programme)
    for client, held in registry.holdings(books, programme):
        if existing(books, registry.CLIENT, programme, client).data["closed_on"]:
            continue
        days = islice(_days(books, programme, client, held, rules), _HORIZON)
        day, payment = next((it for it in days if it[1]), (None, 0))
        yield client, day, payment


def _rules(books: Books, programme: str) -> Rules:
    """The rules of a day, worked out once for all clients."""

    @cache
    def rules(day: date) -> tuple[tuple[str, ...], DayRules]:
        terms = registry.terms_on(books, programme, day)
        return terms.eligible, DayRules.of(terms, day, pool_of(books, programme, day))

    return rules


def _days(
    books: Books, programme: str, client: str, held: Mapping[str, int], rules_of: Rules
) -> Iterator[tuple[date, int]]:
    """Each day from today with what will be posted then; none where nothing is held or earned."""
    accrual = existing(books, registry.ACCRUAL, accounts.pocket(programme, client, "yield"))
    state, pockets, day = YieldState.from_data(accrual.data), dict(held), books.today
    while state.unpaid() or any(pockets.values()):
        payment = state.payable(day.isoformat())
        yield day, payment
        pockets["yield"] += payment
        eligible, rules = rules_of(day)
        state = state.closed(rules, sum(pockets[name] for name in eligible), payment)
        day += timedelta(days=1)
