"""A first scenario needs no product: parties with accounts, plain accounts, postings, transfers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bankcore.simulation.refusals import BadScenario, ExpectationFailed, StepRefused
from bankcore.simulation.runner import Outcome, simulate
from bankcore.simulation.scenario import parse
from bankcore.stores.memory import MemoryStore

FIRST = """
start = 2024-05-01
end = 2024-05-03

[population.neighbour]
parties = "person"
size = 3
cash = "100.00"

[[step]]
on = 2024-05-01
do = "open"
with = { account = "town:fees", type = "income", floor = "0.00" }

[[step]]
on = 2024-05-02
each = "neighbour"
do = "post"
with = { debit = "bank:demand:{neighbour}", credit = "town:fees", amount = "2.00" }

[[step]]
on = 2024-05-02
do = "transfer"
with = { party = "n1", receiver = "n2", amount = "10.00" }
"""


def run(text: str) -> Outcome:
    return simulate(parse(text), MemoryStore())


def expecting(balance: str, equals: str) -> str:
    return f'[[step]]\non = 2024-05-03\nexpect = {{ balance = "{balance}", equals = "{equals}" }}\n'


def test_a_first_scenario() -> None:
    outcome = run(
        FIRST
        + expecting("bank:demand:n1", "88.00")
        + expecting("bank:demand:n2", "108.00")
        + expecting("town:fees", "6.00")
        + expecting("bank:cash", "300.00")
    )
    assert outcome.facts["commands done"] == 1 + 3 * 4 + 1 + 3 + 1


def test_a_programme_of_ones_own_takes_the_place_of_the_default() -> None:
    own = '[programme.gold]\nproduct = "current"\nterms = { rate = "1%" }\n'
    outcome = run(FIRST.replace("[population", own + "[population", 1))
    assert "current" not in [event.key for event in outcome.events]
    assert outcome.events[0].command == "open-programme"
    assert sum(event.command == "open-programme" for event in outcome.events) == 1


def test_firms_and_several_populations() -> None:
    text = (
        FIRST + '[population.shop]\nparties = "firm"\nsize = 2\n[[step]]\non = 2024-05-02\ndo = "transfer"\n'
    )
    outcome = run(
        text
        + 'with = { party = "n1", receiver = "s1", amount = "1.00" }\n'
        + expecting("bank:demand:s1", "1.00")
    )
    assert not [event for event in outcome.events if event.refusal]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('"person"', '"club"'), "parties"),
        (('"100.00"', '"much"'), "cash-in, amount"),
        (('type = "income"', 'type = "x"'), "with.type"),
        (('account = "town:fees", ', ""), "account"),
    ],
)
def test_mistakes_are_told_before_the_run(change: tuple[str, str], place: str) -> None:
    with pytest.raises(BadScenario, match=place):
        parse(FIRST.replace(*change, 1))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('credit = "town:fees"', 'credit = "town:taxes"'), "unknown_account"),
        (('"town:fees", type', '"bank:cash", type'), "already_taken"),
        (('"town:fees", type', '"town fees", type'), "bad_account_path"),
    ],
)
def test_what_the_book_refuses_stops_the_run(change: tuple[str, str], code: str) -> None:
    with pytest.raises(StepRefused) as refusal:
        run(
            FIRST.replace(*change, 1).replace('each = "neighbour"', "")
            if code == "?"
            else _required(FIRST.replace(*change, 1))
        )
    assert refusal.value.refusal == code


def _required(text: str) -> str:
    return text.replace('do = "post"', 'do = "post"\nrequired = true')


def test_cash_needs_parties() -> None:
    outcome: Any = parse(
        FIRST.replace('parties = "person"\n', "").replace('each = "neighbour"', "").split("[[step]]")[0]
    )
    assert "cash" in outcome.populations[0].attributes


def test_members_may_be_named_and_a_programme_of_a_party_is_opened_after_it() -> None:
    named = (
        '[population.operator]\nparties = "firm"\nids = ["mall", "fair"]\ncash = "5.00"\n[programme.mall]\n'
    )
    outcome = run(FIRST.replace("[population", named + "[population", 1))
    keys = [event.key for event in outcome.events]
    assert (
        keys.index("programme-mall/1") > keys.index("parties-neighbour/3") > keys.index("programme-current/1")
    )
    assert outcome.facts["populations"] == "2 operator mall to fair, 3 neighbour n1 to n3"


@pytest.mark.parametrize("ids", ['["a", "a"]', '["a b"]', "[3]"])
def test_ids_of_members_are_different_words(ids: str) -> None:
    with pytest.raises(BadScenario, match="population neighbour, field ids: different words are needed"):
        run(FIRST.replace("size = 3", f"ids = {ids}"))


CARDS = """
start = 2024-05-01
end = 2024-05-01

[programme.card]
product = "points"

[population.holder]
parties = "person"
size = 2

[[step]]
on = 2024-05-01
each = "holder"
required = true
do = "register-consumer"
with = { card = "{holder}" }

[[step]]
on = 2024-05-01
each = "holder"
required = true
do = "report-card-lost"
with = { card = "{holder}" }

[[step]]
on = 2024-05-01
do = "replace-card"
with = { card = "h1" }

[[step]]
on = 2024-05-01
do = "report-card-lost"
with = { card = "h1" }
"""


@pytest.mark.parametrize(
    ("notices", "count"),
    [("h1:card-lost", 2), ("h2:card-lost", 1), ("*:card-lost", 3), ("h1:*", 3), ("*:*", 4), ("h3:*", 0)],
)
def test_notices_are_counted_by_party_and_topic(notices: str, count: int) -> None:
    step = '[[step]]\non = 2024-05-01\nexpect = {{ notices = "{}", equals = {} }}\n'
    assert run(CARDS + step.format(notices, count))
    with pytest.raises(ExpectationFailed, match=f"found: {count}$"):
        run(CARDS + step.format(notices, count + 1))


SHOWN = CARDS.replace("end = 2024-05-01", "end = 2024-05-02").partition('do = "replace-card"')[0] + (
    'do = "replace-card"\nwith = { card = "h1" }\n'
    '[[step]]\nname = "all"\non = [2024-05-01, 2024-05-02]\nshow = "points.numbers"\n'
    '[[step]]\non = 2024-05-01\nshow = "points.numbers"\nactor = "customer:h2"\nafter_close = true\n'
    '[[step]]\non = 2024-05-02\ndo = "replace-card"\nwith = { card = "h2" }\n'
)


def test_a_report_is_shown_as_it_is_on_a_day_and_as_an_actor_sees_it() -> None:
    outcome = run(SHOWN)
    shown = [(it.title, [(row[1], row[-1]) for row in it.rows]) for it in outcome.tables[:3]]
    lost = date(2024, 5, 1)
    assert shown == [
        ("step 4 (all), on 2024-05-01: points numbers", [("h1", None), ("h2", lost)]),
        ("step 5, on 2024-05-01: points numbers for customer:h2", [("h2", lost)]),
        ("step 4 (all), on 2024-05-02: points numbers", [("h1", None), ("h2", lost)]),
    ]
    assert outcome.tables[3].title == "balances"
