"""docs/your-product.md is done as it stands: files are written, commands run, answers compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "your-product.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def install(folder: Path, site: Path) -> None:
    """What `pip install .` leaves of a package without a build step: its modules, and its metadata."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(exist_ok=True)
    named = (f"{word}: {project[key]}" for word, key in (("Name", "name"), ("Version", "version")))
    said = "\n".join(("Metadata-Version: 2.1", *named, f"Summary: {project['description']}"))
    (info / "METADATA").write_text(f"{said}\n", encoding="utf-8")
    points = project["entry-points"]["bankcore.products"].items()
    lines = "".join(f"{name} = {home}\n" for name, home in points)
    (info / "entry_points.txt").write_text(f"[bankcore.products]\n{lines}", encoding="utf-8")


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines that follow it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *answer = part.splitlines()
        yield command, answer


RUN = """
import json, sys
from click.testing import CliRunner
from bankcore.cli import main
done = [CliRunner().invoke(main, words) for words in json.load(sys.stdin)]
print(json.dumps([[it.exit_code, it.output] for it in done]))
"""


def answers(block: list[str], folder: Path, environment: dict[str, str]) -> list[tuple[int, str]]:
    """Exit status and text of each command; those of bankcore run in one process, which is faster."""
    words = [shlex.split(command) for command in block]
    ours = [it[1:] for it in words if it[0] == "bankcore"]
    settings: dict[str, Any] = {"env": environment, "cwd": folder, "capture_output": True, "text": True}
    ran = subprocess.run([sys.executable, "-c", RUN], input=json.dumps(ours), check=True, **settings)
    done = iter(json.loads(ran.stdout))
    found = []
    for it in words:
        if it[0] == "bankcore":
            found.append(tuple(next(done)))
        else:
            other = subprocess.run([sys.executable, *it[1:]], check=False, **settings)
            found.append((other.returncode, other.stdout + other.stderr))
    return found


def test_the_page_is_true(tmp_path: Path) -> None:
    folder, site = tmp_path / "savings-jar", tmp_path / "site"
    site.mkdir()
    paths = os.pathsep.join((str(site), str(folder / "src"), str(PAGE.parents[1] / "src")))
    environment = os.environ | {"PYTHONPATH": paths, "BANKCORE_BOOK": str(tmp_path / "bank.db")}
    ran = 0
    for language, name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if name:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            continue
        assert language == "console"
        expected = list(commands(text))
        if expected[0][0] == "pip install .":
            install(folder, site)
            del expected[0]
        for (command, lines), (status, said) in zip(
            expected, answers([it for it, _ in expected], folder, environment), strict=True
        ):
            ran += 1
            refused = any(line.startswith("error [") for line in lines)
            assert (status != 0) is refused, f"{command}\n{said}"
            for line in lines:
                assert " ".join(line.split()) in " ".join(said.split()), f"{command}\n{said}"
    assert ran > 20
