"""Agreements (积分协议) between providers and classes of consumers: how many points an order earns.

A new version leaves the orders of older ones as they are; nothing is posted.

>>> terms = AgreementTerms.from_data({"rate": "3/2", "order_cap": "500.00", "day_cap": "700.00"})
>>> terms.counted(800_00, 0), terms.counted(800_00, 500_00), terms.counted(100_00, 500_00)
(50000, 20000, 10000)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.errors import BadCommand, BadTerms, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields, term
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.terms import Terms
from bankcore.products.points.programmes import PointsTerms, PointsVoucher
from bankcore.products.points.providers import open_provider
from bankcore.rates import Rate

__all__ = ["AgreementMissing", "AgreementTerms", "SignAgreement"]

noun = Noun(__name__)


@frozen(kw_only=True)
class AgreementTerms(Terms):
    """What a provider and a class of consumers agreed.  Raises BadTerms for a value out of bounds."""

    rate: Rate = term.rate("1", "10", "points for one whole unit of money spent, 0 to 10")
    credit_rate: Rate = term.rate("1/10", "1", "provider credit points for one point, 0 to 1")
    order_cap: int | None = term.amount(None, "most of one order that earns points; none for no cap")
    day_cap: int | None = term.amount(None, "most of a day's orders that earns points; none for no cap")

    def counted(self, price: int, today: int) -> int:
        """How much of an order earns, when so much of the day's earlier orders did; minor units."""
        caps = [price]
        if self.order_cap is not None:
            caps.append(self.order_cap)
        if self.day_cap is not None:
            caps.append(max(self.day_cap - today, 0))
        return min(caps)


@frozen(kw_only=True)
class Agreement(Facts):
    """An agreement, by versions; without `valid_until` it stays open."""

    KIND: ClassVar = "points.agreement"  # programme:provider:class
    valid_from: date
    valid_until: date | None
    terms: AgreementTerms

    def is_valid(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


class AgreementMissing(ProductRejection):
    sentence = "provider {provider} has no agreement for class {consumer_class} in force on {on}"
    provider: str
    consumer_class: str
    on: date


@frozen
class SignAgreement:
    """Agree how many points a provider's orders earn a class of consumers (签订积分协议)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider"}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    consumer_class: str = fields.id_("class of consumer", "standard")
    terms: AgreementTerms = fields.of_terms("what is agreed", AgreementTerms)
    valid_from: date | None = fields.day("first day; today if not given", None)
    valid_until: date | None = fields.day("last day; open if not given", None)

    def __attrs_post_init__(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise BadCommand("valid_until", f"{self.valid_until} is before {self.valid_from}")


@noun.rule(SignAgreement)
def sign_agreement(terms: PointsTerms, command: SignAgreement, books: Books) -> Plan:
    """The next version of an agreement; orders keep the one they were placed under.

    Refuses, in this order: PartySuspended, NotFound, BadTerms for another unit.
    """
    ids = (command.programme, command.provider, command.consumer_class)
    acting_for(books, active_party(books, command.provider).id)
    open_provider(books, *ids[:2])
    if command.terms.unit != terms.unit:
        raise BadTerms("unit", f"the programme's unit is {terms.unit}")
    before = Agreement.find(books, *ids)
    agreement = Agreement(
        id=":".join(ids),
        version=before.version if before else 0,
        valid_from=command.valid_from or books.today,
        valid_until=command.valid_until,
        terms=command.terms,
    )
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(agreement)
    text = f"agreement of {command.provider} for class {command.consumer_class}"
    return voucher.plan("agreement", text)


def agreement_in_force(
    books: Books, programme: str, provider: str, consumer_class: str, on: date
) -> Agreement:
    """The latest version that is valid on a day; raises AgreementMissing."""
    ids = (programme, provider, consumer_class)
    latest = Agreement.find(books, *ids)
    if latest is not None and latest.is_valid(on):
        return latest
    for agreement in reversed(list(Agreement.versions(books, *ids))):
        if agreement.is_valid(on):
            return agreement
    raise AgreementMissing(provider, consumer_class, on)
