"""The limit of a close: a loop of CPython over raw sqlite3 that pays every customer his exact yield.

For each customer it writes the same as the close of bankcore: the exact sum in lowest terms and the posted
part of it as the next version of his accrual record, a payout within the account's limits with its sequence
number and the balance after it, and line and digest of the chunk's transaction, under a key of its own, so
that a killed run continues where it stopped.  First it checks whether the reserve covers all payouts.  There
are no other phases of a day and no seal; pools and frozen pockets are not supported.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from json import JSONDecoder
from json.encoder import encode_basestring_ascii as quoted
from math import gcd
from pathlib import Path
from typing import Any

from bankcore.products.wallet.accruals import DayRules
from bankcore.products.wallet.programmes import WalletTerms
from bankcore.stores.engine import driver as sqlite3

CHUNK = 1_000
END = 'SELECT number, digest FROM "transaction" WHERE book_id = 1 ORDER BY number DESC LIMIT 1'
KNOWN = 'SELECT 1 FROM "transaction" WHERE book_id = 1 AND key = ?'
ACCRUALS = """
SELECT h.id, h.version, r.data FROM record_head h CROSS JOIN record r
ON r.book_id = h.book_id AND r.kind = h.kind AND r.id = h.id AND r.version = h.version
WHERE h.book_id = 1 AND h.kind = 'wallet.accrual' AND h.id > ? AND h.id < ? ORDER BY h.id LIMIT ?
"""
POCKETS = """
SELECT a.path, a.account_id, a.status, a.ceiling, b.sequence, b.debits, b.credits, b.version,
    CASE WHEN a.path GLOB '*:yield' THEN (SELECT p.horizon FROM posting p WHERE p.book_id = a.book_id
        AND p.account_id = a.account_id AND p.sequence = b.sequence) END
FROM account a CROSS JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
WHERE a.book_id = 1 AND a.path > ? AND a.path <= ? ORDER BY a.path
"""
INSERT = 'INSERT INTO "transaction" VALUES (1, ?, ?, ?, ?)'
POST = "INSERT INTO posting VALUES (1, ?, ?, ?, ?, ?, ?, ?)"
SETTLE = "INSERT OR REPLACE INTO balance VALUES (1, ?, ?, ?, ?, 0, 0, ?)"
RECORD = "INSERT INTO record VALUES (1, 'wallet.accrual', ?, ?, ?, ?, ?)"
HEAD = "INSERT OR REPLACE INTO record_head VALUES (1, 'wallet.accrual', ?, ?)"
read = JSONDecoder().raw_decode


def pay_all(path: Path, programme: str, day: date) -> None:
    """Pay the yield due on a day and accrue its closing balances."""
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = NORMAL", "cache_size = -65536", "wal_autocheckpoint = 1000"):
        db.execute(f"PRAGMA {pragma}")
    terms, root = WalletTerms(), f"wallet:{programme}:client:"
    rules, today, after, due = DayRules.of(terms, day), day.isoformat(), root, 0
    while page := db.execute(ACCRUALS, (after, root[:-1] + ";", CHUNK)).fetchall():
        for _, _, text in page:
            data, _ = read(text)
            if data.get("pay_on", "~") <= today:
                due += data["due"]
        after = page[-1][0]
    reserve = f"wallet:{programme}:reserve"
    _, _, _, _, _, debits, credits, _, _ = db.execute(POCKETS, (reserve[:-1], reserve)).fetchall()[-1]
    if credits - debits < due:
        raise ValueError("the reserve is short")
    after = root
    while page := db.execute(ACCRUALS, (after, root[:-1] + ";", CHUNK)).fetchall():
        db.execute("BEGIN IMMEDIATE")
        _pay(db, programme, day, terms, rules, page, after)
        db.execute("COMMIT")
        after = page[-1][0]
    db.close()


def _pay(
    db: Any, programme: str, day: date, terms: WalletTerms, rules: DayRules, page: list[Any], after: str
) -> None:
    """Pay a chunk of customers in one transaction."""
    today, ordinal, unit = day.isoformat(), day.toordinal(), quoted(terms.unit)
    step = f"{programme}/yield/{page[0][0].split(':')[3]}"
    key = f"eod/{today}/wallet/{step}"
    if db.execute(KNOWN, (key,)).fetchone():
        return
    number, digest = db.execute(END).fetchone()
    number += 1
    held, pockets = _held(db, {*terms.eligible}, after, page[-1][0])
    paid_out, legs, moves, records = _decided(page, held, pockets, rules, today)
    path = f"wallet:{programme}:reserve"
    ((_, *reserve),) = db.execute(POCKETS, (path[:-1], path)).fetchall()[-1:]
    legs.insert(0, (path, paid_out))
    moves.insert(0, reserve)
    said, postings, balances = [], [], []
    for (path, quantity), (id, _, ceiling, sequence, debits, credits, version, horizon) in zip(
        legs, moves, strict=True
    ):
        sequence += 1
        if quantity > 0:
            debits += quantity
        else:
            credits -= quantity
        if not 0 <= credits - debits <= (ceiling or credits) or (horizon or 0) > ordinal:
            raise ValueError("what an account does not take is not in this workload")
        said.append(f"[{quoted(path)},{unit},{quantity},{sequence},{debits - credits}]")
        postings.append((id, sequence, number, quantity, debits - credits, debits, ordinal))
        balances.append((id, sequence, debits, credits, version))
    facts = [f'["wallet.accrual",{quoted(id)},{version},{quoted(text)}]' for id, version, text in records]
    moment = datetime(day.year, day.month, day.day, 23, tzinfo=UTC).isoformat(timespec="microseconds")[:-6]
    details = quoted(f'{{"day":"{today}","step":"{step}"}}')
    line = (
        f'[{number},"{moment}Z",{quoted(key)},"wallet.yield","{today}",{quoted(programme)},"system:eod",'
        f'"yield of {today}",[{",".join(said)}],[{",".join(facts)}],{details}]'
    )
    digest = sha256(digest + line.encode()).digest()
    db.execute(INSERT, (number, key, digest, line))
    db.executemany(POST, postings)
    db.executemany(SETTLE, balances)
    rows = [(id, version, number, place, text) for place, (id, version, text) in enumerate(records, 1)]
    db.executemany(RECORD, rows)
    db.executemany(HEAD, [row[:2] for row in rows])


def _held(db: Any, eligible: set[str], after: str, last: str) -> tuple[dict[str, int], dict[str, Any]]:
    """The earning balance, and the row of the account that is paid, by the customer's yield pocket."""
    held: dict[str, int] = {}
    pockets: dict[str, Any] = {}
    for path, *row in db.execute(POCKETS, (after, last)):
        client, _, name = path.rpartition(":")
        client += ":yield"
        if name in eligible and row[4] != row[5]:
            held[client] = held.get(client, 0) + row[5] - row[4]
        if name == "yield":
            pockets[path] = row
    return held, pockets


def _decided(
    page: list[Any], held: dict[str, int], pockets: dict[str, Any], rules: DayRules, today: str
) -> tuple[int, list[Any], list[Any], list[Any]]:
    """The total paid; legs and their accounts' rows; the next versions of the accruals."""
    (rate, parts), paid_out = rules.rate, 0
    legs: list[Any] = []
    moves: list[Any] = []
    records: list[Any] = []
    for pocket, version, text in page:
        data, _ = read(text)
        top, _, bottom = data["earned"].partition("/")
        numerator, denominator, paid = int(top), int(bottom), data["paid"]
        due, pay_on = data.get("due", 0), data.get("pay_on", "~")
        registered_on, balance = data["registered_on"], held.get(pocket, 0)
        if "pool" in data:
            raise ValueError("pools are not in this workload")
        if pay_on <= today:
            if pockets[pocket][1] != "open":
                raise ValueError("a frozen pocket is not in this workload")
            legs.append((pocket, -due))
            moves.append(pockets[pocket])
            paid, paid_out, balance, due, pay_on = paid + due, paid_out + due, balance + due, 0, "~"
        if balance:
            numerator = numerator * parts + balance * rate * denominator
            denominator *= parts
            divisor = gcd(numerator, denominator)
            numerator, denominator = numerator // divisor, denominator // divisor
        if end := rules.payout(registered_on):
            due = (2 * numerator + denominator) // (2 * denominator) - paid
            pay_on = min(pay_on, end)
        owed, until = (f'"due":{due},', f'"pay_on":"{pay_on}",') if due else ("", "")
        said = f'{owed}"earned":"{numerator}/{denominator}","paid":{paid},{until}'
        said = f'{{{said}"registered_on":"{registered_on}"}}'
        if said != text:
            records.append((pocket, version + 1, said))
    return paid_out, legs, moves, records
