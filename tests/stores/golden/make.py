"""Make the golden book of the journal's format anew: `python tests/stores/golden/make.py`.

It writes `format-1.db.gz`, a book with a little of everything, and `format-1.json`, what is to be read
from it.  While format 1 may still change, whoever changes it runs this and looks at the difference in the
second file; once it is frozen, both files stay as they are for ever.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bankcore.errors import Rejection
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import PERIOD, Posting, Record, Transaction
from bankcore.ledger.velocity import VELOCITY, VelocityLimit
from bankcore.stores.engine import driver
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

HERE = Path(__file__).parent
NAME = "format-1"
CNY = Unit("CNY/2")
FIRST = date(2024, 5, 1)
SECOND = FIRST + timedelta(days=1)
CASH, ANN, BOB, FEES = map(AccountPath, ("bank:cash", "client:安娜", "client:bob", "income:fees"))
POINTS, ISSUED = AccountPath("points:安娜"), AccountPath("points:issued")
ACCOUNTS = [
    Account(CASH, "asset", CNY),
    Account(ANN, "liability", CNY, floor=0, party="安娜", details={"tier": "gold", "n": [1, None, True]}),
    Account(BOB, "liability", CNY, floor=-10_000, ceiling=5_000_000),
    Account(FEES, "income", CNY),
    Account(POINTS, "liability", "POINT/0", floor=0),
    Account(ISSUED, "asset", "POINT/0"),
]
LINES = (ANN, BOB)  # the accounts whose postings are told one by one
RECORDS = ("agreement", "lead", VELOCITY, PERIOD[0])


class Clock:
    """Goes on by a second at each look, or to a day."""

    now = datetime(2024, 5, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def moving(key: str, source: str, target: str, quantity: int, on: date, **fields: Any) -> Transaction:
    """Debit the target, credit the source."""
    unit = Unit("POINT/0") if source.startswith("points") else CNY
    postings = (
        Posting(AccountPath(target), quantity, unit),
        Posting(AccountPath(source), -quantity, unit),
    )
    return Transaction(**{"key": key, "kind": "move", "effective_on": on, "postings": postings, **fields})


def write(ledger: Ledger, clock: Clock) -> None:
    """A history of three days, of which two are closed."""
    ledger.open(ACCOUNTS, key="open", actor="officer:1")
    ledger.post(
        moving("fund ann", ANN, CASH, 100_000, FIRST, description="opening deposit, 开户", actor="teller:7")
    )
    ledger.post(
        moving("fund bob", BOB, CASH, 50_000, FIRST, agreement="ag-1", details={"channel": ["app", 2]})
    )
    ledger.post(moving("points", POINTS, ISSUED, 700, FIRST))
    agreement = Record("agreement", "ag-1", {"rate": "7/200", "terms": {"days": 30, "note": None}})
    ledger.post(Transaction(key="agreed", kind="agree", effective_on=FIRST, records=(agreement,)))
    lead = Record("lead", "l-1", {"place": "宁波", "personal": {"name": "Zhang Wei", "phone": "13800000000"}})
    kept = Record("lead", "l-2", {"place": "苏州", "personal": {"name": "Li Na"}})
    ledger.post(Transaction(key="leads", kind="intake", effective_on=FIRST, records=(lead, kept)))
    ledger.limit(VelocityLimit("daily", "client", CNY, "out", "day", most=60_000, each=True), key="limit")
    held = ledger.post(moving("hold", BOB, FEES, 4_000, FIRST, pending=True)).number
    part = (Posting(FEES, 2_500, CNY), Posting(BOB, -2_500, CNY))
    ledger.capture(held, key="capture", effective_on=FIRST, postings=part)
    pair = [moving(f"pair {n}", ANN, BOB, 1_000 * n, FIRST, group="pair") for n in (1, 2)]
    ledger.post_many(pair)
    ledger.close_period(FIRST, key="close 1", actor="system:eod")

    clock.now = datetime(2024, 5, 2, 9, tzinfo=UTC)
    wrong = ledger.post(moving("wrong", ANN, BOB, 9_900, SECOND)).number
    ledger.reverse(wrong, key="undo", effective_on=SECOND)
    short = ledger.post(moving("short", BOB, ANN, 300, SECOND)).number
    right = moving("", BOB, ANN, 330, SECOND).postings
    ledger.correct(short, right, key="right", effective_on=SECOND, description="30 fen were lacking")
    ledger.post(moving("all points", ISSUED, POINTS, 10**9, SECOND, up_to=True))
    released = ledger.post(moving("let go", ANN, BOB, 5, SECOND, pending=True)).number
    ledger.release(released, key="release", effective_on=SECOND)
    soon = clock.now + timedelta(minutes=1)
    ledger.post(moving("expires", BOB, ANN, 77, SECOND, pending=True, expires_at=soon))
    clock.now = soon
    ledger.post(
        Transaction(key="agreed 2", kind="agree", effective_on=SECOND, records=(agreement.next(rate="1/25"),))
    )
    ledger.change(BOB, key="freeze", reason="court order 12", actor="officer:1", status=Status.FROZEN)
    ledger.change(BOB, key="thaw", reason="court order 12 lifted", actor="officer:1", status=Status.OPEN)
    ledger.execute("fee", {"fee": "1/1000"}, charge, actor="system:fees")
    with suppress(Rejection):
        ledger.post(moving("too much", CASH, ANN, 70_000, SECOND))
    ledger.close_period(SECOND, key="close 2", actor="system:eod")

    clock.now = datetime(2024, 5, 3, 9, tzinfo=UTC)
    third = SECOND + timedelta(days=1)
    ledger.post(moving("third day", ANN, BOB, 123, third))
    ledger.post(
        moving("still held", BOB, ANN, 40, third, pending=True, expires_at=datetime(2099, 1, 1, tzinfo=UTC))
    )


def charge(books: Books) -> tuple[Transaction, ...]:
    """A thousandth of what two clients have, as one request of two transactions."""
    return tuple(
        moving("", FEES, path, books.balance(path) // 1_000, books.today, kind="fee") for path in (ANN, BOB)
    )


def told(store: Store) -> dict[str, Any]:
    """What a book says, as plain data."""
    (book,) = store.books()
    with store.reading(book.id) as reader:
        head = reader.head()
        return {
            "book": [book.id, book.name, str(book.base_unit), book.opened_on.isoformat(), book.zone],
            "genesis": book.genesis().hex(),
            "head": [head.number, head.digest.hex(), str(head.recorded_at), head.accounts],
            "seals": [seal.digest().hex() for seal in seals(reader)],
            "standings": [list(row) for row in reader.standings()],
            "lines": {
                path: [
                    [x.number, x.key, x.effective_on.isoformat(), x.quantity, x.balance]
                    for x in reader.lines(path)
                ]
                for path in LINES
            },
            "records": [[r.kind, r.id, r.version, r.json] for kind in RECORDS for r in reader.records(kind)],
            "keys": [entry.transaction.key for entry in reader.entries()],
        }


def text(value: Any) -> str:
    """Plain data as JSON, each member of a list on a line of its own."""
    if isinstance(value, dict):
        return (
            "{"
            + ",\n".join(f"{json.dumps(k, ensure_ascii=False)}: {text(v)}" for k, v in value.items())
            + "}"
        )
    if isinstance(value, list) and any(isinstance(one, list) for one in value):
        return "[\n " + ",\n ".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "golden.db"
        clock = Clock()
        with closing(SqliteStore(file, create=True)) as store:
            book = store.add("golden", CNY, FIRST)
            write(Ledger(store, book, clock, salts=seeded("golden")), clock)
        with closing(driver.connect(file)) as db:  # what is personal in the lead l-1 is erased
            db.execute("PRAGMA secure_delete = ON")
            db.execute("DELETE FROM personal WHERE data LIKE '%Zhang Wei%'")
            db.commit()
        with closing(SqliteStore(file)) as store:
            said = [f"{json.dumps(name)}: {text(value)}" for name, value in told(store).items()]
        (HERE / f"{NAME}.json").write_text("{\n" + ",\n".join(said) + "\n}\n", encoding="utf-8")
        (HERE / f"{NAME}.db.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
