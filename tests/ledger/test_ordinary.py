"""What `posting.ordinary` accepts at sight, the rules accept, with the same line; it accepts nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import CNY, DAY, leg, move

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.posting.ordinary import Ordinary
from bankcore.ledger.transactions import Posting, Record, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

LATER = DAY + timedelta(days=1)


class Text(str):
    """Not a text to a ledger, though it looks like one."""


@frozen
class Step:
    """Something that changes what the book takes."""

    do: Callable[[Ledger, str], object]


def change(path: str, **fields: Any) -> Step:
    return Step(lambda ledger, key: ledger.change(AccountPath(path), key=key, reason="r", **fields))


def limit(root: str, flow: Flow, most: int | None, each: bool) -> Step:
    wanted = VelocityLimit("v", root, CNY, flow, Per.MONTH, most=most, each=each)
    return Step(lambda ledger, key: ledger.limit(wanted, key=key))


paths = st.sampled_from(["cash", "a", "b", "line", "points", "due", "due-contra", "nobody"])
bounds = st.none() | st.integers(-600, 600)
steps = st.one_of(
    st.builds(change, paths, status=st.sampled_from(list(Status))),
    st.builds(change, paths, floor=bounds, ceiling=bounds),
    st.builds(
        limit,
        st.sampled_from(["", "a"]),
        st.sampled_from(Flow),
        st.none() | st.integers(0, 600),
        st.booleans(),
    ),
    st.builds(
        lambda path, other, q: Step(lambda ledger, key: ledger.post(move(key, path, other, q, pending=True))),
        paths, paths, st.integers(1, 400),
    ),
    st.just(Step(lambda ledger, key: ledger.close_period(DAY, key=key))),
)  # fmt: skip

quantities = st.integers(-500, 500) | st.sampled_from([2**62, 2**63 - 1, -(2**63), 2**70, True, None])
units: Any = st.sampled_from([CNY] * 8 + ["POINT/0", "USD/2"])
postings = st.builds(leg, paths, quantities, units)


def balanced(quantity: int, between: Sequence[str]) -> tuple[Posting, ...]:
    *debited, credited = between
    return (*(leg(path, quantity) for path in debited), leg(credited, -quantity * len(debited)))


usual = st.builds(balanced, st.integers(1, 500), st.lists(paths, min_size=2, max_size=3))
texts: Any = st.sampled_from(["x", "文", "line\nbreak", "tab\t", "\\ud800", "", "\ud800", Text("x"), 5])
records = st.builds(
    Record,
    st.sampled_from(["note", "lead", "account", "period", "seal", ""]),
    st.sampled_from(["1", "2", "\ud800"]),
    st.sampled_from([{}, {"n": 1}, {"personal": {"name": "Li"}}, {"n": 0.5}, {"n": object()}, []]),
    st.integers(0, 3),
)
rare: Any = {
    "reverses": st.integers(1, 4),
    "corrects": st.integers(1, 4),
    "resolves": st.integers(1, 4),
    "pending": st.booleans(),
    "up_to": st.booleans(),
    "group": st.sampled_from(["", "g"]),
    "expires_at": st.none() | st.just(NOON + timedelta(days=1)),
    "details": st.sampled_from([{}, {"a": 1}, {"personal": {"b": 2}}, {"a": 0.5}, None]),
    "records": st.lists(records, max_size=2).map(tuple),
    "effective_on": st.sampled_from([DAY, LATER, DAY - timedelta(days=1), date.max, NOON, None]),
}  # fmt: skip


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    key = draw(
        st.integers(1, 9).map(str) | st.sampled_from(["", "expiry/1", "k" * 201, "\ud800", "键", Text("k")])
    )
    kind, description = draw(st.just("move") | texts | st.just("hold.expiry")), draw(texts)
    given: Any = draw(
        usual | usual | usual | st.lists(postings, max_size=3).map(tuple) | st.just([leg("a", 1)])
    )
    named = draw(st.lists(st.sampled_from(sorted(rare)), max_size=2, unique=True))
    fields = {
        "effective_on": draw(st.sampled_from([DAY, DAY + timedelta(days=1)])),
        "actor": draw(st.just("") | texts),
    }
    fields |= {name: draw(rare[name]) for name in named}
    return Transaction(key=key, kind=kind, description=description, postings=given, **fields)


def outcome(act: Callable[[], Any]) -> object:
    try:
        verdicts = act()
    except BankcoreError as refusal:
        return refusal.as_dict()
    return [v.as_dict() for v in verdicts] if isinstance(verdicts, list) else verdicts


def told(history: Sequence[Step | list[Transaction]], atomic: bool) -> tuple[list[object], Any]:
    """What a history is answered, and the lines that it leaves."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON, salts=seeded("t"))
    ledger.open(ACCOUNTS, key="open")
    ledger.post_many([move(f"fund {path}", path, "cash", 300) for path in ("a", "b", "line")])
    said = []
    for place, item in enumerate(history):
        if isinstance(item, Step):
            said.append(outcome(lambda item=item, place=place: item.do(ledger, f"step {place}")))  # type: ignore[misc]
        else:
            said.append(outcome(lambda item=item: ledger.post_many(item, atomic=atomic)))  # type: ignore[misc]
    return said, list(ledger.reader.journal())


@given(st.lists(steps | st.lists(transactions(), min_size=1, max_size=4), max_size=8), st.booleans())
def test_the_rules_alone_say_the_same(history: list[Step | list[Transaction]], atomic: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ordinary, "decide", lambda self, transaction: None)
        expected = told(history, atomic)
    assert told(history, atomic) == expected


def test_it_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual transactions are accepted without asking the rules."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON, salts=seeded("t"))
    ledger.open(ACCOUNTS, key="open")
    monkeypatch.setattr("bankcore.ledger.posting.batch.first_refusal", lambda case: pytest.fail("asked"))
    note = Record("note", "1", {"personal": {"name": "Li"}})
    ledger.post(move("1", "a", "cash", 5, description="文", details={"a": 1}, records=(note,)))
    ledger.post(move("2", "a", "cash", 5))
    ledger.post(Transaction(key="3", kind="many", effective_on=DAY + timedelta(days=3),
                            postings=(leg("cash", 9), leg("a", -4), leg("line", -5))))  # fmt: skip
    assert ledger.reader.head().number == 4


def test_what_many_lines_say_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bankcore.ledger.posting.ordinary._MOST_HEADS", 2)
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    for kind in ("x", "y", "z", "x"):
        number = ledger.post(move(f"{kind} {ledger.reader.head().number}", "a", "cash", 5, kind=kind)).number
        assert ledger.entry(number).transaction.kind == kind


def test_records_beside_a_transaction_that_cannot_be_read() -> None:
    """What the one lacks is no hindrance to the other."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    unreadable = move("1", "a", "cash", 5)._replace(postings=None)  # type: ignore[arg-type]
    noted = move("2", "a", "cash", 5, records=(Record("note", "n", {}),))
    refused, receipt = ledger.post_many([unreadable, noted])
    assert getattr(refused, "code", "") == "bad_transaction"
    assert getattr(receipt, "number", 0) == 2


def test_a_unit_that_only_looks_the_same_goes_by_the_rules() -> None:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    copied = str.__new__(Unit, "CNY/2")
    same = move("1", "a", "cash", 5)
    given = same._replace(postings=tuple(p._replace(unit=copied) for p in same.postings))
    assert not ledger.post(given).replayed
    assert ledger.post(same).replayed
