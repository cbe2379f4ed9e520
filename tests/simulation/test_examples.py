"""The examples give, byte for byte, the output kept beside them.

After a wanted change: bankcore simulate examples/NAME.toml > examples/expected/NAME.txt
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

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


IN_A_FILE = ("city", ("--book", "city.db", "--durability", "normal"))  # nightly
SLOW = ["city", "mall", "points-year"]  # run by the command line, in a process that nobody traces


SHORT = [name for name in SCENARIOS if name not in SLOW]
NIGHTLY = settings().max_examples > 1_000


def expected(name: str) -> str:
    """The digest of the book stands in the output, so equal outputs tell of equal books."""
    return (EXAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")


def check_output(name: str, store: Store) -> None:
    outcome = simulate(load(EXAMPLES / f"{name}.toml"), store)
    assert write(Sheet(outcome.facts, outcome.tables), Form.TEXT) == expected(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT)
def test_the_output_is_the_one_kept_in_memory(name: str) -> None:
    check_output(name, MemoryStore())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", SHORT if NIGHTLY else [name for name in SHORT if name.startswith("document-")]
)
def test_the_output_is_the_one_kept_in_a_file(name: str, tmp_path: Path) -> None:
    """Of the documents' walks, which give every command; of all the others at night."""
    store = SqliteStore(tmp_path / "book.db", create=True, durability="normal")
    check_output(name, store)
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, ()) for name in SLOW), *([IN_A_FILE] if NIGHTLY else [])],
)
def test_the_output_of_a_long_one(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bankcore", "simulate", str(EXAMPLES / f"{name}.toml"), *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, expected(name)), done.stderr
