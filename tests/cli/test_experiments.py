"""`simulate` with many runs: tables in every form, and refusals with their status."""

from __future__ import annotations

from pathlib import Path

import pytest

PURSE = """
title = "A purse"
start = 2024-05-01
end = 2024-05-02
seed = 5

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
every = "day"
do = "post"
with = { debit = "shop:purse", credit = "shop:costs", amount = { from = "1.00", to = "9.00", step = "1.00" } }
"""
MEASURE = "balance:shop:purse"
FIND = ("--find", "step.fill.with.amount", "--from", "1.00", "--to", "32.00", "--step", "1.00")


@pytest.fixture
def purse(tmp_path: Path) -> Path:
    file = tmp_path / "purse.toml"
    file.write_text(PURSE, encoding="utf-8")
    return file


def test_a_grid_is_a_table_for_each_point_or_one_for_programs(run, purse: Path) -> None:
    line = [
        "simulate",
        purse,
        "--set",
        "step.fill.with.amount=20.00,30.00",
        "--runs",
        "3",
        "--measure",
        MEASURE,
    ]
    text = run(*line)
    assert text.status == 0
    assert "step.fill.with.amount = 20.00\n" in text.out
    assert "step.fill.with.amount = 30.00\n" in text.out
    assert "seeds     5 to 7" in text.out
    data = run(*line, "--json").data
    assert (data["runs"], data["failed"]) == (6, 0)
    assert [it["step.fill.with.amount"] for it in data["quantiles"]] == ["20.00", "30.00"]
    rows = [it.split(",") for it in run(*line, "--csv").out.splitlines()]
    assert rows[0][:4] == ["step.fill.with.amount", "measure", "runs", "lowest"]
    lowest = [it["lowest"]["decimal"] for it in data["quantiles"]]
    assert [row[3] for row in rows[1:]] == lowest
    one = run("simulate", purse, "--measure", MEASURE, "--seed", "5", "--json").data
    assert one["quantiles"][0]["lowest"]["decimal"] >= lowest[0]


def test_failed_runs_are_listed_and_end_it_with_their_status(run, purse: Path) -> None:
    line = ["simulate", purse, "--set", "step.fill.with.amount=8.00", "--runs", "4", "--measure", MEASURE]
    told = run(*line, "--json")
    assert (told.status, told.error["code"]) == (3, "runs_failed")
    assert told.data["failed"] == len(told.data["failed_runs"]) > 0
    assert {it["error"] for it in told.data["failed_runs"]} == {"step_refused"}
    assert told.error["seed"] == told.data["failed_runs"][0]["seed"]
    assert told.data["quantiles"][0]["runs"] == 4 - told.data["failed"]


def test_a_search_says_what_it_found_and_what_it_tried(run, purse: Path) -> None:
    line = ["simulate", purse, *FIND, "--until", f"{MEASURE} >= 0", "--share", "75%", "--runs", "4"]
    told = run(*line, "--json").data
    tried = {it["step.fill.with.amount"]: it["held"] for it in told["tried"]}
    assert tried[told["smallest"]] >= 3 > tried[f"{int(told['smallest'][:-3]) - 1}.00"]
    assert told["runs"] == 4 * len(tried)
    none = run("simulate", purse, *FIND, "--until", f"{MEASURE} >= 90", "--json")
    assert (none.status, none.error["code"], none.data["tried"][0]["enough"]) == (3, "no_such_amount", False)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["--runs", "2", "--book", "new.db"], "bad_usage"),
        ([*FIND[:4], "--runs", "2"], "bad_usage"),
        (["--share", "99%", "--runs", "2"], "bad_usage"),
        ([*FIND, "--until", "failed-sweeps = 0", "--set", "end=2024-05-02,2024-05-03"], "bad_usage"),
        ([*FIND, "--until", "failed-sweeps = 0", "--share", "101%"], "bad_rate"),
        ([*FIND, "--until", "failed-sweeps < 0"], "bad_search"),
        (["--set", "step.fil.with.amount=1.00", "--measure", MEASURE], "bad_setting"),
        (["--measure", "shortfal"], "bad_measure"),
        (["--runs", "2"], "bad_measure"),
    ],
)
def test_bad_questions_are_refused(run, purse: Path, line: list[str], code: str) -> None:
    told = run("simulate", purse, *line, "--json")
    assert (told.status, told.error["code"], told.out) == (2, code, "")
