"""Campaigns: a budget the headquarters approves, rewards granted out of it, paid, lapsed, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units
from bankcore.product.refusals import NotFound
from bankcore.products.branch import accounts, commands, registry
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.refusals import (
    AlreadyGranted,
    BudgetExhausted,
    DepositReward,
    NotCollectable,
    NotQualified,
    RewardSettled,
)
from bankcore.products.branch.terms import BranchTerms, Profile

__all__ = [
    "approve_campaign",
    "collect_receivable",
    "disqualify",
    "grant_reward",
    "lapse_reward",
    "pay_reward",
    "person_of",
    "qualify",
    "take_back",
]


def approve_campaign(terms: BranchTerms, command: commands.ApproveCampaign, books: Books) -> Plan:
    """Set a budget aside, as a memorandum.

    Refuses, in this order: NotHq, UnitMismatch, DepositReward under the Chinese profile, AlreadyTaken.
    """
    registry.check_hq(terms, command.author)
    programme, campaign = command.programme, command.campaign
    budget, reward = minor_units(terms, command.budget), minor_units(terms, command.reward)
    _check_allowed(terms, campaign, command.action)
    fresh(books, registry.CAMPAIGN, programme, campaign)
    draft = Draft(books, terms, programme)
    draft.open(*accounts.campaign_accounts(programme, campaign, terms.unit, books.today))
    draft.move(accounts.budget(programme, campaign), accounts.budget_contra(programme, campaign), budget)
    draft.write(
        registry.CAMPAIGN,
        campaign,
        **{"action": command.action, "reward": reward, "approved": budget, "granted": 0, "paid": 0},
        **{"lapsed": 0, "clawed": 0, "on": books.today.isoformat()},
    )
    return draft.plan("approve-campaign", f"budget of campaign {campaign}")


def qualify(terms: BranchTerms, command: commands.Qualify, books: Books) -> Plan:
    """Note that a person qualifies.  Refuses: NotFound."""
    programme, campaign = command.programme, command.campaign
    existing(books, registry.CAMPAIGN, programme, campaign)
    person = person_of(books, programme, command.person)
    draft = Draft(books, terms, programme)
    draft.write(registry.QUALIFICATION, campaign, person, holds=True)
    return draft.plan("qualify", f"{person} qualifies for campaign {campaign}")


def disqualify(terms: BranchTerms, command: commands.Disqualify, books: Books) -> Plan:
    """Undo a qualification; the reward goes back to the budget, if it was paid, from the person.

    Refuses, in this order: NotFound, NotQualified, RewardSettled for what was paid too long ago.
    """
    programme, campaign = command.programme, command.campaign
    person = person_of(books, programme, command.person)
    _check_qualified(books, programme, campaign, person)
    draft = Draft(books, terms, programme)
    draft.write(registry.QUALIFICATION, campaign, person, holds=False)
    stored = books.record(registry.REWARD, f"{programme}:{campaign}:{person}")
    if stored is not None and stored.data["state"] in ("granted", "paid"):
        _claw_back(draft, campaign, person, stored.data)
    return draft.plan("disqualify", f"{person} does not qualify for campaign {campaign}")


def grant_reward(terms: BranchTerms, command: commands.GrantReward, books: Books) -> Plan:
    """Owe a person the reward, out of the budget; it lapses if it is not paid in time.

    Refuses, in this order: NotFound, DepositReward, NotQualified, AlreadyGranted, BudgetExhausted.
    """
    programme, campaign = command.programme, command.campaign
    data = existing(books, registry.CAMPAIGN, programme, campaign).data
    person = person_of(books, programme, command.person)
    _check_allowed(terms, campaign, data["action"])
    _check_qualified(books, programme, campaign, person)
    if books.record(registry.REWARD, f"{programme}:{campaign}:{person}") is not None:
        raise AlreadyGranted(campaign, person)
    reward, left = data["reward"], books.balance(accounts.budget(programme, campaign))
    if reward > left:
        raise BudgetExhausted(campaign, left, reward, terms.unit)
    draft = Draft(books, terms, programme)
    draft.open(
        accounts.demand_account(person, terms.unit, books.today),
        accounts.owed_account(programme, person, "reward", terms.unit, books.today),
    )
    draft.move(accounts.MARKETING, accounts.owed(programme, person, "reward"), reward)
    draft.move(accounts.budget_contra(programme, campaign), accounts.budget(programme, campaign), reward)
    draft.write(registry.CAMPAIGN, campaign, granted=data["granted"] + reward)
    granted_on, lapses_on = books.today, registry.shifted(books.today, terms.reward_days)
    draft.write(
        registry.REWARD,
        *(campaign, person),
        **{"reward": reward, "state": "granted", "granted_on": granted_on.isoformat()},
        lapses_on=lapses_on.isoformat(),
    )
    draft.write(registry.DUE, lapses_on.isoformat(), "reward", campaign, person)
    return draft.plan("grant-reward", f"reward of {person} in campaign {campaign}")


def pay_reward(terms: BranchTerms, command: commands.PayReward, books: Books) -> Plan:
    """Pay a reward that was granted, in time.  Refuses: NotFound, RewardSettled."""
    programme, campaign = command.programme, command.campaign
    person = person_of(books, programme, command.person)
    data = existing(books, registry.REWARD, programme, campaign, person).data
    if data["state"] != "granted":
        raise RewardSettled(campaign, person, data["state"])
    if books.today.isoformat() > data["lapses_on"]:  # a frozen account held the lapse up
        raise RewardSettled(campaign, person, f"to lapse since {data['lapses_on']}")
    draft = Draft(books, terms, programme)
    draft.move(accounts.owed(programme, person, "reward"), accounts.demand(person), data["reward"])
    draft.write(registry.REWARD, campaign, person, state="paid")
    _total(draft, campaign, "paid", data["reward"])
    return draft.plan("pay-reward", f"reward of {person} in campaign {campaign}")


def lapse_reward(draft: Draft, campaign: str, person: str) -> None:
    """Give back to the budget what nobody took in time."""
    data = draft.data(registry.REWARD, campaign, person)
    if data["state"] == "granted":
        _give_back(draft, campaign, data["reward"])
        owed = accounts.owed(draft.programme, person, "reward")
        draft.move(owed, accounts.MARKETING, data["reward"])
        draft.write(registry.REWARD, campaign, person, state="lapsed")
        _total(draft, campaign, "lapsed", data["reward"])


def collect_receivable(terms: BranchTerms, command: commands.CollectReceivable, books: Books) -> Plan:
    """Collect from a demand account what its party has to give back.

    Refuses: UnitMismatch, NotFound, NotCollectable beyond what is owed; the account's floor the rest.
    """
    programme, party = command.programme, command.party
    amount = minor_units(terms, command.amount)
    path = accounts.due(programme, party, command.receivable)
    if books.account(path) is None:
        raise NotFound("receivable", party)
    if amount > (owed := books.balance(path)):
        raise NotCollectable(party, owed, amount, terms.unit)
    draft = Draft(books, terms, programme)
    draft.move(accounts.demand(party), path, amount)
    return draft.plan("collect", f"{party} gives back a {command.receivable}")


def take_back(draft: Draft, party: str, kind: str, quantity: int) -> None:
    """Credit the expense of what was paid wrongly: from the demand account, what it lacks as a receivable."""
    expense = accounts.MARKETING if kind == "reward" else accounts.REFERRALS
    path = accounts.demand(party)
    account = draft.books.account(path)
    taken = 0
    if kind == "reward" and account is not None and account.status.takes_debits:
        available = draft.books.available(path)
        taken = quantity if available is None else max(min(quantity, available), 0)
    draft.move(path, expense, taken)
    if taken < quantity:
        terms, today = draft.terms, draft.books.today
        draft.open(accounts.due_account(draft.programme, party, kind, terms.unit, today))
        draft.move(accounts.due(draft.programme, party, kind), expense, quantity - taken)


def person_of(books: Books, programme: str, person: str) -> str:
    """The one id of somebody known under several; an id of its own for who is no lead."""
    known = books.record(registry.LEAD, f"{programme}:{person}")
    return person if known is None else registry.last(registry.lead_of(books, programme, person))


def _check_allowed(terms: BranchTerms, campaign: str, action: str) -> None:
    if terms.profile is Profile.CN and action == "deposit":
        raise DepositReward(campaign)


def _check_qualified(books: Books, programme: str, campaign: str, person: str) -> None:
    existing(books, registry.CAMPAIGN, programme, campaign)
    stored = books.record(registry.QUALIFICATION, f"{programme}:{campaign}:{person}")
    if stored is None or not stored.data["holds"]:
        raise NotQualified(person=person, campaign=campaign)


def _claw_back(draft: Draft, campaign: str, person: str, data: Mapping[str, Any]) -> None:
    reward, until = data["reward"], date.fromisoformat(data["lapses_on"])
    if data["state"] == "paid":
        if draft.books.today > until:
            raise RewardSettled(campaign, person, f"paid, and could be taken back until {until}")
        take_back(draft, person, "reward", reward)
    else:
        draft.move(accounts.owed(draft.programme, person, "reward"), accounts.MARKETING, reward)
    _give_back(draft, campaign, reward)
    draft.write(registry.REWARD, campaign, person, state="clawed back")
    _total(draft, campaign, "clawed", reward)


def _give_back(draft: Draft, campaign: str, reward: int) -> None:
    programme = draft.programme
    draft.move(accounts.budget(programme, campaign), accounts.budget_contra(programme, campaign), reward)


def _total(draft: Draft, campaign: str, name: str, reward: int) -> None:
    draft.write(registry.CAMPAIGN, campaign, **{name: draft.data(registry.CAMPAIGN, campaign)[name] + reward})
