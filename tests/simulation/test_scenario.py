"""A scenario is read as a whole, or refused with the place of the first mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bankcore.calendars import editions, load_calendar
from bankcore.simulation.population import Text
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.scenario import load, parse
from bankcore.simulation.steps import CommandStep, ExpectStep

HEAD = """
start = 2024-05-01
end = 2024-05-31

[programme.mall]

[population.merchant]
prefix = "m"
size = 3

[population.customer]
size = 5
shops = { some = "merchant", count = 2 }
age = { from = 18, to = 80 }
"""
STEP = HEAD + "[[step]]\non = 2024-05-01\n"
CLIENT = STEP + 'each = "customer"\ndo = "register-client"\nwith = { client = "{customer}" }\n'
PAY = STEP + 'do = "fund-reserve"\n'


def test_a_scenario_becomes_typed_steps() -> None:
    scenario = parse(CLIENT + '[[step]]\nevery="week"\nexpect={done="register-client", equals=5}')
    assert scenario.title == "scenario"
    assert (scenario.days[0], scenario.days[-1], len(scenario.days)) == (
        scenario.start,
        date(2024, 5, 31),
        31,
    )
    opening, register, expect = *scenario.programmes, *scenario.steps
    assert opening.title == "open-programme"
    assert isinstance(register, CommandStep)
    assert register.asked[0].form == {"programme": Text("mall"), "client": Text("{customer}")}
    assert (register.each, register.required) == (("customer",), False)
    assert isinstance(expect, ExpectStep)
    assert [str(bound) for bound in expect.bounds] == ["equals 5"]


def test_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "mall.toml"
    file.write_bytes(CLIENT.replace("\n", "\r\n").encode())
    assert load(file).title == "mall.toml"


def test_a_scenario_supplies_calendars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "_supplied", {})
    days = """
[calendar.fair]
first = 2024-01-01
last = 2030-12-31
holidays = ["2024-05-06/2024-05-08"]
"""
    parse(CLIENT + days)
    assert not load_calendar("fair").is_business_day(date(2024, 5, 6))
    with pytest.raises(
        BadScenario,
        match=r"calendar fair, field holiday: there is no such field here; nearest: holidays, workdays",
    ):
        parse(CLIENT + days.replace("holidays", "holiday"))
    with pytest.raises(BadScenario, match="known already, and says otherwise of 2024-05-08"):
        parse(CLIENT + days.replace("-05-08", "-05-07"))


def test_a_command_may_name_its_product() -> None:
    assert parse(CLIENT.replace("register-client", "wallet.register-client")).steps


def test_two_products_may_share_the_name_of_a_command() -> None:
    with pytest.raises(
        BadScenario, match=r"do: there is no single command 'open-programme'; .*known: wallet"
    ):
        parse(STEP + "do = 'open-programme'")


def test_only_one_programme_is_meant_without_being_named() -> None:
    with pytest.raises(BadScenario, match=r"step 1, field with\.programme: register-client needs it"):
        parse(CLIENT.replace("[programme.mall]", "[programme.mall]\n[programme.other]"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start = ", "mall: it is not TOML: Invalid value .at end of document"),
        ("x = " + "[" * 5_000, "mall: it is n"),
        ("x = 0.3", "mall, field x: '0.3' is a binary fraction; write \"0.3\", or 3/10 for a chance"),
        ("x = { y = [1, -1e3] }", r"mall, field x.y\[2\]: '-1e3' is a binary fraction"),
        (HEAD + "\n\n\nx = 2024-05-32", "it is not TOML: .*line "),
        (HEAD + f"[{'x' * 900}]\n" * 2, r"it is not TOML: x{100,}',\) twice \(at line"),
        (
            "start = '2024-05-01'",
            "mall, field start: a date is needed, not '2024-05-01': a date has no quotes",
        ),
        ("", "mall, field start: it is missing"),
        ("start = 7", "mall, field start: a date is needed, not 7"),
        ("start = true", "mall, field start: a date is needed, not True"),
        ("start = 2024-05-01T09:00:00", "field start: a date is needed, not 2024-05-01 09:00:00"),
        ("start = 0x" + "f" * 200, "mall: start: the number has more than 100 digits"),
        ("start = 2024-05-02\nend = 2024-05-01", "mall, field end: a scenario lasts 1 to 3660 days"),
        ("start = 2024-05-02\nend = 2044-05-01", "mall, field end: a scenario lasts 1 to 3660 days"),
        (
            "colour = 1\n" + HEAD,
            "mall, field colour: there is no such field here; known: start, end, title, unit, seed, ",
        ),
        ('unit = "CNY"\n' + HEAD, "mall, field unit: 'CNY' is not a unit"),
        ('watch = [":"]\n' + HEAD, "mall, field watch: ':' is not an account path"),
        ('watch = "bank:cash"\n' + HEAD, "mall, field watch: a list is needed, not 'bank:cash'"),
        ("groups = 3\n" + HEAD, "mall, field groups: a table is needed, not 3"),
        ("[groups]\na = 3\n" + HEAD.replace("\n[", "\n[", 1), "field end: it is missing|field start: it is"),
        (HEAD + "[groups]\na = 3", "mall, field groups: a pattern of account paths is needed, not 3"),
        (HEAD + '[groups]\na = "x:a*"', "mall, field groups: 'x:a.' is not an account path"),
        (HEAD + "[programme]\nx = 3", "it is not TOML|a table is needed"),
        (
            HEAD + '[programme.x]\nproduct = "y"',
            "programme x, field product: there is no product 'y'; known: wallet, ",
        ),
        (HEAD + "[programme.x]\ncolour = 1", "programme x, field colour: open-programme has no such field"),
        (HEAD + "[programme.x.terms]\nyield_rate = '99%'", "programme x, field terms: .*0 to 15%"),
        (HEAD + "[programme.'{x}']", "programme {x}, field programme: there is no name 'x'"),
        (HEAD + "[population.Big]\nsize = 1", "population Big: a name of lowercase letters"),
        (HEAD + "[population.day]\nsize = 1", "population day: a name of lowercase letters"),
        (HEAD + "[population.x]\nsize = 0", "population x, field size: 1 to 100000 people"),
        (
            HEAD + "[population.x]\nsize = true",
            "population x, field size: a whole number is needed, not True",
        ),
        (HEAD + "[population.x]\nsize = 1\nprefix = 'm'", "field prefix: 'm' is not a word, or is used"),
        (HEAD + "[population.x]\nsize = 1\nprefix = ':'", "field prefix: ':' is not a word"),
        (HEAD + "[population.x]\nsize = 1\nA = 2", "field A: an attribute's name"),
        (HEAD + "[population.x]\nsize = 1\na = {one_of = 'y'}", "population x: there is no name 'y'"),
        (HEAD + "[population.x]\nsize = 1\na = {from = 2, to = 1}", "field a, field to: it is below"),
        (HEAD + "[population.x]\nsize = 1\na = {from = 2, to = 'x'}", "field to: a whole number is needed"),
        (HEAD + "[population.x]\nsize = 1\na = {from = '2', to = 'x'}", "field to: 'x' is not an amount"),
        (
            HEAD + "[population.x]\nsize = 1\na = {from = 2, to = 3, step = 0}",
            "field step: it is not positive",
        ),
        (HEAD + "[population.x]\nsize = 1\na = {from = 2, to = 3, stop = 0}", "field stop: there is no such"),
        (HEAD + "[population.x]\nsize = 1\na = {one_of = []}", "field one_of: it is empty"),
        (
            HEAD + "[population.x]\nsize = 1\na = {one_of = 'x', weights = [1]}",
            "field weights: one weight is",
        ),
        (
            HEAD + "[population.x]\nsize = 1\na = {one_of = [1], weights = [0]}",
            "field weights: whole numbers",
        ),
        (
            HEAD + "[population.x]\nsize = 1\na = {one_of = [1], weights = [true]}",
            "field weights: whole numbers",
        ),
        (HEAD + "[population.x]\nsize = 1\na = {some = [1], count = 0}", "field count: at least 1"),
        (
            HEAD + "[population.x]\nsize = 1\na = {balance_of = 'x', share = '2'}",
            "field share: '200%' is not a",
        ),
        (HEAD + "[population.x]\nsize = 1\na = {balance_of = 'x'}", "population x: there is no book to ask"),
        (
            HEAD + "[population.x]\nsize = 1\na = {record = 'x', id = 'y', field = 'z'}",
            "population x: there is no book to ask for 'x y z'",
        ),
        (
            PAY + "with = { amount = { record = 'x', id = 'y', field = 'z' } }",
            r"step 1, field with\.amount: 'x' is not an amount",
        ),
        (
            PAY + "with = { amount = { record = 'x', id = '{x}', field = 'z' } }",
            r"step 1, field with\.amount: there is no name 'x'",
        ),
        ("step = [3]\n" + HEAD, "mall: step 1: a table is needed, not 3"),
        (HEAD + "[[step]]\ndo = 'sweep'", "mall: step 1, field on: a step needs either on or every"),
        (
            STEP + "name = 'x'\ncolour = 1\ndo = 'sweep'",
            r"mall: step 1 \(x\), field colour: there is no such",
        ),
        (STEP, "mall: step 1, field do: a step needs do, together, expect or show"),
        (STEP + "together = 3", "mall: step 1, field together: a list is needed, not 3"),
        (STEP + "together = []", "mall: step 1, field together: at least one command is needed"),
        (STEP + "together = [{}]", "mall: step 1, together 1, field do: a step needs do, together"),
        (
            STEP + "together = [{do = 'sweep', on = 3}]",
            "together 1, field on: there is no such field",
        ),
        (
            STEP + "together = [{do = 'sweep'}, {do = 'fund-reserve', with = {amount = 'x'}}]",
            r"mall: step 1, field together 2, with\.amount: 'x' is not an amount",
        ),
        (STEP + "chance = 0.5", "mall: step 1, field chance: '0.5' is a binary fraction"),
        (STEP + "do = 'fly'", "step 1, field do: there is no command 'fly'; known: .*bind, "),
        (PAY, r"step 1, field with\.amount: fund-reserve needs it"),
        (PAY + "with = { amount = 'x' }", r"step 1, field with\.amount: 'x' is not an amount"),
        (PAY + "with = { amount = '0.00' }", r"step 1, field with\.amount: "),
        (PAY + "with = { amount = {from = '0.00', to = '1.00'} }", r"step 1, field with\.amount: "),
        (PAY + "with = { amount = '1.00', x = 1 }", r"step 1, field with\.x: fund-reserve has no such field"),
        (PAY + "with = { amount = '1.00' }\nactor = 'x'", "step 1, field actor: 'x' is not an actor"),
        (PAY + "with = { amount = '1.00' }\nreject = 'x'", "step 1, field reject: no error has the code 'x'"),
        (PAY + "with = { amount = '1.00' }\nchance = '2'", "step 1, field chance: '200%' is not a rate"),
        (PAY + "with = { amount = '1.00' }\nchance = '{x}'", "step 1, field chance: there is no name 'x'"),
        (
            CLIENT + "chance = '{customer.age}/50'",
            "step 1, field chance: .* is not a rate: a share is between",
        ),
        (CLIENT.replace("{customer}", "{client}"), r"step 1, field with\.client: there is no name 'client'"),
        (CLIENT.replace('"customer"', '"client"'), "field each: 'client' is not a population"),
        (CLIENT.replace('"customer"', "[3]"), "field each: 3 is not a population"),
        (
            CLIENT.replace('"customer"', '["customer", "customer"]'),
            "field each: 'customer' is not a population",
        ),
        (
            CLIENT.replace('"customer"', '["customer.shops"]'),
            "field each: 'customer.shops' is not a population",
        ),
        (CLIENT.replace('"customer"', '["customer", "customer.age"]'), "step 1: .* no list 'customer.age'"),
        (STEP + "show = 'points.x'", r"field show: there is no report 'points\.x'; .*known: wallet\."),
        (STEP + "show = 'points.cards'\nactor = 'li'", "field actor: 'li' is not an actor"),
        (STEP + "show = 'points.cards'\neach = 'customer'", "field each: there is no such field"),
        (STEP + "expect = 3", "step 1, field expect: a table is needed"),
        (
            STEP + "expect = { equals = 3 }",
            "field expect: one of balance, accounts, done, refused, notices is needed",
        ),
        (STEP + "expect = { done = 'bind' }", "field expect: one of equals, at_least, at_most is needed"),
        (STEP + "expect = { done = 'fly', equals = 3 }", "field done: no command is named 'fly'"),
        (STEP + "expect = { refused = 'x', equals = 3 }", "field refused: no error has the code 'x'"),
        (
            STEP + "expect = { notices = 'overdue', equals = 3 }",
            "field notices: a party and a topic are needed",
        ),
        (STEP + "expect = { done = 'bind', equals = '3' }", "field equals: a whole number is needed"),
        (STEP + "expect = { balance = 'x', equals = 3 }", "field equals: text is needed, not 3"),
        (STEP + "expect = { balance = 'x', equals = 'y' }", "field equals: 'y' is not an amount"),
        (STEP + "expect = { balance = ':', equals = '3' }", "field balance: ':' is not an account path"),
        (STEP + "expect = { done = 'bind', equals = 3, x = 1 }", "field x: there is no such field"),
    ],
)
def test_every_mistake_names_its_place(text: str, message: str) -> None:
    with pytest.raises(BadScenario, match=message):
        parse(text, name="mall")


def test_a_command_that_is_bad_in_itself_may_be_the_point() -> None:
    assert len(parse(PAY + "with = { amount = '1.00' }\nactor = 'x'\nreject = 'bad_actor'").steps) == 1
    assert parse(PAY + "with = { amount = '0.00' }\nreject = 'not_positive'").steps
