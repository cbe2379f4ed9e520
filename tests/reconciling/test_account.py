"""An account against its statements: the difference is explained to the last unit, whatever is planted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from attrs import evolve
from click.testing import CliRunner
from tests.ledger.making import CNY, DAY, move
from tests.reconciling.planting import START, planted
from tests.schemas import hold

from bankcore.amounts import Amount
from bankcore.cli import main
from bankcore.errors import BadAmount, BadDate, BadFile, UnitMismatch, UnknownName
from bankcore.interchange.exports.camt053 import camt053
from bankcore.ledger.accounts import Account, Side
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.reconciliation import read_statements, reconcile_account
from bankcore.reconciling.account import reconcile
from bankcore.reconciling.items import Kind, Sureness
from bankcore.reconciling.result import Known, Reconciliation, State
from bankcore.reconciling.statements import BankStatement, StatementBalance, StatementEntry
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

EUR = Unit("EUR/2")
NOON = datetime(2024, 5, 9, 12, tzinfo=UTC)
MAP = """key = "{id}"
[date]
column = "day"
[amount]
column = "amount"
unit = "CNY/2"
[balance]
column = "balance"
[account]
path = "bank:cash"
type = "asset"
[[contra]]
path = "trade"
type = "equity"
"""


def day(number: int) -> date:
    return START + timedelta(number)


def entry(quantity: int, at: int, *references: str, **more: object) -> StatementEntry:
    return StatementEntry(at, Amount(quantity, EUR), day(at), None, references, **more)  # type: ignore[arg-type]


def stated(
    *entries: StatementEntry,
    opening: int | None = 0,
    closing: int | None = None,
    on: tuple[int, int] = (-1, 20),
) -> BankStatement:
    total = (opening or 0) + sum(it.amount.quantity for it in entries)
    return BankStatement(
        "ofx1", "s", "NL1", EUR,
        None if opening is None else StatementBalance(Amount(opening, EUR), day(on[0])),
        StatementBalance(Amount(total if closing is None else closing, EUR), day(on[1])),
        entries,
    )  # fmt: skip


def check_explained(found: Reconciliation) -> None:
    assert sum(quantity for _, quantity in found.explained) == found.difference


# --- the difference -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_the_difference_is_explained_to_the_last_unit(seed: int) -> None:
    """Also where opening balances differ, the statement does not add up, or the period is cut anywhere."""
    chance = Random(seed)
    plant = planted(chance, 30, 2, named=bool(seed % 2), equal=bool(seed % 3))
    entries = tuple(
        StatementEntry(place, Amount(it.quantity, EUR), it.day, None, tuple(it.references))
        for place, it in enumerate(plant.theirs)
    )
    numbers = {it.name: number for number, it in enumerate(plant.ours, start=1)}
    known = [
        Known(numbers[it.name], it.day, it.quantity, references=tuple(it.references),
              reverses=numbers.get(it.undoes, 0))
        for it in plant.ours
    ]  # fmt: skip
    opening, gap = chance.choice((0, 0, 700)), chance.choice((0, 0, -3))
    total = sum(it.quantity for it in plant.theirs)
    statement = stated(*entries, opening=opening, closing=opening + total + gap, on=(-1, 120))
    for span in ((None, None), (day(20), None), (None, day(30)), (day(10), day(40))):
        found = reconcile([statement], known, EUR, since=span[0], until=span[1])
        check_explained(found)
        assert found.state is (State.NOT_ADDING_UP if gap else State.OPEN)
        parts = dict(found.explained)
        assert parts["the statement does not add up by"] == gap
    whole = reconcile([statement], known, EUR)
    assert dict(whole.explained)["opening balances differ by"] == opening
    ours = Counter((it.kind, it.row.amount.quantity) for it in whole.open if it.in_book)
    theirs = Counter((it.kind, it.row.amount.quantity) for it in whole.open if not it.in_book)
    assert (ours, theirs) == (plant.open_ours, plant.open_theirs)


def test_statements_that_overlap_count_each_entry_once() -> None:
    coffees = [entry(-350, 1), entry(-350, 1)]  # two, on one day: both statements have both
    first = stated(*coffees, entry(900, 2, "r"), on=(-1, 2))
    second = stated(*coffees, entry(900, 2, "r"), entry(-1, 5), on=(-1, 5))
    known = [Known(1, day(1), -350), Known(2, day(1), -350), Known(3, day(2), 900), Known(4, day(5), -1)]
    found = reconcile([first, second, first], known, EUR)
    assert (found.state, found.repeated, len(found.matches)) == (State.RECONCILED, 6, 4)
    check_explained(found)


def test_a_payment_on_its_way_is_matched_and_part_of_the_difference() -> None:
    known = [Known(1, day(3), 500), Known(2, day(22), -200)]
    found = reconcile([stated(entry(500, 3), entry(-200, 19))], known, EUR)
    assert found.state is State.RECONCILED
    assert dict(found.explained)["matched postings of other days"] == found.difference == -200


@pytest.mark.parametrize(("opened", "since"), [(0, 1), (-1, 0)])
def test_the_day_of_an_opening_balance_may_be_before_or_the_first(opened: int, since: int) -> None:
    known = [Known(1, day(0), 100), Known(2, day(4), 50)]
    found = reconcile([stated(entry(50, 4), opening=100, on=(opened, 5))], known, EUR)
    assert (found.since, found.open == ()) == (day(since), since == 1)
    first = reconcile([stated(entry(100, 0), entry(50, 4), on=(0, 5))], known, EUR)
    assert (first.since, first.state) == (day(0), State.RECONCILED)
    missed = reconcile(
        [stated(entry(50, 4), on=(0, 5))], known, EUR
    )  # the bank opens with 0: what is of day 0?
    assert (missed.since, [it.kind for it in missed.open]) == (day(0), [Kind.NOT_ON_STATEMENT])


def test_ages_and_places() -> None:
    found = reconcile([stated(entry(7, 15, "a"), on=(-1, 20))], [Known(3, day(18), 9, "k")], EUR)
    assert [(it.age, it.row.place, it.row.reference) for it in found.open] == [(2, 3, "k"), (5, 15, "a")]
    assert [len(table.rows) for table in found.tables()] == [2, 0, 1, 6]


def test_without_an_opening_balance_it_is_what_the_entries_leave() -> None:
    found = reconcile([stated(entry(50, 4), opening=None, closing=150)], [Known(1, day(0), 100)], EUR)
    assert (found.opening, found.statements[0].adds_up) == (100, None)
    check_explained(found)
    bare = BankStatement("ofx1", "", "", Unit("XXX/2"), None, None, (entry(50, 4),))
    none = reconcile([bare], [Known(1, day(4), 50)], EUR)
    assert (none.difference, none.explained, none.state) == (None, (), State.RECONCILED)


def test_an_ambiguous_match_keeps_an_account_open() -> None:
    known = [Known(1, day(4), 50, "a"), Known(2, day(4), 50, "b")]
    found = reconcile([stated(entry(50, 5))], known, EUR)
    assert [it.sureness for it in found.matches] == [Sureness.AMBIGUOUS]
    assert found.state is State.OPEN


def test_what_is_left_out_is_noted() -> None:
    announced = entry(50, 4, booked=False)
    other = BankStatement("ofx1", "", "NL2", EUR, None, None, (entry(0, 4),), notes=("a note",))
    found = reconcile([stated(announced, closing=0), other], [], EUR)
    assert [note.split(":")[0] for note in found.notes] == [
        "a note", "statements of several accounts", "line 4", "line 4"
    ]  # fmt: skip
    assert found.state is State.RECONCILED


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(UnitMismatch):
        reconcile([stated()], [], CNY)
    dollar = StatementEntry(1, Amount(1, Unit("USD/2")), day(1))
    foreign = evolve(stated(entry(1, 4)), entries=(dollar,), opening=None)
    assert reconcile([foreign], [], EUR).state is State.INCOMPLETE
    with pytest.raises(BadDate, match="no date"):
        reconcile(
            [BankStatement("x", "", "", EUR, None, None, (StatementEntry(1, Amount(1, EUR), None),))], [], EUR
        )
    with pytest.raises(BadDate, match="give the period"):
        reconcile([BankStatement("x", "", "", EUR, None, None, ())], [], EUR)
    with pytest.raises(BadDate, match="before"):
        reconcile([stated(entry(1, 4))], [], EUR, since=day(9), until=day(8))
    with pytest.raises(BadAmount):
        reconcile([stated(entry(1, 4))], [], Unit("EUR/0"))
    dated = reconcile([stated(StatementEntry(1, Amount(1, EUR), None))], [], EUR)
    assert dated.open[0].row.day == day(20)  # that of the closing balance


# --- a book --------------------------------------------------------------------------------------------


def book() -> Ledger:
    ledger = Ledger.create(MemoryStore(), Book(1, "b", CNY, DAY), clock=lambda: NOON)
    accounts = [Account("bank:cash", "asset", CNY), Account("trade", "liability", CNY)]
    ledger.open([*accounts, Account("empty", "asset", CNY)], key="open")
    for number in range(30):
        ledger.post(
            move(f"k{number}", "trade", "bank:cash", 1000 + number % 3, description=f"invoice {number}")
        )
    ledger.post(move("wrong", "bank:cash", "trade", 7, details={"bank": {"reference": "E2E-1"}}))
    ledger.reverse(32, key="back", effective_on=DAY)
    return ledger


@pytest.mark.parametrize("path", ["bank:cash", "trade"])
def test_a_statement_of_our_own_is_reconciled(tmp_path: Path, path: str) -> None:
    ledger = book()
    file = tmp_path / "own.xml"
    file.write_text("".join(camt053(ledger.reader, path, NOON)), encoding="utf-8")
    (statement,) = read_statements(file)
    assert statement.adds_up
    # A statement of ours shows credits as coming in, whichever side is the normal one, and is known as ours.
    found = reconcile_account(ledger.reader, path, [statement])
    assert (found.state, found.difference, found.open) == (State.RECONCILED, 0, ())
    turned = reconcile_account(ledger.reader, path, [statement], side=Side.DEBIT)
    assert turned.state is State.OPEN
    check_explained(turned)
    other = reconcile_account(ledger.reader, path, [evolve(statement, issuer="bankcore of another book")])
    assert other.state is (State.OPEN if path == "bank:cash" else State.RECONCILED)


@pytest.mark.parametrize("seed", range(6))
def test_every_statement_of_our_own_agrees_with_the_book(tmp_path: Path, seed: int) -> None:
    """Also of parts of the time, and with postings that are recorded long after their value dates."""
    chance, now = Random(seed), [NOON]
    ledger = Ledger.create(MemoryStore(), Book(1, "b", CNY, DAY), clock=lambda: now[0])
    types = {"a": "asset", "l": "liability", "e": "equity", "i": "income", "x": "expense"}
    ledger.open([Account(path, it, CNY) for path, it in types.items()], key="open")
    for number in range(40):
        now[0] += timedelta(hours=chance.randrange(40))
        one, other = chance.sample([*types], 2)
        on = DAY + timedelta(chance.randrange(25))
        posted = ledger.post(
            move(f"k{number}", one, other, chance.choice((5, 5, 99, number + 1)), effective_on=on)
        )
        if chance.random() < 0.2:
            ledger.reverse(
                posted.number, key=f"back{number}", effective_on=on + timedelta(chance.randrange(4))
            )
    last = DAY + timedelta(30)
    for path in types:
        cut = DAY + timedelta(chance.randrange(20))
        spans = [(None, None), (None, cut), (cut, None), (cut, cut + timedelta(5)), (cut, last)]
        files = []
        for place, span in enumerate(spans):
            files.append(tmp_path / f"{path}{place}.xml")
            files[-1].write_text("".join(camt053(ledger.reader, path, now[0], *span)), encoding="utf-8")
        halves = [statement for it in (files[1], files[4]) for statement in read_statements(it)]
        for statements in (*map(read_statements, files), halves):
            found = reconcile_account(ledger.reader, path, statements)
            assert (found.state, found.difference, found.open) == (State.RECONCILED, 0, ()), found.faults


def test_details_are_references(tmp_path: Path) -> None:
    statement = BankStatement("mt940", "", "", CNY, None, None,
                              (StatementEntry(1, Amount(-7, CNY), DAY, None, ("E2E1",)),))  # fmt: skip
    found = reconcile_account(book().reader, "bank:cash", [statement])
    (known,) = (it for it in found.matches if it.theirs)
    assert (known.sureness, known.ours) == (Sureness.CERTAIN, ("32",))


def test_a_csv_by_the_map_of_replay(tmp_path: Path) -> None:
    from bankcore.replay import Mapping

    file = tmp_path / "may.csv"
    file.write_text(
        "id,day,amount,balance\nk1,2024-05-01,10.01,10.01\nz,2024-05-02,-1.00,9.01\n", encoding="utf-8"
    )
    (statement,) = read_statements(file, Mapping.parse(MAP))
    assert (statement.adds_up, str(statement.total)) == (True, "9.01 CNY")
    assert statement.opening == StatementBalance(Amount(0, CNY), None)
    found = reconcile_account(book().reader, "bank:cash", [statement])
    assert [it.kind for it in found.open if not it.in_book] == [Kind.NOT_IN_BOOK]
    check_explained(found)
    for days in (("03", "02"), ("02", "02")):  # the newest row first, which only balances tell on one day
        later, earlier = (
            f"{id},2024-05-{it},{row}\n" for it, id, row in zip(days, "ba", ("-1,7", "8,8"), strict=True)
        )
        for rows, adds_up in ((later + earlier, True), (later.replace(",7", ",6") + earlier, False)):
            file.write_text(f"id,day,amount,balance\n{rows}", encoding="utf-8")
            (statement,) = read_statements(file, Mapping.parse(MAP))
            assert statement.adds_up is adds_up
    file.write_text("id,day,amount,balance\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no statement"):
        read_statements(file, Mapping.parse(MAP))


OFX = """<OFX><STMTRS><CURDEF>CNY<BANKACCTFROM><ACCTID>{}</BANKACCTFROM><BANKTRANLIST><STMTTRN>
<DTPOSTED>20240501<TRNAMT>5<FITID>f</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>{}<DTASOF>20240502</LEDGERBAL></STMTRS>{}</OFX>"""


def test_a_file_of_several_accounts_wants_a_choice(tmp_path: Path) -> None:
    file = tmp_path / "two.ofx"
    file.write_text(OFX.format("1", "5", OFX.format("2", "5", "")[5:-6]), encoding="utf-8")
    for account in (None, "3"):
        with pytest.raises(UnknownName):
            read_statements(file, account=account)
    assert [it.account for it in read_statements(file, account="2")] == ["2"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANKCORE_BOOK", "bank.db")

    def run(*words: str, status: int = 0) -> str:
        ran = CliRunner().invoke(main, words)
        assert ran.exit_code == status, ran.output
        hold(words, ran.stdout, ran.stderr)
        return ran.stdout

    run("init", "--opened-on", "2024-05-01", "--zone", "UTC")
    for path, kind in (("bank:cash", "asset"), ("trade", "equity")):
        run("account", "open", path, "--type", kind)
    run("post", "--debit", "bank:cash", "5", "--credit", "trade", "5", "--on", "2024-05-01", "--key", "f")
    head = run("transaction", "3")
    Path("s.ofx").write_text(OFX.format("1", "5", ""), encoding="utf-8")
    assert json.loads(run("reconcile", "bank:cash", "s.ofx", "--json"))["state"] == "reconciled"
    assert "the other sign" in run("reconcile", "bank:cash", "s.ofx", "--in", "credit", "--csv", status=7)
    Path("d.ofx").write_text(OFX.format("1", "8", ""), encoding="utf-8")
    assert (
        json.loads(run("reconcile", "bank:cash", "d.ofx", "--json", status=7))["difference"]["quantity"]
        == 300
    )
    camt = "".join(camt053(book().reader, "bank:cash", NOON)).replace(
        '<Amt Ccy="CNY">10.01<', '<Amt Ccy="CNY">10.02<', 1
    )
    Path("c.xml").write_text(camt, encoding="utf-8")
    run("reconcile", "bank:cash", "c.xml", status=8)
    run("reconcile", "bank:cash", "c.xml", "--map", "m", "--format", "ofx", status=2)
    Path("n.txt").write_text("nothing", encoding="utf-8")
    run("reconcile", "bank:cash", "n.txt", status=2)
    assert run("transaction", "3") == head  # it only reads
