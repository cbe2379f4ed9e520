"""Commands about campaigns, rewards, referral fees, and watched balances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.product.fields import amount, choice, id_
from bankcore.products.branch.commands import fields

__all__ = [
    "AccrueReferral",
    "ApproveCampaign",
    "ClawBackReferral",
    "CollectReceivable",
    "Disqualify",
    "GrantReward",
    "PayReferral",
    "PayReward",
    "Qualify",
    "WatchBalance",
]

ACTIONS = ("card", "deposit", "loan", "visit")


@frozen
class ApproveCampaign:
    """Approve a campaign and its budget (批准营销活动预算)."""

    may: ClassVar[Mapping[Role, str]] = fields.AUTHOR
    programme: str = fields.programme()
    author: str = id_("who approves: the headquarters")
    campaign: str = id_("the campaign")
    action: str = choice("what is rewarded", ACTIONS)
    budget: Amount = amount("what may be granted in all")
    reward: Amount = amount("one reward")


@frozen
class Qualify:
    """Note that a person did what a campaign rewards (达标)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    campaign: str = id_("the campaign")
    person: str = id_("the person")


@frozen
class Disqualify:
    """Undo a qualification; a reward inside its days is taken back (取消达标, 追回奖励)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    campaign: str = id_("the campaign")
    person: str = id_("the person")


@frozen
class GrantReward:
    """Grant a qualified person the reward of a campaign, once (发放奖励资格)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    campaign: str = id_("the campaign")
    person: str = id_("the person")


@frozen
class PayReward:
    """Pay a reward to the person's demand account (兑付奖励)."""

    may: ClassVar[Mapping[Role, str]] = fields.CUSTOMER | fields.OFFICER
    programme: str = fields.programme()
    campaign: str = id_("the campaign")
    person: str = id_("the person")


@frozen
class AccrueReferral:
    """Owe a referrer the fee for a loan that was disbursed (计提推荐费)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    referral: str = id_("id of the referral")
    referrer: str = id_("who brought the borrower")
    lender: str = id_("the programme of the loan")
    loan: str = id_("the loan")


@frozen
class PayReferral:
    """Pay a referral fee that is due (支付推荐费)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    referral: str = id_("the referral")


@frozen
class ClawBackReferral:
    """Take back the part of a fee whose loan ended early (追回推荐费)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    referral: str = id_("the referral")


@frozen
class CollectReceivable:
    """Collect what a party has to give back (收回应收)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | {Role.CUSTOMER: "party"}
    programme: str = fields.programme()
    party: str = id_("who has to give back")
    receivable: str = choice("of what", ("referral", "reward"))
    amount: Amount = amount("what is collected")


@frozen
class WatchBalance:
    """Watch a party's demand account at every close of a day (监控余额)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    party: str = id_("whose account")
