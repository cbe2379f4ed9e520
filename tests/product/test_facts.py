"""Facts are read from records as they were written, whatever kinds of fields they have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from bankcore.bank import Bank
from bankcore.ledger.transactions import Record
from bankcore.product import Facts, Terms, term
from bankcore.product.facts import BlankDate, if_known
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
    until: BlankDate = None
    said: int | None = if_known()


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
    until=st.none() | DAYS,
    said=st.none() | st.integers(),
)


@given(THINGS)
def test_what_is_written_is_read(thing: Thing) -> None:
    record = thing.record()
    assert Thing.of(Record(record.kind, record.id, record.data, record.version)) == evolve(thing, version=1)
    assert record.json  # plain data only
    assert ("said" in record.data) is (thing.said is not None)
    assert record.data["until"] == (thing.until.isoformat() if thing.until else "")


def test_facts_are_found_in_the_book_kept_and_changed() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))

    def keep(thing: Thing, key: str) -> None:
        voucher = Voucher("test", bank.ledger.books, SomeTerms(), "a")
        voucher.keep(thing)
        bank.ledger.execute(key, {}, lambda books: voucher.plan("keep", "kept").transactions)

    with pytest.raises(NotFound):
        Thing.existing(bank.ledger.books, "a", "b")
    assert Thing.find(bank.ledger.books, "a", "b") is None
    keep(Thing(id=Thing.fresh(bank.ledger.books, "a", "b"), name="first"), "1")
    found = Thing.existing(bank.ledger.books, "a", "b")
    assert (found.ids, found.version, found.name) == (("a", "b"), 1, "first")
    keep(evolve(found, name="second"), "2")
    assert [(it.version, it.name) for it in Thing.every(bank.ledger.books, "a")] == [(2, "second")]
    with pytest.raises(AlreadyTaken):
        Thing.fresh(bank.ledger.books, "a", "b")


def test_a_field_that_is_younger_than_a_record_has_its_default() -> None:
    assert Thing.of(Record("test.thing", "a", {"name": "old"})) == Thing(id="a", version=1, name="old")


def test_a_voucher_finds_facts_as_it_leaves_them_and_writes_one_version() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    for key, count in (("1", 2), ("2", 5)):
        voucher = Voucher("test", bank.ledger.books, SomeTerms(), "a")
        for _ in range(count):
            thing = voucher.find(Thing, "a") or Thing(id="a", name="first")
            voucher.keep(evolve(thing, count=thing.count + 1))
        assert voucher.existing(Thing, "a").count == voucher.record("test.thing", "a").data["count"]  # type: ignore[union-attr]
        plan = voucher.plan("keep", "kept")
        bank.ledger.execute(key, {}, lambda books, plan=plan: plan.transactions)
    assert [it.data["count"] for it in bank.ledger.books.versions("test.thing", "a")] == [2, 7]
    with pytest.raises(NotFound):
        voucher.existing(Thing, "b")
