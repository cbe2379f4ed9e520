"""Instants of the command line."""

from __future__ import annotations

from bankcore.interchange.transactions import instant

SEEDS = ("2024-05-01T18:00:00+08:00", "2024-05-01", "9999-12-31T23:59:59.999999-23:59", "2024-05-01T24:00")

read, written = instant, str
