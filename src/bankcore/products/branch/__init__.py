"""Branch network with online marketing (银行网点在线营销): leads, matches, products, queues, campaigns.

After the document CN105913315A.  Sources find leads; with their consent they are screened, matched
with banks' due-diligence templates, pushed to branches, and choose; loans are another product's.  The
headquarters keeps a product library, and budgets for campaigns:

>>> from datetime import date
>>> from bankcore.products.branch.matching import Place, best
>>> place = Place("t1", "icbc", "west", date(2024, 5, 1), 0, 0, Criteria.from_data({"price": "6%"}))
>>> firm = FirmProfile.from_data({"price": "8%", "least": "100,000.00", "most": "300,000.00"})
>>> [str(match.score) for match in best(BranchTerms(), [place], firm, date(2024, 5, 2), {"west": 4})]
['68']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.branch.alerts import watch_balance
from bankcore.products.branch.campaigns import (
    approve_campaign,
    collect_receivable,
    disqualify,
    grant_reward,
    pay_reward,
    qualify,
)
from bankcore.products.branch.commands import (
    AcceptPush,
    AccrueReferral,
    AcquireLead,
    ApproveCampaign,
    Blacklist,
    BookAppointment,
    CallAgain,
    CallNext,
    ChangeTerms,
    ClaimLead,
    ClawBackReferral,
    Click,
    CloseVersion,
    CollectReceivable,
    DeclinePush,
    DescribeFirm,
    Disqualify,
    FinishTicket,
    GiveConsent,
    GiveFeedback,
    GrantReward,
    ListProduct,
    MatchFirm,
    MissTicket,
    OpenCounters,
    OpenProgramme,
    PayReferral,
    PayReward,
    PublishTemplate,
    PublishVersion,
    Purchase,
    PushFirm,
    Qualify,
    RegisterBranch,
    ReleaseLead,
    ScreenLead,
    ServeTicket,
    TakeTicket,
    WatchBalance,
    WithdrawConsent,
    WithdrawTemplate,
)
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.daily import daily
from bankcore.products.branch.heat import click, purchase
from bankcore.products.branch.invariants import INVARIANTS
from bankcore.products.branch.leads import (
    acquire_lead,
    claim_lead,
    describe_firm,
    give_consent,
    match_firm,
    release_lead,
    screen_lead,
    withdraw_consent,
)
from bankcore.products.branch.library import (
    close_version,
    list_product,
    publish_version,
)
from bankcore.products.branch.network import (
    blacklist,
    change_terms,
    open_programme,
    register_branch,
)
from bankcore.products.branch.pushing import (
    accept_push,
    decline_push,
    give_feedback,
    publish_template,
    push_firm,
    withdraw_template,
)
from bankcore.products.branch.queue import (
    book_appointment,
    call_again,
    call_next,
    finish_ticket,
    miss_ticket,
    open_counters,
    serve_ticket,
    take_ticket,
)
from bankcore.products.branch.referrals import (
    accrue_referral,
    claw_back_referral,
    pay_referral,
)
from bankcore.products.branch.registry import terms_of
from bankcore.products.branch.reports import REPORTS, facts_of
from bankcore.products.branch.terms import BranchTerms

__all__ = [
    "BRANCH",
    "AcceptPush",
    "AccrueReferral",
    "AcquireLead",
    "ApproveCampaign",
    "Blacklist",
    "BookAppointment",
    "BranchTerms",
    "CallAgain",
    "CallNext",
    "ChangeTerms",
    "ClaimLead",
    "ClawBackReferral",
    "Click",
    "CloseVersion",
    "CollectReceivable",
    "Criteria",
    "DeclinePush",
    "DescribeFirm",
    "Disqualify",
    "FinishTicket",
    "FirmProfile",
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
    "facts_of",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    RegisterBranch: register_branch,
    AcquireLead: acquire_lead,
    Blacklist: blacklist,
    ScreenLead: screen_lead,
    DescribeFirm: describe_firm,
    ClaimLead: claim_lead,
    ReleaseLead: release_lead,
    WithdrawConsent: withdraw_consent,
    GiveConsent: give_consent,
    PublishTemplate: publish_template,
    WithdrawTemplate: withdraw_template,
    MatchFirm: match_firm,
    PushFirm: push_firm,
    AcceptPush: accept_push,
    DeclinePush: decline_push,
    GiveFeedback: give_feedback,
    PublishVersion: publish_version,
    CloseVersion: close_version,
    ListProduct: list_product,
    Click: click,
    Purchase: purchase,
    OpenCounters: open_counters,
    BookAppointment: book_appointment,
    TakeTicket: take_ticket,
    CallNext: call_next,
    CallAgain: call_again,
    MissTicket: miss_ticket,
    ServeTicket: serve_ticket,
    FinishTicket: finish_ticket,
    ApproveCampaign: approve_campaign,
    Qualify: qualify,
    Disqualify: disqualify,
    GrantReward: grant_reward,
    PayReward: pay_reward,
    AccrueReferral: accrue_referral,
    PayReferral: pay_referral,
    ClawBackReferral: claw_back_referral,
    CollectReceivable: collect_receivable,
    WatchBalance: watch_balance,
}


def _terms(command: Any, books: Books) -> BranchTerms:
    """The network's terms; a network still to be opened brings its own."""
    return command.terms if isinstance(command, OpenProgramme) else terms_of(books, command.programme)


BRANCH = Product(
    name="branch",
    summary="branch network with online marketing",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
