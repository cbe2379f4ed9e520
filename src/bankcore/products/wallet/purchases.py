"""Purchases (消费) at bound merchants, and their refunds (退款) to the same pockets.

Paying with principal vests the bonus in proportion; what a refund restores of it unvests again.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| buy | bonus | vested | the part that goes with the principal spent |
| | yield, then principal, then vested | service (own mall) or takings | price |
| refund | service or takings; settled: demand account and service | vested, principal, yield | refund |
| | vested | bonus | the part that goes with the principal restored |

>>> from bankcore.amounts import Amount
>>> Refund("mall", "m", "p1", Amount.parse("1.00", "CNY/2")).may
{<Role.MERCHANT: 'merchant'>: 'merchant', <Role.OPERATOR: 'operator'>: 'programme'}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, BalanceFloorBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound, RefundExceeds
from bankcore.products.wallet.bindings import Binding, check_bound
from bankcore.products.wallet.clients import POCKET, count, held_by, open_client, proportion
from bankcore.products.wallet.merchants import (
    TAKINGS,
    Merchant,
    Settled,
    check_funds,
    open_merchant,
    settlement_id,
)
from bankcore.products.wallet.programmes import (
    POCKETS,
    SERVICE,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
)
from bankcore.rates import round_half_up

__all__ = ["Consume", "Refund"]

noun = Noun(__name__)
_PAID = ("vested", "principal", "yield")  # in the order of a refund


@frozen(kw_only=True)
class Purchase(Facts):
    """A purchase: what each pocket paid and what it vested; `back` is what refunds gave back of these.

    `pooled` says whether its takings went to the service fund, `settlement` is the number of the
    merchant's settlement that pays it.
    """

    KIND: ClassVar = "wallet.purchase"  # programme:purchase
    client: str
    merchant: str
    on: date
    amount: int
    pooled: bool
    settlement: int
    vesting: int
    earned: int = kept(name="yield")
    principal: int
    vested: int
    back: Mapping[str, int] = dict.fromkeys(("yield", "principal", "vested", "vesting"), 0)

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

    def unvesting(self, principal: int) -> int:
        """The bonus that restored principal had vested; cumulative, so that parts add up to the whole."""
        if not principal:  # with no principal there must be no bonus
            return 0
        restored = self.back["principal"] + principal
        return proportion(self.vesting, restored, self.principal) - self.back["vesting"]


# --- consumption ------------------------------------------------------------------------------------


@frozen
class Consume(OfProgramme):
    """Buy at a bound merchant: from yield, then principal, then vested bonus (消费)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client"}
    client: str = fields.id_("the client who buys")
    merchant: str = fields.id_("the merchant who sells")
    amount: Amount = fields.amount("the price")
    purchase: str = fields.id_("id of the purchase")


@noun.rule(Consume)
def consume(terms: WalletTerms, command: Consume, books: Books) -> Plan:
    """Pockets to the service fund (own mall) or to the merchant's takings.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the client, NotFound or
    ClientClosed, PartySuspended, MerchantClosed, NotBound, AlreadyTaken, BalanceFloorBreached.
    """
    programme, client, amount = command.programme, command.client, terms.minor_units(command.amount)
    acting_for(books, client)
    open_client(books, programme, client)
    active_party(books, client)
    merchant = open_merchant(books, programme, command.merchant)
    check_bound(books, programme, client, command.merchant)
    id = Purchase.fresh(books, programme, command.purchase)
    path, held = _paths(programme, client), held_by(books, programme, client)
    earned = min(amount, held["yield"])
    principal = min(amount - earned, held["principal"])
    vested, vesting = amount - earned - principal, proportion(held["bonus"], principal, held["principal"])
    if vested > held["vested"] + vesting:
        raise BalanceFloorBreached(path["vested"], sum(held.values()), 0, 0, amount, terms.unit)
    pooled = not merchant.own and not terms.ring_fence_third_party
    seller = SERVICE(programme) if merchant.own or pooled else TAKINGS(programme, command.merchant)
    voucher = WalletVoucher(books, terms, programme)
    voucher.move(path["bonus"], path["vested"], vesting)
    voucher.move(path["yield"], seller, earned)
    voucher.move(path["principal"], seller, principal)
    voucher.move(path["vested"], seller, vested)
    purchase = Purchase(
        id=id,
        client=client,
        merchant=command.merchant,
        on=books.today,
        amount=amount,
        pooled=pooled,
        settlement=merchant.settlements + 1,
        vesting=vesting,
        earned=earned,
        principal=principal,
        vested=vested,
    )
    voucher.keep(purchase)
    if pooled:
        voucher.keep(evolve(merchant, pooled=merchant.pooled + amount))
    count(voucher, client, vested=vesting)
    return voucher.plan("purchase", f"purchase {command.purchase} of {client} at {command.merchant}")


def _paths(programme: str, client: str) -> dict[str, AccountPath]:
    return {name: POCKET(programme, client, name) for name in POCKETS}


# --- refund -----------------------------------------------------------------------------------------


@frozen
class Refund(OfProgramme):
    """Refund a purchase, or a part of it, to the pockets it was paid from (退款).

    An operator refunds what its own shops sold; another merchant's money is given back by the merchant alone.
    """

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "merchant", Role.OPERATOR: "programme"}
    merchant: str = fields.id_("the merchant who sold")
    purchase: str = fields.id_("id of the purchase")
    amount: Amount = fields.amount("what is refunded")


@noun.rule(Refund)
def refund(terms: WalletTerms, command: Refund, books: Books) -> Plan:
    """Back to the pockets, vested bonus first, yield last; bonus vested by it unvests.

    Refuses, in this order: UnitMismatch, NotFound, MerchantClosed, ActorNotPermitted for an operator with
    another's money, PartySuspended for who acts, NotFound for the purchase, ClientClosed, RefundExceeds,
    MerchantShort.
    """
    programme, amount = command.programme, terms.minor_units(command.amount)
    merchant = open_merchant(books, programme, command.merchant)
    actor = Actor.asking(books)
    if actor.role is Role.OPERATOR and not merchant.own:
        raise ActorNotPermitted(str(actor), "refund of another merchant's sale")
    acting_for(books, programme if actor.role is Role.OPERATOR else command.merchant)
    purchase = Purchase.existing(books, programme, command.purchase)
    if purchase.merchant != command.merchant:
        raise NotFound(f"purchase at {command.merchant}", command.purchase)
    client = purchase.client
    open_client(books, programme, client)
    if amount > purchase.left:
        raise RefundExceeds("purchase", command.purchase, purchase.left, amount, terms.unit)
    restored, path = purchase.restored(amount), _paths(programme, client)
    vested = books.balance(path["vested"]) + restored["vested"]
    unvested = min(purchase.unvesting(restored["principal"]), vested)
    given = {**restored, "vesting": unvested}
    sources, after = _refunded_from(books, programme, merchant, purchase, amount)
    for source, needed in sources.items():
        check_funds(books, terms, command.merchant, source, needed)
    voucher = WalletVoucher(books, terms, programme)
    voucher.post(
        debit={**sources, path["vested"]: unvested},
        credit={**{path[name]: part for name, part in restored.items()}, path["bonus"]: unvested},
    )
    voucher.keep(evolve(purchase, back={name: past + given[name] for name, past in purchase.back.items()}))
    if after is not None:
        voucher.keep(after)
    count(voucher, client, vested=-unvested)
    return voucher.plan("refund", f"refund of purchase {command.purchase} to {client}")


def _refunded_from(
    books: Books, programme: str, merchant: Merchant, purchase: Purchase, amount: int
) -> tuple[dict[AccountPath, int], Merchant | None]:
    """Who pays a refund, and the merchant after it where that changes."""
    service, id = SERVICE(programme), purchase.merchant
    if merchant.own:
        return {service: amount}, None
    if purchase.settlement <= merchant.settlements:
        settled = Settled.existing(books, settlement_id(merchant, purchase.settlement))
        after, fee = merchant.with_fee(-amount * settled.rate)
        return {chart.DEMAND(id): amount + fee, service: -fee}, after
    if purchase.pooled:
        return {service: amount}, evolve(merchant, pooled=merchant.pooled - amount)
    return {TAKINGS(programme, id): amount}, None


# --- invariants -------------------------------------------------------------------------------------


@noun.invariant("A6")
def refunds_restore_pockets(books: Books) -> Iterator[str]:
    """A refund never gives a pocket more than the purchase took, and a full one gives it all,
    the fee too: what a merchant was charged is the exact fee on net sales, rounded."""
    for merchant in Merchant.every(books):
        if merchant.charged != round_half_up(merchant.fee):
            yield f"merchant {merchant.id}: exact fee {merchant.fee}, charged {merchant.charged}"
    for purchase in Purchase.every(books):
        paid = {**purchase.paid, "vesting": purchase.vesting}
        for name, quantity in paid.items():
            if not 0 <= purchase.back[name] <= quantity:
                yield f"purchase {purchase.id}: {name} of {purchase.data}"
        if sum(purchase.paid.values()) != purchase.amount:
            yield f"purchase {purchase.id}: the pockets did not pay {purchase.amount}"


@noun.invariant("A9")
def purchases_were_bound(books: Books) -> Iterator[str]:
    """Who bought was bound to the merchant in both registries."""
    pairs = {f"{it.ids[0]}:{it.client}:{it.merchant}" for it in Purchase.every(books)}
    for pair in sorted(pairs):
        if not any(binding.is_bound for binding in Binding.versions(books, pair)):
            yield f"{pair} bought without a binding"
