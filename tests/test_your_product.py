"""docs/your-product.md is done as it stands: files are written, commands run, answers compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

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


def test_the_page_is_true(tmp_path: Path) -> None:
    folder, site = tmp_path / "savings-jar", tmp_path / "site"
    site.mkdir()
    paths = os.pathsep.join((str(site), str(folder / "src")))
    environment = os.environ | {"PYTHONPATH": paths, "BANKCORE_BOOK": str(tmp_path / "bank.db")}
    ran = 0
    for language, name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if name:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            continue
        assert language == "console"
        for command, answer in commands(text):
            ran += 1
            if command == "pip install .":
                install(folder, site)
                continue
            program, *words = shlex.split(command)
            module = ["-m", "bankcore", *words] if program == "bankcore" else words
            done = subprocess.run(
                [sys.executable, *module],
                env=environment,
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            said = done.stdout + done.stderr
            refused = any(line.startswith("error [") for line in answer)
            assert (done.returncode != 0) is refused, f"{command}\n{said}"
            for line in answer:
                assert " ".join(line.split()) in " ".join(said.split()), f"{command}\n{said}"
    assert ran > 20
