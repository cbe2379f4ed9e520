"""The headquarters' product library (总部产品库): versions with dates and price bands, listed by branches."""

from __future__ import annotations

from datetime import date

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.branch import commands, registry
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.refusals import OutOfBand, VersionClosed
from bankcore.products.branch.terms import BranchTerms
from bankcore.rates import Rate

__all__ = ["close_version", "closed", "list_product", "number", "publish_version"]


def publish_version(terms: BranchTerms, command: commands.PublishVersion, books: Books) -> Plan:
    """Add the next version of a product, its first included.  Refuses: NotHq."""
    registry.check_hq(terms, command.author)
    product = command.product
    stored = books.record(registry.PRODUCT, f"{command.programme}:{product}")
    version = 1 if stored is None else stored.data["versions"] + 1
    draft = Draft(books, terms, command.programme)
    draft.write(registry.PRODUCT, product, title=command.title, versions=version)
    draft.write(
        registry.VERSION,
        *(product, number(version)),
        least=str(command.least_price),
        most=str(command.most_price),
        valid_from=command.valid_from.isoformat(),
        valid_until=command.valid_until.isoformat(),
        closed_on="",
    )
    return draft.plan("publish", f"version {version} of product {product}")


def close_version(terms: BranchTerms, command: commands.CloseVersion, books: Books) -> Plan:
    """Let no branch list a version any more.  Refuses: NotHq, NotFound, VersionClosed."""
    registry.check_hq(terms, command.author)
    version = _version(books, command.programme, command.product, command.version)
    if version.data["closed_on"]:
        raise VersionClosed(command.product, command.version, f"closed on {version.data['closed_on']}")
    draft = Draft(books, terms, command.programme)
    its = number(command.version)
    draft.write(registry.VERSION, command.product, its, closed_on=books.today.isoformat())
    return draft.plan("close-version", f"version {command.version} of product {command.product} is closed")


def list_product(terms: BranchTerms, command: commands.ListProduct, books: Books) -> Plan:
    """List a version at a branch, in the place of one listed before.

    Refuses, in this order: NotFound, VersionClosed, also before or after its dates, OutOfBand.
    """
    existing(books, registry.BRANCH, command.programme, command.branch)
    version = _version(books, command.programme, command.product, command.version)
    if reason := closed(version, books.today):
        raise VersionClosed(command.product, command.version, reason)
    least, most = version.data["least"], version.data["most"]
    if not Rate.parse(least).fraction <= command.price.fraction <= Rate.parse(most).fraction:
        raise OutOfBand(str(command.price), least, most)
    draft = Draft(books, terms, command.programme)
    draft.write(
        registry.LISTING,
        *(command.branch, command.product),
        version=command.version,
        price=str(command.price),
        on=books.today.isoformat(),
    )
    return draft.plan("list", f"branch {command.branch} lists {command.product} at {command.price}")


def closed(version: Record, today: date) -> str:
    """Why a version is not on offer; nothing if it is."""
    data, day = version.data, today.isoformat()
    if data["closed_on"]:
        return f"closed on {data['closed_on']}"
    if not data["valid_from"] <= day <= data["valid_until"]:
        return f"its dates are {data['valid_from']} to {data['valid_until']}"
    return ""


def number(version: int) -> str:
    """A version's number as it stands in ids, so that they sort."""
    return f"{version:06}"


def _version(books: Books, programme: str, product: str, version: int) -> Record:
    return existing(books, registry.VERSION, programme, product, number(version))
