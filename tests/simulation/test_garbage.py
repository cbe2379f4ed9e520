"""Whatever stands in a scenario file, it is read, or refused with the place; nothing else is raised."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bankcore.errors import BadFile, BankcoreError
from bankcore.simulation.check import check
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load, parse
from bankcore.stores.memory import MemoryStore

TEXT = (Path(__file__).parents[2] / "examples/short-reserve.toml").read_text(encoding="utf-8")
LINES = TEXT.splitlines()

KNOWN = """
    on every do show
    with each chance expect reject actor step size prefix title start end seed unit watch groups
    programme population terms name required after_close from to one_of some count weights balance_of share
    balance accounts done refused notices c1:overdue points.cards
    equals at_least since until freq byday interval pocket client amount mall
    day customer c1 {customer} {customer.x} CNY/2 1/2 3.00 FREQ=DAILY withdraw recharge 2024-05-03
    record wallet:*:reserve bank:cash reserve_short ' * \x00
"""
WORDS = st.sampled_from(KNOWN.split())
LEAVES = (
    WORDS
    | st.text(max_size=8)
    | st.integers(-(2**70), 2**70)
    | st.booleans()
    | st.dates(date(2024, 4, 28), date(2024, 5, 12))
    | st.datetimes()
    | st.floats()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def toml(value: Any) -> str:
    """A value as TOML; floats and surrogates included."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else repr(value)


def read(text: str) -> None:
    """Read the text, run what can be read, and check it: what is refused is found, and nothing else."""
    found = check(text, "garbage.toml").findings
    assert all(it.message for it in found)
    try:
        scenario = parse(text, name="garbage.toml")
    except BadScenario as error:
        refusal = error
    else:
        assert all("nothing opens" in it.message or "is not there on" in it.message for it in found)
        with suppress(BankcoreError):
            simulate(scenario, MemoryStore())
        return
    assert found
    assert refusal.place.startswith("garbage.toml")
    assert refusal.reason
    assert str(refusal)


@given(st.text(max_size=200))
@example("x = 0x" + "f" * 5_000)
@example("x = " + "9" * 5_000)
@example("start = " + "9" * 4_000)
@example("x = " + "[" * 5_000)
@example("start = 2024-02-30")
@example("start = 2024-05-01T25:00:00")
def test_any_text(text: str) -> None:
    read(text)


@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_any_table(data: dict[str, Any]) -> None:
    read("\n".join(f"{toml(key)} = {toml(value)}" for key, value in data.items()))


@given(st.dictionaries(WORDS, VALUES, max_size=6), st.booleans())
def test_any_step(step: dict[str, Any], command: bool) -> None:
    first = {"on": date(2024, 5, 3)} | ({"do": "withdraw"} if command else {})
    lines = (f"{toml(key)} = {toml(value)}" for key, value in (first | step).items())
    read(TEXT + "\n[[step]]\n" + "\n".join(lines))


@given(st.dictionaries(WORDS, VALUES, max_size=4), st.dictionaries(WORDS, VALUES, max_size=4))
def test_any_form(form: dict[str, Any], attributes: dict[str, Any]) -> None:
    people = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in attributes.items())
    step = f'[[step]]\nevery = "week"\neach = "guest"\ndo = "withdraw"\nwith = {toml(form)}\n'
    read(f'{TEXT}\n[population.guest]\nsize = 2\nprefix = "g"\n{people}\n{step}')


@given(st.integers(0, len(LINES) - 1), st.integers(0, len(LINES) - 1), VALUES)
def test_any_damage_to_a_good_file(cut: int, place: int, value: Any) -> None:
    key = LINES[place].partition(" = ")[0]
    lines = [*LINES[:place], f"{key} = {toml(value)}", *LINES[place + 1 :]]
    del lines[cut]
    read("\n".join(lines))


@pytest.mark.parametrize("data", [b"\xff\xfe", b'title = "\x00"', b"# " + b"x" * 10_000_001])
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "garbage.toml"
    file.write_bytes(data)
    with pytest.raises((BadFile, BadScenario)):
        load(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file or directory"):
        load(tmp_path / "none.toml")
    with pytest.raises(BadFile, match="Is a directory"):
        load(tmp_path)
