"""`python -m storm 60`, or `python -m storm 60 unguarded` to see what the guard is for."""

from __future__ import annotations

import sys

from bankcore.stores.engine import ENGINE
from storm import storm

if __name__ == "__main__":
    seconds, guarded = int(sys.argv[1]), "unguarded" not in sys.argv[2:]
    outcome = storm(seconds, guarded=guarded)
    print(f"{ENGINE}, {'sound' if ENGINE.sound else 'guarded' if guarded else 'unguarded'}, {seconds} s")
    print(", ".join(f"{number} {name}" for name, number in sorted(outcome.done.items())))
    print(*outcome.faults, sep="\n", end="\n" * bool(outcome.faults))
    sys.exit(bool(outcome.faults))
