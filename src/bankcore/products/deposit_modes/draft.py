"""A record's data as a voucher leaves it."""

from __future__ import annotations

from typing import Any

from bankcore.product.voucher import Voucher

__all__ = ["Draft", "data_of"]

Draft = Voucher


def data_of(draft: Draft, kind: str, *id: str) -> dict[str, Any]:
    """A record's data as this draft leaves it; empty where there is none."""
    record = draft.record(kind, *id)
    return {} if record is None else dict(record.data)
