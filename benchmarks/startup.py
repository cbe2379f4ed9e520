"""How long a process takes to be ready."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from measure import Result, race

COMMANDS = {
    "import bankcore": ["-c", "import bankcore"],
    "bankcore --help": [
        "-c",
        "import sys; from bankcore.cli import main; sys.argv = ['bankcore', '--help']; main()",
    ],
}


def startup(rounds: int) -> Iterator[Result]:
    """The floor is the bare interpreter."""
    for path, arguments in COMMANDS.items():
        if "cli" in arguments[1] and find_spec("bankcore.cli") is None:
            continue
        theirs, mine = race([lambda _: _run(["-c", "pass"]), lambda _, a=arguments: _run(a)], range(rounds))
        yield Result(path, *(f"{statistics.median(times) * 1e3:.0f} ms" for times in (theirs, mine)))


def _run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
