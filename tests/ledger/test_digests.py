"""However a history reaches the book, alone or with others in one commit, it leaves the same digests."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import CNY, DAY, move
from tests.ledger.test_queue import Gate, waiting
from tests.postgres import empty_schema

from bankcore.errors import BankcoreError
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Receipt, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.testing.ledger_histories import ACCOUNTS, made, specs

ENGINES = ("memory", "sqlite", "postgres")
Way = Callable[[Ledger, Sequence[Transaction]], list[Any]]


@contextmanager
def opened(request: pytest.FixtureRequest, engine: str) -> Iterator[Store]:
    """An empty store of an engine."""
    with ExitStack() as stack:
        if engine == "postgres":
            place = stack.enter_context(empty_schema(request.getfixturevalue("postgres_server")))
        else:
            place = stack.enter_context(tempfile.TemporaryDirectory()) + "/b.db"
        store = open_store("memory:" if engine == "memory" else place, create=True, durability="normal")
        yield stack.enter_context(closing(store))


def prepared(store: Store) -> Ledger:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    ledger.limit(VelocityLimit("daily", "w", CNY, Flow.OUT, Per.DAY, most=20), key="limit")
    ledger.post_many([move(f"fund {path}", path, "cash", 20) for path in ("a", "b", "c", "w:1", "w:2")])
    return ledger


def said(act: Callable[..., Any], *arguments: Any) -> list[dict[str, Any]]:
    """The receipts, or the refusal, as plain data."""
    try:
        outcome = act(*arguments)
    except BankcoreError as refusal:
        outcome = refusal
    return [v.as_dict() for v in ([outcome] if isinstance(outcome, (Receipt, BankcoreError)) else outcome)]


def one_by_one(ledger: Ledger, history: Sequence[Transaction]) -> list[Any]:
    return [verdict for t in history for verdict in said(ledger.post, t)]


def at_once(ledger: Ledger, history: Sequence[Transaction]) -> list[Any]:
    return said(ledger.post_many, history)


def in_parts(ledger: Ledger, history: Sequence[Transaction]) -> list[Any]:
    """By two ledgers in turn, so that what one knows is stale."""
    pair = (ledger, Ledger(ledger.store, BOOK, clock=lambda: NOON))
    parts = enumerate(history[n : n + 3] for n in range(0, len(history), 3))
    return [verdict for n, part in parts for verdict in said(pair[n % 2].post_many, part)]


def submitted(ledger: Ledger, history: Sequence[Transaction]) -> list[Any]:
    futures = [ledger.submit(t) for t in history]
    return [verdict for future in futures for verdict in said(future.result, 30)]


WAYS: tuple[Way, ...] = (one_by_one, at_once, in_parts, submitted)


@pytest.mark.parametrize("engine", ENGINES)
@given(
    wanted=st.lists(specs.map(lambda spec: {**spec, "group": ""}), min_size=1, max_size=12),
    way=st.sampled_from(WAYS),
)
def test_transactions_posted_in_any_way_give_the_same_book(
    request: pytest.FixtureRequest, engine: str, wanted: list[dict[str, Any]], way: Way
) -> None:
    history = [made(spec, str(n % 10), DAY, NOON) for n, spec in enumerate(wanted)]
    reference = prepared(MemoryStore())
    alone = one_by_one(reference, history)
    with opened(request, engine) as store:
        ledger = prepared(store)
        assert way(ledger, history) == alone
        assert ledger.reader.head() == reference.reader.head()
        ledger.close()


@pytest.mark.parametrize("engine", ENGINES)
@given(
    wanted=st.lists(st.tuples(st.lists(specs, min_size=1, max_size=3), st.booleans()), min_size=1, max_size=6)
)
def test_requests_that_share_a_commit_leave_what_they_leave_alone(
    request: pytest.FixtureRequest, engine: str, wanted: list[Any]
) -> None:
    """Rules between lists with groups: first each alone, then all but the first in one commit."""
    acts: list[Callable[[Ledger], Any]] = []
    for n, (some, ruled) in enumerate(wanted):
        planned = [made(spec, f"{n}-{place}", DAY, NOON, str(n)) for place, spec in enumerate(some)]
        acts.append(partial(_execute, f"x{n}", planned) if ruled else partial(_post_many, planned))
    reference = prepared(MemoryStore())
    alone = [said(act, reference) for act in acts]
    with opened(request, engine) as store:
        together, commits = _together(store, acts)
        assert together == alone
        assert store.reading(BOOK.id).head() == reference.reader.head()
        assert commits == min(len(acts), 2)


def _execute(key: str, planned: list[Transaction], ledger: Ledger) -> Any:
    return ledger.execute(key, {}, lambda books: _swept(books, planned))


def _post_many(planned: list[Transaction], ledger: Ledger) -> Any:
    return ledger.post_many(planned)


def _swept(books: Any, planned: list[Transaction]) -> list[Transaction]:
    """What is planned, and a payment of half of what a rule finds on an account."""
    half = books.balance("a") // 2
    return [*planned, move("", "cash", "a", half)] if half > 0 else planned


def _together(store: Store, acts: Sequence[Callable[[Ledger], Any]]) -> tuple[list[Any], int]:
    prepared(store)
    gate = Gate(store)
    ledger = Ledger(gate, BOOK, clock=lambda: NOON)  # type: ignore[arg-type]
    with ThreadPoolExecutor(len(acts)) as pool, gate.shut():
        outcomes = [pool.submit(said, acts[0], ledger)]
        assert gate.reached.wait(30)
        for place, act in enumerate(acts[1:], start=1):
            outcomes.append(pool.submit(said, act, ledger))
            waiting(ledger, place)
        gate.open.set()
        return [outcome.result(30) for outcome in outcomes], gate.commits
