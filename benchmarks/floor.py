"""The floor: the same rows through raw sqlite3, with the least Python that a ledger needs.

It checks that a transfer balances and overdraws nobody, computes the balance after each posting,
and writes with `executemany`, one durable commit per batch (WAL, synchronous=FULL).  It has no
digest, no second process, no refusal that names its cause.  `tuned` stores postings WITHOUT ROWID
by account and gives SQLite the cache and the checkpoint interval that bankcore gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workload import ACCOUNTS, RESERVE, Transfer

from bankcore.stores.engine import driver as sqlite3

ID = {account: number for number, account in enumerate(ACCOUNTS, start=1)}
RECORDED_AT = "2025-01-01T00:00:00.000000Z"

TABLES = """
CREATE TABLE "transaction"(
    id INTEGER PRIMARY KEY, key TEXT UNIQUE, kind TEXT,
    recorded_at TEXT, effective_on TEXT, description TEXT);
CREATE TABLE balance(account_id INTEGER PRIMARY KEY, debits INTEGER, credits INTEGER);
"""
BY_ROWID = """
CREATE TABLE posting(
    id INTEGER PRIMARY KEY, transaction_id INTEGER, account_id INTEGER,
    amount INTEGER, balance_after INTEGER);
CREATE INDEX posting_account ON posting(account_id, id);
"""
BY_ACCOUNT = """
CREATE TABLE posting(
    id INTEGER, transaction_id INTEGER, account_id INTEGER, amount INTEGER, balance_after INTEGER,
    PRIMARY KEY(account_id, id)) WITHOUT ROWID;
"""
STATEMENT = """
SELECT t.effective_on, t.kind, t.description, p.amount, p.balance_after
FROM posting p JOIN "transaction" t ON t.id = p.transaction_id WHERE p.account_id = ? ORDER BY p.id
"""


class Floor:
    def __init__(self, path: Path, *, tuned: bool) -> None:
        self.path = path
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        if tuned:
            self.db.execute("PRAGMA cache_size=-65536")
            self.db.execute("PRAGMA wal_autocheckpoint=4000")
        self.db.executescript(TABLES + (BY_ACCOUNT if tuned else BY_ROWID))
        self.db.executemany("INSERT INTO balance VALUES (?, 0, 0)", [(number,) for number in ID.values()])
        self.held = dict.fromkeys(ID.values(), 0)

    def write(self, batch: Sequence[Transfer]) -> None:
        """Check a batch and commit it; a credit is positive here."""
        held, postings, moved = self.held, [], {}
        reserve = ID[RESERVE]
        for t in batch:
            posting = 2 * t.number - 1
            legs = ((ID[t.source], -t.cents), (ID[t.target], t.cents))
            if type(t.cents) is not int or t.cents <= 0 or sum([amount for _, amount in legs]):
                raise ValueError("unbalanced")
            for account, amount in legs:
                after = held[account] + amount
                if after < 0 and account != reserve:
                    raise ValueError("overdrawn")
                held[account] = after
                postings.append((posting, t.number, account, amount, after))
                totals = moved.get(account) or moved.setdefault(account, [0, 0])
                totals[amount > 0] += abs(amount)
                posting += 1
        rows = [(t.number, t.key, t.kind, RECORDED_AT, t.day.isoformat(), t.text) for t in batch]
        balances = [(debits, credits, account) for account, (debits, credits) in moved.items()]
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        db.executemany('INSERT INTO "transaction" VALUES (?, ?, ?, ?, ?, ?)', rows)
        db.executemany("INSERT INTO posting VALUES (?, ?, ?, ?, ?)", postings)
        db.executemany(
            "UPDATE balance SET debits = debits + ?, credits = credits + ? WHERE account_id = ?", balances
        )
        db.execute("COMMIT")

    def balances(self) -> dict[int, int]:
        return dict(self.db.execute("SELECT account_id, credits - debits FROM balance"))

    def statement(self, account: str) -> list[tuple[str, str, str, int, int]]:
        return self.db.execute(STATEMENT, (ID[account],)).fetchall()

    def size(self) -> int:
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.stat().st_size

    def close(self) -> None:
        self.db.close()
