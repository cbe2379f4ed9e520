"""Measure bankcore against raw sqlite3, and against the minimal cost of its promises, in the same run.

    python benchmarks/run.py                          the quick run, about five minutes
    python benchmarks/run.py --full --resume FILE     up to 5,000,000 transactions, 1,000,000 customers
    python benchmarks/run.py --full --resume FILE --write     also write docs/performance.md
    python benchmarks/run.py --only verify posting    pieces whose names contain one of these words

The run consists of pieces. With --resume each is written to FILE, a line of JSON, as soon as it is measured;
pieces already in FILE are not measured again, so a run may be stopped and started at any time: the same
command continues with the interrupted piece. Remove the file to start again.

The books are in a new folder below $BENCH_DIR, else below the system's temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import posting
from attrs import asdict, frozen
from certificates import certificates
from closing import quiet_close
from daily import daily_yield
from lots import lots
from matching import matching
from measure import Result, table
from pushing import pushing
from retail import retail
from seals import seals
from startup import startup
from together import threads_and_flights

from bankcore.stores.engine import ENGINE

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
STAGES = Path(__file__).parent / "stages.md"  # written by hand; its table is what stages.py prints
QUICK = {
    "commits": 2_000,
    "transactions": (1_000, 100_000),
    "customers": (5_000,),
    "rounds": 5,
    "accounts": (20_000,),
    "certificates": (1_000,),
    "lots": (10_000,),
    "firms": (10_000,),
    "pushed": (1_000,),
    "retail": False,
}
FULL = {
    "commits": 5_000,
    "transactions": (1_000, 100_000, 1_000_000, 5_000_000),
    "customers": (50_000, 1_000_000),
    "rounds": 10,
    "accounts": (20_000, 1_000_000),
    "certificates": (1_000, 10_000, 100_000),
    "firms": (10_000, 30_000, 100_000),
    "pushed": (1_000, 10_000, 100_000),
    "lots": (10_000, 100_000, 1_000_000),
    "retail": True,  # if BANKCORE_DATA names a folder that has it
}

INTRODUCTION = """\
# Performance

<!-- Written by `python benchmarks/run.py --write`; measure instead of editing. -->

- **Floor**: raw sqlite3 writing the same transfers with the same durability (WAL, `synchronous=FULL`), with
  no more Python than is needed to check that they balance and overdraw nobody. "Tuned" gives it the table
  layout, the cache and the checkpoints of bankcore.
- **Limit**: a hand-written loop over raw sqlite3 that keeps bankcore's promises (keys and replays, limits,
  gross balances, sequence and balance after each posting, chained digest, receipts after the commit) and
  nothing else; `verify` accepts the book that it writes. It shows what CPython can reach.
- **bankcore** has in addition: the transaction as an object, every rule of posting, refusals that name
  their cause, several threads and other writers.

The three take turns, item by item, and a ratio is the median of the items' ratios, so a busy machine affects
all alike. CPU times are of one process. "Reached: no" means that work remains to be done.

"""

Piece = Callable[[Path], Iterator[Result]]


def machine() -> str:
    return (
        f"{datetime.now(UTC).date()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {ENGINE}"
    )


def pieces(scale: dict[str, Any], kept: Path | None) -> dict[str, Piece]:
    """The pieces by name; `kept` is the folder of customers' books kept from earlier runs."""
    found: dict[str, Piece] = {"startup": partial(startup, rounds=4 * scale["rounds"])}
    for accounts in scale["accounts"]:
        found[f"quiet-close-{accounts}"] = partial(quiet_close, accounts=accounts)
        found[f"seals-{accounts}"] = partial(seals, accounts=accounts)
    found["one-commit-each"] = partial(posting.one_commit_each, count=scale["commits"])
    found["threads"] = partial(threads_and_flights, count=scale["commits"], rounds=scale["rounds"])
    for count in scale["transactions"]:
        for size in (1_000, 10_000):
            if count >= size:
                found[f"posting-{size}-{count}"] = partial(posting.batches, count=count, size=size)
    found["daily-yield"] = lambda folder: daily_yield(kept or folder, scale["customers"], keep=bool(kept))
    found["matching"] = lambda folder: matching(scale["firms"])
    found["pushing"] = lambda folder: pushing(scale["pushed"])
    if scale["retail"]:
        found["retail"] = retail
    found["certificates"] = partial(certificates, sizes=scale["certificates"])
    found["lots"] = partial(lots, sizes=scale["lots"])
    return found


@frozen
class Measured:
    """A measured piece; `scale` is quick or full."""

    scale: str
    piece: str
    machine: str
    results: tuple[Result, ...]

    @classmethod
    def parse(cls, line: str) -> Measured:
        data = json.loads(line)
        return cls(**data | {"results": tuple(Result(**it) for it in data["results"])})

    def __str__(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def measure(name: str, piece: Piece, scale: str) -> Measured:
    """In a new folder, which is removed afterwards."""
    found = []
    with tempfile.TemporaryDirectory(prefix="bankcore-", dir=os.environ.get("BENCH_DIR")) as folder:
        for result in piece(Path(folder)):
            found.append(result)
            print(f"{result.path}: {result.ours}", file=sys.stderr)
    return Measured(scale, name, machine(), tuple(found))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="up to 100,000 transactions (the default)")
    length.add_argument("--full", action="store_true", help="up to 5,000,000 transactions, some hours")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep the pieces here, and skip those already measured"
    )
    parser.add_argument("--only", nargs="+", metavar="WORD", help="pieces whose names contain one of these")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="keep the books of customers here: they take long to set up",
    )
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} from all pieces")
    arguments = parser.parse_args()
    scale, sizes = ("full", FULL) if arguments.full else ("quick", QUICK)
    asked = pieces(sizes, arguments.keep)
    known: dict[str, Measured] = {}
    if arguments.resume and arguments.resume.exists():
        lines = map(Measured.parse, arguments.resume.read_text(encoding="utf-8").splitlines())
        known = {it.piece: it for it in lines if it.scale == scale}
    try:
        for name, piece in asked.items():
            if name in known or (arguments.only and not any(word in name for word in arguments.only)):
                continue
            known[name] = measure(name, piece, scale)
            if arguments.resume:
                with arguments.resume.open("a", encoding="utf-8") as file:
                    print(known[name], file=file)
    except KeyboardInterrupt:
        print("stopped; the same command continues" if arguments.resume else "stopped", file=sys.stderr)
    done = [known[name] for name in asked if name in known]
    missing = ", ".join(name for name in asked if name not in known)
    end = f"\nNot measured in this run: {missing}.\n" if missing else ""
    results = [result for it in done for result in it.results]
    machines = "; ".join(dict.fromkeys(it.machine for it in done))
    print(f"\n{machines}\n\n{table(results)}\n{end}")
    if arguments.write:
        page = f"{INTRODUCTION}{machines}:\n\n{table(results, 'github')}\n{end}\n{STAGES.read_text('utf-8')}"
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
