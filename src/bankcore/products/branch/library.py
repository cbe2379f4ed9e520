"""The headquarters' product library (总部产品库): versions with dates and price bands, listed by branches.

>>> str(OutOfBand("7%", "4%", "6%"))
'price 7% is outside 4% to 6%'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork, check_hq
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = ["CloseVersion", "DelistProduct", "ListProduct", "OutOfBand", "PublishVersion", "VersionClosed"]

noun = Noun(__name__)
AUTHOR: Mapping[Role, str] = {Role.OFFICER: "author"}


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Listable(Facts):
    """A product of the library, and how many versions it has."""

    KIND: ClassVar = "branch.product"  # programme:product
    title: str
    numbered: int = kept(name="versions")


@frozen(kw_only=True)
class Version(Facts):
    """A version of a product: its price band and its dates."""

    KIND: ClassVar = "branch.version"  # programme:product:number
    least: Rate
    most: Rate
    valid_from: date
    valid_until: date
    closed_on: date | None = kept(None, empty="")

    def why_not(self, today: date) -> str:
        """Why it is not on offer; nothing if it is."""
        if self.closed_on:
            return f"closed on {self.closed_on}"
        if not self.valid_from <= today <= self.valid_until:
            return f"its dates are {self.valid_from} to {self.valid_until}"
        return ""


@frozen(kw_only=True)
class Listing(Facts):
    """What a branch lists of a product, and at what price."""

    KIND: ClassVar = "branch.listing"  # programme:branch:product
    listed: int = kept(name="version")
    price: Rate
    on: date
    taken_down_on: date | None = None


def number(version: int) -> str:
    """A version's number as it stands in ids, so that they sort."""
    return f"{version:06}"


# --- refusals ---------------------------------------------------------------------------------------


class VersionClosed(ProductRejection):
    sentence = "version {version} of product {product} is not on offer: {reason}"
    product: str
    version: int
    reason: str


class OutOfBand(ProductRejection):
    sentence = "price {price} is outside {least} to {most}"
    price: str
    least: str
    most: str


# --- commands and their rules -----------------------------------------------------------------------


def _price(help: str) -> Any:
    return fields.checked(
        help,
        lambda it: isinstance(it, Rate) and 0 <= it.fraction <= 1 and it.fraction.denominator <= 10**12,
        "a rate from 0 to 100% of at most 12 decimals is needed",
    )


@frozen
class PublishVersion(OfNetwork):
    """Publish the next version of a product, with its dates and price band (发布产品版本)."""

    may: ClassVar[Mapping[Role, str]] = AUTHOR
    author: str = fields.id_("who publishes: the headquarters")
    product: str = fields.id_("the product")
    title: str = fields.text("what it is called")
    least_price: Rate = _price("lowest price at which a branch may list it")
    most_price: Rate = _price("highest price")
    valid_from: date = fields.day("first day")
    valid_until: date = fields.day("last day")

    def __attrs_post_init__(self) -> None:
        if self.most_price.fraction < self.least_price.fraction:
            raise BadCommand("most_price", f"{self.most_price} is below {self.least_price}")
        if self.valid_until < self.valid_from:
            raise BadCommand("valid_until", f"{self.valid_until} is before {self.valid_from}")


@frozen
class CloseVersion(OfNetwork):
    """Close a version of a product: no branch may list it any more (停用产品版本)."""

    may: ClassVar[Mapping[Role, str]] = AUTHOR
    author: str = fields.id_("who closes it: the headquarters")
    product: str = fields.id_("the product")
    version: int = fields.count("number of the version")


@frozen
class ListProduct(OfNetwork):
    """List a version at a branch, at a price of its own within the band (网点上架与定价)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")
    product: str = fields.id_("the product")
    version: int = fields.count("number of the version")
    price: Rate = _price("the branch's price")


@frozen
class DelistProduct(OfNetwork):
    """Take a product down at a branch; its heat and its place among the others stay (下架产品)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")
    product: str = fields.id_("the product")


@noun.rule(PublishVersion)
def publish_version(terms: BranchTerms, command: PublishVersion, books: Books) -> Plan:
    """Add the next version of a product, its first included.  Refuses: NotHq."""
    check_hq(terms, command.author)
    ids = (command.programme, command.product)
    its = Listable.find(books, *ids) or Listable(id=":".join(ids), title="", numbered=0)
    its = evolve(its, title=command.title, numbered=its.numbered + 1)
    version = Version(
        id=f"{its.id}:{number(its.numbered)}",
        least=command.least_price,
        most=command.most_price,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
    )
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(its, version)
    return voucher.plan("publish", f"version {its.numbered} of product {command.product}")


@noun.rule(CloseVersion)
def close_version(terms: BranchTerms, command: CloseVersion, books: Books) -> Plan:
    """Let no branch list a version any more.  Refuses: NotHq, NotFound, VersionClosed."""
    check_hq(terms, command.author)
    version = Version.existing(books, command.programme, command.product, number(command.version))
    if version.closed_on:
        raise VersionClosed(command.product, command.version, version.why_not(books.today))
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(version, closed_on=books.today))
    return voucher.plan("close-version", f"version {command.version} of product {command.product} is closed")


@noun.rule(ListProduct)
def list_product(terms: BranchTerms, command: ListProduct, books: Books) -> Plan:
    """List a version at a branch, in the place of one listed before.

    Refuses, in this order: NotFound, BranchClosed, VersionClosed, also before or after its dates, OutOfBand.
    """
    open_branch(books, command.programme, command.branch)
    version = Version.existing(books, command.programme, command.product, number(command.version))
    if reason := version.why_not(books.today):
        raise VersionClosed(command.product, command.version, reason)
    if not version.least.fraction <= command.price.fraction <= version.most.fraction:
        raise OutOfBand(str(command.price), str(version.least), str(version.most))
    voucher = BranchVoucher(books, terms, command.programme)
    ids = (command.programme, command.branch, command.product)
    price, today = command.price, books.today
    voucher.keep(Listing.anew(books, *ids, listed=command.version, price=price, on=today))
    return voucher.plan("list", f"branch {command.branch} lists {command.product} at {command.price}")


@noun.rule(DelistProduct)
def delist_product(terms: BranchTerms, command: DelistProduct, books: Books) -> Plan:
    """List a product no more; it can be listed again.  Refuses: NotFound, also where it was taken down."""
    listing = Listing.existing(books, command.programme, command.branch, command.product)
    if listing.taken_down_on is not None:
        raise NotFound("listing", command.product)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(listing, taken_down_on=books.today))
    return voucher.plan("delist", f"branch {command.branch} takes {command.product} down")


# --- reports ----------------------------------------------------------------------------------------


@noun.report("library")
def list_library(books: Books) -> Table:
    """Every version in the headquarters' library, and why it is not on offer where it is not."""
    rows = []
    for it in Version.every(books):
        programme, product, number = it.ids
        title = Listable.existing(books, programme, product).title
        facts = (str(it.least), str(it.most), it.valid_from, it.valid_until)
        rows.append((programme, product, int(number), title, *facts, it.why_not(books.today) or "on offer"))
    columns = ("programme", "product", "version", "title", "lowest", "highest", "from", "until", "state")
    return Table("Product library", columns, tuple(rows))


@noun.report("listings")
def show_listings(books: Books) -> Table:
    """What each branch lists, at what price, and whether that version still is on offer."""
    rows = []
    for it in Listing.every(books):
        programme, _, product = it.ids
        version = Version.existing(books, programme, product, number(it.listed))
        down = f"taken down on {it.taken_down_on}" if it.taken_down_on else ""
        state = down or version.why_not(books.today) or "on offer"
        rows.append((*it.ids, it.listed, str(it.price), it.on, state))
    columns = ("programme", "branch", "product", "version", "price", "listed on", "state")
    return Table("Listings", columns, tuple(rows))
