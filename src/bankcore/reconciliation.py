"""Reconciliation: an account of a book against the statements of its bank.

>>> reconcile_account(reader, "bank:cash", read_statements("may.sta")).state  # doctest: +SKIP
<State.RECONCILED: 'reconciled'>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bankcore.amounts import Amount
from bankcore.errors import BadFile, UnknownName
from bankcore.interchange.statements import read
from bankcore.ledger.accounts import Side
from bankcore.ledger.ports import Line, Reader
from bankcore.ledger.reading.statements import statement
from bankcore.matches import decided
from bankcore.reconciling.account import reconcile
from bankcore.reconciling.items import Rules
from bankcore.reconciling.result import Known, Reconciliation
from bankcore.reconciling.statements import BankStatement, StatementBalance, StatementEntry
from bankcore.replay import Mapping as Map
from bankcore.replay.rows import Row, read_rows

__all__ = ["read_statements", "reconcile_account"]


def read_statements(
    path: str | Path, mapping: Map | None = None, form: str | None = None, account: str | None = None
) -> tuple[BankStatement, ...]:
    """The statements of a file in camt.053, MT940 or OFX, or of a bank's CSV by the map of `bankcore replay`.

    Of a file with statements of several accounts, `account` chooses by the bank's number.  Raises BadFile,
    BadRow, BadMapping, LibraryMissing, and UnknownName where the file has no such account or
    several and none is chosen.
    """
    found = read(path, form) if mapping is None else _from_rows(Path(path), mapping)
    accounts = [*dict.fromkeys(it.account for it in found)]
    if not found:
        raise BadFile(str(path), "it has no statement")
    if account is None and len(accounts) == 1:
        return found
    chosen = tuple(it for it in found if it.account == account)
    if not chosen:
        raise UnknownName("account of the statement", account or "(none given)", ", ".join(accounts))
    return chosen


def reconcile_account(
    reader: Reader,
    path: str,
    statements: Sequence[BankStatement],
    rules: Rules | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
    side: Side | None = None,
) -> Reconciliation:
    """Reconcile an account of the book with statements of it.

    `side` is the account's side that the statement shows as money coming in; without it that is its normal
    side: the debit of an asset, such as an account at a bank, and the credit of a liability.  Matches that
    were confirmed in the book (`bankcore.matches`) stand, those turned down are open.
    Raises UnknownAccount, BadAccountPath, and the errors of `bankcore.reconciling.account.reconcile`.
    """
    read = statement(reader, path)
    known_matches = decided(reader, path)
    flip = 1 if side is None or side is read.account.normal_side else -1
    rules = rules or Rules()
    days = [*_days(statements), *filter(None, (since, until))]
    near = timedelta(rules.days + 1)
    span = (min(days) - near, max(days) + near) if days else (date.max, date.min)
    known = _known(reader, read.lines, flip, span)
    return reconcile(statements, known, read.account.unit, rules, since, until, known_matches)


def _days(statements: Sequence[BankStatement]) -> Iterator[date]:
    for it in statements:
        yield from (balance.on for balance in (it.opening, it.closing) if balance and balance.on)
        yield from (entry.day for entry in it.entries if entry.day)


def _known(reader: Reader, lines: Sequence[Line], flip: int, span: tuple[date, date]) -> Iterator[Known]:
    """The postings; of those that may be matched also what only the transaction has."""
    for line in lines:
        near = span[0] <= line.effective_on <= span[1]
        entry = reader.entry(line.number) if near else None
        moved = None if entry is None else entry.transaction
        yield Known(
            line.number,
            line.effective_on,
            line.quantity * flip,
            line.key,
            line.description,
            () if moved is None else tuple(_texts(moved.details)),
            0 if moved is None else moved.reverses or 0,
            0 if moved is None else moved.corrects or 0,
        )


def _texts(details: Any) -> Iterator[str]:
    """The texts of a transaction's details, any of which may be the reference that the bank knows."""
    if isinstance(details, str):
        yield details
    elif isinstance(details, Mapping):
        for item in details.values():
            yield from _texts(item)


def _from_rows(path: Path, mapping: Map) -> tuple[BankStatement, ...]:
    """The rows of a bank's CSV as one statement for each account of the map."""
    rows: dict[str, list[Row]] = {}
    for row in read_rows(path, mapping):
        rows.setdefault(str(row.account), []).append(row)
    return tuple(_of_rows(name, found, mapping) for name, found in rows.items())


def _of_rows(name: str, rows: Sequence[Row], mapping: Map) -> BankStatement:
    sign = mapping.account.type.normal_side.sign
    entries = []
    for row in rows:
        moved = sum(leg.quantity for leg in row.transaction.postings if leg.account == row.account) * sign
        entries.append(
            StatementEntry(
                row.line,
                Amount(moved, row.unit),
                row.transaction.effective_on,
                references=(row.transaction.key,),
                text=row.transaction.description,
            )
        )
    first, last = rows[0], rows[-1]
    opening = closing = None
    if first.balance is not None and last.balance is not None:
        before = Amount(first.balance, first.unit) - entries[0].amount
        opening = StatementBalance(before, None)
        closing = StatementBalance(Amount(last.balance, last.unit), last.transaction.effective_on)
    return BankStatement("csv", "", name, first.unit, opening, closing, tuple(entries), first.line)
