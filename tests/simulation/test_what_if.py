"""Many runs: the same results whoever makes them, no run lost with another, and a value that is found."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from multiprocessing import active_children
from typing import Any

import pytest
from tests.conftest import ROOT

from bankcore import what_if
from bankcore.amounts import Amount
from bankcore.rates import Share
from bankcore.simulation.grids import Trials, quantile
from bankcore.simulation.refusals import BadMeasure, BadScenario, BadSearch, BadSetting, ProcessLost
from bankcore.simulation.runner import Run, simulate
from bankcore.simulation.scenario import parse
from bankcore.simulation.search import Answer, Condition, find
from bankcore.simulation.settings import Variants
from bankcore.stores.memory import MemoryStore

PURSE = """
title = "A purse is filled once, and pays every day"
start = 2024-05-01
end = 2024-05-03
seed = 5
watch = ["shop:purse"]

[[step]]
on = 2024-05-01
do = "open"
with = { account = "shop:purse", floor = "0.00" }

[[step]]
on = 2024-05-01
do = "open"
with = { account = "shop:costs", type = "expense" }

[[step]]
name = "fill"
on = 2024-05-01
do = "post"
with = { debit = "shop:costs", credit = "shop:purse", amount = "20.00" }

[[step]]
name = "pay"
every = "day"
do = "post"
required = false
with.debit = "shop:purse"
with.credit = "shop:costs"
with.amount = { from = "1.00", to = "9.00", step = "1.00" }
"""
FUND = "step.fund.with.amount"
FILL, REFUSED = "step.fill.with.amount", "refused:balance_floor_breached"
MEASURES = (REFUSED, "balance:shop:purse", "lowest:shop:purse", "highest:shop:purse", "done:post")


def plain(answer: Any) -> list[Any]:
    return [(point.number, point.settings, point.runs) for point in answer.points]


def test_results_are_the_same_whatever_the_number_of_processes() -> None:
    settings = [f"{FILL}=5.00,20.00", "step.pay.with.amount.to=4.00,9.00"]
    alone = what_if(PURSE, settings, runs=5, measures=MEASURES)
    crew = what_if(PURSE, settings, runs=5, measures=MEASURES, jobs=2)
    assert plain(crew) == plain(alone)
    assert (crew.table(), crew.tables) == (alone.table(), alone.tables)
    assert not active_children()
    assert [tuple(point.settings.values()) for point in alone.points] == [
        ("5.00", "4.00"), ("5.00", "9.00"), ("20.00", "4.00"), ("20.00", "9.00"),
    ]  # fmt: skip
    assert [run.trial.seed for run in alone.points[0].runs] == [5, 6, 7, 8, 9]
    assert plain(what_if(PURSE, settings, runs=5, measures=MEASURES, seed=6)) != plain(alone)


def test_figures_are_those_of_the_runs_of_simulate() -> None:
    (point,) = what_if(PURSE, runs=3, measures=MEASURES).points
    for run in point.runs:
        store = MemoryStore()
        outcome = simulate(parse(PURSE), store, seed=run.trial.seed)
        lines = [line.balance for line in store.reading(1).lines("shop:purse")]
        levels = [Amount(-balance, "CNY/2") for balance in lines]
        refused = sum(event.refusal == "balance_floor_breached" for event in outcome.events)
        done = sum(event.command == "post" and not event.refusal for event in outcome.events)
        assert run.figures == (refused, levels[-1], min(levels), max(levels), done)


def test_quantiles_are_figures_of_runs() -> None:
    figures = [*range(1, 201)]
    assert [quantile(figures, Fraction(n, 100)) for n in (0, 1, 50, 99, 100)] == [1, 2, 100, 198, 200]
    assert quantile([7], Fraction(1, 100)) == 7
    (point,) = what_if(PURSE, runs=4, measures=["balance:shop:purse"]).points
    (row,) = point.table().rows
    found = sorted(run.figures[0] for run in point.runs)
    assert row == ("balance:shop:purse", 4, found[0], found[0], found[0], found[1], found[2], *found[3:] * 3)


STRICT = PURSE.replace("required = false", "required = true")


def test_a_run_that_fails_is_reported_and_the_others_are_not_lost() -> None:
    found = what_if(STRICT, [f"{FILL}=15.00,27.00"], runs=6, measures=["balance:shop:purse"])
    assert found.runs == 12
    assert {run.trial.point for run in found.failed} == {1}
    assert {run.code for run in found.failed} == {"step_refused"}
    assert "balance_floor_breached" in found.failed[0].reason
    assert 0 < len(found.points[0].figures("balance:shop:purse")) < 6
    assert len(found.points[1].figures("balance:shop:purse")) == 6


def test_a_process_that_is_killed_loses_only_its_run() -> None:
    killed: list[Any] = []

    def kill_once(_: object) -> None:
        if not killed:
            killed.append(active_children()[0])
            killed[0].kill()
            killed[0].join()

    measures = ["balance:shop:purse"]
    found = what_if(PURSE, runs=12, measures=measures, jobs=2, progress=kill_once)
    assert [run.code for run in found.failed] in ([], [ProcessLost.code])  # it may have just finished one
    others = what_if(PURSE, runs=12, measures=measures).points[0].runs
    assert [run for run in others if run.trial.seed not in {it.trial.seed for it in found.failed}] == [
        run for run in found.points[0].runs if not run.failed
    ]


def test_an_interrupt_ends_the_processes() -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        what_if(PURSE, runs=12, jobs=2, progress=interrupt)
    assert not active_children()


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ({"settings": [f"{FILL}=1.00", f"{FILL}=2.00"]}, BadSetting, "given twice"),
        ({"settings": [f"{FILL}=none"]}, BadScenario, "step 3"),
        ({"settings": ["step.fill.with.amuont=1"]}, BadSetting, "nearest: step.fill.with.amount"),
        ({"runs": 0}, BadSearch, "runs"),
        ({"jobs": True}, BadSearch, "jobs"),
        ({"measures": ["shortfal"]}, BadMeasure, "known are shortfall"),
        ({"measures": ["balance:shop purse"]}, BadMeasure, "shop purse"),
        ({"measures": ["lowest:"]}, BadMeasure, "lowest:"),
        ({"measures": ["done:fly"]}, BadMeasure, "no command"),
        ({"measures": ["refused:nothing"]}, BadMeasure, "no error"),
        ({"measures": ["wallet.reserve.moeny"]}, BadMeasure, "client money"),
        ({"measures": ["wallet.reserv.reserve"]}, BadMeasure, "reserv"),
    ],
)
def test_bad_questions_are_refused_before_the_first_run(
    arguments: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        what_if(PURSE, progress=lambda _: pytest.fail("a run was made"), **arguments)


def test_what_a_run_cannot_say_is_its_failure() -> None:
    found = what_if(PURSE, measures=["shortfall", "lowest:shop:pursse"])
    assert [(run.code, run.reason) for run in found.failed] == [
        ("bad_measure", "the reserve cannot be measured: the run has no wallet programme")
    ]
    with pytest.raises(BadMeasure, match="name something"):
        what_if(PURSE.replace("watch =", "# watch ="))


def test_the_reserve_of_a_mall_is_measured_as_its_reports_have_it() -> None:
    text = (ROOT / "examples/mall-reserve.toml").read_text(encoding="utf-8")
    settings = {"end": date(2024, 5, 9), "population.customer.size": 8, FUND: "24000.00"}
    usual = ("shortfall", "failed-sweeps", "refused-sweeps", "lowest-reserve", "yield-cost")
    with Trials(text, seed=3) as trials:
        (point,) = trials.points([settings])
    assert point.measures == usual
    run = Run(Variants(text).scenario(settings), MemoryStore(), 3)
    for day in run.scenario.days:
        run.day(day)
    failed = run.bank.report("wallet", "failed-sweeps").rows
    lines = run.bank.ledger.reader.lines("wallet:mall:reserve")
    paid = [posted for *_, posted, _ in run.bank.report("wallet", "yield").rows]
    assert failed
    assert point.runs[0].figures == (
        max(threshold - reserve for _, _, reserve, threshold, _ in failed),
        len(failed),
        0,
        Amount(min(-line.balance for line in lines), "CNY/2"),
        sum(paid, start=Amount(0, run.scenario.unit)),
    )


PERHAPS = """
start = 2024-05-01
end = 2024-05-01
seed = 5

[[step]]
on = 2024-05-01
do = "current.open-programme"
with = { programme = "street" }

[[step]]
on = 2024-05-01
chance = "50%"
do = "parties.register-party"
with = { party = "li" }

[[step]]
on = 2024-05-01
do = "current.open-account"
required = false
with = { programme = "street", party = "li" }

[[step]]
name = "pay"
on = 2024-05-01
do = "current.cash-in"
required = false
with = { party = "li", amount = "1.00" }
"""


def test_a_report_without_rows_in_some_runs_counts_as_nothing() -> None:
    balance = "current.accounts.balance"
    (point,) = what_if(PERHAPS, runs=6, measures=[balance]).points
    found = point.figures(balance)
    assert {Amount(0, "CNY/2"), Amount(100, "CNY/2")} == {*found}
    assert found == sorted(found)
    until = Condition.read(f"{balance} >= 0.50")
    with Trials(PERHAPS, runs=6, measures=[balance]) as trials:
        path = "step.pay.with.amount"
        answer = find(trials, path, "0.10", "0.90", step="0.10", until=until, share=Share.parse("10%"))
    assert answer.value == "0.50"


# --- search ---------------------------------------------------------------------------------------------


GUESTS = """
[population.guest]
size = 3

[[step]]
on = 2024-05-02
each = "guest"
do = "open"
with = { account = "guest:{guest}" }
"""


def searched(text: str = PURSE, *, share: str = "80%", runs: int = 5, **given: Any) -> Answer:
    asked = {"path": FILL, "low": "1.00", "high": "32.00", "step": "1.00", "until": f"{REFUSED} = 0"} | given
    until = Condition.read(asked.pop("until"))
    with Trials(text, runs=runs, measures=[until.measure]) as trials:
        return find(trials, until=until, share=Share.parse(share), **asked)


def test_bisection_finds_what_trying_every_value_finds() -> None:
    every = what_if(
        PURSE, [f"{FILL}={','.join(f'{n}.00' for n in range(1, 33))}"], runs=5, measures=[REFUSED]
    )
    held = {point.settings[FILL]: sum(run.figures[0] == 0 for run in point.runs) for point in every.points}
    for share, least in (("10%", 1), ("80%", 4), ("81%", 5), ("100%", 5)):
        answer = searched(share=share)
        assert answer.value == next(value for value, count in held.items() if count >= least)
        assert (answer.rising, answer.contradictions) == (True, ())
        assert answer.runs == 5 * len(answer.tried) < 5 * 9
        assert {it.value: it.held for it in answer.tried}.items() <= held.items()
    assert answer.table().columns == (FILL, "held", "runs", "failed", "enough")


def test_a_condition_that_less_of_the_value_fulfils_gives_the_largest() -> None:
    answer = searched(until="balance:shop:purse <= 10.00", share="100%")
    assert not answer.rising
    below, above = answer.value, f"{int(answer.value[:-3]) + 1}.00"
    tried = {it.value: it.enough for it in answer.tried}
    assert (tried[below], tried[above], tried["1.00"], tried["32.00"]) == (True, False, True, False)


def test_whole_numbers_are_searched_and_other_values_set() -> None:
    people = PURSE + GUESTS
    answer = searched(
        people, path="population.guest.size", low="1", high="9", step="2", until="done:open >= 6",
        settings={"end": date(2024, 5, 2)}, runs=1,
    )  # fmt: skip
    assert answer.value == 5  # and two other accounts
    assert [(it.value, it.held) for it in answer.tried] == [(1, 0), (3, 0), (5, 1), (9, 1)]


def test_no_value_and_every_value_are_said() -> None:
    assert searched(high="2.00", share="100%").value is None
    assert searched(low="27.00").value == "27.00"


def test_a_failed_run_fulfils_nothing() -> None:
    answer = searched(STRICT, until="done:post >= 0", share="100%")
    assert answer.tried[0].failed == answer.tried[0].runs - answer.tried[0].held > 0
    assert {run.code for run in answer.failed} == {"step_refused"}
    assert answer.value == searched(share="100%").value


LADDER = """
title = "Enough for the second payment, and no more than the first account has"
start = 2024-05-01
end = 2024-05-01
seed = 1

[population.one]
size = 1
has = { from = "4.00", to = "12.00", step = "1.00" }
"""
for path, floor in (("x:source", ""), ("x:a", ', floor = "0.00"'), ("x:b", ', floor = "0.00"')):
    LADDER += f'[[step]]\non = 2024-05-01\ndo = "open"\nwith = {{ account = "{path}"{floor} }}\n'
for name, debit, credit, amount in (
    ("fill", "x:source", "x:a", "{one.has}"),
    ("move", "x:a", "x:b", "1.00"),
    ("last", "x:b", "x:source", "4.00"),
):
    LADDER += f"""
[[step]]
name = "{name}"
on = 2024-05-01
each = "one"
do = "post"
with = {{ debit = "{debit}", credit = "{credit}", amount = "{amount}" }}
"""


def test_an_answer_that_is_not_monotone_says_so() -> None:
    answer = searched(
        LADDER, path="step.move.with.amount", high="12.00", until=f"{REFUSED} = 0", share="5%", runs=16
    )
    held = {it.value: it.held for it in answer.tried}
    assert answer.value == "4.00"
    assert held["4.00"] > held["12.00"] > 0
    assert answer.contradictions
    assert all(held[better] > held[worse] for better, worse in answer.contradictions)


@pytest.mark.parametrize(
    ("given", "error", "reason"),
    [
        ({"step": "0.00"}, BadSearch, "step: it is not positive"),
        ({"low": "50.00"}, BadSearch, "to: it is below"),
        ({"high": "lots"}, BadSearch, "to: "),
        ({"high": "90000000000000000.00", "step": "0.01"}, BadSearch, "too many values"),
        ({"until": "nothing"}, BadSearch, "until: "),
        ({"until": "shortfall = nought"}, BadSearch, "until: "),
        ({"until": f"{REFUSED} = 0.5"}, BadSearch, "until: "),
        ({"path": "step.fil.with.amount"}, BadSetting, "nearest"),
        ({"settings": {FILL: "1.00"}}, BadSearch, "is given a value, too"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(
    given: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        searched(runs=1, **given)


@pytest.mark.parametrize("word", ["=", "<=", ">="])
def test_a_condition_needs_no_spaces(word: str) -> None:
    assert Condition.read(f"{REFUSED}{word}1,000.00") == Condition(REFUSED, word, "1,000.00")


def test_a_search_needs_its_measure() -> None:
    until = Condition.read("shortfall = 0")
    trials = Trials(PURSE, measures=[REFUSED])
    with pytest.raises(BadSearch, match="shortfall is not measured"):
        find(trials, FILL, "1.00", "2.00", step="1.00", until=until, share=Share.parse("1"))
