"""Coverage-guided fuzzing of everything that reads text from outside, one target per module.

A target has SEEDS, `read`, which parses a text or refuses it, and usually `written`, which writes the
text again.  `make fuzz SECONDS=600` runs all; tests/test_fuzz.py tries the seeds and a few changes.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from bankcore.errors import BankcoreError

__all__ = ["TARGETS", "exercise", "load"]

TARGETS = sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py"))


def load(name: str) -> ModuleType:
    """The target of this name."""
    return import_module(f"fuzz.{name}")


def exercise(target: ModuleType, text: str) -> None:
    """Read the text; only a printable BankcoreError may be raised; text written again must read the same."""
    value = refusal = None
    try:
        value = target.read(text)
    except BankcoreError as error:
        refusal = error
    if refusal is not None:
        assert str(refusal)
        assert refusal.as_dict()["code"] == refusal.code
    elif hasattr(target, "written"):
        assert target.read(target.written(value)) == value
