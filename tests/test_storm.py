"""The storm in short; `make storm` is the long one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PROFILE

ROOT = Path(__file__).parents[1]
SECONDS = {"dev": 5, "ci": 20, "nightly": 600}.get(PROFILE, 5)


ON_SERVER = 600 if PROFILE == "nightly" else 4


def stormed(seconds: int, *store: str, engine: str = "") -> dict[str, int]:
    """What was done in a storm that found no fault."""
    found = subprocess.run(
        [sys.executable, "-m", "storm", str(seconds), *store],
        cwd=ROOT,
        env={**os.environ, "BANKCORE_SQLITE": engine, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    done = {name: int(number) for number, name in re.findall(r"(\d+) (\w+)", found.stdout.splitlines()[1])}
    assert done["kills"] > 0
    return done


ENGINES = ["", "sqlite3"] if PROFILE != "ci" else [""]  # with the other one CI ends in a storm of a minute


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_acknowledged_is_lost_in_a_storm(engine: str) -> None:
    """With the engine that bankcore takes by itself, and with the one that Python has."""
    done = stormed(SECONDS, engine=engine)
    assert done["receipts"] > 20 * SECONDS
    for role in ("reader", "checkpointer", "backup"):
        assert done[role] > 0


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_in_a_storm_on_a_server(postgres_server: str) -> None:
    """Nightly on a server of its own, of which processes are killed."""
    done = stormed(ON_SERVER, "postgres" if PROFILE == "nightly" else postgres_server)
    assert done["receipts"] > 5 * ON_SERVER
    assert done["sessions"] > 0
    assert PROFILE != "nightly" or min(done["crashes"], done["reader"], done["auditor"]) > 0
