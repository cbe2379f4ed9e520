"""Purchases (消费) at bound merchants: paying with principal vests the bonus in proportion.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| buy | bonus | vested | the part that goes with the principal spent |
| | yield, then principal, then vested | service (own mall) or takings | price |

>>> from bankcore.amounts import Amount
>>> Consume("mall", "c001", "m", Amount.parse("1.00", "CNY/2"), "p1").may
{<Role.CUSTOMER: 'customer'>: 'client'}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.wallet.bindings import Binding, check_bound
from bankcore.products.wallet.bonuses import Tally, keep_change
from bankcore.products.wallet.clients import POCKET, held_by, open_client
from bankcore.products.wallet.late_entries import check_held, count_late, late_from
from bankcore.products.wallet.merchants import (
    TAKINGS,
    open_merchant,
)
from bankcore.products.wallet.programmes import (
    POCKETS,
    SERVICE,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
)

__all__ = ["Consume"]

noun = Noun(__name__)
_PAID = ("vested", "principal", "yield")  # in the order of a refund


@frozen(kw_only=True)
class Purchase(Facts):
    """A purchase: what each pocket paid; `back` is what refunds gave back of it.

    `vesting` is the exact bonus that its principal vested, `unvested` the part of it that refunds took back,
    `repaid` the principal of refunds that went for vested bonus spent elsewhere.  `pooled` says whether its
    takings went to the service fund, `settlement` is the number of the merchant's settlement that pays it;
    `before` is the client's purchase before it that vested bonus paid for.
    """

    KIND: ClassVar = "wallet.purchase"  # programme:purchase
    client: str
    merchant: str
    on: date
    amount: int
    pooled: bool
    settlement: int
    vesting: Fraction
    earned: int = kept(name="yield")
    principal: int
    vested: int
    before: str = ""
    back: Mapping[str, int] = dict.fromkeys(_PAID, 0)
    unvested: Fraction = Fraction(0)
    repaid: int = 0
    stay: int = 1

    @property
    def paid(self) -> dict[str, int]:
        """What each pocket paid."""
        return {"yield": self.earned, "principal": self.principal, "vested": self.vested}

    @property
    def left(self) -> int:
        """What can still be refunded."""
        return self.amount - sum(self.back[name] for name in _PAID)

    def restored(self, amount: int) -> dict[str, int]:
        """How a refund is spread over the pockets that paid."""
        restored = {}
        for name in _PAID:
            restored[name] = min(amount, self.paid[name] - self.back[name])
            amount -= restored[name]
        return restored

    def vested_by(self, principal: int) -> Fraction:
        """The exact bonus that a part of its principal had vested."""
        return self.vesting * principal / self.principal if principal else Fraction(0)


# --- consumption ------------------------------------------------------------------------------------


@frozen
class Consume(OfProgramme):
    """Buy at a bound merchant: from yield, then principal, then vested bonus (消费)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client"}
    client: str = fields.id_("the client who buys")
    merchant: str = fields.id_("the merchant who sells")
    amount: Amount = fields.amount("the price")
    purchase: str = fields.id_("id of the purchase")
    value_on: date | None = fields.day("when it was bought, if that became known late", default=None)


@noun.rule(Consume)
def consume(terms: WalletTerms, command: Consume, books: Books) -> Plan:
    """Pockets to the service fund (own mall) or to the merchant's takings.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the client, NotFound or
    ClientClosed, PartySuspended, MerchantClosed, NotBound, AlreadyTaken, BadCommand or PeriodClosed for the
    value date, BalanceFloorBreached, also for what was not held since then.
    """
    amount, id = terms.minor_units(command.amount), command.purchase
    client, merchant = command.client, command.merchant
    voucher = bought(terms, books, command.programme, client, merchant, amount, id, command.value_on)
    return voucher.plan("purchase", f"purchase {id} of {client} at {merchant}")


def bought(
    terms: WalletTerms,
    books: Books,
    programme: str,
    client: str,
    merchant_id: str,
    amount: int,
    purchase: str,
    value_on: date | None = None,
) -> WalletVoucher:
    """What a purchase moves and keeps; the merchant is told.  Refuses as `consume` does."""
    acting_for(books, client)
    buyer = open_client(books, programme, client)
    active_party(books, client)
    merchant = open_merchant(books, programme, merchant_id)
    check_bound(books, programme, client, merchant_id)
    id = Purchase.fresh(books, programme, purchase)
    late_on = late_from(books, terms, buyer, value_on)
    check_held(books, terms, buyer, late_on, amount)
    path, held = paths(programme, client), held_by(books, programme, client)
    earned = min(amount, held["yield"])
    principal = min(amount - earned, held["principal"])
    before = Tally.of_client(books, programme, client)
    share = before.share(principal, held["principal"])
    after = before.vesting(share)
    vested, vesting = amount - earned - principal, after.posted_vested - before.posted_vested
    if vested > held["vested"] + vesting:
        raise BalanceFloorBreached(path["vested"], sum(held.values()), 0, 0, amount, terms.unit)
    pooled = not merchant.own and not terms.ring_fence_third_party
    seller = SERVICE(programme) if merchant.own or pooled else TAKINGS(programme, merchant_id)
    voucher = WalletVoucher(books, terms, programme)
    voucher.move(path["bonus"], path["vested"], vesting)
    for name, part in (("yield", earned), ("principal", principal), ("vested", vested)):
        voucher.move(path[name], seller, part)
    made = Purchase(
        id=id, client=client, merchant=merchant_id, on=books.today, amount=amount, pooled=pooled,
        settlement=merchant.settlements + 1, vesting=share, earned=earned, principal=principal,
        vested=vested, before=before.spent_by if vested else "", stay=buyer.stay,
    )  # fmt: skip
    voucher.keep(made)
    keep_change(voucher, before, evolve(after, spent_by=purchase) if vested else after)
    if pooled:
        voucher.keep(evolve(merchant, pooled=merchant.pooled + amount))
    count_late(voucher, client, late_on)
    seen = str(Amount(amount, terms.unit))
    voucher.notify(programme if merchant.own else merchant_id, "payment-received", purchase, amount=seen)
    return voucher


def paths(programme: str, client: str) -> dict[str, AccountPath]:
    """The pockets of a client by name."""
    return {name: POCKET(programme, client, name) for name in POCKETS}


# --- invariants -------------------------------------------------------------------------------------


@noun.invariant("A9")
def purchases_were_bound(books: Books) -> Iterator[str]:
    """Who bought was bound to the merchant in both registries."""
    pairs = {f"{it.ids[0]}:{it.client}:{it.merchant}" for it in Purchase.every(books)}
    for pair in sorted(pairs):
        if not any(binding.is_bound for binding in Binding.versions(books, pair)):
            yield f"{pair} bought without a binding"
