"""Deadlines (交货期限) of trades: what is not delivered by then goes back at the close of the day.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| the deadline passes | escrow | the buyer's demand account, then the mode | what is left |

A trade that nobody funded goes back to the market.  A disputed trade waits for the end of its dispute.

>>> DEADLINES.noun
'trade'
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.products.platform.escrow import ended
from bankcore.products.platform.trades import DEADLINES, Trade, TradeState

__all__: list[str] = []

noun = Noun(__name__)


@noun.daily(Phase.DUE)
def pass_deadlines(books: Books, day: date) -> Iterator[Step]:
    """End the trades whose last day of delivery it is; both sides are told."""
    for programme in PROGRAMMES.ids(books):
        for page in DEADLINES.pages(books, programme, day):
            trades = [DEADLINES.thing(note) for note in page]
            yield Step(
                f"{programme}/deadlines/{trades[0]}", *(partial(_pass, programme, it) for it in trades)
            )


def _pass(programme: str, name: str, books: Books) -> Plan:
    trade = Trade.existing(books, programme, name)
    if trade.disputed_by or trade.state not in (TradeState.MATCHED, TradeState.FUNDED):
        return Plan()
    terms = PROGRAMMES.today(books, programme)
    return ended(books, terms, trade, "deadline", f"the deadline of trade {name} has passed")
