"""What can be asked of a credit line; it belongs to a card or to a provider of a points programme.

>>> from bankcore.amounts import Amount
>>> Draw("card", Amount.parse("100.00", "CNY/2"), card="c001").line
('card', 'consumer', 'c001')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.products.credit.terms import CreditTerms

__all__ = ["ChangeTerms", "Draw", "MoveLine", "OpenLine", "OpenProgramme", "RaiseLimit", "Repay", "SetLimit"]

_HOLDER = {Role.CUSTOMER: "card", Role.MERCHANT: "provider"}
_OFFICER = {Role.OFFICER: ""}


def _terms(given: CreditTerms | Mapping[str, Any]) -> CreditTerms:
    return given if isinstance(given, CreditTerms) else CreditTerms.from_data(given)


def _programme() -> Any:
    return fields.id_("the points programme")


def _card() -> Any:
    return fields.id_("the consumer's card", "")


def _provider() -> Any:
    return fields.id_("the provider, for a line of a provider", "")


@frozen
class _OfLine:
    """Names a line by exactly one of card and provider."""

    usual: ClassVar[tuple[str, ...]] = ("card",)
    programme: str
    card: str
    provider: str

    def __attrs_post_init__(self) -> None:
        if bool(self.card) == bool(self.provider):
            raise BadCommand("card", "either a card or a provider is needed")

    @property
    def line(self) -> tuple[str, str, str]:
        """Programme, kind of holder and holder."""
        kind = "consumer" if self.card else "provider"
        return self.programme, kind, self.card or self.provider


@frozen
class OpenProgramme:
    """Offer credit lines to the members of a points programme (开办授信)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    terms: CreditTerms = field(default=CreditTerms(), converter=_terms, metadata={"help": "its terms"})


@frozen
class ChangeTerms:
    """Change some terms from a later day on (变更条款); interest of the days before keeps its rate."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; tomorrow if not given", None)


@frozen
class OpenLine(_OfLine):
    """Open a credit line with the limit that the points give (开立授信)."""

    may: ClassVar[Mapping[Role, str]] = _HOLDER | _OFFICER
    programme: str = _programme()
    card: str = _card()
    provider: str = _provider()


@frozen
class MoveLine:
    """Move a line with all that is on it to another card of its holder, before a merge (授信转移)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card", Role.OFFICER: ""}
    programme: str = _programme()
    card: str = fields.id_("the card that has the line")
    into: str = fields.id_("the card that gets it")


@frozen
class RaiseLimit(_OfLine):
    """Raise the limit to what the points give, without waiting for the close of the day (提升额度)."""

    may: ClassVar[Mapping[Role, str]] = _HOLDER | _OFFICER
    programme: str = _programme()
    card: str = _card()
    provider: str = _provider()


@frozen
class SetLimit(_OfLine):
    """Decide on a limit; points raise it on their own again only if that is said (调整额度)."""

    may: ClassVar[Mapping[Role, str]] = _OFFICER
    programme: str = _programme()
    limit: Amount = fields.amount("the new limit", least=0)
    card: str = _card()
    provider: str = _provider()
    automatic: bool = fields.flag("whether points go on raising it")


@frozen
class Draw(_OfLine):
    """Draw on a credit line, to the demand account (提款)."""

    may: ClassVar[Mapping[Role, str]] = _HOLDER
    programme: str = _programme()
    amount: Amount = fields.amount("what is drawn")
    card: str = _card()
    provider: str = _provider()


@frozen
class Repay(_OfLine):
    """Repay from the demand account: overdue interest, then interest, then principal (还款)."""

    may: ClassVar[Mapping[Role, str]] = _HOLDER | _OFFICER
    programme: str = _programme()
    amount: Amount = fields.amount("what is repaid, at most what is owed")
    card: str = _card()
    provider: str = _provider()
