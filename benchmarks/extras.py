"""What each extra adds to an installation, in MB: `python benchmarks/extras.py [EXTRA ...]`.

Each is installed by pip into a folder of its own beside bankcore without extras; printed is the difference.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def size(names: list[str]) -> int:
    """The bytes that pip writes for requirements."""
    with tempfile.TemporaryDirectory() as folder:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", folder)
        subprocess.run([*pip, *names], check=True, stderr=subprocess.DEVNULL)
        return sum(it.stat().st_size for it in Path(folder).rglob("*") if it.is_file())


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = sys.argv[1:] or sorted(project["optional-dependencies"])
    small = size(project["dependencies"])
    print(f"{'(none)':12} {small / 1e6:7.1f}")
    for extra in asked:
        wants = [it for it in project["optional-dependencies"][extra] if not it.startswith("bankcore[")]
        print(f"{extra:12} {(size([*project['dependencies'], *wants]) - small) / 1e6:7.1f}", flush=True)


if __name__ == "__main__":
    main()
