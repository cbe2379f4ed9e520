"""A batch job: the transfers of a file, many in flight, each once however often the job is run.

    python examples/embedding/batch_job.py mall.db transfers.csv

The file has the columns id, payer, payee and amount.  The id is part of the key: killed and started again,
the job goes on where it stopped.
"""

import csv
import sys
from collections import Counter, deque
from pathlib import Path

from bankcore import Amount, Bank, open_store
from bankcore.errors import BankcoreError
from bankcore.products.current import Transfer

IN_FLIGHT = 64


def run(bank: Bank, path: Path) -> Counter:
    """Make the transfers; how many were done, replayed, or refused with which code."""
    outcomes: Counter = Counter()
    flying: deque = deque()

    def land() -> None:
        try:
            (receipt,) = flying.popleft().result()
            outcomes["replayed" if receipt.replayed else "done"] += 1
        except BankcoreError as refusal:
            outcomes[refusal.code] += 1

    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            amount = Amount.parse(row["amount"], bank.ledger.book.base_unit)
            command = Transfer(row["payer"], row["payee"], amount)
            flying.append(bank.submit(command, key=f"batch/{row['id']}"))
            if len(flying) >= IN_FLIGHT:
                land()
    while flying:
        land()
    return outcomes


if __name__ == "__main__":
    with open_store(sys.argv[1]) as store, Bank.open(store) as bank:
        print(dict(run(bank, Path(sys.argv[2]))))
