"""Refusals that any product may raise, one class for each cause."""

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
    sentence = "the proposal of {maker} for {kind} {id} is still undecided"
    maker: str
    kind: str
    id: str


class AlreadyTaken(ProductRejection):
    sentence = "there is already a {kind} {id}"
    kind: str
    id: str


class ContractsOpen(ProductRejection):
    """Closing or erasing while the party still has open contracts."""

    sentence = "party {party} still has contracts: {contracts}"
    party: str
    contracts: str


class NoCurrentAccount(ProductRejection):
    """All payments of a party's contracts go through its current account."""

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
    sentence = "there is no undecided proposal for {kind} {id}"
    kind: str
    id: str


class OverdueBlock(ProductRejection):
    """The command must wait until the loan is no longer overdue."""

    sentence = "{kind} {id} is overdue: {waits}"
    kind: str
    id: str
    waits: str


class PartySuspended(ProductRejection):
    sentence = "party {party} is suspended"
    party: str


class RefundExceeds(ProductRejection):
    sentence = "{kind} {id} has {left} left to refund, {amount} requested"
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
    """The proposal that was seen is not the current one, or its subject has changed."""

    sentence = "proposal {proposal} for {kind} {id} is no longer valid: {reason}"
    proposal: int
    kind: str
    id: str
    reason: str


class SteppedEarlyRate(InputError):
    """Intermediate rates for early exit (靠档计息) are forbidden; only the demand rate is paid."""

    sentence = "term {field} is not allowed: an early exit earns the demand rate, not a table of rates"
    field: str


class TermsMoved(ProductRejection):
    """The terms offered by another party have changed since the accepting party saw them."""

    sentence = "{offer} is at {now}, not at {seen}"
    offer: str
    now: str
    seen: str
