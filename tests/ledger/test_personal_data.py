"""Personal data is committed to by the journal and stands beside it, where it can be erased."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, move

from bankcore.errors import BadTransaction, KeyConflict, StoreDamaged
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import prove_transaction
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import conceal, reveal, seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import PERSONAL, Record, Transaction, canonical_json
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

SECRET = "Zhang Wei 440301199001011234"
LEAD = Record("lead", "l1", {"place": "Ningbo", "personal": {"name": SECRET}, "more": [{"personal": SECRET}]})
DETAILS = {"command": "x", "commands": [{"personal": SECRET}, {"personal": None}]}
KNOWN = Transaction(key="k", kind="x", effective_on=DAY, records=(LEAD,), details=DETAILS)
NOTE = Record("note", "n", {"of": "nobody"})


def opened(store: Store) -> Ledger:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON, salts=seeded("t"))
    ledger.open(ACCOUNTS, key="open")
    return ledger


@pytest.fixture
def told(store: Store) -> Ledger:
    ledger = opened(store)
    ledger.post(KNOWN)
    ledger.post(move("2", "a", "cash", 5, records=(LEAD.next(place="Suzhou"),)))
    ledger.close_period(DAY, key="close")
    return ledger


def test_who_reads_the_book_is_given_it(told: Ledger) -> None:
    entry = told.entry(2)
    assert entry.transaction == KNOWN
    assert told.reader.record("lead", "l1") == LEAD.next(place="Suzhou")
    assert list(told.reader.versions("lead", "l1")) == [LEAD, LEAD.next(place="Suzhou")]
    assert list(told.reader.records("lead")) == [LEAD.next(place="Suzhou")]
    assert next(e.transaction for e in told.reader.entries(after=1)) == KNOWN
    assert verify(told.reader, BOOK).require().transactions == 4


def test_what_transactions_of_one_commit_say_is_kept_of_each(store: Store) -> None:
    ledger = opened(store)
    other = KNOWN._replace(key="other", records=(Record("lead", "l2", {"personal": "Li Lei"}), NOTE))
    ledger.post_many([KNOWN, other], atomic=True)
    entries = [ledger.entry(number) for number in (2, 3)]
    assert [entry.transaction for entry in entries] == [KNOWN, other]
    assert [[row[0] for row in entry.personal] for entry in entries] == [[0, 1], [0, 1]]


def test_neither_line_nor_proof_says_it(told: Ledger) -> None:
    assert all(SECRET not in line for _, _, _, line in told.reader.journal())
    proof = prove_transaction(told.reader, BOOK, 2)
    assert SECRET not in json.dumps(proof.as_dict())
    assert proof.check()


def test_equal_data_gives_other_commitments(told: Ledger) -> None:
    """The salt is another one at every place, so nobody sees that two speak of one person."""
    said = [found for _, _, _, line in told.reader.journal() for found in line.split('personal\\":\\"')[1:]]
    assert len(said) == 5
    assert len({each[:64] for each in said}) == 5


def test_a_retry_is_known_and_another_content_told_without_saying_what(told: Ledger) -> None:
    assert told.post(KNOWN).replayed
    other = Record("lead", "l1", {**LEAD.data, "personal": {"name": "Li Lei"}})
    for changed in (KNOWN._replace(records=(other,)), KNOWN._replace(details={"personal": "Li Lei"})):
        with pytest.raises(KeyConflict) as refusal:
            told.post(changed)
        assert SECRET not in str(refusal.value.as_dict())
        assert "Li Lei" not in str(refusal.value.as_dict())


def test_equal_histories_give_equal_digests(tmp_path: Path) -> None:
    digests = set()
    for store in (MemoryStore(), SqliteStore(tmp_path / "b.db", create=True)):
        ledger = opened(store)
        ledger.post(KNOWN)
        digests.add(ledger.reader.head().digest)
        store.close()
    assert len(digests) == 1


def test_without_salts_there_is_no_personal_data(store: Store) -> None:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    with pytest.raises(BadTransaction, match="salts") as refusal:
        ledger.post(KNOWN)
    assert refusal.value.field == "personal"
    assert (
        ledger.post(KNOWN._replace(records=(Record("n", "n", {}),), details={"personal": None})).number == 1
    )


def stored(tmp_path: Path) -> Path:
    path = tmp_path / "b.db"
    with closing(SqliteStore(path, create=True)) as store:
        ledger = opened(store)
        ledger.post(KNOWN)
    return path


def test_only_one_table_holds_it(tmp_path: Path) -> None:
    path = stored(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        holding = {t for t in tables for row in db.execute(f'SELECT * FROM "{t}"') if SECRET in str(row)}
    assert holding == {"personal"}


def test_once_erased_everything_else_holds(tmp_path: Path) -> None:
    path = stored(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("DELETE FROM personal")
        db.commit()
    with closing(SqliteStore(path)) as store:
        ledger = Ledger(store, BOOK, clock=lambda: NOON)
        verify(ledger.reader, BOOK).require()
        record = ledger.reader.record("lead", "l1")
        assert record is not None
        assert record.data["place"] == "Ningbo"
        assert len(record.data["personal"]) == 64
    assert SECRET.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE personal SET data = replace(data, 'Zhang', 'Li') WHERE place = 1",
        "UPDATE personal SET salt = '00' WHERE place = 0",
        "UPDATE personal SET data = '[]' WHERE place = 0",
        "UPDATE personal SET place = 7 WHERE place = 1",
        "UPDATE personal SET number = 99 WHERE place = 1",
    ],
)
def test_what_the_line_does_not_commit_to_is_found(tmp_path: Path, change: str) -> None:
    path = stored(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(change).rowcount == 1
        db.commit()
    with closing(SqliteStore(path)) as store:
        found = verify(store.reading(1), BOOK).findings
    assert [each.code for each in found] == ["broken_chain"]
    assert "not what its line commits to" in str(found[0])


def test_who_reads_what_the_line_does_not_commit_to_is_told(tmp_path: Path) -> None:
    path = stored(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE personal SET data = replace(data, 'Zhang', 'Li')")
        db.commit()
    with closing(SqliteStore(path)) as store, pytest.raises(StoreDamaged, match="commits to"):
        store.reading(1).entry(2)


plain: Any = st.recursive(
    st.none()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", PERSONAL, "z"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["b", PERSONAL]), plain, max_size=2), st.binary(max_size=4))
def test_what_is_concealed_is_revealed(data: dict[str, Any], salt: bytes) -> None:
    text = canonical_json(data)
    public, hidden = conceal(text, salt)
    assert canonical_json(reveal(json.loads(public), hidden)) == text
    assert conceal(text, salt) == (public, hidden)
