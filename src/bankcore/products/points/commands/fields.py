"""The fields that commands of a points programme share, and who may give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field

from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.products.points.terms import AgreementTerms, PointsTerms

__all__ = [
    "CONSUMER",
    "OFFICER",
    "OPERATOR",
    "PROVIDER",
    "agreement",
    "card",
    "document",
    "programme",
    "provider",
    "terms",
]

OFFICER, OPERATOR = {Role.OFFICER: ""}, {Role.OPERATOR: "programme"}
CONSUMER, PROVIDER = {Role.CUSTOMER: "card"}, {Role.MERCHANT: "provider"}


def programme() -> Any:
    """The id of the programme."""
    return fields.id_("the points programme")


def card() -> Any:
    """The id of a consumer's card."""
    return fields.id_("the consumer's card")


def provider() -> Any:
    """The id of a provider."""
    return fields.id_("the provider of goods or services")


def terms() -> Any:
    """The terms of a programme, or plain data they are read from; all default if not given."""
    return field(default=PointsTerms(), converter=_terms, metadata={"help": "its terms"})


def agreement() -> Any:
    """The terms of an agreement, or plain data they are read from; all default if not given."""
    return field(default=AgreementTerms(), converter=_agreement, metadata={"help": "what is agreed"})


def document(help: str) -> Any:
    """A document as plain data, still to be read."""
    return field(validator=_check_document, metadata={"help": help})


def _terms(given: PointsTerms | Mapping[str, Any]) -> PointsTerms:
    return given if isinstance(given, PointsTerms) else PointsTerms.from_data(given)


def _agreement(given: AgreementTerms | Mapping[str, Any]) -> AgreementTerms:
    return given if isinstance(given, AgreementTerms) else AgreementTerms.from_data(given)


def _check_document(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Mapping):
        raise BadCommand(it.name, "a table of names and values is needed")
