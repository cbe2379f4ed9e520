"""What is malformed, and what a reversal or a limit refuses, is named and leaves no trace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from tests.ledger.making import CNY, DAY, POINT, evolve, leg, move, told

from bankcore.errors import (
    AccountNotYetOpen,
    AlreadyReversed,
    BadAmount,
    BadDate,
    BadKey,
    BadTransaction,
    BalanceFloorBreached,
    BankcoreError,
    ReversalDiffers,
    ReversalOfReversal,
    UnknownTransaction,
)
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Record, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit

LATER = DAY + timedelta(days=9)
MOST = 2**63 - 1
BASE = Transaction(key="new", kind="move", effective_on=DAY, postings=(leg("cash", 100), leg("line", -100)))


def refused(ledger: Ledger, transaction: Transaction) -> str:
    with pytest.raises(BankcoreError) as refusal:
        ledger.post(transaction)
    return refusal.value.code


def nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(depth):
        data = {"a": [data]}
    return data


NEW = Account("x", "asset", CNY)
LIMIT = VelocityLimit("x", "", "CNY/2", Flow.IN, Per.DAY, most=5).as_data()

MALFORMED: dict[str, tuple[dict[str, Any], str, object]] = {
    "float": ({"postings": (leg("cash", 1.0), leg("a", -1.0))}, "bad_amount", 1.0),
    "bool": ({"postings": (leg("cash", True), leg("a", -1))}, "bad_amount", True),
    "fraction": (
        {"postings": (leg("cash", Fraction(1)), leg("a", Fraction(-1)))},
        "bad_amount",
        Fraction(1, 1),
    ),
    "text": ({"postings": (leg("cash", "1"), leg("a", "-1"))}, "bad_amount", "1"),
    "none": ({"postings": (leg("cash", None), leg("a", -1))}, "bad_amount", None),
    "zero": ({"postings": (*BASE.postings, leg("cash", 0))}, "bad_amount", 0),
    "too large": ({"postings": (leg("cash", 2**63), leg("line", -(2**63)))}, "amount_overflow", 2**63),
    "list of postings": ({"postings": [leg("cash", 1), leg("a", -1)]}, "bad_transaction", "postings"),
    "no posting": ({"postings": (1, 2)}, "bad_transaction", "postings"),
    "nothing": ({"postings": ()}, "bad_transaction", "postings"),
    "path no text": (
        {"postings": (evolve(leg("cash", 1), account=5), leg("a", -1))},
        "bad_transaction",
        "postings",
    ),
    "unhashable path": (
        {"postings": (evolve(leg("cash", 1), account=[]), leg("a", -1))},
        "bad_transaction",
        "postings",
    ),
    "path surrogate": ({"postings": (leg("\ud800", 1), leg("a", -1))}, "unknown_account", "\ud800"),
    "path with NUL": ({"postings": (leg("a\x00", 1), leg("a", -1))}, "unknown_account", "a\x00"),
    "unit no text": (
        {"postings": (evolve(leg("cash", 1), unit=None), leg("a", -1))},
        "bad_transaction",
        "postings",
    ),
    "key no text": ({"key": 5}, "bad_key", 5),
    "key unhashable": ({"key": []}, "bad_key", []),
    "key too long": ({"key": "k" * 201}, "bad_key", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk..."),
    "key surrogate": ({"key": "\ud800"}, "bad_key", "'\\ud800'"),
    "key with NUL": ({"key": "a\0"}, "bad_key", "'a\\x00'"),
    "kind with NUL": ({"kind": "\0"}, "bad_transaction", "kind"),
    "description with NUL": ({"description": "a\0b"}, "bad_transaction", "description"),
    "agreement with NUL": ({"agreement": "\0"}, "bad_transaction", "agreement"),
    "actor with NUL": ({"actor": "teller:\0"}, "bad_transaction", "actor"),
    "group with NUL": ({"group": "g\0"}, "bad_transaction", "group"),
    "details with NUL": ({"details": {"a": ["\0"]}}, "bad_transaction", "details"),
    "details' key with NUL": ({"details": {"a": {"\0": 1}}}, "bad_transaction", "details"),
    "details' person with NUL": ({"details": {"personal": {"name": "\0"}}}, "bad_transaction", "details"),
    "record kind with NUL": ({"records": (Record("a\0", "b", {}),)}, "bad_transaction", "records"),
    "record id with NUL": ({"records": (Record("a", "\0b", {}),)}, "bad_transaction", "records"),
    "record with NUL": ({"records": (Record("a", "b", {"x": "\0"}),)}, "bad_transaction", "data"),
    "person with NUL": (
        {"records": (Record("a", "b", {"personal": {"name": "\0"}}),)},
        "bad_transaction",
        "data",
    ),
    "limit with NUL": (
        {"records": (Record("limit", "\0", LIMIT),)},
        "bad_transaction",
        "records",
    ),
    "kind no text": ({"kind": b"x"}, "bad_transaction", "kind"),
    "kind empty": ({"kind": ""}, "bad_transaction", "kind"),
    "description surrogate": ({"description": "\ud800"}, "bad_transaction", "description"),
    "actor None": ({"actor": None}, "bad_transaction", "actor"),
    "datetime": ({"effective_on": datetime(2024, 5, 2)}, "bad_transaction", "effective_on"),
    "day as text": ({"effective_on": "2024-05-02"}, "bad_transaction", "effective_on"),
    "reverses text": ({"reverses": "1"}, "bad_transaction", "reverses"),
    "details a list": ({"details": [1]}, "bad_transaction", "details"),
    "details an empty list": ({"details": []}, "bad_transaction", "details"),
    "details None": ({"details": None}, "bad_transaction", "details"),
    "details pairs": ({"details": [["a", 1]]}, "bad_transaction", "details"),
    "details bottomless": ({"details": nested(500)}, "bad_transaction", "details"),
    "details float": ({"details": {"rate": 0.5}}, "bad_transaction", "details"),
    "details deep float": ({"details": {"a": [{"b": 0.5}]}}, "bad_transaction", "details"),
    "details key": ({"details": {1: "a"}}, "bad_transaction", "details"),
    "details surrogate": ({"details": {"a": "\ud800"}}, "bad_transaction", "details"),
    "details date": ({"details": {"on": date(2024, 5, 1)}}, "bad_transaction", "details"),
    "resolves text": ({"resolves": "1"}, "bad_transaction", "resolves"),
    "pending a number": ({"pending": 1}, "bad_transaction", "pending"),
    "expiry a date": ({"pending": True, "expires_at": date(2024, 5, 2)}, "bad_transaction", "expires_at"),
    "expiry without zone": (
        {"pending": True, "expires_at": datetime(2030, 5, 2)},
        "bad_transaction",
        "expires_at",
    ),
    "expiry of no hold": ({"expires_at": datetime(2030, 5, 2, tzinfo=UTC)}, "bad_transaction", "expires_at"),
    "hold of nothing": (
        {"pending": True, "postings": (), "records": (Record("a", "b", {}),)},
        "bad_transaction",
        "pending",
    ),
    "hold that corrects": ({"pending": True, "corrects": 1}, "bad_transaction", "pending"),
    "reversal that corrects": ({"reverses": 1, "corrects": 999}, "bad_transaction", "corrects"),
    "capture that corrects": ({"resolves": 1, "corrects": 1}, "bad_transaction", "corrects"),
    "capture that reverses": ({"resolves": 1, "reverses": 1}, "bad_transaction", "corrects"),
    "hold that resolves": ({"pending": True, "resolves": 1}, "bad_transaction", "pending"),
    "hold that reverses": ({"pending": True, "reverses": 1}, "bad_transaction", "pending"),
    "up to a number": ({"up_to": 1}, "bad_transaction", "up_to"),
    "reversal up to": ({"up_to": True, "reverses": 1}, "bad_transaction", "up_to"),
    "capture up to": ({"up_to": True, "resolves": 1}, "bad_transaction", "up_to"),
    "up to, three legs": (
        {"up_to": True, "postings": (leg("cash", 2), leg("a", -1), leg("b", -1))},
        "bad_transaction",
        "up_to",
    ),
    "up to, unequal legs": (
        {"up_to": True, "postings": (leg("cash", 2), leg("a", -1))},
        "bad_transaction",
        "up_to",
    ),
    "up to, two units": (
        {"up_to": True, "postings": (leg("cash", 1), leg("a", -1, POINT))},
        "bad_transaction",
        "up_to",
    ),
    "group no text": ({"group": 5}, "bad_transaction", "group"),
    "group unhashable": ({"group": []}, "bad_transaction", "group"),
    "group too long": ({"group": "g" * 201}, "bad_transaction", "group"),
    "group surrogate": ({"group": "\ud800"}, "bad_transaction", "group"),
    "limit record": ({"records": (Record("limit", "x", {}),)}, "bad_transaction", "limit"),
    "limit record negative": (
        {"records": (Record("limit", "x", {**LIMIT, "most": -1}),)},
        "bad_transaction",
        "limit",
    ),
    "limit record each": (
        {"records": (Record("limit", "x", {**LIMIT, "each": 1}),)},
        "bad_transaction",
        "limit",
    ),
    "limit record per": (
        {"records": (Record("limit", "x", {**LIMIT, "per": "week"}),)},
        "unknown_name",
        "per",
    ),
    "limit record root": (
        {"records": (Record("limit", "x", {**LIMIT, "root": "a b"}),)},
        "bad_account_path",
        "a b",
    ),
    "limit record float": (
        {"records": (Record("limit", "x", {**LIMIT, "most": 1.5}),)},
        "bad_transaction",
        "data",
    ),
    "kind of the ledger": ({"kind": "hold.expiry"}, "bad_transaction", "kind"),
    "key of the ledger": ({"key": "expiry/1"}, "bad_transaction", "kind"),
    "records an empty list": ({"records": []}, "bad_transaction", "records"),
    "records a list": ({"records": [Record("a", "b", {})]}, "bad_transaction", "records"),
    "record version bool": ({"records": (Record("a", "b", {}, True),)}, "bad_transaction", "records"),
    "record version 0": ({"records": (Record("a", "b", {}, 0),)}, "bad_transaction", "records"),
    "record id no text": ({"records": (Record("a", 5, {}),)}, "bad_transaction", "records"),  # type: ignore[arg-type]
    "record data float": ({"records": (Record("a", "b", {"x": 0.5}),)}, "bad_transaction", "data"),
    "record data None": ({"records": (Record("a", "b", None),)}, "bad_transaction", "data"),  # type: ignore[arg-type]
    "record surrogate": (
        {"records": (Record("note", "\ud800", {}),)},
        "bad_transaction",
        "records",
    ),
    "account record": ({"records": (Record("account", "x", {}),)}, "bad_transaction", "account"),
    "account record with a person": (
        {"records": (Record("account", "x", {**NEW.as_data(), "details": {"personal": "Li Lei"}}),)},
        "bad_transaction",
        "records",
    ),
    "account record path": ({"records": (Record("account", "x y", {}),)}, "bad_account_path", "x y"),
    "seal record id": ({"records": (Record("seal", "x", {}),)}, "bad_transaction", "records"),
    "period record id": ({"records": (Record("period", "x", {}),)}, "bad_transaction", "records"),
    "period record data": (
        {"records": (Record("period", "closed", {"through": "soon"}),)},
        "bad_transaction",
        "records",
    ),
    "period without end": (
        {"records": (Record("period", "closed", {"through": "9999-12-31"}),)},
        "bad_transaction",
        "records",
    ),
    "period without date": ({"records": (Record("period", "closed", {}),)}, "bad_transaction", "records"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_input_is_named_and_nothing_is_written(ledger: Ledger, case: str) -> None:
    fields, code, named = MALFORMED[case]
    head = ledger.reader.head()
    malformed = evolve(BASE, **fields)
    assert refused(ledger, malformed) == code
    (verdict,) = ledger.post_many([malformed])
    assert isinstance(verdict, BankcoreError)
    assert told(verdict)[0] == named
    assert ledger.reader.head() == head
    ledger.post(BASE)


def test_the_longest_key_and_names_are_allowed(ledger: Ledger) -> None:
    longest = "k" * 200
    kept = evolve(BASE, key=longest, records=(Record(longest, longest, {}),))
    assert ledger.entry(ledger.post(kept).number).transaction == kept
    for record in (Record(longest + "k", "1", {}), Record("note", longest + "k", {}), Record("", "1", {})):
        assert refused(ledger, evolve(BASE, records=(record,))) == "bad_transaction"


def test_the_longest_names_are_allowed_in_what_is_out_of_the_ordinary_too(ledger: Ledger) -> None:
    longest = "k" * 200
    held = evolve(BASE, key=longest, group=longest, pending=True, records=(Record(longest, longest, {}),))
    assert ledger.entry(ledger.post(held).number).transaction == held
    assert ledger.open([Account("new", "asset", CNY)], key="o" * 200).key == "o" * 200


def test_what_is_not_plain_is_told_with_its_value(ledger: Ledger) -> None:
    with pytest.raises(BadTransaction, match="float is not plain data"):
        ledger.post(evolve(BASE, details={"rate": 0.5}))


def test_recursive_details_are_refused(ledger: Ledger) -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    with pytest.raises(BadTransaction):
        ledger.post(evolve(BASE, details=loop))


def test_nested_details_come_back(ledger: Ledger) -> None:
    assert ledger.post(evolve(BASE, details=nested(50))).number == 2
    assert ledger.entry(2).transaction.details == nested(50)


@pytest.mark.parametrize("key", [None, 5, b"k", [], "", "k" * 201, "\ud800", "\0"])
def test_every_door_refuses_what_is_no_key(ledger: Ledger, key: Any) -> None:
    for door in (
        lambda: ledger.execute(key, {}, lambda books: (BASE,)),
        lambda: ledger.open([], key=key),
        lambda: ledger.change(AccountPath("a"), key=key, reason="x", floor=0),
        lambda: ledger.close_period(DAY, key=key),
    ):
        with pytest.raises(BadKey):
            door()


@pytest.mark.parametrize("other", [None, 1.5, "2", [], b"x", True])
def test_things_of_another_type_are_bad_input(ledger: Ledger, other: Any) -> None:
    for door in (
        lambda: ledger.entry(other),
        lambda: ledger.reverse(other, key="r", effective_on=DAY),
        lambda: ledger.post(other),
        lambda: ledger.post_many([BASE, other]),
        lambda: ledger.open([other], key="o"),
        lambda: ledger.close_period(other, key="c"),
    ):
        with pytest.raises((BadTransaction, BadDate)):
            door()
    assert ledger.reader.head().number == 1


def test_what_is_no_transaction_is_named(ledger: Ledger) -> None:
    with pytest.raises(BadTransaction) as refusal:
        ledger.post_many([BASE, 5])  # type: ignore[list-item]
    assert refusal.value.field == "type"


def test_a_number_too_long_to_be_written_is_still_refused_in_words(ledger: Ledger) -> None:
    with pytest.raises(UnknownTransaction) as refusal:
        ledger.post(evolve(BASE, corrects=10**5_000))
    assert "too long" in str(refusal.value)
    assert "too long" in refusal.value.as_dict()["message"]


def test_a_unit_of_another_object_but_the_same_text_is_the_same(ledger: Ledger) -> None:
    copied = str.__str__("CNY/2")
    same = evolve(BASE, postings=tuple(evolve(p, unit=copied, account=str(p.account)) for p in BASE.postings))
    assert ledger.post(same).number == 2
    assert ledger.entry(2).transaction.postings == BASE.postings


def test_limits_only_bind_what_moves_towards_them(ledger: Ledger) -> None:
    """An account left below its floor by a later limit may recover step by step."""
    path = Account("line", "liability", "CNY/2").path
    ledger.post(move("1", "cash", "line", 400))
    ledger.change(path, key="limit", reason="review", floor=0)
    ledger.post(move("2", "line", "cash", 100))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("3", "cash", "line", 1))
    assert (refusal.value.available, refusal.value.limit) == (0, 0)
    assert ledger.balance("line").net == -300


def test_reversal_is_the_exact_inverse_once(ledger: Ledger) -> None:
    original = ledger.post(move("1", "a", "cash", 700, agreement="card 7"))
    receipt = ledger.reverse(original.number, key="undo", effective_on=DAY)
    entry = ledger.entry(receipt.number)
    assert entry.transaction.reverses == original.number
    assert (entry.transaction.kind, entry.transaction.agreement) == ("reversal", "card 7")
    assert entry.transaction.description == "reverses 2"
    other = ledger.post(move("2", "a", "cash", 1)).number
    undone = ledger.reverse(other, key="typo", effective_on=DAY, description="typing error")
    assert ledger.entry(undone.number).transaction.description == "typing error"
    assert entry.transaction.postings == (leg("cash", -700), leg("a", 700))
    assert ledger.balance("a").net == 0
    assert ledger.reverse(original.number, key="undo", effective_on=DAY).replayed
    with pytest.raises(AlreadyReversed):
        ledger.reverse(original.number, key="again", effective_on=DAY)
    with pytest.raises(ReversalOfReversal):
        ledger.reverse(receipt.number, key="back", effective_on=DAY)
    with pytest.raises(UnknownTransaction):
        ledger.reverse(99, key="none", effective_on=DAY)
    with pytest.raises(ReversalDiffers):
        ledger.post(move("forged", "cash", "a", 1, reverses=ledger.post(move("3", "a", "cash", 2)).number))
    with pytest.raises(ReversalDiffers):
        ledger.post(evolve(BASE, reverses=1))


def test_reversals_within_one_batch_count_once(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 700))
    first, second = (move(key, "cash", "a", 700, reverses=2) for key in ("x", "y"))
    codes = [getattr(v, "code", "accepted") for v in ledger.post_many([first, second])]
    assert codes == ["accepted", "already_reversed"]
    made = ledger.post_many(
        [move("3", "a", "cash", 5), move("4", "cash", "a", 5, reverses=4), move("5", "a", "cash", 5)]
    )
    assert [getattr(v, "code", "accepted") for v in made] == ["accepted"] * 3


def test_a_reversal_that_would_break_a_limit_is_refused(ledger: Ledger) -> None:
    paid_in = ledger.post(move("1", "a", "cash", 700))
    ledger.post(move("2", "cash", "a", 1))
    with pytest.raises(BalanceFloorBreached):
        ledger.reverse(paid_in.number, key="undo", effective_on=DAY)


def test_an_account_takes_no_posting_before_it_opens(ledger: Ledger) -> None:
    ledger.open([Account("late", "liability", "CNY/2", opened_on=LATER)], key="late")
    with pytest.raises(AccountNotYetOpen) as refusal:
        ledger.post(move("1", "late", "cash", 1))
    assert refusal.value.opened_on == LATER
    ledger.post(move("1", "late", "cash", 1, effective_on=LATER))


def test_zero_is_no_posting(ledger: Ledger) -> None:
    with pytest.raises(BadAmount):
        ledger.post(evolve(BASE, postings=(*BASE.postings, leg("cash", 0))))
    assert CNY == "CNY/2"


def test_neither_gross_total_leaves_64_bits(ledger: Ledger) -> None:
    ledger.post(move("1", "line", "cash", MOST))
    for key, source, target in [("2", "a", "cash"), ("3", "line", "a")]:
        assert refused(ledger, move(key, source, target, 1)) == "balance_overflow"
