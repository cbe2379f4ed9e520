"""The ledger's own requests: the transactions that open, change, close, reverse, capture and release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import evolve

from bankcore.errors import UnknownAccount
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import PERIOD, Entry, Posting, Record, Transaction, open_account

__all__ = ["Rule", "capture", "change_account", "close_period", "open_accounts", "reversal"]

Rule = Callable[[Books], Sequence[Transaction]]


def open_accounts(accounts: Sequence[Account]) -> Rule:
    """Open accounts, on the business date where they name none."""

    def rule(books: Books) -> Sequence[Transaction]:
        dated = (evolve(a, opened_on=a.opened_on or books.today) for a in accounts)
        records = tuple(open_account(account) for account in dated)
        return (Transaction(kind="account.open", effective_on=books.today, records=records),)

    return rule


def change_account(path: AccountPath, changes: Mapping[str, Any]) -> Rule:
    """Make the next version of an account's record; raises UnknownAccount."""

    def rule(books: Books) -> Sequence[Transaction]:
        stored = books.record("account", path)
        if stored is None:
            raise UnknownAccount(path)
        closing = {"closed_on": books.today.isoformat()} if changes.get("status") == "closed" else {}
        record = stored.next(**{**changes, **closing})
        return (Transaction(kind="account.change", effective_on=books.today, records=(record,)),)

    return rule


def close_period(through: date) -> Rule:
    """Close all dates through one."""

    def rule(books: Books) -> Sequence[Transaction]:
        closed = books.record(*PERIOD)
        version = 1 if closed is None else closed.version + 1
        record = Record(*PERIOD, {"through": through.isoformat()}, version)
        return (Transaction(kind="period.close", effective_on=through, records=(record,)),)

    return rule


def reversal(entry: Entry, **fields: Any) -> Transaction:
    """The exact inverse of a transaction."""
    inverse = tuple(Posting(p.account, -p.quantity, p.unit) for p in entry.transaction.postings)
    return _following(entry, "reversal", "reverses", postings=inverse, reverses=entry.number, **fields)


def capture(entry: Entry, postings: tuple[Posting, ...] | None, **fields: Any) -> Transaction:
    """What takes all of a hold, some postings within it, or, with none, releases it."""
    kind, verb = ("hold.release", "releases") if postings == () else ("hold.capture", "captures")
    taken = entry.transaction.postings if postings is None else postings
    return _following(entry, kind, verb, postings=taken, resolves=entry.number, **fields)


def _following(entry: Entry, kind: str, verb: str, **fields: Any) -> Transaction:
    description = fields.pop("description") or f"{verb} {entry.number}"
    agreement = entry.transaction.agreement
    return Transaction(kind=kind, description=description, agreement=agreement, **fields)
