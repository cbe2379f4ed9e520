"""What parties get from a network, and what they have to give back (应付与应收): rewards and referral fees.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| promise | expense | payable | reward or fee |
| take back | demand account, for the rest receivable | expense | what was paid wrongly |
| collect | demand account | receivable | at most what is owed |

>>> PAYABLE("net", "u1", "reward")
'branch:net:party:u1:reward-payable'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import define, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork

__all__ = ["CollectReceivable", "NotCollectable"]

noun = Noun(__name__)
PAYABLE = chart.liability("branch:{programme}:party:{party}:{kind}-payable")  # promised, and not got yet
RECEIVABLE = chart.asset("branch:{programme}:party:{party}:{kind}-receivable")  # to be given back
EXPENSE = {"referral": chart.REFERRAL_EXPENSE, "reward": chart.MARKETING_EXPENSE}


def promise(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Owe a party a `reward` or a `referral` fee; its accounts are opened if need be."""
    ids, unit, on = (voucher.programme, party, kind), voucher.unit, voucher.books.today
    voucher.open_missing(
        chart.DEMAND.account(party, unit=unit, on=on, party=party),
        PAYABLE.account(*ids, unit=unit, on=on, party=party),
    )
    voucher.move(EXPENSE[kind](), PAYABLE(*ids), quantity)


def owe_no_more(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Take back what was promised and not paid."""
    voucher.move(PAYABLE(voucher.programme, party, kind), EXPENSE[kind](), quantity)


def pay_out(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Pay what was promised to the demand account."""
    voucher.move(PAYABLE(voucher.programme, party, kind), chart.DEMAND(party), quantity)


def take_back(voucher: BranchVoucher, party: str, kind: str, quantity: int, at_once: int = 0) -> None:
    """Credit the expense of what was paid wrongly: `at_once` from the demand account, the rest is owed."""
    ids = (voucher.programme, party, kind)
    voucher.move(chart.DEMAND(party), EXPENSE[kind](), at_once)
    if at_once < quantity:
        on = voucher.books.today
        voucher.open_missing(RECEIVABLE.account(*ids, unit=voucher.unit, on=on, party=party))
        voucher.move(RECEIVABLE(*ids), EXPENSE[kind](), quantity - at_once)


def within_reach(books: Books, party: str, quantity: int) -> int:
    """How much of a quantity the demand account can give now."""
    path = chart.DEMAND(party)
    account = books.account(path)
    if account is None or not account.status.takes_debits:
        return 0
    available = books.available(path)
    return quantity if available is None else max(min(quantity, available), 0)


def unlike(books: Books, owed: Counter[AccountPath]) -> Iterator[str]:
    """The accounts whose balances are not what records say is owed."""
    for path, quantity in owed.items():
        balance = 0 if books.account(path) is None else books.balance(path)
        if balance != quantity:
            yield f"{path}: {balance}, records say {quantity}"


# --- command and its rule ---------------------------------------------------------------------------


@define
class NotCollectable(ProductRejection):
    sentence = "{party} owes {owed}, {amount} asked"
    quantities = ("owed", "amount")
    party: str
    owed: int
    amount: int
    unit: str = ""


@frozen
class CollectReceivable(OfNetwork):
    """Collect what a party has to give back (收回应收)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "party"}
    party: str = fields.id_("who has to give back")
    receivable: str = fields.choice("of what", tuple(EXPENSE))
    amount: Amount = fields.amount("what is collected")


@noun.rule(CollectReceivable)
def collect_receivable(terms: BranchTerms, command: CollectReceivable, books: Books) -> Plan:
    """Collect from a demand account what its party has to give back.

    Refuses: UnitMismatch, NotFound, NotCollectable beyond what is owed; the account's floor the rest.
    """
    party, amount = command.party, terms.minor_units(command.amount)
    path = RECEIVABLE(command.programme, party, command.receivable)
    if books.account(path) is None:
        raise NotFound("receivable", party)
    if amount > (owed := books.balance(path)):
        raise NotCollectable(party, owed, amount, terms.unit)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.move(chart.DEMAND(party), path, amount)
    return voucher.plan("collect", f"{party} gives back a {command.receivable}")
