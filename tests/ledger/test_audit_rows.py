"""Rows that are not what the journal says are told one by one, and what follows from one is counted."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.forging import edited
from tests.ledger.making import DAY, leg, move

from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import Record
from bankcore.stores.sqlite import SqliteStore

D2 = DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with rows of every kind: `cash` is account 1, `a` is account 2."""
    path = tmp_path_factory.mktemp("rows") / "sound.db"
    with closing(SqliteStore(path, create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON, salts=seeded("t"))
        ledger.open(ACCOUNTS, key="open")
        ledger.post(move("2", "a", "cash", 700))
        ledger.post(move("3", "cash", "a", 60, pending=True, expires_at=NOON + timedelta(hours=1)))
        ledger.post(move("4", "cash", "a", 5, pending=True))
        ledger.capture(4, key="5", effective_on=DAY)
        wrong = ledger.post(move("6", "a", "cash", 40)).number
        ledger.reverse(wrong, key="7", effective_on=D2)
        ledger.correct(2, key="8", effective_on=D2, postings=(leg("cash", 709), leg("a", -709)))
        ledger.post_many([move(key, "a", "cash", 1, group="g") for key in ("9", "10")], atomic=True)
        person = Record("lead", "l", {"personal": {"name": "Li Lei"}})
        ledger.post(move("11", "a", "cash", 2, records=(person, Record("note", "n", {"text": "a"}))))
    return path


POSTING = "UPDATE posting SET {} WHERE account_id = 1 AND sequence = {}"
HORIZON = "account cash, horizon after 1: stored {}, the journal says 2024-05-01"
PERSON = "transaction {}: personal data at place {} is not what its line commits to"
NEVER_BEGAN = (
    "transaction 11: 1 holds that live though something resolved them, or that never began, such as number 3"
)
DEAD = "transaction 11: 1 holds that nothing resolved and that do not live, such as number 4"
LAST = date.max.toordinal()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], []),
        (  # postings
            [POSTING.format("number = 3", 1), POSTING.format("number = 4", 2)],
            [("account cash, number after 1: stored 3, the journal says 2", 1)],
        ),
        ([POSTING.format(f"horizon = {D2.toordinal()}", 1)], [(HORIZON.format("2024-05-02"), 0)]),
        (
            [POSTING.format("horizon = 0", 1), POSTING.format("horizon = 0", 2)],
            [(HORIZON.format(0), 1)],
        ),
        (
            [POSTING.format(f"horizon = {D2.toordinal() + 1}", 8)],  # the last, where the account stands
            [("account cash, horizon after 8: stored 2024-05-03, the journal says 2024-05-02", 1)],
        ),
        ([POSTING.format("horizon = 1", 1)], [(HORIZON.format("0001-01-01"), 0)]),
        ([POSTING.format(f"horizon = {LAST}", 1)], [(HORIZON.format("9999-12-31"), 0)]),
        ([POSTING.format(f"horizon = {LAST + 1}", 1)], [(HORIZON.format(LAST + 1), 0)]),
        (
            ["DELETE FROM posting WHERE account_id = 1 AND sequence IN (2, 3)"],
            [("transaction 5: posting 2 of cash is not stored", 2)],  # posting 3, and how many there are
        ),
        (
            ["DELETE FROM posting WHERE sequence = 2"],
            [
                ("transaction 5: posting 2 of cash is not stored", 0),
                ("transaction 5: posting 2 of a is not stored", 1),
            ],
        ),
        (  # records
            ["UPDATE record SET data = '{}' WHERE kind = 'note'"],
            [("transaction 11: record note n: version 1 is stored otherwise", 0)],
        ),
        (
            ["DELETE FROM record WHERE kind = 'note'"],
            [
                ("transaction 11: record note n: version 1 is not stored", 1),
                ("transaction 11: 1 record heads that are not the newest version, such as note n", 0),
            ],
        ),
        (  # personal data
            ["UPDATE personal SET data = replace(data, 'Li', 'Wu')"],
            [(PERSON.format(11, 1), 0)],
        ),
        (["UPDATE personal SET data = '[]'"], [(PERSON.format(11, 1), 0)]),
        (["UPDATE personal SET salt = upper(salt)"], [(PERSON.format(11, 1), 0)]),
        (["UPDATE personal SET place = 2"], [(PERSON.format(11, 2), 0)]),
        (["UPDATE personal SET number = 2"], [(PERSON.format(2, 1), 0)]),
        (["UPDATE personal SET number = 1"], [(PERSON.format(1, 1), 0)]),
        (  # holds
            ["DELETE FROM hold WHERE number = 3"],
            [
                ("transaction 3: hold 2024-05-01T13:00:00.000000Z is not stored", 0),
                ("transaction 11: 2 postings held by no hold, such as number 3", 0),
                (NEVER_BEGAN, 0),
            ],
        ),
        (
            ["UPDATE hold SET expires_at = '2024-05-01T14:00:00.000000Z' WHERE number = 3"],
            [("transaction 3: hold 2024-05-01T13:00:00.000000Z is not stored", 1), (NEVER_BEGAN, 0)],
        ),
        (
            ["UPDATE pending_posting SET quantity = quantity + 1 WHERE number = 3 AND leg = 1"],
            [("transaction 3: held 1 2 60 is not stored", 1)],
        ),
        (
            ["DELETE FROM pending_posting WHERE number = 3"],
            [("transaction 3: held 1 2 60 is not stored", 2)],  # the other leg, and how many there are
        ),
        (
            ["DELETE FROM resolution"],
            [("transaction 5: resolves 4 is not stored", 0), (DEAD, 0)],
        ),
        (
            ["UPDATE resolution SET resolves = 3"],
            [
                ("transaction 5: resolves 3 is stored but is not in its line", 1),
                (NEVER_BEGAN, 0),
                (DEAD, 0),
            ],
        ),
        (  # links and groups
            ["DELETE FROM link WHERE verb = 'reverses'"],
            [("transaction 7: reverses 6 is not stored", 0)],
        ),
        (
            ["INSERT INTO link VALUES (1, 'corrects', 2, 6)"],
            [("transaction 6: corrects 2 is stored but is not in its line", 0)],
        ),
        (
            ["UPDATE member SET group_name = 'h'"],
            [
                ("transaction 9: group g is not stored", 1),
                ("transaction 10: group g is not stored", 1),
            ],
        ),
        (  # accounts
            ["DELETE FROM account WHERE path = 'b'", "DELETE FROM balance WHERE account_id = 3"],
            [
                ("account b, account: stored not stored, the journal says opened", 1),  # how many there are
                ("transaction 11: 1 account records without their account, such as b", 0),
            ],
        ),
        (
            ["DELETE FROM account WHERE path = 'b'", "DELETE FROM record WHERE id = 'b'"],
            [
                ("transaction 1: record account b: version 1 is not stored", 3),
                (
                    "transaction 11: 1 transactions whose records are not counted 1, 2, ..., "
                    "such as number 1",
                    0,
                ),
                ("transaction 11: 1 balances without their account, such as account 3", 0),
                ("transaction 11: 1 record heads that are not the newest version, such as account b", 0),
            ],
        ),
        (
            ["UPDATE account SET path = 'bb' WHERE path = 'b'", "UPDATE record SET id = 'bb' WHERE id = 'b'"],
            [
                ("transaction 1: record account b: version 1 is not stored", 1),
                ("account bb, account: stored stored, the journal says never opened", 0),
                ("transaction 11: 1 record heads that are not the newest version, such as account b", 0),
                ("transaction 11: 1 record versions without a record head, such as account bb", 0),
            ],
        ),
        (
            ["UPDATE account SET path = 'bb' WHERE path = 'b'", 'DELETE FROM "transaction" WHERE number = 1'],
            [
                ("transaction 2: number 1 is expected", 35),
                ("transaction 11: 1 accounts without the record that opened them, such as bb", 0),
                ("transaction 11: 1 account records without their account, such as b", 0),
                (
                    "transaction 11: 1 balances that do not follow the newest record of their account, "
                    "such as bb",
                    0,
                ),
            ],
        ),
        (
            ["UPDATE balance SET debits = debits + 1, credits = credits + 1 WHERE account_id = 1"],
            [("account cash, debits: stored 754, the journal says 753", 1)],
        ),
        (
            ["UPDATE record_head SET version = 2 WHERE kind = 'note'"],
            [
                ("transaction 11: record note n: 1 is its latest version", 0),
                ("transaction 11: 1 record heads that are not the newest version, such as note n", 0),
            ],
        ),
        (  # a line under another key
            ["""UPDATE "transaction" SET line = replace(line, '"10"', '"x"') WHERE number = 10"""],
            [
                (
                    "transaction 10: its line cannot be read: number 10, key '10', "
                    "holds the line of number 10, key 'x'",
                    10,
                ),
            ],
        ),
        (  # what a line lost takes with it
            ['DELETE FROM "transaction" WHERE number = 5'],
            [
                ("transaction 6: number 5 is expected", 29),
                (
                    "transaction 11: 1 resolutions without their transaction or their hold, such as number 5",
                    0,
                ),
            ],
        ),
    ],
)
def test_a_row_is_told_and_what_follows_counted(
    book: Path, changes: list[str], expected: list[tuple[str, int]]
) -> None:
    with closing(SqliteStore(edited(book, *((sql, ()) for sql in changes)))) as store:
        found = verify(store.reading(BOOK.id), BOOK)
    assert found.seals == 0
    assert list(zip(map(str, found.findings), found.follows, strict=True)) == expected


def test_a_description_is_held_against_the_journal_to_the_letter(tmp_path: Path) -> None:
    """Python takes 1 for true, a reader of JSON does not."""
    with closing(SqliteStore(tmp_path / "sound.db", create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open([Account("a", "asset", "CNY/2", details={"n": True})], key="open")
    details = ("UPDATE account SET details = replace(details, 'true', '1')", ())
    figures = ("UPDATE balance SET debits = debits + 1", ())
    for changes, expected in (
        ((details,), [("a", "account", 0)]),
        ((figures,), [("a", "debits", 0)]),
        ((details, figures), [("a", "debits", 1)]),
    ):
        with closing(SqliteStore(edited(tmp_path / "sound.db", *changes))) as store:
            found = verify(store.reading(BOOK.id), BOOK)
        said = [each.fields() for each in found.findings[: len(expected)]]
        told = zip(said, found.follows, strict=False)
        assert [(each["account"], each["field"], follows) for each, follows in told] == expected
        assert said[0]["stored"] != said[0]["derived"]
        assert expected[0][1] == "debits" or (
            "'n': 1" in said[0]["stored"] and "'n': True" in said[0]["derived"]
        )
