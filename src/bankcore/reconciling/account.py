"""One account reconciled with its statements: matches, open items with their age, the difference explained.

Quantities are as the statement shows them, what comes in positive, in the account's smallest unit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from attrs import evolve

from bankcore.amounts import Amount
from bankcore.errors import BadDate, UnitMismatch
from bankcore.reconciling.decided import Decided, Split, split, turned_down
from bankcore.reconciling.items import Item, Rules, plain
from bankcore.reconciling.matching import Matching, match
from bankcore.reconciling.result import PARTS, Known, OpenItem, Reconciliation, Row
from bankcore.reconciling.statements import NO_CURRENCY, BankStatement, StatementEntry, in_unit
from bankcore.units import Unit

__all__ = ["reconcile"]

_TELLING: Final = re.compile(r"[^\s,;]*[0-9][^\s,;]*")  # a word that may be a reference
_NAMED: Final = 16  # hexadecimal digits of an entry's name
_SHORTEST: Final = 4  # characters of such a word


def reconcile(
    statements: Sequence[BankStatement],
    known: Iterable[Known],
    unit: Unit,
    rules: Rules | None = None,
    since: date | None = None,
    until: date | None = None,
    decided: Decided | None = None,
) -> Reconciliation:
    """Reconcile statements of one account with all postings of it, in the order of the book.

    The period goes from the day after the opening balance (or its own day, where the book's balance then
    fits) or from the first entry, to the closing balance or the last entry, unless it is given.  What is
    `decided` is not matched again: confirmed matches stand, and those turned down are open items.
    Raises UnitMismatch for a statement in another currency, BadAmount where an amount has too many
    decimals, BadDate for entries without any date.

    >>> from bankcore.reconciling.statements import StatementBalance
    >>> eur, day = Unit("EUR/2"), date(2024, 5, 2)
    >>> entry = StatementEntry(1, Amount(500, eur), day)
    >>> stated = BankStatement("ofx1", "", "", eur, None, StatementBalance(Amount(500, eur), day), (entry,))
    >>> found = reconcile([stated], [Known(7, day, 500)], eur)
    >>> found.state.value, found.difference, found.matches[0].reason
    ('reconciled', 0, 'amount and day')
    """
    postings = [*known]
    entries, repeated, notes = _entries(statements, unit)
    theirs = [_their_item(name, it, unit) for name, it in entries]
    total = sum(it.quantity for it in theirs)
    opening, closing = _balances(statements, unit, total)
    since, until = _period(statements, theirs, postings, opening, since, until)
    named = _our_items(postings, since, until, (rules or Rules()).days)
    sides = split([(item, it.number) for item, it in named], theirs, decided or Decided())
    found = match(sides.ours, sides.theirs, rules)
    if found.ended:
        notes += ("the search for sums was ended by its limit",)
    rows = {(True, item.name): _our_row(item.name, it, unit) for item, it in named}
    rows |= _their_rows(theirs, entries, unit)
    outside = {item.name for item, _ in named if item.outside}
    numbers = {item.name: it.number for item, it in named}
    found = turned_down(found, numbers, outside, decided or Decided())
    new = (it for it in found.matches if it.theirs or {*it.ours} - outside)
    matches = (*sides.confirmed, *new)
    result = Reconciliation(
        unit=unit,
        since=since,
        until=until,
        statements=tuple(statements),
        matches=matches,
        rows=rows,
        open=_open_items(found, rows, until),
        opening=opening,
        closing=closing,
        book_opening=sum(it.quantity for it in postings if it.day < since),
        book_closing=sum(it.quantity for it in postings if it.day <= until),
        explained=(),
        repeated=repeated,
        notes=notes,
    )
    return evolve(result, explained=_explained(result, total, outside, sides))


def _open_items(found: Matching, rows: dict[tuple[bool, str], Row], until: date) -> tuple[OpenItem, ...]:
    return tuple(
        OpenItem(side, row, it.kind, (until - row.day).days, it.counterpart, it.hint)
        for side, opened in ((True, found.open_ours), (False, found.open_theirs))
        for it in opened
        for row in (rows[side, it.name],)
    )


def _explained(
    found: Reconciliation, total: int, outside: Set[str], sides: Split
) -> tuple[tuple[str, int], ...]:
    """The parts of the difference; `total` is the sum of the entries."""
    if found.opening is None or found.closing is None:
        return ()
    other_days = (name for it in found.matches for name in it.ours if name in outside)
    values = (
        found.opening - found.book_opening,
        found.closing - found.opening - total,
        sum(it.row.amount.quantity for it in found.open if not it.in_book),
        -sum(it.row.amount.quantity for it in found.open if it.in_book),
        sum(found.rows[True, name].amount.quantity for name in other_days),
        sides.elsewhere,
    )
    return tuple(zip(PARTS, values, strict=True))


def _entries(
    statements: Sequence[BankStatement], unit: Unit
) -> tuple[list[tuple[str, StatementEntry]], int, tuple[str, ...]]:
    """The booked entries of all statements; of those that overlap each entry once, as often as in one.

    Each has a name of what it says, which is the same in every statement that has it.
    """
    notes = [note for it in statements for note in it.notes]
    if len(accounts := dict.fromkeys(it.account for it in statements if it.account)) > 1:
        notes.append(f"statements of several accounts: {', '.join(accounts)}")
    found: list[tuple[str, StatementEntry]] = []
    seen: Counter[str] = Counter()
    repeated = 0
    for statement in statements:
        _check_currency(statement.unit, unit, "statement")
        here: Counter[str] = Counter()
        for entry in statement.entries:
            if not entry.booked:
                notes.append(f"line {entry.line}: an entry that is not booked yet is left out")
                continue
            if not entry.amount:
                notes.append(f"line {entry.line}: an entry of amount 0 is left out")
                continue
            dated = _dated(entry, statement, unit)
            mark = "\n".join(
                (
                    statement.account,
                    f"{dated.day} {dated.value_on} {_in(dated.amount, unit)}",
                    *dated.references,
                    dated.text,
                )
            )
            here[mark] += 1
            if here[mark] <= seen[mark]:
                repeated += 1
            else:
                found.append((_digest(mark, here[mark]), dated))
        seen |= here  # the greater count of the two
    return found, repeated, tuple(notes)


def _digest(mark: str, number: int) -> str:
    """The name of the entry that is the `number`th of those that say the same."""
    return sha256(f"{number}\n{mark}".encode()).hexdigest()[:_NAMED]


def _check_currency(found: Unit, unit: Unit, place: str) -> None:
    if found.code not in (unit.code, NO_CURRENCY):
        raise UnitMismatch(unit.code, found.code, place)


def _dated(entry: StatementEntry, statement: BankStatement, unit: Unit) -> StatementEntry:
    """The entry with a date, that of the statement where it has none of its own."""
    _check_currency(entry.amount.unit, unit, f"entry in line {entry.line}")
    if entry.day is not None:
        return entry
    stated = statement.closing or statement.opening
    if stated is None or stated.on is None:
        raise BadDate("", f"the entry in line {entry.line} has no date, nor has the statement")
    return evolve(entry, booked_on=stated.on)


def _in(amount: Amount, unit: Unit) -> int:
    if amount.unit.code == NO_CURRENCY:
        amount = Amount(amount.quantity, Unit(f"{unit.code}/{amount.unit.scale}"))
    return in_unit(amount, unit).quantity


def _their_item(name: str, entry: StatementEntry, unit: Unit) -> Item:
    parts = tuple(
        (_in(it.amount, unit), frozenset(map(plain, it.references))) for it in entry.parts if it.amount
    )
    return Item(
        name,
        _in(entry.amount, unit),
        entry.day or date.min,
        frozenset(filter(None, map(plain, entry.references))),
        f"{entry.counterparty} {entry.text}",
        parts=parts,
    )


def _balances(statements: Sequence[BankStatement], unit: Unit, total: int) -> tuple[int | None, int | None]:
    """The first opening and the last closing balance; what one of the two lacks, the entries make."""
    openings = [it.opening for it in statements if it.opening]
    closings = [it.closing for it in statements if it.closing]
    first = min(openings, key=lambda it: it.on or date.min, default=None)
    last = max(reversed(closings), key=lambda it: it.on or date.min, default=None)
    closing = _in(last.amount, unit) if last and _comparable(last.amount, unit) else None
    if first and _comparable(first.amount, unit):
        return _in(first.amount, unit), closing
    return None if closing is None else closing - total, closing


def _comparable(amount: Amount, unit: Unit) -> bool:
    return amount.unit.code in (unit.code, NO_CURRENCY)


def _period(
    statements: Sequence[BankStatement],
    theirs: Sequence[Item],
    postings: Sequence[Known],
    opening: int | None,
    since: date | None,
    until: date | None,
) -> tuple[date, date]:
    days = [it.day for it in theirs]
    opened = min((it.opening.on for it in statements if it.opening and it.opening.on), default=None)
    closed = [it.closing.on for it in statements if it.closing and it.closing.on]
    if since is None:
        starts = [*days, *closed] if opened is None else [opened + timedelta(1), *days]
        if not starts:
            raise BadDate("", "the statement has no date; give the period")
        since = min(starts)
        if opened is not None and opened < since:
            fits = [sum(it.quantity for it in postings if it.day < day) == opening for day in (since, opened)]
            since = opened if fits == [False, True] else since
    if until is None:
        until = max([since, *days, *closed])
    if until < since:
        raise BadDate(str(until), f"it is before {since}")
    return since, until


def _our_items(postings: Sequence[Known], since: date, until: date, days: int) -> list[tuple[Item, Known]]:
    """The postings of the period as items, and those of some days before and after as `outside`."""
    numbers = Counter(it.number for it in postings)
    first, last = since - timedelta(days), until + timedelta(days)
    found = []
    for place, it in enumerate(postings):
        if not first <= it.day <= last or not it.quantity:
            continue
        words = (word for word in _TELLING.findall(it.text) if len(word) >= _SHORTEST)
        item = Item(
            f"{it.number}" if numbers[it.number] == 1 else f"{it.number}.{place}",
            it.quantity,
            it.day,
            frozenset(filter(None, map(plain, (it.key, *it.references, *words)))),
            it.text,
            undoes=str(it.reverses or ""),
            corrects=str(it.corrects or ""),
            outside=not since <= it.day <= until,
        )
        found.append((item, it))
    return found


def _their_rows(
    theirs: Sequence[Item], entries: Sequence[tuple[str, StatementEntry]], unit: Unit
) -> dict[tuple[bool, str], Row]:
    found = {}
    for it, (name, entry) in zip(theirs, entries, strict=True):
        text = " ".join(filter(None, (entry.counterparty, entry.text)))
        reference = " ".join(entry.references[:1])
        found[False, name] = Row(name, entry.line, it.day, Amount(it.quantity, unit), reference, text)
    return found


def _our_row(name: str, posting: Known, unit: Unit) -> Row:
    return Row(name, posting.number, posting.day, Amount(posting.quantity, unit), posting.key, posting.text)
