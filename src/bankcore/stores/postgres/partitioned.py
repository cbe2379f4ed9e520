"""The queries of the layout of `partitions.sql`, where keys are in a table of their own."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from bankcore.stores.postgres import queries

__all__ = ["LAYOUT", "NUMBERS"]

NUMBERS: Final = """
    SELECT k.key, k.number FROM unnest($1::text[]) AS wanted(key)
    JOIN used_key k ON k.book_id = $2::bigint AND k.key = wanted.key"""
LAYOUT: Final = ModuleType("partitioned", __doc__)
vars(LAYOUT).update({**vars(queries), "NUMBERS": NUMBERS})
