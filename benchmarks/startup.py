"""The CPU time of a process until it is ready, and of a real command."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from book import Ours
from measure import Result, most
from workload import transfers


def startup(folder: Path, rounds: int) -> Iterator[Result]:
    """The floor is the bare interpreter; all take turns."""
    book = folder / "book"
    with closing(Ours(book)) as ours:
        ours.write(list(transfers(1_000)))
    cli = ["-c", "from bankcore.cli import main; main()"]
    commands: dict[str, tuple[Sequence[str], float, float]] = {
        "from bankcore import Bank": (["-c", "from bankcore import Bank"], 200, 120),
        "bankcore balance": ([*cli, "balance", "bank:c0007", "--book", str(book)], 250, 200),
        "bankcore --help": ([*cli, "--help"], 100, 60),
    }
    taken: dict[str, list[float]] = {path: [] for path in ("", *commands)}
    for _ in range(rounds):
        taken[""].append(_cpu(["-c", "pass"]))
        for path, (arguments, _, _) in commands.items():
            taken[path].append(_cpu(arguments))
    bare = f"{statistics.median(taken['']):.0f} ms"
    for path, (_, must, goal) in commands.items():
        yield most(f"{path}, CPU", statistics.median(taken[path]), must, goal, "ms", bare)


def _cpu(arguments: Sequence[str]) -> float:
    """Milliseconds of user and system time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3
