"""Third parties (第三方): firms that may ask for orders without taking part, each within its own permission.

Participants are any parties with a current account; they need no register here.

>>> ids_in("a, b")
('a', 'b')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract, Party, account_of, acting_for, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms, Profile

__all__ = [
    "ChannelNotAdmitted", "InitiatorUnknown", "NoPermission", "PaidIntermediary", "PermitThirdParty",
    "RegisterThirdParty",
]  # fmt: skip

noun = Noun(__name__)


# --- facts --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class ThirdParty(Facts):
    """Who may ask for orders without taking part: by which channels, and up to which target."""

    KIND: ClassVar = "certificate.third-party"  # programme:party
    channels: tuple[str, ...]
    limit: int
    paid: bool
    permitted: bool = True


# --- refusals -----------------------------------------------------------------------------------------


class PaidIntermediary(ProductRejection):
    sentence = "{third_party} is paid for deposits and may not initiate them"
    third_party: str


class ChannelNotAdmitted(ProductRejection):
    sentence = "channel {channel} is not admitted; known: {known}"
    channel: str
    known: str


class InitiatorUnknown(ProductRejection):
    sentence = "{initiator} is neither a party nor a registered third party"
    initiator: str


class NoPermission(ProductRejection):
    sentence = "{initiator} may not initiate this order: {reason}"
    initiator: str
    reason: str


# --- commands and their rules -------------------------------------------------------------------------

_ID = re.compile(r"[\w.\-]{1,40}")


def ids_in(text: str) -> tuple[str, ...]:
    """The ids of a list written with commas."""
    return tuple(word.strip() for word in text.split(","))


def ids(help: str, default: Any = attrs.NOTHING) -> Any:
    """A field of ids with commas between them; empty only where that is the default."""
    return field(validator=_check_ids, default=default, metadata={"help": help})


def _check_ids(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value == it.default == "":
        return
    listed = ids_in(value) if isinstance(value, str) else ()
    sound = all(_ID.fullmatch(id) and unicodedata.is_normalized("NFC", id) for id in listed)
    if not listed or not sound or len({*listed}) < len(listed):
        raise BadCommand(it.name, "different ids with commas between them are needed")


@frozen
class RegisterThirdParty:
    """Admit a third party's server as an initiator (第三方发起方登记)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme of certificates")
    third_party: str = fields.id_("the third party")
    channels: str = ids("channels it may use, with commas between them")
    limit: Amount = fields.amount("the largest target it may ask for")
    paid: bool = fields.flag("whether it is paid for the deposits it brings")


@frozen
class PermitThirdParty:
    """Give a third party its permission to initiate, or take it away (第三方权限变更)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme of certificates")
    third_party: str = fields.id_("the third party")
    permitted: bool = fields.flag("whether it may initiate orders")


@noun.rule(RegisterThirdParty)
def register_third_party(terms: CertificateTerms, command: RegisterThirdParty, books: Books) -> Plan:
    """Note its permission, which binds it.

    Refuses, in this order: UnitMismatch, NotFound, PartyErased, PartySuspended, NotIdentified,
    PaidIntermediary under the Chinese profile, ChannelNotAdmitted, AlreadyTaken.
    """
    limit, party = terms.minor_units(command.limit), identified_party(books, command.third_party).id
    if command.paid and terms.profile is Profile.CN:
        raise PaidIntermediary(command.third_party)
    channels = ids_in(command.channels)
    for channel in channels:
        if channel not in terms.channels:
            raise ChannelNotAdmitted(channel, ", ".join(terms.channels))
    id = ThirdParty.fresh(books, command.programme, party)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(ThirdParty(id=id, channels=channels, limit=limit, paid=command.paid))
    voucher.put(Contract.opened(books, party, *_permission(command.programme)))
    return voucher.plan("register-third-party", f"register third party {party}")


@noun.rule(PermitThirdParty)
def permit_third_party(terms: CertificateTerms, command: PermitThirdParty, books: Books) -> Plan:
    """Give or take a third party's permission, and tell it; without it nothing binds it.

    Its running orders go on, or stop taking confirmations, as the terms say.

    Refuses: NotFound, and as `identified_party` does where it is given.
    """
    party = ThirdParty.existing(books, command.programme, command.third_party)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(evolve(party, permitted=command.permitted))
    if command.permitted:
        identified_party(books, command.third_party)
    if command.permitted is not party.permitted:
        change = Contract.opened if command.permitted else Contract.ended
        voucher.put(change(books, command.third_party, *_permission(command.programme)))
        topic = "permission-given" if command.permitted else "permission-withdrawn"
        voucher.notify(command.third_party, topic, command.programme, orders=terms.withdrawal.value)
    may = "may" if command.permitted else "may not"
    return voucher.plan("permit", f"{command.third_party} {may} initiate orders")


def known_initiator(books: Books, programme: str, initiator: str) -> ThirdParty | None:
    """An initiator as a third party, None for a customer; an operator speaks for a third party only."""
    actor = acting_for(books, initiator)
    third_party = ThirdParty.find(books, programme, initiator)
    if Party.find(books, initiator) is None or (actor.role is Role.OPERATOR and third_party is None):
        raise InitiatorUnknown(initiator)
    identified_party(books, initiator)
    if third_party is None:
        account_of(books, initiator)
    return third_party


def check_permission(
    terms: CertificateTerms, third_party: ThirdParty | None, channel: str, target: int
) -> None:
    """A customer may ask for what the terms admit, a third party for what it was permitted."""
    if third_party is None:
        return
    name = third_party.ids[1]
    if third_party.paid and terms.profile is Profile.CN:
        raise PaidIntermediary(name)
    if not third_party.permitted:
        raise NoPermission(name, "it has none")
    if channel not in third_party.channels:
        raise NoPermission(name, f"not by channel {channel}")
    if target > third_party.limit:
        raise NoPermission(name, "the target is above its limit")


def _permission(programme: str) -> tuple[str, str, str, str]:
    """The contract by which a third party is bound, product first; no order's is of this form."""
    return "certificate", programme, "third-party", "permission"
