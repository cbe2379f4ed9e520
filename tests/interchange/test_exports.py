"""Exported books are accepted by the programs they are for, with balances equal to ours to the last unit."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interchange import rustledger
from tests.ledger.making import CNY, DAY, POINT, move

from bankcore.amounts import Amount
from bankcore.errors import NotExportable, UnknownAccount
from bankcore.interchange.exports.beancount import _names as beancount_names
from bankcore.interchange.exports.beancount import beancount
from bankcore.interchange.exports.camt053 import camt053
from bankcore.interchange.exports.hledger import hledger
from bankcore.interchange.exports.rows import as_csv, as_jsonl
from bankcore.interchange.exports.shape import Shape
from bankcore.interchange.transactions import transaction_of
from bankcore.ledger.accounts import Account, AccountPath, Side
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Book, Transaction
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

EXAMPLES = Path(__file__).parents[2] / "examples"
LONG = {"city", "mall", "points-year"}  # nightly
SCENARIOS = sorted(path.stem for path in (EXAMPLES / "expected").glob("*.txt"))
SHORT = [name for name in SCENARIOS if name not in LONG]
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FINE, SHARE = Unit("CNY/4"), Unit("S/0")
ACCOUNTS = [
    Account("bank:cash", "asset", CNY),
    Account("li_lei", "liability", CNY, floor=0, party="li"),
    Account("li-lei", "liability", CNY),
    Account("Li-lei", "liability", CNY),
    Account("现金:a.b", "asset", CNY),
    Account("points", "liability", POINT),
    Account("issued", "asset", POINT),
    Account("fine", "liability", FINE),
    Account("fine:other", "income", FINE),
    Account("7", "equity", SHARE),
    Account("shares", "expense", SHARE),
    Account("due", "memorandum", CNY),
    Account("due-contra", "memorandum", CNY, normal_side=Side.CREDIT),
]
NASTY = 'pays; "50%", or\nmore | ((x)) \\ = 1 CNY @ 2 ; 现金 \u2028 \x7f'


def made(*more: Transaction) -> Ledger:
    """A book with a reversal, a correction, holds, texts that other programs read as syntax, every type."""
    ledger = Ledger.create(MemoryStore(), Book(1, "a; b", CNY, DAY), clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    said = {"description": NASTY, "actor": "officer:o,7", "agreement": " loan%2C "}
    ledger.post(move("1, 2", "li_lei", "bank:cash", 10_01, **said))
    ledger.post(move("p", "points", "issued", 7, POINT, kind="grant"))
    ledger.post(move("f", "fine:other", "fine", 12_345, FINE))
    ledger.post(move("s", "7", "shares", 3, SHARE))
    ledger.post(move("m", "due-contra", "due", 5))
    ledger.post(move("n", "现金:a.b", "Li-lei", 1, effective_on=date(2024, 6, 1)))
    ledger.reverse(ledger.post(move("r", "li-lei", "bank:cash", 2)).number, key="undo", effective_on=DAY)
    held = ledger.post(move("h", "bank:cash", "li_lei", 4, pending=True, description=NASTY))
    ledger.capture(
        held.number, key="take", effective_on=DAY, postings=move("", "bank:cash", "li_lei", 3).postings
    )
    ledger.post(move("open hold", "bank:cash", "li_lei", 4, pending=True))
    ledger.close_account("li-lei", key="close", reason="moved")
    for transaction in more:
        ledger.post(transaction)
    return ledger


def written(pieces: Iterable[str]) -> str:
    return "".join(pieces)


def balances(ledger: Ledger) -> dict[str, int]:
    return {
        it.account.path: it.debits - it.credits for it in ledger.reader.accounts() if it.debits or it.credits
    }


def checked(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed")
    file = folder / "book.journal"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [program, "-f", str(file), "check", "-s"], capture_output=True, encoding="utf-8", check=False
    )


def test_hledger_accepts_a_book_and_finds_the_same_balances(tmp_path: Path) -> None:
    text = written(hledger(made().reader))
    done = checked(text, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert checked(text.replace('= 9.98 "CNY.2"', '= 9.97 "CNY.2"'), tmp_path).returncode == 1


def test_the_expiry_of_a_hold_goes_out() -> None:
    held = move("x", "bank:cash", "li_lei", 1, pending=True, expires_at=datetime(2024, 6, 1, tzinfo=UTC))
    reader = made(held).reader
    assert "; hold:     ; expires: 2024-06-01T00:00:00.000000Z\n" in written(hledger(reader))
    assert '  expires: "2024-06-01T00:00:00.000000Z"\n' in written(beancount(reader))


def test_a_book_without_postings_is_a_journal(tmp_path: Path) -> None:
    ledger = Ledger.create(MemoryStore(), Book(1, "empty", CNY, DAY), clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    assert checked(written(hledger(ledger.reader)), tmp_path).returncode == 0


def loaded(text: str) -> tuple[list[Any], list[Any]]:
    loader = pytest.importorskip("beancount.loader")
    entries, errors, _ = loader.load_string(text)
    return entries, errors


def test_beancount_accepts_a_book_and_finds_the_same_balances() -> None:
    ledger = made()
    text = written(beancount(ledger.reader))
    entries, errors = loaded(text)
    assert errors == []
    paths = {it.account: it.meta["path"] for it in entries if type(it).__name__ == "Open"}
    assert sorted(paths.values()) == sorted(it.path for it in ACCOUNTS)
    sums: dict[str, int] = {}
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            path = paths[posting.account]
            scale = next(it.unit.scale for it in ACCOUNTS if it.path == path)
            sums[path] = sums.get(path, 0) + int(posting.units.number.scaleb(scale))
    assert {path: it for path, it in sums.items() if it} == {
        path: it for path, it in balances(ledger).items() if it
    }
    assert loaded(text.replace("  9.98 ~ 0 CNY.2", "  9.97 ~ 0 CNY.2"))[1] != []


def by_path(reader: Reader) -> dict[tuple[str, str], Decimal]:
    """Our balances by the names that a ledger of Beancount has for accounts and units."""
    units, accounts = Shape.of(reader).units, list(reader.accounts())
    names = beancount_names(it.account for it in accounts)
    return {
        (names[it.account.path], units[it.account.unit]): Decimal(
            Amount(it.debits - it.credits, it.account.unit).decimal()
        )
        for it in accounts
        if it.debits != it.credits
    }


@pytest.mark.skipif(not rustledger.INSTALLED, reason="rustledger is not installed")
def test_rustledger_accepts_a_book_and_finds_the_same_balances() -> None:
    reader = made().reader
    text = written(beancount(reader))
    assert rustledger.opinion(text) == ([], by_path(reader))
    assert rustledger.opinion(text.replace("  9.98 ~ 0 CNY.2", "  9.97 ~ 0 CNY.2"))[0] != []


def test_what_belongs_together_has_a_link_in_beancount() -> None:
    ledger = made()
    linked: dict[str, list[int]] = {}
    for entry in loaded(written(beancount(ledger.reader)))[0]:
        for link in getattr(entry, "links", None) or ():
            linked.setdefault(link, []).append(int(entry.meta["number"]))
    reversed_ = next(it.number for it in ledger.reader.entries() if it.transaction.key == "r")
    assert linked[f"transaction-{reversed_}"] == [reversed_, reversed_ + 1]


words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@given(words, words)
def test_whatever_is_said_of_it_a_transaction_is_read_back_whole(description: str, actor: str) -> None:
    ledger = made(move("k", "li_lei", "bank:cash", 1, description=description, actor=actor))
    entries, errors = loaded(written(beancount(ledger.reader)))
    assert errors == []
    found = next(it for it in entries if it.meta.get("key") == "k")
    assert "".join(found.narration.split()) == "".join(description.split())


def test_csv_has_a_row_for_each_posting() -> None:
    ledger = made()
    rows = list(csv.DictReader(written(as_csv(ledger.reader)).splitlines(keepends=True)))
    assert len(rows) == sum(len(it.transaction.postings) for it in ledger.reader.entries())
    assert {row["description"] for row in rows if row["key"] in ("1, 2", "h")} == {NASTY}
    assert [(row["account"], row["debit"], row["credit"]) for row in rows if row["key"] == "f"] == [
        ("fine", "1.2345", ""),
        ("fine:other", "", "1.2345"),
    ]
    assert {row["key"] for row in rows if row["pending"] == "true"} == {"h", "open hold"}


@pytest.mark.parametrize("said", ["one\rtwo", "one\ntwo", "one\r\n2,two", '"\r"'])
def test_no_text_ends_a_row_of_csv(said: str) -> None:
    text = written(as_csv(made(move("k", "li_lei", "bank:cash", 1, description=said)).reader))
    rows = [row for row in csv.DictReader(StringIO(text, newline=""), strict=True) if row["key"] == "k"]
    assert [row["description"] for row in rows] == [said, said]


def test_lines_of_json_can_be_posted_into_another_book() -> None:
    ledger = made()
    other = Ledger.create(MemoryStore(), Book(1, "copy", CNY, DAY), clock=lambda: NOON)
    other.open(ACCOUNTS, key="open")
    for line in written(as_jsonl(ledger.reader)).splitlines():
        form = json.loads(line)["transaction"]
        if form["kind"] in ("move", "grant"):
            other.post(transaction_of(other, form, {"key": ""}))
    assert other.balance("points").net == 7
    assert (
        other.balance("li_lei").available == 10_01 - 4 - 4
    )  # both holds, and what captures one is another form


# --- a statement -----------------------------------------------------------------------------------


def test_a_statement_is_valid_by_the_schema(shared_data: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    schema = etree.XMLSchema(etree.parse(shared_data / "data" / "statements" / "xsd" / "camt.053.001.08.xsd"))
    ledger = made(move("k" * 100, "li_lei", "bank:cash", 1, description=NASTY * 20, kind="k" * 50))
    for path in ("li_lei", "bank:cash", "Li-lei", "现金:a.b"):
        for span in ((), (date(2024, 5, 2), None), (None, date(2024, 5, 1))):
            text = written(camt053(ledger.reader, path, NOON, *span))
            schema.assertValid(etree.fromstring(text.encode()))


def test_a_statement_shows_a_credit_to_the_customer_as_a_credit() -> None:
    text = written(camt053(made().reader, "li_lei", NOON))
    assert text.index("<CdtDbtInd>CRDT") < text.index('<Amt Ccy="CNY">10.01</Amt>')
    assert '<Amt Ccy="CNY">9.98</Amt>\n        <CdtDbtInd>CRDT' in text
    assert '<Amt Ccy="CNY">9.98</Amt>\n        <CdtDbtInd>DBIT' in written(
        camt053(made().reader, "bank:cash", NOON)
    )


@pytest.mark.parametrize("path", ["points", "7"])
def test_what_is_no_currency_has_no_statement(path: str) -> None:
    with pytest.raises(NotExportable):
        written(camt053(made().reader, path, NOON))


def test_a_statement_has_no_more_digits_than_the_format() -> None:
    ledger = made(move("big", "Li-lei", "bank:cash", 10**18))
    with pytest.raises(NotExportable):
        written(camt053(ledger.reader, AccountPath("bank:cash"), NOON))


def test_an_unknown_account_has_no_statement() -> None:
    with pytest.raises(UnknownAccount):
        written(camt053(made().reader, "nobody", NOON))


# --- the examples ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS if settings().max_examples > 1_000 else SHORT)
def test_the_book_of_an_example_is_accepted(name: str, tmp_path: Path) -> None:
    store = MemoryStore()
    simulate(load(EXAMPLES / f"{name}.toml"), store)
    with store.reading(1) as reader:
        done = checked(written(hledger(reader)), tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        text = written(beancount(reader))
        assert loaded(text)[1] == []
        if rustledger.INSTALLED:
            assert rustledger.opinion(text) == ([], by_path(reader))
