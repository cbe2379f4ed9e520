"""Account paths."""

from __future__ import annotations

from bankcore.ledger.accounts import AccountPath

SEEDS = ("bank:cash", "wallet:mall:client:c001:bonus", "客户:张三", "a::b", "e\u0301", "x" * 201)

read, written = AccountPath.parse, str
