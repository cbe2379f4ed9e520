"""What holds of every product, checked on the entries that a step wrote; each check says what is broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from bankcore.bank import Bank
from bankcore.feed import notices_of
from bankcore.ledger.accounts import AccountPath, AccountType, Status
from bankcore.ledger.reading.statements import balances, trial_balance
from bankcore.ledger.transactions import Entry, Hold, Record
from bankcore.product.actor import Role
from bankcore.product.parties import represents
from bankcore.product.product import Product
from bankcore.rates import round_half_up
from bankcore.testing.history import Given

__all__ = ["Finding"]

_RATIO: Final = re.compile(r"-?[0-9]+/[0-9]+")


class Finding(AssertionError):
    """Something that is broken: `name` says what in a few words, `detail` where.

    >>> str(Finding("a replay wrote", "Spend('li') with the key of before"))
    "a replay wrote: Spend('li') with the key of before"
    """

    def __init__(self, name: str, detail: object = "") -> None:
        super().__init__(f"{name}: {detail}" if detail else name)
        self.name, self.detail = name, str(detail)


def standing(bank: Bank, paths: Collection[AccountPath]) -> Iterator[Finding]:
    """What is wrong with the accounts that were just moved, as a floor that nobody set would have shown."""
    with bank.ledger.reader as reader:
        states = list(reader.states(paths).values())
        for account in (state.account for state in states):
            if not account.party or (account.floor is not None and account.floor < 0):
                continue
            found = bank.ledger.balance(account.path)
            if found.net < 0:
                yield Finding("overdrawn", f"{account.path} stands at {found.net}")
            elif found.net - found.held < 0:
                detail = f"{account.path} has {found.net}, of which {found.held} are held"
                yield Finding("money that is held was spent", detail)


def conserved(bank: Bank) -> Iterator[Finding]:
    """Units that do not sum to zero."""
    with bank.ledger.reader as reader:
        trial = trial_balance(reader)
    if not trial.balanced:
        yield Finding("not conserved", [total for total in trial.totals if total.debits != total.credits])


def only_own_money(bank: Bank, given: Given, entries: Iterable[Entry]) -> Iterator[Finding]:
    """Accounts of others that a customer's command makes poorer."""
    if given.actor.role is not Role.CUSTOMER:
        return
    books = bank.ledger.books
    moved: Counter[AccountPath] = Counter()
    for entry in entries:
        for posting in entry.transaction.postings:
            moved[posting.account] += posting.quantity
    for path, quantity in moved.items():
        account = books.account(path)
        if (
            account is None
            or not account.party
            or account.type not in (AccountType.LIABILITY, AccountType.ASSET)
        ):
            continue
        if account.normal_side is not account.type.normal_side:  # a contra account: what a party issued, say
            continue
        # a debit: the party has less, or owes more
        if quantity > 0 and not represents(books, given.actor.id, account.party):
            yield Finding("somebody else's money", f"{path} of {account.party}, moved by {given}")


def moves_money(given: Given, entries: Sequence[Entry], moving: Collection[type]) -> Iterator[Finding]:
    """Commands that were carried out, wrote something, and moved nothing."""
    named = [type(it).__name__ for it in given.commands if type(it) in moving]
    if named and not any(entry.transaction.postings for entry in entries):
        wrote = [record.kind for entry in entries for record in entry.transaction.records]
        detail = f"{', '.join(named)} wrote {wrote or 'nothing'} and moved nothing"
        yield Finding("accepted without moving money", detail)


def notices_once(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Notices of one step whose party, subject, day, content and agreement are those of one before."""
    seen: dict[tuple[Any, ...], set[str]] = {}
    for entry in entries:
        agreement = entry.transaction.agreement
        for notice in notices_of(entry):
            mark = (notice.party, notice.topic, notice.subject, notice.on, repr(sorted(notice.data.items())))
            others = seen.setdefault(mark, set())
            if agreement in others or "" in others or (others and not agreement):
                yield Finding("a notice twice", f"{notice.topic} of {notice.subject} to {notice.party}")
            others.add(agreement)


def own_accounts(product: Product, entries: Iterable[Entry], known: Collection[str]) -> Iterator[Finding]:
    """Accounts that transactions of the product open outside of its roots and the bank's."""
    for entry in entries:
        for record in entry.transaction.records:
            if record.kind != "account" or record.version > 1:
                continue
            path = record.account.path
            if not any(path.within(root) for root in (*product.roots, *known, "bank")):
                yield Finding("opens an account outside of its roots", path)


def left_behind(bank: Bank, product: Product, ids: Collection[str]) -> Iterator[Finding]:
    """What still concerns a thing that has ended: balances, live holds, exact sums that were not posted.

    The thing has all of the ids, such as those of a programme and of a card in it.
    """
    now = bank.ledger.now()
    with bank.ledger.reader as reader:
        for it in balances(reader, now=now):
            own = any(it.account.path.within(root) for root in product.roots)
            if own and set(ids) <= set(it.account.path.split(":")) and (it.net or it.held):
                yield Finding("left behind", f"{it.account.path} has {it.net}, {it.held} held")
        kinds = {record.kind for entry in reader.entries() for record in entry.transaction.records}
        for kind in sorted(kinds - {"account"}):
            for record in reader.records(kind):
                if set(ids) <= set(record.id.split(":")):
                    yield from (Finding("left behind", text) for text in _unposted(record))


def _unposted(record: Record) -> Iterator[str]:
    """The accruals in a record whose posted sum is not the rounded exact one."""
    for name, value in record.data.items():
        match value:
            case [str(exact), int(posted)] if _RATIO.fullmatch(exact):
                if (due := round_half_up(Fraction(exact))) != posted:
                    yield f"{name} of {record.kind} {record.id}: {due} earned, {posted} posted"


def as_expected(bank: Bank, expected: Mapping[str, int]) -> Iterator[Finding]:
    """Balances that are not those of the oracle; an account that is not there has none."""
    books = bank.ledger.books
    for path, quantity in expected.items():
        account = books.account(AccountPath(path))
        found = 0 if account is None else books.balance(account.path)
        if found != quantity:
            yield Finding("not what the oracle expects", f"{path} has {found}, not {quantity}")


def balances_of(bank: Bank) -> dict[str, int]:
    """Every balance but zeros."""
    return {path: balance for path, balance in bank.ledger.books.balances("") if balance}


def closed_empty(bank: Bank) -> Iterator[Finding]:
    """Live holds on accounts that are closed."""
    books = bank.ledger.books
    live: Iterable[Hold] = bank.ledger.holds()
    for hold in live:
        for posting in hold.transaction.postings:
            account = books.account(posting.account)
            if account is not None and account.status is Status.CLOSED:
                yield Finding("left behind", f"hold {hold.number} on the closed {account.path}")
