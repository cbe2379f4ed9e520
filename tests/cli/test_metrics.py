"""Metrics: what is counted, that both formats parse, and that a book's figures are those of the book."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families
from tests.conftest import ROOT
from tests.products.counter import Counter
from tests.products.holders import cny

from bankcore import Account, Bank, MemoryStore, open_store, prometheus
from bankcore.bank import utc_now
from bankcore.errors import BadFile, BankcoreError, LibraryMissing, UnknownName
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.observing import Commit, Refused
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.product import chart
from bankcore.product.actor import Actor, Role
from bankcore.product.deferrals import Deferral
from bankcore.product.suspense import Payment, to_suspense
from bankcore.product.voucher import Voucher
from bankcore.products.current import (
    CashIn,
    DemandTerms,
    JoinBooks,
    OpenAccount,
    OpenProgramme,
    Remit,
    Transfer,
)
from bankcore.products.parties import RegisterParty
from bankcore.prometheus import Prometheus, book_metrics, exposition, write_metrics
from bankcore.units import Unit

DAY = date(2024, 5, 1)
FIGURES = prometheus._FIGURES
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
FIRES = """
rule_files: [alerts.yml]
tests:
  - interval: 1m
    input_series:
      - {series: 'bankcore_book_closes_due{store="a.db"}', values: '1x300'}
      - {series: 'bankcore_book_closes_due{store="b.db"}', values: '1x100 0x200'}
      - {series: 'bankcore_book_backup_timestamp_seconds{store="a.db"}', values: '-90000x300'}
      - {series: 'bankcore_book_check_level{store="a.db", check="space"}', values: '3x300'}
    alert_rule_test:
      - {eval_time: 2h, alertname: BankcoreDayNotClosed, exp_alerts: []}
      - eval_time: 4h
        alertname: BankcoreDayNotClosed
        exp_alerts:
          - exp_labels: {severity: page, store: a.db}
            exp_annotations: {summary: "A day of a.db should have been closed three hours ago."}
      - eval_time: 2h
        alertname: BankcoreBackupOld
        exp_alerts:
          - exp_labels: {severity: page, store: a.db}
            exp_annotations: {summary: "The last backup of a.db is older than a day."}
      - eval_time: 1m
        alertname: BankcoreCheckFailed
        exp_alerts:
          - exp_labels: {severity: page, store: a.db, check: space}
            exp_annotations: {summary: "The doctor found a failure: space of a.db."}
"""
CNY = Unit("CNY/2")


def samples(text: str) -> dict[tuple[str, ...], int]:
    """Each sample by its name and the values of its labels, without those of the book."""
    return {
        (
            it.name,
            *(value for name, value in sorted(it.labels.items()) if name not in ("book", "store")),
        ): it.value
        for family in families(text)
        for it in family.samples
    }


def commands(text: str) -> dict[tuple[str, ...], int]:
    """The command, outcome and product of each counted command."""
    return {key[1:]: value for key, value in samples(text).items() if key[0] == "bankcore_commands_total"}


def test_commands_are_counted_by_their_outcome_once_each():
    registry = CollectorRegistry()
    with Bank.create(MemoryStore(), opened_on=DAY, observer=Prometheus(registry)) as bank:
        bank.handle(OpenProgramme("street"), "programme")
        bank.handle(RegisterParty("li", full_name="Li Wei"), "li")
        bank.handle(RegisterParty("li", full_name="Li Wei"), "li")  # again: nothing is written
        accounts = [OpenAccount("street", it) for it in ("li", "wang")]
        bank.handle_all([RegisterParty("wang"), *accounts], "accounts")
        bank.submit(CashIn("li", cny("75.31")), "cash").result()
        for key, actor in (("too much", None), ("not permitted", Actor(Role.MERCHANT, "x"))):
            with pytest.raises(BankcoreError):
                bank.handle(Transfer("li", "wang", cny("86.42")), key, actor)
        with pytest.raises(UnknownName):
            bank.handle(DAY, "no command")
        for key, request in (("mine", {"commands": 7}), ("mine too", {"commands": ["x", {"command": 7}]})):
            bank.ledger.execute(key, request, lambda _, key=key: [note(key)])
        bank.close_day(DAY)
    text = exposition(registry)
    committed = {
        (command, "committed", product): count
        for product, command, count in (
            ("current", "cash-in", 1), ("current", "open-account", 2), ("current", "open-programme", 1),
            ("parties", "register-party", 2),
        )
    }  # fmt: skip
    assert commands(text) == committed | {("transfer", "refused", "current"): 2}
    found = samples(text)
    assert found["bankcore_refusals_total", "balance_floor_breached"] == 1
    assert found["bankcore_refusals_total", "actor_not_permitted"] == 1
    assert found["bankcore_refusals_total", "unknown_name"] == 1
    assert found["bankcore_transactions_total",] == bank.ledger.reader.head().number
    assert found["bankcore_commit_duration_seconds_count",] == found["bankcore_commits_total",] > 6
    assert found["bankcore_lock_wait_seconds_count",] == found["bankcore_commits_total",]
    assert found["bankcore_postings_total",] == 2
    assert found["bankcore_commit_requests_bucket", "1.0"] == found["bankcore_commits_total",]
    for secret in ("Li Wei", "wang", "75", "86", "too much"):
        assert secret not in "".join(
            line.partition("}")[0] for line in text.splitlines() if "le=" not in line
        )
    opened = generate_latest(registry).decode()
    plain = {it.name for it in families(text) if not it.name.endswith("_created")}
    assert {it.name for it in open_families(opened)} == plain


def note(id: str) -> Transaction:
    deferral = Deferral(id=f"{DAY}:{id}", version=0, code="c", reason="r")
    return Transaction(kind="note", effective_on=DAY, records=(deferral.record(),), key="")


def test_no_program_makes_labels_without_end():
    registry = CollectorRegistry()
    observer = Prometheus(registry)
    for n in range(1_100):
        observer.on_commit(Commit("main", 1, 1, 1, 0, None, (f"toy.c{n}",)))
    observer.on_refusal(Refused("main", UnknownName("x", "y", "z"), ("toy.c7", "toy.c1099")))
    found = commands(exposition(registry))
    assert len(found) == 1_003
    assert found["other", "committed", "other"] == 100
    assert found["c7", "refused", "toy"] == found["other", "refused", "other"] == 1
    assert "bankcore_commit_duration_seconds" not in {name for name, *_ in samples(exposition(registry))}


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path, run):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(LibraryMissing, match=r"pip install 'bankcore\[prometheus\]'"):
        Prometheus()
    run("init")
    refused = run("metrics")
    assert (refused.status, refused.out) == (2, "")
    assert "pip install 'bankcore[prometheus]'" in refused.err


# --- of a book ------------------------------------------------------------------------------------------


def test_a_books_figures_are_those_of_the_book(run, book, tmp_path):
    yesterday = utc_now().date() - timedelta(days=1)
    run("init", "--opened-on", yesterday.isoformat(), "--zone", "Asia/Shanghai")
    with closing(open_store(book)) as store:
        bank = Bank.open(store)
        bank.ledger.open(
            [Account(f"bank:{it}", kind, CNY) for it, kind in (("cash", "asset"), ("equity", "equity"))],
            key="o",
        )
        legs = tuple(
            Posting(AccountPath(path), quantity, CNY)
            for path, quantity in (("bank:cash", 5), ("bank:equity", -5))
        )
        for pending in (False, True):
            bank.ledger.post(
                Transaction(
                    kind="x", effective_on=bank.today, postings=legs, key=f"p{pending}", pending=pending
                )
            )
        bank.close_day(yesterday)
        reader = bank.ledger.reader
        head, accounts = reader.head(), [it.account.path for it in reader.accounts()]
        postings = sum(1 for path in accounts for _ in reader.lines(path))
    bare = samples(run("metrics").out)
    assert bare["bankcore_book_check_level", "backup"] == 2
    assert ("bankcore_book_backup_timestamp_seconds",) not in bare
    assert run("backup", tmp_path / "safe.db").status == 0
    began = datetime.now(UTC) - timedelta(minutes=1)
    said = run("metrics")
    found = samples(said.out)
    assert said.status == 0
    for name, value in {
        "transactions_total": head.number,
        "postings_total": postings,
        "accounts": len(accounts),
        "holds_live": 1,
        "seals": 1,
        **dict.fromkeys(("holds_expired", "backup_missing_transactions", "in_transit_units"), 0),
        **dict.fromkeys(("suspense_items", "deferred", "close_unfinished", "products_unfit"), 0),
    }.items():
        assert found[f"bankcore_book_{name}",] == value, name
    assert found["bankcore_book_backup_timestamp_seconds",] >= began.timestamp()
    assert found["bankcore_book_check_level", "backup"] == 0
    # In Shanghai the day after yesterday begins eight hours before it does in UTC.
    midnight = datetime.combine(yesterday + timedelta(days=1), datetime.min.time(), UTC)
    assert found["bankcore_book_sealed_through_timestamp_seconds",] == midnight.timestamp() - 8 * 3600
    assert found["bankcore_book_oldest_hold_timestamp_seconds",] == midnight.timestamp() - 32 * 3600
    assert f'store="{book}"' in said.out
    if program := PROMTOOL:
        checked = subprocess.run(
            [program, "check", "metrics"], input=said.out, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")


def test_the_file_is_replaced_as_a_whole_or_stays(run, book, tmp_path):
    run("init")
    file = tmp_path / "bank.prom"
    file.write_text("old")
    assert run("metrics", "--output", file).out == ""
    text = file.read_text(encoding="utf-8")
    assert samples(text)["bankcore_book_transactions_total",] == 0
    assert list(tmp_path.glob("*.prom*")) == [file]
    for book_file, output, code in (
        (book, tmp_path / "bank.txt", "bad_file"),
        (book, tmp_path / "none" / "bank.prom", "bad_file"),
        (tmp_path / "none.db", file, "not_a_book"),
    ):
        refused = run("metrics", "--book", book_file, "--output", output)
        assert refused.status != 0
        assert f"[{code}]" in refused.err
    assert file.read_text(encoding="utf-8") == text
    file.unlink()
    file.mkdir()
    with pytest.raises(BadFile):
        write_metrics(CollectorRegistry(), file)
    assert list(tmp_path.glob("*.prom*")) == [file]


def test_what_waits_is_counted_and_money_is_not_told():
    book = Counter(rate="0")
    book.pay_in("li", "100.00")
    book.do(JoinBooks("std", "north"))
    book.do(Remit("li", "south", "chen", cny("7.31"), "r1"))
    voucher = Voucher("toy", book.bank.ledger.books, DemandTerms(), "p")
    to_suspense(Payment(voucher, chart.DEMAND("li"), "li", 5_97, "p/t", "court"), "held")
    book.bank.ledger.post(voucher.transaction("suspense", "to suspense")._replace(key="toy"))
    since, today = book.bank.today, book.bank.today + timedelta(days=1)
    deferral = Deferral(id=f"{since}:wallet:a", version=0, code="account_frozen", reason="it is frozen")
    book.close_until(today)
    book.bank.ledger.post(
        Transaction(kind="note", effective_on=today, records=(deferral.record(),), key="note")
    )
    text = exposition(book_metrics(book.bank, book.bank.ledger.now()))
    found = samples(text)
    assert found["bankcore_book_suspense_items",] == found["bankcore_book_in_transit_units",] == 1
    assert found["bankcore_book_deferred",] == 1
    began = datetime.combine(since, datetime.min.time(), UTC).timestamp()
    for name in ("suspense_since", "deferred_since"):
        assert found[f"bankcore_book_{name}_timestamp_seconds",] == began
    assert {731, 7.31, 597, 5.97}.isdisjoint(found.values())
    bare = Bank.open(book.bank.ledger.store, name=book.bank.ledger.book.name, products=())
    unfit = samples(exposition(book_metrics(bare, book.bank.ledger.now())))
    assert unfit["bankcore_book_check_level", "products"] == 3
    assert unfit["bankcore_book_products_unfit",] == len(bare.unfit()) > 0


# --- the page -------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
RULES = re.findall(r"^```yaml alerts.yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def test_the_page_lists_every_metric_of_a_book():
    told = dict(re.findall(r"^\| `bankcore_book_(\w+)` \| (.*?) \|$", PAGE, re.MULTILINE))
    del told["check_level"]
    known = {f"{name}_total" if name in prometheus._COUNTERS else name: it for name, it in FIGURES.items()}
    assert told == known


def test_the_alert_rules_are_whole_and_know_the_metrics(tmp_path):
    (group,) = pytest.importorskip("yaml").safe_load(RULES)["groups"]
    registry = CollectorRegistry()
    observer = Prometheus(registry)
    observer.on_commit(Commit("main", 1, 1, 1, 0, 1, ("a.b",), 2, waited=1))
    known = {name for name, *_ in samples(exposition(registry))}
    known |= set(re.findall(r"^\| `(bankcore_book_\w+)` \|", PAGE, re.MULTILINE))
    for rule in group["rules"]:
        named = set(re.findall(r"bankcore_\w+", rule["expr"]))
        assert named
        assert named <= known, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")


@needs_promtool
def test_prometheus_accepts_the_alert_rules_and_they_fire(tmp_path):
    (tmp_path / "alerts.yml").write_text(RULES, encoding="utf-8")
    (tmp_path / "test.yml").write_text(FIRES, encoding="utf-8")
    for words in ("check rules alerts.yml", "test rules test.yml"):
        ran = subprocess.run(
            [PROMTOOL, *words.split()], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
