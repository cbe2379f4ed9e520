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
| `interest` | exact interest: term money, demand money, early and late |
| `deferrals` | what a close could not post, and why |
| `parties` | what any product may ask of the register of parties; contracts |
| `approvals` | decisions that take two people |
| `notices` | what a party is to be told |
| `personal` | personal data shown masked |
| `refusals` | what any product may refuse |

A product is a package of such files; `bankcore.products.time_deposit` is the shortest.
"""

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
