"""Entitlements (权益): earned by settled trade, kept in lots, paying fees at face value.

What an enterprise earned is an exact sum; whole entitlements are granted as it reaches them.  A lot's
id ends with its expiry and a number counted per enterprise, so ids ascend in the order of use.  A lot
keeps its face value, so the bank's liability is the sum over lots whatever the terms become.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import every
from bankcore.products.enterprise import accounts, registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.refusals import EntitlementsShort
from bankcore.rates import fraction_text, parse_fraction, round_down

__all__ = ["expire", "expired_lots", "expiry_of", "grant", "index_expiry", "redeem", "usable", "worth_of"]


def expiry_of(lot: Record) -> date:
    """The last day on which the lot can be used."""
    return date.fromisoformat(lot.id.split(":")[2])


def usable(books: Books, programme: str, enterprise: str) -> Iterator[Record]:
    """The lots with something left that have not expired, in the order of use."""
    root = f"{programme}:{enterprise}"
    lots = every(books, registry.LOT, root, after=f"{root}:{books.today}")
    return (lot for lot in lots if lot.data["left"])


def worth_of(books: Books, programme: str, enterprise: str) -> int:
    """What an enterprise's unused entitlements pay of fees, in minor units."""
    return _worth((lot, lot.data["left"]) for lot in usable(books, programme, enterprise))


def grant(draft: Draft, enterprise: str, settled: int) -> int:
    """Grant what a settled sum completes; returns how many whole entitlements that are."""
    programme, terms, today = draft.programme, draft.terms, draft.books.today
    known = draft.data(registry.ENTITLEMENT, programme, enterprise)
    earned = parse_fraction(known.get("earned", "0/1")) + terms.earned(settled)
    granted: int = known.get("granted", 0)
    lots: int = known.get("lots", 0)
    more = round_down(earned) - granted
    if more:
        lots += 1
        expiry = terms.expiry_of(today)
        id = (programme, enterprise, expiry.isoformat(), f"{lots:09}")
        draft.write(registry.LOT, *id, granted_on=today.isoformat(), left=more, face=terms.face)
        index_expiry(draft, enterprise, expiry + timedelta(days=1), expiry)
        issued, live = (accounts.entitlement(programme, enterprise, it) for it in ("issued", "live"))
        draft.move(issued, live, more, accounts.ENT)
        liability = accounts.entitlement_liability(programme)
        draft.move(accounts.MARKETING_EXPENSE, liability, more * terms.face)
    counts = {"granted": granted + more, "lots": lots}
    draft.write(registry.ENTITLEMENT, programme, enterprise, earned=fraction_text(earned), **counts)
    return more


def redeem(draft: Draft, enterprise: str, count: int) -> int:
    """Use entitlements, first those that expire first; returns what they pay.  Raises EntitlementsShort.

    Their value still has to leave the liability.
    """
    if not count:
        return 0
    lots = list(usable(draft.books, draft.programme, enterprise))
    live = sum(lot.data["left"] for lot in lots)
    if count > live:
        raise EntitlementsShort(enterprise, live, count)
    taken: list[tuple[Record, int]] = []
    for lot in lots:
        part = min(count - sum(it for _, it in taken), lot.data["left"])
        if part:
            taken.append((lot, part))
    return _taken(draft, enterprise, taken, "redeemed")


def expire(draft: Draft, enterprise: str, lots: Iterable[Record]) -> None:
    """Take lots that have expired out of the live entitlements and of the liability."""
    worth = _taken(draft, enterprise, [(lot, lot.data["left"]) for lot in lots], "expired")
    liability = accounts.entitlement_liability(draft.programme)
    draft.move(liability, accounts.MARKETING_EXPENSE, worth)


def expired_lots(books: Books, programme: str, enterprise: str, since: str) -> list[Record]:
    """The lots with something left whose last day lies in [since, today)."""
    root, found = f"{programme}:{enterprise}", []
    for lot in every(books, registry.LOT, root, after=f"{root}:{since}"):
        if expiry_of(lot) >= books.today:
            break
        if lot.data["left"]:
            found.append(lot)
    return found


def index_expiry(draft: Draft, enterprise: str, due: date, since: date) -> None:
    """Note the day whose close looks for expired lots of the enterprise, from a day of expiry on."""
    id = (draft.programme, due.isoformat(), enterprise)
    known = draft.data(registry.LOT_DUE, *id)
    if not known or known["since"] > since.isoformat():
        draft.write(registry.LOT_DUE, *id, since=since.isoformat())


def _taken(draft: Draft, enterprise: str, taken: list[tuple[Record, int]], state: str) -> int:
    """Move parts of lots out of what is live; returns their worth."""
    for lot, part in taken:
        draft.write(registry.LOT, lot.id, left=lot.data["left"] - part)
    live, gone = (accounts.entitlement(draft.programme, enterprise, it) for it in ("live", state))
    draft.move(live, gone, sum(part for _, part in taken), accounts.ENT)
    return _worth(taken)


def _worth(taken: Iterable[tuple[Record, int]]) -> int:
    return sum(part * lot.data["face"] for lot, part in taken)
