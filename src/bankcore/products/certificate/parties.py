"""Who takes part: customers (客户), and third parties (第三方) that may ask for an order.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| deposit | cash | demand account | |

What a demand account cannot take is paid to suspense, and so is what a court has frozen.

>>> ids_in("a, b")
('a', 'b')
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import attrs
from attrs import define, evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms, Profile
from bankcore.tables import Table

__all__ = [
    "AccountNotNormal", "ChannelNotAdmitted", "Deposit", "PaidIntermediary", "PermitThirdParty",
    "RegisterCustomer", "RegisterThirdParty",
]  # fmt: skip

noun = Noun(__name__)


# --- facts --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Customer(Facts):
    """Who may take part."""

    KIND: ClassVar = "certificate.customer"  # programme:customer
    registered_on: date


@frozen(kw_only=True)
class ThirdParty(Facts):
    """Who may ask for orders without taking part: by which channels, and up to which target."""

    KIND: ClassVar = "certificate.third-party"  # programme:third party
    channels: tuple[str, ...]
    limit: int
    paid: bool
    permitted: bool = True


def check_normal(books: Books, customer: str) -> None:
    """Raises AccountNotNormal unless the demand account takes debits and credits."""
    path = chart.DEMAND(customer)
    account = books.account(path)
    if account is None or account.status is not Status.OPEN:
        raise AccountNotNormal(path, "missing" if account is None else account.status.value)


def payee(books: Books, customer: str, amount: int, frozen: str = "") -> AccountPath:
    """Where a customer is paid: the demand account, or suspense where that cannot take it or a court forbids.

    One account that is closed, frozen or full must not keep the others of an order waiting.
    """
    path = chart.DEMAND(customer)
    account = books.account(path)
    if frozen or account is None or not account.status.takes_credits:
        return chart.SUSPENSE(customer)
    room = books.acceptable(path)
    return path if room is None or amount <= room else chart.SUSPENSE(customer)


# --- refusals -----------------------------------------------------------------------------------------


@define
class AccountNotNormal(ProductRejection):
    """Missing, frozen, or closed."""

    sentence = "account {account} is {status}"
    account: str
    status: str


@define
class PaidIntermediary(ProductRejection):
    sentence = "{third_party} is paid for deposits and may not initiate them"
    third_party: str


@define
class ChannelNotAdmitted(ProductRejection):
    sentence = "channel {channel} is not admitted; known: {known}"
    channel: str
    known: str


# --- commands and their rules -------------------------------------------------------------------------

_ID = re.compile(r"[\w.\-]{1,40}")


def ids_in(text: str) -> tuple[str, ...]:
    """The ids of a list written with commas."""
    return tuple(word.strip() for word in text.split(","))


def ids(help: str) -> Any:
    """A field of ids with commas between them."""
    return field(validator=_check_ids, metadata={"help": help})


def _check_ids(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    listed = ids_in(value) if isinstance(value, str) else ()
    sound = all(_ID.fullmatch(id) and unicodedata.is_normalized("NFC", id) for id in listed)
    if not listed or not sound or len({*listed}) < len(listed):
        raise BadCommand(it.name, "different ids with commas between them are needed")


@frozen
class RegisterCustomer:
    """Identify a customer and open a demand account where there is none (客户开户)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "customer"}
    programme: str = fields.id_("the programme of certificates")
    customer: str = fields.id_("the new customer")


@frozen
class RegisterThirdParty:
    """Admit a third party's server as an initiator (第三方发起方登记)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme of certificates")
    third_party: str = fields.id_("the third party")
    channels: str = ids("channels it may use, with commas between them")
    limit: Amount = fields.amount("the largest target it may ask for")
    paid: bool = fields.flag("whether it is paid for the deposits it brings")


@frozen
class PermitThirdParty:
    """Give a third party its permission to initiate, or take it away (第三方权限变更)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme of certificates")
    third_party: str = fields.id_("the third party")
    permitted: bool = fields.flag("whether it may initiate orders")


@frozen
class Deposit:
    """Pay cash into a customer's demand account (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme of certificates")
    customer: str = fields.id_("whose demand account it is")
    amount: Amount = fields.amount("cash paid in")


@noun.rule(RegisterCustomer)
def register_customer(terms: CertificateTerms, command: RegisterCustomer, books: Books) -> Plan:
    """Open a demand account where there is none.  Refuses: AlreadyTaken, UnitMismatch."""
    customer, today = command.customer, books.today
    id = Customer.fresh(books, command.programme, customer)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    own = (chart.DEMAND, chart.SUSPENSE)
    voucher.open(*(it.account(customer, unit=terms.unit, on=today, party=customer) for it in own))
    voucher.keep(Customer(id=id, registered_on=today))
    return voucher.plan("register-customer", f"register customer {customer}")


@noun.rule(RegisterThirdParty)
def register_third_party(terms: CertificateTerms, command: RegisterThirdParty, books: Books) -> Plan:
    """Note identity and permissions.

    Refuses, in this order: UnitMismatch, PaidIntermediary under the Chinese profile,
    ChannelNotAdmitted, AlreadyTaken.
    """
    limit = terms.minor_units(command.limit)
    if command.paid and terms.profile is Profile.CN:
        raise PaidIntermediary(command.third_party)
    channels = ids_in(command.channels)
    for channel in channels:
        if channel not in terms.channels:
            raise ChannelNotAdmitted(channel, ", ".join(terms.channels))
    id = ThirdParty.fresh(books, command.programme, command.third_party)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(ThirdParty(id=id, channels=channels, limit=limit, paid=command.paid))
    return voucher.plan("register-third-party", f"register third party {command.third_party}")


@noun.rule(PermitThirdParty)
def permit_third_party(terms: CertificateTerms, command: PermitThirdParty, books: Books) -> Plan:
    """Give or take a third party's permission.  Refuses: NotFound."""
    party = ThirdParty.existing(books, command.programme, command.third_party)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(evolve(party, permitted=command.permitted))
    may = "may" if command.permitted else "may not"
    return voucher.plan("permit", f"{command.third_party} {may} initiate orders")


@noun.rule(Deposit)
def deposit(terms: CertificateTerms, command: Deposit, books: Books) -> Plan:
    """Cash into a demand account.  Refuses: UnitMismatch, NotFound, AccountNotNormal."""
    amount, customer = terms.minor_units(command.amount), command.customer
    Customer.existing(books, command.programme, customer)
    check_normal(books, customer)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.move(chart.CASH(), chart.DEMAND(customer), amount)
    return voucher.plan("deposit", f"cash of {customer}")


# --- reports ------------------------------------------------------------------------------------------


@noun.report("insurance", {Role.CUSTOMER: "depositor"})
def show_insurance(books: Books) -> Table:
    """What each depositor has in all accounts, looked through to, against the insured amount."""
    held: Counter[str] = Counter()
    for root in ("bank:demand", "bank:suspense", "certificate"):
        for path, balance in books.balances(root):
            if not path.startswith("certificate") or path.split(":")[2] in ("escrow", "share"):
                held[path.rpartition(":")[2]] += balance
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for customer in Customer.every(books, programme):
            name = customer.ids[1]
            money = (held[name], min(held[name], terms.insured), max(held[name] - terms.insured, 0))
            rows.append((programme, name, *(Amount(quantity, terms.unit) for quantity in money)))
    return Table("Deposit insurance", ("programme", "depositor", "deposits", "insured", "above"), tuple(rows))
