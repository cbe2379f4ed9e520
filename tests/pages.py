"""Pages of documentation that are done as they stand: files are written, commands run, answers compared.

A block ```toml NAME (or another language with a name) is a file; a block ```console has commands after `$ `,
each with lines that its answer must have.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = """
import json, os, sys
from click.testing import CliRunner
from bankcore.cli import main
done = []
for words in json.load(sys.stdin):
    if words[0] == "export":
        os.environ.update([words[1].split("=", 1)])
        done.append((0, ""))
    else:
        it = CliRunner().invoke(main, words[1:])
        done.append((it.exit_code, it.output))
print(json.dumps(done))
"""


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines that follow it; one may go on after a backslash."""
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, *answer = part.splitlines()
        yield command.partition("  #")[0], answer


def answers(block: list[str], folder: Path, environment: dict[str, str]) -> list[tuple[int, str]]:
    """Exit status and text of each command; those of bankcore run in one process, which is faster."""
    words = [shlex.split(command) for command in block]
    ours = [it for it in words if it[0] in ("bankcore", "export")]
    settings: dict[str, Any] = {"env": environment, "cwd": folder, "capture_output": True, "text": True}
    ran = subprocess.run([sys.executable, "-c", RUN], input=json.dumps(ours), check=True, **settings)
    done = iter(json.loads(ran.stdout))
    found = []
    for it in words:
        if it[0] in ("bankcore", "export"):
            found.append(tuple(next(done)))
            if it[0] == "export":
                environment.update([it[1].split("=", 1)])
        else:
            other = subprocess.run([sys.executable, *it[1:]], check=False, **settings)
            found.append((other.returncode, other.stdout + other.stderr))
    return found


def blocks(page: Path, folder: Path) -> Iterator[list[tuple[str, list[str]]]]:
    """The commands of each block of a page, in order; files on the way are written into the folder."""
    for language, name, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if name:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif language == "console":
            yield list(commands(text))


def check(expected: list[tuple[str, list[str]]], folder: Path, environment: dict[str, str]) -> int:
    """Run the commands of a block and compare what they say; how many there were."""
    ran = answers([it for it, _ in expected], folder, environment)
    for (command, lines), (status, said) in zip(expected, ran, strict=True):
        refused = any(line.startswith(("error [", '"error": {')) for line in lines)
        assert (status != 0) is refused, f"{command}\n{said}"
        for line in lines:
            assert " ".join(line.split()) in " ".join(said.split()), f"{command}\n{said}"
    return len(expected)
