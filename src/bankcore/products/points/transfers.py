"""Points that leave a card: a gift within a family (转赠), a card that is closed.

Lots keep their expiry and their provider.  A card never holds points of a provider to which it owes
points: what arrives repays the debt first, and the money behind it returns to the provider.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| give | live | debt of the other card first, then its live | points |
| close | live | expired | points given up, as if they had expired |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.points.cards import LIVE, debts_of, open_card, usable_card
from bankcore.products.points.expiries import expire
from bankcore.products.points.lots import (
    Lot,
    add_lot,
    by_provider,
    held,
    left_of,
    return_fund,
    take,
)
from bankcore.products.points.programmes import PointsTerms, PointsVoucher, Transfers
from bankcore.products.points.providers import DEBT, check_no_line
from bankcore.products.points.redemptions import spendable_for

__all__ = ["CloseCard", "DebtOpen", "OverCap", "PointsLeft", "TransferOff", "TransferPoints"]

noun = Noun(__name__)


# --- refusals -----------------------------------------------------------------------------------------


class TransferOff(ProductRejection):
    sentence = "card {card} may not give points to card {to}: {reason}"
    card: str
    to: str
    reason: str


class OverCap(ProductRejection):
    sentence = "card {card} would give away {points} points today, {cap} are allowed"
    card: str
    points: int
    cap: int


class DebtOpen(ProductRejection):
    sentence = "card {card} owes {points} points"
    card: str
    points: int


class PointsLeft(ProductRejection):
    sentence = "closing gives up {points} points; only the holder of card {card} may consent"
    card: str
    points: int


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class TransferPoints:
    """Give points to another card of the family (积分转赠)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    to: str = fields.id_("the card that gets them")
    points: int = fields.count("how many points")


@frozen
class CloseCard:
    """Close a card (销卡); only its holder gives up the points on it."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    forfeit: bool = fields.flag("consent to lose the points on it")


@noun.rule(TransferPoints)
def transfer_points(terms: PointsTerms, command: TransferPoints, books: Books) -> Plan:
    """The earliest points to another card.

    Refuses, in this order: PartySuspended, NotFound, CardClosed or CardLost, TransferOff, OverCap,
    PointsExpired, PointsShort.
    """
    programme, card, to, points = command.programme, command.card, command.to, command.points
    acting_for(books, active_party(books, card).id)
    giver, taker = usable_card(books, programme, card), open_card(books, programme, to)
    if terms.transfers is Transfers.OFF:
        raise TransferOff(card, to, "transfers are off")
    if card == to or not giver.family or giver.family != taker.family:
        raise TransferOff(card, to, "they are not two cards of one family")
    sent = points + (giver.sent if giver.sent_on == books.today else 0)
    if sent > terms.transfer_cap:
        raise OverCap(card, sent, terms.transfer_cap)
    lots = spendable_for(books, programme, card, points)
    voucher = PointsVoucher(books, terms, programme)
    voucher.keep(evolve(giver, sent=sent, sent_on=books.today))
    move_lots(voucher, card, to, take(voucher, lots, points))
    return voucher.plan("transfer", f"card {card} gives {points} points to card {to}")


@noun.rule(CloseCard)
def close_card(terms: PointsTerms, command: CloseCard, books: Books) -> Plan:
    """Close a card; points left on it are given up as if they had expired, and it binds its party no more.

    Refunds of its orders are still paid, to the demand account: see `refund_order`.
    Refuses, in this order: PartySuspended for who acts for the holder, NotFound or CardClosed, DebtOpen,
    CreditLineOpen, PointsLeft without consent.
    """
    programme, card, today = command.programme, command.card, books.today
    actor, owner = acting_for(books, card), open_card(books, programme, card)
    if owed := sum(debts_of(books, programme, card).values()):
        raise DebtOpen(card, owed)
    check_no_line(books, programme, "consumer", card)
    lots = list(held(books, programme, card))
    if lots and not (command.forfeit and actor.role is Role.CUSTOMER):
        raise PointsLeft(card, left_of(lots))
    voucher = PointsVoucher(books, terms, programme)
    expire(voucher, {card: lots})
    given_up = by_provider((lot, lot.left) for lot in lots if lot.expiry >= today)
    given_up.update(owner.given_up or {})
    voucher.keep(evolve(owner, closed_on=today, given_up=dict(given_up), gone=owner.lots))
    voucher.close(LIVE(programme, card), "the holder left")
    voucher.put(Contract.ended(books, card, "points", programme, "card"))
    return voucher.plan("close-card", f"close card {card}")


def move_lots(voucher: PointsVoucher, card: str, to: str, taken: list[tuple[Lot, int]]) -> None:
    """What was taken from lots of one card becomes lots of another, less what repays its debts."""
    programme, today = voucher.programme, voucher.books.today
    debts = Counter(debts_of(voucher.books, programme, to))
    repaid: Counter[str] = Counter()
    source = LIVE(programme, card)
    for lot, part in taken:
        provider = lot.provider
        gone = lot.expiry < today  # what has expired repays nothing
        owed = 0 if gone else min(part, debts[provider] - repaid[provider])
        voucher.points(source, DEBT(programme, to, provider), owed)
        repaid[provider] += owed
        if left := part - owed:
            voucher.points(source, LIVE(programme, to), left)
            arrived = {"provider": provider, "points": left, "left": left, "sale": lot.sale}
            add_lot(voucher, to, lot.expiry, spendable_on=lot.spendable_on, **arrived)
    for provider, points in repaid.items():
        return_fund(voucher, provider, points)
