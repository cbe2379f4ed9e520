"""Opening balances from the file of `bankcore opening --file`."""

from __future__ import annotations

from typing import Any

from bankcore.amounts import Amount
from bankcore.interchange.balances import read_balances
from bankcore.ledger.accounts import AccountPath

SEEDS = (
    "account,balance\nbank:cash,700.00\n\ndeposit:li,-5.00\n",
    '{"bank:cash": "700.00", "deposit:li": {"a": [1]}}',
    'account,balance\n"bank:cash,1\n',
)


def read(text: str) -> Any:
    pairs = read_balances("fuzzed", text)
    return [(AccountPath.parse(path), Amount.parse(amount, "CNY/2")) for path, amount in pairs]
