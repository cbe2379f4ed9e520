"""What a branch network refuses, one class for one cause; money is in minor units.

>>> str(Capacity("west", 20))
'branch west has taken its 20 pushes of the day'
"""

from __future__ import annotations

from datetime import date

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "AlreadyChosen", "AlreadyGranted", "AlreadyPushed", "BudgetExhausted", "CallsLeft", "Capacity",
    "ChoiceOutside", "CounterBusy", "DepositReward", "LeadOwned", "NoConsent", "NoCounter", "NoMatch",
    "NotCollectable", "NotDescribed", "NotEnded", "NotHq", "NotQualified", "NotScreened", "OutOfBand",
    "PushClosed", "QueueEmpty", "ReferralNotDue", "ReferralSettled",
    "RewardSettled", "ScreenedOut", "SelfReferral", "TicketInState", "TimeBackwards", "VersionClosed",
]  # fmt: skip


@define
class NoConsent(ProductRejection):
    sentence = "{lead} has not consented to be approached"
    lead: str


@define
class ScreenedOut(ProductRejection):
    sentence = "{lead} is screened out: {reason}"
    lead: str
    reason: str


@define
class LeadOwned(ProductRejection):
    sentence = "lead {lead} is with manager {manager} until {until}"
    lead: str
    manager: str
    until: date


@define
class NotScreened(ProductRejection):
    sentence = "nobody has screened {lead}"
    lead: str


@define
class NotDescribed(ProductRejection):
    sentence = "nothing is known of what {lead} is and wants"
    lead: str


@define
class NoMatch(ProductRejection):
    sentence = "{firm} does not match template {template}: {reasons}"
    firm: str
    template: str
    reasons: str


@define
class Capacity(ProductRejection):
    sentence = "branch {branch} has taken its {pushes} pushes of the day"
    branch: str
    pushes: int


@define
class AlreadyPushed(ProductRejection):
    sentence = "{firm} stands before template {template} already, with push {push}"
    firm: str
    template: str
    push: str


@define
class PushClosed(ProductRejection):
    sentence = "push {push} is {state}"
    push: str
    state: str


@define
class AlreadyChosen(ProductRejection):
    sentence = "{firm} has chosen push {push}"
    firm: str
    push: str


@define
class ChoiceOutside(ProductRejection):
    sentence = "push {push} offers {offered}, not {choice}"
    push: str
    offered: str
    choice: str


@define
class NotHq(ProductRejection):
    sentence = "only the headquarters {headquarters} may do this, not {author}"
    headquarters: str
    author: str


@define
class VersionClosed(ProductRejection):
    sentence = "version {version} of product {product} is not on offer: {reason}"
    product: str
    version: int
    reason: str


@define
class OutOfBand(ProductRejection):
    sentence = "price {price} is outside {least} to {most}"
    price: str
    least: str
    most: str


@define
class QueueEmpty(ProductRejection):
    sentence = "nobody waits at branch {branch}"
    branch: str


@define
class NoCounter(ProductRejection):
    sentence = "branch {branch} has no counter {counter} open"
    branch: str
    counter: int


@define
class CounterBusy(ProductRejection):
    sentence = "counter {counter} has ticket {ticket}"
    counter: int
    ticket: str


@define
class TicketInState(ProductRejection):
    sentence = "ticket {ticket} is {state}"
    ticket: str
    state: str


@define
class CallsLeft(ProductRejection):
    sentence = "ticket {ticket} was called {calls} times, {needed} are needed"
    ticket: str
    calls: int
    needed: int


@define
class TimeBackwards(ProductRejection):
    sentence = "{at} is before {last}, when something last happened in this queue"
    at: str
    last: str


@define
class DepositReward(ProductRejection):
    """Notice no. 48 of 2018 forbids cash, securities and gifts for deposits."""

    sentence = "campaign {campaign} would reward a deposit"
    campaign: str


@define
class BudgetExhausted(ProductRejection):
    sentence = "campaign {campaign} has {left} left, {reward} needed"
    quantities = ("left", "reward")
    campaign: str
    left: int
    reward: int
    unit: str = ""


@define
class AlreadyGranted(ProductRejection):
    sentence = "{person} was granted the reward of campaign {campaign}"
    campaign: str
    person: str


@define
class NotQualified(ProductRejection):
    sentence = "{person} does not qualify for campaign {campaign}"
    campaign: str
    person: str


@define
class RewardSettled(ProductRejection):
    sentence = "the reward of {person} in campaign {campaign} is {state}"
    campaign: str
    person: str
    state: str


@define
class SelfReferral(ProductRejection):
    sentence = "{referrer} cannot be paid for bringing a loan of their own"
    referrer: str


@define
class ReferralNotDue(ProductRejection):
    sentence = "the fee of referral {referral} is due on {due}"
    referral: str
    due: date


@define
class ReferralSettled(ProductRejection):
    sentence = "referral {referral} is {state}"
    referral: str
    state: str


@define
class NotEnded(ProductRejection):
    sentence = "loan {loan} did not end within {days} days"
    loan: str
    days: int


@define
class NotCollectable(ProductRejection):
    sentence = "{party} owes {owed}, {amount} asked"
    quantities = ("owed", "amount")
    party: str
    owed: int
    amount: int
    unit: str = ""
