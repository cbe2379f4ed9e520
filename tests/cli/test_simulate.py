"""The command that runs a scenario: its check, what it warns of, and the file that it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SLIPS = 'start = 2024-05-01\nend = 2024-05-02\ncolour = 1\n[[step]]\non = "2024-05-01"\ndo = "fly"\n'


def test_a_check_shows_all_that_is_wrong_and_runs_nothing(run, tmp_path):
    file = tmp_path / "x.toml"
    file.write_text(SLIPS, encoding="utf-8")
    checked = run("simulate", file, "--check", "--json")
    assert (checked.status, checked.error["code"]) == (2, "not_ready")
    assert [(it["line"], it["table"], it["field"]) for it in checked.data["findings"]] == [
        (3, "", "colour"),
        (5, "step 1", "on"),
        (6, "step 1", "do"),
    ]
    sound = run("simulate", EXAMPLES / "short-reserve.toml", "--check")
    assert (sound.status, sound.out.split()[-1]) == (0, "0")


@pytest.mark.parametrize(
    "other", [("--book", "x.db"), ("--seed", "3"), ("--durability", "full"), ("--runs", "2")]
)
def test_a_check_takes_no_option_of_a_run(run, other):
    assert run("simulate", EXAMPLES / "short-reserve.toml", "--check", *other).code == "bad_usage"
