"""What must hold in every book after every step; each yields the contradictions it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bankcore.ledger.books import Books
from bankcore.product.records import pages
from bankcore.products.credit import accounts, registry
from bankcore.products.credit.lines import LineState
from bankcore.products.credit.registry import Line
from bankcore.rates import round_half_up

__all__ = ["INVARIANTS"]


def limits_cover_drawings(books: Books) -> Iterator[str]:
    """C8: what may be drawn is the limit less the principal, on both memorandum accounts."""
    for line, state in _lines(books):
        left = state.limit - books.balance(accounts.loan(*line))
        both = [books.balance(path(*line)) for path in (accounts.undrawn, accounts.undrawn_contra)]
        if left < 0 or both != [left, left]:
            yield f"{':'.join(line)}: {left} of {state.limit} is undrawn, noted as {both}"


def principal_is_paid_last(books: Books) -> Iterator[str]:
    """C11: where no principal is left no interest is, and nothing is due."""
    for line, state in _lines(books):
        principal, owing = (books.balance(path(*line)) for path in (accounts.loan, accounts.interest))
        if not principal and (owing or state.due_on is not None):
            yield f"{':'.join(line)}: no principal, but interest of {owing} due on {state.due_on}"


def interest_is_exact(books: Books) -> Iterator[str]:
    """What was charged to a line is what was posted of its exact sums, never beyond their rounding."""
    for line, state in _lines(books):
        charged, _ = books.gross(accounts.interest(*line))
        posted = state.interest.posted + state.penalty.posted - state.elsewhere
        if charged != posted:
            yield f"{':'.join(line)}: charged {charged}, posted {posted}"
        for sum_ in (state.interest, state.penalty):
            if sum_.posted > round_half_up(sum_.exact):
                yield f"{':'.join(line)}: exact {sum_.exact}, posted {sum_.posted}"


def _lines(books: Books) -> Iterator[tuple[Line, LineState]]:
    for page in pages(books, registry.LINE):
        for record in page:
            programme, kind, holder = record.id.split(":")
            yield (programme, kind, holder), LineState.from_data(record.data)


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "C8": limits_cover_drawings,
    "C11": principal_is_paid_last,
    "C-exact": interest_is_exact,
}
