"""Which refusal is named: every pair of faults in one transaction gives the one declared first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from typing import Any

import pytest
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import DAY, POINT, evolve, leg, move, told

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, Status
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.checks import CHECKS
from bankcore.ledger.posting.shape import SHAPE
from bankcore.ledger.transactions import Record, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit

CLOSED, TODAY, LATER = DAY, DAY + timedelta(days=1), DAY + timedelta(days=9)
MOST = 2**63 - 1
PAST, HOUR = datetime(2024, 5, 1, tzinfo=UTC), timedelta(hours=1)

Fault = Callable[[Transaction], Transaction]
Faults = list[tuple[str, Fault]]


@pytest.fixture
def prepared(store: Store, ledger: Ledger) -> Ledger:
    """A book where everything can go wrong, an hour after it was made."""
    extra = [
        Account("closed", "liability", "CNY/2"),
        Account("frozen", "liability", "CNY/2"),
        Account("late", "liability", "CNY/2", opened_on=LATER),
        Account("huge", "liability", "CNY/2"),
        Account("mint", "asset", "CNY/2"),
        Account("purse", "liability", "CNY/2"),
        Account("spent", "liability", "CNY/2", floor=0),
    ]
    ledger.open(extra, key="extra")
    ledger.change(extra[0].path, key="close", reason="done", status=Status.CLOSED)
    ledger.change(extra[1].path, key="freeze", reason="court", status=Status.FROZEN)
    ledger.post(move("used", "huge", "mint", MOST - 10))
    ledger.limit(VelocityLimit("purse", "purse", "CNY/2", Flow.OUT, Per.DAY, most=10), key="limit")
    ledger.close_period(CLOSED, key="day")
    held = {"effective_on": LATER, "pending": True}
    note = (Record("note", "2", {}),)
    for t in (
        move("in", "spent", "cash", 10, effective_on=TODAY),
        move("out", "cash", "spent", 10, effective_on=TODAY),
        move("later", "spent", "cash", 10, effective_on=LATER),
        move("paid", "line", "cash", 7, effective_on=TODAY),
        move("noted", "spent", "cash", 10, effective_on=TODAY, records=note),
        move("spent", "cash", "spent", 10, effective_on=TODAY),
        move("reversed", "line", "cash", 7, effective_on=TODAY),
        move("held", "cash", "spent", 7, **held),
        move("released", "line", "cash", 7, **held),
        move("expired", "line", "cash", 7, **held, expires_at=NOON + HOUR),
    ):
        ledger.post(t)
    ledger.reverse(number(ledger, "reversed"), key="reversal", effective_on=TODAY)
    ledger.release(number(ledger, "released"), key="release", effective_on=TODAY)
    wanted = (leg("cash", 6), leg("line", -6))
    ledger.correct(number(ledger, "paid"), wanted, key="corrected", effective_on=TODAY)
    return Ledger(store, BOOK, clock=lambda: NOON + HOUR)


def number(ledger: Ledger, key: str) -> int:
    return ledger.reader.numbers([key])[key]


def adding(*postings: Any) -> Fault:
    return lambda t: evolve(t, postings=(*t.postings, *postings))


def having(**fields: Any) -> Fault:
    return lambda t: evolve(t, **fields)


# in the declared order of SHAPE, the key, CHECKS
FAULTS: Faults = [
    ("bad_key", having(key="")),
    ("bad_transaction", having(kind="")),
    ("bad_amount", adding(leg("cash", 0))),
    ("bad_transaction", having(records=(Record("", "", {}),))),
    ("bad_transaction", having(expires_at=datetime(2030, 1, 1))),
    ("bad_transaction", having(up_to=1)),
    ("key_conflict", having(key="used")),
    ("unknown_account", adding(leg("nobody", 1), leg("cash", -1))),
    ("unit_mismatch", adding(leg("line", 1, POINT), leg("cash", -1, POINT))),
    ("unbalanced", adding(leg("line", 1))),
    ("period_closed", having(effective_on=CLOSED)),
    ("account_not_yet_open", adding(leg("late", 1), leg("cash", -1))),
    ("account_closed", adding(leg("closed", 1), leg("cash", -1))),
    ("account_frozen", adding(leg("frozen", 1), leg("cash", -1))),
    ("unknown_transaction", having(corrects=999, pending=False, expires_at=None)),
    ("bad_transaction", having(pending=True, expires_at=PAST, corrects=None)),
    ("bad_transaction", having(records=(Record("period", "closed", {"through": "2024-05-09"}, 2),))),
    ("stale_read", having(records=(Record("note", "1", {}, 7),))),
    ("balance_overflow", adding(leg("huge", -11), leg("cash", 11))),
    ("balance_floor_breached", adding(leg("a", 1), leg("cash", -1))),
    ("balance_ceiling_breached", adding(leg("b", -1_000_01), leg("cash", 1_000_01))),
    ("velocity_limit_breached", adding(leg("purse", 11), leg("cash", -11))),
]
LINKS = len(SHAPE) + 1 + [check.__name__ for check in CHECKS].index("_links_hold")
EARLY, STALE, LIMITS = FAULTS[:LINKS], FAULTS[LINKS + 3], FAULTS[LINKS + 4 :]
BASE = Transaction(key="new", kind="move", effective_on=TODAY, postings=(leg("cash", 100), leg("line", -100)))
BASES = ("plain", "hold", "capture", "reversal", "correction", "closing")


def kind_of(ledger: Ledger, name: str) -> tuple[Transaction, Faults]:
    """A transaction of this kind that nothing is wrong with, and the faults it can have, in order."""

    def to(key: str, link: str) -> Fault:
        return having(**{link: number(ledger, key)})

    def undoing(key: str) -> Fault:
        written = ledger.entry(number(ledger, key)).transaction
        return having(reverses=number(ledger, key),
                      postings=tuple(evolve(p, quantity=-p.quantity) for p in written.postings))  # fmt: skip

    if name == "hold":
        expired = ("bad_transaction", having(expires_at=PAST))
        return evolve(BASE, pending=True), [*EARLY, expired, STALE, *LIMITS]
    if name == "capture":
        postings = (leg("spent", 7), leg("cash", -7))
        base = evolve(to("held", "resolves")(BASE), postings=postings, effective_on=LATER)
        early = [
            (code, fault) for code, fault in EARLY if code != "account_not_yet_open"
        ]  # it is late enough
        return base, [
            *early,
            ("unknown_transaction", having(resolves=999)),
            ("not_a_hold", to("paid", "resolves")),
            ("hold_resolved", to("released", "resolves")),
            ("hold_expired", to("expired", "resolves")),
            ("capture_exceeds_hold", adding(leg("spent", 1), leg("cash", -1))),
            STALE,
            ("balance_floor_breached", having(effective_on=TODAY)),
        ]
    if name == "reversal":
        return undoing("paid")(BASE), [
            *EARLY,
            ("unknown_transaction", having(reverses=999)),
            ("reversal_of_hold", to("held", "reverses")),
            ("reversal_of_reversal", to("reversal", "reverses")),
            ("already_reversed", to("reversed", "reverses")),
            ("reversal_differs", adding(leg("line", 1), leg("cash", -1))),
            ("records_stand", undoing("noted")),
            STALE,
            ("balance_floor_breached", undoing("in")),
        ]
    if name == "correction":
        of_hold = ("bad_transaction", to("held", "corrects"))
        of_correction = ("bad_transaction", to("corrected", "corrects"))
        return to("paid", "corrects")(BASE), [*EARLY, FAULTS[LINKS], of_hold, of_correction, STALE, *LIMITS]
    if name == "closing":
        record = ledger.books.record("account", "points")
        assert record is not None
        closing = record.next(status="closed")
        empty = adding(leg("points", -1, POINT), leg("issued", 1, POINT))
        another = having(records=(closing, Record("note", "1", {}, 7)))
        return evolve(BASE, records=(closing,)), [
            *EARLY,
            ("account_not_empty", empty),
            ("stale_read", another),
            *LIMITS,
        ]
    return BASE, FAULTS


def refused(ledger: Ledger, transaction: Transaction) -> str:
    with pytest.raises(BankcoreError) as refusal:
        ledger.post(transaction)
    return refusal.value.code


def test_the_list_of_faults_knows_every_check() -> None:
    assert len(FAULTS) == len(SHAPE) + 1 + len(CHECKS)


@pytest.mark.parametrize("name", BASES)
def test_without_a_fault_it_is_accepted(prepared: Ledger, name: str) -> None:
    prepared.post(kind_of(prepared, name)[0])


@pytest.mark.parametrize("name", BASES)
def test_of_two_faults_the_one_declared_first_is_named(prepared: Ledger, name: str) -> None:
    base, faults = kind_of(prepared, name)
    head = prepared.reader.head()
    assert [refused(prepared, fault(base)) for _, fault in faults] == [code for code, _ in faults]
    wrong, tried = [], 0
    for (first, one), (second, other) in combinations(faults, 2):
        for both in (one(other(base)), other(one(base))):
            if both in (one(base), other(base)):
                continue  # they are of one field and cannot both be there
            tried += 1
            if (code := refused(prepared, both)) != first:
                wrong.append((first, second, code))
    assert wrong == []
    assert tried > len(faults) * (len(faults) - 1) * 0.7
    assert prepared.reader.head() == head


TOLD: dict[str, dict[str, list[object]]] = {  # what each refusal names, by the kind of transaction
    "plain": {
        "unknown_account": ["nobody"],
        "unit_mismatch": ["CNY/2", POINT, "line"],
        "unbalanced": ["CNY/2", "on balance", 1],
        "period_closed": [CLOSED, CLOSED],
        "account_not_yet_open": ["late", LATER, TODAY],
        "account_closed": ["closed"],
        "account_frozen": ["frozen", "frozen"],
        "unknown_transaction": [999],
        "stale_read": [6, 0],
        "balance_overflow": ["huge"],
        "balance_floor_breached": ["a", 0, 0, 0, 1, "CNY/2", None],
        "balance_ceiling_breached": ["b", 1_000_00, 0, 1_000_00, 1_000_01, "CNY/2", None],
        "velocity_limit_breached": ["purse", "purse", 0, 10, "day", TODAY, 11, "CNY/2"],
    },
    "capture": {
        "not_a_hold": ["paid"],
        "hold_resolved": ["released", "release"],
        "hold_expired": ["expired", "2024-05-01T13:00:00.000000Z"],
        "capture_exceeds_hold": ["spent", "debit", 7, 8, "CNY/2"],
        "balance_floor_breached": ["spent", 0, 0, 0, 7, "CNY/2", TODAY],
    },
    "reversal": {
        "reversal_of_hold": ["held"],
        "reversal_of_reversal": ["reversal"],
        "already_reversed": ["reversed"],
        "reversal_differs": ["paid"],
        "records_stand": ["noted"],
        "balance_floor_breached": ["spent", 0, 0, 0, 10, "CNY/2", TODAY],
    },
    "closing": {"account_not_empty": ["points", 1, POINT]},
}


@pytest.mark.parametrize("name", TOLD)
def test_a_refusal_names_what_it_refuses(prepared: Ledger, name: str) -> None:
    base, faults = kind_of(prepared, name)
    numbers = prepared.reader.numbers(["paid", "noted", "reversed", "held", "released", "expired"])
    numbers |= prepared.reader.numbers(["reversal", "release"])
    for code, expected in TOLD[name].items():
        fault = next(fault for of, fault in faults if of == code)
        with pytest.raises(BankcoreError) as refusal:
            prepared.post(fault(base))
        named = [numbers.get(each, each) if isinstance(each, str) else each for each in expected]
        assert told(refusal.value) == named


@pytest.mark.parametrize("name", BASES)
def test_the_field_that_is_wrong_is_named(prepared: Ledger, name: str) -> None:
    base, faults = kind_of(prepared, name)
    fields = []
    for code, fault in faults:
        with pytest.raises(BankcoreError) as refusal:
            prepared.post(fault(base))
        fields += told(refusal.value) if code == "bad_transaction" else []
    of_kind = {
        "plain": ["expires_at", "records"],
        "hold": ["expires_at"],
        "correction": ["corrects", "corrects"],
    }
    assert fields == ["kind", "records", "expires_at", "up_to", *of_kind.get(name, [])]


def test_of_several_transactions_the_first_refused_one_is_named(prepared: Ledger) -> None:
    """In a group, in a group of an atomic list, and in an atomic list, whatever is wrong with the next."""
    head = prepared.reader.head()
    good = evolve(BASE, key="good")
    for (code, one), (_, other) in permutations(FAULTS, 2):
        run = [good, one(BASE), other(evolve(BASE, key="other"))]
        grouped = [evolve(t, group="g") for t in run]
        verdicts = [v.as_dict() for v in prepared.post_many(grouped) if isinstance(v, BankcoreError)]
        assert [v["code"] for v in verdicts] == ["group_refused", code, "group_refused"]
        assert [v.get("reason") for v in (verdicts[0], verdicts[2])] == [code, code]
        for atomic in (run, grouped):
            with pytest.raises(BankcoreError) as refusal:
                prepared.post_many(atomic, atomic=True)
            assert refusal.value.code == code
    assert prepared.reader.head() == head


def test_a_group_that_stands_for_others_is_refused_before_its_members(prepared: Ledger) -> None:
    prepared.post(evolve(BASE, key="first", group="g"))
    for _, fault in FAULTS:
        (verdict,) = prepared.post_many([fault(evolve(BASE, group="g"))])
        assert isinstance(verdict, BankcoreError)
        assert verdict.code == "group_conflict"
