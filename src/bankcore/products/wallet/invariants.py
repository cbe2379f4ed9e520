"""What must hold in every book after every step; each yields the contradictions it finds.

A8 and A10 speak of sequences of operations rather than of one state; tests hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bankcore.calendars import Roll
from bankcore.ledger.books import Books
from bankcore.product.records import every, existing, ids
from bankcore.products.wallet import accounts, registry
from bankcore.products.wallet.terms import SweepMode
from bankcore.products.wallet.yields import YieldState
from bankcore.rates import parse_fraction, round_half_up

__all__ = ["INVARIANTS"]


def cash_covers_claims(books: Books) -> Iterator[str]:
    """A1: all that is owed equals the bank's cash, in a book where nothing but the wallet moves it."""
    memoranda = {
        path(programme)
        for programme in ids(books, registry.TERMS)
        for path in (accounts.cash_due, accounts.cash_due_contra)
    }
    owed = cash = 0
    for path, balance in books.balances(""):
        if path == accounts.CASH:
            cash = balance
        elif path.within("wallet") or path.within("bank:demand"):
            owed += balance if path not in memoranda else 0
        elif balance:
            return
    if owed != cash:
        yield f"{owed} is owed, the cash is {cash}"


def bonus_needs_principal(books: Books) -> Iterator[str]:
    """A2: without principal there is no unvested bonus."""
    for programme in ids(books, registry.TERMS):
        for client, held in registry.holdings(books, programme):
            if held["bonus"] and not held["principal"]:
                yield f"client {client} of {programme} has no principal, but a bonus of {held['bonus']}"


def yield_is_exact(books: Books) -> Iterator[str]:
    """A3: what is posted and due is the exact sum rounded, where intervals end daily, and never more."""
    for programme in ids(books, registry.TERMS):
        daily = _ends_daily(books, programme)
        for accrual in every(books, registry.ACCRUAL, accounts.clients_root(programme)):
            state = YieldState.from_data(accrual.data)
            rest = state.unpaid() - state.due
            if rest < 0 or (daily and rest):
                yield f"{accrual.id}: exact {state.earned}, posted {state.paid}, due {state.due}"


def _ends_daily(books: Books, programme: str) -> bool:
    """Whether every close so far ended an interval of every client, under terms older than today."""
    terms = registry.terms_on(books, programme, books.today)
    starts = (start for start, _ in existing(books, registry.TERMS, programme).data["schedule"])
    began = max(start for start in starts if start <= books.today.isoformat())
    rolls_on = terms.roll in (Roll.CALENDAR, Roll.FOLLOWING)
    return str(terms.interval) == "1D" and rolls_on and bool(began < books.today.isoformat())


def bonus_is_accounted_for(books: Books) -> Iterator[str]:
    """A4: bonus granted is what is open, vested or forfeited."""
    for programme in ids(books, registry.TERMS):
        for client, held in registry.holdings(books, programme):
            counts = registry.counts_of(books, programme, client)
            if counts["granted"] != held["bonus"] + counts["vested"] + counts["forfeited"]:
                yield f"client {client} of {programme}: bonus open {held['bonus']}, counted {counts}"


def sweeps_are_due(books: Books) -> Iterator[str]:
    """A5: a sweep happens below the threshold only, out of what the service fund has, by the preset."""
    for programme in ids(books, registry.TERMS):
        for record in books.versions(registry.SWEEP, programme):
            sweep = record.data
            gap = sweep["threshold"] - sweep["reserve"]
            most = gap if sweep["mode"] == SweepMode.TOP_UP.value else sweep["preset"] * sweep["times"]
            if gap <= 0 or not 0 < sweep["amount"] <= min(most, sweep["service"]):
                yield f"sweep {record.version} of {programme}: {dict(sweep)}"


def refunds_restore_pockets(books: Books) -> Iterator[str]:
    """A6: a refund never gives a pocket more than the purchase took, and a full one gives it all,
    the fee too: what a merchant was charged is the exact fee on net sales, rounded."""
    for merchant in every(books, registry.MERCHANT):
        exact, charged = merchant.data["fee"], merchant.data["charged"]
        if charged != round_half_up(parse_fraction(exact)):
            yield f"merchant {merchant.id}: exact fee {exact}, charged {charged}"
    for purchase in every(books, registry.PURCHASE):
        paid, back = purchase.data, purchase.data["back"]
        for name in ("yield", "principal", "vested", "vesting"):
            if not 0 <= back[name] <= paid[name]:
                yield f"purchase {purchase.id}: {name} of {dict(paid)}"
        if paid["yield"] + paid["principal"] + paid["vested"] != paid["amount"]:
            yield f"purchase {purchase.id}: the pockets did not pay {paid['amount']}"


def cash_due_is_explained(books: Books) -> Iterator[str]:
    """A7: offline cash due is recharges less pay-ins less undone recharges, and never below zero."""
    for programme in ids(books, registry.TERMS):
        taken = undone = 0
        for recharge in every(books, registry.RECHARGE, programme):
            taken += recharge.data["amount"]
            undone += recharge.data["amount"] if recharge.data["undone"] else 0
        debits, credits = books.gross(accounts.cash_due(programme))
        if debits < taken or not 0 <= debits - credits <= taken - undone:  # a pay-in may be reversed
            yield f"{programme}: {debits} became due, {credits} left; recharged {taken}, undone {undone}"


def purchases_were_bound(books: Books) -> Iterator[str]:
    """A9: who bought was bound to the merchant in both registries."""
    pairs = {
        ":".join((purchase.id.partition(":")[0], purchase.data["client"], purchase.data["merchant"]))
        for purchase in every(books, registry.PURCHASE)
    }
    for pair in sorted(pairs):
        if not any(all(binding.data.values()) for binding in books.versions(registry.BINDING, pair)):
            yield f"{pair} bought without a binding"


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "A1": cash_covers_claims,
    "A2": bonus_needs_principal,
    "A3": yield_is_exact,
    "A4": bonus_is_accounted_for,
    "A5": sweeps_are_due,
    "A6": refunds_restore_pockets,
    "A7": cash_due_is_explained,
    "A9": purchases_were_bound,
}
