"""Entitlements (权益): earned by settled trade, kept in lots, paying fees at face value.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| grant | marketing expense; issued | entitlement liability; live | whole entitlements, at face value |
| use for a fee | live | redeemed | first those that expire first |
| expire | entitlement liability; live | marketing expense; expired | what is left of a lot |

What an enterprise earned is an exact sum; whole entitlements are granted as it reaches them.  A lot's
id ends with its expiry and a number counted per enterprise, so ids ascend in the order of use.  A lot
keeps its face value, so the bank's liability is the sum over lots whatever the terms become.

>>> str(EntitlementsShort("e", 3, 5))
'enterprise e has 3 entitlements, 5 asked'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import ClassVar, Final

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadDate, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, records
from bankcore.product.actor import Role
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.plan import Attempt, Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.enterprises import Enterprise
from bankcore.products.enterprise.programmes import (
    ENT,
    ENTITLEMENT_LIABILITY,
    ENTITLEMENTS,
    PROGRAMMES,
    EnterpriseTerms,
)
from bankcore.rates import round_down
from bankcore.tables import Table

__all__ = ["EntitlementsShort"]

noun = Noun(__name__)

_PAGE: Final = 500  # enterprises served by one step


# --- facts and refusals ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Earned(Facts):
    """What an enterprise earned, exactly, and the whole entitlements and lots granted of it."""

    KIND: ClassVar = "platform.entitlement"  # programme:enterprise
    earned: Fraction = Fraction(0)
    granted: int = 0
    lots: int = 0

    @property
    def due(self) -> int:
        """Whole entitlements that are earned and not granted yet."""
        return round_down(self.earned) - self.granted


@frozen(kw_only=True)
class Lot(Facts):
    """Entitlements that were granted together; `face` is what each pays, in minor units."""

    KIND: ClassVar = "platform.lot"  # programme:enterprise:expiry:sequence
    granted_on: date
    left: int
    face: int

    @property
    def expiry(self) -> date:
        """The last day on which it can be used."""
        return date.fromisoformat(self.ids[2])


@frozen(kw_only=True)
class LotDue(Facts):
    """The day whose close expires lots of an enterprise, from a day of expiry on, and grants what it owes."""

    KIND: ClassVar = "platform.lot-due"  # programme:date:enterprise
    since: date


class EntitlementsShort(ProductRejection):
    sentence = "enterprise {enterprise} has {live} entitlements, {asked} asked"
    enterprise: str
    live: int
    asked: int


# --- what an enterprise has -------------------------------------------------------------------------


def usable(books: Books, programme: str, enterprise: str) -> Iterator[Lot]:
    """The lots with something left that have not expired, in the order of use."""
    after = f"{programme}:{enterprise}:{books.today}"
    return (lot for lot in Lot.every(books, programme, enterprise, after=after) if lot.left)


def worth_of(books: Books, programme: str, enterprise: str) -> int:
    """What an enterprise's unused entitlements pay of fees, in minor units."""
    return sum(lot.left * lot.face for lot in usable(books, programme, enterprise))


def redeem(voucher: Voucher, enterprise: str, count: int) -> int:
    """Use entitlements, first those that expire first; returns what they pay.  Raises EntitlementsShort.

    Their value still has to leave the liability.
    """
    if not count:
        return 0
    lots = list(usable(voucher.books, voucher.agreement, enterprise))
    live = sum(lot.left for lot in lots)
    if count > live:
        raise EntitlementsShort(enterprise, live, count)
    taken: list[tuple[Lot, int]] = []
    for lot in lots:
        part = min(count - sum(it for _, it in taken), lot.left)
        if part:
            taken.append((lot, part))
    return _taken(voucher, enterprise, taken, "redeemed")


def _taken(voucher: Voucher, enterprise: str, taken: Sequence[tuple[Lot, int]], state: str) -> int:
    """Move parts of lots out of what is live; returns their worth."""
    voucher.keep(*(evolve(lot, left=lot.left - part) for lot, part in taken))
    live, gone = (ENTITLEMENTS[it](voucher.agreement, enterprise) for it in ("live", state))
    voucher.move(live, gone, sum(part for _, part in taken), ENT)
    return sum(part * lot.face for lot, part in taken)


# --- granting -------------------------------------------------------------------------------------


def granting(books: Books, terms: EnterpriseTerms, *ids: str, settled: int, text: str) -> Attempt:
    """Grant what a settled sum completes; what cannot be granted now, the close of the day tries again.

    `ids` are programme and enterprise.
    """
    known = Earned.find(books, *ids) or Earned(id=":".join(ids))
    now = evolve(known, earned=known.earned + terms.earned(settled))
    waits = PROGRAMMES.voucher(books, terms, ids[0])
    waits.keep(now)
    _look_again(waits, ids[1], books.today, books.today)
    return _attempt(waits, ids[1], "grant", _grant(books, terms, now, text))


def _grant(books: Books, terms: EnterpriseTerms, now: Earned, text: str) -> Transaction:
    """All whole entitlements that are earned and not granted yet, as one lot."""
    programme, enterprise = now.ids
    voucher, more, lots = PROGRAMMES.voucher(books, terms, programme), now.due, now.lots
    if more:
        lots += 1
        expiry = terms.expiry_of(books.today)
        id = f"{now.id}:{expiry}:{lots:09}"
        voucher.keep(Lot(id=id, granted_on=books.today, left=more, face=terms.face))
        _look_again(voucher, enterprise, expiry + timedelta(days=1), expiry)
        voucher.move(ENTITLEMENTS["issued"](*now.ids), ENTITLEMENTS["live"](*now.ids), more, ENT)
        voucher.move(chart.MARKETING_EXPENSE(), ENTITLEMENT_LIABILITY(programme), more * terms.face)
    voucher.keep(evolve(now, granted=now.granted + more, lots=lots))
    return voucher.transaction("grant", text)


def _look_again(voucher: Voucher, enterprise: str, due: date, since: date) -> None:
    """Note the day whose close looks for expired lots of the enterprise, from a day of expiry on."""
    id = (voucher.agreement, due.isoformat(), enterprise)
    known = voucher.find(LotDue, *id)
    if known is None or known.since > since:
        version = known.version if known else 0
        voucher.keep(LotDue(id=":".join(id), version=version, since=since))


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def lots_due(books: Books, day: date) -> Iterator[Step]:
    """Expire the lots whose last day is over, and grant what could not be; an enterprise at a time.

    What an account does not allow today is due again tomorrow.  Raises BadDate for the last day there is.
    """
    programmes = list(PROGRAMMES.ids(books))
    if day == date.max and programmes:
        raise BadDate(day, "no day follows to which what waits could be put off")
    return _steps(books, day, programmes)


def _steps(books: Books, day: date, programmes: Iterable[str]) -> Iterator[Step]:
    for programme in programmes:
        for page in records.pages(books, LotDue.KIND, f"{programme}:{day}", size=_PAGE):
            due = [LotDue.of(record) for record in page]
            rules = (partial(_each, does, due) for does in (_expiry, _grant_again))
            yield Step(f"{programme}/entitlements/{due[0].ids[2]}", *rules)


def _each(
    does: Callable[[Books, EnterpriseTerms, LotDue], Attempt | None], page: Sequence[LotDue], books: Books
) -> Plan:
    terms = PROGRAMMES.today(books, page[0].ids[0])
    return Plan(tuple(it for due in page if (it := does(books, terms, due)) is not None))


def _expiry(books: Books, terms: EnterpriseTerms, due: LotDue) -> Attempt | None:
    """Take the lots that have expired out of the live entitlements and of the liability."""
    programme, _, enterprise = due.ids
    lots = expired_lots(books, programme, enterprise, due.since)
    if not lots:
        return None
    voucher = PROGRAMMES.voucher(books, terms, programme)
    worth = _taken(voucher, enterprise, [(lot, lot.left) for lot in lots], "expired")
    voucher.move(ENTITLEMENT_LIABILITY(programme), chart.MARKETING_EXPENSE(), worth)
    expired = voucher.transaction("expire", f"entitlements of {programme} expire")
    return _attempt(_tomorrow(books, terms, due, lots[0].expiry), enterprise, "expire", expired)


def _grant_again(books: Books, terms: EnterpriseTerms, due: LotDue) -> Attempt | None:
    """Grant what the enterprise earned when it could not be granted."""
    programme, _, enterprise = due.ids
    now = Earned.find(books, programme, enterprise)
    if now is None or not now.due:
        return None
    granted = _grant(books, terms, now, f"entitlements of {enterprise}")
    return _attempt(_tomorrow(books, terms, due, books.today), enterprise, "grant", granted)


def _tomorrow(books: Books, terms: EnterpriseTerms, due: LotDue, since: date) -> Voucher:
    """What is written where nothing can be posted: the enterprise is due again."""
    waits = PROGRAMMES.voucher(books, terms, due.ids[0])
    _look_again(waits, due.ids[2], records.tomorrow(books), since)
    return waits


def _attempt(waits: Voucher, enterprise: str, what: str, first: Transaction) -> Attempt:
    programme, text = waits.agreement, f"entitlements of {enterprise} wait"
    again, thing = waits.transaction("wait", text).records, f"{programme}/{enterprise}/{what}"
    return Attempt((first,), deferred(waits.books, "enterprise", thing, text, *again, agreement=programme))


def expired_lots(books: Books, programme: str, enterprise: str, since: date) -> list[Lot]:
    """The lots with something left whose last day lies in [since, today)."""
    found = []
    for lot in Lot.every(books, programme, enterprise, after=f"{programme}:{enterprise}:{since}"):
        if lot.expiry >= books.today:
            break
        if lot.left:
            found.append(lot)
    return found


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D5")
def liability_is_the_face_value(books: Books) -> Iterator[str]:
    """The liability is the face value of all live entitlements."""
    for programme in PROGRAMMES.ids(books):
        worth = sum(lot.left * lot.face for lot in Lot.every(books, programme))
        owed = books.balance(ENTITLEMENT_LIABILITY(programme))
        if worth != owed:
            yield f"{programme}: live entitlements are worth {worth}, {owed} is owed"


@noun.invariant("D5-lots")
def entitlements_are_conserved(books: Books) -> Iterator[str]:
    """Entitlements issued are live, redeemed or expired; live ones are in lots, issued ones earned.

    What is earned and not issued is due at the close of the day.
    """
    for it in Enterprise.every(books):
        sums = {state: books.balance(path(*it.ids)) for state, path in ENTITLEMENTS.items()}
        known = Earned.find(books, *it.ids) or Earned(id=it.id)
        lots = [lot.left for lot in Lot.every(books, *it.ids)]
        held = sums["live"] + sums["redeemed"] + sums["expired"]
        is_due = LotDue.find(books, it.ids[0], books.today.isoformat(), it.ids[1]) is not None
        even = sums["issued"] == held == known.granted and (known.due == 0 or (known.due > 0 and is_due))
        if not even or min(lots, default=0) < 0 or sum(lots) != sums["live"]:
            yield f"{it.id}: {sums}, {round_down(known.earned)} earned, lots of {sum(lots)}"


@noun.report("entitlements", own={Role.CUSTOMER: "enterprise"})
def entitlements(books: Books) -> Table:
    """Entitlements of each enterprise, what the live ones are worth, and the next expiry."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Enterprise.every(books, programme):
            counts = {state: books.balance(path(*it.ids)) for state, path in ENTITLEMENTS.items()}
            if counts["issued"]:
                first = next(usable(books, *it.ids), None)
                worth = Amount(worth_of(books, *it.ids), unit)
                rows.append((*it.ids, *counts.values(), worth, first.expiry if first else None))
    columns = ("programme", "enterprise", *ENTITLEMENTS, "worth", "next expiry")
    return Table("Entitlements", columns, tuple(rows))


@noun.report("liability", own={})
def liability(books: Books) -> Table:
    """What the bank owes for live entitlements, programme by programme."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        live = sum(lot.left for lot in Lot.every(books, programme))
        owed = books.balance(ENTITLEMENT_LIABILITY(programme))
        rows.append((programme, live, Amount(owed, PROGRAMMES.today(books, programme).unit)))
    return Table("Entitlement liability", ("programme", "live", "liability"), tuple(rows))
