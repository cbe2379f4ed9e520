"""The limit: what a loop of CPython over raw sqlite3 needs for the promises that bankcore keeps, and no more.

Keys are unique and a retry gets the first receipt; floors and ceilings hold for the whole transaction;
gross balances, sequence number and balance after each posting; one chained digest over the line that is
stored; receipts after the commit.  Its rows are those of journal format 1, in a book created by bankcore, and
`verify` accepts them.  It does not support what workload W does not use (holds, records, back-dating against
a limit, several units in one transaction); it has no objects, no threads and no second process.

Everything is done in one pass, with lists and tuples, in parts of `PART` transactions: a longer part fills
memory that the garbage collector then scans again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from json import loads
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any

from book import Ours
from workload import Transfer

from bankcore.stores.engine import driver as sqlite3

PART = 500
MOST = 2**63 - 1
ID, UNIT, HEAD, SEQUENCE, DEBITS, CREDITS, LEAST, GREATEST, HORIZON, VERSION = range(10)  # of a hot account

Receipt = tuple[int, bytes]  # number, digest
Verdict = Receipt | str
Posting = tuple[str, int, str]  # path, quantity, unit
Asked = tuple[str, str, date, str, tuple[Posting, ...]]  # key, kind, value date, description, postings

INSERT = 'INSERT INTO "transaction" VALUES (1, ?, ?, ?, ?)'
POST = "INSERT INTO posting VALUES (1, ?, ?, ?, ?, ?, ?, ?)"
SETTLE = "INSERT OR REPLACE INTO balance VALUES (1, ?, ?, ?, ?, 0, 0, ?)"
KNOWN = 'SELECT number, digest, line FROM "transaction" WHERE book_id = 1 AND key = ?'
END = 'SELECT number, digest, line FROM "transaction" WHERE book_id = 1 ORDER BY number DESC LIMIT 1'
ACCOUNTS = """
SELECT a.path, a.account_id, a.unit, b.sequence, b.debits, b.credits, b.version,
    (SELECT max(horizon) FROM posting p WHERE p.book_id = a.book_id AND p.account_id = a.account_id)
FROM account a JOIN balance b USING (book_id, account_id) WHERE a.book_id = 1
"""
BALANCES = "SELECT account_id, credits - debits FROM balance WHERE book_id = 1"
STATEMENT = """
SELECT t.line, p.quantity, p.balance FROM posting p
JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
WHERE p.book_id = 1 AND p.account_id = ? ORDER BY p.sequence
"""


class Limit:
    def __init__(self, path: Path) -> None:
        self.path = path
        with_bounds = Ours(path)  # opens the accounts
        self.bounds = {
            account.path: _bounds(account.normal_side.value, account.floor, account.ceiling)
            for account in with_bounds.opened
        }
        with_bounds.close()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA cache_size = -65536")
        self.db.execute("PRAGMA wal_autocheckpoint = 4000")
        self._read()

    def _read(self) -> None:
        """Read the state of the book."""
        self.number, self.digest, line = self.db.execute(END).fetchone()
        self.moment = loads(line)[1]
        self.accounts: dict[str, list[Any]] = {
            path: [
                id, unit, f"[{quoted(path)},{quoted(unit)},", sequence, debits, credits,
                *self.bounds[path], horizon or 0, version,
            ]
            for path, id, unit, sequence, debits, credits, version, horizon in self.db.execute(ACCOUNTS)
        }  # fmt: skip
        self.heads: dict[tuple[str, int], str] = {}  # the text that lines of one kind and day share

    def write(self, batch: Sequence[Transfer]) -> list[Verdict]:
        """Write a batch in one commit; each gets its own verdict, a receipt or the reason of a refusal."""
        asked = [_asked(transfer) for transfer in batch]
        now = datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
        self.moment = max(self.moment, now)
        execute = self.db.execute
        execute("BEGIN IMMEDIATE")
        try:
            verdicts = self._decided(asked)
        except sqlite3.IntegrityError:  # a key exists already
            execute("ROLLBACK")
            self._read()
            self.moment = max(self.moment, now)
            execute("BEGIN IMMEDIATE")
            verdicts = [self._replayed(each) or self._decided([each])[0] for each in asked]
        except BaseException:
            execute("ROLLBACK")
            self._read()
            raise
        execute("COMMIT")
        return verdicts

    def _decided(self, asked: Sequence[Asked]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        touched: dict[int, list[Any]] = {}
        many = self.db.executemany
        for start in range(0, len(asked), PART):
            transactions, postings = self._rows(asked[start : start + PART], verdicts, touched)
            many(INSERT, transactions)
            many(POST, postings)
        many(SETTLE, [(a[ID], a[SEQUENCE], a[DEBITS], a[CREDITS], a[VERSION]) for a in touched.values()])
        return verdicts

    def _rows(
        self, asked: Sequence[Asked], verdicts: list[Verdict], touched: dict[int, list[Any]]
    ) -> tuple[list[Any], list[Any]]:
        accounts, heads, moment = self.accounts, self.heads, self.moment
        number, digest = self.number, self.digest
        transactions: list[Any] = []
        rows: list[Any] = []
        for key, kind, value_date, text, postings in asked:
            day = value_date.toordinal()
            total, legs, moved, refused = 0, [], [], ""
            number += 1
            unit = postings[0][2]
            for path, quantity, its_unit in postings:
                account = accounts[path]
                if type(quantity) is not int or its_unit != unit or account[UNIT] != unit:
                    raise ValueError("a whole quantity in the account's unit, one for all, is needed")
                horizon = account[HORIZON]
                if day >= horizon:
                    horizon = day
                elif account[GREATEST if quantity > 0 else LEAST] not in (MOST, -MOST):
                    raise ValueError("what may break a limit on a later day is not in this workload")
                total += quantity
                account[SEQUENCE] = sequence = account[SEQUENCE] + 1
                if quantity > 0:
                    account[DEBITS] = debits = account[DEBITS] + quantity
                else:
                    debits = account[DEBITS]
                    account[CREDITS] -= quantity
                balance = debits - account[CREDITS]
                moved.append((account, horizon))
                legs.append(f"{account[HEAD]}{quantity},{sequence},{balance}]")
                rows.append((account[ID], sequence, number, quantity, balance, debits, horizon))
            if total:
                refused = "unbalanced"
            for account, _ in moved:
                if not account[LEAST] <= account[DEBITS] - account[CREDITS] <= account[GREATEST]:
                    refused = "a limit is broken"
            if refused:
                number -= 1
                del rows[-len(moved) :]
                for (account, _), (_, quantity, _) in zip(moved, postings, strict=True):
                    account[SEQUENCE] -= 1
                    account[DEBITS if quantity > 0 else CREDITS] -= abs(quantity)
                verdicts.append(refused)
                continue
            for account, horizon in moved:
                account[HORIZON] = horizon
                touched[account[ID]] = account
            common = heads.get((kind, day))
            if common is None:
                common = heads[kind, day] = f',{quoted(kind)},"{value_date}","","",'
            line = f'[{number},"{moment}",{quoted(key)}{common}{quoted(text)},[{",".join(legs)}]]'
            digest = sha256(digest + line.encode()).digest()
            transactions.append((number, key, bytearray(digest), line))
            verdicts.append((number, digest))
        self.number, self.digest = number, digest
        return transactions, rows

    def _replayed(self, asked: Asked) -> Verdict | None:
        """The first receipt of a known key, or the refusal that it was used for something else."""
        found = self.db.execute(KNOWN, (asked[0],)).fetchone()
        if found is None:
            return None
        number, digest, line = found
        _, _, key, kind, day, _, _, text, legs, *more = loads(line)
        postings = tuple((path, quantity, unit) for path, unit, quantity, *_ in legs)
        same = not more and (key, kind, date.fromisoformat(day), text, postings) == asked
        return (number, digest) if same else f"the key of number {number} was used for something else"

    def balances(self) -> dict[int, int]:
        return dict(self.db.execute(BALANCES))

    def statement(self, account: str) -> list[tuple[Any, ...]]:
        """Value date, kind, description, amount and balance of each line."""
        rows = self.db.execute(STATEMENT, (self.accounts[f"bank:{account}"][ID],))
        return [
            (said[4], said[3], said[7], quantity, balance)
            for line, quantity, balance in rows
            for said in (loads(line),)
        ]

    def size(self) -> int:
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.stat().st_size

    def close(self) -> None:
        self.db.close()


def _asked(t: Transfer) -> Asked:
    postings = ((f"bank:{t.source}", t.cents, "CNY/2"), (f"bank:{t.target}", -t.cents, "CNY/2"))
    return t.key, t.kind, t.day, t.text, postings


def _bounds(side: str, floor: int | None, ceiling: int | None) -> tuple[int, int]:
    """The least and the greatest balance, a debit positive."""
    least, greatest = -MOST if floor is None else floor, MOST if ceiling is None else ceiling
    return (least, greatest) if side == "debit" else (-greatest, -least)
