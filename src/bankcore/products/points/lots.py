"""Lots: the points of a card, each lot with its provider and its expiry, spent first in, first out.

A lot's id ends with its expiry and a number counted per card, so ids ascend in the order in which
points are spent.  A lot whose last day has passed counts for nothing, even before the close of a day
takes it away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import every
from bankcore.products.points import accounts, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.funds import fill, give_back
from bankcore.products.points.terms import NEVER

__all__ = [
    "add_lot",
    "by_provider",
    "claw_back",
    "claw_back_from_closed",
    "expiry_of",
    "held",
    "index_expiry",
    "issue",
    "left_of",
    "spendable",
    "take",
    "unexpired",
]


def expiry_of(lot: Record) -> date:
    """The last day on which the lot can be spent."""
    return date.fromisoformat(lot.id.split(":")[2])


def left_of(lots: Iterable[Record]) -> int:
    """The points left in lots."""
    return sum(lot.data["left"] for lot in lots)


def held(books: Books, programme: str, card: str) -> Iterator[Record]:
    """All lots of a card with points left, expired or not."""
    return (lot for lot in every(books, registry.LOT, f"{programme}:{card}") if lot.data["left"])


def unexpired(books: Books, programme: str, card: str) -> Iterator[Record]:
    """The lots with points left that have not expired, pending ones too."""
    root = f"{programme}:{card}"
    lots = every(books, registry.LOT, root, after=f"{root}:{books.today}")
    return (lot for lot in lots if lot.data["left"])


def spendable(books: Books, programme: str, card: str) -> list[Record]:
    """The lots that can be spent today, in the order of spending."""
    today = books.today.isoformat()
    return [lot for lot in unexpired(books, programme, card) if lot.data["spendable_on"] <= today]


def take(draft: Draft, lots: Iterable[Record], points: int) -> list[tuple[Record, int]]:
    """Take points from lots in order, as far as they go: each lot touched, with what it gave."""
    taken = []
    for lot in lots:
        part = min(points, lot.data["left"])
        if not part:
            break
        draft.change(lot, left=lot.data["left"] - part)
        taken.append((lot, part))
        points -= part
    return taken


def by_provider(taken: Iterable[tuple[Record, int]]) -> Counter[str]:
    """Points taken from lots, summed by provider."""
    sums: Counter[str] = Counter()
    for lot, part in taken:
        sums[lot.data["provider"]] += part
    return sums


def add_lot(
    draft: Draft, card: str, provider: str, points: int, expiry: date, spendable_on: str, order: str = ""
) -> str:
    """A new lot at the end of its day of expiry; returns its id."""
    sequence = draft.data(registry.CARD, draft.programme, card)["lots"] + 1
    draft.write(registry.CARD, draft.programme, card, lots=sequence)
    id = f"{draft.programme}:{card}:{expiry}:{sequence:09}"
    data = {"provider": provider, "points": points, "left": points, "spendable_on": spendable_on}
    draft.write(registry.LOT, id, **data, order=order)
    if expiry != NEVER:
        index_expiry(draft, card, max(expiry + timedelta(days=1), draft.books.today), expiry)
    return id


def index_expiry(draft: Draft, card: str, due: date, since: date) -> None:
    """Note the day whose close looks for expired lots of the card, from a day of expiry on."""
    id = (draft.programme, due.isoformat(), card)
    known = draft.books.record(registry.DUE, ":".join(id))
    if known is None or known.data["since"] > since.isoformat():
        draft.write(registry.DUE, *id, since=since.isoformat())


def issue(
    draft: Draft, card: str, provider: str, points: int, income: int = 0, order: str = ""
) -> tuple[str, int, int]:
    """Issue points to a card: they repay its debt to the provider first, the rest becomes a lot.

    Returns the lot's id (empty for none), what was repaid, and the money put behind the rest.
    Raises FundShort.
    """
    books, terms, programme = draft.books, draft.terms, draft.programme
    source = accounts.issued(programme, provider)
    owed = accounts.debt(programme, card, provider)
    repaid = min(points, books.balance(owed)) if books.account(owed) is not None else 0
    draft.points(source, owed, repaid)
    draft.points(source, accounts.live(programme, card), points - repaid)
    lifetime = draft.data(registry.CARD, programme, card)["lifetime"]
    draft.write(registry.CARD, programme, card, lifetime=lifetime + points)
    if points == repaid:
        return "", repaid, 0
    added = fill(draft, provider, points - repaid, income)
    spendable_on = (books.today + timedelta(days=terms.pending_days)).isoformat()
    expiry = terms.expiry_of(books.today)
    return add_lot(draft, card, provider, points - repaid, expiry, spendable_on, order), repaid, added


def claw_back(draft: Draft, card: str, provider: str, points: int, lot: str) -> tuple[int, int]:
    """Take points back from a card: the order's own lot first, then others of the provider by expiry.

    What is not at hand becomes debt.  Returns that debt and the money given back to the provider.
    """
    books, programme = draft.books, draft.programme
    lots = [it for it in unexpired(books, programme, card) if it.data["provider"] == provider]
    lots.sort(key=lambda it: it.id != lot)  # stable: the others stay in order of expiry
    taken = sum(part for _, part in take(draft, lots, points))
    person = draft.data(registry.CARD, programme, card)["person"]
    back = accounts.issued(programme, provider)
    draft.points(accounts.live(programme, card), back, taken)
    if points > taken:
        draft.points(draft.debt(card, provider, person), back, points - taken)
    lifetime = draft.data(registry.CARD, programme, card)["lifetime"]
    draft.write(registry.CARD, programme, card, lifetime=lifetime - points)
    return points - taken, give_back(draft, provider, taken) if taken else 0


def claw_back_from_closed(draft: Draft, card: str, provider: str, points: int) -> int:
    """Take points back from a closed card, on which no debt can stand: first those given up with it.

    Returns those that are missing; they count as repaid, for the refund is reduced by their worth.
    """
    programme = draft.programme
    data = draft.data(registry.CARD, programme, card)
    left: int = data["given_up"].get(provider, 0)
    taken = min(points, left)
    back = accounts.issued(programme, provider)
    draft.points(accounts.expired(programme, card), back, taken)
    draft.points(accounts.repaid(programme, card), back, points - taken)
    given_up = {**data["given_up"], provider: left - taken}
    draft.write(registry.CARD, programme, card, lifetime=data["lifetime"] - points, given_up=given_up)
    return points - taken
