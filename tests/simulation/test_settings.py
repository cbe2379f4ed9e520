"""Values of a scenario are found by their paths, and are of the type that they have there."""

from __future__ import annotations

from datetime import date

import pytest

from bankcore.simulation.refusals import BadScenario, BadSetting
from bankcore.simulation.settings import Variants

TEXT = """
start = 2024-05-01
end = 2024-05-03
seed = 3

[programme.mall]
terms = { threshold = "50,000.00", bonus_tiers = [["0", "0%"], ["500.00", "3%"]] }

[programme.accounts]
product = "current"

[population.operator]
parties = "firm"
ids = ["mall"]
cash = "60,000.00"

[population.customer]
parties = "person"
size = 4
visits = { from = 1, to = 3 }

[[step]]
name = "fund the reserve"
on = 2024-05-01
do = "fund-reserve"
with = { amount = "50,000.00" }

[[step]]
on = 2024-05-02
each = "customer"
do = "register-client"
with = { client = "{customer}" }

[[step]]
name = "twice"
on = 2024-05-03
expect = { done = "register-client", at_most = 4 }

[[step]]
name = "twice"
on = 2024-05-03
expect = { done = "register-client", at_least = 0 }
"""
FUND = 'step."fund the reserve".with.amount'


@pytest.fixture(scope="module")
def variants() -> Variants:
    return Variants(TEXT, "mall.toml")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("programme.mall.terms.yield_rate=1%,2%", ("1%", "2%")),  # not in the file: as its term says
        ("programme.mall.terms.value_back=30", (30,)),
        ("programme.mall.terms.hours=none,6", ("none", 6)),
        ("programme.mall.terms.partial_sweep=false", ("false",)),
        ("programme.mall.terms.threshold=40000", ("40000",)),
        ("programme.mall.terms.bonus_tiers.2.2=1%,4%", ("1%", "4%")),
        ('programme.mall.terms.bonus_tiers=[["0", "1%"]]', ([["0", "1%"]],)),
        ("programme.accounts.terms=x", ("x",)),
        (f"{FUND}=1.00, 2.00", ("1.00", "2.00")),
        (f"{FUND}='1,000.00',\"2,000.00\"", ("1,000.00", "2,000.00")),
        ("step.1.on=2024-05-02", (date(2024, 5, 2),)),
        ("step.2.chance=1/2,{customer.visits}/9", ("1/2", "{customer.visits}/9")),
        ("step.2.required=true,false", (True, False)),
        ("step.1.with.programme=mall", ("mall",)),
        ("population.customer.size=1,20", (1, 20)),
        ("population.customer.visits.to=5", (5,)),
        ("population.customer.cash=1.00", ("1.00",)),
        ("end=2024-05-04", (date(2024, 5, 4),)),
    ],
)
def test_values_have_the_type_of_their_path(
    variants: Variants, text: str, values: tuple[object, ...]
) -> None:
    found = variants.read(text).values
    assert (found, [type(value) for value in found]) == (values, [type(value) for value in values])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("programme.mall.terms.yield=1%", "nearest: programme.mall.terms.yield_rate"),
        ("programme.maul.terms.threshold=1", "nearest: programme.mall.terms.threshold"),
        ("population.customer.syze=1", "nearest: population.customer.size"),
        ("step.5.on=2024-05-01", "nearest: step."),
        ("step.0.on=2024-05-01", "nearest: step."),
        ("step.twice.on=2024-05-01", "nearest: step."),  # two have that name
        ("step.1.with.amout=1.00", "nearest: step.1.with.amount"),
        ("step.3.with.amount=1.00", "nearest: step."),
        ("step.2.wait=1", "nearest: step."),
        ("nothing=1", "nearest: "),
        ("seed=1,2", "--seed and --runs"),
        ("a..b=1", "not a dotted path"),
        ("programme.mall.terms.threshold", "a path, '=' and values are needed"),
        (f"{FUND}=1,000.00", "write 1000.00, or each in quotes"),
        (f"{FUND}=1,234,567", "write 1234567"),
        (f"{FUND}=1.00,1.00", "different values"),
        (f"{FUND}=1.00,", "different values"),
        (f"{FUND}='1.00", "cannot be read"),
        ("population.customer.size=few", "a whole number is needed, not few"),
        ("step.2.required=yes", "true or false is needed"),
        ("end=tomorrow", "a date is needed"),
        ("programme.mall.terms.bonus_tiers=[1", "a value is needed"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_nearest_path(
    variants: Variants, text: str, reason: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        variants.read(text)
    assert reason in str(refused.value)


def test_a_scenario_is_read_with_other_values_and_the_file_stays_as_it_is(variants: Variants) -> None:
    other = variants.scenario(
        {
            "programme.mall.terms.yield_rate": "1%",
            "population.customer.size": 7,
            FUND: "9.00",
            "step.2.chance": "1/2",
        }
    )
    assert [population.size for population in other.populations] == [1, 7]
    (opened,) = (step for step in other.programmes if step.name == "programme-mall")
    assert opened.asked[0].form["terms"].value["yield_rate"] == "1%"
    assert [population.size for population in variants.scenario({}).populations] == [1, 4]
    fund, register, *_ = other.steps
    assert (fund.asked[0].form["amount"].value, register.chance.value) == ("9.00", "1/2")
    tiers = variants.scenario({"programme.mall.terms.bonus_tiers.2.2": "1%"}).programmes
    (opened,) = (step for step in tiers if step.name == "programme-mall")
    assert opened.asked[0].form["terms"].value["bonus_tiers"][1] == ["500.00", "1%"]


def test_a_value_that_the_field_refuses_is_refused_with_its_place(variants: Variants) -> None:
    with pytest.raises(BadScenario, match=r"programme mall.*yield_rate.*0 to 15%"):
        variants.scenario({"programme.mall.terms.yield_rate": "16%"})
