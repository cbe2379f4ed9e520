"""Metrics for Prometheus: of a program that embeds a bank, and of a book; needs `bankcore[prometheus]`.

>>> from datetime import UTC, date, datetime
>>> from prometheus_client import CollectorRegistry
>>> from bankcore import Bank, MemoryStore
>>> from bankcore.products.parties import RegisterParty
>>> registry = CollectorRegistry()
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), observer=Prometheus(registry))
>>> receipts = bank.handle(RegisterParty("li"), key="li")
>>> labels = {"book": "main", "product": "parties", "command": "register-party", "outcome": "committed"}
>>> registry.get_sample_value("bankcore_commands_total", labels)
1.0
>>> of_book = book_metrics(bank, datetime(2024, 5, 3, tzinfo=UTC))
>>> of_book.get_sample_value("bankcore_book_closes_due", {"book": "main", "store": "in memory"})
2

No party, key, amount or text of a request is in any label, and money is in no value: a sample of Prometheus
is a binary fraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bankcore.bank import Bank
from bankcore.doctor import Finding, Level, examine
from bankcore.errors import BadFile, LibraryMissing
from bankcore.ledger.observing import Commit, Refused

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

__all__ = ["Prometheus", "book_metrics", "exposition", "write_metrics"]

_NANOSECONDS: Final = 1_000_000_000
_MOST_NAMES: Final = 1_000  # of commands; what comes later is counted as one
_OTHER: Final = "other.other"
_DURATIONS: Final = (*(f"{n}e-{power}" for power in (4, 3, 2, 1, 0) for n in (1, 2, 5)), "10", "30")
_SHARED: Final = ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000")  # requests of one commit
_COUNTERS: Final = ("transactions", "postings")
_FIGURES: Final = {  # of findings and of the book, with what each says; times are Unix time
    "transactions": "Transactions in the journal.",
    "postings": "Postings of accounts; the legs of a hold are not among them until it is captured.",
    "accounts": "Accounts in the book.",
    "examined_timestamp_seconds": "When this was found out.",
    "engine_sound": "1 where the store's SQLite has no WAL-reset fault.",
    "size_bytes": "Size of the file or the database.",
    "log_bytes": "Size of the file's log.",
    "free_bytes": "Free space on the disk of the file.",
    "backup_timestamp_seconds": "When the last known backup of this book was made.",
    "backup_missing_transactions": "Transactions written since the last known backup.",
    "archive_timestamp_seconds": "When the PostgreSQL server archived a part of its log last.",
    "erasure_pending": "1 while erased personal data may still be in the log.",
    "last_transaction_timestamp_seconds": "When the last transaction was recorded.",
    "closes_due": "Days before today that are not closed.",
    "close_unfinished": "1 while the close of a day has begun and has not ended.",
    "seals": "Seals of closed days.",
    "sealed_through_timestamp_seconds": "The end of the last day that is sealed.",
    "products_unfit": "Products that serve the book and cannot as installed.",
    "holds_live": "Live holds.",
    "holds_expired": "Holds that have expired and are not released yet.",
    "oldest_hold_timestamp_seconds": "The beginning of the value date of the oldest live hold.",
    "deferred": "What the last close could not post.",
    "deferred_since_timestamp_seconds": "The beginning of the day since when the oldest of it waits.",
    "suspense_items": "Items that wait in suspense for their owner.",
    "suspense_since_timestamp_seconds": "The beginning of the day since when the oldest of them waits.",
    "in_transit_units": "Units of which money is in transit between books.",
}


def _library() -> Any:
    try:
        import prometheus_client
    except ImportError:
        raise LibraryMissing("prometheus-client", "prometheus") from None
    return prometheus_client


class Prometheus:
    """An observer that feeds a registry of prometheus_client, by default the global one:

    - `bankcore_commits_total`, `bankcore_transactions_total` and `bankcore_postings_total`, by `book`;
    - `bankcore_commands_total`, by `book`, `product`, `command` and `outcome`, `committed` or `refused`; a
      command given again under its key is not counted, and after a thousand names others are `other`;
    - `bankcore_refusals_total`, by `book` and `code`;
    - `bankcore_commit_duration_seconds`, a histogram, with the wait for the write lock in it, and
      `bankcore_lock_wait_seconds`, that wait alone;
    - `bankcore_commit_requests`, a histogram of how many requests shared a commit.

    One observer may serve any number of banks in threads of one process.  Raises LibraryMissing, and
    ValueError for a registry that has these metrics already.

    >>> from prometheus_client import CollectorRegistry
    >>> registry = CollectorRegistry()
    >>> observer = Prometheus(registry)
    >>> observer.on_commit(Commit("main", 1, 3, requests=2, refused=0, nanoseconds=1_500_000))
    >>> registry.get_sample_value("bankcore_transactions_total", {"book": "main"})
    3.0
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        library = _library()
        given: dict[str, Any] = {"registry": library.REGISTRY if registry is None else registry}
        self._commits = library.Counter("bankcore_commits", "Commits.", ["book"], **given)
        self._transactions = library.Counter(
            "bankcore_transactions", "Transactions written.", ["book"], **given
        )
        self._postings = library.Counter("bankcore_postings", "Postings written.", ["book"], **given)
        self._commands = library.Counter(
            "bankcore_commands",
            "Commands of products.",
            ["book", "product", "command", "outcome"],
            **given,
        )
        self._refusals = library.Counter(
            "bankcore_refusals", "Refused requests by the code of the error.", ["book", "code"], **given
        )
        self._duration = library.Histogram(
            "bankcore_commit_duration_seconds",
            "From asking for the write lock to the end of the commit.",
            ["book"],
            buckets=_DURATIONS,
            **given,
        )
        self._waits = library.Histogram(
            "bankcore_lock_wait_seconds",
            "From asking for the write lock to having it.",
            ["book"],
            buckets=_DURATIONS,
            **given,
        )
        self._requests = library.Histogram(
            "bankcore_commit_requests", "Requests that shared a commit.", ["book"], buckets=_SHARED, **given
        )
        self._names: dict[str, str] = {}

    def on_commit(self, commit: Commit) -> None:
        """Count a commit, its transactions and its commands, and measure how long it took."""
        self._commits.labels(commit.book).inc()
        self._transactions.labels(commit.book).inc(commit.last - commit.first + 1)
        self._postings.labels(commit.book).inc(commit.postings)
        self._requests.labels(commit.book).observe(commit.requests)
        if commit.nanoseconds is not None:
            self._duration.labels(commit.book).observe(commit.nanoseconds / _NANOSECONDS)
        if commit.waited is not None:
            self._waits.labels(commit.book).observe(commit.waited / _NANOSECONDS)
        self._count(commit.book, commit.commands, "committed")

    def on_refusal(self, refused: Refused) -> None:
        """Count a refusal by its code, and its commands."""
        self._refusals.labels(refused.book, refused.error.code).inc()
        self._count(refused.book, refused.commands, "refused")

    def _count(self, book: str, commands: Sequence[str], outcome: str) -> None:
        for name in commands:
            if name not in self._names:
                self._names[name] = name if len(self._names) < _MOST_NAMES else _OTHER
            product, _, command = self._names[name].partition(".")
            self._commands.labels(book, product, command, outcome).inc()


# --- of a book ------------------------------------------------------------------------------------------


class _OfBook:
    """What was found of a book, as a collector of prometheus_client."""

    def __init__(
        self, figures: Mapping[str, int], levels: Mapping[str, int], labels: Mapping[str, str]
    ) -> None:
        self._figures, self._levels, self._labels = figures, levels, labels

    def collect(self) -> Iterator[Metric]:
        """The families of metrics, in a fixed order."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        names, values = list(self._labels), list(self._labels.values())
        for name in sorted(self._figures, key=list(_FIGURES).index):
            family = CounterMetricFamily if name in _COUNTERS else GaugeMetricFamily
            metric = family(f"bankcore_book_{name}", _FIGURES[name], labels=names)
            metric.add_metric(values, self._figures[name])
            yield metric
        said = "The doctor's finding by check: 0 ok, 1 notice, 2 warning, 3 failure."
        metric = GaugeMetricFamily("bankcore_book_check_level", said, labels=[*names, "check"])
        for check, level in self._levels.items():
            metric.add_metric([*values, check], level)
        yield metric


def book_metrics(bank: Bank, now: datetime) -> CollectorRegistry:
    """A registry with what `bankcore.doctor.examine` finds of a bank's book at an instant, as numbers.

    The labels of each metric are `book`, its name, and `store`, the full path of the file or the address of
    the database without a password.  Raises LibraryMissing and what reading the book raises.

    >>> from datetime import UTC, date
    >>> from bankcore import MemoryStore
    >>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
    >>> registry = book_metrics(bank, datetime(2024, 5, 1, tzinfo=UTC))
    >>> print("\\n".join(exposition(registry).splitlines()[:3]))
    # HELP bankcore_book_transactions_total Transactions in the journal.
    # TYPE bankcore_book_transactions_total counter
    bankcore_book_transactions_total{book="main",store="in memory"} 0.0
    """
    registry: CollectorRegistry = _library().CollectorRegistry()
    ledger = bank.ledger
    found = examine(bank, now)
    with ledger.reader as reader:
        sequences = [row[4] for row in reader.standings()]  # by account: how many postings it has
        of_book = {
            "transactions": reader.head().number,
            "accounts": len(sequences),
            "postings": sum(sequences),
            "examined_timestamp_seconds": int(now.timestamp()),
        }
    figures = {**of_book, **{name: value for it in found for name, value in it.figures.items()}}
    registry.register(
        _OfBook(figures, _levels(found), {"book": ledger.book.name, "store": ledger.store.address})
    )
    return registry


def _levels(found: Sequence[Finding]) -> Mapping[str, int]:
    """The worst level of each check."""
    order, levels = list(Level), dict[str, int]()
    for it in found:
        levels[it.check] = max(levels.get(it.check, 0), order.index(it.level))
    return levels


def exposition(registry: CollectorRegistry) -> str:
    """The metrics of a registry in the text format of Prometheus; raises LibraryMissing.

    >>> from prometheus_client import CollectorRegistry
    >>> exposition(CollectorRegistry())
    ''
    """
    text: bytes = _library().generate_latest(registry)
    return text.decode()


def write_metrics(registry: CollectorRegistry, file: Path) -> None:
    """Replace a file as a whole by the metrics of a registry; raises BadFile, LibraryMissing.

    The textfile collector of node_exporter reads the files `*.prom` of a folder, so another name is refused.

    >>> from prometheus_client import CollectorRegistry
    >>> write_metrics(CollectorRegistry(), Path("bank.txt"))
    Traceback (most recent call last):
    bankcore.errors.outside.BadFile: bank.txt cannot be used: its name must end in .prom
    """
    library = _library()
    if file.suffix != ".prom":
        raise BadFile(str(file), "its name must end in .prom")
    try:
        library.write_to_textfile(str(file), registry)
    except OSError as error:
        raise BadFile(str(file), error.strerror or str(error)) from error
