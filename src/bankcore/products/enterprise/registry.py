"""The records of a platform: terms, enterprises, offers, trades, ratings, activity, entitlements.

A record's id is the programme's followed by its own parts, joined by colons, so that what one asks
for lies in one range: the offers at one price, an enterprise's days, its lots in order of expiry.
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import existing
from bankcore.product.records import terms_on as terms_of_day
from bankcore.product.refusals import NotApproved
from bankcore.products.enterprise.terms import EnterpriseTerms

__all__ = [
    "ACTIVITY",
    "ENTERPRISE",
    "ENTITLEMENT",
    "FEES",
    "LEVEL",
    "LOT",
    "LOT_DUE",
    "MEMBERSHIP",
    "MODE_OFFER",
    "OFFER",
    "OFFER_DUE",
    "PLACE",
    "RATING",
    "REGISTRATION",
    "RESOLUTION",
    "STANDING",
    "TERMS",
    "TRADE",
    "enterprise",
    "terms_on",
]

ACTIVITY = "platform.activity"  # programme:enterprise:date
ENTERPRISE = "platform.enterprise"  # programme:enterprise, once it is approved
ENTITLEMENT = "platform.entitlement"  # programme:enterprise, what was earned and granted so far
FEES = "platform.fees"  # programme:enterprise, what was charged so far
LEVEL = "platform.level"  # programme:side:goods:region:price, the queue of open offers at a price
LOT = "platform.lot"  # programme:enterprise:expiry:sequence
LOT_DUE = "platform.lot-due"  # programme:date:enterprise, the day whose close expires lots
MEMBERSHIP = "platform.membership"  # programme:enterprise, of who holds a member deposit
MODE_OFFER = "modes.offer"  # programme:mode, a deposit mode as the bank offers it
OFFER = "platform.offer"  # programme:offer
OFFER_DUE = "platform.offer-due"  # programme:date:offer, the last day of an offer
PLACE = "platform.place"  # programme:side:goods:region:price:place, which offer stands there
RATING = "platform.rating"  # programme:enterprise that is rated:trade
REGISTRATION = "platform.registration"  # programme:enterprise, the decision of two people
RESOLUTION = "platform.resolution"  # programme:trade, the decision of two people
STANDING = "platform.standing"  # programme:enterprise, its ratings summed up
TERMS = "platform.terms"  # programme
TRADE = "platform.trade"  # programme:trade


def terms_on(books: Books, programme: str, day: date) -> EnterpriseTerms:
    """The terms in force on a day that is not closed; raises NotFound."""
    return terms_of_day(EnterpriseTerms, books, TERMS, programme, day)


def enterprise(books: Books, programme: str, enterprise: str) -> Record:
    """An enterprise whose registration is approved; raises NotFound, NotApproved."""
    record = books.record(ENTERPRISE, f"{programme}:{enterprise}")
    if record is not None:
        return record
    existing(books, REGISTRATION, programme, enterprise)
    raise NotApproved("enterprise", enterprise)
