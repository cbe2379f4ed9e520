"""Accounts: paths, limits, statuses, and their versions in the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from tests.ledger.making import DAY, evolve, leg, move, told

from bankcore.errors import (
    AccountChangeRefused,
    AccountClosed,
    AccountExists,
    AccountFrozen,
    AccountNotEmpty,
    AmountOverflow,
    BadAccountPath,
    BadTransaction,
    BadUnit,
    BankcoreError,
    InputError,
    PeriodClosed,
    StaleRead,
    UnknownAccount,
    UnknownName,
)
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Record, Transaction, open_account

A = AccountPath("a")


@pytest.mark.parametrize("text", ["a", "wallet:mall:client:c001", "备付金:一号", "x_1.2-3"])
def test_paths_are_read(text: str) -> None:
    assert AccountPath.parse(text) == text
    assert AccountPath.parse(AccountPath(text)) is not None


@pytest.mark.parametrize(
    "text", ["", ":", "a:", ":a", "a::b", "a b", "a\n", "e\u0301", "\u1100\u1161", "a" * 201, 5, None, b"a"]
)
def test_other_paths_are_refused(text: object) -> None:
    with pytest.raises(BadAccountPath) as refusal:
        AccountPath.parse(text)
    assert refusal.value.text == (text if len(str(text)) <= 200 else "a" * 40 + "...")


def test_a_path_lies_within_its_roots_only() -> None:
    path = AccountPath("a:bc:d")
    assert path.within("")
    assert path.within("a")
    assert path.within("a:bc")
    assert path.within("a:bc:d")
    assert not path.within("a:b")
    assert not path.within("a:bc:d:e")


def test_normal_sides_follow_the_type_unless_the_account_is_contra() -> None:
    sides = {kind: kind.normal_side for kind in AccountType}
    assert [kind.value for kind, side in sides.items() if side is Side.DEBIT] == [
        "asset",
        "expense",
        "memorandum",
    ]
    assert Account("fee", "asset", "CNY/2", normal_side="credit").normal_side is Side.CREDIT


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"type": "gold"}, UnknownName),
        ({"unit": "yuan"}, BadUnit),
        ({"path": "a b"}, BadAccountPath),
        ({"floor": 2, "ceiling": 1}, BadTransaction),
        ({"floor": 2**63}, AmountOverflow),
        ({"status": "asleep"}, UnknownName),
        ({"normal_side": "left"}, UnknownName),
        ({"opened_on": "2024-05-01"}, BadTransaction),
        ({"closed_on": datetime(2024, 5, 1)}, BadTransaction),
        ({"party": ("c1",)}, BadTransaction),
        ({"reason": None}, BadTransaction),
        ({"details": [1]}, BadTransaction),
    ],
)
def test_accounts_are_checked_at_the_door(fields: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Account(**{"path": "a", "type": "asset", "unit": "CNY/2", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        (lambda: AccountPath.parse(5), [5]),
        (lambda: AccountPath.parse("a" * 201), ["a" * 40 + "..."]),
        (lambda: AccountPath.parse("a b"), ["a b"]),
        (lambda: AccountPath.parse("e\u0301"), ["e\u0301"]),
        (lambda: Side("left"), ["side", "left", "debit, credit"]),
        (lambda: Account("a", "asset", "CNY/2", floor=2, ceiling=1), ["account"]),
        (lambda: Account("a", "asset", "CNY/2", opened_on="soon"), ["account"]),
        (lambda: Account("a", "asset", "CNY/2", party=5), ["account"]),
        (lambda: Account("a", "asset", "CNY/2", details=5), ["account"]),
        (lambda: Account.from_data("a", {}), ["account"]),
    ],
)
def test_a_refusal_names_what_it_refuses(question: Callable[[], object], named: list[object]) -> None:
    with pytest.raises(InputError) as refusal:
        question()
    assert told(refusal.value) == named


def test_the_longest_path_and_the_narrowest_limits_are_allowed() -> None:
    assert AccountPath.parse("a" * 200) == "a" * 200
    assert Account("a", "asset", "CNY/2", floor=1, ceiling=1).floor == 1


def test_the_data_of_an_account_is_the_account() -> None:
    account = Account(
        "fee",
        "asset",
        "CNY/2",
        normal_side="credit",
        floor=-1,
        ceiling=2,
        status="frozen",
        opened_on=DAY,
        closed_on=DAY + timedelta(days=1),
        party="c1",
        details={"branch": 7},
        reason="court",
    )
    assert account.as_data() == {
        "type": "asset",
        "unit": "CNY/2",
        "normal_side": "credit",
        "floor": -1,
        "ceiling": 2,
        "status": "frozen",
        "opened_on": "2024-05-01",
        "closed_on": "2024-05-02",
        "party": "c1",
        "details": {"branch": 7},
        "reason": "court",
    }
    assert Account.from_data("fee", account.as_data()) == account
    plain = Account("cash", "asset", "CNY/2")
    assert (plain.as_data()["opened_on"], plain.as_data()["closed_on"]) == (None, None)
    assert Account.from_data("cash", plain.as_data()) == plain


def test_the_details_of_an_account_are_nobodys_to_change() -> None:
    given = {"branch": 7, "rooms": [1, {"floor": 2}]}
    account = Account("a", "asset", "CNY/2", details=given)
    data = account.as_data()
    given["rooms"].append(3)  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        account.details["branch"] = 8  # type: ignore[index]
    assert data["details"] == account.as_data()["details"] == {"branch": 7, "rooms": [1, {"floor": 2}]}
    data["details"]["rooms"][1]["floor"] = 3
    assert Account.from_data("a", account.as_data()) == account
    assert account.details["rooms"] == (1, {"floor": 2})


def test_details_may_be_nested_as_deep_as_a_record() -> None:
    def nested(depth: int) -> dict[str, object]:
        data: dict[str, object] = {}
        for _ in range(depth):
            data = {"in": data}
        return data

    assert open_account(Account("a", "asset", "CNY/2", details=nested(99))).json
    assert Account("a", "asset", "CNY/2", details=nested(100)).details
    with pytest.raises(BadTransaction, match="nested more than 100 deep"):
        Account("a", "asset", "CNY/2", details=nested(101))


def test_the_date_of_reopening_is_in_the_data_where_there_is_one() -> None:
    account = Account("a", "asset", "CNY/2", opened_on=DAY, reopened_on=DAY + timedelta(days=2))
    assert account.as_data()["reopened_on"] == "2024-05-03"
    assert Account.from_data("a", account.as_data()) == account
    assert "reopened_on" not in evolve(account, reopened_on=None).as_data()


def test_an_account_opens_on_the_business_date_and_is_used_in_the_same_transaction(ledger: Ledger) -> None:
    new = Account("new", "liability", "CNY/2", floor=0, party="c001", details={"branch": 7})
    posting = (leg("cash", 5), leg("new", -5))
    opening = Transaction(key="1", kind="x", effective_on=DAY, postings=posting, records=(open_account(new),))
    ledger.post(opening)
    assert ledger.balance("new").net == 5
    assert ledger.balance("new").account == new
    assert ledger.post(opening).replayed
    ledger.open([Account("dated", "asset", "CNY/2")], key="2")
    assert ledger.balance("dated").account.opened_on == DAY
    opening = ledger.entry(ledger.reader.numbers(["2"])["2"]).transaction
    assert (opening.kind, opening.effective_on) == ("account.open", DAY)
    with pytest.raises(AccountExists):
        ledger.open([new], key="3")
    with pytest.raises(UnknownAccount):
        ledger.balance("unknown")


def test_two_accounts_of_one_batch_have_their_own_numbers(ledger: Ledger) -> None:
    for name in ("x", "y"):
        ledger.open([Account(f"{name}1", "asset", "CNY/2"), Account(f"{name}2", "asset", "CNY/2")], key=name)
    states = {s.account.path: s.id for s in ledger.reader.accounts()}
    assert sorted(states.values()) == list(range(1, len(states) + 1))


@pytest.mark.parametrize(
    ("status", "debit", "credit"),
    [
        (Status.DEBITS_FROZEN, AccountFrozen, None),
        (Status.CREDITS_FROZEN, None, AccountFrozen),
        (Status.FROZEN, AccountFrozen, AccountFrozen),
    ],
)
def test_a_frozen_account_refuses_its_frozen_side(
    ledger: Ledger, status: Status, debit: object, credit: object
) -> None:
    ledger.post(move("1", "a", "cash", 100))
    ledger.change(A, key="2", reason="court order 17", status=status)
    for key, source, target, error in [("3", "cash", "a", debit), ("4", "a", "cash", credit)]:
        if error is None:
            ledger.post(move(key, source, target, 1))
        else:
            with pytest.raises(AccountFrozen) as refusal:
                ledger.post(move(key, source, target, 1))
            assert refusal.value.status == status.value
    ledger.change(A, key="5", reason="lifted", status=Status.OPEN)
    ledger.post(move("6", "cash", "a", 1))
    reasons = [version.data["reason"] for version in ledger.reader.versions("account", "a")]
    assert reasons == ["", "court order 17", "lifted"]


def test_closing_needs_an_empty_account_that_then_takes_nothing(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 100))
    with pytest.raises(AccountNotEmpty) as refusal:
        ledger.change(A, key="2", reason="leaves", status=Status.CLOSED)
    assert refusal.value.balance == 100
    ledger.post(move("3", "cash", "a", 100))
    ledger.change(A, key="2", reason="leaves", status=Status.CLOSED)
    assert ledger.balance("a").account.closed_on == DAY
    change = ledger.entry(ledger.reader.numbers(["2"])["2"]).transaction
    assert (change.kind, change.effective_on) == ("account.change", DAY)
    with pytest.raises(AccountClosed):
        ledger.post(move("4", "a", "cash", 1))
    with pytest.raises(AccountClosed):
        ledger.change(A, key="5", reason="again", status=Status.CLOSED)


def test_one_transaction_may_empty_and_close(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 100))
    stored = ledger.books.record("account", "a")
    assert stored is not None
    closing = stored.next(status="closed", closed_on=DAY.isoformat())
    ledger.post(evolve(move("2", "cash", "a", 100), records=(closing,)))
    assert ledger.balance("a").account.status is Status.CLOSED


def test_a_change_names_what_may_not_change(ledger: Ledger) -> None:
    for field, value in [
        ("unit", "USD/2"),
        ("type", "asset"),
        ("normal_side", "debit"),
        ("opened_on", "2024-04-30"),
    ]:
        with pytest.raises(AccountChangeRefused) as refusal:
            ledger.change(A, key=field, reason="x", **{field: value})
        assert field in str(refusal.value)
    with pytest.raises(UnknownAccount) as unknown:
        ledger.change(AccountPath("nobody"), key="1", reason="x", floor=0)
    assert unknown.value.account == "nobody"
    with pytest.raises(AccountChangeRefused):
        ledger.open([Account("z", "asset", "CNY/2", status=Status.CLOSED)], key="2")
    with pytest.raises(BadTransaction):
        ledger.change(A, key="3", reason="x", colour="red")


def test_a_change_is_checked_at_the_door(ledger: Ledger) -> None:
    for path in ("a b", 5, []):
        with pytest.raises(BadAccountPath):
            ledger.change(path, key="1", reason="x", floor=0)  # type: ignore[arg-type]
    ledger.change(A, key="2", reason="end", status="closed", closed_on="1999-01-01")
    assert ledger.balance("a").account.closed_on == DAY


def test_two_versions_in_one_transaction_obey_the_same_rules(ledger: Ledger) -> None:
    def write(key: str, *records: Record) -> None:
        ledger.post(Transaction(key=key, kind="x", effective_on=DAY, records=records))

    new = open_account(Account("new", "asset", "CNY/2"))
    with pytest.raises(AccountChangeRefused):
        write("1", new, new.next(unit="USD/2"))
    with pytest.raises(AccountExists):
        write("2", new, new)
    stored = ledger.books.record("account", "a")
    assert stored is not None
    closed = stored.next(status="closed")
    with pytest.raises(AccountChangeRefused):
        write("3", closed, closed.next(status="open"))  # without the date of reopening
    with pytest.raises(AccountClosed):
        write("3", closed, closed.next(floor=-5))
    write("4", new, new.next(floor=-5))
    assert ledger.balance("new").account.floor == -5
    verify(ledger.reader, ledger.book).require()


def test_a_refused_change_names_the_account(ledger: Ledger) -> None:
    def refusal(key: str, *records: Record) -> BankcoreError:
        (verdict,) = ledger.post_many([Transaction(key=key, kind="x", effective_on=DAY, records=records)])
        assert isinstance(verdict, BankcoreError)
        return verdict

    stored = ledger.books.record("account", "a")
    assert stored is not None
    new = Account("new", "asset", "CNY/2")
    closed = stored.next(status="closed", closed_on=DAY.isoformat())
    again = evolve(closed, version=1)
    for records, error, account in [
        ([open_account(evolve(new, status="closed"))], AccountChangeRefused, "new"),
        ([again], AccountExists, "a"),
        ([open_account(new), open_account(new)], AccountExists, "new"),
        ([stored.next(unit="USD/2")], AccountChangeRefused, "a"),
        ([stored.next(reopened_on=DAY.isoformat())], AccountChangeRefused, "a"),
        ([closed, closed.next(floor=-1)], AccountClosed, "a"),
    ]:
        refused = refusal("1", *records)
        assert (type(refused), told(refused)) == (error, [account])
    ledger.post(move("2", "a", "cash", 5, effective_on=DAY + timedelta(days=1)))
    refused = refusal("3", closed)
    assert (type(refused), told(refused)) == (AccountChangeRefused, ["a"])


@pytest.mark.parametrize(("source", "target"), [("cash", "line"), ("line", "cash")])
def test_an_account_with_a_hold_on_either_side_is_not_closed(
    ledger: Ledger, source: str, target: str
) -> None:
    ledger.post(move("1", source, target, 7, pending=True))
    with pytest.raises(AccountNotEmpty) as refusal:
        ledger.change(AccountPath("line"), key="2", reason="leaves", status=Status.CLOSED)
    assert told(refusal.value) == ["line", 7, "CNY/2"]


def test_a_new_limit_holds_at_once(ledger: Ledger) -> None:
    ledger.change(A, key="1", reason="credit line", floor=-50)
    assert ledger.balance("a").account.closed_on is None
    ledger.post(move("2", "cash", "a", 50))
    assert ledger.change(A, key="1", reason="credit line", floor=-50).replayed
    assert ledger.balance("a").net == -50


def test_records_count_their_versions(ledger: Ledger) -> None:
    def note(key: str, *records: Record) -> Transaction:
        return Transaction(key=key, kind="note", effective_on=DAY, records=records)

    first = Record("note", "n", {"text": "a", "list": [1, {"deep": None}]})
    ledger.post(note("1", first, first.next(text="b")))
    assert ledger.books.record("note", "n") == first.next(text="b")
    assert [r.version for r in ledger.books.versions("note", "n")] == [1, 2]
    with pytest.raises(StaleRead) as stale:
        ledger.post(note("2", first.next(text="c")))
    assert (stale.value.expected, stale.value.found, stale.value.transient) == (1, 2, True)
    verdicts = ledger.post_many([note("3", evolve(first, version=3)), note("4", evolve(first, version=4))])
    assert [getattr(v, "code", "accepted") for v in verdicts] == ["accepted", "accepted"]
    assert [r.id for r in ledger.books.records("note")] == ["n"]


def test_a_closed_period_stays_closed(ledger: Ledger) -> None:
    assert ledger.books.today == DAY
    ledger.close_period(DAY + timedelta(days=3), key="1")
    assert ledger.books.today == DAY + timedelta(days=4)
    closing = ledger.entry(ledger.reader.head().number).transaction
    assert (closing.kind, closing.effective_on) == ("period.close", DAY + timedelta(days=3))
    assert closing.records[0] == Record("period", "closed", {"through": "2024-05-04"})
    with pytest.raises(PeriodClosed) as refusal:
        ledger.post(move("2", "a", "cash", 1, effective_on=DAY + timedelta(days=3)))
    assert refusal.value.closed_through == DAY + timedelta(days=3)
    with pytest.raises(PeriodClosed):
        ledger.close_period(DAY, key="3")
    reopened = Record("period", "closed", {"through": "2024-05-01"}, 2)
    late = date(2024, 6, 1)
    with pytest.raises(BadTransaction):
        ledger.post(Transaction(key="4", kind="x", effective_on=late, records=(reopened,)))
    ledger.post(move("5", "a", "cash", 1, effective_on=DAY + timedelta(days=4)))
    ledger.close_period(DAY + timedelta(days=4), key="6")
    assert ledger.books.record("period", "closed") == Record("period", "closed", {"through": "2024-05-05"}, 2)


def test_closing_what_lies_before_the_book_does_not_move_the_business_date_back(ledger: Ledger) -> None:
    ledger.close_period(DAY - timedelta(days=1_000), key="1")
    assert ledger.books.today == DAY


@pytest.mark.parametrize(
    "path", ["bank:हिन्दी", "बैंक:नकद", "bank:தமிழ்", "bank:ไทยที่นี่", "bank:עִבְרִית", "bank:العربيّة"]
)
def test_letters_have_their_marks(path: str) -> None:
    assert AccountPath.parse(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "bank:\u093f",
        "\u0301a",
        "bank:a\u034fb",
        "bank:a\u200db",
        "bank:a\ufe0f",
        "bank:a\u0301",
        "a:-\u0303",
        "b:a€",
    ],
)
def test_marks_stand_at_letters_and_are_seen(path: str) -> None:
    with pytest.raises(BadAccountPath):
        AccountPath.parse(path)
