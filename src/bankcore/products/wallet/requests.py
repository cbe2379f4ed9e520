"""Payment requests (收款请求): a merchant asks for an amount, a client sees it as a code and pays it, once.

A request stands under a reference: a keyed hash, which is all that a code shows beside amount and expiry, so
a code names nobody.  A merchant's static code (收款码) is such a reference without an amount.  Expiry is an
instant; the instant of a payment comes from outside, and once the business date is a day past the expiry
nothing is paid, whatever instant is given.

| operation | debit | credit |
| --- | --- | --- |
| pay | as a purchase | as a purchase |

>>> RequestPaid("o17").code
'request_paid'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.wallet.clients import open_client
from bankcore.products.wallet.merchants import Merchant, check_namesake, is_namesake, open_merchant
from bankcore.products.wallet.programmes import (
    PROGRAMMES,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
    amounts,
)
from bankcore.products.wallet.purchases import Purchase, bought
from bankcore.tables import Table

__all__ = [
    "CancelRequest", "IssueCode", "Pay", "PaymentForged", "RequestCancelled", "RequestExpired",
    "RequestForAnother", "RequestPaid", "RequestPayment", "WithdrawCode", "WrongAmount",
]  # fmt: skip

noun = Noun(__name__)
_LENGTH: Final = 24  # characters of a reference: 96 bits
_MERCHANT: Final = {Role.MERCHANT: "merchant", Role.OPERATOR: "programme"}


# --- facts ------------------------------------------------------------------------------------------


class State(Enum):
    """Where a request stands."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class Request(Facts):
    """What a merchant asks for; only `client` may pay it, where one is named."""

    KIND: ClassVar = "wallet.request"  # programme:merchant:request
    amount: int
    expires_at: str
    reference: str
    client: str = ""
    state: State = State.OPEN
    purchase: str = ""

    @property
    def expiry(self) -> datetime:
        """The instant from which it is not paid any more."""
        return datetime.fromisoformat(self.expires_at)

    def check_open(self) -> None:
        """Raises RequestPaid, RequestCancelled."""
        if self.state is State.PAID:
            raise RequestPaid(self.ids[2])
        if self.state is State.CANCELLED:
            raise RequestCancelled(self.ids[2])


@frozen(kw_only=True)
class Code(Facts):
    """A merchant's static code; a new one has another reference."""

    KIND: ClassVar = "wallet.code"  # programme:merchant
    reference: str
    withdrawn: bool = False

    def check_valid(self, reference: str) -> None:
        """Raises RequestCancelled where the code is taken back, or another has taken its place."""
        if self.withdrawn or self.reference != reference:
            raise RequestCancelled(reference)


@frozen(kw_only=True)
class Reference(Facts):
    """What a reference stands for: a request of a merchant, or, with none, its static code."""

    KIND: ClassVar = "wallet.reference"  # the reference
    programme: str
    merchant: str
    request: str = ""


class PaymentForged(ProductRejection):
    """The code was altered, cut, or signed by somebody else."""

    sentence = "the code is not one of ours"


class RequestExpired(ProductRejection):
    sentence = "payment request {request} expired at {expires_at}"
    request: str
    expires_at: str


class RequestCancelled(ProductRejection):
    """The merchant has taken a request, or its static code, back."""

    sentence = "payment request {request} is cancelled"
    request: str


class RequestPaid(ProductRejection):
    sentence = "payment request {request} is paid already"
    request: str


class RequestForAnother(ProductRejection):
    sentence = "payment request {request} is not for client {client}"
    request: str
    client: str


class WrongAmount(ProductRejection):
    sentence = "payment request {request} is of {asked}, not {amount}"
    quantities = ("asked", "amount")
    request: str
    asked: int
    amount: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


def is_instant(text: Any) -> bool:
    """Whether a text is an instant with its offset, such as 2024-05-01T10:15:00+08:00."""
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _instant(help: str) -> Any:
    sample = "2024-05-01T10:15:00+08:00"
    return fields.checked(help, is_instant, f"an instant such as {sample} is needed", sample=sample)


@frozen
class RequestPayment(OfProgramme):
    """Ask for a payment, to be shown to a client as a code (收款请求)."""

    may: ClassVar[Mapping[Role, str]] = _MERCHANT
    merchant: str = fields.id_("the merchant who sells")
    request: str = fields.id_("id of the request, such as the order's")
    amount: Amount = fields.amount("the price")
    expires_at: str = _instant("the instant from which it is not paid any more")
    client: str = fields.id_("the only client who may pay it; anybody if not given", default="")


@frozen
class CancelRequest(OfProgramme):
    """Take back a request that is not paid (取消收款请求)."""

    may: ClassVar[Mapping[Role, str]] = _MERCHANT
    merchant: str = fields.id_("the merchant who asked")
    request: str = fields.id_("id of the request")


@frozen
class IssueCode(OfProgramme):
    """Make a merchant's static code, for any amount; the one before is not valid any more (收款码)."""

    may: ClassVar[Mapping[Role, str]] = _MERCHANT
    merchant: str = fields.id_("the merchant who sells")


@frozen
class WithdrawCode(OfProgramme):
    """Take back a merchant's static code (停用收款码)."""

    may: ClassVar[Mapping[Role, str]] = _MERCHANT
    merchant: str = fields.id_("the merchant who sells")


@frozen
class Pay(OfProgramme):
    """Pay what a code asks for, or an amount at a static code (扫码支付)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client"}
    client: str = fields.id_("the client who pays")
    reference: str = fields.id_("the reference that the code shows")
    amount: Amount = fields.amount("the amount that the client saw, or gives")
    purchase: str = fields.id_("id of the purchase")
    paid_at: str = _instant("the instant of the payment")


@noun.rule(RequestPayment)
def request_payment(terms: WalletTerms, command: RequestPayment, books: Books) -> Plan:
    """Keep the request; a client who is named is told.

    Refuses, in this order: UnitMismatch, NotFound, MerchantClosed, ActorNotPermitted for an operator in
    another's name, PartySuspended for who acts or sells, NotFound or ClientClosed, AlreadyTaken,
    RequestExpired where the day of its expiry is past.
    """
    programme, id = command.programme, command.request
    amount = terms.minor_units(command.amount)
    _selling(books, programme, command.merchant)
    if command.client:
        open_client(books, programme, command.client)
    joined = Request.fresh(books, programme, command.merchant, id)
    made = Request(
        id=joined,
        amount=amount,
        expires_at=command.expires_at,
        reference=_reference(books, joined),
        client=command.client,
    )
    if _is_past(books, made):
        raise RequestExpired(id, made.expires_at)
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(
        made, Reference(id=made.reference, programme=programme, merchant=command.merchant, request=id)
    )
    if command.client:
        asked = {"amount": str(command.amount), "expires_at": made.expires_at, "reference": made.reference}
        voucher.notify(command.client, "payment-request", made.reference, **asked)
    return voucher.plan("request", f"{command.merchant} requests {command.amount} by {id}")


@noun.rule(CancelRequest)
def cancel_request(terms: WalletTerms, command: CancelRequest, books: Books) -> Plan:
    """Refuses: as `request_payment` of the merchant, NotFound, RequestPaid, RequestCancelled."""
    programme, id = command.programme, command.request
    _selling(books, programme, command.merchant)
    made = Request.existing(books, programme, command.merchant, id)
    made.check_open()
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(evolve(made, state=State.CANCELLED))
    return voucher.plan("cancel-request", f"{command.merchant} cancels request {id}")


@noun.rule(IssueCode)
def issue_code(terms: WalletTerms, command: IssueCode, books: Books) -> Plan:
    """Keep a new reference.  Refuses: as `request_payment` of the merchant."""
    programme, merchant = command.programme, command.merchant
    _selling(books, programme, merchant)
    before = Code.find(books, programme, merchant)
    version = before.version if before else 0
    reference = _reference(books, f"{programme}:{merchant}", str(version))
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(
        Code.anew(books, programme, merchant, reference=reference),
        Reference(id=reference, programme=programme, merchant=merchant),
    )
    return voucher.plan("code", f"a static code of {merchant}")


@noun.rule(WithdrawCode)
def withdraw_code(terms: WalletTerms, command: WithdrawCode, books: Books) -> Plan:
    """Refuses: as `request_payment` of the merchant, NotFound, RequestCancelled."""
    _selling(books, command.programme, command.merchant)
    code = Code.existing(books, command.programme, command.merchant)
    code.check_valid(code.reference)
    voucher = WalletVoucher(books, terms, command.programme)
    voucher.keep(evolve(code, withdrawn=True))
    return voucher.plan("code", f"{command.merchant} takes its static code back")


@noun.rule(Pay)
def pay(terms: WalletTerms, command: Pay, books: Books) -> Plan:
    """A purchase at the merchant of the reference, and a request is paid.

    Refuses, in this order: UnitMismatch, NotFound, RequestPaid, RequestCancelled, RequestForAnother,
    RequestExpired, WrongAmount, then as a purchase does.
    """
    programme, amount = command.programme, terms.minor_units(command.amount)
    found = Reference.existing(books, command.reference)
    if found.programme != programme:
        raise NotFound("reference", command.reference)
    if found.request:
        asked = Request.existing(books, programme, found.merchant, found.request)
        _check_payable(books, asked, command)
        if asked.amount != amount:
            raise WrongAmount(found.request, asked.amount, amount, terms.unit)
    else:
        asked = None
        Code.existing(books, programme, found.merchant).check_valid(command.reference)
    voucher = bought(terms, books, programme, command.client, found.merchant, amount, command.purchase)
    if asked is not None:
        voucher.keep(evolve(asked, state=State.PAID, purchase=command.purchase))
    return voucher.plan(
        "purchase", f"{command.client} pays {found.request or 'the code'} of {found.merchant}"
    )


def _selling(books: Books, programme: str, merchant: str) -> Merchant:
    """The merchant that asks: its own party, or the operator for a shop of its own."""
    found, actor = open_merchant(books, programme, merchant), Actor.asking(books)
    if actor.role is Role.OPERATOR and not found.own:
        raise ActorNotPermitted(str(actor), "payment request of another merchant")
    check_namesake(books, found, "payment request")
    party = programme if found.own else merchant
    acting_for(books, party)
    active_party(books, party)
    return found


def _reference(books: Books, *what: str) -> str:
    """A reference that says nothing: a hash keyed by the secret of the book."""
    return books.fingerprint(":".join(("wallet.reference", *what)))[:_LENGTH]


def _is_past(books: Books, asked: Request) -> bool:
    """Whether its day ended before yesterday; a bank may be a day ahead of the clock, or behind it."""
    return (books.today - asked.expiry.date()).days > 1


def _check_payable(books: Books, asked: Request, command: Pay) -> None:
    asked.check_open()
    if asked.client not in ("", command.client):
        raise RequestForAnother(asked.ids[2], command.client)
    if datetime.fromisoformat(command.paid_at) >= asked.expiry or _is_past(books, asked):
        raise RequestExpired(asked.ids[2], asked.expires_at)


# --- reports ----------------------------------------------------------------------------------------


@noun.report("requests", {Role.MERCHANT: "merchant", Role.CUSTOMER: "client", Role.OPERATOR: "programme"})
def list_requests(books: Books) -> Table:
    """Payment requests, with the purchase that paid each."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Request.every(books, programme):
            if is_namesake(books, Merchant.existing(books, *it.ids[:2])):
                continue
            bought_ = Purchase.find(books, programme, it.purchase) if it.purchase else None
            on, state = bought_.on if bought_ else None, it.state.value
            (amount,) = amounts(terms, it.amount)
            rows.append((*it.ids, it.client, amount, it.expires_at, state, it.purchase, on))
    columns = (
        "programme", "merchant", "request", "client", "amount", "expires at", "state", "purchase", "paid on",
    )  # fmt: skip
    return Table("Payment requests", columns, tuple(rows))
