"""Whether statements are whole: what each lacks by itself, missing pages, gaps between statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bankcore.reconciling.statements import NO_CURRENCY, BankStatement, StatementBalance

__all__ = ["faults"]


def faults(statements: Sequence[BankStatement], code: str | None = None) -> tuple[str, ...]:
    """What is missing in statements of one account, in words; empty where they are whole.

    `code` is the currency of the account, that of each statement if not given.

    >>> from bankcore.units import Unit
    >>> page = BankStatement("mt940", "5/1", "", Unit("EUR/2"), None, None, (), continued=True)
    >>> faults([page])
    ('statement 5/1 in line 1: the pages after it are missing',)
    """
    found: dict[str, None] = {}
    for it in statements:
        said = [*it.faults, *_foreign(it, code or it.unit.code), *_pages(it, statements)]
        found |= dict.fromkeys(f"{_name(it)}: {fault}" for fault in said)
    for one, other in _following(statements):
        if one.closing and other.opening and one.closing.amount != other.opening.amount:
            found[
                f"{_name(other)}: it opens with {other.opening.amount}, the one before closes with"
                f" {one.closing.amount}"
            ] = None
    return tuple(found)


def _name(statement: BankStatement) -> str:
    named = f"statement {statement.identification}" if statement.identification else "statement"
    return f"{named} in line {statement.line}"


def _foreign(statement: BankStatement, code: str) -> Iterator[str]:
    for it in statement.entries:
        found = it.amount.unit.code
        if it.booked and found not in (code, NO_CURRENCY):
            yield f"the entry in line {it.line} is in {found} and is left out"


def _pages(page: BankStatement, statements: Sequence[BankStatement]) -> Iterator[str]:
    of_account = [it for it in statements if it.account == page.account and it is not page]
    if page.continues and not any(it.continued and _same(it.closing, page.opening) for it in of_account):
        yield "the pages before it are missing"
    if page.continued and not any(it.continues and _same(page.closing, it.opening) for it in of_account):
        yield "the pages after it are missing"


def _same(closing: StatementBalance | None, opening: StatementBalance | None) -> bool:
    return closing is None or opening is None or closing.amount == opening.amount


def _following(statements: Sequence[BankStatement]) -> Iterator[tuple[BankStatement, BankStatement]]:
    """Statements of which the later opens on the day when the earlier closes, or after it.

    Those that have entries of one day overlap, and do not follow each other.
    """
    dated = [
        (it.account, it.opening.on, it.closing.on, place, it)
        for place, it in enumerate(statements)
        if it.opening and it.closing and it.opening.on and it.closing.on and not it.continues
    ]
    for one, other in pairwise(sorted(dated, key=lambda it: it[:4])):
        begun = [day for it in other[4].entries for day in (it.booked_on, it.value_on) if day]
        if (
            one[0] == other[0]
            and one[2] <= other[1]
            and not one[4].continued
            and all(day > one[2] for day in begun)
        ):
            yield one[4], other[4]
