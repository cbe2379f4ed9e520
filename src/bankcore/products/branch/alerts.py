"""What somebody should look at: loans overdue, balances that fall, covenants that no longer hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.products.branch import accounts, commands, registry
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.matching import filters
from bankcore.products.branch.terms import BranchTerms
from bankcore.products.lendings import lending_of

__all__ = ["check_covenants", "check_loans", "check_watches", "watch_balance"]

COVENANTS = {"debt ratio", "revenue"}  # the filters of the chosen template that bind on


def watch_balance(terms: BranchTerms, command: commands.WatchBalance, books: Books) -> Plan:
    """Begin to watch the demand account of a party, which is opened if need be.  Refuses: UnitMismatch."""
    draft = Draft(books, terms, command.programme)
    draft.open(accounts.demand_account(command.party, terms.unit, books.today))
    draft.write(registry.WATCH, command.party, highs=[], fallen=False)
    return draft.plan("watch", f"watch the balance of {command.party}")


def check_watches(draft: Draft, watches: Iterable[Record]) -> None:
    """Look at closing balances: an alert where one has fallen, against the highest of the last days.

    `highs` are the days' closing balances that no later one exceeds, falling strictly: the first is
    the highest.  One alert is raised for a fall; the next only after a day that is none.
    """
    books, terms = draft.books, draft.terms
    since = registry.shifted(books.today, -terms.drop_days).isoformat()
    for watch in watches:
        party = registry.last(watch)
        now = books.balance(accounts.demand(party))
        highs = [[day, high] for day, high in watch.data["highs"] if day >= since and high > now]
        highs.append([books.today.isoformat(), now])
        most = highs[0][1]
        fallen = most - now >= terms.drop.fraction * most > 0
        if fallen and not watch.data["fallen"]:
            unit = terms.unit
            _raise(draft, "drop", party, f"{Amount(most, unit)} on {highs[0][0]}, now {Amount(now, unit)}")
        draft.write(registry.WATCH, party, highs=highs, fallen=fallen)


def check_loans(draft: Draft, loans: Iterable[Record]) -> None:
    """Look at the loans that came of pushes: one alert each time that one falls overdue."""
    for record in loans:
        _, lender, loan = record.id.split(":")
        lending = lending_of(draft.books, lender, loan)
        overdue = lending is not None and lending.overdue
        if overdue != record.data["overdue"]:
            draft.write(registry.LOAN, lender, loan, overdue=overdue)
            if overdue:
                _raise(draft, "overdue", f"{lender}.{loan}", f"loan of {record.data['firm']}")


def check_covenants(draft: Draft, firm: str, profile: FirmProfile) -> None:
    """An alert where a firm no longer keeps debt ratio and revenue of a template it chose or borrowed on."""
    data = draft.data(registry.LEAD, firm)
    for push in filter(None, [data["chosen"], *data["lent"]]):
        chosen = draft.data(registry.PUSH, push)
        if _is_over(draft.books, chosen):
            continue
        versions = draft.books.versions(registry.TEMPLATE, f"{draft.programme}:{chosen['template']}")
        template = next(it for it in versions if it.version == chosen["template_version"])
        place = registry.place_of(template)
        broken = [
            f"{it.name} {it.text}"
            for it in filters(place.criteria, profile, draft.books.today)
            if it.name in COVENANTS and not it.holds
        ]
        if broken:
            _raise(draft, "covenant", push, f"{firm}: {'; '.join(broken)}")


def _is_over(books: Books, push: dict[str, Any]) -> bool:
    if not push["loan"]:
        return False
    lending = lending_of(books, push["lender"], push["loan"])
    return lending is None or lending.ended_on is not None


def _raise(draft: Draft, kind: str, subject: str, text: str) -> None:
    draft.write(registry.ALERT, draft.books.today.isoformat(), kind, subject, text=text)
