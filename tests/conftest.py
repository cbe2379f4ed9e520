"""Hypothesis profiles, the folder of shared data that some tests read, and databases."""

from __future__ import annotations

import os
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests and searches of products are not traced, which doubles their time; others walk all branches.

    A search that finds a branch which no other test walks is marked `traced`.
    """
    for item in items:
        searches = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        untraced = searches and "products" in item.path.parts and not item.get_closest_marker("traced")
        if untraced or item.get_closest_marker("slow"):
            item.add_marker("no_cover")


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
