"""What arrives at a current account from outside: cash at the counter, and money of another party's account.

Deposit modes set a share of it aside, and recommendations count it.  Interest, loans, and what a party gets
back of its own are no receipts.  What is reversed counts as if it had not come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart

__all__ = ["arrivals"]


def arrivals(books: Books, party: str, since: date) -> Mapping[date, int]:
    """What arrived by value date, in minor units, on the days from `since` on that moved anything."""
    path, found = chart.DEMAND(party), Counter[date]()
    before = since - min(timedelta(days=1), since - date.min)
    for moved in books.later(path, before):
        entry = None if moved.pending or moved.effective_on > books.today else books.entry(moved.number)
        if entry is not None:
            found[moved.effective_on] += _arrived(books, path, entry.transaction)
    return found


def _arrived(books: Books, path: AccountPath, transaction: Transaction) -> int:
    """What a transaction brings to an account from outside; less than nothing where it takes that back."""
    if transaction.reverses is not None:
        reversed_ = books.entry(transaction.reverses)
        return -_arrived(books, path, reversed_.transaction) if reversed_ else 0
    moved: Counter[AccountPath] = Counter()
    for posting in transaction.postings:
        moved[posting.account] += posting.quantity
    outside = (quantity for account, quantity in moved.items() if account != path and _is_outside(account))
    came = sum(max(quantity, 0) for quantity in outside)
    return max(min(came, -moved[path]), 0)


def _is_outside(account: AccountPath) -> bool:
    return account == chart.CASH() or account.within(chart.DEMAND.root())
