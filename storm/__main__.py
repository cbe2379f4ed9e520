"""The storm as a command.

python -m storm 60               on files, by the engine that BANKCORE_SQLITE says
python -m storm 60 postgres      on a PostgreSQL server of its own, which crashes, too
python -m storm 60 URL           on a server at a URL, in schemas of its own; sessions are ended
python -m storm 60 raw           on SQLite itself, to show why the guard is needed
"""

from __future__ import annotations

import sys
from contextlib import nullcontext

from bankcore.stores.engine import ENGINE
from storm import storm
from storm.places import Files, Server, own_server
from storm.raw import raw_storm

if __name__ == "__main__":
    seconds, store = int(sys.argv[1]), "".join(sys.argv[2:])
    if store == "raw":
        print(f"{ENGINE}, {'sound' if ENGINE.sound else 'raw'}, {seconds} s", flush=True)
        print(raw_storm(seconds))
        sys.exit()
    if store == "postgres":
        found = own_server()
    else:
        found = nullcontext(Server(store, own=False) if store else Files())
    with found as place:
        print(f"{place.title}, {seconds} s", flush=True)
        outcome = storm(seconds, place)
    print(", ".join(f"{number} {name}" for name, number in sorted(outcome.done.items())))
    print(*outcome.faults, sep="\n", end="\n" * bool(outcome.faults))
    sys.exit(bool(outcome.faults))
