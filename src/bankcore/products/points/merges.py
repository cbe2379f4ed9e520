"""Mergers of cards (合并卡): two officers find that one person was registered twice, by two documents.

One document is one party, so two parties with documents of the same kind are two persons.  Whose card is
merged keeps nothing on it; lots keep their expiry and provider, debts go along, refunds reach the card
that stays.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| merge | live | debt of the card that stays first, then its live | points |
| merge a debt | live of the card that stays, then its debt | debt | points |

>>> PersonsDiffer("c001", "c002").code
'persons_differ'
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
from bankcore.product.approvals import Decision, list_proposals
from bankcore.product.parties import Contract, Kind, Party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.points.cards import LIVE, Card, debt_account, debts_of, open_card
from bankcore.products.points.lots import by_provider, held, left_of, return_fund, take, unexpired
from bankcore.products.points.programmes import PointsTerms, PointsVoucher
from bankcore.products.points.providers import DEBT, check_no_line
from bankcore.products.points.transfers import move_lots
from bankcore.tables import Table

__all__ = ["ApproveMerge", "PersonsDiffer", "ProposeMerge", "RejectMerge"]

noun = Noun(__name__)


@frozen
class Into:
    """The card that stays."""

    into: str


@frozen(kw_only=True)
class Merge(Decision):
    """The decision of two officers to merge a card into another."""

    KIND: ClassVar = "points.merge"  # programme:card
    what: Into


class PersonsDiffer(ProductRejection):
    sentence = "cards {card} and {into} cannot be of one person"
    card: str
    into: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class ProposeMerge:
    """Propose to merge the card of a person who was registered twice (申请合并卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    into: str = fields.id_("the card that stays")


@frozen
class ApproveMerge:
    """Merge the cards as another officer proposed (复核合并卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    proposal: int = fields.proposal()


@frozen
class RejectMerge:
    """Turn down what another officer proposed (拒绝合并卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    proposal: int = fields.proposal()


@noun.rule(ProposeMerge)
def propose_merge(terms: PointsTerms, command: ProposeMerge, books: Books) -> Plan:
    """Note the proposal.

    Refuses, in this order: NotFound or CardClosed, PersonsDiffer, CreditLineOpen, AlreadyProposed.
    """
    ids, into = (command.programme, command.card), command.into
    about = _cards(books, *ids, into)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(Merge.proposed(books, *ids, about=about, what=Into(into)))
    return voucher.plan("propose-merge", f"merger of card {command.card} into {into} is proposed")


@noun.rule(ApproveMerge)
def approve_merge(terms: PointsTerms, command: ApproveMerge, books: Books) -> Plan:
    """All lots and debts of a card to the one that stays; the card is closed.

    Refuses, in this order: NothingProposed, NotFound or CardClosed, PersonsDiffer, CreditLineOpen,
    SamePerson, StaleProposal also where one of the cards changed meanwhile.
    """
    programme, card = command.programme, command.card
    proposed = Merge.find(books, programme, card)
    about = _cards(books, programme, card, proposed.what.into) if proposed and proposed.is_open else None
    decided = Merge.approved(books, programme, card, seen=command.proposal, about=about)
    into = decided.what.into
    voucher = PointsVoucher(books, terms, programme)
    _take_over_debts(voucher, card, into)
    lots = list(held(books, programme, card))
    move_lots(voucher, card, into, take(voucher, lots, left_of(lots)))
    old, stays = voucher.existing(Card, programme, card), voucher.existing(Card, programme, into)
    voucher.keep(
        decided,
        evolve(
            stays,
            lifetime=stays.lifetime + old.lifetime,
            granted=stays.granted + old.granted,
            waiting=Counter(stays.waiting) + Counter(old.waiting),
        ),
        evolve(old, closed_on=books.today, merged_into=into, lifetime=0, granted=0, waiting={}),
    )
    voucher.close(LIVE(programme, card), f"merged into card {into}")
    voucher.put(Contract.ended(books, card, "points", programme, "card"))
    return voucher.plan("merge", f"merge card {card} into card {into}")


@noun.rule(RejectMerge)
def reject_merge(terms: PointsTerms, command: RejectMerge, books: Books) -> Plan:
    """Nothing is merged.  Refuses, in this order: NothingProposed, SamePerson, StaleProposal."""
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(Merge.rejected(books, command.programme, command.card, seen=command.proposal))
    return voucher.plan("reject-merge", f"merger of card {command.card} is rejected")


def _cards(books: Books, programme: str, card: str, into: str) -> list[int]:
    """The versions of two cards that may be merged.

    Raises, in this order: NotFound, CardClosed, PersonsDiffer, CreditLineOpen.
    """
    old, stays = open_card(books, programme, card), open_card(books, programme, into)
    one, other = Party.existing(books, card), Party.existing(books, into)
    if one.kind is not Kind.PERSON or other.kind is not Kind.PERSON or one.document == other.document:
        raise PersonsDiffer(card, into)
    check_no_line(books, programme, "consumer", card)
    return [old.version, stays.version]


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


@noun.report("proposals", {})
def list_open_proposals(books: Books) -> Table:
    """Mergers that are proposed, and the versions that whoever decides has to name."""
    return list_proposals(books, Merge)
