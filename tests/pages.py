"""Pages of documentation that are done as they stand: files are written, commands run, answers compared.

A block ```toml NAME (or another language with a name) is a file; a block ```console has commands after `$ `,
each with lines that its answer must have.
"""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from threading import Timer
from typing import Any

BLOCK = re.compile(r"^```(\w*)(?: (?:file=)?(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = ("", "console", "sh")
CAPTURED = re.compile(r"export (\w+)=\$\((.*) \| jq -r (\S+)\)")
RUN = r"""
import json, os, re, sys
from click.testing import CliRunner
from bankcore.cli import main
done = []
for name, path, words in json.load(sys.stdin):
    words = [os.path.expandvars(it) for it in words]
    if words[0] == "export":
        os.environ.update([words[1].split("=", 1)])
        done.append((0, ""))
        continue
    it = CliRunner().invoke(main, words[1:])
    done.append((it.exit_code, it.output))
    if name and it.exit_code == 0:
        value = json.loads(it.stdout)
        for key in re.findall(r"\w+|-\d+", path):
            value = value[key if isinstance(value, dict) else int(key)]
        os.environ[name] = value
print(json.dumps([done, dict(os.environ)]))
"""
HEARD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
from bankcore.cli import main
main()
"""


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines that follow it; one may go on after a backslash."""
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, *answer = part.splitlines()
        yield command.partition("  #")[0], answer


def ours(command: str) -> tuple[str, str, list[str]] | None:
    """A command of bankcore: the name set to a value of its answer, if any, which value, and its words."""
    captured = CAPTURED.fullmatch(command.strip())
    words = shlex.split(captured[2] if captured else command)
    name, path = (captured[1], captured[3]) if captured else ("", "")
    return (name, path, words) if words[0] in ("bankcore", "export") and not endless(command) else None


def endless(command: str) -> bool:
    """Whether a command goes on until it is interrupted."""
    return "--follow" in command and "--switch" not in command


def answers(block: list[str], folder: Path, environment: dict[str, str]) -> list[tuple[int, str]]:
    """Exit status and text of each command; those of bankcore run in one process, which is faster."""
    settings: dict[str, Any] = {"env": environment, "cwd": folder, "capture_output": True, "text": True}
    found: list[tuple[int, str]] = []
    for own, part in groupby(block, key=lambda it: ours(it) is not None):
        if own:
            given = json.dumps([ours(it) for it in part])
            ran = subprocess.run([sys.executable, "-c", RUN], input=given, check=True, **settings)
            answered, after = json.loads(ran.stdout)
            environment.update(after)
            found += [(status, said) for status, said in answered]
            continue
        for words in map(shlex.split, part):
            if "--follow" in words:
                found.append(interrupted(words, folder, environment))
                continue
            other = subprocess.run([sys.executable, *words[1:]], check=False, **settings)
            found.append((other.returncode, other.stdout + other.stderr))
    return found


def interrupted(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """The answer of a command interrupted once it has said something; 0 where it ends as it should."""
    process = subprocess.Popen(
        [sys.executable, "-c", HEARD, *words[1:]],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with process:
        late = Timer(30, process.send_signal, [signal.SIGINT])  # where it says nothing
        late.start()
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=30)
        finally:
            late.cancel()
            process.kill()
    return (process.returncode if process.returncode not in (0, 130) else int(not first)), first + rest


def typed(language: str, block: str) -> Iterator[str]:
    """Each command of bankcore in a block of shell, without what the shell adds to it."""
    for line in block.replace("\\\n", " ").splitlines() if language in SHELL else ():
        line = line.removeprefix("$ ")
        command = line if CAPTURED.fullmatch(line) else re.split(r"  #| [|>] | && | \|\| |;", line)[0]
        if command.startswith(("bankcore ", "export ")):
            yield command


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
