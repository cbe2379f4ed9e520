"""Disputes: one party freezes the escrow of a trade, two people of the bank decide who gets it."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product import approvals
from bankcore.product.plan import Plan
from bankcore.products.enterprise import registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.products.platform import commands
from bankcore.products.platform.escrow import end, release
from bankcore.products.platform.refusals import NotDisputed
from bankcore.products.platform.trades import Trade, trade_in
from bankcore.rates import Rate

__all__ = [
    "approve_resolution", "dispute_trade", "propose_resolution", "reject_resolution", "withdraw_dispute",
]  # fmt: skip


def dispute_trade(terms: EnterpriseTerms, command: commands.DisputeTrade, books: Books) -> Plan:
    """Freeze the escrow.  Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed."""
    trade = trade_in(books, command.programme, command.trade)
    trade.other(command.party)
    trade.check_funded()
    trade.check_free()
    draft = Draft(books, terms, trade.programme)
    opened = {"disputed_by": command.party, "disputed_on": books.today.isoformat(), "reason": command.reason}
    draft.write(registry.TRADE, trade.record.id, **opened)
    return Plan((draft.transaction("dispute", f"{command.party} disputes trade {trade.id}"),))


def withdraw_dispute(terms: EnterpriseTerms, command: commands.WithdrawDispute, books: Books) -> Plan:
    """Lift the freeze; a proposal to resolve it falls.

    Refuses, in this order: NotFound, NotParty, NotDisputed unless it is one's own dispute.
    """
    trade = trade_in(books, command.programme, command.trade)
    trade.other(command.party)
    if trade.disputed_by != command.party:
        raise NotDisputed(trade.id, command.party)
    draft = Draft(books, terms, trade.programme)
    draft.write(registry.TRADE, trade.record.id, disputed_by="")
    proposal = books.record(registry.RESOLUTION, trade.record.id)
    if approvals.is_open(proposal):
        draft.write(registry.RESOLUTION, trade.record.id, state="withdrawn")
    return Plan((draft.transaction("withdraw-dispute", f"trade {trade.id} goes on"),))


def propose_resolution(terms: EnterpriseTerms, command: commands.ProposeResolution, books: Books) -> Plan:
    """Note what one person proposes.  Refuses, in this order: NotFound, NotDisputed, AlreadyProposed."""
    trade = _disputed(books, command)
    draft = Draft(books, terms, trade.programme)
    what = {"share": str(command.share)}
    proposal = approvals.proposed(
        books, registry.RESOLUTION, trade.programme, trade.id, maker=command.maker, what=what
    )
    draft.put(proposal)
    text = f"{command.share} of the escrow of trade {trade.id} is proposed for the seller"
    return Plan((draft.transaction("propose-resolution", text),))


def approve_resolution(terms: EnterpriseTerms, command: commands.ApproveResolution, books: Books) -> Plan:
    """Divide the escrow as proposed: the seller is paid the share, the buyer gets the rest back.

    Refuses, in this order: NotFound, NotDisputed, NothingProposed, SamePerson.
    """
    trade = _disputed(books, command)
    decision = approvals.approved(
        books, registry.RESOLUTION, trade.programme, trade.id, checker=command.checker
    )
    share = Rate.parse(decision.data["what"]["share"]).fraction
    draft = Draft(books, terms, trade.programme)
    draft.put(decision)
    release(draft, trade, trade.share + (1 - trade.share) * share)
    return Plan(end(draft, trade, "resolve", f"the dispute over trade {trade.id} is resolved", done=True))


def reject_resolution(terms: EnterpriseTerms, command: commands.RejectResolution, books: Books) -> Plan:
    """Turn the proposal down; the escrow stays frozen.

    Refuses, in this order: NotFound, NotDisputed, NothingProposed, SamePerson.
    """
    trade = _disputed(books, command)
    draft = Draft(books, terms, trade.programme)
    draft.put(
        *[approvals.rejected(books, registry.RESOLUTION, trade.programme, trade.id, checker=command.checker)]
    )
    return Plan((draft.transaction("reject-resolution", f"the dispute over trade {trade.id} goes on"),))


def _disputed(
    books: Books,
    command: commands.ProposeResolution | commands.ApproveResolution | commands.RejectResolution,
) -> Trade:
    trade = trade_in(books, command.programme, command.trade)
    if not trade.disputed_by:
        raise NotDisputed(trade.id, "anybody")
    return trade
