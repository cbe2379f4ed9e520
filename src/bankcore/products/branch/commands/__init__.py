"""What can be asked of a branch network; `may` says who may ask.

>>> PayReward("net", "spring", "u1").may
{<Role.CUSTOMER: 'customer'>: 'person', <Role.OFFICER: 'officer'>: ''}
"""

from __future__ import annotations

from bankcore.products.branch.commands.leads import (
    AcquireLead,
    Blacklist,
    ChangeTerms,
    ClaimLead,
    DescribeFirm,
    GiveConsent,
    OpenProgramme,
    RegisterBranch,
    ReleaseLead,
    ScreenLead,
    WithdrawConsent,
)
from bankcore.products.branch.commands.library import (
    Click,
    CloseVersion,
    ListProduct,
    PublishVersion,
    Purchase,
)
from bankcore.products.branch.commands.pushes import (
    AcceptPush,
    DeclinePush,
    GiveFeedback,
    MatchFirm,
    PublishTemplate,
    PushFirm,
    WithdrawTemplate,
)
from bankcore.products.branch.commands.queue import (
    BookAppointment,
    CallAgain,
    CallNext,
    FinishTicket,
    MissTicket,
    OpenCounters,
    ServeTicket,
    TakeTicket,
)
from bankcore.products.branch.commands.rewards import (
    AccrueReferral,
    ApproveCampaign,
    ClawBackReferral,
    CollectReceivable,
    Disqualify,
    GrantReward,
    PayReferral,
    PayReward,
    Qualify,
    WatchBalance,
)

__all__ = [
    "AcceptPush",
    "AccrueReferral",
    "AcquireLead",
    "ApproveCampaign",
    "Blacklist",
    "BookAppointment",
    "CallAgain",
    "CallNext",
    "ChangeTerms",
    "ClaimLead",
    "ClawBackReferral",
    "Click",
    "CloseVersion",
    "CollectReceivable",
    "DeclinePush",
    "DescribeFirm",
    "Disqualify",
    "FinishTicket",
    "GiveConsent",
    "GiveFeedback",
    "GrantReward",
    "ListProduct",
    "MatchFirm",
    "MissTicket",
    "OpenCounters",
    "OpenProgramme",
    "PayReferral",
    "PayReward",
    "PublishTemplate",
    "PublishVersion",
    "Purchase",
    "PushFirm",
    "Qualify",
    "RegisterBranch",
    "ReleaseLead",
    "ScreenLead",
    "ServeTicket",
    "TakeTicket",
    "WatchBalance",
    "WithdrawConsent",
    "WithdrawTemplate",
]
