"""A changed configuration (变更配置): what everybody of an order has to agree to again.  No money moves.

Those who confirmed and those who are invited are told the new digest, and until when to agree to it; what
is not confirmed again by then goes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.config import OrderConfig
from bankcore.products.certificate.invitations import links_of
from bankcore.products.certificate.orders import DUE, INITIATOR, RAISING, OfOrder, Order, check_target
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.shares import ShareState, shares_of
from bankcore.products.certificate.third_parties import ThirdParty, check_permission

__all__ = ["ChangeConfig"]

noun = Noun(__name__)


@frozen
class ChangeConfig(OfOrder):
    """Change the configuration; who does not agree again in time is paid back (变更众筹配置)."""

    may: ClassVar[Mapping[Role, str]] = INITIATOR
    initiator: str = fields.id_("who initiated the order")
    config: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)


@noun.rule(ChangeConfig)
def change_config(terms: CertificateTerms, command: ChangeConfig, books: Books) -> Plan:
    """Change what is agreed to, and tell those who take part or are invited.

    Every confirmation has to be given again in time.
    A third party keeps to its permission.  Refuses: NotFound, PartySuspended, NoPermission, OrderClosed,
    UnitMismatch, AmountNotAdmitted, PaidIntermediary, CalendarExhausted, and what an OrderConfig refuses.
    """
    order = Order.existing(books, command.programme, command.order)
    order.check_initiator(books, command.initiator)
    order.check_state(*RAISING)
    config = OrderConfig.from_data({**order.config.as_data(), **command.config})
    check_target(terms, config)
    third_party = ThirdParty.find(books, order.programme, order.initiator)
    check_permission(terms, third_party, order.channel, config.target)
    changed = evolve(order, config=config).signed()
    if changed.deadline < books.today:
        raise BadTerms("window", f"the deadline {changed.deadline} is past")
    changed.paid_on(changed.deadline)
    until = order.business_days.add_business_days(books.today, terms.reconfirm_days)
    voucher = PROGRAMMES.voucher(books, terms, order.id)
    voucher.keep(evolve(changed, reconfirm_until=until))
    voucher.put(
        *(DUE.note(books, order.programme, order.name, day) for day in sorted({until, changed.deadline}))
    )
    invited = {name for link in links_of(books, order) for name in link.known if link.revoked_on is None}
    confirmed = (it.participant for it in shares_of(books, order, ShareState.CONFIRMED))
    told = {"config": changed.digest, "until": until.isoformat()}
    order.tell(voucher, "config-changed", sorted({*invited, *confirmed}), **told)
    return voucher.plan(
        "config", f"new configuration of order {order.name}: {', '.join(sorted(command.config))}"
    )
