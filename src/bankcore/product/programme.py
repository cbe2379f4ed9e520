"""Programmes: offers of a product, with terms that may change from a day on.

A programme keeps one record of its terms: pairs [start, terms], the first with all terms, each later
one only with those that change then, so a change lasts until the next change of the same term.

>>> from bankcore.product import term
>>> from bankcore.product.terms import Terms
>>> from bankcore.rates import Rate
>>> @frozen(kw_only=True)
... class LoanTerms(Terms):
...     rate: Rate = term.rate("7.3%", "24%", "yearly rate")
>>> loans = Programme("loan", LoanTerms)
>>> loans.kind
'loan.terms'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar

from attrs import frozen

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import fields, records
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, Operator, identified_party, operator_of
from bankcore.product.plan import Plan
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher

__all__ = ["ChangeTerms", "NameOperator", "OpenProgramme", "Programme"]

T = TypeVar("T", bound=Terms)


@frozen
class OpenProgramme:
    """The base of a command that offers a product; a product adds its `terms`."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("id of the programme")


@frozen
class ChangeTerms:
    """The base of a command that changes some terms of a programme from a day on."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme")
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("when; the business date if not given", default=None)


@frozen
class NameOperator:
    """The base of a command that names the party which operates a programme."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme")
    operator: str = fields.id_("the party that operates it from now on; none if not given", "")


@frozen
class Programme(Generic[T]):
    """The programmes of a product, whose terms are of one class.

    `keeps` names the terms that never change; with `history` those of past days stay on record; with
    `ahead` they can change only from the next day on.
    """

    product: str
    terms: type[T]
    keeps: tuple[str, ...] = ("unit",)
    history: bool = False
    ahead: bool = False

    @property
    def kind(self) -> str:
        """The kind of their records."""
        return f"{self.product}.terms"

    # --- reading ------------------------------------------------------------------------------------

    def of(self, command: Any, books: Books) -> T:
        """The terms for a command; one that opens a programme has them itself.  Raises NotFound."""
        return command.terms if isinstance(command, OpenProgramme) else self.today(books, command.programme)  # type: ignore[attr-defined]

    def today(self, books: Books, id: str) -> T:
        """The terms in force on the business date; raises NotFound."""
        return self.on(books, id, books.today)

    def on(self, books: Books, id: str, day: date) -> T:
        """The terms in force on a day that is not closed, or on any day with `history`; raises NotFound."""
        return records.terms_on(self.terms, books, self.kind, id, day)

    def schedule(self, books: Books, id: str) -> tuple[tuple[date, T], ...]:
        """The terms by their first day, ascending: past ones on record and future ones; raises NotFound."""
        days = (
            date.fromisoformat(start) for start, _ in records.existing(books, self.kind, id).data["schedule"]
        )
        return tuple((day, self.on(books, id, day)) for day in days)

    def ids(self, books: Books) -> Iterator[str]:
        """All programmes, ascending."""
        return (record.id for record in records.every(books, self.kind))

    def offered(self, books: Books) -> Iterator[tuple[str, T]]:
        """All programmes, ascending, each with its terms of the business date."""
        return ((id, self.today(books, id)) for id in self.ids(books))

    # --- writing ------------------------------------------------------------------------------------

    def voucher(self, books: Books, terms: T, id: str) -> Voucher:
        """A voucher of the programme."""
        return Voucher(self.product, books, terms, id)

    def open(self, voucher: Voucher, id: str, terms: T, **more: Any) -> None:
        """Write the terms of a new programme, and more plain data about it; raises AlreadyTaken."""
        records.fresh(voucher.books, self.kind, id)
        pairs = [[voucher.books.today.isoformat(), terms.as_data()]]
        voucher.put(Record(self.kind, id, {"schedule": pairs, **more}))

    def change(self, terms: T, command: ChangeTerms, books: Books) -> Plan:
        """The rule of `ChangeTerms`: later terms are checked together with the new ones.

        Refuses: BadTerms for a day that is too early, or a term that never changes; NotFound.
        """
        start = command.effective_on or self._first(books)
        if start < self._first(books):
            relation = "after" if self.ahead else "before"
            said = f"{start} is {'not ' * self.ahead}{relation} the business date {books.today}"
            raise BadTerms("effective_on", said)
        voucher = self.voucher(books, terms, command.programme)
        record = records.rescheduled(
            self.terms,
            books,
            self.kind,
            command.programme,
            command.terms,
            start,
            keeps=self.keeps,
            history=self.history,
        )
        voucher.put(record)
        return voucher.plan("terms", f"terms from {start}: {', '.join(sorted(command.terms))}")

    def name_operator(self, terms: T, command: NameOperator, books: Books) -> Plan:
        """The rule of `NameOperator`: operating binds the party, until another is named.

        Refuses, in this order: NotFound, PartyErased, PartySuspended, NotIdentified, AlreadyTaken.
        """
        id, party = command.programme, command.operator
        before = operator_of(books, self.product, id)
        if party:
            identified_party(books, party)
        if party == before:
            raise AlreadyTaken("operator", party)
        voucher = self.voucher(books, terms, id)
        if before:
            voucher.put(Contract.ended(books, before, self.product, id, "operator"))
        if party:
            voucher.put(Contract.opened(books, party, self.product, id, "operator"))
        voucher.keep(Operator.anew(books, self.product, id, party=party, since=books.today))
        return voucher.plan("name-operator", f"{party or 'nobody'} operates {id}")

    def _first(self, books: Books) -> date:
        return records.tomorrow(books) if self.ahead else books.today
