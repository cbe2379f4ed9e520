"""Escrow of trades (订单资金托管): funded whole, released by accepted share, the rest given back.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| fund | mode for orders, then the buyer's demand account | escrow | the total |
| accept a delivery | escrow | the seller's demand account, fee income | by the accepted share |
| cancel the rest | escrow | the buyer's demand account, then the mode | what is left |

What is released and the fee on it are each rounded once over the whole trade.  What goes back takes
the way it came in the reverse order: to the demand account first, then to the mode it came out of.

>>> released = round_half_up(88_888_88 * Fraction(2, 3))
>>> released, round_half_up(EnterpriseTerms().fee.fraction * released)
(5925925, 14815)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, ClassVar, Final

import attrs
from attrs import define, evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.orders import pay_from_mode, return_to
from bankcore.products.deposit_modes.receipts import set_aside
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.entitlements import granting
from bankcore.products.enterprise.fees import charge
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.platform.matching import NotMatched
from bankcore.products.platform.offers import give_back
from bankcore.products.platform.trades import Trade, TradeNotFunded, TradeState
from bankcore.rates import Rate, round_half_up
from bankcore.tables import Table

__all__ = ["AcceptDelivery", "CancelTrade", "FundEscrow", "OverRelease"]

noun = Noun(__name__)

ESCROW = chart.liability("platform:{programme}:escrow:{trade}")  # paid by the buyer and received by nobody
_FINEST: Final = Fraction(1, 10**9)
_AGES: Final = ((7, "up to 7 days"), (30, "8 to 30 days"))
_OLDEST: Final = "over 30 days"


@define
class OverRelease(ProductRejection):
    sentence = "{left} of trade {trade} is still to be delivered, not {share}"
    trade: str
    left: str
    share: str


# --- commands -------------------------------------------------------------------------------------


def _check_share(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    known = isinstance(value, Rate) and it.metadata["least"] <= value.fraction <= 1
    if not known or value.fraction.denominator * _FINEST > 1:  # so that exact sums of many stay short
        raise BadCommand(it.name, "a part of up to 1 is needed, such as 2/3 or 12.5%, of at most 9 decimals")


def share(help: str, nothing: bool = False) -> Any:
    """A field with an exact part of a whole such as 2/3; 0 only where nothing is a part too."""
    return field(validator=_check_share, metadata={"help": help, "least": 0 if nothing else _FINEST})


@frozen
class FundEscrow:
    """Pay a matched trade into escrow, from a deposit mode for orders first (订单资金托管)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "buyer"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")
    buyer: str = fields.id_("the buyer")


@frozen
class AcceptDelivery:
    """Accept a delivery, or a part of one; the seller is paid its share (验收付款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "buyer"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")
    buyer: str = fields.id_("the buyer")
    share: Rate = share("part of the whole trade that is delivered now")


@frozen
class CancelTrade:
    """Agree to cancel what is not delivered; after the deadline one side is enough (取消余款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")
    party: str = fields.id_("the enterprise that asks, buyer or seller")


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(FundEscrow)
def fund_escrow(terms: EnterpriseTerms, command: FundEscrow, books: Books) -> Plan:
    """The trade's whole total into escrow: a mode's money for orders first, then the demand account.

    Refuses, in this order: NotMatched, NotParty.
    """
    trade = Trade.find(books, command.programme, command.trade)
    if trade is None:
        raise NotMatched(command.trade, "there is no such trade")
    if trade.state is not TradeState.MATCHED:
        raise NotMatched(command.trade, f"it is {trade.state.value}")
    trade.check_buyer(command.buyer)
    voucher, path = PROGRAMMES.voucher(books, terms, command.programme), ESCROW(*trade.ids)
    voucher.open(ESCROW.account(*trade.ids, unit=terms.unit, on=books.today, party=trade.buyer))
    part, mode = pay_from_mode(voucher, trade.buyer, trade.total, path)
    voucher.move(chart.DEMAND(trade.buyer), path, trade.total - part)
    funded = evolve(trade, state=TradeState.FUNDED, funded_on=books.today, agreed=())
    voucher.keep(evolve(funded, from_mode=part, mode=mode))
    return voucher.plan("fund-escrow", f"escrow of trade {trade.name}")


@noun.rule(AcceptDelivery)
def accept_delivery(terms: EnterpriseTerms, command: AcceptDelivery, books: Books) -> Plan:
    """Escrow to the seller and fee income, by the share that is delivered now.

    Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed, OverRelease.
    """
    trade = Trade.existing(books, command.programme, command.trade)
    trade.check_buyer(command.buyer)
    trade.check_funded()
    trade.check_free()
    share = trade.share + command.share.fraction
    if share > 1:
        raise OverRelease(trade.name, str(1 - trade.share), str(command.share.fraction))
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    trade, text = release(voucher, trade, share), f"delivery of trade {trade.name}"
    return end(voucher, terms, trade, "accept", text) if share == 1 else voucher.plan("accept", text)


@noun.rule(CancelTrade)
def cancel_trade(terms: EnterpriseTerms, command: CancelTrade, books: Books) -> Plan:
    """What is left in escrow goes back, once both agree or the deadline has passed.

    A trade without escrow either side cancels alone; what it took goes back to the market.
    Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed.
    """
    trade = Trade.existing(books, command.programme, command.trade)
    other = trade.other(command.party)
    if trade.state not in (TradeState.MATCHED, TradeState.FUNDED):
        raise TradeNotFunded(trade.name, trade.state.value)
    trade.check_free()
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    if trade.state is TradeState.MATCHED:
        for offer in (trade.demand, trade.supply):
            give_back(voucher, offer, trade.quantity)
        return end(voucher, terms, trade, "cancel", f"trade {trade.name} is cancelled")
    if other in trade.agreed or books.today > trade.deliver_by:
        return end(voucher, terms, trade, "cancel", f"the rest of trade {trade.name} is cancelled")
    voucher.keep(evolve(trade, agreed=tuple(sorted({*trade.agreed, command.party}))))
    return voucher.plan("agree-cancel", f"{command.party} agrees to cancel trade {trade.name}")


def release(voucher: Voucher, trade: Trade, share: Fraction) -> Trade:
    """Pay the seller up to a share of the whole trade, the fee taken off; the trade as it is then."""
    amount = round_half_up(trade.total * share) - trade.released
    released = trade.released + amount
    fee = round_half_up(trade.fee_rate.fraction * released) - trade.fee
    paid_fee = charge(voucher, trade.seller, fee)
    voucher.move(ESCROW(*trade.ids), chart.DEMAND(trade.seller), amount - paid_fee)
    voucher.move(ESCROW(*trade.ids), chart.FEE_INCOME(), paid_fee)
    set_aside(voucher, trade.seller, amount - paid_fee)
    note(voucher, trade.seller, receipts=amount)
    note(voucher, trade.buyer, payments=amount, freight=amount if trade.freight else 0)
    fee, paid_fee = trade.fee + fee, trade.paid_fee + paid_fee
    after = evolve(trade, share=share, released=released, fee=fee, paid_fee=paid_fee, agreed=())
    voucher.keep(after)
    return after


def end(voucher: Voucher, terms: EnterpriseTerms, trade: Trade, kind: str, text: str) -> Plan:
    """What is left in escrow goes back, and its account is closed.

    Of a trade that ends settled both parties are granted entitlements, each in an attempt of its own.
    """
    books, path, rest = voucher.books, ESCROW(*trade.ids), trade.held
    if trade.state is TradeState.FUNDED:
        to_demand = min(rest, trade.total - trade.from_mode)
        voucher.move(path, chart.DEMAND(trade.buyer), to_demand)
        if to_mode := rest - to_demand:
            voucher.move(path, return_to(voucher, trade.buyer, trade.mode, to_mode), to_mode)
        voucher.close(path, "the trade has ended")
    state = TradeState.SETTLED if trade.released else TradeState.CANCELLED
    ended = evolve(trade, state=state, ended_on=books.today, returned=trade.returned + rest, disputed_by="")
    voucher.keep(ended)
    if state is TradeState.CANCELLED:
        return voucher.plan(kind, text)
    parties = (trade.buyer, trade.seller)
    for party in parties:
        note(voucher, party, trades=1)
    programme, settled = voucher.agreement, trade.released
    grants = (
        granting(
            books, terms, programme, it, settled=settled, text=f"entitlements of {it} for trade {trade.name}"
        )
        for it in parties
    )
    return Plan((voucher.transaction(kind, text), *grants))


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D3")
def escrow_is_what_is_left(books: Books) -> Iterator[str]:
    """Escrow is the order less what was released and returned, never negative, 0 once it ended."""
    for trade in Trade.every(books):
        path = ESCROW(*trade.ids)
        balance = books.balance(path) if books.account(path) is not None else 0
        if balance != trade.held or trade.held < 0:
            yield f"trade {trade.id} holds {balance}, {trade.held} is left"
        ended = trade.state in (TradeState.SETTLED, TradeState.CANCELLED) and trade.funded_on
        if ended and trade.released + trade.returned != trade.total:
            yield f"trade {trade.id} ended with {trade.released} and {trade.returned} of {trade.total}"


@noun.invariant("D3-fees")
def releases_and_fees_are_cumulative(books: Books) -> Iterator[str]:
    """What was released is the accepted share rounded once, the fee on it as well."""
    for trade in Trade.every(books):
        released = round_half_up(trade.total * trade.share)
        fee = round_half_up(trade.fee_rate.fraction * released)
        if (trade.released, trade.fee) != (released, fee) or not 0 <= trade.paid_fee <= fee:
            yield f"trade {trade.id}: {trade.released} released, fee {trade.fee}, paid {trade.paid_fee}"


@noun.report("escrow")
def escrow(books: Books) -> Table:
    """What is in escrow, since when, and whether it is frozen or past its deadline."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Trade.every(books, programme):
            if it.state is TradeState.FUNDED and it.funded_on is not None:
                days = (books.today - it.funded_on).days
                age = next((name for most, name in _AGES if days <= most), _OLDEST)
                note = "disputed" if it.disputed_by else "overdue" * (books.today > it.deliver_by)
                held = Amount(it.held, unit)
                rows.append((*it.ids, it.buyer, it.seller, held, it.funded_on, days, age, note))
    columns = ("programme", "trade", "buyer", "seller", "escrow", "since", "days", "age", "note")
    return Table("Escrow by age", columns, tuple(rows))
