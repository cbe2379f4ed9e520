"""The reports of a branch network by name; personal data is masked in all of them, not in `facts_of`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bankcore.ledger.books import Books
from bankcore.products.branch.reports.branches import alerts, heat, library, listings, queues
from bankcore.products.branch.reports.leads import (
    costs,
    facts_of,
    funnel,
    leads,
    matches,
    pushes,
    regions,
    templates,
    why,
)
from bankcore.products.branch.reports.rewards import campaigns, referrals, rewards
from bankcore.tables import Table

__all__ = ["REPORTS", "facts_of"]

REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "leads": leads,
    "funnel": funnel,
    "costs": costs,
    "regions": regions,
    "templates": templates,
    "matches": matches,
    "why": why,
    "pushes": pushes,
    "library": library,
    "listings": listings,
    "heat": heat,
    "queues": queues,
    "alerts": alerts,
    "campaigns": campaigns,
    "rewards": rewards,
    "referrals": referrals,
}
