"""Taking part in a platform (成员资格): suspended, restored, expelled, by two people and with a reason.

A suspended enterprise goes on with its open trades and begins nothing new; what it published is matched no
more.  It is expelled after its last trade; its deposit modes run on until they end.  Nothing is posted.

>>> [it.value for it in Step]
['suspend', 'restore', 'expel']
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.approvals import Decision
from bankcore.product.parties import Contract
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import ContractsOpen
from bankcore.products.enterprise.enterprises import (
    Enterprise,
    approved_enterprise,
    check_not_expelled,
    open_trades,
)
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.tables import Table

__all__ = ["ApproveParticipation", "ProposeParticipation", "RejectParticipation", "StandsSo"]

noun = Noun(__name__)


class Step(Enum):
    """What is proposed about an enterprise on a platform."""

    SUSPEND = "suspend"
    RESTORE = "restore"
    EXPEL = "expel"


@frozen
class Change:
    """A step, and the reason for it."""

    step: Step
    reason: str


@frozen(kw_only=True)
class Participation(Decision):
    """The decision of two people about an enterprise on a platform."""

    KIND: ClassVar = "platform.participation"  # programme:enterprise
    what: Change


class StandsSo(ProductRejection):
    sentence = "enterprise {enterprise} is {state} already"
    enterprise: str
    state: str


# --- commands -------------------------------------------------------------------------------------


@frozen
class _OfEnterprise:
    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")


@frozen
class _Decide(_OfEnterprise):
    proposal: int = fields.proposal()


@frozen
class ProposeParticipation(_OfEnterprise):
    """Propose to suspend, restore or expel an enterprise (提出暂停、恢复或清退)."""

    step: str = fields.choice("what is proposed", tuple(it.value for it in Step))
    reason: str = fields.text("the reason, without personal data")


@frozen
class ApproveParticipation(_Decide):
    """Carry out what another person proposed about an enterprise (复核通过成员资格)."""


@frozen
class RejectParticipation(_Decide):
    """Turn down what another person proposed about an enterprise (复核退回成员资格)."""


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(ProposeParticipation)
def propose_participation(terms: EnterpriseTerms, command: ProposeParticipation, books: Books) -> Plan:
    """Note what one person proposes.

    Refuses, in this order: NotFound, NotApproved, EnterpriseExpelled, StandsSo, AlreadyProposed.
    """
    step = Step(command.step)
    member = _member(books, command, step)
    what = Change(step, command.reason)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(Participation.proposed(books, *member.ids, about=member.version, what=what))
    return voucher.plan("propose-participation", f"to {step.value} enterprise {command.enterprise}")


@noun.rule(ApproveParticipation)
def approve_participation(terms: EnterpriseTerms, command: ApproveParticipation, books: Books) -> Plan:
    """Do what was proposed; the enterprise is told.

    Refuses, in this order: NotFound, NothingProposed, SamePerson, StaleProposal where the facts about the
    enterprise changed, ContractsOpen for an expulsion before its last trade has ended.
    """
    today, who = books.today, command.enterprise
    member = Enterprise.existing(books, command.programme, who)
    decision = Participation.approved(books, *member.ids, seen=command.proposal, about=member.version)
    voucher, step = PROGRAMMES.voucher(books, terms, command.programme), decision.what.step
    if step is Step.EXPEL and (bound := open_trades(books, *member.ids)):
        raise ContractsOpen(who, ", ".join(f"trade {it}" for it in bound))
    changes: dict[Step, dict[str, Any]] = {
        Step.SUSPEND: {"suspended_on": today},
        Step.RESTORE: {"suspended_on": None, "expelled_on": None},
        Step.EXPEL: {"suspended_on": None, "expelled_on": today, "left_on": today},
    }
    voucher.keep(decision, evolve(member, **changes[step]))
    if step is Step.EXPEL:
        voucher.put(Contract.ended(books, who, "enterprise", command.programme))
    voucher.notify(who, "participation", command.programme, step=step.value, proposal=decision.version + 1)
    return voucher.plan("participation", f"enterprise {who}: {step.value}")


noun.rule(RejectParticipation)(Participation.rejecting(PROGRAMMES, "enterprise"))


def _member(books: Books, command: ProposeParticipation, step: Step) -> Enterprise:
    """The enterprise that a step is proposed about."""
    ids = (command.programme, command.enterprise)
    if step is not Step.RESTORE:
        check_not_expelled(books, *ids)
        member = approved_enterprise(books, *ids)
        stands = step is Step.SUSPEND and member.suspended_on is not None
    else:
        member = Enterprise.existing(books, *ids)
        stands = member.suspended_on is None and member.expelled_on is None
    if stands:
        raise StandsSo(command.enterprise, "active" if step is Step.RESTORE else "suspended")
    return member


# --- reports --------------------------------------------------------------------------------------


@noun.report("participation", own={Role.CUSTOMER: "enterprise"})
def participation(books: Books) -> Table:
    """Each proposal to suspend, restore or expel with its number, then its decision: why, and by whom."""
    rows = tuple(
        (*it.ids, it.version, it.what.step.value, it.what.reason, it.state, it.maker, it.made_on, it.checker)
        for now in Participation.every(books)
        for it in Participation.versions(books, *now.ids)
    )
    columns = (
        "programme", "enterprise", "proposal", "step", "reason", "state", "proposed by", "on", "decided by",
    )  # fmt: skip
    return Table("Participation", columns, rows)
