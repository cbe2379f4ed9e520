"""Points into money: redemption out of the providers' funds, and debt bought back with money."""

from __future__ import annotations

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.points import accounts, commands, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.funds import drawn
from bankcore.products.points.lots import by_provider, held, left_of, spendable, take, unexpired
from bankcore.products.points.refusals import BelowMin, DebtShort, NotWholeFen, PointsExpired, PointsShort
from bankcore.products.points.terms import PointsTerms
from bankcore.rates import fraction_text

__all__ = ["check_spendable", "redeem", "repay_debt"]


def redeem(terms: PointsTerms, command: commands.Redeem, books: Books) -> Plan:
    """The earliest points to redeemed, and their worth from the funds to the demand account.

    Refuses, in this order: NotFound or CardClosed, BelowMin, NotWholeFen, PointsExpired, PointsShort.
    """
    programme, card, points = command.programme, command.card, command.points
    holder = registry.open_card(books, programme, card).data
    if points < terms.least_redeemed:
        raise BelowMin(points, terms.least_redeemed)
    if not terms.is_whole(points):
        raise NotWholeFen(points, fraction_text(terms.value.fraction * points))
    lots = spendable(books, programme, card)
    check_spendable(books, programme, card, left_of(lots), points)
    draft = Draft(books, terms, programme)
    demand, worth = accounts.demand(holder["person"]), terms.worth(points)
    draft.points(accounts.live(programme, card), accounts.redeemed(programme, card), points)
    left = worth
    for provider, part in by_provider(take(draft, lots, points)).items():
        amount = drawn(draft, provider, part)
        paid = min(amount, left)  # each fund rounds on its own; what that leaves over is the bank's
        draft.move(accounts.fund(programme, provider), demand, paid)
        draft.move(accounts.fund(programme, provider), accounts.ROUNDING, amount - paid)
        left -= paid
    draft.move(accounts.ROUNDING, demand, left)
    return draft.plan("redeem", f"{points} points of card {card} for {Amount(worth, terms.unit)}")


def check_spendable(books: Books, programme: str, card: str, available: int, points: int) -> None:
    """Raises PointsExpired where expired points would have covered it, else PointsShort."""
    if available >= points:
        return
    expired = left_of(held(books, programme, card)) - left_of(unexpired(books, programme, card))
    if available + expired >= points:
        raise PointsExpired(card, available, points, expired)
    raise PointsShort(card, available, points)


def repay_debt(terms: PointsTerms, command: commands.RepayDebt, books: Books) -> Plan:
    """Money to the provider at the value of a point; the debt is counted as repaid.

    Refuses, in this order: NotFound or CardClosed, DebtShort, NotWholeFen.
    """
    programme, card, provider, points = command.programme, command.card, command.provider, command.points
    holder = registry.open_card(books, programme, card).data
    seller = existing(books, registry.PROVIDER, programme, provider).data
    path = accounts.debt(programme, card, provider)
    owed = books.balance(path) if books.account(path) is not None else 0
    if points > owed:
        raise DebtShort(card, provider, owed, points)
    if not terms.is_whole(points):
        raise NotWholeFen(points, fraction_text(terms.value.fraction * points))
    draft = Draft(books, terms, programme)
    draft.points(accounts.repaid(programme, card), path, points)
    draft.move(accounts.demand(holder["person"]), accounts.demand(seller["person"]), terms.worth(points))
    return draft.plan("repay-debt", f"card {card} buys back {points} points owed to {provider}")
