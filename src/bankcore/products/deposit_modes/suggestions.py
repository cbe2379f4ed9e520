"""Recommending modes (推荐存款模式) to an enterprise by what it did lately.  Nothing is posted.

Weights, cut, window and the most that are recommended are terms of the platform; each mode says by which
measure it is scored.  Balances count as they were at the close of each day of the window, today not yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar, Final

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.product import chart, fields, records
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.interest import closing_balances
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.deposit_modes.arrivals import arrivals
from bankcore.products.deposit_modes.modes import OFFER, Kept, OfMode, offer_on
from bankcore.products.deposit_modes.recommendation import Facts as Known
from bankcore.products.deposit_modes.recommendation import Recommendation, Weights, recommend
from bankcore.products.deposit_modes.shipped import SALES, SHIPPED
from bankcore.products.deposit_modes.terms import ModeTerms
from bankcore.products.enterprise.activity import activity_of, note_visit
from bankcore.products.enterprise.enterprises import Enterprise, approved_enterprise
from bankcore.products.enterprise.entitlements import worth_of
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.enterprise.ratings import grade_of
from bankcore.tables import Table

__all__ = ["RecommendModes", "Visit"]

noun = Noun(__name__)

_REBATE: Final = 1_000  # whole units


@frozen(kw_only=True)
class Recommended(Facts):
    """What was last recommended to an enterprise: (mode, score, why) of each, and the modes offered."""

    KIND: ClassVar = "modes.recommendation"  # programme:enterprise
    on: date
    offered: tuple[str, ...]
    because: str
    scores: tuple[tuple[str, str, str], ...]


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Visit(OfMode):
    """Note that an enterprise looked at a deposit mode on the platform (浏览记录)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise", Role.OPERATOR: "programme"}


@frozen
class RecommendModes:
    """Recommend modes to an enterprise by what it did lately, with reasons (推荐存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("to whom")


@noun.rule(Visit)
def visit(terms: EnterpriseTerms, command: Visit, books: Books) -> Plan:
    """Count a visit.  Refuses, in this order: NotFound, NotApproved, NotFound for no mode of the bank's."""
    approved_enterprise(books, command.programme, command.enterprise)
    records.existing(books, OFFER, command.programme, command.mode)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    note_visit(voucher, command.enterprise, command.mode)
    return voucher.plan("visit", f"{command.enterprise} looks at {command.mode}")


@noun.rule(RecommendModes)
def recommend_modes(terms: EnterpriseTerms, command: RecommendModes, books: Books) -> Plan:
    """Note what is recommended today, with the reasons.  Refuses: NotFound, NotApproved."""
    ids = (command.programme, command.enterprise)
    approved_enterprise(books, *ids)
    found, last = recommended(books, *ids), Recommended.find(books, *ids)
    now = Recommended(
        id=":".join(ids),
        version=last.version if last else 0,
        on=books.today,
        offered=tuple(score.mode for score in found.offered),
        because=found.because,
        scores=tuple((score.mode, str(score.score), score.words()) for score in found.all),
    )
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(now)
    why = {score.mode: found.because or score.words() for score in found.offered}
    voucher.notify(command.enterprise, "recommendation", command.programme, offered=[*now.offered], why=why)
    return voucher.plan(
        "recommend", f"recommended to {command.enterprise}: {', '.join(now.offered) or 'none'}"
    )


# --- what is known of an enterprise -----------------------------------------------------------------


def recommended(books: Books, programme: str, who: str) -> Recommendation:
    """Which of the modes on offer suit an enterprise by the window of the platform's terms."""
    terms, facts = PROGRAMMES.today(books, programme), gathered(books, programme, who)
    modes = _offered(books, programme)
    plain = ModeTerms.from_data({**SHIPPED[SALES], "unit": str(facts.unit)})
    weights = Weights(
        trade=terms.weight_trade,
        behaviour=terms.weight_behaviour,
        credit=terms.weight_credit,
        cut=terms.cut,
        most=terms.top,
        quota=modes.get(SALES, plain).quota.usual,
        rebate=_REBATE * 10**facts.unit.scale,
    )
    return recommend(facts, weights, {code: mode.measure for code, mode in modes.items()})


def _offered(books: Books, programme: str) -> dict[str, ModeTerms]:
    """The modes on offer: those that come with bankcore in their order, then the bank's own by code."""
    codes = [offer.id.split(":")[1] for offer in records.every(books, OFFER, programme)]
    order = [*SHIPPED]
    codes.sort(key=lambda code: (order.index(code) if code in SHIPPED else len(order), code))
    return {code: offer_on(books, programme, code, books.today) for code in codes}


def gathered(books: Books, programme: str, who: str) -> Known:
    """What the platform knows of an enterprise."""
    window = PROGRAMMES.today(books, programme).window
    known, first = activity_of(books, programme, who, window), _first(books, window)
    arrived = arrivals(books, who, first + timedelta(days=1))
    return Known(
        receipts=known.receipts + sum(arrived.values()),
        payments=known.payments,
        platform_payments=known.payments,
        freight=known.freight,
        mean_balance=_mean_balance(books, who, first),
        trades=known.trades,
        unused_rebate=worth_of(books, programme, who),
        visits=known.visits,
        grade=grade_of(books, programme, who),
        unit=PROGRAMMES.today(books, programme).unit,
    )


def _mean_balance(books: Books, who: str, first: date) -> Fraction:
    """The mean of the closing balances of the window, through yesterday."""
    until = books.today - timedelta(days=1)
    if first > until:
        return Fraction(0)
    held = [*closing_balances(books, chart.DEMAND(who), first, until), (books.today, 0)]
    sums = (balance * (end - day).days for (day, balance), (end, _) in pairwise(held))
    return Fraction(sum(sums), (books.today - first).days)


def _first(books: Books, window: int) -> date:
    """The first day of the window."""
    return books.today - timedelta(days=min(window, (books.today - date.min).days))


# --- reports --------------------------------------------------------------------------------------


@noun.report("recommendations", own={Role.CUSTOMER: "enterprise"})
def explained(books: Books) -> Table:
    """Today's recommendation for each enterprise that has not left, each score in words and figures."""
    rows: list[tuple[Any, ...]] = []
    for programme in PROGRAMMES.ids(books):
        for enterprise in Enterprise.every(books, programme):
            if enterprise.left_on is not None:
                continue
            found = recommended(books, *enterprise.ids)
            ranks = {score.mode: rank for rank, score in enumerate(found.offered, start=1)}
            for score in found.all:
                rank = ranks.get(score.mode, "")
                why = found.because or score.words()
                rows.append((*enterprise.ids, score.mode, rank, str(score.score), why))
    columns = ("programme", "enterprise", "mode", "rank", "score", "why")
    return Table("Recommendations", columns, tuple(rows))


@noun.report("hit-rate", own={})
def hit_rate(books: Books) -> Table:
    """How many of the modes last recommended to enterprises they opened since."""
    offered: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for it in Recommended.every(books):
        for code in it.offered:
            mode = Kept.find(books, *it.ids, code)
            offered[it.ids[0], code] += 1
            hits[it.ids[0], code] += mode is not None and mode.opened_on >= it.on
    rows = ((*key, count, hits[key], f"{hits[key]}/{count}") for key, count in sorted(offered.items()))
    return Table("Hit rate", ("programme", "mode", "recommended", "opened", "rate"), tuple(rows))
