"""Opening balances of many customers from a CSV file, as `bankcore opening --file` takes them over.

    python examples/embedding/opening_balances.py new.db customers.csv

All accounts and balances are written in one commit or not at all; what is wrong is named line by line, and
the same file again is a replay.
"""

import sys
from datetime import date
from pathlib import Path

from bankcore import Account, AccountPath, Bank, open_store, trial_balance
from bankcore.interchange.accounts import read_accounts, take_over

OPENING = AccountPath("equity:opening")


def run(bank: Bank, path: Path) -> int:
    """Take the customers over; the number of the transaction with their balances."""
    unit = bank.ledger.book.base_unit
    bank.doors().open([Account(OPENING, "equity", unit)], key="opening-equity")
    customers = read_accounts(path.name, path.read_text(encoding="utf-8"), unit)
    receipts = take_over(bank, customers, against=OPENING)
    assert trial_balance(bank.ledger.reader).balanced
    return receipts[-1].number


if __name__ == "__main__":
    with (
        open_store(sys.argv[1], create=True) as store,
        Bank.create(store, opened_on=date(2024, 5, 1)) as bank,
    ):
        print(run(bank, Path(sys.argv[2])))
