"""The digest chain: golden values that pin the encoding for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.making import CNY, DAY, POINT, evolve, leg

from bankcore.errors import BadTransaction
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.encoding import decode, digest, encode, entry_of
from bankcore.ledger.transactions import (
    Book,
    Hold,
    Posting,
    Record,
    Transaction,
    canonical_json,
    legs,
    timestamp,
)
from bankcore.units import Unit

BOOK = Book(1, "main", CNY, DAY)


def line(number: int, stamp: str, t: Transaction) -> str:
    """The line of a transaction whose postings are the first of their accounts."""
    return encode(number, stamp, t, () if t.pending else [(1, p.quantity) for p in t.postings])


def chain(previous: bytes, number: int, stamp: str, t: Transaction) -> bytes:
    return digest(previous, line(number, stamp, t))


STAMP = timestamp(datetime(2024, 5, 1, 9, 30, 0, 7, tzinfo=UTC))
PLAIN = Transaction(key="k1", kind="fund", effective_on=DAY, postings=(leg("bank:cash", 100), leg("a", -100)))
FULL = Transaction(
    key="键",
    kind="wallet.recharge",
    effective_on=date(2024, 2, 29),
    postings=(leg("备付金", 5), leg("a", -5), leg("issued", 3, POINT), leg("points", -3, POINT)),
    records=(Record("note", "n:1", {"b": [1, None, True], "a": "文"}), Record("note", "n:1", {}, 2)),
    description="充值, 5.00",
    agreement="mall",
    actor="operator:mall",
    details={"amount": "0.05", "nested": {"x": -1}},
    corrects=3,
)


def test_timestamps_are_utc_with_microseconds() -> None:
    assert STAMP == "2024-05-01T09:30:00.000007Z"


GOLDEN = (Path(__file__).parent / "golden" / "format-1.jsonl").read_text("ascii").splitlines()


def test_golden_lines_and_digests() -> None:
    """These bytes are journal format 1."""
    given = (PLAIN, FULL, HOLD, evolve(PLAIN, resolves=3), evolve(PLAIN, group="批", up_to=True))
    digests = [BOOK.genesis()]
    for number, (t, golden) in enumerate(zip(given, GOLDEN, strict=True), start=1):
        assert line(number, STAMP, t) == golden
        assert decode(golden).transaction == t
        digests.append(digest(digests[-1], golden))
    assert [each.hex() for each in digests] == [
        "6d9bcdc225cb917051d3a51a7ceb82a8b5c6b9bdba75bdb96d1bf656bfec5700",
        "a5ad8a0f45100707f6c7be6b9d71dd61b1c276c34745d9139c2e1881c2285c1c",
        "f81c363153935c75d72fdcaf9483e866eab8a19401d2b3b3804eae69aab84bb4",
        "2605846c51a37bbc8296e79996dea8268b1be1a71d46af6eec8d012737495728",
        "85c9a273d12f41388420941fd5b0d738db3e84b29a918a444736a97120a6905b",
        "40ea77339f7f793e0bd11788c9223198afeb1725ed39456f25680feeb26bb084",
    ]


def test_empty_details_are_no_details() -> None:
    """Whoever gives an empty mapping says as much as who gives none."""
    assert line(1, STAMP, evolve(PLAIN, details={})) == line(1, STAMP, PLAIN)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ('"k1"', "5"),
        ("100,1,100", "100.5,1,100"),
        ("100,1,100", "NaN,1,100"),
        ('"2024-05-01","', '"2024-5-1","'),
        ("]]]", ']],[],"[1]"]'),
        ("]]]", ']],[["note","n",1,"[1]"]]]'),
        ("]]]", "]]"),
        ("[1,", "[[1],"),
    ],
)
def test_what_no_line_can_be_is_a_value_error(now: str, then: str) -> None:
    assert now in GOLDEN[0]
    spoilt = GOLDEN[0].replace(now, then, 1)
    with pytest.raises(ValueError):
        entry_of(1, "k1", bytes(32), spoilt)


OTHER = {
    "kind": "x",
    "effective_on": date(2024, 3, 1),
    "postings": FULL.postings[:2],
    "records": FULL.records[:1],
    "key": "x",
    "description": "x",
    "agreement": "x",
    "actor": "x",
    "details": {},
    "reverses": 3,
    "corrects": None,
    "pending": True,
    "expires_at": None,
    "resolves": 1,
    "group": "x",
    "up_to": True,
}
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
HOLD = evolve(FULL, pending=True, expires_at=datetime(2024, 5, 2, tzinfo=UTC))


def test_every_field_is_in_the_digest() -> None:
    assert set(OTHER) == set(Transaction._fields)
    digests = {chain(b"", 1, STAMP, FULL), chain(b"x", 1, STAMP, FULL), chain(b"", 2, STAMP, FULL)}
    digests |= {chain(b"", 1, STAMP.replace("7", "8"), FULL)}
    digests |= {chain(b"", 1, STAMP, evolve(FULL, **{name: value})) for name, value in OTHER.items()}
    digests |= {
        chain(b"", 1, STAMP, HOLD),
        chain(b"", 1, STAMP, evolve(HOLD, expires_at=datetime(2030, 5, 2, tzinfo=UTC))),
    }
    postings, (first, second) = FULL.postings, FULL.records
    for changed in (leg("b", 5), leg("备付金", 6), leg("备付金", 5, POINT)):
        digests.add(chain(b"", 1, STAMP, evolve(FULL, postings=(changed, *postings[1:]))))
    for record in (
        evolve(first, kind="x"),
        evolve(first, id="x"),
        evolve(first, version=9),
        evolve(first, data={}),
    ):
        digests.add(chain(b"", 1, STAMP, evolve(FULL, records=(record, second))))
    digests.add(chain(b"", 1, STAMP, evolve(FULL, records=(second, first))))
    assert len(digests) == 4 + (len(OTHER) - 1) + 2 + 3 + 4 + 1  # only a hold has an expiry


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@given(st.tuples(texts, texts, texts, texts), st.tuples(texts, texts, texts, texts))
def test_no_two_transactions_share_an_encoding(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    def reached(values: tuple[str, ...]) -> bytes:
        names = ("key", "kind", "description", "agreement")
        return chain(b"", 1, STAMP, evolve(PLAIN, **dict(zip(names, values, strict=True))))

    assert (reached(one) == reached(other)) == (one == other)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, plain, max_size=4))
def test_canonical_json_does_not_depend_on_order(data: dict[str, object]) -> None:
    assert canonical_json(data) == canonical_json(dict(reversed(data.items())))


@pytest.mark.parametrize("data", [{"a": {"b": float("nan")}}, {"a": object()}, [1], "text"])
def test_only_plain_data_is_canonical(data: object) -> None:
    with pytest.raises(BadTransaction) as refusal:
        canonical_json(data)  # type: ignore[arg-type]
    assert refusal.value.field == "data"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"a": [0.5]}, "a value of type float is not plain data"),
        ({"a": {1: 2}}, "a key of type int is not text"),
    ],
)
def test_what_is_not_plain_is_named(data: dict[str, object], reason: str) -> None:
    with pytest.raises(BadTransaction) as refusal:
        canonical_json(data)
    assert refusal.value.reason == reason


def test_canonical_json_is_one_text() -> None:
    data = {"b": (1, True, None), "a": {"文": "\n"}, "unit": CNY}
    assert canonical_json(data) == '{"a":{"文":"\\n"},"b":[1,true,null],"unit":"CNY/2"}'


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_data_is_nested_a_hundred_deep_at_most(wrap: Callable[[object], object]) -> None:
    inner: object = []
    for _ in range(99):
        inner = wrap(inner)
    assert json.loads(canonical_json({"a": inner})) == {"a": inner}
    with pytest.raises(BadTransaction, match="more than 100 deep"):
        canonical_json({"a": wrap(inner)})


@pytest.mark.parametrize(
    "fields",
    [
        {"id": -1},
        {"id": 2**63},
        {"id": True},
        {"name": ""},
        {"name": 5},
        {"name": "\ud800"},
        {"name": "main\0"},
        {"opened_on": datetime(2024, 5, 1)},
    ],
)
def test_no_such_book(fields: dict[str, object]) -> None:
    with pytest.raises(BadTransaction) as refusal:
        evolve(BOOK, **fields)
    assert refusal.value.field == "book"


def test_the_first_and_the_last_number_of_a_book() -> None:
    assert [evolve(BOOK, id=id).id for id in (0, 2**63 - 1)] == [0, 2**63 - 1]


def test_a_hold_lives_until_its_instant_or_its_end() -> None:
    at = datetime(2024, 5, 2, tzinfo=UTC)
    before = at - timedelta(microseconds=1)
    assert [Hold(1, HOLD).is_live(now) for now in (before, at)] == [True, False]
    assert Hold(1, evolve(HOLD, expires_at=None)).is_live(NEVER)
    assert not Hold(1, HOLD, resolved_by=2).is_live(before)


def test_legs_drop_zeros_and_keep_both_sides() -> None:
    a, b = AccountPath("a"), AccountPath("b")
    unit = Unit("CNY/2")
    assert legs(unit, debit={a: 5, b: 0}, credit={a: 2, b: 3}) == (
        Posting(a, 5, unit),
        Posting(a, -2, unit),
        Posting(b, -3, unit),
    )


@pytest.mark.parametrize("letters", ["\\u0000", "\\\\u0000", "u0000"])
def test_the_letters_of_a_nul_are_no_nul(letters: str) -> None:
    """Only the character itself is what not every store can hold."""
    assert json.loads(canonical_json({"a": [letters, {letters: 1}]})) == {"a": [letters, {letters: 1}]}
    for data in ({"a": letters + "\0"}, {letters: ("\0",)}, {"\0": letters}):
        with pytest.raises(BadTransaction, match="NUL"):
            canonical_json(data)
