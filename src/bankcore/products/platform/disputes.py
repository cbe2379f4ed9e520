"""Disputes (争议): one party freezes the escrow of a trade, two people of the bank decide who gets it.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| resolve | escrow | the seller's demand account, fee income | the share that was approved |
| | escrow | the buyer's demand account, then the mode | the rest |

>>> str(NotDisputed("t1", "b"))
'trade t1 has no dispute of b'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.approvals import WITHDRAWN, Decision, list_proposals
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.platform.escrow import Escrow, settled, share
from bankcore.products.platform.trades import DEADLINES, Trade, tell
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = [
    "ApproveResolution", "DisputeTrade", "NotDisputed", "ProposeResolution", "RejectResolution",
    "WithdrawDispute",
]  # fmt: skip

noun = Noun(__name__)


@frozen
class Division:
    """Who gets what of the escrow: `share` of it the seller, the buyer the rest."""

    share: Rate


@frozen(kw_only=True)
class Resolution(Decision):
    """The decision of two people about a disputed trade."""

    KIND: ClassVar = "platform.resolution"  # programme:trade
    what: Division


class NotDisputed(ProductRejection):
    sentence = "trade {trade} has no dispute of {party}"
    trade: str
    party: str


# --- commands -------------------------------------------------------------------------------------


@frozen
class _OfParty:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")
    party: str = fields.id_("the enterprise that asks, buyer or seller")


@frozen
class _OfResolution:
    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")


@frozen
class _Decide(_OfResolution):
    proposal: int = fields.proposal()


@frozen
class DisputeTrade(_OfParty):
    """Freeze the escrow of a trade until the dispute is resolved (争议冻结)."""

    reason: str = fields.text("what the dispute is about")


@frozen
class WithdrawDispute(_OfParty):
    """Lift the freeze that oneself asked for (撤回争议)."""


@frozen
class ProposeResolution(_OfResolution):
    """Propose which part of the disputed escrow the seller gets (提出争议处理)."""

    share: Rate = share("part of what is in escrow for the seller; 0 for nothing", nothing=True)


@frozen
class ApproveResolution(_Decide):
    """Approve what another person proposed, and divide the escrow by it (复核争议处理)."""


@frozen
class RejectResolution(_Decide):
    """Reject what another person proposed; the dispute goes on (退回争议处理)."""


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(DisputeTrade)
def dispute_trade(terms: EnterpriseTerms, command: DisputeTrade, books: Books) -> Plan:
    """Freeze the escrow.  Refuses, in this order: NotFound, NotParty, TradeNotFunded, Disputed."""
    acting_for(books, command.party)
    trade = Trade.existing(books, command.programme, command.trade)
    trade.other(command.party)
    trade.check_funded()
    trade.check_free()
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    opened = evolve(trade, disputed_by=command.party, disputed_on=books.today, reason=command.reason)
    voucher.keep(opened)
    tell(voucher, trade, trade.other(command.party), "disputed")
    return voucher.plan("dispute", f"{command.party} disputes trade {trade.name}")


@noun.rule(WithdrawDispute)
def withdraw_dispute(terms: EnterpriseTerms, command: WithdrawDispute, books: Books) -> Plan:
    """Lift the freeze; a proposal to resolve it falls.  After the deadline the day's close ends the trade.

    Refuses, in this order: NotFound, NotParty, NotDisputed unless it is one's own dispute.
    """
    acting_for(books, command.party)
    trade = Trade.existing(books, command.programme, command.trade)
    trade.other(command.party)
    if trade.disputed_by != command.party:
        raise NotDisputed(trade.name, command.party)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(evolve(trade, disputed_by=""))
    tell(voucher, trade, trade.other(command.party), "dispute-withdrawn")
    if trade.deliver_by < books.today:
        voucher.put(DEADLINES.note(books, command.programme, trade.name, books.today))
    proposal = Resolution.find(books, *trade.ids)
    if proposal is not None and proposal.is_open:
        voucher.keep(evolve(proposal, state=WITHDRAWN))
    return voucher.plan("withdraw-dispute", f"trade {trade.name} goes on")


@noun.rule(ProposeResolution)
def propose_resolution(terms: EnterpriseTerms, command: ProposeResolution, books: Books) -> Plan:
    """Note what one person proposes.  Refuses, in this order: NotFound, NotDisputed, AlreadyProposed."""
    trade, what = _disputed(books, command), Division(command.share)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(Resolution.proposed(books, *trade.ids, about=trade.version, what=what))
    text = f"{command.share} of the escrow of trade {trade.name} is proposed for the seller"
    return voucher.plan("propose-resolution", text)


@noun.rule(ApproveResolution)
def approve_resolution(terms: EnterpriseTerms, command: ApproveResolution, books: Books) -> Plan:
    """Divide the escrow as proposed: the seller is paid the share, the buyer gets the rest back.

    Refuses, in this order: NotFound, NotDisputed, NothingProposed, SamePerson, StaleProposal.
    """
    trade = _disputed(books, command)
    decision = Resolution.approved(books, *trade.ids, seen=command.proposal, about=trade.version)

    def divide(escrow: Escrow) -> None:
        escrow.voucher.keep(decision)
        escrow.release(trade.share + (1 - trade.share) * decision.what.share.fraction)
        escrow.end()

    return settled(books, terms, trade, "resolve", f"the dispute over trade {trade.name} is resolved", divide)


noun.rule(RejectResolution)(Resolution.rejecting(PROGRAMMES, "trade"))


@noun.report("proposals", own={})
def proposals(books: Books) -> Table:
    """How disputes are proposed to end, and the versions that whoever decides has to name."""
    return list_proposals(books, Resolution)


def _disputed(books: Books, command: ProposeResolution | ApproveResolution) -> Trade:
    trade = Trade.existing(books, command.programme, command.trade)
    if not trade.disputed_by:
        raise NotDisputed(trade.name, "anybody")
    return trade
