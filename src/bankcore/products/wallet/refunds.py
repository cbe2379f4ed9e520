"""Refunds (退款) of purchases to the pockets that paid, and to the current account of who has left.

What a refund restores of the principal unvests the bonus that it had vested.  Vested bonus that was spent
meanwhile is repaid out of the restored principal: the purchase that it paid for then shows that principal
paid, which vests in its turn.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
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
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.parties import account_of, acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound, RefundExceeds
from bankcore.products.wallet.bonuses import Tally, keep_change
from bankcore.products.wallet.clients import POCKET, Client, ClientClosed, open_client
from bankcore.products.wallet.late_entries import count_late, late_from
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
    RESERVE,
    SERVICE,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
)
from bankcore.products.wallet.purchases import Purchase, paths
from bankcore.products.wallet.withdrawals import check_withdrawable
from bankcore.rates import round_half_up

__all__ = ["Refund"]

noun = Noun(__name__)


@frozen
class Refund(OfProgramme):
    """Refund a purchase, or a part of it, to the pockets it was paid from (退款).

    An operator refunds what its own shops sold; another merchant's money is given back by the merchant alone.
    """

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "merchant", Role.OPERATOR: "programme"}
    merchant: str = fields.id_("the merchant who sold")
    purchase: str = fields.id_("id of the purchase")
    amount: Amount = fields.amount("what is refunded")
    value_on: date | None = fields.day("since when, by the operator; today if not given", default=None)


@noun.rule(Refund)
def refund(terms: WalletTerms, command: Refund, books: Books) -> Plan:
    """Back to the pockets, vested bonus first, yield last; bonus vested by the principal unvests.

    Who left since gets principal and yield on the current account; bonus goes back to the reserve.

    Refuses, in this order: UnitMismatch, NotFound, MerchantClosed, ActorNotPermitted for an operator with
    another's money, a merchant with a value date or a party with the id of an own shop, PartySuspended for
    who acts, NotFound for the purchase, RefundExceeds, ClientClosed for a value date of who left since,
    BadCommand or PeriodClosed for it, NotWithdrawable or NoCurrentAccount for who left, MerchantShort.
    """
    programme, amount = command.programme, terms.minor_units(command.amount)
    merchant = open_merchant(books, programme, command.merchant)
    actor = Actor.asking(books)
    if actor.role is Role.OPERATOR and not merchant.own:
        raise ActorNotPermitted(str(actor), "refund of another merchant's sale")
    if actor.role is Role.MERCHANT and command.value_on is not None:  # the operator pays the yield
        raise ActorNotPermitted(str(actor), "refund with a value date")
    check_namesake(books, merchant, "refund")
    acting_for(books, programme if actor.role is Role.OPERATOR else command.merchant)
    purchase = Purchase.existing(books, programme, command.purchase)
    if purchase.merchant != command.merchant:
        raise NotFound(f"purchase at {command.merchant}", command.purchase)
    client = purchase.client
    if amount > purchase.left:
        raise RefundExceeds("purchase", command.purchase, purchase.left, amount, terms.unit)
    late_on = _late_from(books, terms, purchase, command.value_on)
    restored = purchase.restored(amount)
    undone = _undone(books, programme, purchase, restored)
    to = _to_account(books, terms, programme, client, restored, undone) if undone.gone else None
    sources, after = _refunded_from(books, programme, merchant, purchase, amount)
    for source, needed in sources.items():
        check_funds(books, terms, command.merchant, source, needed)
    voucher = WalletVoucher(books, terms, programme)
    if to is None:
        path = paths(programme, client)
        voucher.post(debit=sources, credit={path[name]: part for name, part in restored.items()})
        voucher.move(path["principal"], path["vested"], undone.repaid)
        voucher.move(path["vested"], path["bonus"], undone.unvested)
        count_late(voucher, client, late_on)
    else:
        voucher.post(debit=sources, credit=to)
        seen = str(Amount(to[chart.DEMAND(client)], terms.unit))
        voucher.notify(client, "payment-received", command.purchase, amount=seen)
    voucher.keep(undone.purchase, *undone.others)
    keep_change(voucher, undone.before, undone.after)
    if after is not None:
        voucher.keep(after)
    return voucher.plan("refund", f"refund of purchase {command.purchase} to {client}")


def _late_from(books: Books, terms: WalletTerms, bought: Purchase, value_on: date | None) -> date | None:
    """The value date of a refund; raises ClientClosed for who has left, BadCommand, PeriodClosed."""
    if value_on is None:
        return None
    client = open_client(books, bought.ids[0], bought.client)
    if client.stay != bought.stay:
        raise ClientClosed(bought.client)
    return late_from(books, terms, client, value_on, bought.on)


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
