"""The examples give, byte for byte, the output kept beside them.

After a wanted change: bankcore simulate examples/NAME.toml > examples/expected/NAME.txt
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bankcore.ledger.ports import Store
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


SLOW = {"city", "mall", "points-year"}
NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in SCENARIOS]


def check_output(name: str, store: Store) -> None:
    """The digest of the book stands in the output, so equal outputs tell of equal books."""
    outcome = simulate(load(EXAMPLES / f"{name}.toml"), store)
    text = write(Sheet(outcome.facts, outcome.tables), Form.TEXT)
    assert text == (EXAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_the_one_kept(name: str) -> None:
    check_output(name, MemoryStore())


@pytest.mark.parametrize("name", [name for name in NAMES if name.values[0] not in SLOW - {"city"}])
def test_a_file_holds_the_same_book(name: str, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "book.db", create=True, durability="normal")
    check_output(name, store)
    store.close()
