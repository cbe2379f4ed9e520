"""Results of the bank, laid out as sheets of facts and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.ledger.balances import Balance
from bankcore.ledger.ports import Head
from bankcore.ledger.transactions import Book, Entry, Hold, Posting, Receipt, Record, Transaction
from bankcore.product.personal import masked
from bankcore.product.product import Product
from bankcore.render.forms import HIDDEN, Sheet
from bankcore.tables import Table
from bankcore.units import Unit

if TYPE_CHECKING:
    from bankcore.bank import DayClose
    from bankcore.ledger.evidence.audit import Verification
    from bankcore.ledger.evidence.seals import Seal
    from bankcore.ledger.posting.clock import ClockLimits
    from bankcore.ledger.posting.verdicts import Verdict

__all__ = [
    "account",
    "around",
    "backup",
    "book",
    "chart",
    "close_preview",
    "day_close",
    "entry",
    "holds",
    "journal",
    "plan",
    "receipts",
    "report",
    "reports",
    "sides",
    "standing",
    "verdicts",
    "verification",
]


def book(book: Book, place: str) -> Sheet:
    """A new book and the file it is in."""
    facts = {"book": book.name, "unit": book.base_unit, "opened on": book.opened_on, "time zone": book.zone}
    return Sheet({**facts, "file": place})


def standing(book: Book, today: date, head: Head, around: Mapping[str, Any]) -> Sheet:
    """A book and the state of its journal, and what is `around` it: the engine and the clock."""
    facts = {
        "book": book.name,
        "unit": book.base_unit,
        "opened on": book.opened_on,
        "time zone": book.zone,
        "business date": today,
        "accounts": head.accounts,
        "transactions": head.number,
        "recorded at": head.recorded_at,
        "digest": head.digest,
    }
    return Sheet({**facts, **around})


def around(engine: str, sound: bool, skew: timedelta | None, limits: ClockLimits) -> dict[str, Any]:
    """The engine, and whether the clock agrees with the book: `skew` is clock time minus book time."""
    clock = "agrees with the book"
    if skew is not None and -skew > limits.behind:
        clock = f"{-skew} behind the book"
    elif skew is not None and limits.ahead is not None and skew > limits.ahead:
        clock = f"{skew} ahead of the book"
    return {"engine": engine, "sound": sound, "clock": clock}


def backup(place: str, engine: str, books: Iterable[tuple[Book, Head, Seal | None]]) -> Sheet:
    """A verified copy, with the figures to keep elsewhere, by which it can be checked later."""
    columns = ("book", "transactions", "recorded at", "head", "sealed through", "last seal")
    rows = tuple(
        (b.name, h.number, h.recorded_at, h.digest, s and s.through, s and s.digest()) for b, h, s in books
    )
    return Sheet({"file": place, "engine": engine}, (Table("books", columns, rows),))


def receipts(receipts: Iterable[Receipt]) -> Sheet:
    """The receipts of one operation."""
    columns = ("number", "key", "recorded at", "replayed", "digest")
    given = tuple(receipts)
    rows = tuple((r.number, r.key, r.recorded_at, r.replayed, r.digest) for r in given)
    facts = {"erasure pending": True} if any(r.erasure_pending for r in given) else {}
    return Sheet(facts, tables=(Table("receipts", columns, rows),))


def verdicts(verdicts: Iterable[Verdict]) -> Sheet:
    """The outcome of each of many transactions, in their order."""
    columns = ("place", "number", "key", "recorded at", "replayed", "error", "message")
    rows = tuple(
        (place, None, None, None, None, v.code, str(v))
        if isinstance(v, BankcoreError)
        else (place, v.number, v.key, v.recorded_at, v.replayed, None, None)
        for place, v in enumerate(verdicts, start=1)
    )
    return Sheet(tables=(Table("verdicts", columns, rows),))


def plan(transactions: Sequence[Transaction]) -> Sheet:
    """The transactions that an operation would write."""
    columns = ("place", "kind", "effective on", "account", "debit", "credit", "unit")
    legs = tuple(
        (place, t.kind, t.effective_on, p.account, *sides(p), p.unit)
        for place, t in enumerate(transactions, start=1)
        for p in t.postings
    )
    records = [record for t in transactions for record in t.records]
    return Sheet({"transactions": len(transactions)}, (Table("postings", columns, legs), _records(records)))


def entry(entry: Entry, reversed_by: int | None, corrected_by: Iterable[int]) -> Sheet:
    """A transaction of the journal, with the numbers of its reversal and of its corrections."""
    t = entry.transaction
    facts = {
        "number": entry.number,
        "key": t.key,
        "kind": t.kind,
        "effective on": t.effective_on,
        "recorded at": entry.recorded_at,
        "description": t.description,
        "agreement": t.agreement,
        "actor": t.actor,
        "details": masked(t.details),
        "group": t.group,
        "up to": t.up_to or None,
        "reverses": t.reverses,
        "corrects": t.corrects,
        "pending": t.pending or None,
        "expires at": t.expires_at,
        "resolves": t.resolves,
        "reversed by": reversed_by,
        "corrected by": [*corrected_by] or None,
        "digest": entry.digest,
    }
    legs = tuple((p.account, *sides(p), p.unit) for p in t.postings)
    return Sheet(
        facts, (Table("postings", ("account", "debit", "credit", "unit"), legs), _records(t.records))
    )


def journal(entries: Iterable[Entry], most: int) -> Sheet:
    """A page of the journal, `most` long, and after which transaction the next one begins; 0 for all."""
    found = list(entries)
    shown = found[:most] if most else found
    columns = (
        *(
            "number",
            "value date",
            "recorded at",
            "kind",
            "actor",
            "agreement",
            "amount",
            "description",
            "key",
        ),
    )
    rows = tuple(
        (
            it.number,
            t.effective_on,
            it.recorded_at,
            t.kind,
            t.actor,
            t.agreement,
            _moved(t),
            t.description,
            t.key,
        )
        for it in shown
        for t in (it.transaction,)
    )
    facts = {"next page": f"--after {shown[-1].number}"} if len(found) > len(shown) else {}
    return Sheet(facts, (Table("transactions", columns, rows),), frozenset({*HIDDEN, "recorded at", "key"}))


def _moved(t: Transaction) -> Amount | str:
    """The debits of a transaction, in each unit."""
    sums: Counter[Unit] = Counter()
    for posting in t.postings:
        sums[posting.unit] += max(posting.quantity, 0)
    amounts = [Amount(quantity, unit) for unit, quantity in sums.items()]
    return amounts[0] if len(amounts) == 1 else ", ".join(map(str, amounts))


def chart(balances: Iterable[Balance]) -> Sheet:
    """The chart of accounts."""
    columns = ("account", "type", "status", "party", "floor", "ceiling", "balance", "unit", "normal side")
    rows = tuple(
        (
            b.account.path,
            b.account.type,
            b.account.status,
            b.account.party,
            _amount(b.account.floor, b.account.unit),
            _amount(b.account.ceiling, b.account.unit),
            Amount(b.net, b.account.unit),
            b.account.unit,
            b.account.normal_side,
        )
        for b in balances
    )
    return Sheet(tables=(Table("accounts", columns, rows),))


def account(balance: Balance, versions: Iterable[Record]) -> Sheet:
    """One account: its description, its balance and its history."""
    a, unit = balance.account, balance.account.unit
    facts = {
        "account": a.path,
        "type": a.type,
        "normal side": a.normal_side,
        "unit": unit,
        "status": a.status,
        "floor": _amount(a.floor, unit),
        "ceiling": _amount(a.ceiling, unit),
        "opened on": a.opened_on,
        "closed on": a.closed_on,
        "reopened on": a.reopened_on,
        "party": a.party,
        "details": a.details,
        "debits": Amount(balance.debits, unit),
        "credits": Amount(balance.credits, unit),
        "balance": Amount(balance.net, unit),
        "held": Amount(balance.held, unit),
        "available": _amount(balance.available, unit),
    }
    columns = ("version", "status", "floor", "ceiling", "reason")
    rows = tuple(
        (
            v.version,
            v.data["status"],
            _amount(v.data["floor"], unit),
            _amount(v.data["ceiling"], unit),
            v.data["reason"],
        )
        for v in versions
    )
    return Sheet(facts, (Table("versions", columns, rows),))


def holds(holds: Iterable[Hold]) -> Sheet:
    """Holds, a line for each posting, and the transactions that resolved them."""
    facts = ("number", "kind", "description", "expires at", "resolved by")
    rows = tuple(
        (h.number, t.kind, t.description, t.expires_at, h.resolved_by, p.account, *sides(p), p.unit)
        for h in holds
        for t in (h.transaction,)
        for p in t.postings
    )
    return Sheet(tables=(Table("holds", (*facts, "account", "debit", "credit", "unit"), rows),))


def report(table: Table) -> Sheet:
    """A product's report."""
    return Sheet({"report": table.title}, (Table("rows", table.columns, table.rows),))


def reports(products: Iterable[Product]) -> Sheet:
    """The list of reports."""
    rows = tuple((product.name, name) for product in products for name in product.reports)
    return Sheet(tables=(Table("reports", ("product", "report"), rows),))


def day_close(close: DayClose, today: date) -> Sheet:
    """The days that were closed, and the business date after them."""
    facts = {
        "days closed": len(close.days),
        "first": close.days[0] if close.days else None,
        "last": close.days[-1] if close.days else None,
        "transactions": close.transactions,
        "deferred": len(close.deferred),
        "business date": today,
    }
    if close.erasure_pending:
        facts["erasure pending"] = True
    waits = ((it.day, it.product, it.thing, it.code, it.reason) for it in close.deferred)
    columns = ("day", "product", "what waits", "code", "reason")
    return Sheet(facts, (Table("deferrals", columns, tuple(waits)),) if close.deferred else ())


def close_preview(days: Sequence[date], planned: Sequence[Transaction]) -> Sheet:
    """The days that a close would close, and the transactions it would write on the first of them."""
    kinds = Counter(it.kind for it in planned)
    facts = {
        "days to close": len(days),
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
    }
    return Sheet(facts, (Table("first day", ("kind", "transactions"), tuple(kinds.items())),))


def verification(
    verification: Verification, around: Mapping[str, Any], unchecked: Iterable[str] = ()
) -> Sheet:
    """The result of a verification, and what is `around` the book: the engine and the clock.

    `unchecked` are products whose invariants could not be tested.
    """
    v = verification
    facts = {
        "transactions": v.transactions,
        "postings": v.postings,
        "records": v.records,
        "accounts": v.accounts,
        "seals": v.seals,
        "digest": v.digest,
        "findings": len(v.findings),
    }
    if names := ", ".join(unchecked):
        facts["not checked"] = f"invariants of {names}"
    return Sheet({**around, **facts})


def sides(posting: Posting) -> tuple[Amount | None, Amount | None]:
    """The amount of a posting in a debit and a credit column, one of them empty."""
    return _columns(posting.quantity, posting.unit)


def _columns(quantity: int, unit: Unit) -> tuple[Amount | None, Amount | None]:
    """A quantity with a debit positive as a debit and a credit column."""
    return (
        Amount(quantity, unit) if quantity > 0 else None,
        Amount(-quantity, unit) if quantity < 0 else None,
    )


def _records(records: Iterable[Record]) -> Table:
    rows = tuple((record.kind, record.id, record.version, masked(record.data)) for record in records)
    return Table("records", ("kind", "id", "version", "data"), rows)


def _amount(quantity: int | None, unit: Unit) -> Amount | None:
    return None if quantity is None else Amount(quantity, unit)
