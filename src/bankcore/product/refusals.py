"""What any product may refuse, one class for one cause."""

from __future__ import annotations

from bankcore.errors import InputError, ProductRejection

__all__ = [
    "AlreadyProposed",
    "AlreadyTaken",
    "ContractsOpen",
    "NoCurrentAccount",
    "NotAFirm",
    "NotApproved",
    "NotFound",
    "NotIdentified",
    "NothingProposed",
    "OverdueBlock",
    "PartySuspended",
    "RefundExceeds",
    "SamePerson",
    "StaleProposal",
    "SteppedEarlyRate",
    "TermsMoved",
]


class AlreadyProposed(ProductRejection):
    sentence = "what {maker} proposed about {kind} {id} is still undecided"
    maker: str
    kind: str
    id: str


class AlreadyTaken(ProductRejection):
    sentence = "there is already a {kind} {id}"
    kind: str
    id: str


class ContractsOpen(ProductRejection):
    """Closing or erasing while something still binds the party."""

    sentence = "party {party} still has contracts: {contracts}"
    party: str
    contracts: str


class NoCurrentAccount(ProductRejection):
    """Whatever a party agrees on is paid from its current account, and to it."""

    sentence = "party {party} has no current account"
    party: str


class NotAFirm(ProductRejection):
    sentence = "party {party} is not a firm"
    party: str


class NotApproved(ProductRejection):
    sentence = "{kind} {id} is not approved"
    kind: str
    id: str


class NotFound(ProductRejection):
    sentence = "there is no {kind} {id}"
    kind: str
    id: str


class NotIdentified(ProductRejection):
    sentence = "party {party} is not identified"
    party: str


class NothingProposed(ProductRejection):
    sentence = "nothing is proposed and undecided about {kind} {id}"
    kind: str
    id: str


class OverdueBlock(ProductRejection):
    """What waits until the loan is served again."""

    sentence = "{kind} {id} is overdue: {waits}"
    kind: str
    id: str
    waits: str


class PartySuspended(ProductRejection):
    sentence = "party {party} is suspended"
    party: str


class RefundExceeds(ProductRejection):
    sentence = "{kind} {id} has {left} left to refund, {amount} asked"
    quantities = ("left", "amount")
    kind: str
    id: str
    left: int
    amount: int
    unit: str = ""


class SamePerson(ProductRejection):
    sentence = "{person} proposed {kind} {id}, so another person has to decide"
    person: str
    kind: str
    id: str


class StaleProposal(ProductRejection):
    """Whoever decides saw another proposal than the one that stands, or what it speaks of has moved."""

    sentence = "proposal {proposal} about {kind} {id} no longer stands: {reason}"
    proposal: int
    kind: str
    id: str
    reason: str


class SteppedEarlyRate(InputError):
    """Intermediate rates for early exit (靠档计息) are forbidden; only the demand rate is paid."""

    sentence = "term {field} is not allowed: an early exit earns the demand rate, no table of rates"
    field: str


class TermsMoved(ProductRejection):
    """Whoever accepts another party's terms names what he saw; by now they are others."""

    sentence = "{offer} is at {now}, not at {seen}"
    offer: str
    now: str
    seen: str
