"""Facts are read from records as they were written, whatever kinds of fields they have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from bankcore.bank import Bank
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import Facts, Terms, term
from bankcore.product.facts import kept
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.product.voucher import Voucher
from bankcore.rates import Accrual, Rate
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit


class State(Enum):
    OPEN = "open"
    PAID = "paid"


@frozen(kw_only=True)
class SomeTerms(Terms):
    months: int = term.count(3, 1, 60, "months")


@frozen
class Lot:
    points: int
    on: date


@frozen(kw_only=True)
class Thing(Facts):
    KIND: ClassVar = "test.thing"
    name: str
    count: int = 0
    done: bool = False
    on: date | None = None
    share: Fraction = Fraction(0)
    rate: Rate = Rate.parse("1%")
    unit: Unit = Unit("CNY/2")
    interest: Accrual = Accrual()
    state: State = State.OPEN
    terms: SomeTerms = SomeTerms()
    lots: tuple[Lot, ...] = ()
    pair: tuple[date, int] = (date(2024, 5, 1), 0)
    days: Mapping[str, date] = {}
    plain: Mapping[str, Any] = {}
    consumer_class: str = kept("", name="class")
    sent_on: date | None = kept(None, empty="")
    given_up: Mapping[str, int] | None = kept(None, absent=True)
    first_of: date | None = field(init=False)

    @first_of.default
    def _first_of(self) -> date | None:
        return self.lots[0].on if self.lots else None


DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
FRACTIONS = st.fractions(-1000, 1000, max_denominator=100_000)
THINGS = st.builds(
    Thing,
    id=st.sampled_from(["a", "a:b", "a:b:c"]),
    version=st.just(0),
    name=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
    count=st.integers(),
    on=st.none() | DAYS,
    share=FRACTIONS,
    interest=st.builds(Accrual, FRACTIONS, st.integers()),
    state=st.sampled_from(State),
    terms=st.builds(SomeTerms, months=st.integers(1, 60)),
    lots=st.lists(st.builds(Lot, st.integers(), DAYS)).map(tuple),
    pair=st.tuples(DAYS, st.integers()),
    days=st.dictionaries(st.text("abc", min_size=1), DAYS),
    sent_on=st.none() | DAYS,
    given_up=st.none() | st.dictionaries(st.text("abc", min_size=1), st.integers()),
)


@given(THINGS)
def test_what_is_written_is_read(thing: Thing) -> None:
    record = thing.record()
    assert Thing.of(Record(record.kind, record.id, record.data, record.version)) == evolve(thing, version=1)
    assert record.json  # plain data only
    assert record.data["first_of"] == (thing.lots[0].on.isoformat() if thing.lots else None)
    assert record.data["sent_on"] == (thing.sent_on.isoformat() if thing.sent_on else "")
    assert ("given_up" in record.data) is (thing.given_up is not None)
    assert "class" in record.data.keys() - {"consumer_class"}


def test_facts_are_found_in_the_book_kept_and_changed() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))

    def kept(thing: Thing) -> Transaction:
        voucher = Voucher("test", bank.ledger.books, SomeTerms(), "a")
        voucher.keep(thing)
        return voucher.transaction("keep", "kept")

    def keep(thing: Thing, key: str) -> None:
        bank.ledger.execute(key, {}, lambda books: [kept(thing)])

    with pytest.raises(NotFound):
        Thing.existing(bank.ledger.books, "a", "b")
    assert Thing.find(bank.ledger.books, "a", "b") is None
    keep(Thing(id=Thing.fresh(bank.ledger.books, "a", "b"), name="first"), "1")
    found = Thing.existing(bank.ledger.books, "a", "b")
    assert (found.ids, found.version, found.name) == (("a", "b"), 1, "first")
    keep(evolve(found, name="second"), "2")
    assert [(it.version, it.name) for it in Thing.every(bank.ledger.books, "a")] == [(2, "second")]
    third = evolve(found, name="third", version=2)
    both = [kept(third), kept(evolve(third.written(), name="fourth"))]
    bank.ledger.execute("3", {}, lambda books: both)
    assert Thing.existing(bank.ledger.books, "a", "b").name == "fourth"
    with pytest.raises(AlreadyTaken):
        Thing.fresh(bank.ledger.books, "a", "b")
    assert Thing.anew(bank.ledger.books, "a", "b", name="anew") == Thing(id="a:b", version=4, name="anew")
    assert Thing.anew(bank.ledger.books, "a", "c", name="anew") == Thing(id="a:c", name="anew")


def test_a_field_that_is_younger_than_a_record_has_its_default() -> None:
    assert Thing.of(Record("test.thing", "a", {"name": "old"})) == Thing(id="a", version=1, name="old")


def test_a_voucher_knows_the_facts_that_it_is_to_leave() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))

    def change(books: Books) -> list[Transaction]:
        voucher = Voucher("test", books, SomeTerms(), "a")
        thing = voucher.find(Thing, "a", "b") or Thing(id="a:b", name="x")
        for _ in range(2):
            voucher.keep(evolve(thing, count=thing.count + 1))
            thing = voucher.existing(Thing, "a", "b")
        return [voucher.transaction("keep", "kept")]

    with pytest.raises(NotFound):
        Voucher("test", bank.ledger.books, SomeTerms(), "a").existing(Thing, "a", "b")
    for key in "123":
        bank.ledger.execute(key, {}, change)
    versions = Thing.versions(bank.ledger.books, "a", "b")
    assert [(it.version, it.count) for it in versions] == [(1, 2), (2, 4), (3, 6)]
    assert not list(Thing.every(bank.ledger.books, after="a:b"))


@frozen(kw_only=True)
class Person(Facts):
    KIND: ClassVar = "test.person"
    personal: Mapping[str, str] | None

    @property
    def personal_of(self) -> str:
        return self.id


def test_personal_data_have_to_say_whose_they_are() -> None:
    with pytest.raises(TypeError, match="personal_of"):

        class Stray(Facts):
            personal: Mapping[str, str]

    assert Thing(id="a:b", name="x").personal_of == ""


def test_what_was_personal_and_is_erased_is_none() -> None:
    known = Person(id="x", personal={"name": "Li Lei"})
    assert Person.of(known.record()).personal == {"name": "Li Lei"}
    assert Person.of(Record("test.person", "x", {"personal": "ab" * 32})).personal is None
