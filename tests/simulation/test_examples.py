"""The examples give, byte for byte, the output kept beside them.

After a wanted change: bankcore simulate examples/NAME.toml > examples/expected/NAME.txt
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bankcore.render.forms import Form, Sheet, write
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

EXAMPLES = Path(__file__).parents[2] / "examples"
SCENARIOS = sorted(path.stem for path in (EXAMPLES / "expected").glob("*.txt"))


def test_the_examples_are_there() -> None:
    others = {"berka"}  # how a bank's own file is read
    assert sorted({path.stem for path in EXAMPLES.glob("*.toml")} - others) == SCENARIOS


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in ("mall", "points-year"))) for name in SCENARIOS],
)
def test_the_output_is_the_one_kept(name: str) -> None:
    outcome = simulate(load(EXAMPLES / f"{name}.toml"), MemoryStore())
    text = write(Sheet(outcome.facts, outcome.tables), Form.TEXT)
    assert text == (EXAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["certificate-failed", "points-certificate", "reserve-run", "short-reserve"])
def test_a_file_holds_the_same_book(name: str, tmp_path: Path) -> None:
    scenario = load(EXAMPLES / f"{name}.toml")
    store = SqliteStore(tmp_path / "book.db", create=True)
    assert simulate(scenario, store) == simulate(scenario, MemoryStore())
    store.close()
