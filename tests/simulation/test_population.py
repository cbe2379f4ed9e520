"""What is drawn: exact, from a seed, within its bounds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.errors import UnknownName
from bankcore.rates import Share
from bankcore.simulation.population import Between, Nth, OneOf, Population, Scene, ShareOf, Some, Text
from bankcore.units import Unit

CNY = Unit("CNY/2")
NOWHERE = Scene({})
ITEMS = ("a", "b", "c", "d")


def test_ids_are_padded_to_one_width() -> None:
    assert Population("customer", "c", 200).ids[:2] == ("c001", "c002")
    assert Population("customer", "c", 9).ids == tuple(f"c{n}" for n in range(1, 10))


@given(st.integers(), st.integers(0, 10**6), st.integers(1, 10**4), st.integers())
def test_between_stays_on_its_steps(low: int, span: int, step: int, seed: int) -> None:
    value = Between(low, low + span, step).draw(Random(seed), NOWHERE)
    assert isinstance(value, int)
    assert low <= value <= low + span
    assert (value - low) % step == 0


def test_between_reaches_both_ends() -> None:
    draw = Between(1_00, 2_50, 50, CNY)
    assert draw.draw(Nth(0), NOWHERE) == Amount(1_00, CNY)
    assert draw.draw(Nth(99), NOWHERE) == Amount(2_50, CNY)


def test_weights_divide_the_tickets() -> None:
    draw = OneOf(ITEMS, (2, 0, 1, 0))
    assert [draw.draw(Nth(ticket), NOWHERE) for ticket in range(3)] == ["a", "a", "c"]


@given(st.integers(1, 6), st.integers())
def test_some_are_different_and_in_order(count: int, seed: int) -> None:
    taken = Some(ITEMS, count).draw(Random(seed), NOWHERE)
    assert list(taken) == sorted(set(taken))
    assert len(taken) == min(count, len(ITEMS))


def test_names_are_replaced_and_a_lone_name_keeps_its_type() -> None:
    scene = Scene({"customer": "c1", "customer.own": True})
    assert Text("r-{customer}").draw(Nth(0), scene) == "r-c1"
    assert Text("{customer.own}").draw(Nth(0), scene) is True
    assert Text(["{customer}"]).draw(Nth(0), scene) == ["{customer}"]
    assert OneOf(("x-{customer}",)).draw(Nth(0), scene) == "x-c1"
    with pytest.raises(UnknownName, match=r"known: customer, customer\.own"):
        Text("{merchant}").draw(Nth(0), scene)


@pytest.mark.parametrize("source", ["customer", "nobody"])
def test_only_a_list_can_be_drawn_from(source: str) -> None:
    with pytest.raises(UnknownName):
        OneOf(source).draw(Nth(0), Scene({"customer": "c1"}))


def test_a_share_of_a_balance_is_rounded_down() -> None:
    scene = Scene({"customer": "c1"}, {"pocket:c1": Amount(101, CNY)}.__getitem__)
    draw = ShareOf(Text("pocket:{customer}"), Share.parse("1/2"))
    assert draw.draw(Nth(0), scene) == Amount(50, CNY)


def test_there_is_no_balance_without_a_book() -> None:
    with pytest.raises(UnknownName):
        NOWHERE.balance("bank:cash")


def test_a_later_attribute_may_use_an_earlier_one() -> None:
    people = Population("customer", "c", 3, {"shops": Some(ITEMS, 2), "first": OneOf("customer.shops")})
    names = people.member("c2", Random("1/customer"), NOWHERE)
    assert names["customer"] == "c2"
    assert names["customer.first"] in names["customer.shops"]
    assert names == people.member("c2", Random("1/customer"), NOWHERE)
