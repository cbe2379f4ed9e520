"""Merchants (商户): what they took, and its settlement less a fee.

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

from attrs import define, evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.wallet.programmes import (
    PROGRAMMES,
    SERVICE,
    OfProgramme,
    Settlement,
    WalletTerms,
    WalletVoucher,
    amounts,
)
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["MerchantShort", "NothingToSettle", "RegisterMerchant", "Settle"]

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


def check_funds(books: Books, terms: WalletTerms, merchant: str, path: AccountPath, needed: int) -> None:
    """Raises MerchantShort where the account holds less."""
    available = books.balance(path)
    if available < needed:
        raise MerchantShort(merchant, path, available, needed, terms.unit)


@define
class MerchantShort(ProductRejection):
    sentence = "{account} has {available}, merchant {merchant} needs {needed}"
    quantities = ("available", "needed")
    merchant: str
    account: str
    available: int
    needed: int
    unit: str = ""


@define
class NothingToSettle(ProductRejection):
    sentence = "merchant {merchant} has no takings to settle"
    merchant: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterMerchant(OfProgramme):
    """Register a merchant of the mall, the operator's own or a third party's (商户注册)."""

    merchant: str = fields.id_("the new merchant")
    own: bool = fields.flag("whether it is the operator's own mall")


@frozen
class Settle(OfProgramme):
    """Pay a third-party merchant its takings less the fee (商户结算)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.MERCHANT: "merchant"}
    merchant: str = fields.id_("the merchant who is paid")


@noun.rule(RegisterMerchant)
def register_merchant(terms: WalletTerms, command: RegisterMerchant, books: Books) -> Plan:
    """Open a third-party merchant's accounts.  Refuses: AlreadyTaken."""
    id, on, unit = command.merchant, books.today, terms.unit
    ids = (command.programme, id)
    merchant = Merchant(id=Merchant.fresh(books, *ids), own=command.own, registered_on=on)
    voucher = WalletVoucher(books, terms, command.programme)
    if not command.own:
        voucher.open(
            chart.DEMAND.account(id, unit=unit, on=on, party=id),
            TAKINGS.account(*ids, unit=unit, on=on, party=id),
        )
    voucher.keep(merchant)
    return voucher.plan("register-merchant", f"register merchant {id}")


@noun.rule(Settle)
def settle(terms: WalletTerms, command: Settle, books: Books) -> Plan:
    """Takings to the merchant's demand account, the fee to the service fund.

    Refuses, in this order: NotFound, NothingToSettle, MerchantShort.
    """
    programme, id = command.programme, command.merchant
    merchant = Merchant.existing(books, programme, id)
    takings, service = TAKINGS(programme, id), SERVICE(programme)
    fenced = 0 if merchant.own else books.balance(takings)
    gross = fenced + merchant.pooled
    if not gross:
        raise NothingToSettle(id)
    check_funds(books, terms, id, service, merchant.pooled)
    rate, number = terms.merchant_fee.fraction, merchant.settlements + 1
    counted, fee = merchant.with_fee(gross * rate)
    voucher = WalletVoucher(books, terms, programme)
    voucher.post(
        debit={takings: fenced, service: merchant.pooled},
        credit={chart.DEMAND(id): gross - fee, service: fee},
    )
    settled = Settled(id=settlement_id(merchant, number), on=books.today, gross=gross, fee=fee, rate=rate)
    voucher.keep(settled, evolve(counted, settlements=number, pooled=0))
    return voucher.plan("settlement", f"settlement {number} of {id}")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.SETTLEMENT)
def settle_daily(books: Books, day: date) -> Iterator[Step]:
    """Where the terms say so, each merchant is paid what it took; what an account refuses waits."""
    for programme in PROGRAMMES.ids(books):
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


@noun.report("merchants")
def list_merchants(books: Books) -> Table:
    """What merchants are owed, and what their settlements came to."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for merchant in Merchant.every(books, programme):
            takings = 0 if merchant.own else books.balance(TAKINGS(*merchant.ids))
            settled = sum(it.gross for it in Settled.every(books, merchant.id))
            money = amounts(terms, merchant.pooled + takings, settled, merchant.charged)
            rows.append((*merchant.ids, "own" if merchant.own else "third party", *money))
    columns = ("programme", "merchant", "kind", "payable", "settled", "fees")
    return Table("Merchants", columns, tuple(rows))
