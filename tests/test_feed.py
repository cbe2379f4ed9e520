"""The feed gives every notice and every transaction in order, at least once, to consumers that may die."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import PROFILE

from bankcore import Bank
from bankcore.errors import BadConsumer
from bankcore.feed import Feed, Notice, deliver
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Entry, Record, Transaction
from bankcore.products.parties import RegisterParty, RestoreParty, SuspendParty
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store


class Killed(BaseException):
    """The consumer is gone."""


def suspended(bank: Bank, turns: int, begin: int = 0) -> None:
    """A party that is suspended and restored, with a notice each time."""
    if not begin:
        bank.handle(RegisterParty("li"), key="register")
    for turn in range(begin, begin + turns):
        command = RestoreParty("li", "over") if turn % 2 else SuspendParty("li", "asked by the court")
        bank.handle(command, key=str(turn))


@pytest.fixture(params=["memory", "file", *(["server"] if PROFILE == "nightly" else [])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the book is: in memory, in a file or on a server."""
    if request.param == "server":
        return str(request.getfixturevalue("postgres_url"))
    return "memory:" if request.param == "memory" else str(tmp_path / "b.db")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    store: Store = open_store(place, create=True)
    yield store
    store.close()


@pytest.fixture
def bank(store: Store) -> Bank:
    return Bank.create(store, opened_on=date(2024, 5, 1))


def test_notices_come_in_order_and_say_what_they_are_of(bank: Bank) -> None:
    suspended(bank, 3)
    notices = list(Feed(bank.ledger).notices())
    assert [it.topic for it in notices] == ["suspended", "restored", "suspended"]
    assert [it.number for it in notices] == [2, 3, 4]
    assert len({it.id for it in notices}) == 3
    assert list(Feed(bank.ledger).notices(["restored"])) == notices[1:2]
    assert notices[0].as_data() == {
        "id": notices[0].id,
        "party": "li",
        "topic": "suspended",
        "subject": "li",
        "on": "2024-05-01",
        "data": {},
    }
    for it in notices:
        place = int(it.id.partition("/")[2])
        assert bank.ledger.entry(it.number).transaction.records[place - 1].id == "li:" + it.topic + ":li"


def test_entries_are_the_journal_without_a_gap(bank: Bank) -> None:
    suspended(bank, 3)
    assert [it.number for it in Feed(bank.ledger).entries()] == [1, 2, 3, 4]
    assert [it.number for it in Feed(bank.ledger, after=2).entries()] == [3, 4]


def test_a_consumer_goes_on_where_it_was(bank: Bank, store: Store) -> None:
    suspended(bank, 3)
    mails: list[Notice] = []
    assert deliver(Feed(bank.ledger, "mailer"), mails.append) == 4
    assert deliver(Feed(bank.ledger, "mailer"), mails.append) == 0
    suspended(bank, 1, begin=3)
    feed = Feed(Bank.open(store).ledger, "mailer")
    assert (feed.position, deliver(feed, mails.append), feed.position) == (4, 1, 5)
    assert [it.number for it in mails] == [2, 3, 4, 5]
    assert Feed(bank.ledger, "app").position == 0


def test_a_feed_without_a_consumer_keeps_its_place_by_itself(bank: Bank, store: Store) -> None:
    suspended(bank, 2)
    feed, seen = Feed(bank.ledger), list[Entry]()
    assert [feed.run(seen.append), feed.run(seen.append)] == [3, 0]
    assert store.consumers(1) == {}


def test_the_feed_does_not_feed_itself(bank: Bank) -> None:
    suspended(bank, 1)
    head = bank.ledger.reader.head()
    Feed(bank.ledger, "mailer").run(lambda entry: None)
    assert bank.ledger.reader.head() == head


@pytest.mark.parametrize("name", ["Mailer", "a b", "x" * 41, "-x"])
def test_a_consumer_has_a_plain_name(bank: Bank, name: str) -> None:
    with pytest.raises(BadConsumer):
        Feed(bank.ledger, name)


@pytest.mark.parametrize("name", [None, 5, b"mailer"])
def test_a_consumer_is_named_by_a_text(bank: Bank, name: Any) -> None:
    with pytest.raises(BadConsumer):
        Feed(bank.ledger, name)


@pytest.mark.parametrize("after", ["x", None, 1.5, True, -1, 10**30])
def test_a_feed_begins_after_a_number(bank: Bank, after: Any) -> None:
    with pytest.raises(BadConsumer, match="begins after the number"):
        Feed(bank.ledger, after=after)


@pytest.mark.parametrize("number", [None, "1", 1.0, 0.5, True])
def test_only_a_number_can_be_acknowledged(bank: Bank, number: Any) -> None:
    bank.handle(RegisterParty("li"), key="1")
    with pytest.raises(BadConsumer, match="there is no transaction"):
        Feed(bank.ledger, "mailer").acknowledge(number)
    assert Feed(bank.ledger, "mailer").position == 0


def test_a_text_is_one_topic_not_those_within_it(bank: Bank) -> None:
    suspended(bank, 2)
    assert [it.topic for it in Feed(bank.ledger).notices("restored")] == ["restored"]
    assert list(Feed(bank.ledger).notices("unrestored")) == []


@pytest.mark.parametrize(
    ("id", "data"),
    [
        ("x", {"on": "2024-05-01"}),
        ("li:x", {"on": "2024-05-01"}),
        ("li:x:y", {}),
        ("li:x:y", {"on": 5}),
        ("li:x:y", {"on": "May"}),
    ],
)
def test_what_has_not_the_form_of_a_notice_is_none_and_stops_no_feed(
    bank: Bank, id: str, data: dict[str, Any]
) -> None:
    records = (Record("notice", id, data),)
    bank.ledger.post(Transaction(kind="x", effective_on=date(2024, 5, 1), records=records, key="bad"))
    suspended(bank, 1)
    assert [it.topic for it in Feed(bank.ledger).notices()] == ["suspended"]


@pytest.mark.parametrize("number", [-1, 2])
def test_only_what_there_is_can_be_acknowledged(bank: Bank, number: int) -> None:
    bank.handle(RegisterParty("li"), key="1")
    with pytest.raises(BadConsumer, match="there is no transaction"):
        Feed(bank.ledger, "mailer").acknowledge(number)
    with pytest.raises(BadConsumer, match="only a consumer with a name"):
        Feed(bank.ledger).acknowledge(1)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=8), st.integers(1, 4))
def test_killed_anywhere_an_idempotent_consumer_sees_each_once(
    turns: list[tuple[int, int]], every: int
) -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    suspended(bank, 1)
    given, written = list[str](), 1
    for more, until in [*turns, (0, 10_000)]:
        suspended(bank, more, begin=written)
        written += more
        left = iter(range(until))

        def take(entry: Entry, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Killed
            given.append(entry.transaction.key)

        with contextlib.suppress(Killed):
            Feed(bank.ledger, "mailer").run(take, every=every)
    once = list(dict.fromkeys(given))
    assert once == [entry.transaction.key for entry in Feed(bank.ledger).entries()]


@pytest.mark.parametrize("place", ["file", *(["server"] if PROFILE == "nightly" else [])], indirect=True)
def test_the_outbox_is_killed_again_and_again_and_loses_nothing(place: str) -> None:
    chance, with_notices = Random(7), 600
    store = open_store(place, create=True)
    suspended(Bank.create(store, opened_on=date(2024, 5, 1)), with_notices)
    lines, kills = list[str](), 0
    while True:
        with subprocess.Popen(
            [sys.executable, "-m", "bankcore", "outbox", "--book", place, "--consumer", "mailer"],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            if first and kills < 6:
                time.sleep(chance.randrange(6) / 1000)
                process.send_signal(signal.SIGKILL)
                kills += 1
            lines += [first, *process.stdout] if first else []
        if process.returncode == 0:
            break
    whole = [line for line in lines if line.endswith("\n")]  # the last may be cut off where it was killed
    ids = list(dict.fromkeys(json.loads(line)["id"] for line in whole))
    assert ids == [it.id for it in Feed(Bank.open(store).ledger).notices()]
    assert kills > 1
    assert len(ids) == with_notices
    store.close()


def outbox(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "bankcore", "outbox", "--book", str(place), *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False, env=os.environ)


def test_the_outbox_writes_lines_of_json(tmp_path: Path) -> None:
    place = tmp_path / "b.db"
    store = open_store(place, create=True)
    bank = Bank.create(store, opened_on=date(2024, 5, 1))
    suspended(bank, 2)
    notices = [json.loads(line) for line in outbox(place).stdout.splitlines()]
    assert [it["topic"] for it in notices] == ["suspended", "restored"]
    assert outbox(place, "--topic", "restored").stdout.count("\n") == 1
    entries = [json.loads(line) for line in outbox(place, "--entries", "--after", "1").stdout.splitlines()]
    assert [(it["number"], it["digest"]) for it in entries] == [
        (number, bank.ledger.entry(number).digest.hex()) for number in (2, 3)
    ]
    assert outbox(place, "--topic", "x", "--entries").returncode == 2
    refused = outbox(place, "--consumer", "No Such")
    assert (refused.returncode, "[bad_consumer]" in refused.stderr) == (2, True)
    store.close()


def test_the_outbox_follows(tmp_path: Path) -> None:
    place = tmp_path / "b.db"
    store = open_store(place, create=True)
    bank = Bank.create(store, opened_on=date(2024, 5, 1))
    suspended(bank, 1)
    program = [sys.executable, "-m", "bankcore", "outbox", "--book", str(place), "--follow"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["topic"] == "suspended"
        suspended(bank, 1, begin=1)
        assert json.loads(process.stdout.readline())["topic"] == "restored"
        process.terminate()
    store.close()
