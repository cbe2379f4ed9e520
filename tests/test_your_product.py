"""docs/your-product.md is done as it stands: files are written, commands run, answers compared."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from tests import pages

PAGE = Path(__file__).parents[1] / "docs" / "your-product.md"


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


def test_the_page_is_true(tmp_path: Path) -> None:
    folder, site = tmp_path / "savings-jar", tmp_path / "site"
    site.mkdir()
    paths = os.pathsep.join((str(site), str(folder / "src"), str(PAGE.parents[1] / "src")))
    environment = os.environ | {"PYTHONPATH": paths, "BANKCORE_BOOK": str(tmp_path / "bank.db")}
    ran = 0
    for block in pages.blocks(PAGE, folder):
        if block[0][0] == "pip install .":
            install(folder, site)
            del block[0]
        ran += pages.check(block, folder, environment)
    assert ran > 20
