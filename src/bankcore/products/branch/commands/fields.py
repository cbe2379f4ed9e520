"""The kinds of fields that commands of a branch network have, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field

from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.products.branch.criteria import FAR, Criteria, FirmProfile
from bankcore.products.branch.terms import BranchTerms
from bankcore.rates import Rate

__all__ = [
    "AUTHOR", "CUSTOMER", "FIRM", "OFFICER", "OPERATOR", "all_terms", "at", "branch", "criteria", "digits",
    "firm", "metres", "months", "price", "profile", "programme",
]  # fmt: skip

OFFICER, OPERATOR, AUTHOR = {Role.OFFICER: ""}, {Role.OPERATOR: "programme"}, {Role.OFFICER: "author"}
CUSTOMER, FIRM = {Role.CUSTOMER: "person"}, {Role.CUSTOMER: "firm"}
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_IDENTITY = re.compile(r"[0-9A-Za-z]{1,30}")


def _check_time(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise BadCommand(it.name, "a time of day such as 09:30 is needed")


def _check_identity(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not _IDENTITY.fullmatch(value):
        raise BadCommand(it.name, "an id number or credit code of 1 to 30 letters and digits is needed")


def _check_price(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Rate) or not 0 <= value.fraction <= 1 or value.fraction.denominator > 10**12:
        raise BadCommand(it.name, "a rate from 0 to 100% of at most 12 decimals is needed")


def _check_metres(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or abs(value) > FAR:
        raise BadCommand(it.name, f"whole metres, at most {FAR} from the origin, are needed")


def _check_months(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 0 <= value <= 360:
        raise BadCommand(it.name, "a whole number of months from 0 to 360 is needed")


def programme() -> Any:
    """The id of the network."""
    return fields.id_("the branch network")


def branch() -> Any:
    """The id of a branch."""
    return fields.id_("the branch")


def firm() -> Any:
    """The id of a firm."""
    return fields.id_("the firm, under its id as a lead")


def at() -> Any:
    """A time of the business day, to the minute."""
    return field(
        validator=_check_time, metadata={"help": "time of the day, such as 09:30", "sample": "09:30"}
    )


def metres(help: str) -> Any:
    """A place on one axis of the grid; 0 if not given."""
    return field(validator=_check_metres, default=0, metadata={"help": help})


def months() -> Any:
    """A tenor; 0, which is the longest that both want, if not given."""
    return field(
        validator=_check_months,
        default=0,
        metadata={"help": "tenor in months; the longest both want if not given"},
    )


def digits(help: str) -> Any:
    """An id number or credit code; personal."""
    made = fields.personal(help)
    return field(validator=_check_identity, metadata=made.metadata)


def price(help: str) -> Any:
    """A yearly rate."""
    return field(validator=_check_price, metadata={"help": help})


def all_terms() -> Any:
    """The terms of a network, or plain data they are read from; all default if not given."""
    return fields.terms("its terms", _terms, BranchTerms())


def criteria() -> Any:
    """The criteria of a template, or plain data they are read from; all default if not given."""
    return fields.terms("the firms it wants", _criteria, Criteria())


def profile() -> Any:
    """What a firm is and wants, or plain data that it is read from; all default if not given."""
    return fields.terms("what the firm is and wants", _profile, FirmProfile())


def _terms(given: BranchTerms | Mapping[str, Any]) -> BranchTerms:
    return given if isinstance(given, BranchTerms) else BranchTerms.from_data(given)


def _criteria(given: Criteria | Mapping[str, Any]) -> Criteria:
    return given if isinstance(given, Criteria) else Criteria.from_data(given)


def _profile(given: FirmProfile | Mapping[str, Any]) -> FirmProfile:
    return given if isinstance(given, FirmProfile) else FirmProfile.from_data(given)
