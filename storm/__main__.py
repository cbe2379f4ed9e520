"""`python -m storm 60`; `python -m storm 60 raw` storms SQLite itself, to show why the guard is needed."""

from __future__ import annotations

import sys

from bankcore.stores.engine import ENGINE
from storm import storm
from storm.raw import raw_storm

if __name__ == "__main__":
    seconds, raw = int(sys.argv[1]), "raw" in sys.argv[2:]
    print(f"{ENGINE}, {'sound' if ENGINE.sound else 'raw' if raw else 'guarded'}, {seconds} s", flush=True)
    if raw:
        print(raw_storm(seconds))
        sys.exit()
    outcome = storm(seconds)
    print(", ".join(f"{number} {name}" for name, number in sorted(outcome.done.items())))
    print(*outcome.faults, sep="\n", end="\n" * bool(outcome.faults))
    sys.exit(bool(outcome.faults))
