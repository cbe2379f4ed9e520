"""What is to be done for modes at the close of a day, and the order in which it is done.

First what is due before the day's balances count, then idle money and the balances of agreed deposits,
then what is due after them.  Each job is an attempt: what the ledger refuses is due again the next day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import ClassVar, Final

from attrs import evolve, frozen

from bankcore.errors import BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import records
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.programmes import PROGRAMMES

__all__: list[str] = []

noun = Noun(__name__)

EARLY, LATE = "1", "2"  # what a close does before the day's balances count, and after
_PAGE: Final = 200  # things done by one step
Job = Callable[..., Iterator[Transaction]]  # (books, programme, enterprise, mode[, number])
_JOBS: Final[dict[str, Job]] = {}


@frozen(kw_only=True)
class Due(Facts):
    """That a job is due at the close of a day."""

    KIND: ClassVar = "modes.due"  # programme:date:EARLY or LATE:enterprise:mode:job


def due(voucher: Voucher, on: date, stage: str, *job: str) -> None:
    """Note that a job is due: the ids are enterprise, mode, and the job's name with a number after a dot."""
    id = (voucher.agreement, on.isoformat(), stage, *job)
    voucher.keep(voucher.find(Due, *id) or Due(id=":".join(id)))


def job(name: str) -> Callable[[Job], Job]:
    """What does the jobs of a name."""

    def collect(does: Job) -> Job:
        _JOBS[name] = does
        return does

    return collect


def each(
    books: Books, kind: str, root: str, name: str, does: Callable[[Books, Record], Plan]
) -> Iterator[Step]:
    """A step for each page of records, each record by a rule of its own."""
    for page in records.pages(books, kind, root, size=_PAGE):
        rules = (partial(_rule, does, record) for record in page)
        yield Step(f"{name}/{page[0].id.replace(':', '.')}", *rules)


def attempted(
    books: Books, programme: str, ids: Iterable[str], transactions: Iterable[Transaction], *again: Record
) -> Plan:
    """Transactions as an attempt; where the ledger refuses, it is told why, with what is due again."""
    plan, ids = Plan(tuple(transactions)), tuple(ids)
    text = f"{' '.join(ids)} waits"
    thing = "/".join((programme, *ids))
    return plan.attempted(deferred(books, "deposit-modes", thing, text, *again, agreement=programme))


@noun.daily(Phase.DUE)
def early(books: Books, day: date) -> Iterator[Step]:
    """What is due before the day's balances count; raises BadDate for the last day there is."""
    programmes = list(PROGRAMMES.ids(books))
    if day == date.max and any(True for _ in books.records("modes.offer", limit=1)):
        raise BadDate(day, "no day follows to which what waits could be put off")
    return _steps(books, day, EARLY, programmes)


@noun.daily(Phase.REPORT)
def late(books: Books, day: date) -> Iterator[Step]:
    """What is due once the day's balances are noted."""
    return _steps(books, day, LATE, PROGRAMMES.ids(books))


def _steps(books: Books, day: date, stage: str, programmes: Iterable[str]) -> Iterator[Step]:
    for programme in programmes:
        yield from each(books, Due.KIND, f"{programme}:{day}:{stage}", f"{programme}/due-{stage}", _serve)


def _serve(books: Books, record: Record) -> Plan:
    programme, _, stage, *ids = record.id.split(":")
    name, _, number = ids[-1].partition(".")
    done = _JOBS[name](books, programme, *ids[:-1], *([number] if number else []))
    tomorrow = Due(id=":".join((programme, records.tomorrow(books).isoformat(), stage, *ids)))
    noted = Due.find(books, tomorrow.id)
    again = evolve(tomorrow, version=noted.version) if noted else tomorrow
    return attempted(books, programme, ids, done, again.record())


def _rule(does: Callable[[Books, Record], Plan], record: Record, books: Books) -> Plan:
    return does(books, record)
