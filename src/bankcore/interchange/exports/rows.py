"""A book as rows of CSV, a row for each posting, and as lines of JSON, a line for each transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bankcore.amounts import Amount
from bankcore.interchange.exports.shape import told
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry, timestamp
from bankcore.tables import csv_line, json_text

__all__ = ["COLUMNS", "as_csv", "as_jsonl", "form_of", "line_of"]

COLUMNS = (
    *("number", "recorded_at", "effective_on", "kind", "description", "key", "actor", "agreement", "group"),
    *("reverses", "corrects", "resolves", "pending", "account", "debit", "credit", "unit"),
)
_TEXTS = ("kind", "description", "key", "actor", "agreement", "group")
_NUMBERS = ("reverses", "corrects", "resolves")


def as_csv(
    reader: Reader, *, raw: bool = False, progress: Callable[[int], object] = lambda read: None
) -> Iterator[str]:
    """A head, and a row for each posting; a hold has its rows, with `pending` true, and moves nothing.

    Texts that a spreadsheet takes for formulas are defused unless it is asked `raw`.  `progress` is called
    with 1 for each transaction.
    """
    yield csv_line(COLUMNS)
    for entry in told(reader.entries(), progress):
        t = entry.transaction
        head = (entry.number, timestamp(entry.recorded_at), t.effective_on)
        about = (*(getattr(t, name) for name in _TEXTS), *(getattr(t, name) for name in _NUMBERS))
        for path, quantity, unit in t.postings:
            amount = Amount(abs(quantity), unit).decimal()
            sides = (amount, "") if quantity > 0 else ("", amount)
            yield csv_line((*head, *about, "true" if t.pending else "false", path, *sides, unit), raw=raw)


def as_jsonl(reader: Reader, *, progress: Callable[[int], object] = lambda read: None) -> Iterator[str]:
    """A line for each transaction; see `line_of`.  `progress` is called with 1 for each."""
    return (f"{line_of(entry)}\n" for entry in told(reader.entries(), progress))


def line_of(entry: Entry) -> str:
    """A transaction as a line of JSON: number, instant, digest, the form that `bankcore post` reads, records.

    Records are named, not shown: what is personal of them may have been erased, and stays in the book.
    """
    t = entry.transaction
    line = {
        "number": entry.number,
        "recorded_at": timestamp(entry.recorded_at),
        "digest": entry.digest.hex(),
        "transaction": form_of(entry),
        "records": [{"kind": it.kind, "id": it.id, "version": it.version} for it in t.records],
    }
    return json_text(line)


def form_of(entry: Entry) -> dict[str, Any]:
    """A transaction as plain data, without what is empty; amounts are decimal text in the account's unit."""
    t = entry.transaction
    form: dict[str, Any] = {name: getattr(t, name) for name in _TEXTS if getattr(t, name)}
    form["effective_on"] = t.effective_on.isoformat()
    form |= {name: getattr(t, name) for name in _NUMBERS if getattr(t, name) is not None}
    if t.pending:
        form["pending"] = True
    if t.expires_at is not None:
        form["expires_at"] = timestamp(t.expires_at)
    form["postings"] = [
        {"account": path, "debit" if quantity > 0 else "credit": Amount(abs(quantity), unit).decimal()}
        for path, quantity, unit in t.postings
    ]
    return form
