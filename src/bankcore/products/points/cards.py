"""Cards (统一卡): a party's one balance of points over all providers, and what it owes to some.

A party has one card in a programme, which is named by the party.  It is for parties that are identified.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| repay a debt | repaid | debt to the provider | points |
| | demand account | demand account of the provider | their worth |

>>> LIVE("card", "c001"), DEBT("card", "c001", "g1")
('points:card:consumer:c001:live', 'points:card:debt:c001:g1')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, ProductRejection
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import Contract, account_of, acting_for, active_party, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products import standings
from bankcore.products.points.numbers import issue_numbers
from bankcore.products.points.programmes import POINT, PROGRAMMES, PointsTerms, PointsVoucher
from bankcore.products.points.providers import DEBT, open_provider
from bankcore.tables import Table

__all__ = [
    "CardClosed",
    "CardLost",
    "DebtShort",
    "JoinFamily",
    "RegisterConsumer",
    "RepayDebt",
    "SelfDealing",
]

noun = Noun(__name__)
OWN_CARDS = {Role.CUSTOMER: "card", Role.OPERATOR: "programme"}  # whose a row of a report is
LIVE = chart.liability("points:{programme}:consumer:{card}:live")
REDEEMED = chart.liability("points:{programme}:consumer:{card}:redeemed")  # all that ever was
EXPIRED = chart.liability("points:{programme}:consumer:{card}:expired")  # or was given up
REPAID = chart.liability(
    "points:{programme}:consumer:{card}:repaid", normal_side=Side.DEBIT
)  # debt, by money
STANDARD = "standard"  # the class of consumers that nobody has put into another
_MOST_EARNERS = 20


@frozen(kw_only=True)
class Card(Facts):
    """What is kept about a card, which is named by its party.

    `lots` counts its lots, `lifetime` all points issued to it less those taken back, of which `granted` came
    without an order, and `waiting` do not count for limits before a day; `sent` is what it gave away on
    `sent_on`, `unconfirmed` what it paid on `unconfirmed_on` with nothing to confirm it; `given_up`
    are, by provider, the points that went when it was closed, with the lots up to number `gone`.
    """

    KIND: ClassVar = standings.CARD  # programme:party
    consumer_class: str = kept(name="class")
    family: str = ""
    lots: int = 0
    lifetime: int = 0
    granted: int = 0
    waiting: Mapping[str, int] = field(factory=dict)
    sent: int = 0
    sent_on: date | None = kept(None, empty="")
    unconfirmed: int = 0
    unconfirmed_on: date | None = None
    registered_on: date
    lost_on: date | None = None
    closed_on: date | None = None
    merged_into: str | None = None
    given_up: Mapping[str, int] | None = kept(None, absent=True)
    gone: int = 0

    def went(self, lot: str) -> bool:
        """Whether points of a lot, spent or not, were the card's when it was last closed."""
        number = int(lot.rpartition(":")[2]) if lot.startswith(f"{self.id}:") else self.lots + 1
        return self.closed_on is not None or number <= self.gone


def open_card(books: Books, programme: str, card: str) -> Card:
    """A card in use; raises NotFound, CardClosed."""
    found = Card.existing(books, programme, card)
    if found.closed_on:
        raise CardClosed(card)
    return found


def usable_card(books: Books, programme: str, card: str) -> Card:
    """A card with which one may pay and spend; raises NotFound, CardClosed, CardLost."""
    found = open_card(books, programme, card)
    if found.lost_on:
        raise CardLost(card, found.lost_on)
    return found


def dealing(books: Books, programme: str, card: str, provider: str) -> Card:
    """The card of a consumer who deals with a provider.

    Raises, in this order: NotFound, CardClosed, PartySuspended, SelfDealing where both are one party, or one
    of them acts for the other.
    """
    found = open_card(books, programme, card)
    open_provider(books, programme, provider)
    buyer, seller = active_party(books, card), active_party(books, provider)
    if card == provider or card in seller.representatives or provider in buyer.representatives:
        raise SelfDealing(card, provider)
    return found


# --- points debt --------------------------------------------------------------------------------------


def debts_of(books: Books, programme: str, card: str) -> dict[str, int]:
    """The points that a card owes, by provider."""
    root = DEBT.root(programme, card)
    return {path.rpartition(":")[2]: owed for path, owed in books.balances(root) if owed}


def debt_to(books: Books, programme: str, card: str, provider: str) -> int:
    """The points that a card owes to a provider."""
    path = DEBT(programme, card, provider)
    return books.balance(path) if books.account(path) is not None else 0


def debt_account(voucher: PointsVoucher, card: str, provider: str) -> AccountPath:
    """The account of a points debt, opened if this is the first."""
    ids, books = (voucher.programme, card, provider), voucher.books
    if books.account(DEBT(*ids)) is None:
        voucher.open(DEBT.account(*ids, unit=POINT, on=books.today, party=card))
    return DEBT(*ids)


# --- refusals -----------------------------------------------------------------------------------------


class CardClosed(ProductRejection):
    sentence = "card {card} is closed"
    card: str


class CardLost(ProductRejection):
    sentence = "card {card} was lost on {since} and is to be replaced"
    card: str
    since: date


class SelfDealing(ProductRejection):
    sentence = "card {card} and provider {provider} are one party, or one acts for the other"
    card: str
    provider: str


class DebtShort(ProductRejection):
    sentence = "card {card} owes provider {provider} {debt} points, not {points}"
    card: str
    provider: str
    debt: int
    points: int


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterConsumer:
    """Issue a party's unified card (消费者注册, 统一卡); a class of its own is for the bank to give."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the party whose card it is")
    consumer_class: str = fields.id_("class of consumer, by which providers agree on points", STANDARD)


@frozen
class JoinFamily:
    """Put a card into a family, whose members may give each other points (加入家庭)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    family: str = fields.id_("the family")


@frozen
class RepayDebt:
    """Buy back points owed to a provider with money (偿还积分欠款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    provider: str = fields.id_("the provider of goods or services")
    points: int = fields.count("how many points")


@noun.rule(RegisterConsumer)
def register_consumer(terms: PointsTerms, command: RegisterConsumer, books: Books) -> Plan:
    """Open a card, or a closed one again, with numbers of its own; from now on it binds its party.

    Refuses, in this order: ActorNotPermitted for a customer who names a class, NotFound, PartyErased,
    PartySuspended, NotIdentified, NoCurrentAccount, AlreadyTaken, also for a card that was merged into
    another; UnitMismatch.
    """
    ids, on, by = (command.programme, command.card), books.today, command.consumer_class
    actor = acting_for(books, command.card)
    if actor.role is Role.CUSTOMER and by != STANDARD:
        raise ActorNotPermitted(str(actor), "register-consumer with a class")
    party = identified_party(books, command.card).id
    account_of(books, party)
    known = Card.find(books, *ids)
    if known is not None and (not known.closed_on or known.merged_into):
        raise AlreadyTaken("card", party)
    voucher = PointsVoucher(books, terms, command.programme)
    if known is not None:
        voucher.reopen(LIVE(*ids), "the holder came back")
        voucher.keep(evolve(known, closed_on=None, consumer_class=by, lost_on=None))
    else:
        accounts = (LIVE, REDEEMED, EXPIRED, REPAID)
        voucher.open(*(it.account(*ids, unit=POINT, on=on, party=party) for it in accounts))
        voucher.keep(Card(id=":".join(ids), consumer_class=by, registered_on=on))
    issue_numbers(voucher, *ids)
    voucher.put(Contract.opened(books, party, "points", command.programme, "card"))
    return voucher.plan("register-consumer", f"card {party}")


@noun.rule(JoinFamily)
def join_family(terms: PointsTerms, command: JoinFamily, books: Books) -> Plan:
    """Note the card's family.  Refuses: NotFound, CardClosed."""
    card = open_card(books, command.programme, command.card)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(card, family=command.family))
    return voucher.plan("join-family", f"card {command.card} joins family {command.family}")


@noun.rule(RepayDebt)
def repay_debt(terms: PointsTerms, command: RepayDebt, books: Books) -> Plan:
    """Money to the provider at the value of a point; the debt is counted as repaid.

    Refuses, in this order: PartySuspended for who acts for the holder, NotFound or CardClosed, DebtShort,
    NotWholeFen.
    """
    programme, card, provider, points = command.programme, command.card, command.provider, command.points
    acting_for(books, card)
    open_card(books, programme, card)
    open_provider(books, programme, provider)
    if points > (owed := debt_to(books, programme, card, provider)):
        raise DebtShort(card, provider, owed, points)
    worth = terms.whole_worth(points)
    voucher = PointsVoucher(books, terms, programme)
    voucher.points(REPAID(programme, card), DEBT(programme, card, provider), points)
    voucher.move(chart.DEMAND(card), chart.DEMAND(provider), worth)
    return voucher.plan("repay-debt", f"card {card} buys back {points} points owed to {provider}")


# --- reports ------------------------------------------------------------------------------------------


@noun.report("cards", OWN_CARDS)
def list_cards(books: Books) -> Table:
    """Each card: points, their worth, what was redeemed and expired, debt, and lifetime net points."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for card in Card.every(books, programme):
            live, redeemed, expired = (books.balance(it(*card.ids)) for it in (LIVE, REDEEMED, EXPIRED))
            owed, worth = sum(debts_of(books, *card.ids).values()), Amount(terms.worth(live), terms.unit)
            rows.append((*card.ids, live, worth, redeemed, expired, owed, card.lifetime))
    columns = ("programme", "card", "points", "worth", "redeemed", "expired", "debt", "lifetime")
    return Table("Cards", columns, tuple(rows))


@noun.report("debts", OWN_CARDS)
def list_debts(books: Books) -> Table:
    """Points owed after refunds, by card and provider."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for card in Card.every(books, programme):
            for provider, owed in debts_of(books, *card.ids).items():
                rows.append((*card.ids, provider, owed, Amount(terms.worth(owed), terms.unit)))
    return Table("Points debt", ("programme", "card", "provider", "points", "worth"), tuple(rows))


@noun.report("top-earners", OWN_CARDS)
def list_top_earners(books: Books) -> Table:
    """The cards with the most lifetime points, where fraud shows first."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        ranked = sorted(Card.every(books, programme), key=lambda it: (-it.lifetime, it.ids[1]))
        rows += [(*card.ids, card.lifetime) for card in ranked[:_MOST_EARNERS]]
    return Table("Top earners", ("programme", "card", "lifetime points"), tuple(rows))
