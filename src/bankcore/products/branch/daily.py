"""The close of a day: pushes expire, rewards lapse, fees are paid, firms matched anew, balances looked at.

What falls due has a record under its day, so a close reads that only; each page is a step of its own,
so a run killed anywhere goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan, Step
from bankcore.product.records import pages
from bankcore.products.branch import registry
from bankcore.products.branch.alerts import check_loans, check_watches
from bankcore.products.branch.campaigns import lapse_reward
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.leads import rematch
from bankcore.products.branch.pushing import expire_push
from bankcore.products.branch.referrals import observe_referral, pay_due_referral
from bankcore.products.branch.terms import BranchTerms

__all__ = ["daily"]

_DUE: dict[str, Callable[..., None]] = {
    "push": expire_push,
    "reward": lapse_reward,
    "referral": pay_due_referral,
    "observe": observe_referral,
}

Rule = Callable[[Books], Plan]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, network by network; a monitor reads all that is watched."""
    for programme in registry.programmes(books):
        terms = registry.terms_of(books, programme, day)
        for page in pages(books, registry.DUE, f"{programme}:{day}"):
            yield Step(_name(page, "due"), _serve(terms, programme, page))
        edition = books.record(registry.EDITION, programme)
        if edition is not None and edition.data["changed_on"] == day.isoformat():
            for page in pages(books, registry.LEAD, programme):
                yield Step(_name(page, "rematch"), _rematch(terms, programme, page))
        for kind, check in ((registry.LOAN, check_loans), (registry.WATCH, check_watches)):
            for page in pages(books, kind, programme):
                yield Step(_name(page, kind.partition(".")[2]), _look(terms, programme, page, check))


def _name(page: list[Record], what: str) -> str:
    programme, _, first = page[0].id.partition(":")
    return f"{programme}/{what}/{first}"


def _serve(terms: BranchTerms, programme: str, page: list[Record]) -> Rule:
    """The rule that does what is due; what a frozen account stops waits for the next day."""

    def rule(books: Books) -> Plan:
        draft = Draft(books, terms, programme)
        for due in page:
            _do(draft, due)
        if not draft.is_postable():
            draft = Draft(books, terms, programme)
            for due in page:
                alone = Draft(books, terms, programme)
                _do(alone, due)
                if alone.is_postable():
                    _do(draft, due)
                else:
                    tomorrow = registry.shifted(books.today, 1).isoformat()
                    draft.write(registry.DUE, tomorrow, *due.id.split(":")[2:])
        return draft.plan("due", f"what is due in {programme}")

    return rule


def _do(draft: Draft, due: Record) -> None:
    _, _, what, *id = due.id.split(":")
    _DUE[what](draft, *id)


def _rematch(terms: BranchTerms, programme: str, page: list[Record]) -> Rule:
    def rule(books: Books) -> Plan:
        draft = Draft(books, terms, programme)
        for lead in page:
            if not lead.data["merged_into"]:
                rematch(draft, registry.last(lead))
        return draft.plan("rematch", f"matches of {programme}")

    return rule


def _look(terms: BranchTerms, programme: str, page: list[Record], check: Callable[..., None]) -> Rule:
    def rule(books: Books) -> Plan:
        draft = Draft(books, terms, programme)
        check(draft, page)
        return draft.plan("monitor", f"what is watched in {programme}")

    return rule
