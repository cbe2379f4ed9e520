"""Matches (匹配): the best banks for each firm, kept as they were last found.

A firm is matched anew whenever something of it changes, and every firm of a network at the close of a
day on which a template of it changed.  `matching` says what a match is, `matcher` finds the best ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

from attrs import Factory, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import pages
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.leads import STEPS, Lead, check_approachable, leads, may_see_lead, own_lead
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.matching import Place, decimal, filters, fits, score
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork, due
from bankcore.products.branch.templates import Edition, index, places
from bankcore.rates import fraction_text
from bankcore.tables import Table

__all__ = ["MatchFirm", "NotDescribed"]

noun = Noun(__name__)
OFFER = due("offer", "lead")  # the day whose close pushes its matches


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Match(Facts):
    """The best banks of a firm, best first: template, bank and exact score."""

    KIND: ClassVar = "branch.match"  # programme:firm
    on: date
    top: tuple[tuple[str, str, Fraction], ...] = ()


@frozen(kw_only=True)
class Load(Facts):
    """How many pushes a branch has taken on a day, the last on which it took any."""

    KIND: ClassVar = "branch.load"  # programme:branch
    day: date
    pushes: int


@frozen(kw_only=True)
class Offered(Facts):
    """Which version of each template a lead was shown; a round shows none twice."""

    KIND: ClassVar = "branch.offered"  # programme:lead
    templates: Mapping[str, int] = Factory(dict)


class Loads(dict[str, int]):
    """The pushes of the day by branch, read as they are asked for."""

    def __init__(self, books: Books, programme: str) -> None:
        super().__init__()
        self._books, self._programme = books, programme

    def __missing__(self, branch: str) -> int:
        load = Load.find(self._books, self._programme, branch)
        self[branch] = load.pushes if load is not None and load.day == self._books.today else 0
        return self[branch]


class NotDescribed(ProductRejection):
    sentence = "nothing is known of what {lead} is and wants"
    lead: str


# --- matching anew ----------------------------------------------------------------------------------


class Matching:
    """Matches leads of a network in one voucher; the index and the loads are read once for all."""

    def __init__(self, voucher: BranchVoucher) -> None:
        self.voucher = voucher

    @cached_property
    def _index(self) -> Matcher:
        return index(self.voucher.books, self.voucher.programme, self.voucher.terms)

    @cached_property
    def _loads(self) -> Loads:
        return Loads(self.voucher.books, self.voucher.programme)

    def rematch(self, lead: Lead, always: bool = False) -> None:
        """Keep the best matches of a lead; none for who may not be approached.  Nothing if none changed."""
        books = self.voucher.books
        top: tuple[tuple[str, str, Fraction], ...] = ()
        is_new = False  # whether one of them was published today, perhaps under the name that it had
        if lead.profile is not None and is_matched(lead):
            found = self._index.best(lead.profile, books.today, self._loads)
            top = tuple((it.place.template, it.place.bank, it.score) for it in found)
            is_new = any(it.place.dated_on == books.today for it in found)
        before = Match.find(books, *lead.ids)
        differ = bool(top) and (before is None or _names(top) != _names(before.top))
        if always or top != (() if before is None else before.top):
            self.voucher.keep(Match.anew(books, *lead.ids, on=books.today, top=top))
            if top and "matched" not in lead.steps:
                self.voucher.keep(lead.reached("matched", books.today))
            if differ:
                to, names = lead.party or lead.name, _names(top)
                self.voucher.notify(to, "match-found", lead.id, templates=names)
        if differ or is_new:
            offer(self.voucher, lead)


def _names(top: Iterable[tuple[str, str, Fraction]]) -> list[str]:
    return [template for template, _, _ in top]


def offer(voucher: BranchVoucher, lead: Lead) -> None:
    """Have the close of the day push a lead to what it matches, where the terms say so."""
    if voucher.terms.daily_push:
        voucher.put(OFFER.note(voucher.books, voucher.programme, lead.name, voucher.books.today))


def is_matched(lead: Lead) -> bool:
    """Whether a lead is matched: it consents, was not turned down, and is not on the blacklist."""
    return lead.consent and not lead.is_turned_down and not lead.listed


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class MatchFirm(OfNetwork):
    """Match a firm with the templates on offer now (匹配)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "firm"}
    firm: str = fields.id_("the firm, under its id as a lead")


@noun.rule(MatchFirm)
def match_firm(terms: BranchTerms, command: MatchFirm, books: Books) -> Plan:
    """Match a firm with the templates on offer now.

    Refuses: NotFound, LeadErased, NoConsent, PartyErased, PartySuspended, ScreenedOut, NotDescribed.
    """
    lead = own_lead(books, command.programme, command.firm)
    check_approachable(books, lead, screening=True)
    if lead.profile is None:
        raise NotDescribed(lead.name)
    voucher = BranchVoucher(books, terms, command.programme)
    Matching(voucher).rematch(lead, always=True)
    return voucher.plan("match", f"match of {lead.name}")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def match_anew(books: Books, day: date) -> Iterator[Step]:
    """Match all firms of each network whose templates changed, a page in one transaction."""
    for programme in PROGRAMMES.ids(books):
        edition = Edition.find(books, programme)
        if edition is not None and edition.changed_on == day:
            for page in pages(books, Lead.KIND, programme):
                first = page[0].id.partition(":")[2]
                yield Step(f"{programme}/rematch/{first}", _rematch(programme, page))


def _rematch(programme: str, page: Iterable[Record]) -> Callable[[Books], Plan]:
    def rule(books: Books) -> Plan:
        voucher = BranchVoucher(books, PROGRAMMES.today(books, programme), programme)
        matching = Matching(voucher)
        for record in page:
            lead = Lead.existing(books, record.id)
            if not lead.merged_into:
                matching.rematch(lead)
        return voucher.plan("rematch", f"matches of {programme}")

    return rule


# --- reports ----------------------------------------------------------------------------------------


@noun.report("regions", own={Role.OPERATOR: "programme"})
def show_regions(books: Books) -> Table:
    """Described firms by region, community and industry: what they want, and how far they came."""
    found: dict[tuple[str, str, str, str], Counter[str]] = {}
    for lead in leads(books):
        if (it := lead.profile) is not None:
            its = found.setdefault((lead.ids[0], it.region, it.community, it.industry), Counter())
            its.update(["firms", *lead.steps])
            its.update({"least": it.least, "most": it.most, "revenue": it.revenue})
    rows = []
    for key in sorted(found):
        unit, its = PROGRAMMES.today(books, key[0]).unit, found[key]
        money = (Amount(its[name], unit) for name in ("least", "most", "revenue"))
        rows.append((*key, its["firms"], *money, *(its[step] for step in STEPS[2:])))
    columns = ("programme", "region", "community", "industry", "firms", "wanted from", "wanted to", "revenue")
    return Table("Regions, communities and industries", (*columns, *STEPS[2:]), tuple(rows))


@noun.report("matches")
def list_matches(books: Books) -> Table:
    """The best banks of each firm that the asker may see, as they were last matched."""
    rows = [
        (*it.ids, place, bank, template, decimal(exact), fraction_text(exact), it.on)
        for it in Match.every(books)
        if may_see_lead(books, Lead.existing(books, it.id))
        for place, (template, bank, exact) in enumerate(it.top, start=1)
    ]
    columns = ("programme", "firm", "place", "bank", "template", "score", "exact", "matched on")
    return Table("Matches", columns, tuple(rows))


@noun.report("why")
def explain_matches(books: Books) -> Table:
    """Why each described firm matches, or does not match, each template now, as far as the asker may see."""
    rows: list[tuple[Any, ...]] = []
    for programme, terms in PROGRAMMES.offered(books):
        loads, offered = Loads(books, programme), list(places(books, programme))
        for lead in leads(books, programme):
            if (profile := lead.profile) is not None and is_matched(lead) and may_see_lead(books, lead):
                reasons = (_reasons(terms, it, profile, loads[it.branch], books.today) for it in offered)
                rows += ((*lead.ids, *reason) for reason in reasons)
    return Table("Why", ("programme", "firm", "template", "bank", "match", "score", "why"), tuple(rows))


def _reasons(
    terms: BranchTerms, place: Place, profile: FirmProfile, load: int, on: date
) -> tuple[str, str, str, str, str]:
    broken = [f"{it.name}: {it.text}" for it in filters(place.criteria, profile, on) if not it.holds]
    if broken:
        return place.template, place.bank, "no", "", "; ".join(broken)
    found = fits(terms, place, profile, load).items()
    parts = (
        f"{name} {decimal(fit)} x {weight}" for (name, fit), weight in zip(found, terms.weights, strict=True)
    )
    return place.template, place.bank, "yes", decimal(score(terms, place, profile, load)), ", ".join(parts)
