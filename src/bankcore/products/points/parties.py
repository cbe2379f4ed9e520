"""The programme and who takes part: consumers with their cards, and providers."""

from __future__ import annotations

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import fresh, minor_units, rescheduled, tomorrow
from bankcore.products.points import accounts, commands, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.expiry import expire
from bankcore.products.points.lots import by_provider, expiry_of, held, left_of
from bankcore.products.points.refusals import DebtOpen, PointsLeft
from bankcore.products.points.terms import PointsTerms
from bankcore.products.points.transfers import debts_of

__all__ = [
    "change_terms",
    "close_card",
    "confirm_identity",
    "deposit_cash",
    "join_family",
    "open_programme",
    "register_consumer",
    "register_provider",
]


def open_programme(terms: PointsTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    fresh(books, registry.TERMS, programme)
    draft = Draft(books, terms, programme)
    draft.open(*accounts.bank_accounts(terms.unit, books.today))
    draft.write(registry.TERMS, programme, schedule=[[books.today.isoformat(), terms.as_data()]])
    return draft.plan("open", f"open points programme {programme}")


def change_terms(terms: PointsTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms; lots, orders and agreements keep what they were made with.

    A point keeps its value, for funds are what live points are worth; and what a refund gives back goes
    where the order took it from, so funding stays prepaid or postpaid.
    Refuses: NotFound, BadTerms for a day before tomorrow, and for another unit, value or funding.
    """
    programme, start = command.programme, command.effective_on or tomorrow(books)
    if start <= books.today:
        raise BadTerms("effective_on", f"{start} is not after the business date {books.today}")
    draft = Draft(books, terms, programme)
    keeps = ("unit", "value", "funding")
    draft.put(rescheduled(PointsTerms, books, registry.TERMS, programme, command.terms, start, keeps=keeps))
    return draft.plan("terms", f"terms from {start}: {', '.join(sorted(command.terms))}")


def register_consumer(terms: PointsTerms, command: commands.RegisterConsumer, books: Books) -> Plan:
    """Open a card.  Refuses: AlreadyTaken, also for a card that was closed; UnitMismatch."""
    programme, card, person = command.programme, command.card, command.person or command.card
    fresh(books, registry.CARD, programme, card)
    draft = Draft(books, terms, programme)
    draft.open(*accounts.consumer_accounts(programme, card, person, terms.unit, books.today))
    draft.write(
        registry.CARD,
        programme,
        card,
        **{"person": person, "class": command.consumer_class, "document": "", "family": ""},
        **{"lots": 0, "lifetime": 0, "sent": 0, "sent_on": ""},
        **{"registered_on": books.today.isoformat(), "closed_on": None, "merged_into": None},
    )
    return draft.plan("register-consumer", f"card {card} of {person}")


def register_provider(terms: PointsTerms, command: commands.RegisterProvider, books: Books) -> Plan:
    """Open a provider's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    programme, provider, person = command.programme, command.provider, command.person or command.provider
    fresh(books, registry.PROVIDER, programme, provider)
    draft = Draft(books, terms, programme)
    draft.open(*accounts.provider_accounts(programme, provider, person, terms.unit, books.today))
    state = {"live": 0, "credit": "0/1", "breakage": ["0/1", 0]}
    draft.write(registry.PROVIDER, programme, provider, person=person, **state)
    return draft.plan("register-provider", f"provider {provider}")


def confirm_identity(terms: PointsTerms, command: commands.ConfirmIdentity, books: Books) -> Plan:
    """Note the document that proves who holds the card.  Refuses: NotFound, CardClosed."""
    registry.open_card(books, command.programme, command.card)
    draft = Draft(books, terms, command.programme)
    draft.write(registry.CARD, command.programme, command.card, document=command.document)
    return draft.plan("confirm-identity", f"identity of the holder of card {command.card}")


def deposit_cash(terms: PointsTerms, command: commands.DepositCash, books: Books) -> Plan:
    """Cash to the holder's demand account.  Refuses: UnitMismatch, NotFound, CardClosed."""
    amount = minor_units(terms, command.amount)
    person = registry.open_card(books, command.programme, command.card).data["person"]
    draft = Draft(books, terms, command.programme)
    draft.move(accounts.CASH, accounts.demand(person), amount)
    return draft.plan("deposit-cash", f"cash of the holder of card {command.card}")


def join_family(terms: PointsTerms, command: commands.JoinFamily, books: Books) -> Plan:
    """Note the card's family.  Refuses: NotFound, CardClosed."""
    registry.open_card(books, command.programme, command.card)
    draft = Draft(books, terms, command.programme)
    draft.write(registry.CARD, command.programme, command.card, family=command.family)
    return draft.plan("join-family", f"card {command.card} joins family {command.family}")


def close_card(terms: PointsTerms, command: commands.CloseCard, books: Books) -> Plan:
    """Close a card; points left on it are given up as if they had expired.

    Refunds of its orders are still paid, to the demand account: see `refund_order`.
    Refuses, in this order: NotFound or CardClosed, DebtOpen, PointsLeft without consent.
    """
    programme, card = command.programme, command.card
    registry.open_card(books, programme, card)
    if owed := sum(debts_of(books, programme, card).values()):
        raise DebtOpen(card, owed)
    lots = list(held(books, programme, card))
    if lots and not command.forfeit:
        raise PointsLeft(card, left_of(lots))
    draft = Draft(books, terms, programme)
    expire(draft, {card: lots})
    today = books.today
    given_up = by_provider((lot, lot.data["left"]) for lot in lots if expiry_of(lot) >= today)
    draft.write(registry.CARD, programme, card, closed_on=today.isoformat(), given_up=dict(given_up))
    draft.close(accounts.live(programme, card), "the holder left")
    return draft.plan("close-card", f"close card {card}")
