"""Accounts, from the data of their records; the path is an entry of its own."""

from __future__ import annotations

import json

from bankcore.errors import BadTransaction
from bankcore.ledger.accounts import Account

SEEDS = tuple(
    json.dumps({"path": account.path, **account.as_data()})
    for account in (
        Account("bank:cash", "asset", "CNY/2", floor=0),
        Account("c", "liability", "POINT/0", ceiling=5, status="frozen", party="p", details={"a": [1]}),
    )
)


def read(text: str) -> Account:
    try:
        data = json.loads(text)
        path = data.pop("path")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise BadTransaction("account", "it is not an account at all") from None
    return Account.from_data(path, data)


def written(account: Account) -> str:
    return json.dumps({"path": account.path, **account.as_data()})
