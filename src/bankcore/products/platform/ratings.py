"""Mutual ratings (互评): stars from one party of a settled trade to the other."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.products.enterprise import registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.products.platform import commands
from bankcore.products.platform.refusals import AlreadyRated, NotSettled
from bankcore.products.platform.trades import State, trade_in

__all__ = ["rate_trade"]


def rate_trade(terms: EnterpriseTerms, command: commands.RateTrade, books: Books) -> Plan:
    """Note the stars for the other party.

    Refuses, in this order: NotFound, NotParty, NotSettled, AlreadyRated.
    """
    trade = trade_in(books, command.programme, command.trade)
    rated = trade.other(command.party)
    if trade.state is not State.SETTLED:
        raise NotSettled(trade.id, trade.state.value)
    id = (trade.programme, rated, trade.id)
    draft = Draft(books, terms, trade.programme)
    if draft.data(registry.RATING, *id):
        raise AlreadyRated(command.party, trade.id)
    draft.write(registry.RATING, *id, by=command.party, stars=command.stars, on=books.today.isoformat())
    known = draft.data(registry.STANDING, trade.programme, rated)
    sums = {"ratings": known.get("ratings", 0) + 1, "stars": known.get("stars", 0) + command.stars}
    draft.write(registry.STANDING, trade.programme, rated, **sums)
    return Plan((draft.transaction("rate", f"{command.party} rates trade {trade.id}"),))
