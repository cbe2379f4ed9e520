"""Hypothesis profiles, the folder of shared data that some tests read, and databases."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from tests.postgres import VARIABLE, empty_schema, server

pytest_plugins = ["bankcore.testing.plugin"]

ROOT = Path(__file__).parents[1]

settings.register_profile("dev", max_examples=50, stateful_step_count=30, deadline=None)
settings.register_profile(
    "ci", max_examples=25, stateful_step_count=20, derandomize=True, deadline=None, print_blob=True
)
settings.register_profile(
    "nightly", max_examples=5_000, stateful_step_count=100, deadline=None, print_blob=True
)
settings.register_profile(  # the same few examples for every mutant; a failure needs no shrinking
    "mutation",
    derandomize=True,
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
settings.load_profile(PROFILE)


def is_traced(item: pytest.Item) -> bool:
    """Whether coverage counts a test: no slow one and no search of a product, for it doubles their time.

    The others walk all branches; a search that finds a branch which no other test walks is marked `traced`.
    """
    searches = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    untraced = searches and "products" in item.path.parts and not item.get_closest_marker("traced")
    return not (untraced or item.get_closest_marker("slow"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Take the trace function from tests that are not traced: a coverage that is paused costs as much."""
    trace = sys.gettrace()
    if is_traced(item):
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder named by BANKCORE_DATA, else `shared` beside the repository; skips where there is none."""
    folder = Path(os.environ.get("BANKCORE_DATA", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a database on a server of the tests."""
    if url := os.environ.get(VARIABLE):
        yield url
        return
    with server() as cluster:
        yield cluster.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty schema, dropped after the test."""
    with empty_schema(postgres_server) as url:
        yield url
