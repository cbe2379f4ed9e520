"""The scenarios that come with bankcore."""

from __future__ import annotations

from pathlib import Path

from bankcore.sources.examples import examples

ROOT = Path(__file__).parents[2]


def test_every_scenario_is_listed_and_says_what_it_is(run):
    found = {it["example"]: it["about"] for it in run("example", "list", "--json").data["examples"]}
    assert set(found) == {it.stem for it in (ROOT / "examples").glob("*.toml")} == set(examples())
    assert all(len(it) > 10 for it in found.values())


def test_a_copy_is_the_file_and_writes_over_nothing(run, tmp_path):
    file = tmp_path / "new" / "current.toml"
    assert run("example", "copy", "current", tmp_path / "new").status == 0
    text = (ROOT / "examples" / "current.toml").read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text == run("example", "show", "current.toml").out
    file.write_text("mine", encoding="utf-8")
    refused = run("example", "copy", "current", tmp_path / "new")
    assert (refused.code, file.read_text(encoding="utf-8")) == ("bad_file", "mine")
    assert run("example", "copy", "current", tmp_path / "new", "--force").status == 0
    assert file.read_text(encoding="utf-8") == text


def test_no_other_file_is_an_example(run):
    refused = run("example", "show", "../pyproject")
    assert refused.code == "unknown_name"
    assert "mall" in refused.err
