"""The targets of `make fuzz` without its guide: their seeds, and what a few edits make of them."""

from __future__ import annotations

from types import ModuleType

import pytest
from fuzz import TARGETS, exercise, load
from hypothesis import given, settings
from hypothesis import strategies as st

ODD = st.sampled_from(
    ["", " ", "0", "-", ".", ",", "/", "\n", "\0", "é", "\u0301", "\ud800", "９", "9" * 30, "{", '"', "null"]
)


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> ModuleType:
    return load(request.param)


def test_seeds(target: ModuleType) -> None:
    assert len(target.SEEDS) > 1
    for seed in target.SEEDS:
        exercise(target, seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=settings.default.max_examples // 2)
@given(data=st.data())
def test_edited_seeds(name: str, data: st.DataObject) -> None:
    target = load(name)
    text = data.draw(st.sampled_from(target.SEEDS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 8, len(text))))
        text = text[:start] + data.draw(ODD | st.text(max_size=3)) + text[end:]
    exercise(target, text)
