"""The kinds of fields that commands about certificates have, and who may ask."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field

from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.product.fields import amount, choice, day, flag, id_, some_terms, terms, text
from bankcore.products.certificate.config import OrderConfig
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import Rate

__all__ = [
    "INITIATOR",
    "OFFICER",
    "PARTICIPANT",
    "all_terms",
    "amount",
    "choice",
    "configuration",
    "day",
    "digest",
    "flag",
    "id_",
    "ids",
    "order",
    "participant",
    "programme",
    "rate",
    "some_terms",
    "terms",
    "text",
    "words_of",
]

OFFICER = {Role.OFFICER: ""}
INITIATOR = {Role.CUSTOMER: "initiator", Role.OPERATOR: "initiator"}  # an operator is a third party
PARTICIPANT = {Role.CUSTOMER: "participant"}
_ID = re.compile(r"[\w.\-]{1,40}")
_DIGEST = re.compile(r"([0-9a-f]{64})?")


def words_of(text: str) -> tuple[str, ...]:
    """The ids of a list written with commas.

    >>> words_of("a, b")
    ('a', 'b')
    """
    return tuple(word.strip() for word in text.split(","))


def _check_ids(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    listed = words_of(value) if isinstance(value, str) else ()
    sound = all(_ID.fullmatch(id) and unicodedata.is_normalized("NFC", id) for id in listed)
    if not listed or not sound or len({*listed}) < len(listed):
        raise BadCommand(it.name, "different ids with commas between them are needed")


def _check_digest(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise BadCommand(it.name, "64 hexadecimal digits are needed")


def _check_rate(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Rate) or value.fraction < 0:
        raise BadCommand(it.name, "a rate of at least 0 is needed")


def programme() -> Any:
    """The id of the programme."""
    return id_("the programme of certificates")


def order() -> Any:
    """The id of an order."""
    return id_("the order, later the certificate")


def participant(help: str = "the customer who takes part") -> Any:
    """The id of a participant."""
    return id_(help)


def ids(help: str) -> Any:
    """Ids with commas between them."""
    return field(validator=_check_ids, metadata={"help": help})


def digest() -> Any:
    """The digest of a configuration, or nothing."""
    help = "digest of the configuration agreed to; the present one if not given"
    return field(validator=_check_digest, default="", metadata={"help": help})


def rate(help: str) -> Any:
    """A rate from 0 on."""
    return field(validator=_check_rate, metadata={"help": help})


def all_terms(terms: CertificateTerms | Mapping[str, Any]) -> CertificateTerms:
    """All terms, those not named at their defaults.  Raises BadTerms, SteppedEarlyRate."""
    return terms if isinstance(terms, CertificateTerms) else CertificateTerms.from_data(terms)


def configuration(config: OrderConfig | Mapping[str, Any]) -> OrderConfig:
    """A whole configuration, what is not named at its default.  Raises BadTerms, LockAfterDeadline."""
    return config if isinstance(config, OrderConfig) else OrderConfig.from_data(config)
