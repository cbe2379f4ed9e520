"""Refusals of commands and terms, before any rule of a product runs."""

from __future__ import annotations

from datetime import date

from bankcore.errors.roots import InputError, Rejection

__all__ = [
    "AccountOwned",
    "ActorNotPermitted",
    "BadActor",
    "BadCommand",
    "BadConsumer",
    "BadProduct",
    "BadTerms",
    "DayAhead",
    "DayClosing",
    "ProductMissing",
    "ProductNotUpgraded",
    "ProductOlder",
    "ProductTwice",
    "ProductUnusable",
    "RecordsRefused",
]


class BadActor(InputError):
    sentence = "{text!r} is not an actor: {reason}"
    text: object
    reason: str


class BadConsumer(InputError):
    """A name of a consumer of the feed, or a position, that cannot be."""

    sentence = "{consumer!r} cannot read the feed so: {reason}"
    consumer: object
    reason: str


class BadProduct(InputError):
    """A product is put together wrongly, as its package says it."""

    sentence = "product {product!r} cannot be sold: {reason}"
    product: str
    reason: str


class BadTerms(InputError):
    """A product's terms break one of its rules (CONFIG_INVALID)."""

    sentence = "term {field} is not allowed: {reason}"
    field: str
    reason: str


class BadCommand(InputError):
    sentence = "command field {field} is not usable: {reason}"
    field: str
    reason: str


class AccountOwned(Rejection):
    """A product's account moves by its commands; an officer may move it with a reason."""

    sentence = "account {path} belongs to the product {product!r}: use its commands, or say why"
    remedy = "Give the product's command, or say `--reason` as an officer."
    path: str
    product: str


class ActorNotPermitted(Rejection):
    sentence = "{actor} may not give the command {command}"
    remedy = "Have it given by an actor whom the command names."
    actor: str
    command: str


class DayAhead(Rejection):
    """Closing a day cannot be undone, so a day that has not begun is refused."""

    sentence = "the day {day} has not begun: it is {today} in {zone}"
    remedy = "Wait until the day has begun in the book's time zone, or say `--ahead`."
    day: date
    today: date
    zone: str


class DayClosing(Rejection):
    """The day is being closed; commands wait until the end-of-day work is done."""

    transient = True
    sentence = "the day {day} is being closed"
    remedy = (
        "Give it again when the day is closed: `bankcore close-day` finishes a close that was interrupted."
    )
    day: date


class ProductMissing(Rejection):
    """The book is served by a product that this program does not have."""

    sentence = "the book is served by products that are not installed here: {names}"
    remedy = "Install the packages of the products that are named."
    names: str


class ProductNotUpgraded(Rejection):
    """The installed version of a product keeps its records in another form than the book has them."""

    sentence = (
        "the book has records of version {served} of {product}, and version {installed} is installed here: "
        "an officer has to run `bankcore products upgrade {product}` first"
    )
    remedy = "Run `bankcore products upgrade` as an officer."
    product: str
    served: str
    installed: int


class ProductOlder(Rejection):
    """The book was served by a newer version of a product than this program has."""

    sentence = (
        "the book was served by version {served} of {product}, and version {installed} is installed here: "
        "install version {served} or a newer one"
    )
    remedy = "Install the version named, or a newer one."
    product: str
    served: str
    installed: int


class ProductTwice(InputError):
    """Two products have the same name, so their commands and reports could not be told apart."""

    sentence = "there are two products named {name!r}"
    remedy = "Uninstall one of the two packages."
    name: str


class ProductUnusable(InputError):
    """An installed package declares a product that cannot be loaded from it."""

    sentence = "the product {name!r} cannot be loaded from {home}: {reason}"
    remedy = "Mend or uninstall the package."
    name: str
    home: str
    reason: str


class RecordsRefused(Rejection):
    """In a book that products serve, records come from their commands, which check what they say."""

    sentence = "transaction {key!r} has records: in a book that products serve only commands write them"
    remedy = "Give the product's command instead of a transaction."
    key: str
