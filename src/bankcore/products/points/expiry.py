"""The close of a day: lots whose last day has passed leave their cards.

Only the cards that are due are read, in pages, each a step of its own, so the work is linear in what
expires and a run killed anywhere goes on where it stopped.  Nothing a holder could still spend is
touched, however late the job runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan, Step
from bankcore.product.records import every, ids, pages
from bankcore.products.points import accounts, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.funds import drawn, give_back
from bankcore.products.points.lots import by_provider, expiry_of, index_expiry, left_of, take
from bankcore.products.points.terms import PointsTerms
from bankcore.rates import Accrual, fraction_text, parse_fraction

__all__ = ["daily", "expire"]

_CARDS = 200  # served by one step; many lots of a card may expire on one day


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close: per programme one for each page of cards with expired points."""
    for programme in ids(books, registry.TERMS):
        terms = registry.terms_of(books, programme)
        for page in pages(books, registry.DUE, f"{programme}:{day}", size=_CARDS):
            first = page[0].id.rpartition(":")[2]
            yield Step(f"{programme}/expire/{first}", _expire_page(terms, programme, page))


def expire(draft: Draft, lots: Mapping[str, list[Record]]) -> None:
    """Take lots off their cards; the money behind them goes to provider and bank by breakage share.

    The bank's share is rounded over all that ever expired of the provider, so it does not matter how
    many lots leave their cards at once.
    """
    programme, terms = draft.programme, draft.terms
    gone: Counter[str] = Counter()
    for card, its in lots.items():
        points = left_of(its)
        gone += by_provider(take(draft, its, points))
        draft.points(accounts.live(programme, card), accounts.expired(programme, card), points)
    for provider in sorted(gone):
        amount = drawn(draft, provider, gone[provider])
        if amount:
            exact, posted = draft.data(registry.PROVIDER, programme, provider)["breakage"]
            share = Accrual(parse_fraction(exact), posted).add(amount * (1 - terms.breakage.fraction))
            share, bank = share.post()
            changed = [fraction_text(share.exact), share.posted]
            draft.write(registry.PROVIDER, programme, provider, breakage=changed)
            give_back(draft, provider, 0, amount - bank)
            draft.move(accounts.fund(programme, provider), accounts.BREAKAGE, bank)


def _expire_page(terms: PointsTerms, programme: str, page: list[Record]) -> Callable[[Books], Plan]:
    """The rule that expires the lots of a page of cards; frozen cards wait for the next day."""

    def rule(books: Books) -> Plan:
        lots = {}
        for due in page:
            card = due.id.rpartition(":")[2]
            if its := _expired(books, programme, card, due.data["since"]):
                lots[card] = its
        draft = _expiring(books, terms, programme, lots)
        if not draft.is_postable():
            free = {
                card: its
                for card, its in lots.items()
                if _expiring(books, terms, programme, {card: its}).is_postable()
            }
            draft = _expiring(books, terms, programme, free)
            for card in sorted(lots.keys() - free.keys()):
                index_expiry(draft, card, books.today + timedelta(days=1), expiry_of(lots[card][0]))
        return draft.plan("expire", f"points of {programme} expire")

    return rule


def _expiring(books: Books, terms: PointsTerms, programme: str, lots: Mapping[str, list[Record]]) -> Draft:
    draft = Draft(books, terms, programme)
    expire(draft, lots)
    return draft


def _expired(books: Books, programme: str, card: str, since: str) -> list[Record]:
    """The lots of a card with points left whose last day lies in [since, today)."""
    root, today, found = f"{programme}:{card}", books.today, []
    for lot in every(books, registry.LOT, root, after=f"{root}:{since}"):
        if expiry_of(lot) >= today:
            break
        if lot.data["left"]:
            found.append(lot)
    return found
