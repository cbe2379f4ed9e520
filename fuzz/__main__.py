"""Fuzz one target: `python -m fuzz amounts 20 .venv/fuzz/amounts` (seconds, folder for the findings)."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bankcore", "fuzz"]):
    import fuzz

    name, seconds, folder = sys.argv[1:]
    target = fuzz.load(name)

corpus = Path(folder) / "corpus"
corpus.mkdir(parents=True, exist_ok=True)
for number, seed in enumerate(target.SEEDS):
    (corpus / f"seed-{number}").write_text(seed, encoding="utf-8", newline="")


def one(data: bytes) -> None:
    """Any bytes, decoded as an argument of a command would be."""
    fuzz.exercise(target, data.decode("utf-8", "surrogateescape"))


options = [f"-max_total_time={seconds}", "-timeout=30", f"-artifact_prefix={folder}/", "-verbosity=0"]
atheris.Setup([name, *options, "-print_final_stats=1", str(corpus)], one)
atheris.Fuzz()
