"""Expiry (积分到期): points whose last day has passed leave their card, at the close of the day after it.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| expire | live | expired | what is left of the lots |
| | fund | advance, demand account; breakage income | its worth, by share |
| and those of a sale | as the bank's expire: see rights | | |

The close reads the cards that are due and no others, a page at a time, so its work is linear in what
expires.  Nothing a holder could still spend is touched, however late it runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from attrs import evolve

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import existing
from bankcore.products.points.cards import EXPIRED, LIVE, OWN_CARDS, Card
from bankcore.products.points.lots import (
    COLUMNS,
    DUE,
    Due,
    Lot,
    by_provider,
    by_sale,
    left_of,
    row,
    take,
    unexpired,
)
from bankcore.products.points.programmes import PROGRAMMES, PointsVoucher
from bankcore.products.points.providers import FUND, Provider, drawn, give_back
from bankcore.products.points.rights import expire_granted
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)


@noun.daily(Phase.DUE)
def expire_due(books: Books, day: date) -> Iterator[Step]:
    """Lots whose last day has passed leave their cards; a card that cannot be served is due tomorrow."""
    return DUE.steps(books, day, PROGRAMMES.ids(books), "expire", _expire_card, _expire_cards)


def expire(voucher: PointsVoucher, lots: Mapping[str, list[Lot]]) -> None:
    """Take lots off their cards; the money behind them goes to provider and bank by breakage share.

    The bank's share is rounded over all that ever expired of the provider, so it does not matter how
    many lots leave their cards at once.
    """
    programme = voucher.programme
    gone: Counter[str] = Counter()
    for card, its in lots.items():
        points = left_of(its)
        taken = take(voucher, its, points)
        gone += by_provider(taken)
        for sale, part in by_sale(taken).items():
            expire_granted(voucher, sale, part)
        voucher.points(LIVE(programme, card), EXPIRED(programme, card), points)
    for provider in sorted(gone):
        if amount := drawn(voucher, provider, gone[provider]):
            bank = _breakage(voucher, provider, amount)
            give_back(voucher, provider, amount - bank)
            voucher.move(FUND(programme, provider), chart.BREAKAGE_INCOME(), bank)


def _breakage(voucher: PointsVoucher, provider: str, amount: int) -> int:
    """The bank's part of the money behind points that expired."""
    before = voucher.existing(Provider, voucher.programme, provider)
    share, bank = before.breakage.add(amount * (1 - voucher.terms.breakage.fraction)).post()
    voucher.keep(evolve(before, breakage=share))
    return bank


def _expire_card(books: Books, programme: str, card: str) -> Iterator[Transaction]:
    return _expire_cards(books, programme, [existing(books, Due.KIND, programme, str(books.today), card)])


def _expire_cards(books: Books, programme: str, notes: Sequence[Record]) -> Iterator[Transaction]:
    voucher = PointsVoucher(books, PROGRAMMES.today(books, programme), programme)
    due = map(Due.of, notes)
    lots = {it.ids[2]: lots for it in due if (lots := list(_expired(books, it)))}
    expire(voucher, lots)
    if lots:
        yield voucher.transaction("expire", f"points of {programme} expire")


def _expired(books: Books, due: Due) -> Iterator[Lot]:
    """The lots of a card with points left and a last day before today."""
    programme, _, card = due.ids
    today = books.today
    for lot in Lot.every(books, programme, card, after=f"{programme}:{card}:{due.since}"):
        if lot.expiry >= today:
            break
        if lot.left:
            yield lot


# --- reports ---


@noun.report("expiring", OWN_CARDS)
def list_expiring(books: Books) -> Table:
    """The lots of which holders are warned: those that expire within the days of the terms."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        until = books.today + timedelta(days=terms.warning_days)
        for card in Card.every(books, programme):
            rows += [row(lot) for lot in unexpired(books, *card.ids) if lot.expiry <= until]
    return Table("Expiring points", COLUMNS, tuple(rows))


@noun.report("next-expiry", OWN_CARDS)
def list_next_expiry(books: Books) -> Table:
    """For each card with points the next day of expiry, and how many expire then."""
    rows = []
    for card in Card.every(books):
        if lots := list(unexpired(books, *card.ids)):
            first = lots[0].expiry
            rows.append((*card.ids, left_of(lots), first, left_of(it for it in lots if it.expiry == first)))
    return Table("Next expiry", ("programme", "card", "points", "expires", "expiring"), tuple(rows))


@noun.report("breakage", {})
def show_breakage(books: Books) -> Table:
    """What the bank earned from expired points."""
    units = [terms.unit for _, terms in PROGRAMMES.offered(books)][:1]
    earned = tuple((Amount(books.balance(chart.BREAKAGE_INCOME()), unit),) for unit in units)
    return Table("Breakage", ("income of the bank",), earned)
