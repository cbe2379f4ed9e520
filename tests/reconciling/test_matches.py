"""Matches in the book: two people, nothing offered twice, open again where a posting is reversed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner
from tests.ledger.making import CNY, DAY, move
from tests.schemas import hold

from bankcore.amounts import Amount
from bankcore.cli import main
from bankcore.errors import ActorNotPermitted, UnknownAccount
from bankcore.ledger.accounts import Account
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.matches import confirm, decided, matches, open_entries, propose, reject, undo
from bankcore.product.actor import Actor
from bankcore.product.refusals import NothingProposed, SamePerson, StaleProposal
from bankcore.reconciliation import reconcile_account
from bankcore.reconciling.items import Kind
from bankcore.reconciling.result import Reconciliation, State
from bankcore.reconciling.statements import BankStatement, StatementBalance, StatementEntry
from bankcore.stores.memory import MemoryStore

NOON = datetime(2024, 5, 9, 12, tzinfo=UTC)
LI, WANG = Actor.parse("officer:li"), Actor.parse("officer:wang")
CASH = "bank:cash"


def stated(*quantities: int, closing: int | None = None) -> BankStatement:
    entries = tuple(
        StatementEntry(n, Amount(q, CNY), DAY, None, (f"r{n}",)) for n, q in enumerate(quantities, start=1)
    )
    total = sum(quantities) if closing is None else closing
    opening = StatementBalance(Amount(0, CNY), DAY)
    return BankStatement(
        "ofx1", "", "1", CNY, opening, StatementBalance(Amount(total, CNY), date(2024, 5, 5)), entries
    )


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger.create(MemoryStore(), Book(1, "b", CNY, DAY), clock=lambda: NOON)
    accounts = [Account(CASH, "asset", CNY), Account("bank:cash:till", "asset", CNY)]
    made.open([*accounts, Account("trade", "equity", CNY)], key="open")
    for number, quantity in enumerate((500, 700), start=1):
        made.post(move(f"k{number}", "trade", CASH, quantity))
    return made


def found_in(ledger: Ledger, *quantities: int) -> Reconciliation:
    found = reconcile_account(ledger.reader, CASH, [stated(*(quantities or (500, 700, 9)))])
    assert sum(it for _, it in found.explained) == found.difference
    return found


def listed(ledger: Ledger) -> list[tuple[str, int, str, str]]:
    return [(row[0], row[1], row[2], row[3]) for row in matches(ledger.books, CASH).rows]


def test_two_people_confirm_and_nothing_is_offered_again(ledger: Ledger) -> None:
    found = found_in(ledger)
    assert len(propose(ledger, CASH, found, key="p", actor=LI)) == 1
    assert propose(ledger, CASH, found, key="p", actor=LI)[0].replayed
    assert propose(ledger, CASH, found_in(ledger), key="p2", actor=WANG) == ()  # the statement is known
    (first, version, state, numbers), second = listed(ledger)
    assert (version, state, {numbers, second[3]}) == (1, "open", {"2", "3"})
    with pytest.raises(SamePerson):
        confirm(ledger, CASH, first, 1, key="c", actor=LI)
    with pytest.raises(StaleProposal):
        confirm(ledger, CASH, first, 2, key="c", actor=WANG)
    with pytest.raises(NothingProposed):
        confirm(ledger, CASH, "none", 1, key="c", actor=WANG)
    confirm(ledger, CASH, first, 1, key="c", actor=WANG)
    again = found_in(ledger)
    assert sorted(it.reason for it in again.matches) == ["amount and day", "confirmed"]
    assert len(decided(ledger.books, CASH).confirmed) == 1
    assert propose(ledger, CASH, again, key="p3", actor=LI) == ()


def test_open_entries_live_on_with_their_age(ledger: Ledger) -> None:
    propose(ledger, CASH, found_in(ledger), key="p", actor=LI)
    (row,) = open_entries(ledger.books, CASH, date(2024, 5, 11)).rows
    assert row[0] == "statement"
    assert row[2:] == (DAY, 10, Amount(9, CNY), 3)
    assert open_entries(ledger.books, "bank:cash:till", DAY).rows == ()
    ledger.post(move("k3", "trade", CASH, 9))
    propose(ledger, CASH, found_in(ledger), key="p2", actor=LI)
    for match, version, *_ in listed(ledger):
        confirm(ledger, CASH, match, version, key=f"c{match}", actor=WANG)
    assert open_entries(ledger.books, CASH, DAY).rows == ()
    assert found_in(ledger).state is State.RECONCILED


def test_a_posting_that_is_reversed_is_open_again(ledger: Ledger) -> None:
    propose(ledger, CASH, found_in(ledger), key="p", actor=LI)
    match = next(it[0] for it in listed(ledger) if it[3] == "2")
    confirm(ledger, CASH, match, 1, key="c", actor=WANG)
    ledger.reverse(2, key="back", effective_on=DAY)
    assert ("open again", "2") in [it[2:] for it in listed(ledger)]
    found = found_in(ledger)
    assert [(it.kind, it.row.amount.quantity) for it in found.open if it.in_book] == [
        (Kind.NOT_ON_STATEMENT, -500)
    ]
    propose(ledger, CASH, found, key="p2", actor=LI)
    version = next(it[1] for it in listed(ledger) if it[0] == match)
    confirm(ledger, CASH, match, version, key="c2", actor=WANG)  # the bank has it, whatever the book says
    assert match in [it[0] for it in listed(ledger) if it[2] == "approved"]


def test_a_reversal_between_the_two_makes_a_proposal_stale(ledger: Ledger) -> None:
    propose(ledger, CASH, found_in(ledger), key="p", actor=LI)
    match = next(it[0] for it in listed(ledger) if it[3] == "2")
    ledger.reverse(2, key="back", effective_on=DAY)
    with pytest.raises(StaleProposal, match="its subject has changed"):
        confirm(ledger, CASH, match, 1, key="c", actor=WANG)


def test_what_is_turned_down_is_open_and_not_offered(ledger: Ledger) -> None:
    propose(ledger, CASH, found_in(ledger), key="p", actor=LI)
    (match, version, *_), _ = listed(ledger)
    with pytest.raises(SamePerson):
        reject(ledger, CASH, match, version, key="r", actor=LI)
    reject(ledger, CASH, match, version, key="r", actor=WANG)
    found = found_in(ledger)
    assert [it.kind for it in found.open].count(Kind.TURNED_DOWN) == 2
    propose(ledger, CASH, found, key="p2", actor=LI)
    assert [it[2] for it in listed(ledger)].count("rejected") == 1
    undo(ledger, CASH, match, key="u", actor=LI)
    assert Kind.TURNED_DOWN not in [it.kind for it in found_in(ledger).open]
    with pytest.raises(NothingProposed):
        undo(ledger, CASH, match, key="u2", actor=LI)
    propose(ledger, CASH, found_in(ledger), key="p3", actor=LI)
    assert "open" in [it[2] for it in listed(ledger) if it[0] == match]


def test_a_posting_is_in_one_confirmed_match_alone(ledger: Ledger) -> None:
    propose(ledger, CASH, found_in(ledger, 500), key="p", actor=LI)
    other = found_in(ledger, 1, 500)  # another entry, of the second line
    propose(ledger, CASH, other, key="p2", actor=LI)
    first, second = (it[0] for it in listed(ledger) if it[3] == "2")
    confirm(ledger, CASH, first, 1, key="c", actor=WANG)
    with pytest.raises(StaleProposal, match="another confirmed match"):
        confirm(ledger, CASH, second, 1, key="c2", actor=WANG)
    both = [
        dict(found_in(ledger, *it).explained)["matched with other statements"] for it in ((500,), (1, 500))
    ]
    assert sorted(both) == [-500, 0]


def of_june(*quantities: int, opening: int) -> BankStatement:
    entries = tuple(
        StatementEntry(n, Amount(q, CNY), date(2024, 6, 20), None, (f"k{n}",))
        for n, q in enumerate(quantities, start=1)
    )
    first, last = (
        StatementBalance(Amount(it, CNY), day)
        for it, day in ((opening, date(2024, 5, 31)), (opening + sum(quantities), date(2024, 6, 30)))
    )
    return BankStatement("ofx1", "", "1", CNY, first, last, entries)


def test_items_of_both_sides_are_brought_forward_until_a_later_statement_has_them(ledger: Ledger) -> None:
    propose(
        ledger, CASH, found_in(ledger, 9), key="p", actor=LI
    )  # the book has 500 and 700 in May, the bank 9
    rows = open_entries(ledger.books, CASH, date(2024, 5, 31)).rows
    assert [(row[0], row[3], row[4].quantity) for row in rows] == [
        ("book", 30, 500), ("book", 30, 700), ("statement", 30, 9)
    ]  # fmt: skip
    found = reconcile_account(ledger.reader, CASH, [of_june(500, opening=9)])
    assert [(it.ours, it.theirs != (), it.reason) for it in found.matches] == [
        (("2",), True, "reference and amount")
    ]
    assert [(it.in_book, it.age, it.row.amount.quantity) for it in found.open] == [
        (True, 60, 700), (False, 60, 9)
    ]  # fmt: skip
    parts = dict(found.explained)
    assert (parts["opening balances differ by"], sum(parts.values())) == (0, found.difference)
    propose(ledger, CASH, found, key="p2", actor=LI)
    ((match, version, *_),) = listed(ledger)
    confirm(ledger, CASH, match, version, key="c", actor=WANG)
    ledger.reverse(3, key="back", effective_on=date(2024, 6, 25))  # the 700 were a mistake
    ledger.post(move("k9", "trade", CASH, 9, effective_on=date(2024, 6, 30)))
    assert [row[0] for row in open_entries(ledger.books, CASH, DAY).rows] == ["statement"]
    again = reconcile_account(ledger.reader, CASH, [of_june(500, opening=9)])
    assert {it.kind for it in again.open} <= {Kind.NOT_ON_STATEMENT, Kind.NOT_IN_BOOK, Kind.OTHER_DAY}
    assert sum(it for _, it in again.explained) == again.difference == 0
    july = evolve(of_june(opening=509), opening=StatementBalance(Amount(509, CNY), date(2024, 6, 30)),
                  closing=StatementBalance(Amount(509, CNY), date(2024, 7, 31)))  # fmt: skip
    later = reconcile_account(ledger.reader, CASH, [july])
    assert [it.row.amount.quantity for it in later.open if it.in_book] == []  # reversed before July


def test_a_proposal_that_has_lapsed_is_renewed_by_anybody(ledger: Ledger) -> None:
    propose(ledger, CASH, found_in(ledger), key="p", actor=LI)
    match = next(it[0] for it in listed(ledger) if it[3] == "2")
    ledger.reverse(2, key="back", effective_on=DAY)
    propose(ledger, CASH, found_in(ledger), key="p2", actor=WANG)
    version = next(it[1] for it in listed(ledger) if it[0] == match)
    with pytest.raises(SamePerson):
        confirm(ledger, CASH, match, version, key="c", actor=WANG)
    confirm(ledger, CASH, match, version, key="c", actor=LI)


@pytest.mark.parametrize(
    "alias", ["officer:Li", "officer:LI ", "system:li", "officer:ｌi", "officer:l\u200bi"]
)
def test_no_spelling_of_a_name_is_a_second_person(ledger: Ledger, alias: str) -> None:
    propose(ledger, CASH, found_in(ledger), key="p", actor=LI)
    (match, version, *_), _ = listed(ledger)
    with pytest.raises(SamePerson):
        confirm(ledger, CASH, match, version, key="c", actor=Actor.parse(alias))


def test_ambiguous_matches_are_proposed_only_if_asked(ledger: Ledger) -> None:
    ledger.post(move("k9", "trade", CASH, 500))
    found = found_in(ledger, 500)
    assert len(propose(ledger, CASH, found, key="p", actor=LI)) == 1  # the items that are open
    assert matches(ledger.books, CASH).rows == ()
    assert len(propose(ledger, CASH, found, key="p2", actor=LI, ambiguous=True)) == 1
    assert [it[6] for it in matches(ledger.books, CASH).rows] == ["ambiguous"]


def test_who_may_and_where(ledger: Ledger) -> None:
    found = found_in(ledger)
    with pytest.raises(ActorNotPermitted):
        propose(ledger, CASH, found, key="p", actor=Actor.parse("customer:c"))
    for call in (
        lambda: propose(ledger, "none", found, key="p", actor=LI),
        lambda: matches(ledger.books, "none"),
        lambda: open_entries(ledger.books, "none", DAY),
    ):
        with pytest.raises(UnknownAccount):
            call()


OFX = """<OFX><STMTRS><CURDEF>CNY<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST><STMTTRN>
<DTPOSTED>20240501<TRNAMT>5<FITID>f</STMTTRN><STMTTRN><DTPOSTED>20240501<TRNAMT>-1<FITID>g</STMTTRN></BANKTRANLIST>
<LEDGERBAL><BALAMT>4<DTASOF>20240502</LEDGERBAL></STMTRS></OFX>"""


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANKCORE_BOOK", "bank.db")

    def run(*words: str, status: int = 0) -> str:
        ran = CliRunner().invoke(main, words)
        assert ran.exit_code == status, ran.output
        hold(words, ran.stdout, ran.stderr)
        return ran.stdout

    run("init", "--opened-on", "2024-05-01", "--zone", "UTC")
    for path, kind in ((CASH, "asset"), ("trade", "equity")):
        run("account", "open", path, "--type", kind)
    run("post", "--debit", CASH, "5", "--credit", "trade", "5", "--on", "2024-05-01", "--key", "f")
    Path("s.ofx").write_text(OFX, encoding="utf-8")
    run("matches", "propose", CASH, "s.ofx", "--actor", "officer:li")
    assert run("matches", "propose", CASH, "s.ofx") == "no receipts\n"
    (row,) = json.loads(run("matches", "list", CASH, "--json"))["matches"]
    run("matches", "confirm", CASH, row["match"], "--proposal", "1", "--actor", "officer:li", status=3)
    run("matches", "reject", CASH, row["match"], "--proposal", "1")
    run("matches", "undo", CASH, row["match"])
    run("matches", "propose", CASH, "s.ofx", "--actor", "officer:li")
    run("matches", "confirm", CASH, row["match"], "--proposal", "4", "--actor", "officer:wang")
    assert "confirmed" in run("reconcile", CASH, "s.ofx", status=7)
    (entry,) = json.loads(run("matches", "open", CASH, "--on", "2024-05-31", "--json"))["open_entries"]
    assert (entry["age"], entry["amount"]["quantity"]) == (30, -100)
    run("verify")
