"""The close of a day: maturities and releases, idle money, the balances of agreed deposits, accruals.

What falls due has a record under its date, so a close reads that and no more; modes that place idle
money and agreed deposits are streamed, since any balance may have changed.  Each page is a step of its
own, so a run killed anywhere goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from bankcore.errors import BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.plan import Plan, Step
from bankcore.product.records import pages
from bankcore.products.deposit_modes.agreed import accrue_agreed, accrue_earned, pay_interest, sample
from bankcore.products.deposit_modes.placements import mature, sweep
from bankcore.products.deposit_modes.registry import AGREEMENT, DUE, EARLY, IDLE, LATE, OFFER
from bankcore.products.deposit_modes.releases import release
from bankcore.products.enterprise.programmes import PROGRAMMES

__all__ = ["daily"]

_CHUNK = 200  # things done by one step

Does = Callable[[Books, Record], Iterator[Transaction]]

_JOBS: dict[str, Callable[..., Iterator[Transaction]]] = {
    "agreed": accrue_agreed,
    "earned": accrue_earned,
    "mature": mature,
    "pay": pay_interest,
    "release": release,
}


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close; raises BadDate for the last day there is."""
    if day == date.max and any(True for _ in books.records(OFFER, limit=1)):
        raise BadDate(day, "no day follows to which what waits could be put off")
    return _steps(books, day)


def _steps(books: Books, day: date) -> Iterator[Step]:
    programmes = list(PROGRAMMES.ids(books))
    for programme in programmes:
        yield from _due(books, programme, day, EARLY)
        yield from _each(books, IDLE, programme, f"{programme}/idle", sweep)
    yield from _each(books, AGREEMENT, "", "agreed", sample)
    for programme in programmes:
        yield from _due(books, programme, day, LATE)


def _due(books: Books, programme: str, day: date, stage: str) -> Iterator[Step]:
    yield from _each(books, DUE, f"{programme}:{day}:{stage}", f"{programme}/due-{stage}", _serve)


def _each(books: Books, kind: str, root: str, name: str, does: Does) -> Iterator[Step]:
    for page in pages(books, kind, root, size=_CHUNK):
        yield Step(f"{name}/{page[0].id.replace(':', '.')}", *(partial(_plan, does, it) for it in page))


def _plan(does: Does, record: Record, books: Books) -> Plan:
    return Plan(tuple(does(books, record)))


def _serve(books: Books, due: Record) -> Iterator[Transaction]:
    programme, _, _, enterprise, mode, job = due.id.split(":")
    name, _, number = job.partition(".")
    return _JOBS[name](books, programme, enterprise, mode, *([number] if number else []))
