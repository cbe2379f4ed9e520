"""The voucher (记账凭证): one transaction of today, built step by step by a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Posting, Record, Transaction, open_account
from bankcore.product.facts import Facts
from bankcore.product.notices import notice
from bankcore.product.personal import Held
from bankcore.product.plan import Plan
from bankcore.product.records import Terms
from bankcore.product.refusals import AlreadyTaken
from bankcore.units import Unit

__all__ = ["Voucher"]

F = TypeVar("F", bound=Facts)


def _opening(books: Books, wanted: Iterable[Account], own: str) -> tuple[Record, ...]:
    """Records that open the accounts not open yet; at and below `own` none may be open.

    Raises UnitMismatch, AlreadyTaken.
    """
    wanted = tuple(wanted)
    known = books.accounts([account.path for account in wanted])
    for account in wanted:
        stored = known.get(account.path)
        if stored is not None and stored.unit != account.unit:
            raise UnitMismatch(stored.unit, account.unit, account.path)
        if stored is not None and account.path.within(own):
            raise AlreadyTaken("account", account.path)
    return tuple(open_account(account) for account in wanted if account.path not in known)


class Voucher:
    """One transaction being built, to which all parts of a rule add.

    Legs are added up by account and side; a record is written once, however often it changes.
    """

    def __init__(self, product: str, books: Books, terms: Terms, agreement: str) -> None:
        self.product, self.books, self.agreement, self.unit = product, books, agreement, terms.unit
        self._legs: dict[tuple[AccountPath, bool], tuple[int, Unit]] = {}
        self._memo: set[AccountPath] = set()
        self._records: dict[tuple[str, str], Record] = {}
        self._facts: dict[tuple[str, str], Facts] = {}

    # --- legs ---------------------------------------------------------------------------------------

    def move(self, debit: AccountPath, credit: AccountPath, quantity: int, unit: Unit | None = None) -> None:
        """Debit one account and credit the other, in the unit of money unless given; no leg for 0."""
        if quantity:
            self._leg(debit, True, quantity, unit or self.unit)
            self._leg(credit, False, quantity, unit or self.unit)

    def memo(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Move money between memorandum accounts, whose legs follow all others."""
        self._memo |= {debit, credit}
        self.move(debit, credit, quantity)

    def post(self, debit: Mapping[AccountPath, int], credit: Mapping[AccountPath, int]) -> None:
        """Add balanced legs of money."""
        for column, is_debit in ((debit, True), (credit, False)):
            for path, quantity in column.items():
                if quantity:
                    self._leg(path, is_debit, quantity, self.unit)

    def _leg(self, path: AccountPath, debit: bool, quantity: int, unit: Unit) -> None:
        sum_, _ = self._legs.get((path, debit), (0, unit))
        self._legs[path, debit] = (sum_ + quantity, unit)

    def moved(self, path: AccountPath) -> int:
        """The amount that this voucher moves into an account, on its normal side."""
        debit, credit = (self._legs.get((path, side), (0, self.unit))[0] for side in (True, False))
        account = self.books.accounts([path])[path]
        return (debit - credit) * account.normal_side.sign

    # --- records ------------------------------------------------------------------------------------

    def record(self, kind: str, *id: str) -> Record | None:
        """A record with the changes of this voucher."""
        return self._records.get((kind, ":".join(id))) or self.books.record(kind, ":".join(id))

    def write(self, kind: str, /, *id: str, **data: Any) -> None:
        """Create a record, or change some of its data."""
        record = self.record(kind, *id)
        if record is None:
            self.put(Record(kind, ":".join(id), data))
        else:
            self.change(record, **data)

    def change(self, record: Record, /, **data: Any) -> None:
        """Change some data of a record that was just read."""
        drafted = self._records.get((record.kind, record.id))
        if drafted is None:
            self.put(record.next(**data))
        else:
            self.put(Record(record.kind, record.id, {**drafted.data, **data}, drafted.version))

    def put(self, *records: Record) -> None:
        """Write these records."""
        self._records |= {(record.kind, record.id): record for record in records}

    def keep(self, *facts: Facts) -> None:
        """Write these facts."""
        self._facts |= {(it.KIND, it.id): it for it in facts}
        self.put(*(it.record() for it in facts))
        self.put(*(note for it in facts if (note := Held.noted(self.books, it)) is not None))

    def find(self, kind: type[F], *id: str) -> F | None:
        """Facts with the changes of this voucher, to be changed and kept again; None where there are none."""
        drafted = self._facts.get((kind.KIND, ":".join(id)))
        return drafted if isinstance(drafted, kind) else kind.find(self.books, *id)

    def existing(self, kind: type[F], *id: str) -> F:
        """Facts with the changes of this voucher; raises NotFound."""
        drafted = self._facts.get((kind.KIND, ":".join(id)))
        return drafted if isinstance(drafted, kind) else kind.existing(self.books, *id)

    def notify(self, to: str, topic: str, subject: str, **data: Any) -> None:
        """A notice for a party; see `notices`."""
        self.put(notice(self.books, to, topic, subject, **data))

    def open(self, *wanted: Account) -> None:
        """Open accounts; accounts of others may be open already, the product's own may not.

        Raises UnitMismatch, AlreadyTaken.
        """
        self.put(*_opening(self.books, wanted, self.product))

    def open_again(self, *wanted: Account) -> None:
        """Open accounts, unless the product has opened the same before; raises UnitMismatch, AlreadyTaken."""
        known = self.books.accounts([it.path for it in wanted])
        self.open(*(it for it in wanted if not _is_alike(known.get(it.path), it)))

    def close(self, path: AccountPath, reason: str) -> None:
        """Close an account that this voucher empties."""
        on = self.books.today.isoformat()
        self.write("account", path, status=Status.CLOSED.value, closed_on=on, reason=reason)

    def reopen(self, path: AccountPath, reason: str) -> None:
        """Open an account again that was closed."""
        on = self.books.today.isoformat()
        self.write("account", path, status=Status.OPEN.value, closed_on=None, reopened_on=on, reason=reason)

    # --- the end ------------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether the voucher is empty."""
        return not self._legs and not self._records

    def transaction(self, kind: str, text: str) -> Transaction:
        """The postings, debits first, memorandum legs last."""
        rows = sorted(self._legs.items(), key=lambda it: (it[0][0] in self._memo, not it[0][1]))
        postings = (Posting(path, sum_ if debit else -sum_, unit) for (path, debit), (sum_, unit) in rows)
        return Transaction(
            kind=f"{self.product}.{kind}",
            effective_on=self.books.today,
            postings=tuple(postings),
            records=tuple(self._records.values()),
            description=text,
            agreement=self.agreement,
        )

    def plan(self, kind: str, text: str) -> Plan:
        """The plan of one transaction; an empty plan for an empty voucher."""
        return Plan() if self.is_empty else Plan((self.transaction(kind, text),))


def _is_alike(known: Account | None, wanted: Account) -> bool:
    """Whether an account is open with the wanted description."""
    return known is not None and (known.unit, known.type, known.floor) == (
        wanted.unit,
        wanted.type,
        wanted.floor,
    )
