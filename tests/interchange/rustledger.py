"""A second opinion on exported ledgers: rustledger, in a process of its own.

It is the npm package @rustledger/wasm; BANKCORE_RUSTLEDGER names its folder, or it is in node_modules here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HERE = ROOT / "node_modules" / "@rustledger" / "wasm"
HOME = Path(os.environ.get("BANKCORE_RUSTLEDGER") or HERE)
INSTALLED = shutil.which("node") is not None and (HOME / "rustledger_wasm.js").exists()


def opinion(text: str) -> tuple[list[Any], dict[tuple[str, str], Decimal]]:
    """The errors that rustledger finds, and its balances by account and currency, zeros left out."""
    node, script = str(shutil.which("node")), Path(__file__).with_suffix(".mjs")
    done = subprocess.run([node, script, HOME], input=text.encode(), capture_output=True, check=True)
    said = json.loads(done.stdout)
    assert said["valid"] is (said["errors"] == [])
    held = {
        (account, it["units"]["currency"]): Decimal(it["units"]["number"])
        for account, sum in said["rows"]
        for it in sum["positions"]
    }
    return said["errors"], {name: number for name, number in held.items() if number}
