"""Hooks, counters, OpenTelemetry and the log."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bankcore import Account, Amount, Bank, Ledger, MemoryStore, Transaction, Unit, legs, open_store
from bankcore.bank import random_salts, utc_now
from bankcore.errors import (
    ActorNotPermitted,
    BalanceFloorBreached,
    BankcoreError,
    LedgerClosed,
    LibraryMissing,
)
from bankcore.ledger.observing import Commit, Counters, Refused
from bankcore.product.actor import Actor, Role
from bankcore.products.current import CashIn, OpenAccount, OpenProgramme, Transfer
from bankcore.products.parties import IdentifyParty, RegisterParty
from bankcore.telemetry import OpenTelemetry

DAY = date(2024, 5, 1)
CNY = Unit("CNY/2")


class Seen:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.refused: list[str] = []

    def on_commit(self, commit: Commit) -> None:
        self.commits.append(commit)

    def on_refusal(self, refused: Refused) -> None:
        self.refused.append(refused.error.code)


def ledger_of(observer: Any, **settings: Any) -> Ledger:
    store = MemoryStore()
    book = store.add("main", CNY, DAY)
    ledger = Ledger(store, book, utc_now, salts=random_salts, observer=observer, **settings)
    ledger.open([Account("till", "asset", CNY, ceiling=1_000), Account("fees", "income", CNY)], key="open")
    return ledger


def fee(quantity: int, key: str) -> Transaction:
    moved = legs(CNY, debit={"till": quantity}, credit={"fees": quantity})
    return Transaction(key=key, kind="fee", effective_on=DAY, postings=moved)


def test_commits_and_refusals_are_told_with_numbers_and_durations() -> None:
    seen, ticks = Seen(), iter(range(0, 1_000, 7))
    ledger = ledger_of(seen, timer=lambda: next(ticks))
    ledger.post(fee(100, "a"))
    ledger.post(fee(100, "a"))  # a replay writes nothing
    ledger.post_many([fee(100, "b"), fee(5_000, "c"), fee(100, "d")])
    with pytest.raises(BankcoreError):
        ledger.post(fee(5_000, "c"))
    told = [
        (it.first, it.last, it.requests, it.refused, it.postings, it.waited, it.nanoseconds)
        for it in seen.commits
    ]
    assert told == [(1, 1, 1, 0, 0, 7, 14), (2, 2, 1, 0, 2, 7, 14), (3, 4, 1, 0, 4, 7, 14)]
    assert seen.refused == ["balance_ceiling_breached"] * 2
    without = Seen()
    ledger_of(without)
    assert without.commits == [Commit("main", 1, 1, 1, 0, None)]


def test_requests_that_share_a_commit_are_told_of_once() -> None:
    counters = Counters()
    ledger = ledger_of(counters)
    futures = [ledger.submit(fee(100, str(n))) for n in range(12)]
    assert [type(future.exception()).__name__ for future in futures[10:]] == ["BalanceCeilingBreached"] * 2
    assert counters.transactions == 11  # with the opening of the accounts
    assert counters.refusals == {"balance_ceiling_breached": 2}


def test_a_hook_that_raises_loses_no_commit(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def on_commit(self, _: Commit) -> None:
            raise ZeroDivisionError

        on_refusal = on_commit

    ledger = ledger_of(Broken())
    assert ledger.post(fee(100, "a")).number == 2
    with pytest.raises(BankcoreError, match="till"):
        ledger.post(fee(5_000, "b"))
    assert ledger.submit(fee(100, "c")).result(10).number == 3
    assert ledger.balance("till").net == 200
    failures = [it for it in caplog.records if it.levelno == logging.ERROR]
    assert {it.name for it in failures} == {"bankcore.ledger"}
    assert len(failures) == 4


def test_errors_of_the_store_and_of_rules_are_no_refusals() -> None:
    seen = Seen()
    ledger = ledger_of(seen)
    with pytest.raises(ZeroDivisionError):
        ledger.execute("x", {}, lambda _: [1 // 0])  # type: ignore[list-item]
    ledger.close()
    with pytest.raises(LedgerClosed):
        ledger.post(fee(1, "a"))
    ledger.store.close()
    assert (len(seen.commits), seen.refused) == (1, [])


def test_a_bank_tells_of_refusals_that_need_no_book() -> None:
    counters = Counters()
    with Bank.create(MemoryStore(), opened_on=DAY, observer=counters) as bank:
        for key, actor in (("eod/x", None), ("x", Actor(Role.MERCHANT, "li"))):
            with pytest.raises(BankcoreError):
                bank.handle(RegisterParty("li"), key, actor)
        bank.handle(RegisterParty("li"), "li")
    assert counters.refusals == {"bad_key": 1, "actor_not_permitted": 1}
    assert (counters.commits, counters.transactions) == (1, 1)
    assert counters.nanoseconds > 0
    silent = Bank.create(MemoryStore(), opened_on=DAY)
    with pytest.raises(ActorNotPermitted):
        silent.handle(RegisterParty("li"), "x", Actor(Role.MERCHANT, "li"))


def test_open_telemetry_measures_without_saying_who(monkeypatch: pytest.MonkeyPatch) -> None:
    export = pytest.importorskip("opentelemetry.sdk.metrics.export")
    from opentelemetry.sdk.metrics import MeterProvider

    reader = export.InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    with Bank.create(MemoryStore(), opened_on=DAY, observer=OpenTelemetry(provider)) as bank:
        bank.handle_all([RegisterParty("li"), RegisterParty("wang")], "parties")
        with pytest.raises(BankcoreError):
            bank.handle(RegisterParty("li"), "again")
    found = {
        metric.name: metric.data.data_points[0]
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert found["bankcore.commits"].value == 1
    assert found["bankcore.transactions"].value == 2
    assert found["bankcore.commit.duration"].count == found["bankcore.commit.requests"].count == 1
    refusal = {"bankcore.book": "main", "bankcore.code": "already_taken"}
    assert (found["bankcore.refusals"].value, dict(found["bankcore.refusals"].attributes)) == (1, refusal)
    provider.shutdown()
    for name in [it for it in sys.modules if it.split(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(LibraryMissing, match=r"bankcore\[otel\]"):
        OpenTelemetry()


# --- the log ------------------------------------------------------------------------------------------


def test_nothing_is_said_unless_somebody_listens() -> None:
    code = "import bankcore, logging; logging.getLogger('bankcore.ledger').error('said')"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_log_names_no_person_no_amount_and_no_password(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    caplog.set_level(logging.DEBUG, "bankcore")
    url = str(tmp_path / "a.db")
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url") + "&password=hunter2"
    with open_store(url, create=True) as store, Bank.create(store, opened_on=DAY) as bank:
        bank.handle(OpenProgramme("street"), "programme")
        bank.handle(RegisterParty("li", full_name="Li Wei", phone="13800138000"), "li")
        bank.handle(IdentifyParty("li", "id-card", "11010519491231002X"), "document")
        bank.handle_all(
            [RegisterParty("wang"), *(OpenAccount("street", it) for it in ("li", "wang"))], "accounts"
        )
        bank.handle(CashIn("li", Amount.parse("7531.97", CNY)), "cash")
        with pytest.raises(BalanceFloorBreached):
            bank.handle(Transfer("li", "wang", Amount.parse("8642.08", CNY)), "too much")
        if kind == "postgres":
            lose_connections(url)
        threads = [
            threading.Thread(target=bank.handle, args=(Transfer("li", "wang", Amount(100, CNY)), f"t{n}"))
            for n in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bank.close_day(DAY)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "refused with balance_floor_breached" in said
    for secret in (
        "Li Wei",
        "13800138000",
        "11010519491231002X",
        "7531",
        "753197",
        "8642",
        "864208",
        "hunter2",
    ):
        assert secret not in said
    informed = [it for it in caplog.records if it.levelno >= logging.INFO]
    assert not [it for it in informed if "li" in it.getMessage().split() or "wang" in it.getMessage()]
    assert f"book main: {DAY} is closed" in said
    assert {it.name for it in informed} >= {"bankcore.bank"}
    if kind == "postgres":
        assert "was lost; connecting again" in said


def lose_connections(url: str) -> None:
    """End the connections of the store, as a server does that goes away."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND application_name = 'bankcore'"
        )
