"""Trades, as their records hold them.

A trade goes MATCHED, FUNDED and ends SETTLED, or CANCELLED where nothing of it was paid.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction

from attrs import frozen

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import existing
from bankcore.products.enterprise import registry
from bankcore.products.platform.refusals import Disputed, NotParty, TradeNotFunded
from bankcore.rates import Rate, parse_fraction

__all__ = ["State", "Trade", "trade_in"]


class State(Enum):
    """Where a trade stands."""

    MATCHED = "matched"
    FUNDED = "funded"
    SETTLED = "settled"
    CANCELLED = "cancelled"


@frozen
class Trade:
    """A trade; `record` is the version it is read from.  Money is minor units."""

    record: Record

    @property
    def programme(self) -> str:
        return self.record.id.partition(":")[0]

    @property
    def id(self) -> str:
        return self.record.id.partition(":")[2]

    @property
    def state(self) -> State:
        return State(self.record.data["state"])

    @property
    def buyer(self) -> str:
        return str(self.record.data["buyer"])

    @property
    def seller(self) -> str:
        return str(self.record.data["seller"])

    @property
    def total(self) -> int:
        return int(self.record.data["total"])

    @property
    def quantity(self) -> int:
        return int(self.record.data["quantity"])

    @property
    def freight(self) -> bool:
        return bool(self.record.data["freight"])

    @property
    def fee_rate(self) -> Rate:
        """The fee as the terms had it on the day of the match."""
        return Rate.parse(self.record.data["fee_rate"])

    @property
    def deliver_by(self) -> date:
        """The last day on which one side alone cannot cancel."""
        return parse_date(self.record.data["deliver_by"])

    @property
    def from_mode(self) -> int:
        """How much of the escrow came out of a deposit mode."""
        return int(self.record.data["from_mode"])

    @property
    def mode(self) -> str:
        """The deposit mode that this came out of, if any."""
        return str(self.record.data["mode"])

    @property
    def share(self) -> Fraction:
        """The part that was delivered and accepted so far."""
        return parse_fraction(self.record.data["share"])

    @property
    def released(self) -> int:
        """What left escrow for the seller, with the fee in it."""
        return int(self.record.data["released"])

    @property
    def fee(self) -> int:
        """The fee on it before discounts."""
        return int(self.record.data["fee"])

    @property
    def paid_fee(self) -> int:
        """The fee that was paid of it."""
        return int(self.record.data["paid_fee"])

    @property
    def returned(self) -> int:
        """What went back to the buyer."""
        return int(self.record.data["returned"])

    @property
    def held(self) -> int:
        """What is in escrow."""
        return self.total - self.released - self.returned if self.state is State.FUNDED else 0

    @property
    def agreed(self) -> list[str]:
        """Who agreed to cancel."""
        return [str(party) for party in self.record.data["agreed"]]

    @property
    def disputed_by(self) -> str:
        """Who froze the escrow; nothing where nobody did."""
        return str(self.record.data["disputed_by"])

    def other(self, party: str) -> str:
        """The other party; raises NotParty."""
        if party not in (self.buyer, self.seller):
            raise NotParty(party, "trade", self.id)
        return self.seller if party == self.buyer else self.buyer

    def check_funded(self) -> None:
        """Raises TradeNotFunded."""
        if self.state is not State.FUNDED:
            raise TradeNotFunded(self.id, self.state.value)

    def check_free(self) -> None:
        """Raises Disputed."""
        if self.disputed_by:
            raise Disputed(self.id)


def trade_in(books: Books, programme: str, trade: str) -> Trade:
    """The trade; raises NotFound."""
    return Trade(existing(books, registry.TRADE, programme, trade))
