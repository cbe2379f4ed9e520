"""Cards (统一卡): a consumer's one balance of points over all providers, and what it owes to some.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| deposit cash | cash | demand account | what is paid in |
| repay a debt | repaid | debt to the provider | points |
| | demand account | demand account of the provider | their worth |

>>> LIVE("card", "c001"), DEBT("card", "c001", "g1")
('points:card:consumer:c001:live', 'points:card:debt:c001:g1')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products import standings
from bankcore.products.points.programmes import POINT, PROGRAMMES, PointsTerms, PointsVoucher
from bankcore.products.points.providers import Provider
from bankcore.tables import Table

__all__ = [
    "CardClosed", "ConfirmIdentity", "DebtShort", "DepositCash", "JoinFamily", "RegisterConsumer",
    "RepayDebt", "SelfDealing",
]  # fmt: skip

noun = Noun(__name__)
OWN_CARDS = {Role.CUSTOMER: "card", Role.OPERATOR: "programme"}  # whose a row of a report is
LIVE = chart.liability("points:{programme}:consumer:{card}:live")
REDEEMED = chart.liability("points:{programme}:consumer:{card}:redeemed")  # all that ever was
EXPIRED = chart.liability("points:{programme}:consumer:{card}:expired")  # or was given up
REPAID = chart.liability(
    "points:{programme}:consumer:{card}:repaid", normal_side=Side.DEBIT
)  # debt, by money
DEBT = chart.asset("points:{programme}:debt:{card}:{provider}")  # points owed after a refund
_MOST_EARNERS = 20


@frozen(kw_only=True)
class Card(Facts):
    """What is kept about a card.

    `lots` counts its lots, `lifetime` all points issued to it less those taken back; `sent` is what it gave
    away on `sent_on`.  A closed card has, by provider, the points that were `given_up` with it.
    """

    KIND: ClassVar = standings.CARD  # programme:card
    person: str
    consumer_class: str = kept(name="class")
    document: str = ""  # that proved who holds it
    family: str = ""
    lots: int = 0
    lifetime: int = 0
    sent: int = 0
    sent_on: date | None = kept(None, empty="")
    registered_on: date
    closed_on: date | None = None
    merged_into: str | None = None
    given_up: Mapping[str, int] | None = kept(None, absent=True)


def open_card(books: Books, programme: str, card: str) -> Card:
    """A card in use; raises NotFound, CardClosed."""
    found = Card.existing(books, programme, card)
    if found.closed_on:
        raise CardClosed(card)
    return found


def dealing(books: Books, programme: str, card: str, provider: str) -> tuple[Card, Provider]:
    """A card in use and a provider; raises NotFound, CardClosed."""
    return open_card(books, programme, card), Provider.existing(books, programme, provider)


def check_apart(card: Card, provider: Provider) -> None:
    """Raises SelfDealing where one person has both."""
    if card.person == provider.person:
        raise SelfDealing(card.ids[1], provider.ids[1], card.person)


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
        person = voucher.existing(Card, voucher.programme, card).person
        voucher.open(DEBT.account(*ids, unit=POINT, on=books.today, party=person))
    return DEBT(*ids)


# --- refusals -----------------------------------------------------------------------------------------


@define
class CardClosed(ProductRejection):
    sentence = "card {card} is closed"
    card: str


@define
class SelfDealing(ProductRejection):
    sentence = "card {card} and provider {provider} belong to the same person, {person}"
    card: str
    provider: str
    person: str


@define
class DebtShort(ProductRejection):
    sentence = "card {card} owes provider {provider} {debt} points, not {points}"
    card: str
    provider: str
    debt: int
    points: int


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterConsumer:
    """Issue the unified card of a consumer (消费者注册, 统一卡)."""

    may: ClassVar[Mapping[Role, str]] = {
        Role.OPERATOR: "programme",
        Role.OFFICER: "",
        Role.CUSTOMER: "card",
    }
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    person: str = fields.id_("who holds it; the card's own id if not given", "")
    consumer_class: str = fields.id_("class of consumer, by which providers agree on points", "standard")


@frozen
class ConfirmIdentity:
    """Confirm who holds a card (身份确认)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.OPERATOR: "programme"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    document: str = fields.text("the document that was seen")


@frozen
class JoinFamily:
    """Put a card into a family, whose members may give each other points (加入家庭)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.OPERATOR: "programme"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    family: str = fields.id_("the family")


@frozen
class DepositCash:
    """Pay cash into the demand account of a card's holder (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    amount: Amount = fields.amount("cash paid in")


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
    """Open a card.  Refuses: AlreadyTaken, also for a card that was closed; UnitMismatch."""
    ids, on, person = (command.programme, command.card), books.today, command.person or command.card
    id, by = Card.fresh(books, *ids), command.consumer_class
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.open(
        chart.DEMAND.account(person, unit=terms.unit, on=on, party=person),
        *(it.account(*ids, unit=POINT, on=on, party=person) for it in (LIVE, REDEEMED, EXPIRED, REPAID)),
    )
    voucher.keep(Card(id=id, person=person, consumer_class=by, registered_on=on))
    return voucher.plan("register-consumer", f"card {command.card} of {person}")


@noun.rule(ConfirmIdentity)
def confirm_identity(terms: PointsTerms, command: ConfirmIdentity, books: Books) -> Plan:
    """Note the document that proves who holds the card.  Refuses: NotFound, CardClosed."""
    card = open_card(books, command.programme, command.card)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(card, document=command.document))
    return voucher.plan("confirm-identity", f"identity of the holder of card {command.card}")


@noun.rule(JoinFamily)
def join_family(terms: PointsTerms, command: JoinFamily, books: Books) -> Plan:
    """Note the card's family.  Refuses: NotFound, CardClosed."""
    card = open_card(books, command.programme, command.card)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(card, family=command.family))
    return voucher.plan("join-family", f"card {command.card} joins family {command.family}")


@noun.rule(DepositCash)
def deposit_cash(terms: PointsTerms, command: DepositCash, books: Books) -> Plan:
    """Cash to the holder's demand account.  Refuses: UnitMismatch, NotFound, CardClosed."""
    amount = terms.minor_units(command.amount)
    card = open_card(books, command.programme, command.card)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.move(chart.CASH(), chart.DEMAND(card.person), amount)
    return voucher.plan("deposit-cash", f"cash of the holder of card {command.card}")


@noun.rule(RepayDebt)
def repay_debt(terms: PointsTerms, command: RepayDebt, books: Books) -> Plan:
    """Money to the provider at the value of a point; the debt is counted as repaid.

    Refuses, in this order: NotFound or CardClosed, DebtShort, NotWholeFen.
    """
    programme, card, provider, points = command.programme, command.card, command.provider, command.points
    holder, seller = dealing(books, programme, card, provider)
    if points > (owed := debt_to(books, programme, card, provider)):
        raise DebtShort(card, provider, owed, points)
    worth = terms.whole_worth(points)
    voucher = PointsVoucher(books, terms, programme)
    voucher.points(REPAID(programme, card), DEBT(programme, card, provider), points)
    voucher.move(chart.DEMAND(holder.person), chart.DEMAND(seller.person), worth)
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
            rows.append((*card.ids, card.person, live, worth, redeemed, expired, owed, card.lifetime))
    columns = ("programme", "card", "person", "points", "worth", "redeemed", "expired", "debt", "lifetime")
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
        rows += [(*card.ids, card.person, card.lifetime) for card in ranked[:_MOST_EARNERS]]
    return Table("Top earners", ("programme", "card", "person", "lifetime points"), tuple(rows))
