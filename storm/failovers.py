"""A primary that is killed under load, round after round; `python -m storm.failovers 100 FILE`.

FILE gets a line for every few rounds, which have servers and a book of their own: the same command goes on
where it was interrupted.  A call that fails, a receipt that is not in the journal, a transaction that nobody
was told of, and whatever `verify` finds end it with a traceback.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

__all__ = ["rounds"]

_PIECE: Final = 5  # rounds with one pair of servers


def rounds(number: int) -> dict[str, Any]:
    """Fail over a few times; how often, how much was acknowledged, and the longest wait of a caller."""
    from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
    from tests.standby import check, failover, pair

    from bankcore.ledger.ledger import Ledger
    from bankcore.ledger.transactions import Receipt
    from bankcore.stores.postgres.store import PostgresStore

    acknowledged: dict[str, Receipt] = {}
    longest = 0.0
    with pair() as servers, closing(PostgresStore(servers.url, create=True)) as one:
        ledger = Ledger.create(one, BOOK, lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        with closing(PostgresStore(servers.url)) as other:
            ledgers = (ledger, Ledger(other, BOOK, lambda: NOON))
            for nth in range(number):
                receipts, waited = failover(servers, ledgers, str(nth))
                acknowledged |= receipts
                longest = max(longest, waited)
            for each in ledgers:
                check(each, acknowledged)
    return {"rounds": number, "receipts": len(acknowledged), "seconds": round(longest, 2)}


def _main(wanted: int, file: Path) -> None:
    from tests.postgres import MISSING, programs

    if programs() is None:
        raise SystemExit(MISSING)
    done = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    while (left := wanted - sum(piece["rounds"] for piece in done)) > 0:
        done.append(rounds(min(left, _PIECE)))
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(done[-1]) + "\n")
        print(done[-1], flush=True)
    failovers, receipts = (sum(piece[name] for piece in done) for name in ("rounds", "receipts"))
    longest = max(piece["seconds"] for piece in done)
    print(f"{failovers} failovers, {receipts} receipts, 0 lost, the longest wait {longest} s")


if __name__ == "__main__":
    _main(int(sys.argv[1]), Path(sys.argv[2]))
