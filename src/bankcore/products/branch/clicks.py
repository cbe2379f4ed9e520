"""Interest of users in products: clicks (点击), purchases (购买), and the heat that they leave.

>>> Purchase("net", "u1", "q", "b1").purchase
'b1'
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import Factory, evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.heat import Parts, heat, warmed
from bankcore.products.branch.library import Listable, Listing
from bankcore.products.branch.matching import decimal
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork
from bankcore.rates import fraction_text
from bankcore.tables import Table

__all__ = ["Click", "Purchase"]

noun = Noun(__name__)


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Clicks(Facts):
    """All clicks of a user on a product so far, the last of them on `day`; `heat` is what that one gave."""

    KIND: ClassVar = "branch.click"  # programme:product:user
    day: date
    clicks: int
    heat: int


@frozen(kw_only=True)
class Bought(Facts):
    """A purchase, and the heat it gave."""

    KIND: ClassVar = "branch.purchase"  # programme:product:purchase
    user: str
    day: date
    heat: int


@frozen(kw_only=True)
class Heat(Facts):
    """How hot a product is, by the days of the week."""

    KIND: ClassVar = "branch.heat"  # programme:product
    parts: Mapping[str, tuple[date, Fraction]] = Factory(dict)


def heat_of(books: Books, product: str) -> Parts:
    """The heat of a product of this whole id."""
    found = Heat.find(books, product)
    return {} if found is None else found.parts


def ranking(books: Books, programme: str) -> list[tuple[str, Fraction]]:
    """The products, hottest first, equally hot ones by id."""
    products = Listable.every(books, programme)
    found = [(it.ids[1], heat(heat_of(books, it.id), books.today)) for it in products]
    return sorted(found, key=lambda it: (-it[1], it[0]))


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfUser(OfNetwork):
    """The base of what a user does about a product."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "user", Role.OPERATOR: "programme"}


@frozen
class Click(OfUser):
    """Note that a user looked at a product; it heats once a day (点击)."""

    user: str = fields.id_("who looked")
    product: str = fields.id_("the product")


@frozen
class Purchase(OfUser):
    """Note that a user bought a product (购买)."""

    user: str = fields.id_("who bought")
    product: str = fields.id_("the product")
    purchase: str = fields.id_("id of the purchase")


@noun.rule(Click)
def click(terms: BranchTerms, command: Click, books: Books) -> Plan:
    """Count a click; it heats unless the user looked at the product today.  Refuses: NotFound."""
    ids, today = (command.programme, command.product), books.today
    Listable.existing(books, *ids)
    before = Clicks.find(books, *ids, command.user)
    weight = 0 if before is not None and before.day == today else terms.click_heat
    clicks = before.clicks + 1 if before else 1
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(Clicks.anew(books, *ids, command.user, day=today, clicks=clicks, heat=weight))
    _warm(voucher, command.product, weight)
    return voucher.plan("click", f"{command.user} looks at {command.product}")


@noun.rule(Purchase)
def purchase(terms: BranchTerms, command: Purchase, books: Books) -> Plan:
    """Count a purchase.  Refuses: NotFound, AlreadyTaken."""
    ids, weight = (command.programme, command.product), terms.purchase_heat
    Listable.existing(books, *ids)
    id = Bought.fresh(books, *ids, command.purchase)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(Bought(id=id, user=command.user, day=books.today, heat=weight))
    _warm(voucher, command.product, weight)
    return voucher.plan("purchase", f"{command.user} buys {command.product}")


def _warm(voucher: BranchVoucher, product: str, weight: int) -> None:
    if weight:
        books, ids = voucher.books, (voucher.programme, product)
        found = Heat.find(books, *ids) or Heat(id=":".join(ids))
        voucher.keep(evolve(found, parts=warmed(found.parts, books.today, weight)))


# --- invariant and report ---------------------------------------------------------------------------


@noun.invariant("E8")
def heat_is_what_was_done(books: Books) -> Iterator[str]:
    """The heat is that of first clicks of a day and of purchases, added up anew."""
    parts: dict[str, Parts] = defaultdict(dict)
    events: list[Clicks | Bought] = list(Bought.every(books))
    for it in Clicks.every(books):
        versions = list(Clicks.versions(books, it.id))
        days = [version.day for version in versions if version.heat]
        if len(days) > len({*days}):
            yield f"{it.id}: clicks of one day counted twice, {[*map(str, days)]}"
        events += versions
    for event in sorted(events, key=lambda event: event.day):
        product = event.id.rpartition(":")[0]
        if event.heat:
            parts[product] = warmed(parts[product], event.day, event.heat)
    for its in Listable.every(books):
        noted, done = (heat(found, books.today) for found in (heat_of(books, its.id), parts[its.id]))
        if noted != done:
            yield f"product {its.id}: heat {noted}, done {done}"


@noun.report("heat")
def show_heat(books: Books) -> Table:
    """The products of each network, hottest first, with how many branches list each now."""
    listed = Counter((it.ids[0], it.ids[2]) for it in Listing.every(books) if it.taken_down_on is None)
    rows = [
        (programme, place, product, decimal(exact), fraction_text(exact), listed[programme, product])
        for programme in PROGRAMMES.ids(books)
        for place, (product, exact) in enumerate(ranking(books, programme), start=1)
    ]
    return Table("Heat", ("programme", "place", "product", "heat", "exact", "listed"), tuple(rows))
