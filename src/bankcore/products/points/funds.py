"""The money behind live points: a provider's fund is what they are worth, at every moment.

A prepaid fund is filled by the order itself; for a postpaid one the bank advances the money up to a
cap, until the provider settles.
"""

from __future__ import annotations

from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, minor_units
from bankcore.products.points import accounts, commands, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.refusals import FundShort
from bankcore.products.points.terms import Funding, PointsTerms

__all__ = ["drawn", "fill", "give_back", "settle_fund"]


def fill(draft: Draft, provider: str, points: int, income: int = 0) -> int:
    """Put money behind new live points; `income` reaches the provider in the same transaction.

    Returns what the fund got.  Raises FundShort.
    """
    added = _moved(draft, provider, points)
    fund = accounts.fund(draft.programme, provider)
    if draft.terms.funding is Funding.PREPAID:
        source = accounts.demand(draft.data(registry.PROVIDER, draft.programme, provider)["person"])
        available = draft.books.available(source)
        if available is not None and available + income < added:
            raise FundShort(provider, available + income, added, draft.terms.unit)
    else:
        source = accounts.advance(draft.programme, provider)
        available = draft.terms.funding_cap - draft.books.balance(source)
        if available < added:
            raise FundShort(provider, available, added, draft.terms.unit)
    draft.move(source, fund, added)
    return added


def drawn(draft: Draft, provider: str, points: int) -> int:
    """What leaves the fund when points stop being live; the caller says where it goes."""
    return -_moved(draft, provider, -points)


def give_back(draft: Draft, provider: str, points: int, share: int | None = None) -> int:
    """Take points out of the fund and return the money, or a share of it, to the provider.

    An advance of the bank is repaid first.  Returns what left the fund for the provider.
    """
    amount = drawn(draft, provider, points) if share is None else share
    fund, advance = accounts.fund(draft.programme, provider), accounts.advance(draft.programme, provider)
    owed = min(amount, draft.books.balance(advance))
    person = draft.data(registry.PROVIDER, draft.programme, provider)["person"]
    draft.move(fund, advance, owed)
    draft.move(fund, accounts.demand(person), amount - owed)
    return amount


def settle_fund(terms: PointsTerms, command: commands.SettleFund, books: Books) -> Plan:
    """The provider's demand account repays the bank's advance.

    Refuses: UnitMismatch, NotFound, BalanceFloorBreached for more than was advanced.
    """
    programme, provider, amount = (
        command.programme,
        command.provider,
        minor_units(terms, command.amount),
    )
    person = existing(books, registry.PROVIDER, programme, provider).data["person"]
    advance = accounts.advance(programme, provider)
    if amount > (owed := books.balance(advance)):
        raise BalanceFloorBreached(advance, owed, 0, 0, amount, terms.unit)
    draft = Draft(books, terms, programme)
    draft.move(accounts.demand(person), advance, amount)
    return draft.plan("settle-fund", f"provider {provider} repays the advance")


def _moved(draft: Draft, provider: str, points: int) -> int:
    """How the fund changes with so many more live points."""
    live = draft.data(registry.PROVIDER, draft.programme, provider)["live"]
    draft.write(registry.PROVIDER, draft.programme, provider, live=live + points)
    return draft.terms.worth(live + points) - draft.terms.worth(live)
