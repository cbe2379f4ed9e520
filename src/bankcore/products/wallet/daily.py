"""The close of a day: pools, monitor, yield, settlements, monitor again, and the reserve's level.

Clients are served in chunks, each a step of its own, so a run killed anywhere pays everyone once
when it is started again.  A payout is all or nothing: one step decides for the whole batch, and a
reserve that is short leaves everything due to the next day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.products.product import Plan, Step
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.pools import client_of, pool_of, split_steps
from bankcore.products.wallet.purchases import settle
from bankcore.products.wallet.refusals import MerchantShort, NothingToSettle
from bankcore.products.wallet.reserve import monitor, operation
from bankcore.products.wallet.terms import Settlement, WalletTerms
from bankcore.products.wallet.yields import DayRules, YieldState

__all__ = ["daily"]

Rule = Callable[[Books], Plan]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, programme by programme."""
    for programme in registry.programmes(books):
        yield from _close(books, programme, registry.terms_on(books, programme, day), day)


def _close(books: Books, programme: str, terms: WalletTerms, day: date) -> Iterator[Step]:
    yield from split_steps(books, programme, terms, day)
    yield Step(f"{programme}/payout", _decide(terms, programme, day))
    rules = DayRules.of(terms, day, pool_of(books, programme, day))
    after = ""
    for page in registry.pages(books, registry.ACCRUAL, accounts.clients_root(programme)):
        yield Step(
            f"{programme}/yield/{client_of(page[0])}", _serve(terms, programme, day, rules, page, after)
        )
        after = page[-1].id
    if terms.settlement is Settlement.DAILY:
        for page in registry.pages(books, registry.MERCHANT, programme):
            for merchant in page:
                id = merchant.id.partition(":")[2]
                yield Step(f"{programme}/settle/{id}", _settle(terms, programme, id))
    yield Step(f"{programme}/reserve", _record_reserve(terms, programme))


def _decide(terms: WalletTerms, programme: str, day: date) -> Rule:
    """The rule that runs the monitor, then pays the whole batch that is due or carries it over."""

    def rule(books: Books) -> Plan:
        due = sum(
            accrual.data["due"]
            for accrual in registry.every(books, registry.ACCRUAL, accounts.clients_root(programme))
            if accrual.data.get("pay_on", "~") <= day.isoformat()
        )
        swept = monitor(books, terms, programme)
        reserve = books.balance(accounts.reserve(programme)) + _swept(swept)
        # Written even when nothing is due: a run started again must not ask the monitor twice.
        decision = registry.written(
            books, registry.PAYOUT, programme, day.isoformat(), due=due, reserve=reserve, paid=reserve >= due
        )
        text = f"yield of {programme} " + (
            "is paid" if reserve >= due else "is carried over: the reserve is short"
        )
        return Plan((*swept, operation(books, terms, programme, "payout", text, records=(decision,))))

    return rule


def _swept(swept: tuple[Transaction, ...]) -> int:
    """What the monitor's transactions move into the reserve."""
    return sum(record.data["amount"] for transaction in swept for record in transaction.records)


def _serve(
    terms: WalletTerms, programme: str, day: date, rules: DayRules, page: list[Record], after: str
) -> Rule:
    """The rule that pays a chunk of clients what is due, and accrues the day's closing balances."""
    today, yields = day.isoformat(), "yield" in terms.eligible

    def rule(books: Books) -> Plan:
        paying = registry.existing(books, registry.PAYOUT, programme, today).data["paid"]
        held = _eligible(books, programme, terms.eligible, after, page[-1].id)
        payments: dict[AccountPath, int] = {}
        changed = []
        for accrual in page:
            before = YieldState.from_data(accrual.data)
            balance = held.get(accrual.id, 0)
            payment = before.payable(today) if paying else 0
            if payment:
                payments[AccountPath(accrual.id)] = payment
                balance += payment if yields else 0
            state = before.closed(rules, balance, payment)
            if state != before:
                changed.append(Record(accrual.kind, accrual.id, state.as_data(), accrual.version + 1))
        if not changed:
            return Plan()
        transaction = operation(
            books,
            terms,
            programme,
            "yield",
            f"yield of {day}",
            debit={accounts.reserve(programme): sum(payments.values())},
            credit=payments,
            records=tuple(changed),
        )
        return Plan((transaction,))

    return rule


def _eligible(
    books: Books, programme: str, eligible: tuple[str, ...], after: str, last: str
) -> dict[str, int]:
    """Balances that earn, summed by the client's yield pocket, for clients behind `after` up to `last`.

    Yield pockets are the last of a client's accounts and accruals bear their paths, so both run in
    one order.
    """
    names = {*eligible}
    held: dict[str, int] = {}
    while after < last:
        rows = list(books.balances(accounts.clients_root(programme), after, 4 * registry.PAGE))
        for path, balance in rows:
            client, _, name = path.rpartition(":")
            if balance and name in names:
                client += ":yield"
                held[client] = held.get(client, 0) + balance
        after = rows[-1][0]
    return held


def _settle(terms: WalletTerms, programme: str, merchant: str) -> Rule:
    """The rule that settles a merchant where there is something to settle."""

    def rule(books: Books) -> Plan:
        try:
            return settle(terms, commands.Settle(programme, merchant), books)
        except (NothingToSettle, MerchantShort):
            return Plan()

    return rule


def _record_reserve(terms: WalletTerms, programme: str) -> Rule:
    """The rule that runs the monitor a last time and keeps the levels of the day."""

    def rule(books: Books) -> Plan:
        swept = monitor(books, terms, programme)
        amount = _swept(swept)
        reserve = books.balance(accounts.reserve(programme)) + amount
        levels: dict[str, Any] = {
            "on": books.today.isoformat(),
            "reserve": reserve,
            "threshold": terms.threshold,
            "service": books.balance(accounts.service(programme)) - amount,
            "short": reserve < terms.threshold,
        }
        record = registry.written(books, registry.RESERVE, programme, **levels)
        text = f"reserve of {programme} at the close"
        return Plan((*swept, operation(books, terms, programme, "reserve", text, records=(record,))))

    return rule
