"""Outside text through the reader of each format."""

from __future__ import annotations

from typing import Any

from bankcore.errors import BadFile
from bankcore.readers import read_csv, read_json, read_toml

SEEDS = (
    'a = 1\n[b]\nc = ["x", 2024-05-01, true, 0x1f]\n',
    '[{"a": 1, "b": {"c": [null, true, "x\\u00e9"]}}]',
    'a,b\n1,"x\ny"\n\n2,3\n',
    "\ufeffa = 1e3",
)


def read(text: str) -> list[Any]:
    """All formats; what one refuses, another may read."""
    found: list[Any] = []
    for reader in (read_toml, read_json, lambda text, refuse: list(read_csv(text, refuse))):
        try:
            found.append(reader(text, lambda reason: BadFile("fuzzed", reason)))
        except BadFile:
            continue
    return found
