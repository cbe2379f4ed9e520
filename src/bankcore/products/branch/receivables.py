"""What parties get from a network, and what they have to give back (应付与应收): rewards and referral fees.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| promise | expense | payable | reward or fee |
| take back | receivable | expense | what was paid wrongly |
| collect | demand account | receivable | at most what is owed |
| pay | payable | receivable, then demand account | what is owed back is netted first |

While something is owed either way, a contract binds the party: neither account nor party go before.

>>> PAYABLE("net", "u1", "reward")
'branch:net:party:u1:reward-payable'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection, UnitMismatch
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, account_of
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork
from bankcore.units import Unit

__all__ = ["CollectReceivable", "NotCollectable"]

noun = Noun(__name__)
PAYABLE = chart.liability("branch:{programme}:party:{party}:{kind}-payable")  # promised, and not got yet
RECEIVABLE = chart.asset("branch:{programme}:party:{party}:{kind}-receivable")  # to be given back
EXPENSE = {"referral": chart.REFERRAL_EXPENSE, "reward": chart.MARKETING_EXPENSE}


def check_account(books: Books, party: str, unit: Unit) -> None:
    """Raises NoCurrentAccount, and UnitMismatch for an account in another unit."""
    path = account_of(books, party)
    if (own := books.accounts([path])[path].unit) != unit:
        raise UnitMismatch(own, unit, path)


def begin(voucher: BranchVoucher, party: str, *thing: str) -> None:
    """Something binds a party from now on."""
    voucher.put(Contract.opened(voucher.books, party, "branch", voucher.programme, *thing))


def conclude(voucher: BranchVoucher, party: str, *thing: str) -> None:
    """It binds the party no more."""
    voucher.put(Contract.ended(voucher.books, party, "branch", voucher.programme, *thing))


def promise(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Owe a party a `reward` or a `referral` fee.  Raises NoCurrentAccount, UnitMismatch."""
    ids, unit, on = (voucher.programme, party, kind), voucher.unit, voucher.books.today
    check_account(voucher.books, party, unit)
    voucher.open_missing(PAYABLE.account(*ids, unit=unit, on=on, party=party))
    voucher.move(EXPENSE[kind](), PAYABLE(*ids), quantity)


def owe_no_more(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Take back what was promised and not paid."""
    voucher.move(PAYABLE(voucher.programme, party, kind), EXPENSE[kind](), quantity)


def pay_out(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Pay what was promised to the demand account, less what the party owes back of the same kind."""
    ids = (voucher.programme, party, kind)
    owed = owed_by(voucher, party, kind)
    owed += voucher.moved(RECEIVABLE(*ids)) if owed else 0
    netted = min(owed, quantity)
    voucher.move(PAYABLE(*ids), RECEIVABLE(*ids), netted)
    voucher.move(PAYABLE(*ids), chart.DEMAND(party), quantity - netted)
    if netted and netted == owed:
        conclude(voucher, party, "receivable", kind)


def owe_back(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> None:
    """Have a party owe what was paid wrongly."""
    ids = (voucher.programme, party, kind)
    voucher.open_missing(RECEIVABLE.account(*ids, unit=voucher.unit, on=voucher.books.today, party=party))
    if not owed_by(voucher, party, kind):
        begin(voucher, party, "receivable", kind)
    voucher.move(RECEIVABLE(*ids), EXPENSE[kind](), quantity)


def taken_back(voucher: BranchVoucher, party: str, kind: str, quantity: int) -> Plan:
    """Have a party owe what was paid wrongly; and the attempt to collect what of it is on its account."""
    before = owed_by(voucher, party, kind)
    owe_back(voucher, party, kind, quantity)
    books, programme = voucher.books, voucher.programme
    available = books.available(chart.DEMAND(party))
    at_once = quantity if available is None else max(min(quantity, available), 0)
    collecting = BranchVoucher(books, voucher.terms, programme)
    collecting.move(chart.DEMAND(party), RECEIVABLE(programme, party, kind), at_once)
    if at_once == before + quantity:  # nothing is owed then: what is bound now is free again
        bound = Contract.of(Contract.opened(books, party, "branch", programme, "receivable", kind))
        collecting.keep(evolve(bound, closed_on=books.today))
    return collecting.plan("collect", f"{party} gives back a {kind}").attempted()


def owed_by(voucher: BranchVoucher, party: str, kind: str) -> int:
    """What a party has to give back of a kind, before this voucher."""
    path = RECEIVABLE(voucher.programme, party, kind)
    return 0 if voucher.books.account(path) is None else voucher.books.balance(path)


def unlike(books: Books, owed: Counter[AccountPath]) -> Iterator[str]:
    """The accounts whose balances are not what records say is owed."""
    for path, quantity in owed.items():
        balance = 0 if books.account(path) is None else books.balance(path)
        if balance != quantity:
            yield f"{path}: {balance}, records say {quantity}"


# --- command and its rule ---------------------------------------------------------------------------


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
    if amount == owed:
        conclude(voucher, party, "receivable", command.receivable)
    return voucher.plan("collect", f"{party} gives back a {command.receivable}")
