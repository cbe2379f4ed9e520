"""The kit for writing products, used by the bank's own products and available to yours.

Everything below is imported from here: `from bankcore.product import Noun, chart, fields`.  Values come from
`bankcore` itself, days and calendars from `bankcore.calendars`; docs/your-product.md shows how.

| module | content |
| --- | --- |
| `product` | `Product`, and `Noun`: the part of a product in one file |
| `plan` | `Plan`, `Attempt`, `Step`: what a rule returns, and the parts of a day's close |
| `actor`, `command` | actors and commands |
| `fields` | the kinds of fields of commands |
| `terms`, `term` | `Terms`, and the kinds of its fields: default, bounds, sentence |
| `programme` | `Programme`: an offer of a product, with terms that may change from a day on |
| `chart` | templates of account paths with type and limits; the bank's own accounts |
| `facts` | `Facts`: a record of the book as an attrs class |
| `records` | records as they are, for upgrade rules and wide reports |
| `voucher` | `Voucher` (记账凭证): one transaction being built |
| `agenda` | `Agenda`: items by due day, and items that could not be served |
| `accruals` | the days on which contracts accrue interest |
| `interest` | exact interest: term money, demand money, early and late |
| `value_dates` | how far back the value date of a late entry may lie, and who may give it |
| `history` | what was done to a contract, to be done once more with what became known late |
| `deferrals` | postings that a close could not make, and why |
| `parties` | look-ups in the register of parties for any product; contracts |
| `suspense` | money that the current account of a party cannot accept |
| `approvals` | decisions that need two people |
| `notices` | messages to parties |
| `personal` | personal data shown masked |
| `refusals` | refusals that any product may raise |

A product is a package of such files; `bankcore.products.time_deposit` is the shortest of the bank's own, and
`examples/meal-card` one in a package of its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a bank that only posts does not need the kit
    from bankcore.errors import ProductRejection
    from bankcore.ledger.accounts import AccountPath
    from bankcore.ledger.books import Books
    from bankcore.product import (
        accruals,
        approvals,
        chart,
        deferrals,
        fields,
        history,
        interest,
        notices,
        parties,
        personal,
        programme,
        records,
        refusals,
        suspense,
        term,
        value_dates,
    )
    from bankcore.product.actor import Actor, Role
    from bankcore.product.agenda import Agenda
    from bankcore.product.facts import Facts, kept
    from bankcore.product.interest import Term
    from bankcore.product.plan import Attempt, Plan, Step
    from bankcore.product.product import Noun, Phase, Product
    from bankcore.product.programme import Programme
    from bankcore.product.terms import Terms
    from bankcore.product.voucher import Voucher

__all__ = [
    "AccountPath",
    "Actor",
    "Agenda",
    "Attempt",
    "Books",
    "Facts",
    "Noun",
    "Phase",
    "Plan",
    "Product",
    "ProductRejection",
    "Programme",
    "Role",
    "Step",
    "Term",
    "Terms",
    "Voucher",
    "accruals",
    "approvals",
    "chart",
    "deferrals",
    "fields",
    "history",
    "interest",
    "kept",
    "notices",
    "parties",
    "personal",
    "programme",
    "records",
    "refusals",
    "suspense",
    "term",
    "value_dates",
]

_HOMES = {
    "bankcore.errors": ("ProductRejection",),
    "bankcore.ledger.accounts": ("AccountPath",),
    "bankcore.ledger.books": ("Books",),
    "bankcore.product.actor": ("Actor", "Role"),
    "bankcore.product.agenda": ("Agenda",),
    "bankcore.product.facts": ("Facts", "kept"),
    "bankcore.product.interest": ("Term",),
    "bankcore.product.plan": ("Attempt", "Plan", "Step"),
    "bankcore.product.product": ("Noun", "Phase", "Product"),
    "bankcore.product.programme": ("Programme",),
    "bankcore.product.terms": ("Terms",),
    "bankcore.product.voucher": ("Voucher",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    if name in __all__:
        return import_module(f"bankcore.product.{name}")
    raise AttributeError(f"module 'bankcore.product' has no attribute {name!r}")
