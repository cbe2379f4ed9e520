"""Who waits at a branch now, for how long, and how long others waited (排队情况).

>>> _mean([4, 5])
'4.50'
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from bankcore.ledger.books import Books
from bankcore.product.actor import Role
from bankcore.product.product import Noun
from bankcore.products.branch.lines import minutes, wait
from bankcore.products.branch.matching import decimal
from bankcore.products.branch.programmes import PROGRAMMES
from bankcore.products.branch.queues import Queue, State, Ticket
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)


def wait_now(books: Books, programme: str, branch: str) -> tuple[int, int]:
    """How many wait at a branch, and the minutes that one more would wait; 0 while no counter is open."""
    queue = Queue.find(books, programme, branch, books.today.isoformat())
    if queue is None or not queue.counters:
        return 0, 0
    ahead = len(queue.priority) + len(queue.ordinary)
    service = queue.service(PROGRAMMES.today(books, programme).service_minutes)
    return ahead, wait(ahead, service, queue.counters)


@noun.report("queues", own={Role.OPERATOR: "programme"})
def list_queues(books: Books) -> Table:
    """Each branch and day: tickets, and mean minutes until the first call and at the counter."""
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in Ticket.every(books):
        found[ticket.id.rpartition(":")[0]].append(ticket)
    rows = []
    for id, its in found.items():
        waits = [minutes(it.called_at) - minutes(it.taken_at) for it in its if it.called_at]
        services = [minutes(it.done_at) - minutes(it.served_at) for it in its if it.done_at]
        counts = (len(its), sum(it.priority for it in its), len(services))
        void = sum(it.state is State.VOID for it in its)
        rows.append((*id.split(":"), *counts, void, _mean(waits), _mean(services)))
    columns = ("programme", "branch", "date", "tickets", "priority", "served", "void")
    return Table("Queues", (*columns, "mean wait", "mean service"), tuple(rows))


def _mean(minutes: list[int]) -> str:
    return decimal(Fraction(sum(minutes), len(minutes))) if minutes else ""
