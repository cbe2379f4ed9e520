"""What sources know of leads, value by value (多源合并): each with its source and date, merged by precedence.

Of two sources the one that stands earlier in the terms wins, else the later date, else the earlier id; what a
firm says itself is a source of its own.  The two ends of a range go together.

>>> ranks = ("itself", "registry")
>>> mall = Fragment(id="n:f:mall", values={"industry": "tea"}, dates={"industry": date(2024, 5, 2)})
>>> registry = Fragment(id="n:f:registry", values={"industry": "food"}, dates={"industry": date(2020, 1, 1)})
>>> merged(ranks, [mall, registry])["industry"].source
'registry'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.alerts import check_covenants
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.leads import Lead, NoConsent, lead_of, leads, may_see_lead, own_lead
from bankcore.products.branch.matches import Matching
from bankcore.products.branch.programmes import ITSELF, PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork
from bankcore.tables import Table

__all__ = ["DescribeFirm", "SupplyProfile"]

noun = Noun(__name__)
_PAIRS = {"least": "most", "most": "least", "least_months": "most_months", "most_months": "least_months"}


# --- facts --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Fragment(Facts):
    """What one source said of a lead last, each value with its day."""

    KIND: ClassVar = "branch.fragment"  # programme:lead:source
    values: Mapping[str, Any]
    dates: Mapping[str, date]

    @property
    def source(self) -> str:
        """Who said so."""
        return self.ids[2]


def merged(ranks: tuple[str, ...], fragments: Iterable[Fragment]) -> dict[str, Fragment]:
    """Whose word counts for each value."""

    def order(it: Fragment, name: str) -> tuple[int, int, str]:
        rank = ranks.index(it.source) if it.source in ranks else len(ranks)
        return rank, -it.dates[name].toordinal(), it.source

    its = list(fragments)
    names = dict.fromkeys(name for it in its for name in it.values)
    return {
        name: min((it for it in its if name in it.values), key=lambda it: order(it, name)) for name in names
    }


def _said(id: str, profile: FirmProfile, names: Iterable[str], on: date, before: Fragment | None) -> Fragment:
    """What a source says by some values of a profile, over what it said before."""
    data = profile.as_data()
    both = dict.fromkeys(it for name in names for it in (name, _PAIRS.get(name, name)))
    values = {name: data[name] for name in both if name != "unit"}
    its = before or Fragment(id=id, values={}, dates={})
    return evolve(its, values={**its.values, **values}, dates={**its.dates, **dict.fromkeys(values, on)})


def _itself(lead: Lead, profile: FirmProfile, on: date, before: Fragment | None) -> Fragment:
    """What a firm says itself: whatever is not as it is where nothing is said."""
    usual, data = FirmProfile(unit=profile.unit).as_data(), profile.as_data()
    names = [name for name in data if data[name] != usual[name]]
    its = None if before is None else evolve(before, values={}, dates={})
    return _said(f"{lead.id}:{ITSELF}", profile, names, on, its)


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class DescribeFirm(OfNetwork):
    """Say what a firm is and wants; it is matched anew (补充企业信息)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "firm", Role.OFFICER: ""}
    firm: str = fields.id_("the firm, under its id as a lead")
    profile: FirmProfile = fields.of_terms("what the firm is and wants", FirmProfile)


@frozen
class SupplyProfile(OfNetwork):
    """Say what a source knows of a lead; the rest stays as others said it (来源补充画像)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    lead: str = fields.id_("the lead")
    source: str = fields.id_("who knows it")
    values: Mapping[str, Any] = fields.table("some values of the profile")
    as_of: date | None = fields.day("the day of which they are; today if not given", None)

    def __attrs_post_init__(self) -> None:
        if self.source == ITSELF:
            raise BadCommand("source", f"{ITSELF} is what a firm says, no source")


@noun.rule(DescribeFirm)
def describe_firm(terms: BranchTerms, command: DescribeFirm, books: Books) -> Plan:
    """Keep what a firm is and wants, match it anew, and look at its covenants.

    Where sources know it too, their values stand as far as they precede.
    Refuses: UnitMismatch, NotFound, LeadErased.
    """
    terms.check_unit(command.profile.unit, "profile")
    lead, voucher = (
        own_lead(books, command.programme, command.firm),
        BranchVoucher(books, terms, command.programme),
    )
    profile, known = command.profile, list(Fragment.every(books, lead.id))
    if known:
        before = next((it for it in known if it.source == ITSELF), None)
        profile = _merge(voucher, known, _itself(lead, profile, books.today, before))
    _keep(voucher, lead, profile)
    return voucher.plan("describe", f"what {lead.name} is and wants")


@noun.rule(SupplyProfile)
def supply_profile(terms: BranchTerms, command: SupplyProfile, books: Books) -> Plan:
    """Keep what the source says, each value with its day, and match the lead by what counts.

    Refuses: NotFound, LeadErased, NoConsent, BadCommand for a later day, BadTerms for values that no profile
    has.
    """
    lead, on = lead_of(books, command.programme, command.lead), command.as_of or books.today
    if not lead.consent:
        raise NoConsent(lead.name)
    if on > books.today:
        raise BadCommand("as_of", f"{on} is after the business date {books.today}")
    said = FirmProfile.from_data({**command.values, "unit": str(terms.unit)})
    voucher, known = BranchVoucher(books, terms, command.programme), list(Fragment.every(books, lead.id))
    if lead.profile is not None and not known:
        known = [_itself(lead, lead.profile, books.today, None)]
        voucher.keep(*known)
    before = next((it for it in known if it.source == command.source), None)
    its = _said(f"{lead.id}:{command.source}", said, command.values, on, before)
    _keep(voucher, lead, _merge(voucher, known, its))
    return voucher.plan("supply", f"what {command.source} knows of {lead.name}")


def _merge(voucher: BranchVoucher, known: list[Fragment], its: Fragment) -> FirmProfile:
    """Keep what one says, and the profile of all."""
    voucher.keep(its)
    words = merged(voucher.terms.precedence, [*(it for it in known if it.id != its.id), its])
    values = {name: it.values[name] for name, it in words.items()}
    return FirmProfile.from_data({**values, "unit": str(voucher.unit)})


def _keep(voucher: BranchVoucher, lead: Lead, profile: FirmProfile) -> None:
    """Keep the profile of a lead, matched anew; a person is of a community, not of an industry."""
    if lead.kind == "person":
        profile = evolve(profile, segment="community")
    lead = evolve(lead, profile=profile)
    voucher.keep(lead)
    Matching(voucher).rematch(lead)
    check_covenants(voucher, lead, profile)


# --- report -------------------------------------------------------------------------------------------


@noun.report("sources")
def list_sources(books: Books) -> Table:
    """Every value that sources gave of the leads that the asker may see, and whose counts."""
    rows: list[tuple[Any, ...]] = []
    for programme, terms in PROGRAMMES.offered(books):
        for lead in leads(books, programme):
            if not may_see_lead(books, lead):
                continue
            known = list(Fragment.every(books, lead.id))
            for name, first in sorted(merged(terms.precedence, known).items()):
                its = [it for it in known if name in it.values]
                differ = any(it.values[name] != first.values[name] for it in its)
                for it in its:
                    value = it.values[name]
                    text = ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
                    counts = "counts" if it is first else "conflict" if differ else "same"
                    rows.append((programme, lead.name, name, it.source, it.dates[name], text, counts))
    return Table("Sources", ("programme", "lead", "value", "source", "as of", "is", "state"), tuple(rows))
