"""Coverage-guided fuzzing of everything that reads text from outside, one target a module.

A target has SEEDS, `read`, which makes a value of a text or refuses it, and mostly `written`, which makes
the text again.  `make fuzz SECONDS=600` runs all; tests/test_fuzz.py tries the seeds and a few changes.
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
    """Read the text; only a BankcoreError that can be shown may leave; what is written is read as before."""
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
