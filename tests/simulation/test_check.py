"""A check finds all that is wrong with a scenario at once, where a run refuses the first of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bankcore.simulation.check import check
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.scenario import parse

EXAMPLES = sorted(
    it for it in (Path(__file__).parents[2] / "examples").glob("*.toml") if it.stem != "berka"
)  # a map of columns

SAVING = """
title = "Saving"
start = 2024-05-01
end = 2024-05-31

[programme.saving]
product = "time-deposit"

[programme.saving.terms]
rate = "2%"
months = 3

[population.saver]
size = 3
parties = "person"
cash = "1000.00"

[[step]]
name = "place"
on = 2024-05-02
each = "saver"
do = "open-deposit"
with = { deposit = "d-{saver}", customer = "{saver}", amount = "500.00", programme = "saving" }

[[step]]
on = 2024-05-31
expect = { done = "open-deposit", equals = 3 }
"""
assert parse(SAVING).steps
STEP = """
[[step]]
on = 2024-05-01
do = "cash-in"
with = { amount = "1.00", party = "x" }
"""


def found(text: str) -> list[tuple[int | None, str, str, str]]:
    return [(it.line, it.table, it.field, it.message) for it in check(text, "saving.toml").findings]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda it: it.stem)
def test_nothing_is_wrong_with_what_runs(file: Path) -> None:
    assert check(file.read_text(encoding="utf-8"), file.name).findings == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "table", "field", "message"),
    [
        ("[population", "[popluation", 13, "", "popluation", "no such field here; nearest: population"),
        ("start = 2024-05-01", 'start = "2024-05-01"', 3, "", "start", "a date has no quotes"),
        ("end = 2024-05-31", "end = 2024-04-30", 4, "", "end", "a scenario lasts 1 to 3660 days"),
        ('title = "Saving"', 'unit = "yuan"', 2, "", "unit", "'yuan' is not a unit"),
        ('"time-deposit"', '"time-depsit"', 7, "programme saving", "product", "nearest: time-deposit"),
        ("rate =", "rat =", 10, "programme saving", "terms.rat", "nearest: rate"),
        ('"2%"', '"-2%"', 10, "programme saving", "terms.rate", "a rate from 0 to 15%"),
        ('rate = "2%"', "rate = 2.0", 10, "", "programme.saving.terms.rate", "write \"2.0\""),
        ("months = 3", "months = '3 months'", 11, "programme saving", "terms.months", "a whole number"),
        ("size = 3", "size = '3'", 14, "population saver", "size", "a whole number is needed"),
        ('"person"', '"persons"', 15, "population saver", "parties", "one of person, firm"),
        ("on = 2024-05-02", "on = '2024-05-02'", 20, "step 1 (place)", "on", "a date has no quotes"),
        ("on = 2024-05-02", "on = 2023-05-02", 20, "step 1 (place)", "on", "2024-05-01 to 2024-05-31"),
        ('each = "saver"', 'each = "savers"', 21, "step 1 (place)", "each", "'savers' is not a population"),
        ("open-deposit", "open-deposits", 22, "step 1 (place)", "do", "nearest: open-deposit"),
        ('amount = "500.00"', 'amount = "5 yuan"', 23, "step 1 (place)", "with.amount", "not an amount"),
        ('amount = "500.00"', 'amount = "-5.00"', 23, "step 1 (place)", "with.amount", "-5.00"),
        ("amount =", "amonut =", 23, "step 1 (place)", "with.amonut", "nearest: amount"),
        ('"saving" }', '"svaing" }', 23, "step 1 (place)", "with.programme", "nearest: saving"),
        ("{saver}\", c", "{savr}\", c", 23, "step 1 (place)", "with.deposit", "known: saver, day"),
        ('done = "open', 'done = "opne', 27, "step 2", "expect.done", "nearest: open-deposit"),
        ("equals", "equal", 27, "step 2", "expect.equal", "nearest: equals"),
    ],
)  # fmt: skip
def test_a_slip_is_found_in_its_place(
    old: str, new: str, line: int, table: str, field: str, message: str
) -> None:
    slipped = SAVING.replace(old, new, 1)
    assert slipped != SAVING
    first = next(it for it in found(slipped) if it[2] == field)
    assert first[:3] == (line, table, field)
    assert message in first[3]
    if old != '"saving" }':  # which only the book can refuse
        with pytest.raises(BadScenario):
            parse(slipped)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[population", "[popluation"),
        ("start = 2024-05-01", 'start = "2024-05-01"'),
        ("size = 3", "size = 0"),
        ("open-deposit", "open-deposits"),
        ("rate =", "rat ="),
        ('each = "saver"', 'each = "savers"'),
        ('each = "saver"', 'eech = "saver"'),
        ("on = 2024-05-02", "onn = 2024-05-02"),
        ("with = ", "wiht = "),
    ],
)
def test_what_follows_from_a_slip_is_not_a_finding(old: str, new: str) -> None:
    slip = SAVING.replace(old, new, 1).replace('done = "open-deposits"', 'done = "open-deposit"')
    assert len(found(slip)) == 1


def test_a_calendar_that_cannot_be_read_is_the_only_finding() -> None:
    fair = "\n[calendar.fair]\nfirst = 2024-01-01\nlast = 2023-01-01\n"
    slip = SAVING.replace("months = 3", 'months = 3\ncalendar = "fair"') + fair
    assert [it[1] for it in found(slip)] == ["calendar fair"]


def test_everything_is_found_at_once() -> None:
    text = SAVING.replace('rate = "2%"', 'rate = "-2%"\nrat = "2%"').replace("months = 3", 'months = "x"')
    text = text.replace("on = 2024-05-02", "on = '2024-05-02'\nchanse = '1'").replace(
        'saver}", am', 'savr}", am'
    )
    text = text.replace('amount = "500.00"', 'amount = "-1.00", x = 1').replace("equals = 3", "equals = '3'")
    assert [it[1:3] for it in found(text)] == [
        ("programme saving", "terms.rate"),
        ("programme saving", "terms.rat"),
        ("programme saving", "terms.months"),
        ("step 1 (place)", "on"),
        ("step 1 (place)", "chanse"),
        ("step 1 (place)", "with.amount"),
        ("step 1 (place)", "with.customer"),
        ("step 1 (place)", "with.x"),
        ("step 2", "expect.equals"),
    ]  # fmt: skip


def test_what_is_not_toml_is_one_finding_with_its_line() -> None:
    ((line, _, _, message),) = found(SAVING.replace("size = 3", "size = = 3"))
    assert (line, "it is not TOML" in message) == (14, True)


def test_a_party_that_is_not_there_yet_is_found() -> None:
    ((line, table, field, message),) = found(SAVING + STEP)
    assert (line, table, field) == (32, "step 3", "with.party")
    assert message == "the party 'x' is not there on 2024-05-01: nothing registers it"
    later = '\n[[step]]\non = 2024-05-03\ndo = "register-party"\nwith = { party = "x" }\n'
    assert "it is registered on 2024-05-03, after this" in found(SAVING + STEP + later)[0][3]
    assert found(SAVING + later.replace("05-03", "05-01") + STEP) == []
    assert found(SAVING + STEP.replace('"x"', '"s1"')) == []
    assert found(SAVING + STEP + '\nreject = "unknown_party"') != []


def test_what_a_population_spoils_is_left_until_it_is_mended() -> None:
    checked = check(SAVING.replace('cash = "1000.00"', 'cash = "1000.00"\nage = { from = 9, to = 1 }'))
    assert [(it.table, it.field) for it in checked.findings] == [("population saver", "age.to")]
    assert checked.unjudged == 1


def test_a_wallet_programme_needs_the_party_of_its_name() -> None:
    wallet = SAVING.replace("[population", "[programme.mall]\nproduct = 'wallet'\n\n[population", 1)
    ((line, table, field, message),) = found(wallet)
    assert (line, table, field) == (13, "programme mall", "programme")
    assert message == "the party 'mall' is not there on 2024-05-01: nothing registers it"
    assert found(wallet + "\n[population.operator]\nids = ['mall']\nparties = 'firm'\n") == []


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        ("[step]\non = 2024-05-01\ndo = 'open'", "step", ": write [[step]]"),
        ("[[programme]]\nproduct = 'loan'", "programme", ": write [programme.NAME]"),
        ("[[step]]\non = 2024-05-01\nshow = 'wallet.resreve'", "show", "nearest: wallet.reserve"),
    ],
)
def test_what_was_meant_is_said(text: str, field: str, hint: str) -> None:
    ((_, _, where, message),) = found(f"start = 2024-05-01\nend = 2024-05-02\n{text}\n")
    assert (where, hint in message) == (field, True)
