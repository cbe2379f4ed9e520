"""Reports about campaigns, rewards and referral fees."""

from __future__ import annotations

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.records import every
from bankcore.products.branch import accounts, registry
from bankcore.tables import Table

__all__ = ["campaigns", "referrals", "rewards"]


def campaigns(books: Books) -> Table:
    """Each campaign: its budget, what was granted, paid, lapsed and taken back, and what is left."""
    rows = []
    for record in every(books, registry.CAMPAIGN):
        programme, campaign = record.id.split(":")
        unit, data = registry.terms_of(books, programme).unit, record.data
        names = ("reward", "approved", "granted", "paid", "lapsed", "clawed")
        left = books.balance(accounts.budget(programme, campaign))
        money = (Amount(fen, unit) for fen in (*(data[name] for name in names), left))
        rows.append((programme, campaign, data["action"], *money))
    columns = (
        "programme",
        "campaign",
        "for",
        "reward",
        "approved",
        "granted",
        "paid",
        "lapsed",
        "taken back",
    )
    return Table("Campaigns", (*columns, "left"), tuple(rows))


def rewards(books: Books) -> Table:
    """Each reward and what became of it."""
    rows = []
    for record in every(books, registry.REWARD):
        data, unit = record.data, registry.terms_of(books, record.id.partition(":")[0]).unit
        facts = (data[name] for name in ("granted_on", "lapses_on", "state"))
        rows.append((*record.id.split(":"), Amount(data["reward"], unit), *facts))
    columns = ("programme", "campaign", "person", "reward", "granted", "lapses", "state")
    return Table("Rewards", columns, tuple(rows))


def referrals(books: Books) -> Table:
    """Each referral: loan, fee, what was taken back, and the day it is due."""
    rows = []
    for record in every(books, registry.REFERRAL):
        programme, referral = record.id.split(":")
        data, unit = record.data, registry.terms_of(books, programme).unit
        money = (Amount(data[name], unit) for name in ("disbursed", "fee", "clawed"))
        facts = (data[name] for name in ("due_on", "observed_until", "state"))
        rows.append((programme, referral, data["referrer"], data["loan"], *money, *facts))
    columns = ("programme", "referral", "referrer", "loan", "disbursed", "fee", "taken back", "due")
    return Table("Referrals", (*columns, "observed until", "state"), tuple(rows))
