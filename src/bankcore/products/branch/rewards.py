"""Rewards (奖励): granted once out of a campaign's budget, then paid, lapsed, or taken back.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| grant | marketing expense | payable | one reward |
| | budget-contra | budget | the same |
| pay | payable | demand account | the same |
| lapse, take back | payable, or as receivables say | marketing expense | the same |
| | budget | budget-contra | the same |

>>> str(RewardSettled("spring", "u1", "paid"))
'the reward of u1 in campaign spring is paid'
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.branch.campaigns import BUDGET, CONTRA, Campaign, OfPerson, check_allowed, qualified
from bankcore.products.branch.leads import customer_of
from bankcore.products.branch.programmes import (
    PROGRAMMES,
    BranchTerms,
    BranchVoucher,
    due,
    serve,
    shifted,
)
from bankcore.products.branch.receivables import (
    PAYABLE,
    begin,
    conclude,
    owe_no_more,
    pay_out,
    promise,
    taken_back,
    unlike,
)
from bankcore.tables import Table

__all__ = ["AlreadyGranted", "BudgetExhausted", "Disqualify", "GrantReward", "PayReward", "RewardSettled"]

noun = Noun(__name__)
DUE = due("reward", "reward")  # the day whose close ends it


# --- facts ------------------------------------------------------------------------------------------


class State(Enum):
    """What became of a reward."""

    GRANTED = "granted"
    PAID = "paid"
    LAPSED = "lapsed"
    CLAWED = "clawed back"


@frozen(kw_only=True)
class Reward(Facts):
    """A reward, which binds its person to `lapses_on`; after that it can neither be paid nor taken back."""

    KIND: ClassVar = "branch.reward"  # programme:campaign:person
    reward: int
    state: State = State.GRANTED
    granted_on: date
    lapses_on: date

    @property
    def person(self) -> str:
        """Whose it is."""
        return self.ids[2]


def end(voucher: BranchVoucher, reward: Reward, state: State) -> None:
    """A reward is paid, lapsed or taken back; its campaign counts it, the budget has what is not paid."""
    programme, campaign, _ = reward.ids
    voucher.keep(evolve(reward, state=state))
    if state is not State.PAID:
        voucher.move(BUDGET(programme, campaign), CONTRA(programme, campaign), reward.reward)
    its = voucher.existing(Campaign, programme, campaign)
    name = state.name.lower()
    voucher.keep(evolve(its, **{name: getattr(its, name) + reward.reward}))


# --- refusals ---------------------------------------------------------------------------------------


class BudgetExhausted(ProductRejection):
    sentence = "campaign {campaign} has {left} left, {reward} needed"
    quantities = ("left", "reward")
    campaign: str
    left: int
    reward: int
    unit: str = ""


class AlreadyGranted(ProductRejection):
    sentence = "{person} was granted the reward of campaign {campaign}"
    campaign: str
    person: str


class RewardSettled(ProductRejection):
    sentence = "the reward of {person} in campaign {campaign} is {state}"
    campaign: str
    person: str
    state: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Disqualify(OfPerson):
    """Undo a qualification; a reward inside its days is taken back (取消达标, 追回奖励)."""

    # no operators: it debits whom it names


@frozen
class GrantReward(OfPerson):
    """Grant a qualified person the reward of a campaign, once (发放奖励资格)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.OPERATOR: "programme"}


@frozen
class PayReward(OfPerson):
    """Pay a reward to the person's demand account (兑付奖励)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person", Role.OFFICER: ""}


@noun.rule(Disqualify)
def disqualify(terms: BranchTerms, command: Disqualify, books: Books) -> Plan:
    """Undo a qualification; the reward goes back to the budget, if it was paid, from the person.

    What is on the person's account is debited where the ledger allows it; the rest is a receivable.
    Refuses, in this order: NotFound, LeadErased, NotACustomer, PartyErased, PartySuspended, NotQualified,
    RewardSettled for what was paid too long ago.
    """
    person, plan = customer_of(books, command.programme, command.person), Plan()
    ids = (command.programme, command.campaign, person)
    qualification = qualified(books, *ids)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(qualification, holds=False))
    reward = Reward.find(books, *ids)
    if reward is not None and reward.state in (State.GRANTED, State.PAID):
        if reward.state is State.GRANTED:
            owe_no_more(voucher, person, "reward", reward.reward)
        elif books.today > reward.lapses_on:
            state = f"paid, and could be taken back until {reward.lapses_on}"
            raise RewardSettled(command.campaign, person, state)
        else:
            plan = taken_back(voucher, person, "reward", reward.reward)
        end(voucher, reward, State.CLAWED)
    return voucher.plan("disqualify", f"{person} does not qualify for campaign {command.campaign}") + plan


@noun.rule(GrantReward)
def grant_reward(terms: BranchTerms, command: GrantReward, books: Books) -> Plan:
    """Owe a person the reward, out of the budget; it lapses if it is not paid in time.

    Refuses, in this order: NotFound, LeadErased, NotACustomer, PartyErased, PartySuspended, DepositReward,
    NotQualified, AlreadyGranted, BudgetExhausted, NoCurrentAccount.
    """
    programme, campaign, today = command.programme, command.campaign, books.today
    its, person = Campaign.existing(books, programme, campaign), customer_of(books, programme, command.person)
    ids = (programme, campaign, person)
    check_allowed(terms, campaign, its.action)
    qualified(books, *ids)
    if Reward.find(books, *ids) is not None:
        raise AlreadyGranted(campaign, person)
    left = books.balance(BUDGET(programme, campaign))
    if its.reward > left:
        raise BudgetExhausted(campaign, left, its.reward, terms.unit)
    voucher, lapses_on = BranchVoucher(books, terms, programme), shifted(today, terms.reward_days)
    promise(voucher, person, "reward", its.reward)
    begin(voucher, person, "reward", campaign)
    voucher.move(CONTRA(programme, campaign), BUDGET(programme, campaign), its.reward)
    reward = Reward(id=":".join(ids), reward=its.reward, granted_on=today, lapses_on=lapses_on)
    voucher.keep(evolve(its, granted=its.granted + its.reward), reward)
    voucher.put(DUE.note(books, programme, f"{campaign}:{person}", lapses_on))
    return voucher.plan("grant-reward", f"reward of {person} in campaign {campaign}")


@noun.rule(PayReward)
def pay_reward(terms: BranchTerms, command: PayReward, books: Books) -> Plan:
    """Pay a reward that was granted, in time.

    Refuses: NotFound, LeadErased, NotACustomer, PartyErased, PartySuspended, RewardSettled.
    """
    programme, campaign = command.programme, command.campaign
    person = customer_of(books, programme, command.person)
    reward = Reward.existing(books, programme, campaign, person)
    if reward.state is not State.GRANTED:
        raise RewardSettled(campaign, person, reward.state.value)
    if books.today > reward.lapses_on:  # a frozen account held the lapse up
        raise RewardSettled(campaign, person, f"to lapse since {reward.lapses_on}")
    voucher = BranchVoucher(books, terms, programme)
    pay_out(voucher, person, "reward", reward.reward)
    end(voucher, reward, State.PAID)
    return voucher.plan("pay-reward", f"reward of {person} in campaign {campaign}")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def lapse_rewards(books: Books, day: date) -> Iterator[Step]:
    """Give back to the budgets what nobody took in time; what an account refuses waits for the next day."""
    return serve(DUE, books, day, _lapse)


def _lapse(voucher: BranchVoucher, id: str) -> None:
    reward = voucher.existing(Reward, voucher.programme, *id.split(":"))
    if reward.state is State.GRANTED:
        owe_no_more(voucher, reward.person, "reward", reward.reward)
        end(voucher, reward, State.LAPSED)
    conclude(voucher, reward.person, "reward", reward.ids[1])


# --- invariant and report ---------------------------------------------------------------------------


@noun.invariant("E5")
def budgets_are_what_is_left(books: Books) -> Iterator[str]:
    """A budget is approved less granted, plus lapsed and taken back, in both its accounts."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    owed: Counter[AccountPath] = Counter()
    for reward in Reward.every(books):
        programme, campaign, person = reward.ids
        open_, its = reward.state is State.GRANTED, found[f"{programme}:{campaign}"]
        its["granted"] += reward.reward
        its[reward.state.name.lower()] += 0 if open_ else reward.reward
        owed[PAYABLE(programme, person, "reward")] += reward.reward if open_ else 0
    for it in Campaign.every(books):
        balances = [books.balance(path(*it.ids)) for path in (BUDGET, CONTRA)]
        noted = {"granted": it.granted, "lapsed": it.lapsed, "clawed": it.clawed}
        done = {name: found[it.id][name] for name in noted}
        if it.left < 0 or balances != [it.left, it.left] or noted != done:
            yield f"campaign {it.id}: {it.left} left, {noted}, rewards {done}, balances {balances}"
    yield from unlike(books, owed)


@noun.report("rewards", own={Role.CUSTOMER: "person", Role.OPERATOR: "programme"})
def list_rewards(books: Books) -> Table:
    """Each reward and what became of it."""
    rows = []
    for it in Reward.every(books):
        amount = Amount(it.reward, PROGRAMMES.today(books, it.ids[0]).unit)
        rows.append((*it.ids, amount, it.granted_on, it.lapses_on, it.state.value))
    columns = ("programme", "campaign", "person", "reward", "granted", "lapses", "state")
    return Table("Rewards", columns, tuple(rows))
