"""Reports about the product library, the queues of branches, and alerts."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.records import every, existing
from bankcore.products.branch import registry
from bankcore.products.branch.heat import ranking
from bankcore.products.branch.library import closed
from bankcore.products.branch.lines import minutes
from bankcore.products.branch.reports.leads import decimal
from bankcore.rates import fraction_text
from bankcore.tables import Table

__all__ = ["alerts", "heat", "library", "listings", "queues"]


def library(books: Books) -> Table:
    """Every version in the headquarters' library, and why it is not on offer where it is not."""
    rows = []
    for record in every(books, registry.VERSION):
        programme, product, number = record.id.split(":")
        title = existing(books, registry.PRODUCT, programme, product).data["title"]
        facts = (record.data[name] for name in ("least", "most", "valid_from", "valid_until"))
        rows.append(
            (programme, product, int(number), title, *facts, closed(record, books.today) or "on offer")
        )
    columns = ("programme", "product", "version", "title", "lowest", "highest", "from", "until", "state")
    return Table("Product library", columns, tuple(rows))


def listings(books: Books) -> Table:
    """What each branch lists, at what price, and whether that version still is on offer."""
    rows = []
    for record in every(books, registry.LISTING):
        programme, branch, product = record.id.split(":")
        data = record.data
        version = existing(books, registry.VERSION, programme, product, f"{data['version']:06}")
        state = closed(version, books.today) or "on offer"
        rows.append((programme, branch, product, data["version"], data["price"], data["on"], state))
    columns = ("programme", "branch", "product", "version", "price", "listed on", "state")
    return Table("Listings", columns, tuple(rows))


def heat(books: Books) -> Table:
    """The products of each network, hottest first."""
    rows = [
        (programme, place, product, decimal(exact), fraction_text(exact))
        for programme in registry.programmes(books)
        for place, (product, exact) in enumerate(ranking(books, programme), start=1)
    ]
    return Table("Heat", ("programme", "place", "product", "heat", "exact"), tuple(rows))


def queues(books: Books) -> Table:
    """Each branch and day: tickets, and mean minutes until the first call and at the counter."""
    found: dict[str, list[Any]] = defaultdict(list)
    for record in every(books, registry.TICKET):
        found[record.id.rpartition(":")[0]].append(record.data)
    rows = []
    for id, its in found.items():
        waits = [minutes(it["called_at"]) - minutes(it["taken_at"]) for it in its if it["called_at"]]
        services = [minutes(it["done_at"]) - minutes(it["served_at"]) for it in its if it["done_at"]]
        counts = (len(its), sum(it["priority"] for it in its), len(services))
        void = sum(it["state"] == "void" for it in its)
        rows.append((*id.split(":"), *counts, void, _mean(waits), _mean(services)))
    columns = (
        "programme",
        "branch",
        "date",
        "tickets",
        "priority",
        "served",
        "void",
        "mean wait",
        "mean service",
    )
    return Table("Queues", columns, tuple(rows))


def alerts(books: Books) -> Table:
    """Every alert, by network and date."""
    rows = tuple((*it.id.split(":"), it.data["text"]) for it in every(books, registry.ALERT))
    return Table("Alerts", ("programme", "date", "kind", "subject", "what"), rows)


def _mean(minutes: list[int]) -> str:
    return decimal(Fraction(sum(minutes), len(minutes))) if minutes else ""
