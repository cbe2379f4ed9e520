"""Texts from outside: seen by people as escapes, read by programs as they were given."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import unicodedata
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.conftest import Run

from bankcore.errors import BadCommand
from bankcore.render.forms import Form, Sheet, refusal, write
from bankcore.tables import Table, csv_line, json_text, undefused, visible

# Every kind that has acted on a terminal, hidden a text, or made one line two.
HIDDEN = (
    *map(chr, (*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x180E, 0x3164, 0xFEFF)),
    *map(chr, (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFE0F, 0xFFA0)),
    *map(chr, (0xD800, 0xDFFF, *range(0xE0000, 0xE0080), 0xE0100, 0x1D173)),
)
any_text = st.text(st.one_of(st.sampled_from(HIDDEN), st.characters()), max_size=12)
unicode_text = st.text(
    st.one_of(st.sampled_from("=+-@'\"\t\r\n ,;0.＝"), st.characters(codec="utf-8")), max_size=12
)


def _acts(text: str) -> bool:
    return any(it in HIDDEN or unicodedata.category(it) in ("Cc", "Cf", "Cs", "Zl", "Zp") for it in text)


@given(any_text, any_text, any_text)
def test_no_output_for_people_acts(name: str, cell: str, title: str) -> None:
    table = Table(title, (name, "b"), ((cell, [cell]), ({name: cell}, None)))
    lines = write(Sheet({name: cell, "list": (cell,)}, (table, table)), Form.TEXT).split("\n")
    assert not any(map(_acts, lines))
    assert (
        len(lines)
        == len(("facts",) * (1 + bool(cell))) + 2 * len(("", title, "heads", "rule", "row", "row")) + 1
    )
    said = refusal(BadCommand(name, cell), Form.TEXT)
    assert said.count("\n") == 1
    assert not _acts(said.removesuffix("\n"))


@given(any_text)
def test_html_of_a_table_hides_nothing(cell: str) -> None:
    assert not _acts(Table("t", ("a",), ((cell,),))._repr_html_())


@pytest.mark.parametrize("character", HIDDEN)
def test_what_is_not_seen_is_an_escape(character: str) -> None:
    shown = visible(f"a{character}b")
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) > 3


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters=HIDDEN)))
def test_what_is_seen_stays(text: str) -> None:
    assert visible(text) == text


@given(any_text)
def test_json_is_the_same_text_and_acts_on_nothing(text: str) -> None:
    for indent in (None, 2):
        said = json_text({"a": [text]}, indent=indent)
        assert json.loads(said) == {"a": [text]}
        assert not any(map(_acts, said.split("\n")))


@given(st.lists(st.lists(unicode_text, min_size=2, max_size=2), min_size=1, max_size=4), st.booleans())
def test_csv_goes_round(rows: list[list[str]], raw: bool) -> None:
    said = "".join(csv_line(row, raw=raw) for row in rows)
    found = list(csv.reader(StringIO(said.encode().decode(), newline=""), strict=True))
    assert [[it if raw else undefused(it) for it in row] for row in found] == rows
    if not raw:
        assert all(it[:1] not in tuple("@\t\r＝=") for row in found for it in row)


@pytest.mark.parametrize("text", ["-3.00", "+1", "-1,234.56", "-1/3", "7%", "", "0", "a=b", "2024-05-01"])
def test_numbers_and_words_are_no_formulas(text: str) -> None:
    assert csv_line([text, "x"], raw=True) == csv_line([text, "x"])


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(1)", "+1+1", "-2+3", "\t=1", "\r=1", " =1", "'=1", "＝1", "-A1"]
)
def test_formulas_are_defused(text: str) -> None:
    ((found, _),) = csv.reader(StringIO(csv_line([text, "x"]), newline=""))
    assert found == f"'{text}"
    assert undefused(found) == text


def test_a_text_through_every_output(run: Run) -> None:
    bad = "=x\x1b[31m\nbank:cash  9.99\u202e"
    run("init", "--opened-on", "2024-05-01")
    run("account", "open", "bank:cash", "--type", "asset")
    run("account", "open", "bank:own", "--type", "equity")
    line = ["post", "--debit", "bank:cash", "1.00", "--credit", "bank:own", "1.00", "--key", "k"]
    posted = run(*line, "--description", bad)
    assert posted.status == 0, posted.err
    for command in ("transaction 2", "transaction 3", "statement bank:cash", "journal"):
        assert "\x1b" not in run(*command.split()).out
        assert bad not in run(*command.split()).out
    assert json.loads(run("transaction", "3", "--json").out)["description"] == bad
    rows = list(csv.DictReader(StringIO(run("statement", "bank:cash", "--csv").out, newline="")))
    assert undefused(rows[0]["description"]) == bad
    rows = list(csv.DictReader(StringIO(run("statement", "bank:cash", "--csv", "--raw").out, newline="")))
    assert rows[0]["description"] == bad
    for refused in (
        ["statement", bad],
        ["post", "--debit", bad],
        [bad],
        ["journal", "--from", bad],
        ["book", bad],
    ):
        answer = run(*refused)
        assert answer.status == 2
        assert "\x1b" not in answer.err + answer.out
        assert "\u202e" not in answer.err + answer.out


@pytest.mark.parametrize("variables", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "cp1252"}])
def test_data_is_utf_8_in_every_place(tmp_path: Path, variables: dict[str, str]) -> None:
    env = {**os.environ, **variables, "BANKCORE_BOOK": str(tmp_path / "b.db"), "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "bankcore"]
    subprocess.run(
        [*command, "init", "--opened-on", "2024-05-01", "--name", "b"],
        env=env,
        check=True,
        capture_output=True,
    )
    opened = [*command, "account", "open", "银行:é😀".replace("😀", ""), "--type", "asset", "--party", "p"]
    done = subprocess.run(opened, env={**env, "PYTHONUTF8": "1"}, capture_output=True)
    assert done.returncode == 0, done.stderr
    listed = subprocess.run([*command, "account", "list", "--csv"], env=env, check=True, capture_output=True)
    assert "银行:é".encode() in listed.stdout
    listed = subprocess.run([*command, "account", "list", "--json"], env=env, check=True, capture_output=True)
    assert "银行:é" in json.dumps(json.loads(listed.stdout.decode()), ensure_ascii=False)
