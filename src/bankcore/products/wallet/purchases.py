"""Purchases (消费) at bound merchants, and their refunds (退款) to the same pockets.

Paying with principal vests the bonus in proportion; what a refund restores of it unvests again.  Vested
bonus that was spent meanwhile is repaid out of the restored principal: the purchase that it paid for then
shows that principal paid, which vests in its turn.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| buy | bonus | vested | the part that goes with the principal spent |
| | yield, then principal, then vested | service (own mall) or takings | price |
| refund | service or takings; settled: demand account and service | vested, principal, yield | refund |
| | principal | vested | what is missing of the bonus that the restored principal had vested |
| | vested | bonus | the part that goes with the principal restored and not repaid |
| refund, client left | as above | demand account | principal and yield, less what is missing |
| | the same | reserve | vested bonus, and what is missing |

>>> from bankcore.amounts import Amount
>>> Refund("mall", "m", "p1", Amount.parse("1.00", "CNY/2")).may
{<Role.MERCHANT: 'merchant'>: 'merchant', <Role.OPERATOR: 'operator'>: 'programme'}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, BalanceFloorBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import account_of, acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound, RefundExceeds
from bankcore.products.wallet.bindings import Binding, check_bound
from bankcore.products.wallet.bonuses import Tally, keep_change
from bankcore.products.wallet.clients import POCKET, Client, held_by, open_client
from bankcore.products.wallet.merchants import (
    TAKINGS,
    Merchant,
    Settled,
    check_funds,
    check_namesake,
    open_merchant,
    settlement_id,
)
from bankcore.products.wallet.programmes import (
    POCKETS,
    RESERVE,
    SERVICE,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
)
from bankcore.products.wallet.withdrawals import check_withdrawable
from bankcore.rates import round_half_up

__all__ = ["Consume", "Refund"]

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


@noun.rule(Consume)
def consume(terms: WalletTerms, command: Consume, books: Books) -> Plan:
    """Pockets to the service fund (own mall) or to the merchant's takings.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the client, NotFound or
    ClientClosed, PartySuspended, MerchantClosed, NotBound, AlreadyTaken, BalanceFloorBreached.
    """
    amount, id = terms.minor_units(command.amount), command.purchase
    client, merchant = command.client, command.merchant
    voucher = bought(terms, books, command.programme, client, merchant, amount, id)
    return voucher.plan("purchase", f"purchase {id} of {client} at {merchant}")


def bought(
    terms: WalletTerms,
    books: Books,
    programme: str,
    client: str,
    merchant_id: str,
    amount: int,
    purchase: str,
) -> WalletVoucher:
    """What a purchase moves and keeps; the merchant is told.  Refuses as `consume` does."""
    acting_for(books, client)
    stay = open_client(books, programme, client).stay
    active_party(books, client)
    merchant = open_merchant(books, programme, merchant_id)
    check_bound(books, programme, client, merchant_id)
    id = Purchase.fresh(books, programme, purchase)
    path, held = _paths(programme, client), held_by(books, programme, client)
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
        vested=vested, before=before.spent_by if vested else "", stay=stay,
    )  # fmt: skip
    voucher.keep(made)
    keep_change(voucher, before, evolve(after, spent_by=purchase) if vested else after)
    if pooled:
        voucher.keep(evolve(merchant, pooled=merchant.pooled + amount))
    seen = str(Amount(amount, terms.unit))
    voucher.notify(programme if merchant.own else merchant_id, "payment-received", purchase, amount=seen)
    return voucher


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
    """Back to the pockets, vested bonus first, yield last; bonus vested by the principal unvests.

    Who left since gets principal and yield on the current account; bonus goes back to the reserve.

    Refuses, in this order: UnitMismatch, NotFound, MerchantClosed, ActorNotPermitted for an operator with
    another's money or a party with the id of an own shop, PartySuspended for who acts, NotFound for the
    purchase, RefundExceeds, NotWithdrawable or NoCurrentAccount for who left, MerchantShort.
    """
    programme, amount = command.programme, terms.minor_units(command.amount)
    merchant = open_merchant(books, programme, command.merchant)
    actor = Actor.asking(books)
    if actor.role is Role.OPERATOR and not merchant.own:
        raise ActorNotPermitted(str(actor), "refund of another merchant's sale")
    check_namesake(books, merchant, "refund")
    acting_for(books, programme if actor.role is Role.OPERATOR else command.merchant)
    purchase = Purchase.existing(books, programme, command.purchase)
    if purchase.merchant != command.merchant:
        raise NotFound(f"purchase at {command.merchant}", command.purchase)
    client = purchase.client
    if amount > purchase.left:
        raise RefundExceeds("purchase", command.purchase, purchase.left, amount, terms.unit)
    restored = purchase.restored(amount)
    undone = _undone(books, programme, purchase, restored)
    to = _to_account(books, terms, programme, client, restored, undone) if undone.gone else None
    sources, after = _refunded_from(books, programme, merchant, purchase, amount)
    for source, needed in sources.items():
        check_funds(books, terms, command.merchant, source, needed)
    voucher = WalletVoucher(books, terms, programme)
    if to is None:
        path = _paths(programme, client)
        voucher.post(debit=sources, credit={path[name]: part for name, part in restored.items()})
        voucher.move(path["principal"], path["vested"], undone.repaid)
        voucher.move(path["vested"], path["bonus"], undone.unvested)
    else:
        voucher.post(debit=sources, credit=to)
        seen = str(Amount(to[chart.DEMAND(client)], terms.unit))
        voucher.notify(client, "payment-received", command.purchase, amount=seen)
    voucher.keep(undone.purchase, *undone.others)
    keep_change(voucher, undone.before, undone.after)
    if after is not None:
        voucher.keep(after)
    return voucher.plan("refund", f"refund of purchase {command.purchase} to {client}")


@frozen
class _Undone:
    """What a refund undoes of the bonus: the tally before and after it, the purchases as they are then."""

    before: Tally
    after: Tally
    purchase: Purchase
    others: tuple[Purchase, ...]
    repaid: int  # principal that pays for vested bonus spent elsewhere
    gone: bool  # whether the client has left since the purchase

    @property
    def unvested(self) -> int:
        """Vested bonus that is unvested again."""
        return self.before.posted_vested - self.after.posted_vested


def _to_account(
    books: Books,
    terms: WalletTerms,
    programme: str,
    client: str,
    restored: Mapping[str, int],
    undone: _Undone,
) -> dict[AccountPath, int]:
    """Where a refund goes whose client has left; raises NotWithdrawable, NoCurrentAccount."""
    check_withdrawable(terms, Client.existing(books, programme, client), books)
    own = restored["principal"] + restored["yield"] - undone.repaid
    return {account_of(books, client): own, RESERVE(programme): restored["vested"] + undone.repaid}


def _undone(books: Books, programme: str, purchase: Purchase, restored: Mapping[str, int]) -> _Undone:
    """What unvests; for who left the vested bonus left behind counts, and nothing is open afterwards."""
    client = Client.existing(books, programme, purchase.client)
    if client.stay == purchase.stay:
        before = Tally.of_client(books, programme, purchase.client)
    else:
        before = Tally.existing(books, programme, purchase.client, str(purchase.stay))
    if client.closed_on is None and client.stay == purchase.stay:
        held = books.balance(POCKET(programme, purchase.client, "vested"))
        return _unvested(books, programme, purchase, restored, before, held)
    undone = _unvested(books, programme, purchase, restored, before, before.lapsed)
    lapsed = max(before.lapsed + restored["vested"] + undone.repaid - undone.unvested, 0)
    after = evolve(undone.after.forfeiting(undone.after.unvested), lapsed=lapsed)
    return evolve(undone, after=after, gone=True)


def _unvested(
    books: Books, programme: str, purchase: Purchase, restored: Mapping[str, int], before: Tally, vested: int
) -> _Undone:
    """The bonus that the restored principal had vested unvests, first what of it was spent being repaid.

    What is repaid counts as principal spent then, and what that vests is not taken for the next refund of
    the same purchase: one refund, or the same in parts, comes to the same.
    """
    principal = restored["principal"]
    back = {name: past + restored[name] for name, past in purchase.back.items()}
    taken = purchase.vested_by(principal)
    whole = before.vesting(-taken)
    held = vested + restored["vested"]
    own = min(held, round_half_up(purchase.vested_by(purchase.repaid)))
    missing = min(before.posted_vested - whole.posted_vested - (held - own), principal)
    others, repaid = _repaid(books, programme, before, purchase, max(missing, 0))
    again = purchase.vested_by(repaid)
    after = evolve(purchase, back=back, unvested=purchase.unvested + taken, repaid=purchase.repaid + repaid)
    return _Undone(before, whole.vesting(again), after, others, repaid, gone=False)


def _repaid(
    books: Books, programme: str, tally: Tally, refunded: Purchase, missing: int
) -> tuple[tuple[Purchase, ...], int]:
    """The latest purchases that vested bonus paid for, as if principal had paid so much; and how much."""
    changed, left, id = [], missing, tally.spent_by
    while left and id:
        it = Purchase.existing(books, programme, id)
        id, part = it.before, min(left, it.vested - it.back["vested"])
        if part and it.id != refunded.id:
            left -= part
            more = refunded.vested_by(part)
            changed.append(
                evolve(it, vested=it.vested - part, principal=it.principal + part, vesting=it.vesting + more)
            )
    return tuple(changed), missing - left


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
        for name, quantity in purchase.paid.items():
            if not 0 <= purchase.back[name] <= quantity:
                yield f"purchase {purchase.id}: {name} of {purchase.data}"
        if purchase.unvested != purchase.vested_by(purchase.back["principal"]):
            yield f"purchase {purchase.id}: unvested of {purchase.data}"
        if sum(purchase.paid.values()) != purchase.amount:
            yield f"purchase {purchase.id}: the pockets did not pay {purchase.amount}"


@noun.invariant("A9")
def purchases_were_bound(books: Books) -> Iterator[str]:
    """Who bought was bound to the merchant in both registries."""
    pairs = {f"{it.ids[0]}:{it.client}:{it.merchant}" for it in Purchase.every(books)}
    for pair in sorted(pairs):
        if not any(binding.is_bound for binding in Binding.versions(books, pair)):
            yield f"{pair} bought without a binding"
