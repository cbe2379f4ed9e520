"""The book as decided transactions leave it answers every question as the committed book does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import BOOK, DAY, NOON
from tests.ledger.making import CNY, evolve, leg, move

from bankcore.errors import BankcoreError, LedgerRejection, UnknownAccount
from bankcore.ledger import changes
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.rules import Attempt, Sealing
from bankcore.ledger.transactions import Posting, Record, Transaction, open_account
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing.ledger_histories import ACCOUNTS, CHANGES, CLIENTS, made, specs

A = AccountPath("a")
PATHS = [AccountPath(path) for path in ("a", "b", "c", "cash", "issued", "points", "w", "w:1", "w:2", "w:3")]
NOTES = ("n", "n:1", "n:1:x", "n-1", "m", "o")
ROOTS = (("", "", None), ("", "b", 3), ("w", "", None), ("w", "w:1", 1), ("n", "", None), ("n", "n:1", 1))

Step = Callable[[Books, Sealing], Sequence[Transaction]]


# --- what a history may do next -----------------------------------------------------------------------


def posts(spec: dict[str, Any]) -> Step:
    return lambda books, _: [made(spec, "", books.today, NOON)]


def notes(ids: list[str]) -> Step:
    def step(books: Books, _: Sealing) -> list[Transaction]:
        stored = ((id, books.record("note", id)) for id in dict.fromkeys(ids))
        records = tuple(it.next(of=id) if it else Record("note", id, {"of": id}) for id, it in stored)
        return [Transaction(kind="note", effective_on=books.today, records=records)]

    return step


def follows(place: int, way: str, quantity: int) -> Step:
    """Reverse, correct, capture or release one of the transactions that there are."""

    def step(books: Books, seal: Sealing) -> Sequence[Transaction]:
        entry = books.entry(place)
        if entry is None:
            return []
        fields = {"effective_on": books.today, "description": ""}
        if way == "reverse":
            return [changes.reversal(entry, **fields)]
        if way == "correct":
            wanted = (leg("a", quantity), leg("cash", -quantity))
            return tuple(changes.correction(entry, wanted, books.today, "")(books))  # type: ignore[arg-type]
        return [changes.capture(entry, () if way == "release" else None, **fields)]

    return step


def administers(change: tuple[str, dict[str, Any]]) -> Step:
    name, fields = change

    def step(books: Books, seal: Sealing) -> Any:
        path, into = (AccountPath(fields[it]) if it in fields else A for it in ("path", "into"))
        match name:
            case "change_limits":
                limits = {"floor": fields["floor"], "ceiling": fields["ceiling"]}
                return changes.change_account(path, limits)(books)
            case "change_status":
                return changes.change_account(path, {"status": fields["status"].value})(books)
            case "close_account":
                return changes.close_account(path, into, "left")(books)
            case "open_another":
                unit = fields["refused_as"] or CNY
                return changes.open_accounts([Account("w:3", "liability", unit, floor=0, ceiling=9)])(books)
            case "limit_flows":
                return changes.set_velocity_limit(VelocityLimit(unit=CNY, **fields))(books)
            case "bring_forward":
                on = books.today + timedelta(days=fields["days"])
                return changes.bring_forward({path: fields["balance"]}, PATHS[3], on)(books)
            case _:
                return changes.close_period(books.today + timedelta(days=fields["days"]))(books, seal)

    return step


steps = st.one_of(
    specs.map(posts),
    st.lists(st.sampled_from(NOTES), min_size=1, max_size=3).map(notes),
    st.builds(
        follows,
        st.integers(3, 14),
        st.sampled_from(("reverse", "correct", "capture", "release")),
        st.integers(1, 9),
    ),
    st.one_of(*(st.tuples(st.just(n), st.fixed_dictionaries(f)) for n, f in CHANGES.items())).map(
        administers
    ),
)


# --- what may be asked ---------------------------------------------------------------------------------


def answers(books: Books) -> dict[str, Any]:
    """Every question that a rule can ask; without keys and digests, which are of who asked."""
    known = books.accounts(PATHS)
    found: dict[str, Any] = {"today": books.today, "book": books.book, "accounts": known}
    for path in PATHS:
        found[f"account {path}"] = books.account(path)
        for question in (books.balance, books.gross, books.available, books.acceptable):
            if path in known:
                found[f"{question.__name__} {path}"] = question(path)
            else:
                with pytest.raises(UnknownAccount):
                    question(path)
    for root in ROOTS:
        found[f"balances {root}"] = list(books.balances(*root))
        for kind in ("account", "note", "limit", "none"):
            found[f"records {kind} {root}"] = list(books.records(kind, *root))
            found[f"record texts {kind} {root}"] = list(books.record_texts(kind, *root))
    for kind, id in (("period", "closed"), ("account", "a"), ("limit", "x"), *(("note", n) for n in NOTES)):
        found[f"record {kind} {id}"] = books.record(kind, id)
        found[f"versions {kind} {id}"] = list(books.versions(kind, id))
    found["seals"] = len(list(books.versions("seal", "day")))
    number = 0
    while (entry := books.entry(number + 1)) is not None:
        number, t = entry.number, entry.transaction
        found[f"entry {number}"] = t.kind, t.effective_on, t.postings, entry.positions, entry.recorded_at
        found[f"links {number}"] = books.reversal(number), books.corrections(number)
    return {**found, "last": (books.entry(0), number)}


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@given(history=st.lists(steps, min_size=1, max_size=9))
def test_decided_transactions_answer_as_committed_ones(kind: str, history: list[Step]) -> None:
    """One ledger commits every step by itself, the other decides them all before it stores any."""
    with TemporaryDirectory() as folder:
        one, other = (ledger(kind, Path(folder) / name) for name in ("one", "other"))
        due, found = [answers(one.books)], list[dict[str, Any]]()
        accepted: list[Step] = []
        for place, step in enumerate(history):
            try:
                one._desk.execute(f"step {place}", {}, [planning(step)], "")
            except LedgerRejection:
                pass  # an attempt at the same is refused there, too
            except BankcoreError:
                continue  # what cannot be written, or conflicts, would refuse all of it
            accepted.append(step)
            due.append(answers(one.books))

        def looking(step: Step, books: Books, seal: Sealing) -> list[Attempt]:
            found.append(answers(books))
            return [Attempt(tuple(planning(step)(books, seal)))]

        def last(books: Books, _: Sealing) -> list[Transaction]:
            found.append(answers(books))
            return []

        rules = [lambda books, seal, step=step: looking(step, books, seal) for step in accepted]
        other._desk.preview([*rules, last])
        assert found == due
        assert answers(other.books) == due[0]
        other._desk.execute("all", {}, [*rules, last], "")
        assert found[len(due) :] == due
        assert answers(other.books) == due[-1]
        verify(other.reader, BOOK).require()
        one.store.close()
        other.store.close()


def planning(step: Step) -> Step:
    """The step, which plans nothing where the books say that it cannot be."""

    def rule(books: Books, seal: Sealing) -> Sequence[Transaction]:
        planned: Sequence[Transaction] = ()
        with suppress(BankcoreError):
            planned = [evolve(t, group="") for t in step(books, seal)]
        return planned

    return rule


def ledger(kind: str, file: Path) -> Ledger:
    store = MemoryStore() if kind == "memory" else SqliteStore(file, create=True, durability="normal")
    made = Ledger.create(store, BOOK, lambda: NOON)
    made.open(ACCOUNTS, key="open")
    made.limit(VelocityLimit("x", "w", CNY, Flow.OUT, Per.MONTH, most=12, each=True), key="x")
    made.post_many([move(path, path, "cash", 20) for path in CLIENTS])
    made.post(move("held", "cash", "a", 3, pending=True))
    written = tuple(Record("note", id, {"of": id}) for id in ("n", "n:1", "o"))
    made.post(Transaction(key="notes", kind="note", effective_on=DAY, records=written))
    return made


# --- what was wrong once, and corners --------------------------------------------------------------------


def test_what_is_planned_in_does_not_widen_a_limit_on_what_goes_out(ledger: Ledger) -> None:
    ledger.limit(VelocityLimit("atm", "a", CNY, Flow.OUT, Per.DAY, most=100_00), key="atm")
    seen: list[int | None] = []

    def look(books: Books) -> list[Transaction]:
        seen.append(books.available(A))
        return []

    ledger.preview(look, lambda _: [move("", "a", "cash", 500_00)], look)
    assert seen == [0, 100_00]


def test_a_rule_sees_what_the_rules_before_it_opened(ledger: Ledger) -> None:
    new = Account("new", "liability", CNY, ceiling=5, opened_on=DAY)
    seen: list[Any] = []

    def look(books: Books) -> list[Transaction]:
        seen.extend((books.acceptable(new.path), dict(books.balances("new")), books.account(new.path)))
        return []

    opening = Transaction(kind="open", effective_on=DAY, records=(open_account(new),))
    planned = ledger.preview(lambda _: [opening, move("", "new", "cash", 2)], look)
    assert seen == [3, {new.path: 2}, new]
    assert [t.kind for t in planned] == ["open", "move"]
    assert ledger.books.account(new.path) is None


def test_several_rules_number_their_keys_on(ledger: Ledger) -> None:
    def rule(*quantities: int) -> Callable[[Books], list[Transaction]]:
        return lambda _: [move("", "a", "cash", quantity) for quantity in quantities]

    receipts = ledger.execute("op", {"n": 1}, rule(1, 2), rule(), rule(3), actor="officer:x")
    assert [receipt.key for receipt in receipts] == ["op", "op#2", "op#3"]
    entries = [ledger.entry(receipt.number).transaction for receipt in receipts]
    assert [t.details for t in entries] == [{"n": 1}, {}, {}]
    assert {t.actor for t in entries} == {"officer:x"}
    again = ledger.execute("op", {"n": 1}, rule(99), actor="officer:x")
    assert [receipt.number for receipt in again] == [receipt.number for receipt in receipts]
    assert ledger.execute("free", {}, rule(), rule()) == ledger.execute("free", {}) == ()
    assert ledger.execute("free", {}, rule(4))[0].number == 5


def test_one_refused_rule_refuses_all(ledger: Ledger) -> None:
    head = ledger.reader.head()
    with pytest.raises(LedgerRejection):
        ledger.execute("op", {}, lambda _: [move("", "a", "cash", 5)], lambda _: [move("", "cash", "a", 6)])
    assert ledger.reader.head() == head


def test_expired_holds_do_not_count_though_nobody_has_written_since(store: Any) -> None:
    now = [NOON]
    ledger = Ledger.create(store, BOOK, clock=lambda: now[0])
    ledger.open(ACCOUNTS, key="open")
    ledger.post(move("1", "a", "cash", 70))
    soon = NOON + timedelta(hours=1)
    ledger.post(move("2", "cash", "a", 30, pending=True, expires_at=soon))
    ledger.post(move("3", "a", "cash", 5, effective_on=DAY + timedelta(days=1)))
    books = ledger.books
    assert books.available(A) == 40
    now[0] = soon
    assert (books.available(A), books.balance(A)) == (70, 75)
    ledger.post(move("4", "cash", "a", 70))
    assert books.available(A) == 0


def test_a_preview_shows_what_may_move(ledger: Ledger) -> None:
    """An `up_to` is cut there as it would be in the journal."""
    ledger.post(move("1", "a", "cash", 70))
    (shown,) = ledger.preview(lambda _: [move("", "cash", "a", 100, up_to=True)])
    assert shown.postings == (Posting(A, 70, CNY), Posting(AccountPath("cash"), -70, CNY))
