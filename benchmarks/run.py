"""Measure bankcore against raw sqlite3 on this machine, in the same run.

    python benchmarks/run.py            about a minute
    python benchmarks/run.py --full     a million transactions, a million customers, half an hour
    python benchmarks/run.py --huge     five million transactions, an hour
    python benchmarks/run.py --write    also write docs/performance.md

The books lie in a fresh folder of $BENCH_DIR, else of the system's temporary folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import posting
import reading
from book import Ours
from certificates import certificates
from daily import daily_yield
from floor import Floor
from lots import lots
from matching import matching
from measure import Result, table
from retail import retail
from startup import startup
from together import threads_and_flights

from bankcore.stores.engine import ENGINE

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
QUICK = {
    "commits": 2_000,
    "transactions": 100_000,
    "customers": (5_000,),
    "rounds": 5,
    "certificates": (1_000,),
    "lots": (10_000,),
    "firms": (10_000, 30_000, 100_000),
    "retail": False,
}
FULL = {
    "commits": 5_000,
    "transactions": 1_000_000,
    "customers": (50_000, 1_000_000),
    "rounds": 10,
    "certificates": (1_000, 10_000, 100_000),
    "firms": (10_000, 30_000, 100_000),
    "lots": (10_000, 100_000, 1_000_000),
    "retail": True,  # if BANKCORE_DATA names a folder that has it
}
HUGE = FULL | {"transactions": 5_000_000}

INTRODUCTION = """\
# Performance

<!-- Written by `python benchmarks/run.py --write`; measure instead of editing. -->

The floor is raw sqlite3 writing the same transfers with the same durability (WAL, `synchronous=FULL`), with
no more Python than is needed to check that they balance and overdraw nobody; "tuned" gives it the table
layout, the cache and the checkpoints of bankcore. Floor and bankcore take turns, item by item, and the
ratio is the median of the items', so a busy machine troubles both. What bankcore does beyond the floor:
the transaction as an object, every rule of posting, the digest, sequence numbers, receipts, and room for
other writers.

The targets are meant for an idle machine and a million transactions (`--full`). "Reached: no" is meant
plainly: it is work still to be done.

"""


def machine() -> str:
    return (
        f"{datetime.now(UTC).date()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {ENGINE}"
    )


def results(folder: Path, scale: dict[str, Any], kept: Path | None) -> Iterator[Result]:
    """Every line of the table, as it is measured; `kept` is where books of customers may be from before."""
    count = scale["transactions"]
    yield from startup(scale["rounds"])
    yield from daily_yield(
        kept or folder, scale["customers"], keep=kept is not None
    )  # while this process is small: see daily.alone
    yield from matching(scale["firms"])
    if scale["retail"]:
        yield from retail(folder)
    yield from posting.one_commit_each(folder, scale["commits"])
    yield from threads_and_flights(folder, scale["commits"], scale["rounds"])
    for size in (1_000, 10_000):
        place = folder / str(size)
        place.mkdir()
        floor, tuned = Floor(place / "floor", tuned=False), Floor(place / "tuned", tuned=True)
        ours = Ours(place / "ours")
        yield from posting.batches(floor, tuned, ours, count, size)
        if size == 10_000:
            yield from reading.balances_and_statements(tuned, ours, count)
            yield from reading.verification(ours, count)
            yield from reading.size(tuned, ours, count)
        for party in (floor, tuned, ours):
            party.close()
    yield from certificates(folder, scale["certificates"])
    yield from lots(folder, scale["lots"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="100,000 transactions (the default)")
    length.add_argument(
        "--full", action="store_true", help="1,000,000 transactions and customers, as the targets say"
    )
    length.add_argument("--huge", action="store_true", help="5,000,000 transactions, 1,000,000 customers")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="keep the books of customers here: they take long to set up",
    )
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="bankcore-", dir=os.environ.get("BENCH_DIR")) as folder:
        scale = HUGE if arguments.huge else FULL if arguments.full else QUICK
        try:
            for result in results(Path(folder), scale, arguments.keep):
                found.append(result)
                print(f"{result.path}: {result.ours}", file=sys.stderr)
            end = ""
        except KeyboardInterrupt:
            end = "\nThe run was stopped here.\n"
    print(f"\n{machine()}\n\n{table(found)}\n{end}")
    if arguments.write:
        PAGE.write_text(f"{INTRODUCTION}{machine()}:\n\n{table(found, 'github')}\n{end}", encoding="utf-8")


if __name__ == "__main__":
    main()
