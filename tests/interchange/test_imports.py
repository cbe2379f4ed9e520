"""Journals of other programs are taken into a book with the balances that those programs find."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interchange.test_exports import EXAMPLES, SCENARIOS, balances, made, written

from bankcore import Bank, MemoryStore
from bankcore.errors import BadFile, LibraryMissing, UnknownName
from bankcore.interchange.exports.beancount import beancount
from bankcore.interchange.exports.hledger import hledger
from bankcore.interchange.imports import (
    BadJournal,
    NotRepresented,
    Taken,
    Told,
    TypesUnknown,
    read_journal,
    take_in,
)
from bankcore.interchange.imports.files import Files
from bankcore.ledger.accounts import AccountType
from bankcore.ledger.evidence.audit import verify
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load
from bankcore.units import Unit

DAY = date(2024, 5, 1)
Balances = Mapping[tuple[str, str], Fraction]
ANY = {"*": AccountType.ASSET}


def a_bank() -> Bank:
    return Bank.create(MemoryStore(), opened_on=DAY)


def told_of(text: str, folder: Path, form: str = "hledger", year: int | None = None) -> Told:
    file = folder / "a.journal"
    file.write_bytes(text.encode())
    return read_journal(file, form, year=year)


def imported(
    text: str, folder: Path, form: str = "hledger", **asked: Any
) -> tuple[Bank, Taken, dict[tuple[str, str], str]]:
    """The book, the outcome, and what each name holds of each commodity, as decimal text."""
    bank = a_bank()
    taken = take_in(bank, told_of(text, folder, form), source="a", **{"types": ANY, **asked})
    held = {
        (it.name, it.commodity): str(Fraction(it.quantity, 10**it.account.unit.scale))
        for it in taken.accounts
    }
    return bank, taken, held


def in_book(bank: Bank, taken: Taken) -> Balances:
    """What the book itself has, by names of the journal; zeros and accounts between units left out."""
    found = {}
    for it in taken.accounts:
        net = bank.ledger.balance(it.account.path).net * it.account.normal_side.sign
        if net and not it.name.startswith("("):
            found[it.name, it.commodity] = Fraction(net, 10**it.account.unit.scale)
    return found


# --- the balances of other programs ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["demo.ledger", "drewr.dat", "transfer.dat", "example.beancount"])
def test_every_balance_is_the_one_expected(name: str, shared_data: Path) -> None:
    if name.endswith("beancount"):
        pytest.importorskip("beancount")
    folder = shared_data / "data" / "pta"
    with (folder / "expected_balances.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] == name]
    bank, told = a_bank(), read_journal(folder / name)
    taken = take_in(bank, told, source=name)
    assert in_book(bank, taken) == {
        (row["account"], row["commodity"]): Fraction(row["amount"]) for row in rows
    }
    assert (taken.refused, verify(bank.ledger.reader, bank.ledger.book, ()).findings) == ([], ())
    again = take_in(bank, read_journal(folder / name), source=name)
    assert (again.posted, again.replayed, again.opened) == (0, taken.posted, 0)


WIDE = """\
; comment
# another
* heading
commodity $1,000.00
commodity "AAA 1"
  format 1000.000 "AAA 1"
account assets:cash  ; type:C
D $1,000.00
Y2024
alias ck = assets:bank:checking
include sub/*.journal

1/2 * (code1) payee | note  ; tag:val, other:
    ; transaction comment
    ck            100
    ; posting comment
    assets:cash
2024.01.03=2024.01.09 ! two
    expenses:food    $ 1,234.50 ; hi
    ! expenses:tax     $-0.50
    assets:cash
2024-01-04 buy
    assets:stock   10.5 "AAA 1" @ $33.333
    assets:cash
2024-01-05 in all
    assets:stock   3 "AAA 1" @@ $100.01
    assets:cash   $-100.01
2024-01-06 two commodities against each other
    assets:eur    10 EUR
    assets:cash  $-12
2024-1-7 several are elided
    expenses:food  5 EUR
    expenses:food  -$7
    expenses:food  1 000 000,5 XYZ
    expenses:Ärzte & Co  5€
    assets:cash
2024-01-08 virtual
    expenses:food   $5
    assets:cash
    [budget:food]    $-5
    [budget:rest]
    (alone)  $4
2024-01-10 balances
    assets:bank:checking     = $500
    equity:adjust
2024-01-11
    assets:bank   $0 =* $500
    assets:bank:checking  $1 == $501
    income:x
apply account people:joe
2024-01-13 below
    debts   $3
    cash
end apply account
comment
2024-01-01 nothing
    a   1
end comment
2024-03-02 sold
    assets:stock  -1 "AAA 1" {$3} [2024-01-01] @ $40
    assets:cash   $40.00
2024-03-03
    assets:stock  -2 "AAA 1" @@ $80
    assets:cash
2024-03-04 exponent
    expenses:food  1.5E3 XYZ
    assets:cash    -BTC0.00012345
    other:btc      BTC 0.00012345
    assets:xyz
"""


def second_opinion(file: Path) -> Balances:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed")
    asked = [program, "-f", str(file), "balance", "--flat", "-N", "-O", "csv", "--layout=bare"]
    done = subprocess.run(asked, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        number = row["balance"].replace(" ", "")
        number = number.replace(",", ".") if "." not in number else number.replace(",", "")
        found[row["account"], row["commodity"].strip('"')] = Fraction(number)
    return {name: number for name, number in found.items() if number}


def test_a_journal_of_many_forms_has_the_balances_of_hledger(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.journal").write_bytes(b"\xef\xbb\xbf2024-02-01 mark\r\n  a:b  5 CR\r\n  a:c\r\n")
    bank, taken, _ = imported(WIDE, tmp_path)
    assert in_book(bank, taken) == second_opinion(tmp_path / "a.journal")
    assert Counter(it.what for it in taken.gaps) == {"cost": 5, "virtual posting": 1, "rounding": 1}


sums = st.integers(-(10**6), 10**6)


@st.composite
def journals(draw: st.DrawFn) -> str:
    """Journals with elided amounts, and costs or balances that are set: hledger 1.25 mixes up both."""
    lines = ["commodity 1000.00 EUR", "commodity 1000.000 FUND"]
    names = st.sampled_from(["a", "a:b", "b c", "c:d"])
    for number in range(draw(st.integers(1, 12))):
        lines.append(f"2024-{draw(st.integers(1, 12)):02}-{draw(st.integers(1, 28)):02} t{number}")
        balance = draw(st.integers(0, 3)) == 0
        for _ in range(draw(st.integers(1, 3))):
            amount = draw(sums)
            text = f"{amount // 100}.{amount % 100:02} EUR"
            if not balance and draw(st.booleans()):
                text = f"{amount % 1000}.5 FUND @ {draw(st.integers(1, 999))}.5 EUR"
            lines.append(f"  {draw(names)}  {text}")
        if balance:
            lines.append(f"  {draw(names)}  = {draw(st.integers(0, 99))}.5 EUR")
        lines.append("  rest")
    return "\n".join(lines) + "\n"


@settings(max_examples=max(8, settings().max_examples // 20), deadline=None)
@given(journals())
def test_any_journal_has_the_balances_of_hledger(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("journal")
    bank, taken, _ = imported(text, folder)
    assert not taken.refused
    assert in_book(bank, taken) == second_opinion(folder / "a.journal")


# --- there and back -----------------------------------------------------------------------------------


def there_and_back(reader: Any, folder: Path, form: str) -> dict[str, tuple[str, int]]:
    text = written(hledger(reader) if form == "hledger" else beancount(reader))
    bank, taken, _ = imported(text, folder, form, types={})
    assert taken.refused == []
    return {
        it.account.path: (it.account.unit, it.debits - it.credits)
        for it in bank.ledger.reader.accounts()
        if it.debits or it.credits
    }


@pytest.mark.parametrize("form", ["hledger", "beancount"])
def test_an_exported_book_comes_back_with_its_balances(form: str, tmp_path: Path) -> None:
    if form == "beancount":
        pytest.importorskip("beancount")
    ledger = made()
    units = {it.account.path: it.account.unit for it in ledger.reader.accounts()}
    back = there_and_back(ledger.reader, tmp_path, form)
    assert back == {path: (units[path], it) for path, it in balances(ledger).items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS if settings().max_examples > 1_000 else ["loans"])
def test_the_book_of_an_example_comes_back(name: str, tmp_path: Path) -> None:
    pytest.importorskip("beancount")
    store = MemoryStore()
    simulate(load(EXAMPLES / f"{name}.toml"), store)
    with store.reading(1) as reader:
        held = {
            it.account.path: (it.account.unit, it.debits - it.credits)
            for it in reader.accounts()
            if it.debits or it.credits
        }
        for form in ("hledger", "beancount"):
            assert there_and_back(reader, tmp_path, form) == held


# --- keys ----------------------------------------------------------------------------------------------

COFFEE = "2024-01-01 coffee\n  expenses:food  3 EUR\n  assets:cash\n\n"


def test_equal_transactions_stay_two_and_a_grown_journal_goes_on(tmp_path: Path) -> None:
    bank, taken, held = imported(COFFEE * 2, tmp_path)
    assert (taken.posted, held["expenses:food", "EUR"]) == (2, "6")
    grown = "2023-12-31 tea\n  expenses:food  1 USD\n  assets:cash\n" + COFFEE * 3
    again = take_in(bank, told_of(grown, tmp_path), source="a")
    assert (again.posted, again.replayed, again.refused) == (2, 2, [])
    assert [str(bank.amount(it)) for it in ("expenses:food", "expenses:food:USD")] == ["9 EUR", "1 USD"]
    other = take_in(bank, told_of(COFFEE, tmp_path), source="another")
    assert other.posted == 1


def test_what_the_book_refuses_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    text = COFFEE + "2024-01-02 big\n  expenses:food  99999999999999999999 EUR\n  assets:cash\n" + COFFEE
    _, taken, held = imported(text, tmp_path)
    assert (taken.posted, held["assets:cash", "EUR"]) == (2, "-100000000000000000005")
    assert [(it.place.line, it.error.code) for it in taken.refused] == [(5, "amount_overflow")]


# --- names, types and units ----------------------------------------------------------------------------


def test_an_account_has_the_type_that_is_asked_or_declared_or_told_by_its_name(tmp_path: Path) -> None:
    text = (
        "account till  ; type:A\naccount sales\n  ; type: Revenue\n"
        "2024-01-01 x\n  till:one  5 EUR\n  sales  -1 EUR\n  Debts:x  -1 EUR\n  资产:现金  1 EUR\n  other:x\n"
    )
    with pytest.raises(TypesUnknown) as refused:
        imported(text, tmp_path, types={})
    assert refused.value.fields() == {"count": 1, "accounts": "other"}
    bank, _, _ = imported(text, tmp_path, types={"other:x": AccountType.EXPENSE, "till": AccountType.EQUITY})
    assert {it.account.path: it.account.type.value for it in bank.ledger.reader.accounts()} == {
        **{"till:one": "equity", "sales": "income", "Debts:x": "liability", "资产:现金": "asset"},
        "other:x": "expense",
    }


def test_units_have_the_decimals_that_are_written_and_signs_their_codes(tmp_path: Path) -> None:
    text = (
        "2024-01-01 x\n  a  1.5 bytes\n  a  $2.25\n  a  3€\n  a  4 EUR\n  a  5\n  a  6.000 ¤\n  b\n"
        '2024-01-02 y\n  a  1 "2 år"\n  a  7 CNY\n  a  8 bytes.\n  a b  1 EUR\n  b\n'
    ).replace(" bytes.", " bytes")
    bank, taken, _ = imported(text, tmp_path, units={"": Unit("HOUR/1")})
    assert {it.commodity: it.account.unit for it in taken.accounts} == {
        **{"bytes": "BYTES/1", "$": "USD/2", "€": "EURX2/0", "EUR": "EUR/0", "": "HOUR/1"},
        **{"¤": "UA4/3", "2 år": "U2AR/0", "CNY": "CNY/2"},
    }
    paths = {it.account.path for it in taken.accounts}
    assert {"a", "a:USD", "a:EUR", "a-b"} <= paths
    assert len(paths) == len(taken.accounts)
    assert verify(bank.ledger.reader, bank.ledger.book, ()).findings == ()


def test_what_no_unit_can_hold_is_rounded_and_balances(tmp_path: Path) -> None:
    text = (
        "2024-01-01 x\n  a  0.12345678949 ETH\n  b  -0.12345678949 ETH\n"
        "2024-01-02 y\n  a  1.0000000006 ETH\n  b  -1 ETH\n  c  -0.0000000006 ETH\n"
    )
    bank, taken, held = imported(text, tmp_path)
    assert Counter(it.what for it in taken.gaps) == {"precision": 4}
    assert held["a", "ETH"] == str(Fraction(1_123_456_790, 10**9))
    assert verify(bank.ledger.reader, bank.ledger.book, ()).findings == ()


def test_a_rest_within_the_decimals_that_are_declared_is_rounding(tmp_path: Path) -> None:
    text = "2024-01-01 x\n  a   $1.004\n  b  $-1.003\n"
    with pytest.raises(BadJournal, match=r"0\.001"):
        told_of(text, tmp_path)
    _, taken, held = imported(f"commodity $1.00\n{text}", tmp_path)
    assert (held["a", "$"], held["(rounding)", "$"]) == ("251/250", "-1/1000")
    assert [(it.what, it.place.line) for it in taken.gaps] == [("rounding", 2)]


@pytest.mark.parametrize("piece", ['"', ";", "x;", "a:", "a:,", " 000", "{", "(", "1+", ":a", " [1"])
def test_a_long_line_is_read_or_refused_in_a_moment(piece: str, tmp_path: Path) -> None:
    """What took the square of its length would take hours here."""
    for text in (
        f"2024-01-01 x ;{piece * 200_000}\n  a  1\n  b\n",
        f"2024-01-01 x\n  a  1{piece * 20_000}\n  b\n",
    ):
        for form in ("hledger", "ledger"):
            with suppress(BadJournal):
                assert len(told_of(text, tmp_path, form).transactions) == 1


def test_an_account_that_is_in_the_book_is_used(tmp_path: Path) -> None:
    from bankcore import Account

    bank = a_bank()
    cash = Account("assets:cash", "asset", "EUR/0", opened_on=date(2024, 1, 1))
    bank.doors().open([cash], key="cash")
    taken = take_in(bank, told_of(COFFEE, tmp_path), source="a")
    assert (taken.opened, str(bank.amount("assets:cash"))) == (1, "-3 EUR")


# --- what has no place in a book -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("P 2024-01-01 EUR $1.2\n", "price"),
        ("~ monthly\n  a  5\n  b\n", "periodic rule"),
        ("= food\n  (x)  *1\n", "automated rule"),
        ("i 2024-01-01 10:00:00 x\no 2024-01-01 11:00:00\n", "time record"),
        ("python\n  import os\n", "program"),
        ("eval 1 + 1\n", "expression"),
        ("C 1.00 Kb = 1024 b\n", "conversion of units"),
        ("alias /x+/ = y\n", "alias"),
        ("apply fixed EUR $1\n", "directive"),
        ("include x.timedot\n", "included file"),
        ("2024-01-01 x\n  a  5 ; [2024-02-01]\n  b\n", "date of a posting"),
        ("2024-01-01 x\n  a  5 ; date:2024-02-01\n  b\n", "date of a posting"),
        ("2024-01-01 x\n  (a)  5\n", "virtual posting"),
        ("2024-01-01 x\n  a  5 X @ 2 Y\n  b\n", "cost"),
        ("2024-01-01 x\n  a  5 X\n  b  -6 Y\n", "cost"),
        ("2024-01-01 x\n  a  5 = 6\n  b\n", "balance"),
        ("2024-01-01 x\n  a  5 X == 6 X\n  b\n", "balance"),
        ("2024-01-01 x\n  a  1,000\n  b\n", "number"),
        ("2024-01-01 x\n  a  0\n  b\n", "empty transaction"),
    ],
)
def test_a_gap_is_named_with_its_line_and_a_strict_import_refuses_it(
    text: str, what: str, tmp_path: Path
) -> None:
    text = f"\n{text}"
    _, taken, _ = imported(text, tmp_path)
    assert next(it.place.line for it in taken.gaps if it.what == what) in (2, 3)
    with pytest.raises(NotRepresented):
        imported(text, tmp_path, strict=True)


def test_what_is_said_besides_is_kept(tmp_path: Path) -> None:
    text = "2024-01-01=2024-01-05 ! (c1) x  ; personal: li, k:v\n  ; more\n  * a  5 X @ 2 Y  ; leg\n  b\n"
    bank, _, _ = imported(text, tmp_path)
    (entry,) = [it for it in bank.ledger.reader.entries() if it.transaction.postings]
    assert entry.transaction.description == "x"
    assert entry.transaction.details == {
        **{"status": "!", "code": "c1", "secondary_date": "2024-01-05"},
        **{"comment": "personal: li, k:v\nmore", "tags": {"personal (tag)": "li", "k": "v"}},
        "postings": {"1": {"status": "*", "comment": "leg", "cost": "2 Y each"}},
    }


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    bank, taken, held = imported(COFFEE, tmp_path, check=True)
    assert (taken.transactions, taken.posted, held["assets:cash", "EUR"]) == (1, 0, "-3")
    assert bank.ledger.reader.head().number == 0


def test_directives_change_how_lines_are_read(tmp_path: Path) -> None:
    text = """\
--strict
decimal-mark ,
apply year 2023
commodity X
  default
account assets:till
  alias t
  default
  check commodity == "X"
tag k
1/2 the default account takes what is left
  income:x   -1,5
1/3 an alias
  t   2,25
  income:x
  ; a comment of the posting
end aliases
apply account people
1/4
  t  1.000,5 Y
  u:v
end apply account
2024/1/5 a balance of zero
  people:t  = 0 Y
  people:u:v
2024/1/6 all of an account
  assets:till  0 X == 0
  income:x  0 X
test 1
2024-99-99
end test
"""
    bank, taken, held = imported(text, tmp_path)
    assert {name: it for name, it in held.items() if it != "0"} == {
        ("assets:till", "X"): "15/4",
        ("income:x", "X"): "-15/4",
    }
    assert [(it.what, it.place.line) for it in taken.gaps] == [("expression", 9), ("balance", 27)]
    days = {it.transaction.effective_on for it in bank.ledger.reader.entries() if it.transaction.postings}
    assert days == {date(2023, 1, 2), date(2023, 1, 3), date(2023, 1, 4), date(2024, 1, 5)}


# --- Ledger reads some things in its own way -----------------------------------------------------------


def test_ledger_has_rules_of_its_own(tmp_path: Path) -> None:
    text = """\
bucket Assets:Checking
account Assets:Checking
    alias chk
2024/01/03 a price of a lot is its cost
    Assets:Cash          $375.00
    Assets:Brokerage      -5 AAPL {$50.00} [2012-04-10] @@ $375.00
    Income:Gains          $-125.00
2024/01/04 elided
    Assets:Brokerage      5 AAPL {$50.00} (first lot)
    Assets:Cash
2024/01/05 arithmetic, and the bucket
    Expenses:Food     ($10 * 3 + 2 * ($1 - $0.50))
2024/01/06 groups;no comment
    chk       $1,000
    Income:X
2024/01/01 in the order of the file
    Income:X    = $0
    Expenses:Food
"""
    bank, _taken, held = imported(text, tmp_path, "ledger")
    assert (held["Assets:Cash", "$"], held["Assets:Brokerage", "AAPL"]) == ("125", "0")
    assert (held["Assets:Checking", "$"], held["Income:X", "$"]) == ("969", "0")
    assert held["Expenses:Food", "$"] == str(31 - 1000)
    assert "groups;no comment" in {it.transaction.description for it in bank.ledger.reader.entries()}


# --- hostile files ---------------------------------------------------------------------------------------

HOSTILE = [
    ("x\n", 1),
    ("  indented\n", 1),
    ("2024-13-01 x\n", 1),
    ("2024-01-01x\n", 1),
    ("01-02 x\n", 1),
    ("10-01-02 x\n", 1),
    ("\n2024-01-01 x\n  a  5\n", 2),
    ("\n2024-01-01 x\n  a  5\n  b\n  c\n", 5),
    ("2024-01-01 x\n  a  5 EUR\n  b  5 USD\n", 1),
    ("2024-01-01 x\n  a  5 X\n  b  -5 Y\n  c  1 Z\n", 1),
    ("2024-01-01 x\n  a  " + "9" * 5000 + "\n  b\n", 2),
    ("2024-01-01 x\n  a  1E999\n  b\n", 2),
    ("2024-01-01 x\n  a  " + "(" * 3000 + "1\n  b\n", 2),
    ("2024-01-01 x\n  a  (1/0)\n  b\n", 2),
    ("2024-01-01 x\n  a  (" + "*".join(["9" * 50] * 30) + ")\n  b\n", 2),
    ("2024-01-01 x\n  a  ($1 + 1 EUR)\n  b\n", 2),
    ("2024-01-01 x\n  a  5 {3\n  b\n", 2),
    ("2024-01-01 x\n  a  5 = 6 = 7\n  b\n", 2),
    ("2024-01-01 x\n  a  5 ~ 7\n  b\n", 2),
    ("2024-01-01 x\n  a  1.2.3,4,5\n  b\n", 2),
    ("2024-01-01 x\n  (a)\n  b  1\n  c\n", 2),
    ("2024-01-01 x\n  ::  1\n  b\n", 2),
    ("2024-01-01 x\n  ;c\n  *\n  b\n", 3),
    ("Y 20\n", 1),
    ("D x\n", 1),
    ("alias x\n", 1),
    ("decimal-mark x\n", 1),
    ("include /etc/passwd\n", 1),
    ("include ../*.journal\n", 1),
    ("include nothing.journal\n", 1),
    ("include a.journal\n", 1),
    ("include ~/x\n", 1),
    ("include " + "x" * 5000 + "\n", 1),
    ("include " + "**/" * 40 + "x\n", 1),
]


@pytest.mark.parametrize(("text", "line"), HOSTILE)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(BadJournal) as refused:
        told_of(text, tmp_path)
    assert (refused.value.line, Path(refused.value.file).name) == (line, "a.journal")


@pytest.mark.parametrize("data", [b"\0", b"\xff\xfe2\0", b"2024-01-01 \xff\n", b"\xed\xa0\x80"])
@pytest.mark.parametrize("form", ["hledger", "ledger", "beancount"])
def test_what_is_no_text_is_refused(data: bytes, form: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises((BadFile, LibraryMissing)):
        read_journal(tmp_path / "x", form)


def test_a_file_that_is_not_there_and_a_format_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        read_journal(tmp_path / "none.journal")
    with pytest.raises(UnknownName):
        read_journal(tmp_path / "none.journal", "gnucash")


@pytest.mark.parametrize("form", ["hledger", "beancount"])
def test_only_files_of_the_folder_are_included_and_none_in_itself(form: str, tmp_path: Path) -> None:
    if form == "beancount":
        pytest.importorskip("beancount")
    (tmp_path / "outside").write_text("", encoding="utf-8")
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "b").write_text('include "a.journal"\n', encoding="utf-8")
    for count in range(25):
        (folder / f"deep{count}").write_text(f'include "deep{count + 1}"\n', encoding="utf-8")
    for name, reason in (
        ("link", "outside"),
        ("b", "itself"),
        ("deep0", "within"),
        ("../outside", "outside"),
    ):
        with pytest.raises(BadJournal, match=reason):
            told_of(f'\ninclude "{name}"\n', folder, form)


def test_files_are_bounded_in_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * 100, encoding="utf-8")
    files = Files(tmp_path / "a")
    files._size = 1 << 28
    with pytest.raises(BadFile):
        files.text(tmp_path / "a")


PIECES = [
    *("2024-01-01 x", "01/02", "=2024-01-02", "\n", "\n  ", "\n\t", "  ", "a:b", "5", "-$5", "1,000.00 EUR"),
    *(
        "@",
        "@@",
        "{",
        "}",
        "{{",
        "= 5",
        "==*",
        "(",
        ")",
        "[a]",
        "(a)",
        ";",
        "; k: v",
        "[2024-01-01]",
        '"',
        "'",
    ),
    *("include", "D", "Y2024", "account", "alias a=b", "apply account", "end", "comment", "commodity", "\0"),
    *("~", "*", "!", "%", "|", "é", "\r", "\ufeff", "9" * 70, "1E60", "/", "+", "..", ",", "P", "bucket"),
    *(
        "option",
        "open",
        "Assets:A",
        "balance",
        "pad",
        "txn",
        '"x"',
        "#tag",
        "^link",
        "USD",
        "plugin",
        "price",
    ),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40), st.booleans())
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], spaced: bool
) -> None:
    data = (" " if spaced else "").join(pieces).encode("utf-8", "surrogatepass")
    file = tmp_path_factory.getbasetemp() / "any.txt"
    file.write_bytes(data)
    for form in ("hledger", "ledger", "beancount"):
        with suppress(BadJournal, BadFile, LibraryMissing):
            take_in(a_bank(), read_journal(file, form), source="x", types=ANY)


# --- Beancount -------------------------------------------------------------------------------------------

LEDGER = """\
option "title" "x"
plugin "os.path"
2020-01-01 open Assets:Cash
2020-01-01 open Assets:Fund FUND "FIFO"
2020-01-01 open Equity:Opening
2020-01-01 open Income:Gains
2020-01-01 commodity FUND
  name: "a fund"
2020-01-01 pad Assets:Cash Equity:Opening
2020-01-02 balance Assets:Cash 1000.00 EUR
pushtag #trip
2020-01-03 * "broker" "buy" ^l1
  key: 5
  Assets:Fund   10 FUND {20.00 EUR}
  Assets:Cash  -(100.00 + 100.00) EUR
poptag #trip
2020-01-04 ! "sell"
  Assets:Fund  -4 FUND {} @ 25.00 EUR
  Assets:Cash  100.00 EUR
  Income:Gains
2020-01-05 price FUND 26.00 EUR
2020-01-05 note Assets:Cash "hello"
2020-01-05 event "place" "home"
2020-01-05 custom "x" 1
2020-01-05 document Assets:Cash "/etc/passwd"
2020-01-06 * "within tolerance"
  Assets:Fund  1.333 FUND {3.00 EUR}
  Assets:Cash  -4.00 EUR
2020-01-07 balance Assets:Cash 1.00 EUR
2020-01-08 close Income:Gains
"""


def test_a_ledger_of_beancount_is_booked_padded_and_tested(tmp_path: Path) -> None:
    pytest.importorskip("beancount")
    bank, taken, held = imported(LEDGER, tmp_path, "beancount", types={})
    assert held["Assets:Cash", "EUR"] == "896"
    assert held["Income:Gains", "EUR"] == "-20"
    assert held["Equity:Opening", "EUR"] == "-1000"
    assert Counter(it.what for it in taken.gaps) == {
        **{"plugin": 1, "price": 1, "note": 1, "event": 1, "custom": 1, "document": 1, "balance": 1},
        **{"close": 1, "cost": 3},
    }
    (bought,) = [it for it in bank.ledger.reader.entries() if it.transaction.description == "broker | buy"]
    assert bought.transaction.details["tags"] == ("trip",) or bought.transaction.details["tags"] == ["trip"]
    assert bought.transaction.details["metadata"] == {"key": "5"}
    assert verify(bank.ledger.reader, bank.ledger.book, ()).findings == ()


def test_an_option_of_another_version_of_beancount_is_named(tmp_path: Path) -> None:
    pytest.importorskip("beancount")
    told = told_of('\noption "nonsense" "x"\n', tmp_path, "beancount")
    assert [(it.what, it.place.line) for it in told.gaps] == [("option", 2)]


def test_a_plugin_that_a_file_names_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("beancount")
    (tmp_path / "evil.py").write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    text = 'option "insert_pythonpath" "TRUE"\nplugin "evil"\n'
    assert [(it.what, it.place.line) for it in told_of(text, tmp_path, "beancount").gaps] == [("plugin", 2)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n2020-01-01 * \n  x\n", 3),
        ('2020-01-01 * "x"\n  Assets:A  5 EUR\n  Assets:B  -4 EUR\n', 1),
        ('2020-01-01 * "x"\n  Assets:A  -5 FUND {}\n  Assets:B\n', 2),
        ('2020-01-01 * "x"\n  Assets:A\n  Assets:B\n  Assets:C  1 EUR\n', 3),
        ("2020-01-01 price X " + "9" * 100 + " EUR\n", 1),
        ("\n2020-01-01 price X " + "(" * 100_000 + "1 EUR\n", 2),
        ('\ninclude "nothing"\n', 2),
        ('2020-01-01 * "x"\n  Assets:A  (1/0) EUR\n  Assets:B\n', 2),
        ('2020-01-01 * "x"\n  Assets:A  0/0 EUR\n  Assets:B\n', 2),
        ('2020-01-01 * "x"\n  Assets:A  5 F @ 1/(0.0) EUR\n  Assets:B\n', 2),
    ],
)
def test_a_ledger_that_beancount_refuses_is_refused(text: str, line: int, tmp_path: Path) -> None:
    pytest.importorskip("beancount")
    with pytest.raises(BadJournal) as refused:
        told_of(text, tmp_path, "beancount")
    assert refused.value.line == line
