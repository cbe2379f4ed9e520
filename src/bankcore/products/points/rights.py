"""Points that the bank itself grants with a sale: a material right, whose price is revenue only later.

The price of the sale is divided between goods and points by relative stand-alone prices (IFRS 15,
B39 to B43); the points' part becomes revenue as they are redeemed, in proportion to all that are
expected to be, caught up cumulatively whenever the expectation changes.
"""

from __future__ import annotations

from fractions import Fraction

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units
from bankcore.products.points import accounts, commands, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.refusals import RightRefused
from bankcore.products.points.terms import PointsTerms
from bankcore.rates import round_half_up

__all__ = ["revise_right", "sell_with_points"]


def sell_with_points(terms: PointsTerms, command: commands.SellWithPoints, books: Books) -> Plan:
    """Cash to revenue and to the liability for the points.

    Refuses, in this order: UnitMismatch, AlreadyTaken, RightRefused.
    """
    programme, sale, price = command.programme, command.sale, minor_units(terms, command.price)
    worth = Fraction(minor_units(terms, command.worth) * command.expected, command.points)
    fresh(books, registry.RIGHT, programme, sale)
    if command.expected > command.points:
        raise RightRefused(sale, f"{command.expected} of {command.points} points cannot be redeemed")
    deferred = round_half_up(price * worth / (price + worth))
    draft, path = Draft(books, terms, programme), accounts.right(programme, sale)
    draft.open(accounts.right_account(path, terms.unit, books.today))
    draft.move(accounts.CASH, accounts.REVENUE, price - deferred)
    draft.move(accounts.CASH, path, deferred)
    data = {"points": command.points, "deferred": deferred, "redeemed": 0, "expected": command.expected}
    draft.write(registry.RIGHT, programme, sale, recognised=0, **data)
    return draft.plan("sell", f"sale {sale} with {command.points} points")


def revise_right(terms: PointsTerms, command: commands.ReviseRight, books: Books) -> Plan:
    """Liability to revenue, or back, so that what is recognised is in proportion again.

    With as many redeemed as are expected nothing of the liability is left.
    Refuses, in this order: NotFound, RightRefused.
    """
    programme, sale, redeemed, expected = command.programme, command.sale, command.redeemed, command.expected
    data = existing(books, registry.RIGHT, programme, sale).data
    if not data["redeemed"] <= redeemed <= expected <= data["points"]:
        raise RightRefused(
            sale,
            f"{data['redeemed']} points were redeemed of {data['points']}; "
            f"{redeemed} of {expected} expected is impossible",
        )
    recognised = round_half_up(Fraction(data["deferred"] * redeemed, expected))
    change, path = recognised - data["recognised"], accounts.right(programme, sale)
    debit, credit = (path, accounts.REVENUE) if change > 0 else (accounts.REVENUE, path)
    draft = Draft(books, terms, programme)
    draft.move(debit, credit, abs(change))
    changes = {"recognised": recognised, "redeemed": redeemed, "expected": expected}
    draft.write(registry.RIGHT, programme, sale, **changes)
    return draft.plan("revise-right", f"{redeemed} of {expected} points of sale {sale} redeemed")
