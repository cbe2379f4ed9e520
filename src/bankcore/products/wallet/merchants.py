"""Merchants (商户): what they took, and its settlement less a fee.

A third-party merchant is an identified party, paid on its current account; the shops of the operator's own
mall are the operator's, and what they take is its service fund.

The fee is exact on net settled sales and posted cumulatively, so a full refund gives back every fen of it.
Takings of a third party stand in an account of their own; where the terms do not ring-fence them, they are
`pooled` in the service fund.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| settle (商户结算) | takings, or service where pooled | demand account | sales less fee |
| | the same | service | fee |

>>> TAKINGS("mall", "m")
'wallet:mall:takings:m'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ActorNotPermitted, ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.parties import Party, acting_for, identified_party, represents
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.wallet.programmes import (
    OPERATOR,
    PROGRAMMES,
    SERVICE,
    OfProgramme,
    Settlement,
    WalletTerms,
    WalletVoucher,
    amounts,
    running,
)
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = [
    "CloseMerchant", "MerchantClosed", "MerchantShort", "NothingToSettle", "RegisterMerchant", "Settle",
    "TakingsLeft",
]  # fmt: skip

noun = Noun(__name__)
TAKINGS = chart.liability("wallet:{programme}:takings:{merchant}")  # never swept


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Merchant(Facts):
    """A merchant; `own` is the operator's mall.

    `fee` is the exact fee on net settled sales, `charged` the part of it that is posted; `pooled` are takings
    that stand in the service fund.
    """

    KIND: ClassVar = "wallet.merchant"  # programme:merchant
    own: bool
    registered_on: date
    settlements: int = 0
    fee: Fraction = Fraction(0)
    charged: int = 0
    pooled: int = 0
    closed_on: date | None = None

    def with_fee(self, change: Fraction) -> tuple[Merchant, int]:
        """Itself with a change of the exact fee, and what that posts; below zero it is given back."""
        fee = self.fee + change
        posted = round_half_up(fee) - self.charged
        return evolve(self, fee=fee, charged=self.charged + posted), posted


@frozen(kw_only=True)
class Settled(Facts):
    """A settlement: what was sold, the fee, and the rate at which a refund gives it back."""

    KIND: ClassVar = "wallet.settlement"  # programme:merchant:number
    on: date
    gross: int
    fee: int
    rate: Fraction


def settlement_id(merchant: Merchant, number: int) -> str:
    """The id of a merchant's settlement."""
    return f"{merchant.id}:{number:08d}"


def open_merchant(books: Books, programme: str, merchant: str) -> Merchant:
    """A merchant that takes part; raises NotFound, MerchantClosed."""
    found = Merchant.existing(books, programme, merchant)
    if found.closed_on:
        raise MerchantClosed(merchant)
    return found


def is_namesake(books: Books, merchant: Merchant) -> bool:
    """Whether the asker, as a merchant, is a party that only has the id of the operator's own shop.

    Such an id names a counter of the operator, and no party.
    """
    actor = Actor.asking(books) if books.actor else None
    if not merchant.own or actor is None or actor.role is not Role.MERCHANT:
        return False
    return Party.find(books, actor.id) is not None and not represents(books, actor.id, merchant.ids[0])


def check_namesake(books: Books, merchant: Merchant, command: str) -> None:
    """Raise ActorNotPermitted for who only has the id of the operator's own shop."""
    if is_namesake(books, merchant):
        raise ActorNotPermitted(books.actor, f"{command} of the operator's shop")


def check_funds(books: Books, terms: WalletTerms, merchant: str, path: AccountPath, needed: int) -> None:
    """Raises MerchantShort where the account holds less."""
    available = books.balance(path)
    if available < needed:
        raise MerchantShort(merchant, path, available, needed, terms.unit)


class MerchantShort(ProductRejection):
    sentence = "{account} has {available}, merchant {merchant} needs {needed}"
    quantities = ("available", "needed")
    merchant: str
    account: str
    available: int
    needed: int
    unit: str = ""


class MerchantClosed(ProductRejection):
    sentence = "merchant {merchant} is closed"
    merchant: str


class NothingToSettle(ProductRejection):
    sentence = "merchant {merchant} has no takings to settle"
    merchant: str


class TakingsLeft(ProductRejection):
    sentence = "merchant {merchant} has {takings} still to be settled"
    quantities = ("takings",)
    merchant: str
    takings: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterMerchant(OfProgramme):
    """Register a merchant of the mall: a shop of the operator's own, or a third party (商户注册)."""

    may: ClassVar[Mapping[Role, str]] = {
        Role.OFFICER: "",
        Role.OPERATOR: "programme",
        Role.MERCHANT: "merchant",
    }
    merchant: str = fields.id_("the party that becomes a merchant, or the name of the operator's own shop")
    own: bool = fields.flag("whether it is the operator's own mall")


@frozen
class Settle(OfProgramme):
    """Pay a third-party merchant its takings less the fee (商户结算)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.MERCHANT: "merchant"}
    merchant: str = fields.id_("the merchant who is paid")


@frozen
class CloseMerchant(OfProgramme):
    """End a merchant's part in the programme once its takings are settled (商户退出)."""

    may: ClassVar[Mapping[Role, str]] = {
        Role.MERCHANT: "merchant",
        Role.OPERATOR: "programme",
        Role.OFFICER: "",
    }
    merchant: str = fields.id_("the merchant that leaves")


@noun.rule(RegisterMerchant)
def register_merchant(terms: WalletTerms, command: RegisterMerchant, books: Books) -> Plan:
    """Open a third-party merchant's takings.

    Refuses, in this order: ActorNotPermitted for an operator who binds another party, or a merchant who
    speaks for the operator, PartySuspended for who acts for either, NotFound, PartyErased, PartySuspended,
    NotIdentified, AlreadyTaken, NoCurrentAccount, UnitMismatch.
    """
    id, on = command.merchant, books.today
    ids = (command.programme, id)
    actor = Actor.asking(books)
    if actor.role is (Role.MERCHANT if command.own else Role.OPERATOR):
        raise ActorNotPermitted(str(actor), f"register-merchant of {'its own' if command.own else 'others'}")
    acting_for(books, command.programme if command.own else id)
    party = id if command.own else identified_party(books, id).id
    merchant = Merchant(id=Merchant.fresh(books, *ids), own=command.own, registered_on=on)
    voucher = WalletVoucher(books, terms, command.programme)
    if not command.own:
        voucher.bind(party, "merchant")
        voucher.open(TAKINGS.account(*ids, unit=terms.unit, on=on, party=id))
    voucher.keep(merchant)
    return voucher.plan("register-merchant", f"register merchant {id}")


@noun.rule(CloseMerchant)
def close_merchant(terms: WalletTerms, command: CloseMerchant, books: Books) -> Plan:
    """Close a merchant's takings.

    Refuses, in this order: PartySuspended for who acts for it, NotFound, MerchantClosed, ActorNotPermitted
    for a party with the id of an own shop, TakingsLeft.
    """
    programme, id = command.programme, command.merchant
    acting_for(books, id)
    merchant = open_merchant(books, programme, id)
    check_namesake(books, merchant, "close-merchant")
    if left := takings_of(books, merchant):
        raise TakingsLeft(id, left, terms.unit)
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(evolve(merchant, closed_on=books.today))
    if not merchant.own:
        voucher.free(id, "merchant")
        voucher.close(TAKINGS(programme, id), f"merchant {id} left")
    return voucher.plan("close-merchant", f"close merchant {id}")


def takings_of(books: Books, merchant: Merchant) -> int:
    """What a merchant took and was not paid yet."""
    return merchant.pooled + (0 if merchant.own else books.balance(TAKINGS(*merchant.ids)))


@noun.rule(Settle)
def settle(terms: WalletTerms, command: Settle, books: Books) -> Plan:
    """Takings to the merchant's demand account, the fee to the service fund.

    Refuses, in this order: NotFound, NothingToSettle, MerchantShort.  One that is suspended is paid too.
    """
    programme, id = command.programme, command.merchant
    merchant = Merchant.existing(books, programme, id)
    takings, service = TAKINGS(programme, id), SERVICE(programme)
    if not (gross := takings_of(books, merchant)):
        raise NothingToSettle(id)
    check_funds(books, terms, id, service, merchant.pooled)
    rate, number = terms.merchant_fee.fraction, merchant.settlements + 1
    counted, fee = merchant.with_fee(gross * rate)
    voucher = WalletVoucher(books, terms, programme)
    voucher.post(
        debit={takings: gross - merchant.pooled, service: merchant.pooled},
        credit={chart.DEMAND(id): gross - fee, service: fee},
    )
    settled = Settled(id=settlement_id(merchant, number), on=books.today, gross=gross, fee=fee, rate=rate)
    voucher.keep(settled, evolve(counted, settlements=number, pooled=0))
    return voucher.plan("settlement", f"settlement {number} of {id}")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.SETTLEMENT)
def settle_daily(books: Books, day: date) -> Iterator[Step]:
    """Where the terms say so, each merchant is paid what it took; what an account refuses waits."""
    for programme in running(books):
        if PROGRAMMES.on(books, programme, day).settlement is Settlement.DAILY:
            for merchant in Merchant.every(books, programme):
                id = merchant.ids[1]
                yield Step(f"{programme}/settle/{id}", partial(_settle_if_due, Settle(programme, id)))


def _settle_if_due(command: Settle, books: Books) -> Plan:
    programme, id = command.programme, command.merchant
    try:
        plan = settle(PROGRAMMES.today(books, programme), command, books)
    except (NothingToSettle, MerchantShort):
        return Plan()
    text, thing = f"the settlement of {id} waits", f"{programme}/settle/{id}"
    return plan.attempted(deferred(books, PROGRAMMES.product, thing, text, agreement=programme))


# --- reports ----------------------------------------------------------------------------------------


@noun.report("merchants", {Role.MERCHANT: "merchant", **OPERATOR})
def list_merchants(books: Books) -> Table:
    """What merchants are owed, and what their settlements came to."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for merchant in Merchant.every(books, programme):
            if is_namesake(books, merchant):
                continue
            settled = sum(it.gross for it in Settled.every(books, merchant.id))
            money = amounts(terms, takings_of(books, merchant), settled, merchant.charged)
            rows.append((*merchant.ids, "own" if merchant.own else "third party", *money))
    columns = ("programme", "merchant", "kind", "payable", "settled", "fees")
    return Table("Merchants", columns, tuple(rows))
