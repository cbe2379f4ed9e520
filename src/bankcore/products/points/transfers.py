"""Points that leave a card: a gift within a family (转赠), a merger of two cards, a card that is closed.

Lots keep their expiry and their provider.  A card never holds points of a provider to which it owes
points: what arrives repays the debt first, and the money behind it returns to the provider.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| give, merge | live | debt of the other card first, then its live | points |
| merge a debt | live of the card that stays, then its debt | debt | points |
| close | live | expired | points given up, as if they had expired |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import PersonsDiffer
from bankcore.products.points.cards import DEBT, LIVE, Card, debt_account, debts_of, open_card
from bankcore.products.points.lots import (
    Lot,
    add_lot,
    by_provider,
    expire,
    held,
    left_of,
    return_fund,
    take,
    unexpired,
)
from bankcore.products.points.programmes import PointsTerms, PointsVoucher, Transfers
from bankcore.products.points.redemptions import spendable_for
from bankcore.products.standings import frees_its_points

__all__ = [
    "CloseCard", "CreditLineOpen", "DebtOpen", "MergeCards", "OverCap", "PointsLeft", "TransferOff",
    "TransferPoints",
]  # fmt: skip

noun = Noun(__name__)


# --- refusals -----------------------------------------------------------------------------------------


@define
class TransferOff(ProductRejection):
    sentence = "card {card} may not give points to card {to}: {reason}"
    card: str
    to: str
    reason: str


@define
class OverCap(ProductRejection):
    sentence = "card {card} would give away {points} points today, {cap} are allowed"
    card: str
    points: int
    cap: int


@define
class CreditLineOpen(ProductRejection):
    sentence = "card {card} has a credit line; move it to card {into}, or have its limit set to nothing"
    card: str
    into: str


@define
class DebtOpen(ProductRejection):
    sentence = "card {card} owes {points} points"
    card: str
    points: int


@define
class PointsLeft(ProductRejection):
    sentence = "closing gives up {points} points; the holder of card {card} has to consent"
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
class MergeCards:
    """Merge a card into another of the same person, with all lots and debts (合并卡)."""

    may: ClassVar[Mapping[Role, str]] = {
        Role.CUSTOMER: "card",
        Role.OFFICER: "",
        Role.OPERATOR: "programme",
    }
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    into: str = fields.id_("the card that stays")


@frozen
class CloseCard:
    """Close a card (销卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    forfeit: bool = fields.flag("consent to lose the points on it")


@noun.rule(TransferPoints)
def transfer_points(terms: PointsTerms, command: TransferPoints, books: Books) -> Plan:
    """The earliest points to another card.

    Refuses, in this order: NotFound or CardClosed, TransferOff, OverCap, PointsExpired, PointsShort.
    """
    programme, card, to, points = command.programme, command.card, command.to, command.points
    giver, taker = open_card(books, programme, card), open_card(books, programme, to)
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
    _move(voucher, card, to, take(voucher, lots, points))
    return voucher.plan("transfer", f"card {card} gives {points} points to card {to}")


@noun.rule(MergeCards)
def merge_cards(terms: PointsTerms, command: MergeCards, books: Books) -> Plan:
    """All lots and debts of a card to another one of its holder; the card is closed.

    Refunds of its orders reach the card that stays.  A credit line is moved there first, so that points
    never give a limit twice.
    Refuses, in this order: NotFound or CardClosed, PersonsDiffer, CreditLineOpen.
    """
    programme, card, into = command.programme, command.card, command.into
    old, new = open_card(books, programme, card), open_card(books, programme, into)
    if old.person != new.person or card == into:
        raise PersonsDiffer(card, old.person, into, new.person)
    if not frees_its_points(books, programme, card, into):
        raise CreditLineOpen(card, into)
    voucher = PointsVoucher(books, terms, programme)
    _take_over_debts(voucher, card, into)
    lots = list(held(books, programme, card))
    _move(voucher, card, into, take(voucher, lots, left_of(lots)))
    stays = voucher.existing(Card, programme, into)
    lifetime, document = stays.lifetime + old.lifetime, stays.document or old.document
    voucher.keep(
        evolve(stays, lifetime=lifetime, document=document),
        evolve(old, closed_on=books.today, merged_into=into, lifetime=0),
    )
    voucher.close(LIVE(programme, card), f"merged into card {into}")
    return voucher.plan("merge", f"merge card {card} into card {into}")


@noun.rule(CloseCard)
def close_card(terms: PointsTerms, command: CloseCard, books: Books) -> Plan:
    """Close a card; points left on it are given up as if they had expired.

    Refunds of its orders are still paid, to the demand account: see `refund_order`.
    Refuses, in this order: NotFound or CardClosed, DebtOpen, PointsLeft without consent.
    """
    programme, card, today = command.programme, command.card, books.today
    owner = open_card(books, programme, card)
    if owed := sum(debts_of(books, programme, card).values()):
        raise DebtOpen(card, owed)
    lots = list(held(books, programme, card))
    if lots and not command.forfeit:
        raise PointsLeft(card, left_of(lots))
    voucher = PointsVoucher(books, terms, programme)
    expire(voucher, {card: lots})
    given_up = by_provider((lot, lot.left) for lot in lots if lot.expiry >= today)
    voucher.keep(evolve(owner, closed_on=today, given_up=dict(given_up)))
    voucher.close(LIVE(programme, card), "the holder left")
    return voucher.plan("close-card", f"close card {card}")


def _move(voucher: PointsVoucher, card: str, to: str, taken: list[tuple[Lot, int]]) -> None:
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
            arrived = {"provider": provider, "points": left, "left": left}
            add_lot(voucher, to, lot.expiry, spendable_on=lot.spendable_on, **arrived)
    for provider, points in repaid.items():
        return_fund(voucher, provider, points)


def _take_over_debts(voucher: PointsVoucher, card: str, into: str) -> None:
    """Debts of a card to the card that stays; what that one holds of the provider repays them first."""
    books, programme = voucher.books, voucher.programme
    holding = list(unexpired(books, programme, into))
    for provider, owed in debts_of(books, programme, card).items():
        lots = [lot for lot in holding if lot.provider == provider]
        paid = by_provider(take(voucher, lots, owed))[provider]
        path = DEBT(programme, card, provider)
        voucher.points(LIVE(programme, into), path, paid)
        return_fund(voucher, provider, paid)
        if owed > paid:
            voucher.points(debt_account(voucher, into, provider), path, owed - paid)
