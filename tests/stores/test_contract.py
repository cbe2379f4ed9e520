"""What every store must do, run against every store."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.ledger.making import evolve

from bankcore.errors import BadTransaction, BookExists, NotABook, StoreUnavailable
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions
from bankcore.ledger.encoding import decode, digest
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import HeadMoved, KeyTaken
from bankcore.ledger.transactions import ERASURE, Book, Record, Transaction, open_account
from bankcore.units import Unit

DAY = date(2024, 5, 1)
A, B, C = AccountPath("a"), AccountPath("a:b"), AccountPath("a:bc")


class Stop(Exception):
    """Something of the caller's goes wrong."""


def paths(states):
    return [state.account.path for state in states]


def test_an_empty_book_stands_at_its_genesis(author, book):
    head = author.store.reading(1).head()
    assert (head.number, head.digest, head.recorded_at, head.accounts) == (0, book.genesis(), None, 0)
    assert author.store.books() == (book,)
    reader = author.store.reading(1)
    assert list(reader.entries()) == list(reader.accounts()) == list(reader.faults()) == []
    assert dict(reader.counts()) == dict.fromkeys(
        ("accounts", "pages", "postings", "records", "transactions"), 0
    )


def test_a_book_is_created_once(author, book):
    with pytest.raises(BookExists, match="mall"):
        author.store.create(evolve(book, name="other"))


def test_an_unknown_book_is_refused(author):
    with pytest.raises(NotABook, match="no book 2"):
        author.store.reading(2)
    with pytest.raises(NotABook), author.store.writing(2):
        pass


def test_a_closed_store_is_unavailable(author, book):
    author.store.close()
    author.store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        author.store.reading(1).head()
    with pytest.raises(StoreUnavailable, match="closed"), author.store.writing(1):
        pass
    with pytest.raises(StoreUnavailable, match="closed"):
        author.store.books()
    with pytest.raises(StoreUnavailable, match="closed"):
        author.store.create(evolve(book, id=2, name="other"))


def test_an_entry_comes_back_as_it_was(author, make):
    author.open("a", "a:b", "a:bc")
    author.write(make.transfer("k0", "a", "a:b", 5))
    given = make.transfer(
        "键 '\"; --", "a", "a:bc", 2**60, kind="k", effective_on=date(2023, 12, 31), description="D\n",
        agreement="wallet", actor="officer:o", details={"z": [1, {"ü": None}], "a": True}, corrects=1,
        reverses=2, records=(Record("binding", "x", {"n": 1}), Record("binding", "y", {}, version=1)),
    )  # fmt: skip
    three = evolve(given, key="three", reverses=None, postings=(*given.postings, *given.postings), records=())
    entries = author.write(given, three)
    reader = author.store.reading(1)
    assert [reader.entry(3), reader.entry(4)] == entries
    assert list(reader.entries(after=2)) == entries
    assert [entry.number for entry in reader.entries()] == [1, 2, 3, 4]
    assert list(reader.entries(after=4)) == []
    head = reader.head()
    assert (head.number, head.digest, head.recorded_at) == (4, entries[1].digest, entries[1].recorded_at)
    assert head.accounts == 3


@pytest.mark.parametrize("number", [-1, 0, 3, 2**63, 2**80, -(2**80)])
def test_there_is_no_other_entry(author, make, number):
    author.open("a", "a:b")
    author.write(make.transfer("k", "a", "a:b", 5))
    reader = author.store.reading(1)
    assert reader.entry(number) is None
    assert reader.reversal(number) is None
    assert [entry.number for entry in reader.entries(after=number)] == ([] if number > 0 else [1, 2])


def test_data_is_the_stores_own(author, make):
    inner = [1, (2, 3)]
    data = {"list": inner}
    author.write(make.fact("k", Record("binding", "x", data)))
    inner.append(4)
    data["more"] = 1
    assert author.store.reading(1).record("binding", "x").data == {"list": [1, [2, 3]]}


def test_the_digest_and_the_data_are_of_one_moment(author, make):
    """What was changed since the data was first encoded is in neither."""
    data = {"n": 1}
    fact = make.fact("k", Record("binding", "x", data))
    assert fact.records[0].json == '{"n":1}'
    data["n"] = 2
    author.write(fact)
    (entry,) = author.store.reading(1).entries()
    assert digest(author.book.genesis(), entry.line) == entry.digest
    assert decode(entry.line).transaction == entry.transaction
    assert entry.transaction.records[0].data == {"n": 1}


def test_states_follow_the_postings(author, make):
    author.open("a", "a:b", "a:bc")
    author.write(make.transfer("k1", "a", "a:b", 70), make.transfer("k2", "a:b", "a", 30))
    author.write(make.transfer("k3", "a", "a", 1))
    found = author.store.reading(1).states([A, B, AccountPath("nobody"), AccountPath("\ud800")])
    assert set(found) == {A, B}
    assert {path: (s.id, s.sequence, s.debits, s.credits, s.version) for path, s in found.items()} == {
        A: (1, 4, 71, 31, 1),
        B: (2, 2, 30, 70, 1),
    }
    assert found[A].account == Account("a", "asset", "CNY/2")
    assert author.store.reading(1).states([]) == {}


def test_many_states_and_keys_at_once(author, make):
    names = [f"x{i:04}" for i in range(1_201)]
    author.open("a", *names)
    author.write(*(make.transfer(f"key {name}", name, "a", 1) for name in names))
    reader = author.store.reading(1)
    assert list(reader.states(map(AccountPath, names))) == names
    keys = [f"key {name}" for name in names]
    assert reader.numbers([*keys, "unused", "\ud800"]) == {key: i for i, key in enumerate(keys, start=2)}
    assert reader.numbers([]) == {}


def test_an_account_changes_by_a_new_version(author, make):
    author.open("a")
    account = Account(
        "a", "asset", "CNY/2", floor=0, ceiling=7, status="frozen", opened_on=DAY, closed_on=DAY,
        reopened_on=DAY, party="c", details={"n": [1, True, None, '"\u00e9']}, reason="limit",
    )  # fmt: skip
    author.write(make.fact("k", open_account(account, version=2)))
    state = author.store.reading(1).states([A])[A]
    assert (state.account, state.version, state.id) == (account, 2, 1)
    assert open_account(state.account, 2).json == open_account(account, 2).json
    (listed,) = author.store.reading(1).accounts()
    assert listed.account == account
    plain = Account("a", "asset", "CNY/2")
    author.write(make.fact("l", open_account(plain, version=3)))
    assert author.store.reading(1).states([A])[A].account == plain


def test_accounts_at_and_below_a_root(author):
    author.open("a", "a-b", "a:b", "a:b:c", "a:bc", "a.b", "ab", "b", "行:客", "行:客:一")
    reader = author.store.reading(1)
    assert paths(reader.accounts()) == sorted(
        ["a", "a-b", "a.b", "a:b", "a:b:c", "a:bc", "ab", "b", "行:客", "行:客:一"]
    )
    assert paths(reader.accounts("a")) == ["a", "a:b", "a:b:c", "a:bc"]
    assert paths(reader.accounts("a:b")) == ["a:b", "a:b:c"]
    assert paths(reader.accounts("行")) == ["行:客", "行:客:一"]
    assert paths(reader.accounts("c")) == []
    assert paths(reader.accounts("a", after="a")) == ["a:b", "a:b:c", "a:bc"]
    assert paths(reader.accounts("a", after="a-b", limit=2)) == ["a:b", "a:b:c"]
    assert paths(reader.accounts("a", limit=1)) == ["a"]
    assert paths(reader.accounts("a", limit=0)) == []
    assert paths(reader.accounts(after="b")) == ["行:客", "行:客:一"]


def test_reading_goes_on_beyond_a_page(author, make):
    names = [f"x:{i:04}" for i in range(2_000)]
    author.open("x", *names)
    author.write(*(make.transfer(name, "x", names[i], 1, effective_on=DAY) for i, name in enumerate(names)))
    author.write(make.fact("facts", *(Record("fact", name, {"n": name}) for name in names)))
    author.write(*(make.fact(f"v{i}", Record("one", "o", {"n": i}, version=i)) for i in range(1, 2_002)))
    reader = author.store.reading(1)
    assert paths(reader.accounts("x")) == ["x", *names]
    assert paths(reader.accounts("x", after=names[499], limit=1_200)) == names[500:1_700]
    assert [entry.number for entry in reader.entries()] == list(range(1, 4_004))
    assert [line.sequence for line in reader.lines(AccountPath("x"))] == list(range(1, 2_001))
    assert [line.balance for line in reader.lines(AccountPath("x"), after=1_500)] == list(range(1_501, 2_001))
    assert [record.id for record in reader.records("fact", "x")] == names
    assert [record.id for record in reader.records("fact", after=names[9], limit=1_500)] == names[10:1_510]
    texts = [(name, 1, f'{{"n":"{name}"}}') for name in names]
    assert list(reader.record_texts("fact", "x")) == texts
    assert list(reader.record_texts("fact", after=names[9], limit=1_500)) == texts[10:1_510]
    assert [record.version for record in reader.versions("one", "o")] == list(range(1, 2_002))


def test_a_reader_goes_on_while_others_write(author, make):
    author.open("a", "a:b")
    author.write(*(make.transfer(f"k{i}", "a", "a:b", 1) for i in range(1_500)))
    entries = author.store.reading(1).entries()
    assert next(entries).number == 1
    author.write(make.transfer("later", "a", "a:b", 1))
    assert [entry.number for entry in entries][:1_500] == list(range(2, 1_502))


def test_a_snapshot_stands_still_while_others_write(author, make):
    """The 1,500 accounts are read in two pages, and money moves from the second to the first between."""
    author.open(*(f"a:{n:04}" for n in range(1_500)))
    with author.store.snapshot() as still:
        reader = still.reading(1)
        accounts = reader.accounts()
        first = next(accounts)
        writer = threading.Thread(target=author.write, args=[make.transfer("k", "a:0000", "a:1499", 5)])
        writer.start()
        writer.join(0.2)  # a store may let it wait
        states = [first, *accounts]
        assert sum(state.debits - state.credits for state in states) == 0
        assert reader.head().number == 1
    writer.join()
    assert author.store.reading(1).head().number == 2


def test_lines_and_totals(author, make):
    author.open("a", "a:b", "a:bc")
    days = [DAY + timedelta(days=n) for n in (0, 2, 1)]
    author.write(
        make.transfer("k1", "a", "a:b", 100, effective_on=days[0], description="first"),
        make.transfer("k2", "a:b", "a", 30, effective_on=days[1]),
        make.transfer("k3", "a", "a:b", 5, effective_on=days[2]),
    )
    reader = author.store.reading(1)
    lines = list(reader.lines(A))
    assert [(x.sequence, x.number, x.key, x.quantity, x.balance) for x in lines] == [
        (1, 2, "k1", 100, 100), (2, 3, "k2", -30, 70), (3, 4, "k3", 5, 75),
    ]  # fmt: skip
    assert (lines[0].effective_on, lines[0].kind, lines[0].description) == (DAY, "transfer", "first")
    assert list(reader.lines(A, after=2)) == lines[2:]
    assert list(reader.lines(A, after=-1)) == lines
    assert [reader.totals(A, day) for day in (DAY - timedelta(days=1), *sorted(days))] == [
        (0, 0), (100, 0), (105, 0), (105, 30),
    ]  # fmt: skip
    for other in (C, AccountPath("nobody"), AccountPath("\ud800")):
        assert list(reader.lines(other)) == []
        assert reader.totals(other, DAY) == (0, 0)


def test_the_reversal_of_a_transaction(author, make):
    author.open("a", "a:b")
    author.write(make.transfer("k", "a", "a:b", 5), make.transfer("undo", "a:b", "a", 5, reverses=2))
    reader = author.store.reading(1)
    assert (reader.reversal(2), reader.reversal(3)) == (3, None)


def test_records_have_versions(author, make):
    first = Record("binding", "m:1", {"share": "1/3", "deep": {"list": [1, None, True]}})
    second = first.next(share="1/2")
    author.write(make.fact("k1", first, Record("binding", "m", {}), Record("bindings", "m:2", {})))
    author.write(
        make.fact("k2", second, second.next(share="1")), make.fact("k3", Record("binding", "m2", {}))
    )
    reader = author.store.reading(1)
    assert reader.record("binding", "m:1") == second.next(share="1")
    assert list(reader.versions("binding", "m:1")) == [first, second, second.next(share="1")]
    assert [(r.id, r.version) for r in reader.records("binding")] == [("m", 1), ("m2", 1), ("m:1", 3)]
    for asked in ({}, {"root": "m"}, {"root": "m", "after": "m"}, {"limit": 2}, {"root": "x"}):
        said = [(r.id, r.version, r.json) for r in reader.records("binding", **asked)]
        assert list(reader.record_texts("binding", **asked)) == said
    assert [r.id for r in reader.records("binding", "m")] == ["m", "m:1"]
    assert [r.id for r in reader.records("binding", "m", after="m")] == ["m:1"]
    assert [r.id for r in reader.records("binding", limit=2)] == ["m", "m2"]
    assert reader.record("binding", "x") is reader.record("x", "m") is reader.record("\ud800", "m") is None
    assert list(reader.versions("binding", "x")) == list(reader.records("x")) == []


def test_counts(author, make):
    author.open("a", "a:b")
    author.write(make.transfer("k", "a", "a:b", 5), make.fact("f", Record("binding", "x", {})))
    counts = dict(author.store.reading(1).counts())
    assert counts == {"accounts": 2, "pages": 0, "postings": 2, "records": 3, "transactions": 3}


def test_an_exception_undoes_everything(author, make):
    author.open("a", "a:b")
    author.write(make.fact("f", Record("binding", "x", {})), make.transfer("k", "a", "a:b", 5))
    before = everything(author.store)
    with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
        author.append(writer, make.transfer("k2", "a", "a:b", 5, reverses=3))
        opening = open_account(Account("new", "asset", "CNY/2"))
        author.append(writer, make.fact("k3", opening, Record("binding", "x", {}, 2), Record("b", "y", {})))
        assert writer.numbers(["k2"]) == {"k2": 4}
        assert writer.record("binding", "x").version == 2
        assert writer.states([A])[A].debits == 10
        assert (writer.head().number, writer.head().accounts) == (5, 3)
        raise Stop
    assert everything(author.store) == before
    author.write(make.transfer("k2", "a", "a:b", 5))
    assert author.store.reading(1).reversal(3) is None
    assert author.store.reading(1).head().number == 4


def everything(store):
    reader = store.reading(1)
    states = [(s.account, s.id, s.version, s.sequence, s.debits, s.credits) for s in reader.accounts()]
    lines = [list(reader.lines(path)) for path in (A, B, AccountPath("new"))]
    records = [*reader.records("binding"), *reader.records("b"), *reader.versions("binding", "x")]
    return reader.head(), list(reader.entries()), states, lines, records, dict(reader.counts())


def test_writing_nothing_changes_nothing(author):
    with author.store.writing(1) as writer:
        writer.append(Additions())
    assert author.store.reading(1).head().number == 0


def test_a_key_that_the_book_has_is_told_and_nothing_is_written(author, make):
    author.open("a", "a:b")
    (entry,) = author.write(make.transfer("k", "a", "a:b", 5))
    with pytest.raises(KeyTaken), author.store.writing(1) as writer:
        writer.append(
            Additions(transactions=[(3, "new", bytes(32), entry.line), (4, "k", bytes(32), entry.line)])
        )
    reader = author.store.reading(1)
    assert reader.head().number == entry.number
    assert reader.numbers(["k", "new"]) == {"k": 2}


def test_what_begins_elsewhere_than_at_the_end_is_told_and_nothing_is_written(author, make):
    first = author.open("a", "a:b")
    stale = author.store.reading(1).head()
    author.write(make.transfer("k", "a", "a:b", 5))
    with pytest.raises(HeadMoved), author.store.writing(1) as writer:
        writer.append(Additions(before=stale, transactions=[(3, "new", bytes(32), first.line)]))
    assert author.store.reading(1).head().number == 2


def test_two_books_in_one_store_are_apart(author, make):
    other = Book(7, "other", Unit.parse("POINT/0"), DAY)
    author.store.create(other)
    second = make.author(author.store, other)
    author.open("a", "a:b")
    second.open("a", "z")
    author.write(make.transfer("k", "a", "a:b", 5), make.fact("f", Record("binding", "x", {"book": 1})))
    second.write(
        make.fact("k", Record("binding", "x", {"book": 7})), make.transfer("f", "z", "a", 9, reverses=1)
    )
    one, two = author.store.reading(1), author.store.reading(7)
    assert [book.id for book in author.store.books()] == [1, 7]
    assert one.numbers(["k", "f"]) == {"k": 2, "f": 3}
    assert two.numbers(["k", "f"]) == {"k": 2, "f": 3}
    assert [one.states([A])[A].debits, two.states([A])[A].debits] == [5, 0]
    assert paths(two.accounts()) == ["a", "z"]
    assert [entry.transaction.key for entry in two.entries()] == ["open a", "k", "f"]
    assert (one.record("binding", "x").data, two.record("binding", "x").data) == ({"book": 1}, {"book": 7})
    assert (one.reversal(1), two.reversal(1)) == (None, 3)
    assert [line.key for line in one.lines(A)] == ["k"]
    assert one.totals(A, DAY) == (5, 0)
    assert two.counts() == {"accounts": 2, "pages": 0, "postings": 2, "records": 3, "transactions": 3}
    assert list(one.faults()) == list(two.faults()) == []


def test_threads_write_one_after_the_other(author, make):
    author.open("a", "a:b")

    def work(name: str) -> None:
        for i in range(25):
            author.write(make.transfer(f"{name}{i}", "a", "a:b", 1))
            list(author.store.reading(1).lines(A))

    threads = [threading.Thread(target=work, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = author.store.reading(1)
    assert [line.balance for line in reader.lines(A)] == list(range(1, 76))
    assert [entry.number for entry in reader.entries()] == list(range(1, 77))


def test_a_reader_never_sees_half_a_batch(author, make):
    author.open("a", "a:b")
    seen, written = [], threading.Event()

    def look() -> None:
        written.wait()
        seen.append(author.store.reading(1).head().number)

    thread = threading.Thread(target=look)
    thread.start()
    with author.store.writing(1) as writer:
        author.append(writer, make.transfer("k1", "a", "a:b", 1))
        written.set()
        thread.join(timeout=0.05 if type(author.store).__name__ == "MemoryStore" else 5)
        author.append(writer, make.transfer("k2", "a", "a:b", 1))
    thread.join()
    assert seen[0] in (1, 3)


def test_a_transaction_may_hold_records_only_or_many_legs(author):
    author.open("a", "a:b")
    empty = Transaction(key="k", kind="note", effective_on=DAY)
    (entry,) = author.write(empty)
    assert author.store.reading(1).entry(2) == entry


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "1"},
        {"id": True},
        {"id": -1},
        {"id": 2**63},
        {"name": ""},
        {"name": 5},
        {"name": "\ud800"},
        {"name": "main\0"},
        {"opened_on": "2024-05-01"},
        {"opened_on": None},
    ],
)
def test_a_book_is_checked_at_the_door(book, fields):
    with pytest.raises(BadTransaction, match="book"):
        evolve(book, **fields)


# --- the port, second edition ----------------------------------------------------------------------


def test_a_reader_ends_and_is_of_no_use_after_that(author, make):
    author.open("a", "a:b")
    author.write(*(make.transfer(f"k{i}", "a", "a:b", 1) for i in range(1_500)))
    with author.store.reading(1) as reader:
        assert reader.head().number == 1_501
        begun = [reader.entries(), reader.lines(A), reader.accounts()]
        kept = [next(iterator) for iterator in begun]
    assert len(kept) == 3
    reader.close()
    for ask in (
        reader.head,
        lambda: reader.entry(1),
        lambda: reader.states([A]),
        lambda: list(reader.journal()),
        lambda: list(reader.faults()),
        *(lambda it=it: list(it) for it in begun[:2]),
    ):
        with pytest.raises(StoreUnavailable, match="the reader is closed"):
            ask()


def test_each_reader_ends_by_itself(author):
    author.open("a")
    one, other = author.store.reading(1), author.store.reading(1)
    one.close()
    assert paths(other.accounts()) == ["a"]
    author.open("b")
    assert paths(other.accounts()) == ["a", "b"]  # and sees each commit as soon as it is there
    author.store.close()
    with pytest.raises(StoreUnavailable, match="it is closed"):
        other.head()


def test_texts_of_records_do_not_say_what_is_personal(author):
    hidden = Record("lead", "l", {"name": {"personal": "Li Lei"}})
    ledger = Ledger(author.store, author.book, lambda: datetime(2024, 5, 1, tzinfo=UTC), salts=seeded("c"))
    ledger.post(Transaction(key="k", kind="note", effective_on=DAY, records=(hidden,)))
    reader = author.store.reading(1)
    ((id, version, text),) = reader.record_texts("lead")
    assert (id, version, "Li Lei" in text, '"personal":' in text) == ("l", 1, False, True)
    assert list(reader.record_rows([("lead", "l", 1)])) == [("lead", "l", 1, 1, 1, text)]
    assert list(reader.records("lead")) == [hidden]


@pytest.mark.parametrize("fails", [False, True])
def test_a_writer_ends_with_the_commit(author, make, fails):
    author.open("a", "a:b")
    with suppress(Stop), author.store.writing(1) as writer:
        author.append(writer, make.transfer("k", "a", "a:b", 5))
        if fails:
            raise Stop
    for ask in (writer.head, lambda: writer.states([A]), lambda: writer.append(Additions())):
        with pytest.raises(StoreUnavailable, match="the reader is closed"):
            ask()
    assert author.store.reading(1).head().number == 1 + (not fails)


def test_the_store_numbers_new_books(author, book):
    second = author.store.add("second", book.base_unit, DAY)
    author.store.create(Book(40, "fortieth", book.base_unit, DAY))
    next_ = author.store.add("next", book.base_unit, DAY)
    assert (second.id, next_.id) == (2, 41)
    assert author.store.books() == (book, second, Book(40, "fortieth", book.base_unit, DAY), next_)
    assert author.store.reading(41).head().digest == next_.genesis()
    with pytest.raises(BookExists, match="second"):
        author.store.add("second", book.base_unit, DAY)
    with pytest.raises(BadTransaction, match="name"):
        author.store.add("", book.base_unit, DAY)
    assert len(author.store.books()) == 4


def test_books_that_are_made_at_once_get_ids_of_their_own(author, book):
    made, start = [], threading.Barrier(8)

    def make_books(nth: int) -> None:
        start.wait()
        made.extend(author.store.add(f"{nth}-{n}", book.base_unit, DAY).id for n in range(5))

    threads = [threading.Thread(target=make_books, args=[nth]) for nth in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(2, 42))


# In order of code points; by UTF-16 or by any language the fullwidth letter would come last, or by the a.
NAMES = ["A", "Z", "a", "á", "ё", "ゔ", "行", "\ufa0e", "\uff21", "\U00020000", "\U0002a6d6"]


def test_paths_and_ids_are_in_the_order_of_code_points(author, make):
    roots = [f"r:{name}" for name in NAMES]
    author.open(*reversed(NAMES), "r", *reversed(roots))
    ids = [*NAMES[:9], "\uffee", "\U0001f600", *NAMES[9:]]
    author.write(make.fact("facts", *(Record("fact", id, {}) for id in reversed(ids))))
    author.write(*(make.transfer(name, "r", name, 1) for name in NAMES))
    reader = author.store.reading(1)
    both = sorted([*NAMES, "r", *roots])
    assert sorted(NAMES) == NAMES
    assert paths(reader.accounts()) == both
    assert paths(reader.accounts("r")) == ["r", *roots]
    assert [path for path, _ in reader.nets()] == both
    assert [s.path for s in reader.totals_through(2**62, root="r")] == ["r", *roots]
    assert [standing.path for standing in reader.totals_through(99)] == both
    assert [account.path for account in reader.accounts_through(99)] == both
    assert [record.id for record in reader.records("fact")] == ids
    for place, name in enumerate(NAMES):
        assert paths(reader.accounts("r", after=f"r:{name}", limit=2)) == roots[place + 1 : place + 3]
        assert [path for path, _ in reader.nets("r", after=f"r:{name}")] == roots[place + 1 :]
    for place, id in enumerate(ids):
        assert [r.id for r in reader.records("fact", after=id, limit=3)] == ids[place + 1 : place + 4]


def test_a_batch_is_fetched_at_once(author, make):
    names = [f"x{i:04}" for i in range(1_201)]
    author.open("a", *names)
    author.write(*(make.transfer(f"key {name}", name, "a", 1) for name in names))
    author.write(make.fact("facts", *(Record("fact", name, {}) for name in names)))
    author.write(make.fact("more", Record("fact", "x0007", {}, version=2)))
    keys, records = [f"key {name}" for name in names], [("fact", name) for name in names]
    with author.store.writing(1) as writer:
        author.append(writer, make.transfer("now", "a", "x0000", 1))
        found = writer.fetch(
            ["now", "unused", "\ud800", *keys],
            [AccountPath("nobody"), AccountPath("\ud800"), *map(AccountPath, names)],
            [("fact", "nobody"), ("\ud800", "x"), ("x", "\ud800"), *records],
        )
        assert found.numbers == {**{key: n for n, key in enumerate(keys, start=2)}, "now": 1_205}
        assert set(found.states) == set(names)
        assert found.states[AccountPath("x0000")].credits == 1
        assert found.versions == {**dict.fromkeys(records, 1), ("fact", "x0007"): 2}
        assert writer.fetch([], [], []) == ({}, {}, {})


def test_pages_take_the_place_of_those_before_or_an_exception_undoes_them(author):
    with author.store.writing(1) as writer:
        writer.append(Additions(pages=[(0, 0, b"a" * 32), (0, 2, b"b" * 64), (1, 0, bytearray(b"c" * 32))]))
    with author.store.writing(1) as writer:
        writer.append(Additions(pages=[(0, 2, b"d" * 96)]))
    reader = author.store.reading(1)
    expected = {0: b"a" * 32, 2: b"d" * 96}
    assert reader.pages(0, range(1_500)) == expected
    assert (reader.pages(1, [0]), reader.pages(1, [1]), reader.pages(2, [])) == ({0: b"c" * 32}, {}, {})
    with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
        writer.append(Additions(pages=[(0, 2, b""), (3, 3, b"")]))
        raise Stop
    assert (reader.pages(0, range(9)), reader.counts()["pages"]) == (expected, 3)


# --- what is personal -------------------------------------------------------------------------------


def person(id, version=1, **personal):
    return Record("person", id, {"personal": personal}, version)


def erasing(id):
    return Record(ERASURE, f"person:{id}", {"kind": "person", "id": id})


def known(store, id):
    reader = store.reading(1)
    return reader.record("person", id).data["personal"], [*reader.personal(1, 99)]


def test_a_record_is_found_by_its_fingerprint_until_it_is_erased(author, make):
    first = make.fact("1", person("x", fingerprint="f"), person("y", fingerprint="f"))
    author.write(first._replace(details={"personal": "z"}), make.fact("2", person("x", 2, fingerprint="g")))
    reader = author.store.reading(1)
    assert reader.fingerprinted("f") == [("person", "x"), ("person", "y")]
    assert reader.fingerprinted("g") == [("person", "x")]
    assert reader.fingerprinted("h") == []
    author.write(make.fact("3", erasing("x")))
    assert author.store.scrub()
    reader = author.store.reading(1)
    assert reader.fingerprinted("f") == [("person", "y")]
    assert reader.fingerprinted("g") == []
    personal, rows = known(author.store, "x")
    assert len(personal) == 64
    assert [(number, row[0]) for number, row in rows] == [(1, 2)]  # of y
    assert [r.data["personal"] == personal for r in reader.versions("person", "x")] == [False, True]
    assert "z" not in str(reader.entry(1).transaction.details)
    assert reader.entry(1).transaction.records[1] == person("y", fingerprint="f")


def test_with_a_record_goes_the_request_that_wrote_it(author, make):
    request = make.fact("k", Record("n", "n", {}))._replace(details={"personal": "z"})
    author.write(request, make.fact("k#2", person("x", name="z")), make.fact("other", person("y", name="z")))
    author.write(make.fact("e", erasing("x")))
    assert [(number, row[0]) for number, row in known(author.store, "y")[1]] == [(3, 1)]


def test_an_erasure_that_is_undone_has_erased_nothing(author, make):
    author.write(make.fact("1", person("x", fingerprint="f")))
    before = known(author.store, "x")
    with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
        author.append(writer, make.fact("2", erasing("x")))
        assert len(writer.record("person", "x").data["personal"]) == 64
        raise Stop
    assert known(author.store, "x") == before
    assert author.store.reading(1).fingerprinted("f") == [("person", "x")]


def test_a_book_keeps_its_secret(author, book):
    other = Book(2, "other", book.base_unit, book.opened_on)
    author.store.create(other)
    assert author.store.reading(1).secret() == ""
    with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
        writer.append(Additions(secret="ab" * 16))
        raise Stop
    with author.store.writing(1) as writer:
        assert writer.secret() == ""
        writer.append(Additions(secret="cd" * 16))
    assert [author.store.reading(id).secret() for id in (1, 2)] == ["cd" * 16, ""]
    assert [*author.store.reading(1).personal(-99, 99)] == []


def test_scrubbing_what_nobody_erased_is_no_harm(author):
    assert author.store.scrub()
    author.store.close()
    with pytest.raises(StoreUnavailable):
        author.store.scrub()


def test_a_consumer_of_the_feed_never_goes_back(author, make):
    other = Book(2, "other", author.book.base_unit, author.book.opened_on)
    author.store.create(other)
    author.write(make.fact("1"), make.fact("2"), make.fact("3"))
    before = author.store.reading(1).head()
    assert author.store.consumers(1) == {}
    for name, number in (("mailer", 1), ("app", 3), ("mailer", 2), ("mailer", 1)):
        author.store.advance(1, name, number)
    assert list(author.store.consumers(1).items()) == [("app", 3), ("mailer", 2)]
    assert author.store.consumers(2) == {}
    assert author.store.reading(1).head() == before
    author.write(make.fact("4"))
    assert author.store.consumers(1)["mailer"] == 2
    for ask in (author.store.consumers, lambda book: author.store.advance(book, "mailer", 1)):
        with pytest.raises(NotABook):
            ask(7)
