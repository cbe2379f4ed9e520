"""Recommending modes to an enterprise by what the platform gathered of it."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.deposit_modes import commands
from bankcore.products.deposit_modes.agreed import covered
from bankcore.products.deposit_modes.recommendation import Facts, Recommendation, Weights, recommend
from bankcore.products.deposit_modes.registry import AGREEMENT, OFFER, RECOMMENDATION, offer_on, start
from bankcore.products.deposit_modes.shipped import SALES, SHIPPED
from bankcore.products.deposit_modes.terms import ModeTerms
from bankcore.products.enterprise.activity import activity_of, note_visit
from bankcore.products.enterprise.enterprises import approved_enterprise as enterprise
from bankcore.products.enterprise.entitlements import worth_of
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.enterprise.ratings import grade_of

__all__ = ["WINDOW", "gathered", "recommend_modes", "recommended", "visit"]

WINDOW: Final = 90  # days
_REBATE: Final = 1_000  # whole units


def recommend_modes(terms: EnterpriseTerms, command: commands.RecommendModes, books: Books) -> Plan:
    """Note what is recommended today, with the reasons.  Refuses: NotFound, NotApproved."""
    programme, who = command.programme, command.enterprise
    enterprise(books, programme, who)
    found = recommended(books, programme, who)
    draft = start(books, programme)
    draft.write(
        RECOMMENDATION,
        programme,
        who,
        on=books.today.isoformat(),
        offered=[score.mode for score in found.offered],
        because=found.because,
        scores=[[score.mode, str(score.score), score.words()] for score in found.all],
    )
    modes = ", ".join(score.mode for score in found.offered) or "none"
    return Plan((draft.transaction("recommend", f"recommended to {who}: {modes}"),))


def visit(terms: EnterpriseTerms, command: commands.Visit, books: Books) -> Plan:
    """Count a visit.  Refuses, in this order: NotFound, NotApproved, NotFound for no mode of the bank's."""
    enterprise(books, command.programme, command.enterprise)
    existing(books, OFFER, command.programme, command.mode)
    draft = start(books, command.programme)
    note_visit(draft, command.enterprise, command.mode)
    return draft.plan("visit", f"{command.enterprise} looks at {command.mode}")


def recommended(books: Books, programme: str, who: str) -> Recommendation:
    """What suits an enterprise by its last 90 days, today the last of them."""
    facts = gathered(books, programme, who)
    offered = books.record(OFFER, f"{programme}:{SALES}") is not None
    plain = ModeTerms.from_data({**SHIPPED[SALES], "unit": str(facts.unit)})
    quota = (offer_on(books, programme, SALES, books.today) if offered else plain).quota.usual
    return recommend(facts, Weights(quota=quota, rebate=_REBATE * 10**facts.unit.scale))


def gathered(books: Books, programme: str, who: str) -> Facts:
    """What the platform knows of an enterprise."""
    known = activity_of(books, programme, who, WINDOW)
    return Facts(
        receipts=known.receipts,
        payments=known.payments,
        platform_payments=known.payments,
        freight=known.freight,
        mean_balance=_mean_balance(books, who),
        trades=known.trades,
        unused_rebate=worth_of(books, programme, who),
        visits={mode: known.visits.get(mode, 0) for mode in SHIPPED},
        grade=grade_of(books, programme, who),
        unit=PROGRAMMES.today(books, programme).unit,
    )


def _mean_balance(books: Books, who: str) -> Fraction:
    """The mean of the window's closing balances where an agreement notes them, else the present balance."""
    present = Fraction(books.balance(chart.DEMAND(who)))
    record = books.record(AGREEMENT, who)
    if record is None or record.data["closed_on"] is not None:
        return present
    first = max(books.today, date.min + timedelta(days=WINDOW)) - timedelta(days=WINDOW)
    days = [(_between(since, until, first), it["balance"]) for it, since, until in covered(books, who)]
    whole = sum(count for count, _ in days)
    return Fraction(sum(count * balance for count, balance in days), whole) if whole else present


def _between(since: date, until: date, first: date) -> Any:
    return max((until - max(since, first)).days, 0)
