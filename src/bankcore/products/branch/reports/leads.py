"""Reports about leads: who they are (masked), how far they came, what they match and why, what they cost.

Whatever is personal is masked here; `facts_of` shows it to those entitled to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.actor import Actor, Role
from bankcore.product.personal import PERSONAL, mask, masked
from bankcore.product.records import every
from bankcore.products.branch import registry
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.leads import is_matched, listing_of, owner
from bankcore.products.branch.matching import Place, filters, fits, score
from bankcore.products.branch.terms import BranchTerms
from bankcore.rates import parse_fraction, round_half_up
from bankcore.tables import Table

__all__ = [
    "costs",
    "decimal",
    "facts_of",
    "funnel",
    "leads",
    "matches",
    "pushes",
    "regions",
    "templates",
    "why",
]

STEPS = ("acquired", "screened", "matched", "pushed", "accepted", "lent")


def decimal(exact: Fraction) -> str:
    """An exact number of at least 0 with two decimals, rounded half up.

    >>> decimal(Fraction(2, 3))
    '0.67'
    """
    whole, part = divmod(round_half_up(exact * 100), 100)
    return f"{whole}.{part:02}"


def facts_of(books: Books, programme: str, lead: str, asked_by: Actor) -> Mapping[str, Any]:
    """The facts about a lead; personal ones in full only for itself and for officers, its manager among them.

    Somebody merged into the lead is not taken for it: a source said so.  Raises NotFound.
    """
    record = registry.lead_of(books, programme, lead)
    id, data = registry.last(record), record.data
    entitled = asked_by.role is Role.OFFICER or asked_by == Actor(Role.CUSTOMER, id)
    personal = data[PERSONAL] if entitled else masked(data)[PERSONAL]
    facts = {name: data[name] for name in ("kind", "sources", "branch", "consent", "screened", "steps")}
    return {"lead": id, **facts, "manager": owner(data, books.today), **personal}


def leads(books: Books) -> Table:
    """Every lead, personal data masked: where it comes from, whose it is, how far it came."""
    rows = []
    for programme, id, data in _leads(books):
        personal = (mask(data["personal"][name]) for name in ("name", "identity", "contact"))
        manager = owner(data, books.today)
        step = next(it for it in reversed(STEPS) if it in data["steps"])
        consent = "yes" if data["consent"] else "no"
        facts = (", ".join(data["sources"]), data["branch"], manager, consent, data["screened"], step)
        rows.append((programme, id, data["kind"], *personal, *facts))
    columns = ("programme", "lead", "kind", "name", "identity", "contact", "sources", "branch", "manager")
    return Table("Leads", (*columns, "consent", "screening", "step"), tuple(rows))


def funnel(books: Books) -> Table:
    """How many leads of a source and branch came to each step."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for programme, _, data in _leads(books):
        counts.update((programme, data["sources"][0], data["branch"], step) for step in data["steps"])
    keys = sorted({key[:3] for key in counts})
    rows = tuple((*key, *(counts[*key, step] for step in STEPS)) for key in keys)
    return Table("Funnel", ("programme", "source", "branch", *STEPS), rows)


def costs(books: Books) -> Table:
    """What leads and loans cost: rewards and referral fees, net of what lapsed and was taken back."""
    rows = []
    for programme in registry.programmes(books):
        terms = registry.terms_of(books, programme)
        campaigns = [it.data for it in every(books, registry.CAMPAIGN, programme)]
        rewards = sum(it["granted"] - it["lapsed"] - it["clawed"] for it in campaigns)
        referrals = [it.data for it in every(books, registry.REFERRAL, programme)]
        fees = sum(it["fee"] - it["clawed"] for it in referrals)
        steps: Counter[str] = Counter()
        for its, _, data in _leads(books):
            steps.update([*data["steps"]] if its == programme else ())
        money = [Amount(it, terms.unit) for it in (rewards, fees)]
        each = [_each(rewards + fees, steps[step], terms) for step in ("acquired", "lent")]
        rows.append((programme, *money, steps["acquired"], steps["lent"], *each))
    columns = ("programme", "rewards", "referral fees", "leads", "loans", "per lead", "per loan")
    return Table("Costs", columns, tuple(rows))


def regions(books: Books) -> Table:
    """Described firms by region, community and industry: what they want, and how far they came."""
    found: dict[tuple[str, str, str, str], Counter[str]] = {}
    for programme, _, data in _leads(books):
        profile = registry.profile_of(data)
        if profile is not None:
            key = (programme, profile.region, profile.community, profile.industry)
            its = found.setdefault(key, Counter())
            its.update(["firms", *data["steps"]])
            its.update({"least": profile.least, "most": profile.most, "revenue": profile.revenue})
    rows = []
    for key in sorted(found):
        unit, its = registry.terms_of(books, key[0]).unit, found[key]
        money = (Amount(its[name], unit) for name in ("least", "most", "revenue"))
        rows.append((*key, its["firms"], *money, *(its[step] for step in STEPS[2:])))
    columns = ("programme", "region", "community", "industry", "firms", "wanted from", "wanted to", "revenue")
    return Table("Regions, communities and industries", (*columns, *STEPS[2:]), tuple(rows))


def templates(books: Books) -> Table:
    """Every template with the main of its criteria."""
    rows = []
    for record in every(books, registry.TEMPLATE):
        programme, id = record.id.split(":")
        place, data = registry.place_of(record), record.data
        it = place.criteria
        amounts = (Amount(it.least, it.unit), Amount(it.most, it.unit))
        months = f"{it.least_months} to {it.most_months}"
        state = "on offer" if data["offered"] else "off offer"
        words = (", ".join(it.kinds), ", ".join(it.collateral))
        rows.append(
            (
                programme,
                id,
                place.bank,
                place.branch,
                state,
                place.dated_on,
                *amounts,
                months,
                *words,
                str(it.price),
            )
        )
    columns = ("programme", "template", "bank", "branch", "state", "dated", "from", "to", "months")
    return Table("Templates", (*columns, "kinds", "collateral", "price"), tuple(rows))


def matches(books: Books) -> Table:
    """The best banks of each firm as they were last matched."""
    rows = []
    for record in every(books, registry.MATCH):
        programme, firm = record.id.split(":")
        for place, (template, bank, exact) in enumerate(record.data["top"], start=1):
            score = decimal(parse_fraction(exact))
            rows.append((programme, firm, place, bank, template, score, exact, record.data["on"]))
    columns = ("programme", "firm", "place", "bank", "template", "score", "exact", "matched on")
    return Table("Matches", columns, tuple(rows))


def why(books: Books) -> Table:
    """Why each described firm matches, or does not match, each template now, in words and figures."""
    rows: list[tuple[Any, ...]] = []
    for programme in registry.programmes(books):
        terms, loads = registry.terms_of(books, programme), registry.Loads(books, programme)
        places = list(registry.places(books, programme))
        for its, firm, data in _leads(books):
            profile = registry.profile_of(data)
            if its != programme or profile is None:
                continue
            digest = registry.digest(programme, data["personal"]["identity"])
            if is_matched(data, listing_of(books, programme, digest)):
                rows += (
                    (programme, firm, *_reasons(terms, place, profile, loads[place.branch], books))
                    for place in places
                )
    return Table("Why", ("programme", "firm", "template", "bank", "match", "score", "why"), tuple(rows))


def pushes(books: Books) -> Table:
    """Every push: firm, branch, score, state, and what became of it."""
    rows = []
    for record in every(books, registry.PUSH):
        programme, id = record.id.split(":")
        data, score = record.data, decimal(parse_fraction(record.data["score"]))
        facts = (data[name] for name in ("on", "expires_on", "state", "decided_on", "kind", "outcome"))
        rows.append(
            (programme, id, data["firm"], data["bank"], data["branch"], data["template"], score, *facts)
        )
    columns = ("programme", "push", "firm", "bank", "branch", "template", "score", "date", "expires", "state")
    return Table("Pushes", (*columns, "decided", "kind", "outcome"), tuple(rows))


def _leads(books: Books) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Network, id and data of each lead that was not merged into another."""
    records: Iterator[Record] = every(books, registry.LEAD)
    for record in records:
        if not record.data["merged_into"]:
            programme, id = record.id.split(":")
            yield programme, id, record.data


def _each(cost: int, count: int, terms: BranchTerms) -> Amount | None:
    return Amount(round_half_up(Fraction(cost, count)), terms.unit) if count else None


def _reasons(
    terms: BranchTerms, place: Place, profile: FirmProfile, load: int, books: Books
) -> tuple[str, str, str, str, str]:
    broken = [f"{it.name}: {it.text}" for it in filters(place.criteria, profile, books.today) if not it.holds]
    if broken:
        return place.template, place.bank, "no", "", "; ".join(broken)
    found = fits(terms, place, profile, load).items()
    parts = (
        f"{name} {decimal(fit)} x {weight}" for (name, fit), weight in zip(found, terms.weights, strict=True)
    )
    return place.template, place.bank, "yes", decimal(score(terms, place, profile, load)), ", ".join(parts)
