"""Deposit insurance (存款保险): what each participant has in the whole bank, against what is insured.

A certificate of many is looked through to its participants: each is a depositor with his share of it, and
with whatever else the bank owes him, from his current account to a deposit of any other product.
"""

from __future__ import annotations

from collections import Counter

from bankcore.ledger.accounts import AccountType, Side
from bankcore.ledger.books import Books
from bankcore.product.actor import Role
from bankcore.product.product import Noun
from bankcore.product.records import PAGE
from bankcore.products.certificate.orders import amounts
from bankcore.products.certificate.programmes import PROGRAMMES
from bankcore.products.certificate.shares import Share
from bankcore.tables import Table
from bankcore.units import Unit

__all__: list[str] = []

noun = Noun(__name__)


def owed_to_parties(books: Books, unit: Unit) -> Counter[str]:
    """What the bank owes each party on all accounts in its name, in minor units of a unit."""
    owed: Counter[str] = Counter()
    after = ""
    while page := list(books.balances("", after, PAGE)):
        known = books.accounts([path for path, balance in page if balance])
        for path, balance in page:
            account = known.get(path)
            if account and account.party and account.type is AccountType.LIABILITY and account.unit == unit:
                owed[account.party] += balance if account.normal_side is Side.CREDIT else -balance
        after = page[-1][0]
    return owed


@noun.report("insurance", {Role.CUSTOMER: "depositor"})
def show_insurance(books: Books) -> Table:
    """What whoever had a part in an order has in the whole bank, against what is insured."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        owed = owed_to_parties(books, terms.unit)
        for name in sorted({it.participant for it in Share.every(books, programme)}):
            has = owed[name]
            covered = amounts(terms, has, min(has, terms.insured), max(has - terms.insured, 0))
            rows.append((programme, name, *covered))
    return Table("Deposit insurance", ("programme", "depositor", "deposits", "insured", "above"), tuple(rows))
