"""Points between cards: a gift within a family, and the merging of two cards into the unified one.

Lots keep their expiry and their provider.  A card never holds points of a provider to which it owes
points: what arrives repays the debt first, and the money behind it returns to the provider.
"""

from __future__ import annotations

from collections import Counter

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.refusals import PersonsDiffer
from bankcore.products.points import accounts, commands, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.funds import give_back
from bankcore.products.points.lots import (
    add_lot,
    by_provider,
    expiry_of,
    held,
    left_of,
    spendable,
    take,
    unexpired,
)
from bankcore.products.points.redemptions import check_spendable
from bankcore.products.points.refusals import CreditLineOpen, OverCap, TransferOff
from bankcore.products.points.terms import PointsTerms, Transfers
from bankcore.products.standings import frees_its_points

__all__ = ["debts_of", "merge_cards", "transfer_points"]


def transfer_points(terms: PointsTerms, command: commands.TransferPoints, books: Books) -> Plan:
    """The earliest points to another card.

    Refuses, in this order: NotFound or CardClosed, TransferOff, OverCap, PointsExpired, PointsShort.
    """
    programme, card, to, points = command.programme, command.card, command.to, command.points
    giver = registry.open_card(books, programme, card).data
    taker = registry.open_card(books, programme, to).data
    if terms.transfers is Transfers.OFF:
        raise TransferOff(card, to, "transfers are off")
    if card == to or not giver["family"] or giver["family"] != taker["family"]:
        raise TransferOff(card, to, "they are not two cards of one family")
    today = books.today.isoformat()
    sent = points + (giver["sent"] if giver["sent_on"] == today else 0)
    if sent > terms.transfer_cap:
        raise OverCap(card, sent, terms.transfer_cap)
    lots = spendable(books, programme, card)
    check_spendable(books, programme, card, left_of(lots), points)
    draft = Draft(books, terms, programme)
    draft.write(registry.CARD, programme, card, sent=sent, sent_on=today)
    _move(draft, card, to, take(draft, lots, points))
    return draft.plan("transfer", f"card {card} gives {points} points to card {to}")


def merge_cards(terms: PointsTerms, command: commands.MergeCards, books: Books) -> Plan:
    """All lots and debts of a card to another one of its holder; the card is closed.

    Refunds of its orders reach the card that stays.  A credit line is moved there first, so that points
    never give a limit twice.
    Refuses, in this order: NotFound or CardClosed, PersonsDiffer, CreditLineOpen.
    """
    programme, card, into = command.programme, command.card, command.into
    old = registry.open_card(books, programme, card).data
    new = registry.open_card(books, programme, into).data
    if old["person"] != new["person"] or card == into:
        raise PersonsDiffer(card, old["person"], into, new["person"])
    if not frees_its_points(books, programme, card, into):
        raise CreditLineOpen(card, into)
    draft = Draft(books, terms, programme)
    _take_over_debts(draft, card, into, new["person"])
    lots = list(held(books, programme, card))
    _move(draft, card, into, take(draft, lots, left_of(lots)))
    stays = draft.data(registry.CARD, programme, into)
    draft.write(
        registry.CARD,
        programme,
        into,
        lifetime=stays["lifetime"] + old["lifetime"],
        document=stays["document"] or old["document"],
    )
    today = books.today.isoformat()
    draft.write(registry.CARD, programme, card, closed_on=today, merged_into=into, lifetime=0)
    draft.close(accounts.live(programme, card), f"merged into card {into}")
    return draft.plan("merge", f"merge card {card} into card {into}")


def debts_of(books: Books, programme: str, card: str) -> dict[str, int]:
    """The points that a card owes, by provider."""
    root = accounts.debts_root(programme, card)
    return {path.rpartition(":")[2]: owed for path, owed in books.balances(root) if owed}


def _move(draft: Draft, card: str, to: str, taken: list[tuple[Record, int]]) -> None:
    """What was taken from lots of one card becomes lots of another, less what repays its debts."""
    programme = draft.programme
    debts = Counter(debts_of(draft.books, programme, to))
    repaid: Counter[str] = Counter()
    source = accounts.live(programme, card)
    for lot, part in taken:
        provider = lot.data["provider"]
        gone = expiry_of(lot) < draft.books.today  # what has expired repays nothing
        owed = 0 if gone else min(part, debts[provider] - repaid[provider])
        draft.points(source, accounts.debt(programme, to, provider), owed)
        repaid[provider] += owed
        if part > owed:
            draft.points(source, accounts.live(programme, to), part - owed)
            add_lot(draft, to, provider, part - owed, expiry_of(lot), lot.data["spendable_on"])
    for provider, points in repaid.items():
        if points:
            give_back(draft, provider, points)


def _take_over_debts(draft: Draft, card: str, into: str, person: str) -> None:
    """Debts of a card to the card that stays; what that one holds of the provider repays them first."""
    books, programme = draft.books, draft.programme
    holding = list(unexpired(books, programme, into))
    for provider, owed in debts_of(books, programme, card).items():
        lots = [lot for lot in holding if lot.data["provider"] == provider]
        paid = by_provider(take(draft, lots, owed))[provider]
        path = accounts.debt(programme, card, provider)
        draft.points(accounts.live(programme, into), path, paid)
        if paid:
            give_back(draft, provider, paid)
        if owed > paid:
            draft.points(draft.debt(into, provider, person), path, owed - paid)
