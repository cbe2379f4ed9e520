"""Where demand is, and who it is (选址与分群): industry and community finance, persons and firms apart.

Reports alone; they read what leads say of themselves, and loans that came of pushes.

>>> nearest([], 0, 0)
('', '')
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.actor import Role
from bankcore.product.product import Noun
from bankcore.products.branch.branches import Branch
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.leads import STEPS, Lead, leads
from bankcore.products.branch.programmes import PROGRAMMES
from bankcore.products.branch.pushes import Push
from bankcore.products.lendings import lending_of
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)
OWN = {Role.OPERATOR: "programme"}
_SUMS = ("least", "most", "revenue", "bank_loans", "guarantees", "financing", "bills")


def nearest(branches: Iterable[Branch], east: int, north: int) -> tuple[str, int | str]:
    """The nearest branch of some, and how many metres it is along the grid; nothing where there is none."""
    found = [(abs(it.east - east) + abs(it.north - north), it.ids[1]) for it in branches]
    if not found:
        return "", ""
    metres, branch = min(found)
    return branch, metres


def _described(books: Books, segment: str = "") -> Iterator[tuple[Lead, FirmProfile]]:
    """The leads whose profile is known, of a segment if one is named."""
    for lead in leads(books):
        if (profile := lead.profile) is not None and segment in ("", profile.segment):
            yield lead, profile


def _lent(books: Books, lead: Lead) -> int:
    """What was lent to a lead on its pushes."""
    pushes = (Push.existing(books, lead.ids[0], push) for push in lead.lent)
    lendings = (lending_of(books, it.lender, it.loan) for it in pushes)
    return sum(it.disbursed for it in lendings if it is not None)


def _summed(books: Books, segment: str, *by: str) -> list[tuple[tuple[str, ...], Counter[str]]]:
    """Counts and sums of the leads of a segment, by what the profile says, and by network."""
    found: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for lead, profile in _described(books, segment):
        its = found[(lead.ids[0], *(getattr(profile, name) for name in by))]
        its.update([lead.kind, *lead.steps.keys()])
        its.update({name: getattr(profile, name) for name in _SUMS})
        its["lent amount"] += _lent(books, lead)
    return sorted(found.items())


def _money(books: Books, programme: str, its: Counter[str], *names: str) -> list[Any]:
    unit = PROGRAMMES.today(books, programme).unit
    return [Amount(its[name], unit) for name in names]


@noun.report("industry-finance", own=OWN)
def show_industry_finance(books: Books) -> Table:
    """Industry finance by industry: what firms want, owe and answer for, and what was lent to them."""
    rows = []
    for (programme, industry), its in _summed(books, "industry", "industry"):
        money = _money(books, programme, its, *_SUMS, "lent amount")
        rows.append((programme, industry, its["firm"], *money, *(its[step] for step in STEPS[2:])))
    columns = ("programme", "industry", "firms", "wanted from", "wanted to", "revenue", "bank loans")
    more = ("guarantees", "financing", "bills", "lent")
    return Table("Industry finance", (*columns, *more, *(f"{it} by" for it in STEPS[2:])), tuple(rows))


@noun.report("community-finance", own=OWN)
def show_community_finance(books: Books) -> Table:
    """Community finance by region and community, persons and firms apart."""
    rows = []
    for (programme, region, community), its in _summed(books, "community", "region", "community"):
        money = _money(books, programme, its, "least", "most", "lent amount")
        counts = (its["person"], its["firm"])
        rows.append((programme, region, community, *counts, *money, *(its[step] for step in STEPS[2:])))
    columns = ("programme", "region", "community", "persons", "firms", "wanted from", "wanted to", "lent")
    return Table("Community finance", (*columns, *(f"{it} by" for it in STEPS[2:])), tuple(rows))


@noun.report("siting", own=OWN)
def show_siting(books: Books) -> Table:
    """Demand by place against branches: its middle, the nearest branch, and who is out of every reach.

    The reach is that of the terms; a branch that closed is none.
    """
    found: dict[tuple[str, str, str], list[tuple[Lead, FirmProfile]]] = defaultdict(list)
    for lead, profile in _described(books):
        found[lead.ids[0], profile.region, profile.community].append((lead, profile))
    rows = []
    for (programme, region, community), its in sorted(found.items()):
        terms = PROGRAMMES.today(books, programme)
        open_ = [it for it in Branch.every(books, programme) if not it.is_closed(books.today)]
        middle = [sum(getattr(it, axis) for _, it in its) // len(its) for axis in ("east", "north")]
        near = [nearest(open_, it.east, it.north)[1] for _, it in its]
        far = sum(it == "" or int(it) >= terms.reach for it in near)
        wanted = Amount(sum(it.most for _, it in its), terms.unit)
        lent = Amount(sum(_lent(books, lead) for lead, _ in its), terms.unit)
        counts = (sum(lead.kind == "person" for lead, _ in its), sum(lead.kind == "firm" for lead, _ in its))
        rows.append(
            (programme, region, community, *counts, wanted, lent, *middle, *nearest(open_, *middle), far)
        )
    columns = ("programme", "region", "community", "persons", "firms", "wanted", "lent", "east", "north")
    return Table("Siting", (*columns, "nearest branch", "metres", "out of reach"), tuple(rows))
