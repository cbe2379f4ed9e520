"""Commands as forms: text in, the same data out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from attrs import frozen

import bankcore
from bankcore.amounts import Amount
from bankcore.errors import BadAmount, BadCommand, BadDate, BadTerms, UnitMismatch, UnknownName
from bankcore.product.actor import Role
from bankcore.product.command import title
from bankcore.product.forms import as_data, faults, fill, named
from bankcore.product.product import Noun, Product
from bankcore.products.wallet import WALLET, OpenProgramme, Recharge, WalletTerms
from bankcore.rates import Rate
from bankcore.units import Unit

CNY = Unit("CNY/2")


@frozen
class Probe:
    """A command with every kind of field."""

    name: str
    amount: Amount
    on: date | None = None
    count: int = 1
    sure: bool = False
    role: Role = Role.OFFICER
    rate: Rate | None = None
    table: Mapping[str, Any] | None = None
    extra: Any = None


def test_a_form_is_read_by_the_types_of_the_fields() -> None:
    form = {
        "name": "x",
        "amount": "1,234.50",
        "on": "2024-05-01",
        "count": "7",
        "sure": "True",
        "role": "customer",
        "rate": "2.2%",
        "table": {"a": 1},
        "extra": [1],
    }
    made = fill(Probe, form, CNY)
    assert made == Probe(
        "x",
        Amount(123450, CNY),
        date(2024, 5, 1),
        7,
        True,
        Role.CUSTOMER,
        Rate.parse("2.2%"),
        {"a": 1},
        [1],
    )
    assert as_data(made) == {
        **form,
        "amount": "1,234.50 CNY",
        "count": 7,
        "sure": True,
    }
    assert fill(Probe, as_data(made), CNY) == made


def test_values_that_are_made_already_are_kept() -> None:
    form = {"name": "x", "amount": Amount(5, CNY), "on": date(2024, 5, 1), "count": 2, "sure": True}
    assert fill(Probe, form, CNY) == Probe("x", Amount(5, CNY), date(2024, 5, 1), 2, True)
    assert as_data(Probe("x", Amount(5, CNY), rate=Rate.parse("4.3%")))["rate"] == "4.3%"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"amount": "1"}, BadCommand),
        ({"name": "x", "amount": "1", "colour": "red"}, BadCommand),
        ({"name": 5, "amount": "1"}, BadCommand),
        ({"name": "x", "amount": "one"}, BadAmount),
        ({"name": "x", "amount": 1}, BadAmount),
        ({"name": "x", "amount": "1 USD"}, UnitMismatch),
        ({"name": "x", "amount": "1", "on": "tomorrow"}, BadDate),
        ({"name": "x", "amount": "1", "count": "many"}, BadCommand),
        ({"name": "x", "amount": "1", "sure": "perhaps"}, BadCommand),
        ({"name": "x", "amount": "1", "sure": 1}, BadCommand),
        ({"name": "x", "amount": "1", "role": "king"}, BadCommand),
        ({"name": "x", "amount": "1", "table": "a"}, BadCommand),
    ],
)
def test_what_cannot_be_read_is_named(form: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        fill(Probe, form, CNY)


def test_terms_are_read_from_plain_data() -> None:
    made = fill(OpenProgramme, {"programme": "mall", "terms": {"threshold": "5.00"}}, CNY)
    assert made.terms.threshold == 500
    assert as_data(made)["terms"]["threshold"] == "5.00"
    assert title(OpenProgramme) == "open-programme"
    assert fill(OpenProgramme, {"programme": "mall", "terms": WalletTerms()}, CNY).terms == WalletTerms()
    with pytest.raises(BadTerms):
        fill(OpenProgramme, {"programme": "mall", "terms": {"colour": "red"}}, CNY)


def test_every_public_name_is_there() -> None:
    assert [name for name in bankcore.__all__ if getattr(bankcore, name, None) is None] == []
    assert dir(bankcore) == bankcore.__all__ == sorted(bankcore.__all__)
    with pytest.raises(AttributeError):
        _ = bankcore.Casino  # type: ignore[attr-defined]


def sold(name: str) -> Product:
    """A product of another package that has a command called `recharge` as well."""
    noun = Noun(name)

    @noun.rule(type("Recharge", (), {"__module__": name}))
    def recharge(terms: Any, command: Any, books: Any) -> Any: ...

    return Product.of(name, name, noun)


def test_a_package_that_is_installed_takes_no_short_name_from_bankcore_s_own_commands() -> None:
    tea, milk = sold("tea"), sold("milk")
    assert named([tea, WALLET, milk], "recharge") is Recharge
    assert named([tea, WALLET], "tea.recharge") is tea.commands["recharge"]
    assert named([tea], "recharge") is tea.commands["recharge"]
    with pytest.raises(UnknownName, match=r"tea\.recharge, milk\.recharge"):
        named([tea, milk], "recharge")


def test_all_that_is_wrong_with_a_form_is_found_where_fill_refuses_the_first() -> None:
    form = {"name": 3, "amount": "x", "on": "2024-13-01", "count": "few", "colour": 1}
    found = faults(Probe, form, CNY)
    assert {name: error.code for name, error in found.items()} == {
        "name": "bad_command",
        "amount": "bad_amount",
        "on": "bad_date",
        "count": "bad_command",
        "colour": "bad_command",
    }
    assert [*faults(Probe, {"name": "x"}, CNY)] == ["amount"]
    assert faults(Probe, {"name": "x", "amount": "1.00"}, CNY) == {}


def test_each_term_of_a_form_is_judged_by_itself() -> None:
    terms = {"yield_rate": "-1%", "yeild_rate": "3%", "threshold": "many", "interval": "1D"}
    found = faults(OpenProgramme, {"programme": "two words", "terms": terms}, CNY)
    assert {*found} == {"programme", "terms.yield_rate", "terms.yeild_rate", "terms.threshold"}
    assert "nearest: yield_rate" in str(found["terms.yeild_rate"])
    assert [*faults(OpenProgramme, {"programme": "x", "terms": {"unit": "cny", "threshold": "x"}}, CNY)] == [
        "terms.unit"
    ]
    assert [*faults(OpenProgramme, {"programme": "x", "terms": 3}, CNY)] == ["terms"]


def test_what_is_wrong_only_with_all_fields_together_is_found_last() -> None:
    @frozen
    class Span:
        """From one number to another."""

        low: int
        high: int

        def __attrs_post_init__(self) -> None:
            if self.low > self.high:
                raise BadCommand("high", "it is below low")

    assert {name: str(error) for name, error in faults(Span, {"low": 2, "high": 1}, CNY).items()} == {
        "high": "command field high is not usable: it is below low"
    }
