"""The views of a book's file say what the library says, on a book with every feature."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.features import SHARED, history, pay, perform
from tests.ledger.making import DAY, move

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.ledger.accounts import Account, Side
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.reading.statements import statement
from bankcore.ledger.transactions import Book, Record, timestamp
from bankcore.stores.engine import driver
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

COIN = Unit("COIN/8")
OTHERS = [
    Account("line", "liability", "CNY/2", floor=-500_00, ceiling=7, party="c1", opened_on=DAY),
    Account("fees", "income", "CNY/2"),
    Account("discounts", "income", "CNY/2", normal_side=Side.DEBIT),
    Account("points", "liability", "POINT/0", floor=0),
    Account("issued", "asset", "POINT/0"),
    Account("vault", "asset", COIN),
    Account("owed", "liability", COIN),
    Account("due", "memorandum", "CNY/2", floor=0),
    Account("due-contra", "memorandum", "CNY/2", normal_side=Side.CREDIT, floor=0),
]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def fill(ledger: Ledger) -> None:
    """Everything that a ledger can be asked for, in units of several scales and on every side."""
    ledger.open([*SHARED, *OTHERS], key="open")
    lead = Record("lead", "l1", {"place": "宁波", "personal": {"name": "Li Lei"}})
    for t in (
        move("overdraw", "cash", "line", 123_45, description='a "quoted" \\ 说明'),
        move("fen", "cash", "line", 5),
        move("discount", "fees", "discounts", 1),
        move("points", "points", "issued", 1_200, "POINT/0"),
        move("coin", "owed", "vault", 1, COIN),
        move("coins", "vault", "owed", 12_345_678_901, COIN),
        move("most", "owed", "vault", MAX_QUANTITY // 2, COIN),
        move("due", "due-contra", "due", 9),
        pay("lead", 3, records=(lead,), details={"personal": {"phone": "1"}, "by": "x"}, actor="teller:1"),
        move(
            "held coin", "vault", "owed", 7, COIN, pending=True, expires_at=datetime(9000, 1, 1, tzinfo=UTC)
        ),
    ):
        ledger.post(t)
    for feature in history(ledger):
        list(perform(feature))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Ledger]]:
    path = tmp_path_factory.mktemp("views") / "book.db"
    with closing(SqliteStore(path, create=True)) as store:
        book = Book(1, "test", Unit("CNY/2"), DAY)
        with closing(Ledger.create(store, book, clock=Clock(), salts=seeded("views"))) as ledger:
            fill(ledger)
            yield path, ledger


def ask(path: Path, sql: str, *given: object) -> list[dict[str, Any]]:
    with closing(driver.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        conn.row_factory = driver.Row
        return [dict(row) for row in conn.execute(sql, given)]


def text(quantity: int | None, unit: Unit) -> str | None:
    return None if quantity is None else Amount(quantity, unit).decimal()


def instant(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def test_the_book_has_every_feature(file: tuple[Path, Ledger]) -> None:
    path, ledger = file
    assert verify(ledger.reader, ledger.book).findings == ()
    rows = ask(path, "SELECT * FROM v_journal")
    absent = {name for name in rows[0] if all(row[name] in (None, "", 0) for row in rows)}
    assert not absent
    assert {Unit(row["unit"]).scale for row in ask(path, "SELECT unit FROM v_balance")} == {0, 2, 8}
    assert any(row["balance"].startswith("-") for row in ask(path, "SELECT balance FROM v_balance"))


def test_the_journal(file: tuple[Path, Ledger]) -> None:
    path, ledger = file
    entries = list(ledger.reader.entries())
    reversed_by = {e.transaction.reverses: e.number for e in entries}
    resolved_by = {e.transaction.resolves: e.number for e in entries}
    assert ask(path, "SELECT * FROM v_journal ORDER BY number") == [
        {
            "book_id": 1,
            "number": e.number,
            "recorded_at": timestamp(e.recorded_at),
            "key": t.key,
            "kind": t.kind,
            "value_date": t.effective_on.isoformat(),
            "agreement": t.agreement,
            "actor": t.actor,
            "description": t.description,
            "postings": len(t.postings),
            "records": len(t.records),
            "details": said(e.line),
            "reverses": t.reverses,
            "reversed_by": reversed_by.get(e.number),
            "corrects": t.corrects,
            "pending": int(t.pending),
            "expires_at": instant(t.expires_at),
            "resolves": t.resolves,
            "resolved_by": resolved_by.get(e.number),
            "group_name": t.group or None,
            "up_to": int(t.up_to),
            "digest": e.digest.hex(),
        }
        for e in entries
        for t in [e.transaction]
    ]


def said(line: str) -> str | None:
    """The details as the line has them: a commitment stands for what is personal."""
    parts = json.loads(line)
    return parts[10] or None if len(parts) > 10 else None


def test_postings_are_the_lines_of_the_statements(file: tuple[Path, Ledger]) -> None:
    path, ledger = file
    entries = {e.number: e for e in ledger.reader.entries()}
    for account in (state.account.path for state in ledger.reader.accounts()):
        balance = ledger.balance(account)
        unit, side = balance.account.unit, balance.account.normal_side
        rows = ask(
            path, "SELECT * FROM v_posting WHERE account = ? AND NOT pending ORDER BY sequence", account
        )
        assert rows == [
            {
                "book_id": 1,
                "number": line.number,
                "account": account,
                "sequence": line.sequence,
                "recorded_at": timestamp(entries[line.number].recorded_at),
                "key": line.key,
                "kind": line.kind,
                "value_date": line.effective_on.isoformat(),
                "agreement": entries[line.number].transaction.agreement,
                "actor": entries[line.number].transaction.actor,
                "description": line.description,
                "type": balance.account.type.value,
                "unit": unit,
                "normal_side": side.value,
                "debit": text(line.quantity, unit) if line.quantity > 0 else None,
                "credit": text(-line.quantity, unit) if line.quantity < 0 else None,
                "amount": text(line.quantity * side.sign, unit),
                "balance": text(line.balance * side.sign, unit),
                "quantity": line.quantity,
                "pending": 0,
                "resolved_by": None,
            }
            for line in ledger.reader.lines(account)
        ]
        assert [row["balance"] for row in rows] == [
            text(line.balance, unit) for line in statement(ledger.reader, account).lines
        ]


def test_holds_are_postings_that_are_pending(file: tuple[Path, Ledger]) -> None:
    path, ledger = file
    rows = ask(path, "SELECT * FROM v_posting WHERE pending ORDER BY number, quantity")
    assert [(r["number"], r["account"], r["quantity"], r["resolved_by"]) for r in rows] == [
        (hold.number, p.account, p.quantity, hold.resolved_by)
        for hold in ledger.reader.holds()
        for p in sorted(hold.transaction.postings, key=lambda p: p.quantity)
    ]
    assert {row["sequence"] for row in rows} == {row["balance"] for row in rows} == {None}
    (coin,) = (r for r in rows if r["key"] == "held coin" and r["account"] == "owed")
    assert (coin["amount"], coin["debit"], coin["credit"]) == ("-0.00000007", "0.00000007", None)


def test_balances(file: tuple[Path, Ledger]) -> None:
    path, ledger = file
    balances = [ledger.balance(state.account.path) for state in ledger.reader.accounts()]
    assert len(balances) > 12
    assert ask(path, "SELECT * FROM v_balance ORDER BY account") == [
        {
            "book_id": 1,
            "account": a.path,
            "type": a.type.value,
            "unit": a.unit,
            "normal_side": a.normal_side.value,
            "status": a.status.value,
            "party": a.party,
            "opened_on": a.opened_on and a.opened_on.isoformat(),
            "closed_on": a.closed_on and a.closed_on.isoformat(),
            "floor": text(a.floor, a.unit),
            "ceiling": text(a.ceiling, a.unit),
            "debits": text(b.debits, a.unit),
            "credits": text(b.credits, a.unit),
            "balance": text(b.net, a.unit),
            "held": text(b.held, a.unit),
            "incoming": text(b.incoming, a.unit),
            "available": text(b.available, a.unit),
            "quantity": b.debits - b.credits,
            "postings": len(list(ledger.reader.lines(a.path))),
        }
        for b in balances
        for a in [b.account]
    ]


def test_a_question_about_one_account_reads_no_other(file: tuple[Path, Ledger]) -> None:
    path, _ = file
    sql = "EXPLAIN QUERY PLAN SELECT * FROM v_posting WHERE book_id = 1 AND account = 'cash'"
    plan = [row["detail"] for row in ask(path, sql)]
    assert not [step for step in plan if step.startswith("SCAN t") or step.startswith("SCAN p ")], plan


def test_a_view_changed_by_hand_is_found(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with closing(SqliteStore(path, create=True)) as store:
        book = Book(1, "test", Unit("CNY/2"), DAY)
        Ledger.create(store, book, clock=Clock()).close()
        with closing(driver.connect(path)) as conn:
            (sql,) = conn.execute("SELECT sql FROM sqlite_schema WHERE name = 'v_balance'").fetchone()
            conn.execute("DROP VIEW v_balance")
            conn.execute(sql.replace('"v_balance"', "[v_balance]"))
            assert list(store.reading(1).faults()) == []  # only quoted as another sqlite-utils would
            conn.execute("DROP VIEW v_balance")
            conn.execute(sql.replace("debits - credits AS quantity", "0 AS quantity"))
            assert list(store.reading(1).faults()) == ["the schema's v_balance is not as bankcore created it"]
            conn.execute("DROP VIEW v_balance")
            assert list(store.reading(1).faults()) == ["the schema lacks v_balance"]


# --- docs/sql.md ---------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "sql.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_of_the_page_finds_something(file: tuple[Path, Ledger], sql: str) -> None:
    assert ask(file[0], sql)


def test_the_page_proves_that_debits_equal_credits(file: tuple[Path, Ledger]) -> None:
    (sql,) = (sql for sql in QUERIES if "memorandum" in sql)
    assert {row["sum(quantity)"] for row in ask(file[0], sql)} == {0}


def test_the_page_names_every_column_of_every_view_and_table(file: tuple[Path, Ledger]) -> None:
    path, _ = file
    sections = dict(re.findall(r"### (v_\w+)\n(.*?)(?=\n##)", PAGE, re.DOTALL))
    sections |= dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.partition("## Tables")[2], re.MULTILINE))
    relations = ask(path, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    assert {row["name"] for row in relations} == set(sections)
    for name, text in sections.items():
        columns = {row["name"] for row in ask(path, "SELECT name FROM pragma_table_info(?)", name)}
        first = text if name == "book" or name.startswith("v_") else f"`book_id` {text}"
        assert columns - set(re.findall(r"`(\w+)`", first)) == set(), name


def run(block: str, file: tuple[Path, Ledger], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    """The names that a block of the page leaves, run beside a copy of the book."""
    with closing(driver.connect(file[0])) as source, closing(driver.connect(folder / "bank.db")) as copy:
        source.backup(copy)  # the page's own SQLite opens no file that ours has open
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(block, names)
    return names


BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
Patch = pytest.MonkeyPatch


def test_the_module_of_python_reads_it(file: tuple[Path, Ledger], monkeypatch: Patch, tmp_path: Path) -> None:
    if sqlite3.sqlite_version_info < (3, 38):
        pytest.skip("this SQLite is too old for the views")
    rows = run(BLOCKS[0], file, monkeypatch, tmp_path)["rows"]
    assert rows == [
        (row["account"], row["balance"], row["unit"])
        for row in ask(file[0], "SELECT * FROM v_balance WHERE type = 'liability' ORDER BY 2")
    ]


DATASETTE = json.loads((Path(__file__).parents[2] / "docs" / "datasette.json").read_text("utf-8"))
CANNED = DATASETTE["databases"]["bank"]["queries"]
GIVEN = {"book": 1, "root": "cash", "account": "cash", "day": "2024-05-01", "from": "2024-05-01"}
GIVEN |= {"to": "2024-05-31"}


@pytest.mark.parametrize("name", CANNED)
def test_a_query_for_datasette_finds_something(file: tuple[Path, Ledger], name: str) -> None:
    sql = CANNED[name]["sql"]
    with closing(driver.connect(file[0])) as conn:
        (actor,) = conn.execute("SELECT max(actor) FROM v_journal").fetchone()
        asked = {it: {**GIVEN, "actor": actor}[it] for it in re.findall(r":([a-z]+)", sql)}
        rows = conn.execute(sql, asked).fetchall()
    assert rows
    assert name != "proof" or {row[-1] for row in rows} == {0}
    assert f"`{name}`" in PAGE


def test_datasette_describes_the_views(file: tuple[Path, Ledger]) -> None:
    views = {row["name"] for row in ask(file[0], "SELECT name FROM sqlite_schema WHERE type = 'view'")}
    assert set(DATASETTE["databases"]["bank"]["tables"]) == views


def test_pandas_reads_it(file: tuple[Path, Ledger], monkeypatch: Patch, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    names = run(BLOCKS[1], file, monkeypatch, tmp_path)
    assert len(names["postings"]) == len(ask(file[0], "SELECT 1 FROM posting"))
