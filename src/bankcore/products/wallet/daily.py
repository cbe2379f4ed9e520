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
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import JsonData, Record, RecordText
from bankcore.products import records
from bankcore.products.product import Plan, Step
from bankcore.products.records import existing, ids, pages, pages_of_texts, texts, written
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.pools import client_of, pool_of, split_steps
from bankcore.products.wallet.purchases import settle
from bankcore.products.wallet.refusals import MerchantShort, NothingToSettle
from bankcore.products.wallet.reserve import amount_of, monitor, operation, postable, takes
from bankcore.products.wallet.terms import Settlement, WalletTerms
from bankcore.products.wallet.yields import DayRules, YieldState

__all__ = ["daily"]

Rule = Callable[[Books], Plan]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, programme by programme.

    A day that cannot be closed is refused before the first step: raises CalendarExhausted, BadDate.
    """
    for programme in ids(books, registry.TERMS):
        DayRules.of(registry.terms_on(books, programme, day), day)
    return _steps(books, day)


def _steps(books: Books, day: date) -> Iterator[Step]:
    for programme in ids(books, registry.TERMS):
        yield from _close(books, programme, registry.terms_on(books, programme, day), day)


def _close(books: Books, programme: str, terms: WalletTerms, day: date) -> Iterator[Step]:
    yield from split_steps(books, programme, terms, day)
    yield Step(f"{programme}/payout", _decide(terms, programme, day))
    rules = DayRules.of(terms, day, pool_of(books, programme, day))
    after = ""
    for page in pages_of_texts(books, registry.ACCRUAL, accounts.clients_root(programme)):
        step = f"{programme}/yield/{client_of(page[0][0])}"
        yield Step(step, _serve(terms, programme, day, rules, page, after))
        after = page[-1][0]
    if terms.settlement is Settlement.DAILY:
        for merchants in pages(books, registry.MERCHANT, programme):
            for merchant in merchants:
                id = merchant.id.partition(":")[2]
                yield Step(f"{programme}/settle/{id}", _settle(terms, programme, id))
    yield Step(f"{programme}/reserve", _record_reserve(terms, programme))


def _decide(terms: WalletTerms, programme: str, day: date) -> Rule:
    """The rule that runs the monitor, then pays the whole batch that is due or carries it over."""

    def rule(books: Books) -> Plan:
        accruals = texts(books, registry.ACCRUAL, accounts.clients_root(programme))
        due = sum(YieldState.from_json(text).payable(day.isoformat()) for _, _, text in accruals)
        swept = monitor(books, terms, programme)
        reserve = books.balance(accounts.reserve(programme)) + amount_of(swept)
        frozen = bool(due) and not takes(books, accounts.reserve(programme), due)
        paid = reserve >= due and not frozen
        # Written even when nothing is due: a run started again must not ask the monitor twice.
        decision = written(
            books, registry.PAYOUT, programme, day.isoformat(), due=due, reserve=reserve, paid=paid
        )
        text = f"yield of {programme} " + (
            "is paid" if paid else f"is carried over: the reserve is {'frozen' if frozen else 'short'}"
        )
        return Plan((*swept, operation(books, terms, programme, "payout", text, records=(decision,))))

    return rule


def _serve(
    terms: WalletTerms, programme: str, day: date, rules: DayRules, page: list[RecordText], after: str
) -> Rule:
    """The rule that pays a chunk of clients what is due, and accrues the day's closing balances.

    What a frozen pocket cannot take stays due.
    """
    today, yields = day.isoformat(), "yield" in terms.eligible

    def rule(books: Books) -> Plan:
        payout = existing(books, registry.PAYOUT, programme, today)
        held = _eligible(books, programme, terms.eligible, after, page[-1][0])
        states = [(pocket, version, YieldState.from_json(text)) for pocket, version, text in page]
        payments = _payments(states, today) if payout.data["paid"] else {}
        withheld = _withheld(books, payments)
        changed = [payout.next(withheld=payout.data.get("withheld", 0) + withheld)] if withheld else []
        for pocket, version, before in states:
            payment = payments.get(pocket, 0)
            state = before.closed(rules, held.get(pocket, 0) + (payment if yields else 0), payment)
            if state != before:
                changed.append(Record(registry.ACCRUAL, pocket, JsonData(state.as_json()), version + 1))
        if not changed:
            return Plan()
        transaction = operation(
            books,
            terms,
            programme,
            "yield",
            f"yield of {day}",
            debit={accounts.reserve(programme): sum(payments.values())},
            credit={AccountPath(pocket): payment for pocket, payment in payments.items()},
            records=tuple(changed),
        )
        return Plan((transaction,))

    return rule


def _payments(states: list[tuple[str, int, YieldState]], today: str) -> dict[str, int]:
    """What is due to a page of clients, by the pocket it goes to."""
    return {pocket: state.due for pocket, _, state in states if state.payable(today)}


def _withheld(books: Books, payments: dict[str, int]) -> int:
    """What frozen pockets cannot take, taken out of the payments."""
    known = books.accounts(map(AccountPath, payments))
    frozen = [path for path, account in known.items() if not account.status.takes_credits]
    return sum(payments.pop(path) for path in frozen)


def _eligible(
    books: Books, programme: str, eligible: tuple[str, ...], after: str, last: str
) -> dict[str, int]:
    """Balances that earn, summed by the client's yield pocket, for clients after `after` up to `last`.

    Yield pockets are the last of a client's accounts and accruals bear their paths, so both run in
    one order.
    """
    names = {*eligible}
    held: dict[str, int] = {}
    while after < last:
        rows = list(books.balances(accounts.clients_root(programme), after, 4 * records.PAGE))
        for path, balance in rows:
            if balance:
                client, _, name = path.rpartition(":")
                if name in names:
                    client += ":yield"
                    held[client] = held.get(client, 0) + balance
        after = rows[-1][0]
    return held


def _settle(terms: WalletTerms, programme: str, merchant: str) -> Rule:
    """The rule that settles a merchant where there is something to settle and no account is frozen."""

    def rule(books: Books) -> Plan:
        try:
            plan = settle(terms, commands.Settle(programme, merchant), books)
        except (NothingToSettle, MerchantShort):
            return Plan()
        return plan if all(postable(books, transaction) for transaction in plan.transactions) else Plan()

    return rule


def _record_reserve(terms: WalletTerms, programme: str) -> Rule:
    """The rule that runs the monitor a last time and keeps the levels of the day."""

    def rule(books: Books) -> Plan:
        swept = monitor(books, terms, programme)
        amount = amount_of(swept)
        reserve = books.balance(accounts.reserve(programme)) + amount
        levels: dict[str, Any] = {
            "on": books.today.isoformat(),
            "reserve": reserve,
            "threshold": terms.threshold,
            "service": books.balance(accounts.service(programme)) - amount,
            "short": reserve < terms.threshold,
        }
        record = written(books, registry.RESERVE, programme, **levels)
        text = f"reserve of {programme} at the close"
        return Plan((*swept, operation(books, terms, programme, "reserve", text, records=(record,))))

    return rule
