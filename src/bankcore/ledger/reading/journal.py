"""The journal, by what somebody looks for: days, account, kind, actor, agreement, amount.

An account's transactions are found by its postings, all others by reading the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars.dates import check_period
from bankcore.errors import AmountOverflow, BadAmount, UnitMismatch, UnknownAccount
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.ports import Reader
from bankcore.ledger.reading.views import view
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.units import Unit

__all__ = ["Wanted", "journal", "never_met"]

_ANY: Final = Unit("ANY/9")
_NAMED: Final = ("kind", "actor", "agreement")


@frozen(kw_only=True)
class Wanted:
    """What is looked for; what is left out limits nothing.

    `since` and `until` are value dates.  `kind` may have `*`, `account` is a path or a root of paths,
    `amount` the decimal text of a posting, whatever its side.  Raises BadPeriod where `until` is before
    `since`, BadDate, BadAccountPath, BadAmount.

    >>> Wanted(kind="wallet.*").admits(Transaction("wallet.spend", date(2024, 5, 1)))
    True
    """

    since: date | None = None
    until: date | None = None
    kind: str = ""
    actor: str = ""
    agreement: str = ""
    account: str = ""
    amount: str = ""

    def __attrs_post_init__(self) -> None:
        check_period(self.since, self.until)
        if self.account:
            AccountPath.parse(self.account)
        if self.amount:
            with suppress(AmountOverflow, UnitMismatch):  # it is an amount, in some unit
                Amount.parse(self.amount, _ANY)

    def admits(self, t: Transaction) -> bool:
        """Whether a transaction is one of those looked for."""
        return (
            (self.since is None or self.since <= t.effective_on)
            and (self.until is None or t.effective_on <= self.until)
            and (not self.kind or fnmatchcase(t.kind, self.kind))
            and self.actor in ("", t.actor)
            and self.agreement in ("", t.agreement)
            and (not self.account or any(it.account.within(self.account) for it in t.postings))
            and (not self.amount or any(map(self._is_of, t.postings)))
        )

    def _is_of(self, posting: tuple[AccountPath, int, str]) -> bool:
        _, quantity, unit = posting
        try:
            return Amount.parse(self.amount, unit).quantity == abs(quantity)
        except (AmountOverflow, BadAmount, UnitMismatch):  # more than a posting in this unit can have
            return False


def journal(
    reader: Reader,
    wanted: Wanted,
    *,
    after: int = 0,
    now: datetime | None = None,
    known_at: datetime | None = None,
) -> Iterator[Entry]:
    """The transactions after number `after` that are looked for, in the order of the journal.

    With `known_at` only those recorded by then.  Raises UnknownAccount, and the errors of `view`.
    """
    through = view(reader, None, known_at, now).through
    for entry in _candidates(reader, wanted, after):
        if through is not None and entry.number > through:
            return
        if wanted.admits(entry.transaction):
            yield entry


def never_met(reader: Reader, wanted: Wanted) -> dict[str, tuple[str, ...]]:
    """The kind, actor and agreement that are looked for and that no transaction has, whatever its day.

    Each with what there is in its place, so that a misspelt name is told from a day without transactions.
    Where an account is looked for only its transactions count.

    >>> from bankcore import Bank, MemoryStore
    >>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    >>> never_met(bank.ledger.reader, Wanted(kind="capitl", actor="officer:o7"))
    {'kind': (), 'actor': ()}
    """
    asked = {name: getattr(wanted, name) for name in _NAMED if getattr(wanted, name)}
    met: dict[str, dict[str, None]] = {name: {} for name in asked}
    there = Wanted(account=wanted.account)
    for entry in _candidates(reader, there, 0) if asked else ():
        if there.admits(entry.transaction):
            for name, known in met.items():
                known[getattr(entry.transaction, name)] = None
    return {
        name: tuple(it for it in known if it)
        for name, known in met.items()
        if not any(fnmatchcase(it, asked[name]) if name == "kind" else it == asked[name] for it in known)
    }


def _candidates(reader: Reader, wanted: Wanted, after: int) -> Iterator[Entry]:
    """The transactions of one account by its postings and holds, where it has no accounts below; else all."""
    if not wanted.account:
        return reader.entries(after)
    path = AccountPath.parse(wanted.account)
    below = [state.account.path for state in reader.accounts(path, limit=2)]
    if not below:
        raise UnknownAccount(path)
    if below != [path]:
        return reader.entries(after)
    numbers = {line.number for line in reader.lines(path)}
    numbers.update(
        hold.number for hold in reader.holds() if any(it.account == path for it in hold.transaction.postings)
    )
    found = (reader.entry(number) for number in sorted(numbers) if number > after)
    return (entry for entry in found if entry is not None)
