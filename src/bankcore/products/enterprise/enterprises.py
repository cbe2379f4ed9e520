"""Enterprises (企业): firms that count once two people have looked at their facts.

An enterprise is a party of the kind firm, with a document and a current account.  Here stands what a
platform asks besides: seven facts, of which those about people are erased with the party.  Nothing is posted.

| operation | what is written |
| --- | --- |
| register, approve, reject | the facts, by two people; the contract of the party |
| leave | the end of the contract, once nothing of the platform binds the party |

>>> str(KycIncomplete("e1", "place, contact"))
'of enterprise e1 these facts are missing: place, contact'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

import attrs
from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection, UnitMismatch
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Actor, Role
from bankcore.product.approvals import Decision
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import (
    Contract,
    Kind,
    Party,
    account_of,
    acting_for,
    active_party,
    identified_party,
    may_see,
    open_contracts,
    represents,
)
from bankcore.product.personal import PERSONAL, mask, masked
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import ContractsOpen, NotAFirm, NotApproved
from bankcore.products.enterprise.programmes import (
    ENT,
    ENTITLEMENTS,
    INTEREST,
    PROGRAMMES,
    EnterpriseTerms,
)
from bankcore.products.enterprise.ratings import grade_of
from bankcore.tables import Table

__all__ = [
    "ApproveEnterprise", "EnterpriseExpelled", "EnterpriseSuspended", "KycIncomplete", "LeavePlatform",
    "RegisterEnterprise", "RejectEnterprise", "facts_of",
]  # fmt: skip

noun = Noun(__name__)

FACTS: Final = (
    "registered_name", "place", "legal_representative", "registered_capital", "business_scope",
    "qualifications", "contact",
)  # fmt: skip
ABOUT_PEOPLE: Final = ("legal_representative", "contact")
_LONGEST: Final = 200  # characters of a fact
_SERVED: Final = ("platform", "deposit-modes")  # the products that bind enterprises as such


# --- facts and refusals ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Enterprise(Facts):
    """An enterprise as it was approved; the capital in minor units."""

    KIND: ClassVar = "platform.enterprise"  # programme:enterprise
    registered_name: str
    place: str
    registered_capital: int
    business_scope: str
    qualifications: str
    personal: Mapping[str, str] | None  # None once it is erased
    registered_on: date
    left_on: date | None = kept(None, absent=True)
    suspended_on: date | None = kept(None, absent=True)
    expelled_on: date | None = kept(None, absent=True)

    @property
    def personal_of(self) -> str:
        return self.ids[1]


@frozen(kw_only=True)
class Registration(Decision):
    """The decision of two people about the facts of an enterprise."""

    KIND: ClassVar = "platform.registration"  # programme:enterprise
    what: Mapping[str, Any]

    @property
    def personal_of(self) -> str:
        return self.ids[1]


class EnterpriseExpelled(ProductRejection):
    sentence = "enterprise {enterprise} was expelled on {on}"
    enterprise: str
    on: date


class EnterpriseSuspended(ProductRejection):
    """Open trades go on; nothing new begins."""

    sentence = "enterprise {enterprise} is suspended since {on}"
    enterprise: str
    on: date


class KycIncomplete(ProductRejection):
    sentence = "of enterprise {enterprise} these facts are missing: {missing}"
    enterprise: str
    missing: str


def approved_enterprise(books: Books, programme: str, enterprise: str) -> Enterprise:
    """An enterprise whose registration is approved and that has not left; raises NotFound, NotApproved."""
    found = Enterprise.find(books, programme, enterprise)
    if found is None:
        Registration.existing(books, programme, enterprise)
    if found is None or found.left_on is not None:
        raise NotApproved("enterprise", enterprise)
    return found


def acting_enterprise(books: Books, programme: str, enterprise: str) -> Enterprise:
    """An enterprise that may enter into something new.

    Raises the errors of `continuing_enterprise`, EnterpriseSuspended.
    """
    found = continuing_enterprise(books, programme, enterprise)
    if found.suspended_on is not None:
        raise EnterpriseSuspended(enterprise, found.suspended_on)
    return found


def continuing_enterprise(books: Books, programme: str, enterprise: str) -> Enterprise:
    """An enterprise that may go on with what it has begun, also while the platform has suspended it.

    Raises PartySuspended and PartyErased also of whoever acts for it, NotFound, NotApproved.
    """
    acting_for(books, enterprise)
    found = approved_enterprise(books, programme, enterprise)
    active_party(books, enterprise)
    return found


def is_active(books: Books, programme: str, enterprise: str) -> bool:
    """Whether others may enter into something new with an enterprise."""
    found, party = Enterprise.find(books, programme, enterprise), Party.find(books, enterprise)
    takes_part = found is not None and found.left_on is None and found.suspended_on is None
    return takes_part and party is not None and not party.suspended


def is_member(books: Books, programme: str) -> bool:
    """Whether whoever asks may see what is published on a platform: the bank, and its enterprises."""
    actor = Actor.asking(books) if books.actor else None
    if actor is None or actor.role in (Role.OFFICER, Role.SYSTEM):
        return True
    firms = (it.ids[2] for it in Contract.every(books, actor.id, "parties"))
    mine = (id for id in (actor.id, *firms) if may_see(books, id))
    return any(is_active(books, programme, id) for id in mine)


# --- commands -------------------------------------------------------------------------------------


def _check_fact(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadCommand(it.name, f"a text of at most {_LONGEST} characters is needed")


def _check_capital(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and (not isinstance(value, Amount) or value.quantity <= 0):
        raise BadCommand(it.name, "an amount above zero is needed")


def _fact(help: str) -> Any:
    """It may be missing until the registration is checked."""
    return field(validator=_check_fact, default="", metadata={"help": help})


@frozen
class _OfEnterprise:
    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")


@frozen
class _Decide(_OfEnterprise):
    proposal: int = fields.proposal()


@frozen
class RegisterEnterprise(_OfEnterprise):
    """Submit the seven facts about an enterprise, new or changed, for approval (企业注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "enterprise"}
    registered_name: str = _fact("the name it is registered under")
    place: str = _fact("where it is registered")
    legal_representative: str = fields.personal("legal representative")
    registered_capital: Amount | None = field(
        validator=_check_capital, default=None, metadata={"help": "registered capital"}
    )
    business_scope: str = _fact("business scope")
    qualifications: str = _fact("qualifications")
    contact: str = fields.personal("contact")


@frozen
class ApproveEnterprise(_Decide):
    """Approve the facts that another person submitted (复核通过注册)."""


@frozen
class RejectEnterprise(_Decide):
    """Reject the facts that another person submitted (复核退回注册)."""


@frozen
class LeavePlatform(_OfEnterprise):
    """Leave a platform once nothing of it binds the enterprise (退出平台)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise", Role.OFFICER: ""}


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(RegisterEnterprise)
def register_enterprise(terms: EnterpriseTerms, command: RegisterEnterprise, books: Books) -> Plan:
    """Submit the facts; a second person has to approve them before they count.

    Refuses, in this order: NotFound, PartyErased, PartySuspended, NotAFirm, EnterpriseExpelled,
    KycIncomplete, UnitMismatch, AlreadyProposed.
    """
    ids = (command.programme, command.enterprise)
    acting_for(books, command.enterprise)
    if active_party(books, command.enterprise).kind is not Kind.FIRM:
        raise NotAFirm(command.enterprise)
    check_not_expelled(books, *ids)
    missing = [fact for fact in FACTS if not _is_given(getattr(command, fact))]
    if missing or command.registered_capital is None:
        raise KycIncomplete(command.enterprise, ", ".join(missing))
    facts = {name: getattr(command, name) for name in FACTS if name not in ABOUT_PEOPLE}
    facts["registered_capital"] = terms.minor_units(command.registered_capital)
    facts[PERSONAL] = {name: getattr(command, name) for name in ABOUT_PEOPLE}
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(Registration.proposed(books, *ids, about=_version(books, *ids), what=facts))
    return voucher.plan("register", f"facts about enterprise {command.enterprise} are submitted")


@noun.rule(ApproveEnterprise)
def approve_enterprise(terms: EnterpriseTerms, command: ApproveEnterprise, books: Books) -> Plan:
    """Take the submitted facts over; the first time, open the enterprise's accounts of entitlements.

    Refuses, in this order: NothingProposed, SamePerson, StaleProposal, NotFound, PartyErased,
    PartySuspended, NotIdentified, NoCurrentAccount, UnitMismatch, AlreadyTaken.  A suspended one stays so.
    """
    ids, today, who = (command.programme, command.enterprise), books.today, command.enterprise
    decision = Registration.approved(books, *ids, seen=command.proposal, about=_version(books, *ids))
    account = books.account(account_of(books, identified_party(books, who).id))
    if account is not None and account.unit != terms.unit:
        raise UnitMismatch(account.unit, terms.unit, account.path)
    voucher, known = PROGRAMMES.voucher(books, terms, command.programme), Enterprise.find(books, *ids)
    if known is None:
        parts = ("issued", "live", "redeemed", "expired")
        voucher.open(*(ENTITLEMENTS[it].account(*ids, unit=ENT, on=today, party=who) for it in parts))
    if known is None or known.left_on is not None:
        voucher.put(Contract.opened(books, who, "enterprise", command.programme))
    new = Enterprise(id=":".join(ids), registered_on=today, **decision.what)
    voucher.keep(decision, evolve(known, left_on=None, **decision.what) if known else new)
    return voucher.plan("approve", f"enterprise {who} is registered")


noun.rule(RejectEnterprise)(Registration.rejecting(PROGRAMMES, "enterprise"))


@noun.rule(LeavePlatform)
def leave_platform(terms: EnterpriseTerms, command: LeavePlatform, books: Books) -> Plan:
    """End the party's contract; what it published is matched no more, its entitlements run on.

    Refuses, in this order: NotFound, NotApproved, ContractsOpen while a trade, a mode or interest is open.
    """
    programme, who = command.programme, command.enterprise
    acting_for(books, who)
    member = approved_enterprise(books, programme, who)
    bound = [f"{it.ids[1]} {it.ids[2]}" for it in open_contracts(books, who) if _is_of(it, programme)]
    bound += [path for path, owed in books.balances(INTEREST(programme, who)) if owed]
    if bound:
        raise ContractsOpen(who, ", ".join(bound))
    voucher = PROGRAMMES.voucher(books, terms, programme)
    voucher.keep(evolve(member, left_on=books.today))
    voucher.put(Contract.ended(books, who, "enterprise", programme))
    return voucher.plan("leave", f"enterprise {who} leaves")


def open_trades(books: Books, programme: str, enterprise: str) -> list[str]:
    """The trades of a platform that bind an enterprise."""
    found = (it.ids for it in open_contracts(books, enterprise) if _is_of(it, programme))
    return [thing.partition("/")[2] for _, product, thing in found if product == "platform"]


def check_not_expelled(books: Books, programme: str, enterprise: str) -> None:
    """Raises EnterpriseExpelled."""
    found = Enterprise.find(books, programme, enterprise)
    if found is not None and found.expelled_on is not None:
        raise EnterpriseExpelled(enterprise, found.expelled_on)


def _is_of(contract: Contract, programme: str) -> bool:
    """Whether a contract is a trade or a mode of a platform."""
    _, product, thing = contract.ids
    return product in _SERVED and thing.partition("/")[0] == programme


def _version(books: Books, *ids: str) -> int:
    """The version of the facts that stand, 0 where none do."""
    known = Enterprise.find(books, *ids)
    return known.version if known else 0


def _is_given(fact: object) -> bool:
    return bool(fact.strip()) if isinstance(fact, str) else fact is not None


# --- reports --------------------------------------------------------------------------------------


def facts_of(books: Books, programme: str, enterprise: str, asked_by: Actor) -> Mapping[str, Any]:
    """The facts about an enterprise; personal ones in full only for itself and for officers.

    Raises NotFound, NotApproved.
    """
    data = approved_enterprise(books, programme, enterprise).data
    own = asked_by.role is Role.CUSTOMER and represents(books, asked_by.id, enterprise)
    entitled = own or asked_by.role is Role.OFFICER
    personal = data.pop(PERSONAL) or dict.fromkeys(ABOUT_PEOPLE, "")
    return {**data, **(personal if entitled else masked({PERSONAL: personal})[PERSONAL])}


@noun.report("members", own={Role.CUSTOMER: "enterprise"})
def members(books: Books) -> Table:
    """Each enterprise with its facts, personal ones masked, and its grade by ratings."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Enterprise.every(books, programme):
            personal = (mask((it.personal or {}).get(name, "")) for name in ABOUT_PEOPLE)
            facts = (it.registered_name, it.place, Amount(it.registered_capital, unit), *personal)
            rows.append((*it.ids, *facts, grade_of(books, *it.ids)))
    columns = (
        "programme", "enterprise", "name", "place", "capital", "legal representative", "contact", "grade",
    )  # fmt: skip
    return Table("Members", columns, tuple(rows))
