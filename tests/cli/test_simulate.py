"""The command that runs a scenario: its check, what it warns of, and the file that it writes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bankcore.stores.unfinished import mark_of

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


# --- what a run tells -----------------------------------------------------------------------------

SCENARIO = """
start = 2024-05-01
end = 2024-05-03

[population.saver]
size = 2
parties = "person"
cash = "10.00"

[[step]]
name = "too much"
every = "day"
each = "saver"
do = "cash-out"
with = { party = "{saver}", amount = "10.01" }

[[step]]
name = "some"
every = "day"
each = "saver"
do = "cash-out"
with = { party = "{saver}", amount = "4.00" }

[[step]]
on = 2024-05-03
do = "cash-out"
with = { party = "s1", amount = "900.00" }
reject = "balance_floor_breached"
"""


@pytest.fixture
def scenario(tmp_path):
    file = tmp_path / "savers.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def test_refusals_are_told_in_words_and_a_step_that_is_always_refused_is_a_warning(run, scenario):
    done = run("simulate", scenario)
    assert done.status == 0
    lines = [" ".join(it.split()) for it in done.err.splitlines()]
    assert any(
        it.startswith(
            "step 1 (too much), cash-out: refused 6 times [balance_floor_breached], first on 2024-05-01: "
        )
        and "10.00" in it
        for it in lines
    )
    assert any(it.startswith("step 2 (some), cash-out: refused 2 times") for it in lines)
    assert any(it.startswith("step 3, cash-out: refused once") for it in lines)
    assert [it.partition(" (6): ")[0] for it in lines if it.startswith("warning")] == [
        "warning: step 1 (too much), cash-out, was refused every time"
    ]
    assert "refused 6 times" not in done.out


def test_a_strict_run_fails_on_a_warning_after_its_report(run, scenario):
    strict = run("simulate", scenario, "--strict", "--json")
    assert strict.status == run("simulate", scenario, "--strict").status == 3
    assert '"code":"warned"' in strict.err.replace(" ", "")
    assert [(it["step"], it["times"]) for it in strict.data["refusals"]] == [
        ("step 1 (too much)", 6),
        ("step 2 (some)", 2),
        ("step 3", 1),
    ]
    assert len(strict.data["warnings"]) == 1
    mild = scenario.with_name("mild.toml")
    mild.write_text(SCENARIO.replace("10.01", "1.00"), encoding="utf-8")
    assert run("simulate", mild, "--strict").status == 0


def test_a_step_that_is_never_given_is_a_warning(run, scenario):
    scenario.write_text(
        SCENARIO.replace('"10.01"', '{ balance_of = "bank:cash", share = "0" }'), encoding="utf-8"
    )
    assert "warning: step 1 (too much), cash-out, was never given" in run("simulate", scenario).err


# --- the file that it writes ----------------------------------------------------------------------


def test_a_book_is_written_over_by_force_only(run, scenario, book):
    assert run("simulate", scenario, "--book", book).status == 0
    first = run("book", "--json").data
    refused = run("simulate", scenario, "--book", book, "--seed", "9")
    assert "error [book_exists]" in refused.err
    assert "--force" in refused.err
    assert run("book", "--json").data == first
    forced = run("simulate", scenario, "--book", book, "--force")
    assert forced.status == 0
    assert run("book", "--json").data == first
    assert not list(book.parent.glob("*.unfinished"))


def test_force_deletes_no_file_of_anything_else(run, scenario, book):
    book.write_text("my thesis", encoding="utf-8")
    assert run("simulate", scenario, "--book", book, "--force").code == "not_a_book"
    assert book.read_text(encoding="utf-8") == "my thesis"
    assert run("simulate", scenario, "--force").code == "bad_usage"
    assert run("simulate", scenario, "--book", "memory:", "--force").code == "bad_usage"
    broken = scenario.with_name("broken.toml")
    broken.write_text("start = 1", encoding="utf-8")
    assert run("simulate", scenario, "--book", book.with_name("kept.db")).status == 0
    assert run("simulate", broken, "--book", book.with_name("kept.db"), "--force").code == "bad_scenario"
    assert run("verify", "--book", book.with_name("kept.db")).status == 0


@pytest.fixture
def cut_off(run, scenario, book):
    """A book whose run ended on its second day."""
    expected = '\n[[step]]\non = 2024-05-02\nexpect = { done = "cash-out", equals = 99 }\n'
    scenario.write_text(SCENARIO + expected, encoding="utf-8")
    assert run("simulate", scenario, "--book", book).code == "expectation_failed"
    return book


def test_a_book_whose_run_was_cut_off_is_known_as_such(run, scenario, cut_off):
    read = run("trial-balance")
    assert read.status == 0
    assert "unfinished: the scenario savers.toml did not run to its end" in read.err
    assert run("close-day", "--on", "2024-05-02").code == "unfinished_book"
    assert run("current", "cash-in", "--party", "s1", "--amount", "1.00").code == "unfinished_book"
    assert run("init", "--name", "other").code == "unfinished_book"
    assert run("simulate", scenario, "--book", cut_off).code == "unfinished_book"
    scenario.write_text(SCENARIO, encoding="utf-8")
    assert run("simulate", scenario, "--book", cut_off, "--force").status == 0
    assert run("trial-balance").err == ""
    assert run("close-day", "--on", "2024-05-04", "--confirm-clock").status == 0


def test_a_mark_whose_book_was_deleted_says_nothing_of_a_new_one(run, cut_off):
    for file in cut_off.parent.glob(f"{cut_off.name}*"):
        if file.suffix != ".unfinished":
            file.unlink()
    assert run("init", "--opened-on", "2024-05-01").status == 0
    assert run("book").err == ""


def test_a_run_that_is_killed_leaves_its_mark(scenario, book, tmp_path):
    scenario.write_text(SCENARIO.replace("end = 2024-05-03", "end = 2033-05-03"), encoding="utf-8")
    command = [sys.executable, "-m", "bankcore", "simulate", str(scenario), "--book", str(book)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    mark = book.with_name(f"{book.name}.unfinished")
    try:
        limit = time.monotonic() + 60
        while not mark.exists() and running.poll() is None and time.monotonic() < limit:
            time.sleep(0.05)
        assert running.poll() is None
    finally:
        running.kill()
        running.wait()
    assert "savers.toml" in mark_of(str(book))
