"""One transaction in the making: an operation of the network touches some accounts and many records."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Posting, Record, Transaction, open_account
from bankcore.products.branch import registry
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.terms import BranchTerms
from bankcore.products.product import Plan
from bankcore.products.records import existing

__all__ = ["Draft"]


class Draft:
    """Legs add up by account and side; a record is written once, however often it changes."""

    def __init__(self, books: Books, terms: BranchTerms, programme: str) -> None:
        self.books, self.terms, self.programme = books, terms, programme
        self._legs: dict[tuple[AccountPath, bool], int] = {}
        self._records: dict[tuple[str, str], Record] = {}

    @cached_property
    def matcher(self) -> Matcher:
        """The index over the templates on offer."""
        return registry.matcher(self.books, self.programme, self.terms)

    @cached_property
    def loads(self) -> registry.Loads:
        """The pushes of the day by branch, before this draft."""
        return registry.Loads(self.books, self.programme)

    def move(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Debit one account and credit the other; nothing if the quantity is 0."""
        if quantity:
            self._legs[debit, True] = self._legs.get((debit, True), 0) + quantity
            self._legs[credit, False] = self._legs.get((credit, False), 0) + quantity

    def data(self, kind: str, *id: str) -> dict[str, Any]:
        """A record's data as this draft leaves it; raises NotFound."""
        drafted = self._records.get((kind, ":".join((self.programme, *id))))
        return dict((drafted or existing(self.books, kind, self.programme, *id)).data)

    def write(self, kind: str, /, *id: str, **data: Any) -> None:
        """Make a record below the programme, or change some of its data."""
        name = ":".join((self.programme, *id))
        drafted = self._records.get((kind, name))
        if drafted is not None:
            record = Record(kind, name, {**drafted.data, **data}, drafted.version)
        else:
            stored = self.books.record(kind, name)
            record = Record(kind, name, data) if stored is None else stored.next(**data)
        self._records[kind, name] = record

    def open(self, *wanted: Account) -> None:
        """Open those of the accounts that are not there yet.  Raises UnitMismatch."""
        known = self.books.accounts([account.path for account in wanted])
        for account in wanted:
            stored = known.get(account.path)
            if stored is None:
                self._records["account", account.path] = open_account(account)
            elif stored.unit != account.unit:
                raise UnitMismatch(stored.unit, account.unit, account.path)

    def is_postable(self) -> bool:
        """Whether none of the accounts is frozen or closed against it."""
        known = self.books.accounts([path for path, _ in self._legs])
        return all(
            known[path].status.takes_debits if debit else known[path].status.takes_credits
            for path, debit in self._legs
            if path in known
        )

    def plan(self, kind: str, text: str) -> Plan:
        """The plan of one transaction; of none where nothing is in it."""
        if not self._legs and not self._records:
            return Plan()
        legs = sorted(self._legs.items(), key=lambda it: not it[0][1])  # debits first
        unit = self.terms.unit
        transaction = Transaction(
            kind=f"branch.{kind}",
            effective_on=self.books.today,
            postings=tuple(Posting(path, sum_ if debit else -sum_, unit) for (path, debit), sum_ in legs),
            records=tuple(self._records.values()),
            description=text,
            agreement=self.programme,
        )
        return Plan((transaction,))
