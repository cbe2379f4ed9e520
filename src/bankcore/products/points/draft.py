"""One transaction in the making: an operation on points touches many accounts and records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Posting, Record, Transaction, open_account
from bankcore.products.points import accounts
from bankcore.products.points.terms import POINT, PointsTerms
from bankcore.products.product import Plan
from bankcore.products.records import existing
from bankcore.products.refusals import AlreadyTaken
from bankcore.units import Unit

__all__ = ["Draft"]


class Draft:
    """Legs add up by account and side; a record is written once, however often it changes."""

    def __init__(self, books: Books, terms: PointsTerms, programme: str) -> None:
        self.books, self.terms, self.programme = books, terms, programme
        self._legs: dict[tuple[AccountPath, bool], tuple[int, Unit]] = {}
        self._records: dict[tuple[str, str], Record] = {}

    # --- legs ---------------------------------------------------------------------------------------

    def move(self, debit: AccountPath, credit: AccountPath, quantity: int, unit: Unit | None = None) -> None:
        """Debit one account and credit the other; money unless a unit is named, nothing if it is 0."""
        if quantity:
            self._leg(debit, True, quantity, unit or self.terms.unit)
            self._leg(credit, False, quantity, unit or self.terms.unit)

    def points(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Move points."""
        self.move(debit, credit, quantity, POINT)

    def _leg(self, path: AccountPath, debit: bool, quantity: int, unit: Unit) -> None:
        sum_, _ = self._legs.get((path, debit), (0, unit))
        self._legs[path, debit] = (sum_ + quantity, unit)

    # --- records ------------------------------------------------------------------------------------

    def data(self, kind: str, *id: str) -> dict[str, Any]:
        """A record's data as this draft leaves it; raises NotFound."""
        drafted = self._records.get((kind, ":".join(id)))
        return dict((drafted or existing(self.books, kind, *id)).data)

    def write(self, kind: str, id: Sequence[str], **data: Any) -> None:
        """Make a record, or change some of its data."""
        name = ":".join(id)
        record = self._records.get((kind, name)) or self.books.record(kind, name)
        if record is None:
            self.put(Record(kind, name, data))
        else:
            self.change(record, **data)

    def change(self, record: Record, **data: Any) -> None:
        """Change some data of a record that was just read."""
        drafted = self._records.get((record.kind, record.id))
        if drafted is None:
            self.put(record.next(**data))
        else:
            self.put(Record(record.kind, record.id, {**drafted.data, **data}, drafted.version))

    def put(self, record: Record) -> None:
        """A record as it is to be."""
        self._records[record.kind, record.id] = record

    def open(self, wanted: Sequence[Account]) -> None:
        """Open accounts; those of the bank may be open already, the programme's may not.

        Raises UnitMismatch, AlreadyTaken.
        """
        for account in wanted:
            known = self.books.account(account.path)
            if known is None:
                self._records["account", account.path] = open_account(account)
            elif known.unit != account.unit:
                raise UnitMismatch(known.unit, account.unit, account.path)
            elif account.path.within("points"):
                raise AlreadyTaken("account", account.path)

    def debt(self, card: str, provider: str, person: str) -> AccountPath:
        """The account of a points debt, opened if this is the first."""
        path = accounts.debt(self.programme, card, provider)
        if self.books.account(path) is None:
            account = accounts.debt_account(path, person, self.books.today)
            self._records["account", path] = open_account(account)
        return path

    def close(self, path: AccountPath, reason: str) -> None:
        """Close an account that this draft leaves empty."""
        self.write(
            "account",
            (path,),
            status=Status.CLOSED.value,
            closed_on=self.books.today.isoformat(),
            reason=reason,
        )

    # --- the end ------------------------------------------------------------------------------------

    def plan(self, kind: str, text: str) -> Plan:
        """The plan of one transaction; of none where nothing is in it."""
        if not self._legs and not self._records:
            return Plan()
        legs = sorted(self._legs.items(), key=lambda it: not it[0][1])  # debits first
        postings = tuple(
            Posting(path, sum_ if debit else -sum_, unit) for (path, debit), (sum_, unit) in legs
        )
        transaction = Transaction(
            kind=f"points.{kind}",
            effective_on=self.books.today,
            postings=postings,
            records=tuple(self._records.values()),
            description=text,
            agreement=self.programme,
        )
        return Plan((transaction,))

    def is_postable(self) -> bool:
        """Whether none of the accounts is frozen against it."""
        known = self.books.accounts([path for path, _ in self._legs])
        return all(
            known[path].status.takes_debits if debit else known[path].status.takes_credits
            for path, debit in self._legs
            if path in known
        )
