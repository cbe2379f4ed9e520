"""The ledger's own requests: transactions that open, change, close, reverse, correct, capture, release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from attrs import evolve

from bankcore.errors import AccountInUse, BadTransaction, UnknownAccount
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Rule, Sealing, SealingRule
from bankcore.ledger.transactions import PERIOD, Entry, Posting, Record, Transaction, open_account
from bankcore.ledger.velocity import VELOCITY, VelocityLimit
from bankcore.units import Unit

__all__ = [
    "bring_forward",
    "capture",
    "change_account",
    "close_account",
    "close_period",
    "correction",
    "open_accounts",
    "reversal",
    "set_velocity_limit",
]


def open_accounts(accounts: Sequence[Account]) -> Rule:
    """Open accounts, on the business date where they give no date."""

    def rule(books: Books) -> Sequence[Transaction]:
        dated = (evolve(a, opened_on=a.opened_on or books.today) for a in accounts)
        records = tuple(open_account(account) for account in dated)
        return (Transaction(kind="account.open", effective_on=books.today, records=records),)

    return rule


def change_account(path: AccountPath, changes: Mapping[str, Any]) -> Rule:
    """Make the next version of an account's record; raises UnknownAccount."""

    def rule(books: Books) -> Sequence[Transaction]:
        record = _changed(books, path, changes)
        return (Transaction(kind="account.change", effective_on=books.today, records=(record,)),)

    return rule


def close_account(path: AccountPath, into: AccountPath | None, reason: str) -> Rule:
    """Close an account and move its balance to another one; raises UnknownAccount."""

    def rule(books: Books) -> Sequence[Transaction]:
        if into is not None and books.account(into) is None:
            raise UnknownAccount(into)
        record = _changed(books, path, {"status": Status.CLOSED.value, "reason": reason})
        debits, credits = books.gross(path)
        unit, rest = Unit(record.data["unit"]), debits - credits
        sweep = (Posting(into, rest, unit), Posting(path, -rest, unit)) if into and rest else ()
        return (
            Transaction(kind="account.close", effective_on=books.today, postings=sweep, records=(record,)),
        )

    return rule


def _changed(books: Books, path: AccountPath, changes: Mapping[str, Any]) -> Record:
    """The next version of an account's record, with the dates of closing and reopening."""
    stored = books.record("account", path)
    if stored is None:
        raise UnknownAccount(path)
    was, now, today = stored.data["status"], changes.get("status"), books.today.isoformat()
    dates: dict[str, Any] = {}
    if now == Status.CLOSED.value != was:
        dates = {"closed_on": today}
    elif was == Status.CLOSED.value and now == Status.OPEN.value:
        dates = {"closed_on": None, "reopened_on": today}
    return stored.next(**{**changes, **dates})


def set_velocity_limit(limit: VelocityLimit) -> Rule:
    """Make the next version of a velocity limit."""

    def rule(books: Books) -> Sequence[Transaction]:
        stored = books.record(VELOCITY, limit.name)
        version = stored.version + 1 if stored else 1
        record = Record(VELOCITY, limit.name, limit.as_data(), version)
        return (Transaction(kind="limit.set", effective_on=books.today, records=(record,)),)

    return rule


def bring_forward(balances: Mapping[AccountPath, int], against: AccountPath, on: date) -> Rule:
    """Post balances brought forward; raises UnknownAccount, AccountInUse, BadTransaction."""
    if against in balances:
        raise BadTransaction("balances", f"{against} cannot bring a balance forward against itself")
    if not any(balances.values()):
        raise BadTransaction("balances", "there is no balance to bring forward")

    def rule(books: Books) -> Sequence[Transaction]:
        accounts = books.accounts([*balances, against])
        postings: list[Posting] = []
        for path, balance in balances.items():
            if any(books.gross(path)):
                raise AccountInUse(path)
            account = accounts[path]
            quantity = balance * account.normal_side.sign
            if quantity:
                postings += (
                    Posting(path, quantity, account.unit),
                    Posting(against, -quantity, account.unit),
                )
        return (Transaction(kind="opening", effective_on=on, postings=tuple(postings)),)

    return rule


def close_period(through: date) -> SealingRule:
    """Close all dates through one, and seal what was written until then."""

    def rule(books: Books, seal: Sealing) -> Sequence[Transaction]:
        closed = books.record(*PERIOD)
        version = 1 if closed is None else closed.version + 1
        record = Record(*PERIOD, {"through": through.isoformat()}, version)
        return (Transaction(kind="period.close", effective_on=through, records=(record, seal(through))),)

    return rule


def reversal(entry: Entry, **fields: Any) -> Transaction:
    """The exact inverse of a transaction; raises BadTransaction where nothing moved."""
    if not entry.transaction.postings:
        raise BadTransaction("reverses", f"transaction {entry.number} moved nothing")
    inverse = tuple(Posting(p.account, -p.quantity, p.unit) for p in entry.transaction.postings)
    return _following(entry, "reversal", "reverses", postings=inverse, reverses=entry.number, **fields)


def correction(entry: Entry, postings: Sequence[Posting], on: date, description: str) -> Rule:
    """Post the difference between a transaction, corrected so far, and `postings`.

    A reversed transaction or correction does not count.  Raises BadTransaction where there is no difference.
    """
    number = entry.number

    def rule(books: Books) -> Sequence[Transaction]:
        stand = (n for n in (number, *books.corrections(number)) if books.reversal(n) is None)
        written = (books.entry(n) for n in stand)
        missing = _difference(postings, [each.transaction for each in written if each])
        if not missing:
            raise BadTransaction("postings", f"transaction {number} amounts to these already")
        fields = {"effective_on": on, "description": description, "postings": missing, "corrects": number}
        return (_following(entry, "correction", "corrects", **fields),)

    return rule


def _difference(postings: Sequence[Posting], written: Sequence[Transaction]) -> tuple[Posting, ...]:
    """The difference between some transactions and `postings`, one leg for each account."""
    difference: dict[tuple[AccountPath, Unit], int] = {}
    for p in postings:
        difference[p.account, p.unit] = difference.get((p.account, p.unit), 0) + p.quantity
    for t in written:
        for p in t.postings:
            difference[p.account, p.unit] = difference.get((p.account, p.unit), 0) - p.quantity
    return tuple(Posting(path, quantity, unit) for (path, unit), quantity in difference.items() if quantity)


def capture(entry: Entry, postings: tuple[Posting, ...] | None, **fields: Any) -> Transaction:
    """The transaction that captures all of a hold, or some postings within it, or, with none, releases it."""
    kind, verb = ("hold.release", "releases") if postings == () else ("hold.capture", "captures")
    taken = entry.transaction.postings if postings is None else postings
    return _following(entry, kind, verb, postings=taken, resolves=entry.number, **fields)


def _following(entry: Entry, kind: str, verb: str, **fields: Any) -> Transaction:
    description = fields.pop("description") or f"{verb} {entry.number}"
    agreement = entry.transaction.agreement
    return Transaction(kind=kind, description=description, agreement=agreement, **fields)
