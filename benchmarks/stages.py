"""How the time of a posting is spent: CPU of each stage, by transaction, in batches and one by one.

    python benchmarks/stages.py

Prints a table in Markdown; docs/performance.md quotes it.  The stages are timed by wrapping the functions
that make them, so a small part of the result is the cost of measuring.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from book import Ours, transaction
from workload import chunks, transfers

from bankcore.ledger.posting import desk
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.posting.draft import Draft
from bankcore.stores.connection import Connection

SIZES = ((1, 3_000), (1_000, 100_000), (10_000, 100_000))
RUNS = 3
NAMES = (
    "objects of the caller",
    "decide, line and digest",
    "rows into SQL",
    "BEGIN and COMMIT",
    "the rest",
    "all",
)


def stages(size: int, count: int) -> dict[str, float]:
    """Microseconds of CPU by stage and transaction."""
    spent: defaultdict[str, float] = defaultdict(float)

    def timed(holder: Any, name: str, stage: str) -> Callable[[], None]:
        plain = getattr(holder, name)

        def measured(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return plain(*given, **named)
            finally:
                spent[stage] += time.process_time() - began

        setattr(holder, name, measured)
        return lambda: setattr(holder, name, plain)

    undo = [
        timed(Draft, "flush", NAMES[2]),
        timed(Connection, "__enter__", NAMES[3]),
        timed(Connection, "__exit__", NAMES[3]),
        timed(desk, "decide_each", NAMES[1]) if size > 1 else timed(Batch, "decide", NAMES[1]),
    ]
    with tempfile.TemporaryDirectory() as folder:
        ours, data = Ours(Path(folder) / "book.db"), list(chunks(transfers(count), size))
        warm = max(len(data) // 10, 1)
        for batch in data[:warm]:
            ours.write(batch)
        spent.clear()
        began = time.process_time()
        for batch in data[warm:]:
            ours.write(batch)
        whole = time.process_time() - began
        ours.close()
    for each in undo:
        each()
    began = time.process_time()
    for batch in data[warm:]:
        for transfer in batch:
            transaction(transfer)
    spent[NAMES[0]] = time.process_time() - began
    done = (len(data) - warm) * size
    spent[NAMES[4]] = whole - sum(spent.values())
    spent[NAMES[5]] = whole
    return {name: spent[name] / done * 1e6 for name in NAMES}


def main() -> None:
    columns = []
    for size, count in SIZES:
        runs = [stages(size, count) for _ in range(RUNS)]
        columns.append(min(runs, key=lambda run: run[NAMES[5]]))
    print("| CPU us a transaction | one by one | batches of 1,000 | batches of 10,000 |")
    print("|---|---:|---:|---:|")
    for name in NAMES:
        print(f"| {name} | " + " | ".join(f"{column[name]:.1f}" for column in columns) + " |")


if __name__ == "__main__":
    main()
