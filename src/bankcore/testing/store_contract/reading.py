"""Readers: what was written comes back as it was, in pages, while others write."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from functools import partial

import pytest

from bankcore.errors import StoreUnavailable
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.encoding import decode, digest
from bankcore.ledger.transactions import Record, open_account
from bankcore.testing.store_contract.contract import (
    DAY,
    A,
    Author,
    B,
    C,
    Contract,
    asset,
    fact,
    paths,
    read,
    transfer,
)

__all__ = ["ReadingContract"]

# In order of code points; by UTF-16 or by any language the fullwidth letter would come last, or by the a.
NAMES = ["A", "Z", "a", "á", "ё", "ゔ", "行", "\ufa0e", "\uff21", "\U00020000", "\U0002a6d6"]


class ReadingContract(Contract):
    """Readers: what was written comes back as it was, in pages, while others write."""

    def test_an_entry_comes_back_as_it_was(self, author: Author) -> None:
        author.open("a", "a:b", "a:bc")
        author.write(transfer("k0", "a", "a:b", 5))
        given = transfer(
            "键 '\"; --", "a", "a:bc", 2**60, kind="k", effective_on=date(2023, 12, 31), description="D\n",
            agreement="wallet", actor="officer:o", details={"z": [1, {"ü": None}], "a": True}, corrects=1,
            reverses=2, records=(Record("binding", "x", {"n": 1}), Record("binding", "y", {}, version=1)),
        )  # fmt: skip
        three = given._replace(
            key="three", reverses=None, postings=(*given.postings, *given.postings), records=()
        )
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
    def test_there_is_no_other_entry(self, author: Author, number: int) -> None:
        author.open("a", "a:b")
        author.write(transfer("k", "a", "a:b", 5))
        reader = author.store.reading(1)
        assert reader.entry(number) is None
        assert reader.reversal(number) is None
        assert [entry.number for entry in reader.entries(after=number)] == ([] if number > 0 else [1, 2])

    def test_data_is_the_stores_own(self, author: Author) -> None:
        inner: list[object] = [1, (2, 3)]
        data: dict[str, object] = {"list": inner}
        author.write(fact("k", Record("binding", "x", data)))
        inner.append(4)
        data["more"] = 1
        assert read(author.store.reading(1), "binding", "x").data == {"list": [1, [2, 3]]}

    def test_the_digest_and_the_data_are_of_one_moment(self, author: Author) -> None:
        """What was changed since the data was first encoded is in neither."""
        data = {"n": 1}
        written = fact("k", Record("binding", "x", data))
        assert written.records[0].json == '{"n":1}'
        data["n"] = 2
        author.write(written)
        (entry,) = author.store.reading(1).entries()
        assert digest(author.book.genesis(), entry.line) == entry.digest
        assert decode(entry.line).transaction == entry.transaction
        assert entry.transaction.records[0].data == {"n": 1}

    def test_states_follow_the_postings(self, author: Author) -> None:
        author.open("a", "a:b", "a:bc")
        author.write(transfer("k1", "a", "a:b", 70), transfer("k2", "a:b", "a", 30))
        author.write(transfer("k3", "a", "a", 1))
        found = author.store.reading(1).states([A, B, AccountPath("nobody"), AccountPath("\ud800")])
        assert set(found) == {A, B}
        assert {path: (s.id, s.sequence, s.debits, s.credits, s.version) for path, s in found.items()} == {
            A: (1, 4, 71, 31, 1),
            B: (2, 2, 30, 70, 1),
        }
        assert found[A].account == asset("a")
        assert author.store.reading(1).states([]) == {}

    def test_many_states_and_keys_at_once(self, author: Author) -> None:
        names = [f"x{i:04}" for i in range(1_201)]
        author.open("a", *names)
        author.write(*(transfer(f"key {name}", name, "a", 1) for name in names))
        reader = author.store.reading(1)
        assert list(reader.states(map(AccountPath, names))) == names
        keys = [f"key {name}" for name in names]
        assert reader.numbers([*keys, "unused", "\ud800"]) == {key: i for i, key in enumerate(keys, start=2)}
        assert reader.numbers([]) == {}

    def test_an_account_changes_by_a_new_version(self, author: Author) -> None:
        author.open("a")
        account = asset(
            "a", floor=0, ceiling=7, status=Status.FROZEN, opened_on=DAY, closed_on=DAY,
            reopened_on=DAY, party="c", details={"n": [1, True, None, '"\u00e9']}, reason="limit",
        )  # fmt: skip
        author.write(fact("k", open_account(account, version=2)))
        state = author.store.reading(1).states([A])[A]
        assert (state.account, state.version, state.id) == (account, 2, 1)
        assert open_account(state.account, 2).json == open_account(account, 2).json
        (listed,) = author.store.reading(1).accounts()
        assert listed.account == account
        plain = asset("a")
        author.write(fact("l", open_account(plain, version=3)))
        assert author.store.reading(1).states([A])[A].account == plain

    def test_accounts_at_and_below_a_root(self, author: Author) -> None:
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

    def test_reading_goes_on_beyond_a_page(self, author: Author) -> None:
        names = [f"x:{i:04}" for i in range(2_000)]
        author.open("x", *names)
        author.write(*(transfer(name, "x", names[i], 1, effective_on=DAY) for i, name in enumerate(names)))
        author.write(fact("facts", *(Record("fact", name, {"n": name}) for name in names)))
        author.write(*(fact(f"v{i}", Record("one", "o", {"n": i}, version=i)) for i in range(1, 2_002)))
        reader = author.store.reading(1)
        assert paths(reader.accounts("x")) == ["x", *names]
        assert paths(reader.accounts("x", after=names[499], limit=1_200)) == names[500:1_700]
        assert [entry.number for entry in reader.entries()] == list(range(1, 4_004))
        assert [line.sequence for line in reader.lines(AccountPath("x"))] == list(range(1, 2_001))
        assert [line.balance for line in reader.lines(AccountPath("x"), after=1_500)] == list(
            range(1_501, 2_001)
        )
        assert [record.id for record in reader.records("fact", "x")] == names
        assert [record.id for record in reader.records("fact", after=names[9], limit=1_500)] == names[
            10:1_510
        ]
        texts = [(name, 1, f'{{"n":"{name}"}}') for name in names]
        assert list(reader.record_texts("fact", "x")) == texts
        assert list(reader.record_texts("fact", after=names[9], limit=1_500)) == texts[10:1_510]
        assert [record.version for record in reader.versions("one", "o")] == list(range(1, 2_002))

    def test_a_reader_goes_on_while_others_write(self, author: Author) -> None:
        author.open("a", "a:b")
        author.write(*(transfer(f"k{i}", "a", "a:b", 1) for i in range(1_500)))
        entries = author.store.reading(1).entries()
        assert next(entries).number == 1
        author.write(transfer("later", "a", "a:b", 1))
        assert [entry.number for entry in entries][:1_500] == list(range(2, 1_502))

    def test_a_snapshot_stands_still_while_others_write(self, author: Author) -> None:
        """The 1,500 accounts are read in two pages, and money moves from the second to the first between."""
        author.open(*(f"a:{n:04}" for n in range(1_500)))
        with author.store.snapshot() as still:
            reader = still.reading(1)
            accounts = reader.accounts()
            first = next(accounts)
            writer = threading.Thread(target=author.write, args=[transfer("k", "a:0000", "a:1499", 5)])
            writer.start()
            writer.join(0.2)  # a store may let it wait
            states = [first, *accounts]
            assert sum(state.debits - state.credits for state in states) == 0
            assert reader.head().number == 1
        writer.join()
        assert author.store.reading(1).head().number == 2

    def test_lines_and_totals(self, author: Author) -> None:
        author.open("a", "a:b", "a:bc")
        days = [DAY + timedelta(days=n) for n in (0, 2, 1)]
        author.write(
            transfer("k1", "a", "a:b", 100, effective_on=days[0], description="first"),
            transfer("k2", "a:b", "a", 30, effective_on=days[1]),
            transfer("k3", "a", "a:b", 5, effective_on=days[2]),
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

    def test_the_reversal_of_a_transaction(self, author: Author) -> None:
        author.open("a", "a:b")
        author.write(transfer("k", "a", "a:b", 5), transfer("undo", "a:b", "a", 5, reverses=2))
        reader = author.store.reading(1)
        assert (reader.reversal(2), reader.reversal(3)) == (3, None)

    def test_records_have_versions(self, author: Author) -> None:
        first = Record("binding", "m:1", {"share": "1/3", "deep": {"list": [1, None, True]}})
        second = first.next(share="1/2")
        author.write(fact("k1", first, Record("binding", "m", {}), Record("bindings", "m:2", {})))
        author.write(fact("k2", second, second.next(share="1")), fact("k3", Record("binding", "m2", {})))
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
        assert (
            reader.record("binding", "x") is reader.record("x", "m") is reader.record("\ud800", "m") is None
        )
        assert list(reader.versions("binding", "x")) == list(reader.records("x")) == []

    def test_counts(self, author: Author) -> None:
        author.open("a", "a:b")
        author.write(transfer("k", "a", "a:b", 5), fact("f", Record("binding", "x", {})))
        counts = dict(author.store.reading(1).counts())
        assert counts == {"accounts": 2, "pages": 0, "postings": 2, "records": 3, "transactions": 3}

    def test_a_reader_ends_and_is_of_no_use_after_that(self, author: Author) -> None:
        author.open("a", "a:b")
        author.write(*(transfer(f"k{i}", "a", "a:b", 1) for i in range(1_500)))
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
            partial(list, begun[0]),
            partial(list, begun[1]),
        ):
            with pytest.raises(StoreUnavailable, match="the reader is closed"):
                ask()

    def test_each_reader_ends_by_itself(self, author: Author) -> None:
        author.open("a")
        one, other = author.store.reading(1), author.store.reading(1)
        one.close()
        assert paths(other.accounts()) == ["a"]
        author.open("b")
        assert paths(other.accounts()) == ["a", "b"]  # and sees each commit as soon as it is there
        author.store.close()
        with pytest.raises(StoreUnavailable, match="it is closed"):
            other.head()

    def test_paths_and_ids_are_in_the_order_of_code_points(self, author: Author) -> None:
        roots = [f"r:{name}" for name in NAMES]
        author.open(*reversed(NAMES), "r", *reversed(roots))
        ids = [*NAMES[:9], "\uffee", "\U0001f600", *NAMES[9:]]
        author.write(fact("facts", *(Record("fact", id, {}) for id in reversed(ids))))
        author.write(*(transfer(name, "r", name, 1) for name in NAMES))
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
