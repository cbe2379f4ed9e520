"""Who gives what needs two people: Li proposes, Han decides, unless a test says otherwise."""

from __future__ import annotations

from typing import Any

from bankcore.product.actor import Actor, Role
from bankcore.products.credit import ApproveLimit, ProposeLimit, RejectLimit
from bankcore.products.deposit_modes import DecideClaim, DecideCustomisation
from bankcore.products.enterprise import ApproveEnterprise, RegisterEnterprise, RejectEnterprise
from bankcore.products.loan import (
    Approve,
    ApproveExtension,
    ApproveRelease,
    ProposeExtension,
    ProposeRecovery,
    ProposeRelease,
    ProposeWriteOff,
    Reject,
    RejectExtension,
    RejectRelease,
)
from bankcore.products.platform import ApproveResolution, ProposeResolution, RejectResolution
from bankcore.products.points import ApproveMerge, ProposeMerge, RejectMerge

TELLER, LI, HAN, MEI = (Actor(Role.OFFICER, id) for id in ("bank", "li", "han", "mei"))
_PROPOSING = (
    RegisterEnterprise,
    ProposeResolution,
    ProposeWriteOff,
    ProposeRecovery,
    ProposeMerge,
    ProposeLimit,
    ProposeExtension,
    ProposeRelease,
)
_DECIDING = (
    ApproveMerge,
    RejectMerge,
    ApproveLimit,
    RejectLimit,
    ApproveEnterprise,
    RejectEnterprise,
    ApproveResolution,
    RejectResolution,
    Approve,
    Reject,
    ApproveExtension,
    RejectExtension,
    ApproveRelease,
    RejectRelease,
    DecideClaim,
    DecideCustomisation,
)


def giver(command: Any) -> Actor | None:
    """Who gives a command; None for its natural actor."""
    return LI if isinstance(command, _PROPOSING) else HAN if isinstance(command, _DECIDING) else None
