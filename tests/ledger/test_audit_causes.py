"""`verify` tells causes apart from what follows: one tampered cell is not a thousand findings."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.forging import edited
from tests.ledger.making import CNY, DAY, move

from bankcore.errors import VerificationFailed
from bankcore.ledger.additions import Additions
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.evidence.audit import Verification, verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Record, Transaction, timestamp
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.render.forms import Form, refusal
from bankcore.stores.sqlite import SqliteStore

MANY = 400  # postings of each account


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of many days in which two accounts trade with cash every day; transaction 2 is the first."""
    path = tmp_path_factory.mktemp("causes") / "sound.db"
    with closing(SqliteStore(path, create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        days = [DAY + timedelta(days=n // 40) for n in range(MANY)]
        for n, day in enumerate(days):
            ledger.post(move(f"a{n}", "a", "cash", 10, effective_on=day))
            ledger.post(move(f"b{n}", "b", "cash", 3, effective_on=day))
            if n % 40 == 39:
                ledger.close_period(day, key=f"close {n}")
        ledger.post(move("hold", "cash", "a", 7, pending=True, effective_on=day + timedelta(days=1)))
        note = Record("note", "n", {"text": "a"})
        ledger.post(
            Transaction(key="note", kind="note", effective_on=day + timedelta(days=1), records=(note,))
        )
    return path


@pytest.fixture
def verified(book: Path) -> Any:
    def run(*changes: tuple[str, tuple[Any, ...]]) -> Verification:
        with closing(SqliteStore(edited(book, *changes))) as store:
            return verify(store.reading(BOOK.id), BOOK)

    return run


def said(found: Verification) -> list[str]:
    return [str(each) for each in found.findings]


def line(number: int, old: str, new: str) -> tuple[str, tuple[Any, ...]]:
    """A change of the text of a line."""
    return (f'UPDATE "transaction" SET line = replace(line, ?, ?) WHERE number = {number}', (old, new))


def test_one_tampered_line_has_three_causes(verified: Any) -> None:
    """A credit of 10 more than its debit: the digest, the sum, the account; all that follows is counted."""
    found = verified(line(2, '"a","CNY/2",-10,', '"a","CNY/2",-20,'))
    assert said(found) == [
        "transaction 2: its digest is not that of its line",
        "account a, balance after 1: stored -10, the journal says -20",
        "transaction 2: postings in CNY/2 (on balance) sum to -10",
    ]
    assert found.follows[1] > MANY  # every later balance, and where the account stands


def test_a_limit_that_only_a_tampered_line_breaks_follows_from_it(tmp_path: Path) -> None:
    """Neither the floor nor the velocity limit of the account was ever broken."""
    path = tmp_path / "sound.db"
    with closing(SqliteStore(path, create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        ledger.limit(VelocityLimit("atm", "a", CNY, Flow.OUT, Per.DAY, each=True, most=10), key="limit")
        ledger.post(move("in", "a", "cash", 100))
        ledger.post(move("out", "cash", "a", 10))
    with closing(SqliteStore(edited(path, line(4, '"a","CNY/2",10,', '"a","CNY/2",150,')))) as store:
        found = verify(store.reading(BOOK.id), BOOK)
    assert said(found) == [
        "transaction 4: its digest is not that of its line",
        "account a, balance after 2: stored -90, the journal says 50",
        "transaction 4: postings in CNY/2 (on balance) sum to 140",
    ]
    assert found.follows[1] > 2


def test_a_tampered_value_date_is_one_account_s_cause(verified: Any) -> None:
    found = verified(line(2, '"2024-05-01"', '"2024-05-04"'))
    assert said(found)[0] == "transaction 2: its digest is not that of its line"
    assert [each.fields()["account"] for each in found.findings[1:]] == ["cash", "a"]
    assert "horizon after 1" in said(found)[1]


def test_a_tampered_row_is_one_cause(verified: Any) -> None:
    found = verified(("UPDATE posting SET quantity = quantity + 1, balance = balance + 1"
                      " WHERE account_id = 1 AND sequence = 7", ()))  # fmt: skip
    assert (len(found.findings), found.follows) == (1, (1,))


def test_the_rows_of_an_account_that_are_gone_are_one_cause(verified: Any) -> None:
    found = verified(("DELETE FROM posting WHERE account_id = 1 AND sequence BETWEEN 5 AND 94", ()))
    assert said(found) == ["transaction 6: posting 5 of cash is not stored"]
    assert found.follows == (90,)  # the others, and the count


def test_rows_beyond_the_last_are_one_cause(verified: Any) -> None:
    """As if transactions had been cut off the end of the journal."""
    columns = (
        "number, quantity, balance, debits, horizon FROM posting WHERE account_id = 1 AND sequence = 800"
    )
    sql = f"INSERT INTO posting SELECT book_id, account_id, sequence + ?, {columns}"
    found = verified((sql, (1,)), (sql, (2,)))
    postings = 4 * MANY + 2
    assert said(found) == [
        f"transaction {found.transactions}: {postings + 2} postings are stored, the journal has {postings}"
    ]


def test_a_line_that_is_gone_is_the_cause_of_what_is_missing(verified: Any) -> None:
    found = verified(('DELETE FROM "transaction" WHERE number = 5', ()))
    first, *others = said(found)
    assert first == "transaction 6: number 5 is expected"
    assert others == []
    assert found.follows[0] > 2 * MANY


def test_a_line_that_cannot_be_read_is_the_cause_of_what_is_missing(verified: Any) -> None:
    found = verified(line(5, '"CNY/2",-3', '"CNY/2",-3.5'))
    assert said(found) == ["transaction 5: its line cannot be read: -3.5 is not a whole number"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"CNY/2",5,', '"CNY/2","5",'),
        ('"CNY/2",5,1,', '"CNY/2",5,"1",'),
        ('"CNY/2",5,1,5', '"CNY/2",5,1,"5"'),
        ('"CNY/2",5,1,5', '"CNY/2",5,1'),
        ('["cash",', '[["cash"],'),
        ('"2024-05-01"', '"20240501"'),
        ('"x"', '"y"'),
        ('["note","n",1,', '["note","n","1",'),
        ('["note","n",1,"{}"', '["note","n",1,"[]"'),
        ('["note","n",1,"{}"', '["note","n",1,"{} "'),
        ('["group","g"]', '["group",1]'),
        ('["group","g"]', '["other","g"]'),
        ('["group","g"]', '["expires_at","2024-05-01"]'),
        ("]]]", "]]] "),
        ("]]]", "]],1]"),
    ],
)
def test_a_line_that_no_ledger_writes_is_found(tmp_path: Path, old: str, new: str) -> None:
    """Its digest is right, so whoever wrote it had the journal in hand."""
    note = Record("note", "n", {})
    t = move("x", "a", "cash", 5, group="g", records=(note,))
    with closing(SqliteStore(tmp_path / "book.db", create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        line = encode(2, timestamp(NOON), t, ((1, 5), (1, -5)))
        assert old in line
        line = line.replace(old, new)
        reached = digest(ledger.reader.head().digest, line)
        with store.writing(BOOK.id) as writer:
            writer.append(Additions(transactions=[(2, "x", reached, line)]))
        verified = verify(ledger.reader, BOOK)
    assert "line" in said(verified)[0]
    assert verified.findings[0].fields()["number"] == 2
    assert verified.digest == reached


def test_rows_are_compared_in_every_range(tmp_path: Path) -> None:
    """More transactions than one range has."""
    with closing(SqliteStore(tmp_path / "sound.db", create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        ledger.post_many([move(str(n), "a", "cash", 1) for n in range(20_010)])
        assert verify(ledger.reader, BOOK).require().transactions == 20_011
    sql = "UPDATE posting SET quantity = quantity + ? WHERE account_id = 1 AND sequence = ?"
    changed = edited(tmp_path / "sound.db", (sql, (3, 5)), (sql, (4, 20_005)))
    with closing(SqliteStore(changed)) as store:
        found = verify(store.reading(BOOK.id), BOOK)
    assert [each.fields()["field"] for each in found.findings] == ["quantity after 5", "quantity after 20005"]


def test_an_opening_that_is_gone_is_the_cause_of_all_postings(verified: Any) -> None:
    """The line opens other accounts: one cause for the line, one for each account that nobody opened."""
    found = verified(line(1, '"account","a",1', '"account","z",1'))
    assert said(found)[0] == "transaction 1: its digest is not that of its line"
    assert "transaction 2: a posting refers to the unknown account a" in said(found)
    assert len(found.findings) < 10
    assert sum(found.follows) > MANY


def test_a_tampered_description_is_one_cause(verified: Any) -> None:
    """Its row, and the columns of the account."""
    columns = ("UPDATE account SET floor = 1 WHERE path = 'a'", ())
    found = verified(("UPDATE record SET data = replace(data, '\"floor\":0', '\"floor\":1')"
                      " WHERE kind = 'account' AND id = 'a'", ()), columns)  # fmt: skip
    assert [each.fields()["field"] for each in verified(columns).findings] == ["account"]
    assert said(found) == ["transaction 1: record account a: version 1 is stored otherwise"]
    assert found.follows == (1,)


def test_a_tampered_balance_is_one_cause(verified: Any) -> None:
    found = verified(
        ("UPDATE balance SET debits = debits + 5, credits = credits + 9 WHERE account_id = 1", ())
    )
    assert said(found) == [f"account cash, debits: stored {13 * MANY + 5}, the journal says {13 * MANY}"]
    assert found.follows == (1,)


def test_a_wrong_digest_is_the_cause_of_the_next_link_and_its_seal(verified: Any) -> None:
    found = verified(('UPDATE "transaction" SET digest = zeroblob(32) WHERE number = 5', ()))
    assert said(found) == [
        "transaction 5: its digest is not that of its line",
        "transaction 6: its digest is not that of its line",
    ]
    assert found.follows == (0, 1)  # the root over the transactions of the first seal


def test_damage_ends_the_walk_with_what_was_found(verified: Any) -> None:
    found = verified(
        line(2, '"a","CNY/2",-10,', '"a","CNY/2",-20,'),
        ("UPDATE account SET details = '[' WHERE path = 'cash'", ()),
    )
    assert {"store_damaged", "broken_chain", "balance_drift"} <= {each.code for each in found.findings}


def test_damaged_limits_are_found_and_the_walk_goes_on(verified: Any) -> None:
    data = ("1", "limit", "x", "1", "1", "1", "{}")
    found = verified(
        ("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)", data),
        ("INSERT INTO record_head VALUES (1, 'limit', 'x', 1)", ()),
    )
    assert found.findings[0].code == "store_damaged"
    assert found.transactions > 2 * MANY


def test_text_lists_the_first_twenty_and_json_all(verified: Any) -> None:
    rows = [(f"UPDATE posting SET quantity = quantity + {n} WHERE account_id = 1 AND sequence = {n}", ())
            for n in range(1, 31)]  # fmt: skip
    rows.append(("UPDATE posting SET balance = balance + 30 WHERE account_id = 1 AND sequence = 30", ()))
    found = verified(*rows)
    with pytest.raises(VerificationFailed) as failed:
        found.require()
    assert failed.value.exit_status == 6
    first, *others, last = refusal(failed.value, Form.TEXT).splitlines()
    assert first.startswith(
        "error [verification_failed]: 30 contradictions found; first: account cash, quant"
    )
    assert first.endswith("; 1 more result from these")
    assert len(others) == 20
    assert last == "  ... and 10 more, which --json lists"
    whole = failed.value.as_dict()
    assert (whole["count"], whole["follows"], len(whole["findings"])) == (30, 1, 30)
    assert [each["follows"] for each in whole["findings"]] == [0] * 29 + [1]
    assert whole["findings"][29]["field"] == "quantity after 30"
