"""What must hold in every book after every step; each yields the contradictions it finds.

E2 speaks of the order in which templates are read, E10 of the calls of a day; tests hold them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import every
from bankcore.products.branch import accounts, registry
from bankcore.products.branch.heat import heat, warmed
from bankcore.products.branch.matching import filters

__all__ = ["INVARIANTS"]


def pushes_match_with_consent(books: Books) -> Iterator[str]:
    """E1: when it was pushed, all hard filters held and the firm had consented; an open push still has it."""
    open_: dict[str, set[str]] = defaultdict(set)
    for push in every(books, registry.PUSH):
        programme, id = push.id.split(":")
        lead = f"{programme}:{push.data['firm']}"
        firm = _version(books, registry.LEAD, lead, push.data["firm_version"])
        template = f"{programme}:{push.data['template']}"
        place = registry.place_of(_version(books, registry.TEMPLATE, template, push.data["template_version"]))
        profile, on = registry.profile_of(firm.data), date.fromisoformat(push.data["on"])
        if not firm.data["consent"] or profile is None:
            yield f"push {push.id}: of a firm without consent or description"
        elif broken := [it.text for it in filters(place.criteria, profile, on) if not it.holds]:
            yield f"push {push.id}: {broken}"
        if push.data["state"] == "open":
            open_[lead].add(id)
    for record in every(books, registry.LEAD):
        noted = {*record.data.get("open", {})}
        if noted != open_[record.id] or (noted and not record.data["consent"]):
            yield f"lead {record.id}: open {sorted(open_[record.id])}, noted {sorted(noted)}"


def budgets_are_what_is_left(books: Books) -> Iterator[str]:
    """E5: a budget is approved less granted, plus lapsed and taken back, in both its accounts."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    owed: Counter[AccountPath] = Counter()
    for reward in every(books, registry.REWARD):
        programme, campaign, person = reward.id.split(":")
        its = found[f"{programme}:{campaign}"]
        its["granted"] += reward.data["reward"]
        name = {"clawed back": "clawed"}.get(reward.data["state"], reward.data["state"])
        its[name] += reward.data["reward"] if name != "granted" else 0
        owed[accounts.owed(programme, person, "reward")] += reward.data["reward"] if name == "granted" else 0
    for record in every(books, registry.CAMPAIGN):
        data, its = record.data, found[record.id]
        left = data["approved"] - data["granted"] + data["lapsed"] + data["clawed"]
        paths = (path(*record.id.split(":")) for path in (accounts.budget, accounts.budget_contra))
        balances = [books.balance(path) for path in paths]
        noted = {name: data[name] for name in ("granted", "lapsed", "clawed")}
        if left < 0 or balances != [left, left] or noted != {name: its[name] for name in noted}:
            yield f"campaign {record.id}: {dict(data)}, rewards {dict(its)}, balances {balances}"
    yield from _unlike(books, owed)


def referral_fees_are_earned(books: Books) -> Iterator[str]:
    """E6: net of what was taken back, a fee is its part for the days kept, within a minor unit."""
    owed: Counter[AccountPath] = Counter()
    for record in every(books, registry.REFERRAL):
        data, net = record.data, record.data["fee"] - record.data["clawed"]
        kept = data["days"] if data["kept"] is None else data["kept"]
        if net < 0 or abs(net - Fraction(data["fee"] * kept, data["days"])) > 1:
            yield f"referral {record.id}: {dict(data)}"
        path = accounts.owed(record.id.partition(":")[0], data["referrer"], "referral")
        owed[path] += net if data["state"] == "accrued" else 0
    yield from _unlike(books, owed)


def heat_is_what_was_done(books: Books) -> Iterator[str]:
    """E8: the heat is that of first clicks of a day and of purchases, added up anew."""
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    events = list(every(books, registry.PURCHASE))
    for record in every(books, registry.CLICK):
        versions = list(books.versions(registry.CLICK, record.id))
        days = [it.data["day"] for it in versions if it.data["heat"]]
        if len(days) > len({*days}):
            yield f"{record.id}: clicks of one day counted twice, {days}"
        events += versions
    for event in sorted(events, key=lambda it: it.data["day"]):
        product = event.id.rpartition(":")[0]
        if event.data["heat"]:
            day = date.fromisoformat(event.data["day"])
            parts[product] = warmed(parts[product], day, event.data["heat"])
    for record in every(books, registry.PRODUCT):
        stored = books.record(registry.HEAT, record.id)
        noted = heat(stored.data["parts"] if stored else {}, books.today)
        if noted != heat(parts[record.id], books.today):
            yield f"product {record.id}: heat {noted}, done {heat(parts[record.id], books.today)}"


def lines_are_who_waits(books: Books) -> Iterator[str]:
    """E10, in part: each waiting ticket stands in its line once, each called or served one at its counter."""
    waiting: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ticket in every(books, registry.TICKET):
        queue, _, id = ticket.id.rpartition(":")
        if ticket.data["state"] == "waiting":
            waiting[queue].append((id, "priority" if ticket.data["priority"] else "ordinary"))
        if ticket.data["state"] in ("called", "serving"):
            waiting[queue].append((id, str(ticket.data["counter"])))
    for record in every(books, registry.QUEUE):
        data = record.data
        noted = [(id, name) for name in ("priority", "ordinary") for id in data[name]]
        noted += [(id, counter) for counter, id in data["at"].items()]
        if sorted(noted) != sorted(waiting[record.id]):
            yield f"queue {record.id}: {noted}, tickets {waiting[record.id]}"


def _version(books: Books, kind: str, id: str, version: int) -> Record:
    return next(it for it in books.versions(kind, id) if it.version == version)


def _unlike(books: Books, owed: Counter[AccountPath]) -> Iterator[str]:
    for path, quantity in owed.items():
        balance = 0 if books.account(path) is None else books.balance(path)
        if balance != quantity:
            yield f"{path}: {balance}, records say {quantity}"


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "E1": pushes_match_with_consent,
    "E5": budgets_are_what_is_left,
    "E6": referral_fees_are_earned,
    "E8": heat_is_what_was_done,
    "E10": lines_are_who_waits,
}
