"""What a product is written with: the kit that the bank's own products use, and yours.

| module | what it has |
| --- | --- |
| `product` | `Product`, and `Noun`: what one file of a product adds to it |
| `plan` | `Plan`, `Attempt`, `Step`: what a rule returns, and the parts of a day's close |
| `actor`, `command` | who gives commands, and what a command is |
| `fields` | the kinds of fields of commands |
| `terms`, `term` | `Terms`, and the kinds of fields it has: default, bounds, sentence |
| `programme` | `Programme`: what is offered, under terms that change from a day on |
| `chart` | templates of account paths with type and limits; the bank's own accounts |
| `facts` | `Facts`: a record of the book as an attrs class |
| `voucher` | `Voucher` (记账凭证): one transaction in the making |
| `agenda` | `Agenda`: what is due when, and what cannot be done today |
| `accruals` | when contracts accrue interest |
| `interest` | exact interest: term money, demand money, early and late |
| `deferrals` | what a close could not post, and why |
| `parties` | what any product may ask of the register of parties; contracts |
| `approvals` | decisions that take two people |
| `notices` | what a party is to be told |
| `personal` | personal data shown masked |
| `refusals` | what any product may refuse |

A product is a package of such files; `bankcore.products.time_deposit` is the shortest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a bank that posts does not need what products are written with
    from bankcore.product.actor import Actor, Role
    from bankcore.product.agenda import Agenda
    from bankcore.product.facts import Facts
    from bankcore.product.interest import Term
    from bankcore.product.plan import Attempt, Plan, Step
    from bankcore.product.product import Noun, Phase, Product
    from bankcore.product.programme import Programme
    from bankcore.product.terms import Terms
    from bankcore.product.voucher import Voucher

__all__ = [
    "Actor",
    "Agenda",
    "Attempt",
    "Facts",
    "Noun",
    "Phase",
    "Plan",
    "Product",
    "Programme",
    "Role",
    "Step",
    "Term",
    "Terms",
    "Voucher",
]

_HOMES = {
    "bankcore.product.actor": ("Actor", "Role"),
    "bankcore.product.agenda": ("Agenda",),
    "bankcore.product.facts": ("Facts",),
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
    raise AttributeError(f"module 'bankcore.product' has no attribute {name!r}")
