"""What a preview would write, laid out as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from bankcore.bank import EOD_ACTOR
from bankcore.ledger.transactions import Entry
from bankcore.product.personal import masked
from bankcore.render.forms import Sheet
from bankcore.render.sheets import sides
from bankcore.tables import Table

if TYPE_CHECKING:
    from bankcore.preview import Effects, Preview

__all__ = ["shown"]


def shown(preview: Preview | None, others: Sequence[Sheet] = (), *, brief: bool = False) -> Sheet:
    """Everything that a preview would write, after what its command showed itself in `others`.

    A `brief` sheet counts the transactions by kind, and shows no postings and records of closes of days.
    """
    facts = {name: value for sheet in others for name, value in sheet.facts.items()}
    tables = [table for sheet in others for table in sheet.tables]
    if preview is None:
        return Sheet(facts, tuple(tables))
    effects = preview.effects
    return Sheet(
        {
            "book": preview.bank.ledger.book.name,
            "forked after": preview.head.number,
            "business date": preview.bank.today,
            "transactions": len(effects.entries),
            "refused": len(effects.refused),
            **facts,
        },
        (*_written(effects, brief), *tables),
    )


def _written(effects: Effects, brief: bool) -> Iterator[Table]:
    entries: Sequence[Entry] = effects.entries
    if brief:
        yield _kinds(entries)
        entries = [entry for entry in entries if entry.transaction.actor != EOD_ACTOR]
    if entries or not brief:
        columns = ("number", "kind", "effective on", "account", "debit", "credit", "unit")
        legs = (
            (e.number, t.kind, t.effective_on, p.account, *sides(p), p.unit)
            for e in entries
            for t in (e.transaction,)
            for p in t.postings
        )
        yield Table("postings", columns, tuple(legs))
        records = (
            (e.number, r.kind, r.id, r.version, masked(r.data))
            for e in entries
            for r in e.transaction.records
        )
        yield Table("records", ("number", "kind", "id", "version", "data"), tuple(records))
    told = ((it.number, it.on, it.party, it.topic, it.subject, it.data) for it in effects.notices)
    yield Table("notices", ("number", "on", "party", "topic", "subject", "data"), tuple(told))
    waits = ((it.day, it.product, it.thing, it.code, it.reason) for it in effects.deferred)
    yield Table("deferrals", ("day", "product", "what waits", "code", "reason"), tuple(waits))
    refused = ((it.asked, it.code, str(it.error)) for it in effects.refused)
    yield Table("refusals", ("asked", "error", "message"), tuple(refused))


def _kinds(entries: Iterable[Entry]) -> Table:
    """How many transactions of each kind there are, in the order in which the kinds first appear."""
    days: dict[str, list[date]] = {}
    for entry in entries:
        days.setdefault(entry.transaction.kind, []).append(entry.transaction.effective_on)
    rows = tuple((kind, len(its), min(its), max(its)) for kind, its in days.items())
    return Table("kinds", ("kind", "transactions", "first", "last"), rows)
