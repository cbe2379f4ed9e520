"""Commits and refusals as OpenTelemetry metrics; needs `pip install 'bankcore[otel]'`.

>>> from datetime import date
>>> from bankcore import Bank, MemoryStore
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), observer=OpenTelemetry())

It uses the API alone: the program chooses the SDK and the exporter.  No party, key, amount or text of a
request is in any attribute.
"""

from __future__ import annotations

from typing import Any

from bankcore.errors import LibraryMissing
from bankcore.ledger.observing import Commit, Refused

__all__ = ["OpenTelemetry"]


class OpenTelemetry:
    """An observer that measures, with the attribute `bankcore.book`:

    - `bankcore.commits` and `bankcore.transactions`, counters;
    - `bankcore.refusals`, a counter, with the code as the attribute `bankcore.code`;
    - `bankcore.commit.duration`, a histogram in seconds;
    - `bankcore.commit.requests`, a histogram of how many requests shared a commit.

    `provider` is a MeterProvider, by default the global one.  Raises LibraryMissing.
    """

    def __init__(self, provider: Any = None) -> None:
        try:
            from opentelemetry import metrics
        except ImportError:
            raise LibraryMissing("opentelemetry", "otel") from None
        meter = metrics.get_meter("bankcore", meter_provider=provider)
        self._commits = meter.create_counter("bankcore.commits", unit="{commit}")
        self._transactions = meter.create_counter("bankcore.transactions", unit="{transaction}")
        self._refusals = meter.create_counter("bankcore.refusals", unit="{refusal}")
        self._duration = meter.create_histogram("bankcore.commit.duration", unit="s")
        self._requests = meter.create_histogram("bankcore.commit.requests", unit="{request}")

    def on_commit(self, commit: Commit) -> None:
        """Measure a commit."""
        named = {"bankcore.book": commit.book}
        self._commits.add(1, named)
        self._transactions.add(commit.last - commit.first + 1, named)
        self._requests.record(commit.requests, named)
        if commit.nanoseconds is not None:
            self._duration.record(commit.nanoseconds / 1_000_000_000, named)

    def on_refusal(self, refused: Refused) -> None:
        """Count a refusal by its code."""
        self._refusals.add(1, {"bankcore.book": refused.book, "bankcore.code": refused.error.code})
