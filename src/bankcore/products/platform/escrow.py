"""Escrow of trades (订单资金托管): funded whole, released by accepted share, the rest given back.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| fund | mode for orders, then the buyer's demand account | escrow | the total |
| accept a delivery | escrow | the seller's demand account, fee income | by the accepted share |
| cancel the rest | escrow | the buyer's demand account, then the mode | what is left |

What is released and the fee on it are each rounded once over the whole trade.  What goes back takes
the way it came in the reverse order: to the demand account first, then to the mode it came out of.

Nobody's account stops a trade: where one of the other side cannot take its money, all of it waits in escrow
and is paid at the close of a day that allows it, each account for itself.

>>> released = round_half_up(88_888_88 * Fraction(2, 3))
>>> released, round_half_up(EnterpriseTerms().fee.fraction * released)
(5925925, 14815)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar, Final

import attrs
from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract, acting_for, may_see
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.orders import pay_from_mode, return_to
from bankcore.products.deposit_modes.receipts import escrow_paid
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.enterprises import continuing_enterprise
from bankcore.products.enterprise.entitlements import granting
from bankcore.products.enterprise.fees import charge
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.platform.matching import NotMatched
from bankcore.products.platform.offers import give_back
from bankcore.products.platform.trades import Trade, TradeNotFunded, TradeState, tell
from bankcore.rates import Rate, round_half_up
from bankcore.tables import Table

__all__ = ["AcceptDelivery", "CancelTrade", "FundEscrow", "OverRelease"]

noun = Noun(__name__)

ESCROW = chart.liability("platform:{programme}:escrow:{trade}")  # paid by the buyer and received by nobody
PAYOUTS = Agenda("platform.payout-due", "payout")  # programme:date:trade:to
_SELLER, _BUYER, _MODE = "seller", "buyer", "mode"
_FINEST: Final = Fraction(1, 10**9)
_AGES: Final = ((7, "up to 7 days"), (30, "8 to 30 days"))
_OLDEST: Final = "over 30 days"


@frozen(kw_only=True)
class Payout(Facts):
    """What waits in escrow for the seller, with the fee on it, for the buyer, or for the buyer's mode."""

    KIND: ClassVar = "platform.payout"  # programme:trade:to
    amount: int = 0
    fee: int = 0

    @property
    def owed(self) -> int:
        """Minor units that are still in escrow."""
        return self.amount + self.fee


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
    """Agree to cancel what is not delivered (取消余款); the close of the deadline's day does so alone."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")
    party: str = fields.id_("the enterprise that asks, buyer or seller")


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(FundEscrow)
def fund_escrow(terms: EnterpriseTerms, command: FundEscrow, books: Books) -> Plan:
    """The trade's whole total into escrow: a mode's money for orders first, then the demand account.

    Refuses, in this order: NotMatched, NotParty, NotApproved, PartySuspended.
    """
    trade = Trade.find(books, command.programme, command.trade)
    if trade is None:
        raise NotMatched(command.trade, "there is no such trade")
    if trade.state is not TradeState.MATCHED:
        raise NotMatched(command.trade, f"it is {trade.state.value}")
    trade.check_buyer(command.buyer)
    continuing_enterprise(books, command.programme, command.buyer)
    voucher, path = PROGRAMMES.voucher(books, terms, command.programme), ESCROW(*trade.ids)
    voucher.open(ESCROW.account(*trade.ids, unit=terms.unit, on=books.today, party=trade.buyer))
    part, mode = pay_from_mode(voucher, trade.buyer, trade.total, path)
    voucher.move(chart.DEMAND(trade.buyer), path, trade.total - part)
    funded = evolve(trade, state=TradeState.FUNDED, funded_on=books.today, agreed=())
    voucher.keep(evolve(funded, from_mode=part, mode=mode))
    tell(voucher, trade, trade.seller, "funded", total=str(Amount(trade.total, terms.unit)))
    return voucher.plan("fund-escrow", f"escrow of trade {trade.name}")


@noun.rule(AcceptDelivery)
def accept_delivery(terms: EnterpriseTerms, command: AcceptDelivery, books: Books) -> Plan:
    """Escrow to the seller and fee income, by the share that is delivered now.

    Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed, OverRelease.
    """
    acting_for(books, command.buyer)
    trade = Trade.existing(books, command.programme, command.trade)
    trade.check_buyer(command.buyer)
    trade.check_funded()
    trade.check_free()
    share = trade.share + command.share.fraction
    if share > 1:
        raise OverRelease(trade.name, str(1 - trade.share), str(command.share.fraction))

    def deliver(escrow: Escrow) -> None:
        escrow.release(share)
        if share == 1:
            escrow.end()

    return settled(books, terms, trade, "accept", f"delivery of trade {trade.name}", deliver)


@noun.rule(CancelTrade)
def cancel_trade(terms: EnterpriseTerms, command: CancelTrade, books: Books) -> Plan:
    """What is left in escrow goes back, once both agree; the close of the deadline's day does it otherwise.

    A trade without escrow either side cancels alone; what it took goes back to the market.
    Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed.
    """
    acting_for(books, command.party)
    trade = Trade.existing(books, command.programme, command.trade)
    other = trade.other(command.party)
    if trade.state not in (TradeState.MATCHED, TradeState.FUNDED):
        raise TradeNotFunded(trade.name, trade.state.value)
    trade.check_free()
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    alone = trade.state is TradeState.MATCHED or books.today > trade.deliver_by
    if alone or other in trade.agreed:
        return ended(books, terms, trade, "cancel", f"trade {trade.name} is cancelled")
    tell(voucher, trade, other, "cancel-asked")
    voucher.keep(evolve(trade, agreed=tuple(sorted({*trade.agreed, command.party}))))
    return voucher.plan("agree-cancel", f"{command.party} agrees to cancel trade {trade.name}")


# --- what leaves escrow -----------------------------------------------------------------------------


class Escrow:
    """What leaves the escrow of a trade in one transaction; where it `waits`, it is only noted."""

    def __init__(self, voucher: Voucher, trade: Trade, why: str, waits: bool = False) -> None:
        self.voucher, self.trade, self.why, self.waits = voucher, trade, why, waits

    def release(self, share: Fraction) -> None:
        """Pay the seller up to a share of the whole trade, the fee taken off."""
        trade, voucher = self.trade, self.voucher
        amount = round_half_up(trade.total * share) - trade.released
        released = trade.released + amount
        fee = round_half_up(trade.fee_rate.fraction * released) - trade.fee
        paid_fee = charge(voucher, trade.seller, fee)
        self._pay(_SELLER, amount - paid_fee, paid_fee)
        note(voucher, trade.seller, receipts=amount)
        note(voucher, trade.buyer, payments=amount, freight=amount if trade.freight else 0)
        tell(voucher, trade, trade.seller, "delivery-accepted", paid=self._text(amount - paid_fee))
        fee, paid_fee = trade.fee + fee, trade.paid_fee + paid_fee
        self._keep(share=share, released=released, fee=fee, paid_fee=paid_fee, agreed=())

    def end(self) -> None:
        """What is left goes back to the buyer; the account is closed once nothing waits in it."""
        trade, voucher = self.trade, self.voucher
        rest = trade.held
        to_demand = min(rest, trade.total - trade.from_mode)
        self._pay(_BUYER, to_demand)
        self._pay(_MODE, rest - to_demand)
        state = TradeState.SETTLED if trade.released else TradeState.CANCELLED
        today, returned = voucher.books.today, trade.returned + rest
        self._keep(state=state, ended_on=today, returned=returned, disputed_by="")
        for party in (trade.buyer, trade.seller):
            tell(voucher, trade, party, state.value, by=self.why, returned=self._text(rest))
            if state is TradeState.SETTLED:
                note(voucher, party, trades=1)
        if not _waiting(voucher, self.trade):
            _over(voucher, self.trade)

    def _text(self, quantity: int) -> str:
        return str(Amount(quantity, self.voucher.unit))

    def _keep(self, **changes: Any) -> None:
        self.trade = evolve(self.trade, **changes)
        self.voucher.keep(self.trade)

    def _pay(self, to: str, amount: int, fee: int = 0) -> None:
        if not self.waits:
            _paid(self.voucher, self.trade, to, amount, fee)
        elif amount + fee:
            books, (programme, name) = self.voucher.books, self.trade.ids
            known = self.voucher.find(Payout, programme, name, to) or Payout(id=f"{self.trade.id}:{to}")
            self.voucher.keep(evolve(known, amount=known.amount + amount, fee=known.fee + fee))
            self.voucher.put(PAYOUTS.note(books, programme, f"{name}:{to}", books.today))


def settled(
    books: Books, terms: EnterpriseTerms, trade: Trade, kind: str, text: str, does: Callable[[Escrow], None]
) -> Plan:
    """What leaves escrow as an attempt; where an account cannot take it, it waits for the close.

    Of a trade that ends settled both parties are granted entitlements, each in an attempt of its own.
    """
    programme, name = trade.ids
    now, later = (
        Escrow(PROGRAMMES.voucher(books, terms, programme), trade, kind, waits) for waits in (False, True)
    )
    does(now)
    does(later)
    waits = later.voucher.transaction(kind, text).records
    thing, why = f"{programme}/{name}", f"{text}, money waits"
    plan, after = now.voucher.plan(kind, text), now.trade
    plan = plan.attempted(deferred(books, "platform", thing, why, *waits, agreement=programme))
    if after.state is not TradeState.SETTLED:
        return plan
    paid, of_trade = after.released, f"for trade {name}"
    grants = (
        granting(books, terms, programme, it, settled=paid, text=f"entitlements of {it} {of_trade}")
        for it in (after.buyer, after.seller)
    )
    return plan + Plan(tuple(grants))


def ended(books: Books, terms: EnterpriseTerms, trade: Trade, kind: str, text: str) -> Plan:
    """The end of a trade: what is in escrow goes back, or what it took off the market."""
    if trade.state is TradeState.FUNDED:
        return settled(books, terms, trade, kind, text, Escrow.end)
    voucher = PROGRAMMES.voucher(books, terms, trade.ids[0])
    for offer in (trade.demand, trade.supply):
        give_back(voucher, offer, trade.quantity)
    Escrow(voucher, trade, kind).end()
    return voucher.plan(kind, text)


def _waiting(voucher: Voucher, trade: Trade) -> int:
    """What waits in the escrow of a trade, as the voucher leaves it."""
    found = (voucher.find(Payout, *trade.ids, to) for to in (_SELLER, _BUYER, _MODE))
    return sum(it.owed for it in found if it is not None)


def _paid(voucher: Voucher, trade: Trade, to: str, amount: int, fee: int) -> None:
    """Out of escrow: to the seller less the fee, to the buyer, or to the mode if it has not ended."""
    path, account = ESCROW(*trade.ids), chart.DEMAND(trade.seller if to == _SELLER else trade.buyer)
    if to == _MODE and amount:
        account = return_to(voucher, trade.buyer, trade.mode, amount) or account
    voucher.move(path, account, amount)
    voucher.move(path, chart.FEE_INCOME(), fee)
    if to == _SELLER:
        escrow_paid(voucher, trade.seller, amount)


def _over(voucher: Voucher, trade: Trade) -> None:
    """Nothing of a trade binds its parties any more."""
    if trade.funded_on is not None:
        voucher.close(ESCROW(*trade.ids), "the trade has ended")
    for party in (trade.buyer, trade.seller):
        voucher.put(Contract.ended(voucher.books, party, "platform", *trade.ids))


@noun.daily(Phase.DUE)
def pay_out(books: Books, day: date) -> Iterator[Step]:
    """Pay what waits in escrow; what an account cannot take today waits on."""
    return PAYOUTS.steps(books, day, PROGRAMMES.ids(books), "payouts", _pay_out)


def _pay_out(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
    name, _, to = thing.rpartition(":")
    trade, payout = Trade.existing(books, programme, name), Payout.existing(books, programme, name, to)
    voucher = PROGRAMMES.voucher(books, PROGRAMMES.today(books, programme), programme)
    _paid(voucher, trade, to, payout.amount, payout.fee)
    voucher.keep(evolve(payout, amount=0, fee=0))
    if trade.state is not TradeState.FUNDED and not _waiting(voucher, trade):
        _over(voucher, trade)
    yield voucher.transaction("pay-out", f"{to} of trade {name} is paid")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D3")
def escrow_is_what_is_left(books: Books) -> Iterator[str]:
    """Escrow is the order less what was released and returned, never negative, and what waits in it."""
    for trade in Trade.every(books):
        path = ESCROW(*trade.ids)
        balance = books.balance(path) if books.account(path) is not None else 0
        left = trade.held + sum(it.owed for it in Payout.every(books, *trade.ids))
        if balance != left or trade.held < 0:
            yield f"trade {trade.id} holds {balance}, {left} is left"
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
    """What is in escrow, since when, and whether it is frozen or past its deadline, as one may see it."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Trade.every(books, programme):
            if it.state is TradeState.FUNDED and it.funded_on is not None and it.is_seen(books):
                days = (books.today - it.funded_on).days
                age = next((name for most, name in _AGES if days <= most), _OLDEST)
                note = "disputed" if it.disputed_by else "overdue" * (books.today > it.deliver_by)
                held = Amount(it.held, unit)
                rows.append((*it.ids, it.buyer, it.seller, held, it.funded_on, days, age, note))
    columns = ("programme", "trade", "buyer", "seller", "escrow", "since", "days", "age", "note")
    return Table("Escrow by age", columns, tuple(rows))


@noun.report("payouts")
def payouts(books: Books) -> Table:
    """What waits in escrow for an account that cannot take it, as one may see it."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Payout.every(books, programme):
            trade = Trade.existing(books, *it.ids[:2])
            whom = trade.seller if it.ids[2] == _SELLER else trade.buyer
            if it.owed and may_see(books, whom):
                rows.append((*it.ids, whom, Amount(it.amount, unit), Amount(it.fee, unit)))
    columns = ("programme", "trade", "to", "party", "amount", "fee")
    return Table("Waiting in escrow", columns, tuple(rows))
