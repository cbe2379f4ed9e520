"""One transaction in the making: legs and records that several parts of a rule add to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath, Side, Status
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Posting, Record, Transaction, open_account
from bankcore.products.platform.terms import PlatformTerms
from bankcore.products.refusals import AlreadyTaken
from bankcore.units import Unit

__all__ = ["Draft"]


class Draft:
    """Legs add up by account and side; a record is written once, however often it changes."""

    def __init__(self, books: Books, terms: PlatformTerms, programme: str) -> None:
        self.books, self.terms, self.programme = books, terms, programme
        self._legs: dict[tuple[AccountPath, bool], tuple[int, Unit]] = {}
        self._records: dict[tuple[str, str], Record] = {}

    # --- legs ---------------------------------------------------------------------------------------

    def move(self, debit: AccountPath, credit: AccountPath, quantity: int, unit: Unit | None = None) -> None:
        """Debit one account and credit the other; money unless a unit is named, nothing if it is 0."""
        if quantity:
            self._leg(debit, True, quantity, unit or self.terms.unit)
            self._leg(credit, False, quantity, unit or self.terms.unit)

    def post(self, debit: Mapping[AccountPath, int], credit: Mapping[AccountPath, int]) -> None:
        """Add legs of money that balance."""
        for column, is_debit in ((debit, True), (credit, False)):
            for path, quantity in column.items():
                if quantity:
                    self._leg(path, is_debit, quantity, self.terms.unit)

    def _leg(self, path: AccountPath, debit: bool, quantity: int, unit: Unit) -> None:
        sum_, _ = self._legs.get((path, debit), (0, unit))
        self._legs[path, debit] = (sum_ + quantity, unit)

    # --- records ------------------------------------------------------------------------------------

    def data(self, kind: str, *id: str) -> dict[str, Any]:
        """A record's data as this draft leaves it; empty where there is none."""
        record = self._records.get((kind, ":".join(id))) or self.books.record(kind, ":".join(id))
        return {} if record is None else dict(record.data)

    def write(self, kind: str, *id: str, **data: Any) -> None:
        """Make a record, or change some of its data."""
        name = ":".join(id)
        drafted = self._records.get((kind, name))
        if drafted is not None:
            record = Record(kind, name, {**drafted.data, **data}, drafted.version)
        else:
            stored = self.books.record(kind, name)
            record = Record(kind, name, data) if stored is None else stored.next(**data)
        self._records[kind, name] = record

    def keep(self, records: Iterable[Record]) -> None:
        """Add records that are made elsewhere, each of them not yet in this draft."""
        self._records |= {(record.kind, record.id): record for record in records}

    def open(self, wanted: Iterable[Account]) -> None:
        """Open accounts that are not open yet; those of the platform may not be there.

        Raises UnitMismatch, AlreadyTaken.
        """
        for account in wanted:
            known = self.books.account(account.path)
            if known is None:
                self._records["account", account.path] = open_account(account)
            elif known.unit != account.unit:
                raise UnitMismatch(known.unit, account.unit, account.path)
            elif account.path.within("platform"):
                raise AlreadyTaken("account", account.path)

    def close(self, path: AccountPath, reason: str) -> None:
        """Close an account that this draft leaves empty."""
        on = self.books.today.isoformat()
        self.write("account", path, status=Status.CLOSED.value, closed_on=on, reason=reason)

    # --- the end ------------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._legs and not self._records

    def transaction(self, kind: str, text: str) -> Transaction:
        """What is drafted, debits first."""
        legs = sorted(self._legs.items(), key=lambda it: not it[0][1])
        postings = (Posting(path, sum_ if debit else -sum_, unit) for (path, debit), (sum_, unit) in legs)
        return Transaction(
            kind=f"platform.{kind}",
            effective_on=self.books.today,
            postings=tuple(postings),
            records=tuple(self._records.values()),
            description=text,
            agreement=self.programme,
        )

    def is_postable(self) -> bool:
        """Whether none of the accounts is frozen against it, or has too little that may leave it."""
        known = self.books.accounts([path for path, _ in self._legs])
        return all(
            (account.status.takes_debits if debit else account.status.takes_credits)
            and self._has_room(account, debit)
            for path, debit in self._legs
            if (account := known.get(path)) is not None
        )

    def _has_room(self, account: Account, debit: bool) -> bool:
        """Whether as much may leave an account as its legs on this side take out, less what comes in."""
        if debit is (account.normal_side is Side.DEBIT):
            return True
        (out, _), (into, _) = (self._legs.get((account.path, it), (0, "")) for it in (debit, not debit))
        available = self.books.available(account.path)
        return available is None or out - into <= max(available, 0)
