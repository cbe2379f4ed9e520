"""Escrow of trades (订单资金托管): funded whole, released by accepted share, the rest given back.

What is released and the fee on it are each rounded once over the whole trade.  What goes back takes
the way it came in the reverse order: to the demand account first, then to the mode it came out of.
"""

from __future__ import annotations

from fractions import Fraction

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product.plan import Plan
from bankcore.products.deposit_modes.money import set_aside
from bankcore.products.deposit_modes.orders import pay_from_mode, return_to
from bankcore.products.enterprise import accounts, registry
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.entitlements import grant
from bankcore.products.enterprise.members import charge
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.products.platform import commands
from bankcore.products.platform.offers import give_back
from bankcore.products.platform.refusals import NotMatched, NotParty, OverRelease, TradeNotFunded
from bankcore.products.platform.trades import State, Trade, trade_in
from bankcore.rates import fraction_text, round_half_up

__all__ = ["accept_delivery", "cancel_trade", "end", "fund_escrow", "release"]


def fund_escrow(terms: EnterpriseTerms, command: commands.FundEscrow, books: Books) -> Plan:
    """The trade's whole total into escrow: a mode's money for orders first, then the demand account.

    Refuses, in this order: NotMatched, NotParty.
    """
    record = books.record(registry.TRADE, f"{command.programme}:{command.trade}")
    if record is None:
        raise NotMatched(command.trade, "there is no such trade")
    trade = Trade(record)
    if trade.state is not State.MATCHED:
        raise NotMatched(command.trade, f"it is {trade.state.value}")
    _check_buyer(trade, command.buyer)
    draft = Draft(books, terms, trade.programme)
    path = accounts.escrow(trade.programme, trade.id)
    draft.open(accounts.owed(path, terms.unit, books.today, trade.buyer))
    part, mode = pay_from_mode(draft, trade.buyer, trade.total, path)
    draft.move(accounts.demand(trade.buyer), path, trade.total - part)
    funded = {"state": State.FUNDED.value, "funded_on": books.today.isoformat()}
    draft.write(registry.TRADE, record.id, **funded, from_mode=part, mode=mode, agreed=[])
    return Plan((draft.transaction("fund-escrow", f"escrow of trade {trade.id}"),))


def accept_delivery(terms: EnterpriseTerms, command: commands.AcceptDelivery, books: Books) -> Plan:
    """Escrow to the seller and fee income, by the share that is delivered now.

    Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed, OverRelease.
    """
    trade = trade_in(books, command.programme, command.trade)
    _check_buyer(trade, command.buyer)
    trade.check_funded()
    trade.check_free()
    share = trade.share + command.share.fraction
    if share > 1:
        raise OverRelease(trade.id, str(1 - trade.share), str(command.share.fraction))
    draft = Draft(books, terms, trade.programme)
    release(draft, trade, share)
    return Plan(end(draft, trade, "accept", f"delivery of trade {trade.id}", done=share == 1))


def cancel_trade(terms: EnterpriseTerms, command: commands.CancelTrade, books: Books) -> Plan:
    """What is left in escrow goes back, once both agree or the deadline has passed.

    A trade without escrow either side cancels alone; what it took goes back to the market.
    Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed.
    """
    trade = trade_in(books, command.programme, command.trade)
    other = trade.other(command.party)
    if trade.state not in (State.MATCHED, State.FUNDED):
        raise TradeNotFunded(trade.id, trade.state.value)
    trade.check_free()
    draft = Draft(books, terms, trade.programme)
    if trade.state is State.MATCHED:
        for offer in ("demand", "supply"):
            give_back(draft, str(trade.record.data[offer]), trade.quantity)
        return Plan(end(draft, trade, "cancel", f"trade {trade.id} is cancelled", done=True))
    if other in trade.agreed or books.today > trade.deliver_by:
        return Plan(end(draft, trade, "cancel", f"the rest of trade {trade.id} is cancelled", done=True))
    draft.write(registry.TRADE, trade.record.id, agreed=sorted({*trade.agreed, command.party}))
    return Plan((draft.transaction("agree-cancel", f"{command.party} agrees to cancel trade {trade.id}"),))


def release(draft: Draft, trade: Trade, share: Fraction) -> None:
    """Pay the seller up to a share of the whole trade, the fee taken off."""
    amount = round_half_up(trade.total * share) - trade.released
    released = trade.released + amount
    fee = round_half_up(trade.fee_rate.fraction * released) - trade.fee
    path = accounts.escrow(trade.programme, trade.id)
    paid_fee = charge(draft, trade.seller, fee)
    draft.move(path, accounts.demand(trade.seller), amount - paid_fee)
    draft.move(path, accounts.FEE_INCOME, paid_fee)
    set_aside(draft, trade.seller, amount - paid_fee)
    note(draft, trade.seller, receipts=amount)
    note(draft, trade.buyer, payments=amount, freight=amount if trade.freight else 0)
    draft.write(
        registry.TRADE,
        trade.record.id,
        share=fraction_text(share),
        released=released,
        fee=trade.fee + fee,
        paid_fee=trade.paid_fee + paid_fee,
        agreed=[],
    )


def end(draft: Draft, trade: Trade, kind: str, text: str, *, done: bool) -> tuple[Transaction, ...]:
    """The transaction of what is drafted; if the trade is done with it, escrow goes back and is closed.

    Of a trade that ends settled both parties are granted entitlements, each in a transaction of its own.
    """
    if not done:
        return (draft.transaction(kind, text),)
    data = draft.data(registry.TRADE, trade.record.id)
    path, rest = accounts.escrow(trade.programme, trade.id), 0
    if trade.state is State.FUNDED:
        rest = trade.total - data["released"] - data["returned"]
        to_demand = min(rest, trade.total - trade.from_mode)
        draft.move(path, accounts.demand(trade.buyer), to_demand)
        if rest > to_demand:
            to_mode = rest - to_demand
            draft.move(path, return_to(draft, trade.buyer, trade.mode, to_mode), to_mode)
        draft.close(path, "the trade has ended")
    state = State.SETTLED if data["released"] else State.CANCELLED
    ended = {"state": state.value, "ended_on": draft.books.today.isoformat()}
    draft.write(registry.TRADE, trade.record.id, **ended, returned=data["returned"] + rest, disputed_by="")
    if state is State.CANCELLED:
        return (draft.transaction(kind, text),)
    for party in (trade.buyer, trade.seller):
        note(draft, party, trades=1)
    grants = (_grant(draft, party, data["released"], trade.id) for party in (trade.buyer, trade.seller))
    return (draft.transaction(kind, text), *grants)


def _grant(draft: Draft, party: str, settled: int, trade: str) -> Transaction:
    granting = Draft(draft.books, draft.terms, draft.programme)
    grant(granting, party, settled)
    return granting.transaction("grant", f"entitlements of {party} for trade {trade}")


def _check_buyer(trade: Trade, buyer: str) -> None:
    if buyer != trade.buyer:
        raise NotParty(buyer, "purchase", trade.id)
