"""Enterprises (企业): firms that count once two people have looked at their facts, and their cash.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| register, approve, reject | | | |
| pay cash in | cash | demand account | |

>>> str(KycIncomplete("e1", "place, contact"))
'of enterprise e1 these facts are missing: place, contact'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

import attrs
from attrs import define, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.approvals import Decision
from bankcore.product.facts import Facts
from bankcore.product.personal import PERSONAL, mask, masked
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotApproved
from bankcore.products.enterprise.programmes import ENT, ENTITLEMENTS, PROGRAMMES, EnterpriseTerms
from bankcore.products.enterprise.ratings import grade_of
from bankcore.tables import Table

__all__ = [
    "ApproveEnterprise", "KycIncomplete", "PayCashIn", "RegisterEnterprise", "RejectEnterprise", "facts_of",
]  # fmt: skip

noun = Noun(__name__)

FACTS: Final = (
    "registered_name", "place", "legal_representative", "registered_capital", "business_scope",
    "qualifications", "contact",
)  # fmt: skip
_ABOUT_PEOPLE: Final = ("legal_representative", "contact")
_LONGEST: Final = 200  # characters of a fact


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


@define
class KycIncomplete(ProductRejection):
    sentence = "of enterprise {enterprise} these facts are missing: {missing}"
    enterprise: str
    missing: str


def approved_enterprise(books: Books, programme: str, enterprise: str) -> Enterprise:
    """An enterprise whose registration is approved; raises NotFound, NotApproved."""
    found = Enterprise.find(books, programme, enterprise)
    if found is None:
        Registration.existing(books, programme, enterprise)
        raise NotApproved("enterprise", enterprise)
    return found


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
class RegisterEnterprise:
    """Submit the seven facts about an enterprise, new or changed, for approval (企业注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.OPERATOR: "", Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
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
class ApproveEnterprise:
    """Approve the facts that another person submitted (复核通过注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
    proposal: int = fields.proposal()


@frozen
class RejectEnterprise:
    """Reject the facts that another person submitted (复核退回注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
    proposal: int = fields.proposal()


@frozen
class PayCashIn:
    """Pay cash into an enterprise's demand account (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
    amount: Amount = fields.amount("cash paid in")


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(RegisterEnterprise)
def register_enterprise(terms: EnterpriseTerms, command: RegisterEnterprise, books: Books) -> Plan:
    """Submit the facts; a second person has to approve them before they count.

    Refuses, in this order: KycIncomplete, UnitMismatch, AlreadyProposed.
    """
    ids = (command.programme, command.enterprise)
    missing = [fact for fact in FACTS if not _is_given(getattr(command, fact))]
    if missing or command.registered_capital is None:
        raise KycIncomplete(command.enterprise, ", ".join(missing))
    facts = {name: getattr(command, name) for name in FACTS if name not in _ABOUT_PEOPLE}
    facts["registered_capital"] = terms.minor_units(command.registered_capital)
    facts[PERSONAL] = {name: getattr(command, name) for name in _ABOUT_PEOPLE}
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(Registration.proposed(books, *ids, about=_version(books, *ids), what=facts))
    return voucher.plan("register", f"facts about enterprise {command.enterprise} are submitted")


@noun.rule(ApproveEnterprise)
def approve_enterprise(terms: EnterpriseTerms, command: ApproveEnterprise, books: Books) -> Plan:
    """Take the submitted facts over; the first time, open the enterprise's accounts.

    Refuses, in this order: NothingProposed, SamePerson, StaleProposal, UnitMismatch, AlreadyTaken.
    """
    ids, today = (command.programme, command.enterprise), books.today
    decision = Registration.approved(books, *ids, seen=command.proposal, about=_version(books, *ids))
    voucher, known = PROGRAMMES.voucher(books, terms, command.programme), Enterprise.find(books, *ids)
    if known is None:
        who = command.enterprise
        parts = ("issued", "live", "redeemed", "expired")
        voucher.open(
            chart.DEMAND.account(who, unit=terms.unit, on=today, party=who),
            *(ENTITLEMENTS[it].account(*ids, unit=ENT, on=today, party=who) for it in parts),
        )
    version, since = (known.version, known.registered_on) if known else (0, today)
    voucher.keep(
        decision, Enterprise(id=":".join(ids), version=version, registered_on=since, **decision.what)
    )
    return voucher.plan("approve", f"enterprise {command.enterprise} is registered")


@noun.rule(RejectEnterprise)
def reject_enterprise(terms: EnterpriseTerms, command: RejectEnterprise, books: Books) -> Plan:
    """Turn the submitted facts down.  Refuses, in this order: NothingProposed, SamePerson, StaleProposal."""
    ids = (command.programme, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(Registration.rejected(books, *ids, seen=command.proposal))
    return voucher.plan("reject", f"facts about enterprise {command.enterprise} are rejected")


@noun.rule(PayCashIn)
def pay_cash_in(terms: EnterpriseTerms, command: PayCashIn, books: Books) -> Plan:
    """Cash to the demand account.  Refuses, in this order: UnitMismatch, NotFound, NotApproved."""
    amount = terms.minor_units(command.amount)
    approved_enterprise(books, command.programme, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.move(chart.CASH(), chart.DEMAND(command.enterprise), amount)
    return voucher.plan("deposit", f"deposit of {command.enterprise}")


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
    entitled = asked_by.role is Role.OFFICER or asked_by == Actor(Role.CUSTOMER, enterprise)
    personal = data.pop(PERSONAL) or dict.fromkeys(_ABOUT_PEOPLE, "")
    return {**data, **(personal if entitled else masked({PERSONAL: personal})[PERSONAL])}


@noun.report("members")
def members(books: Books) -> Table:
    """Each enterprise with its facts, personal ones masked, and its grade by ratings."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Enterprise.every(books, programme):
            personal = (mask((it.personal or {}).get(name, "")) for name in _ABOUT_PEOPLE)
            facts = (it.registered_name, it.place, Amount(it.registered_capital, unit), *personal)
            rows.append((*it.ids, *facts, grade_of(books, *it.ids)))
    columns = (
        "programme", "enterprise", "name", "place", "capital", "legal representative", "contact", "grade",
    )  # fmt: skip
    return Table("Members", columns, tuple(rows))


@noun.report("registrations")
def registrations(books: Books) -> Table:
    """Every registration that was proposed: who submitted it, who decided, and how."""
    rows = tuple(
        (*it.ids, it.version, it.state, it.maker, it.made_on, it.checker, it.decided_on)
        for it in Registration.every(books)
    )
    columns = (
        "programme", "enterprise", "proposal", "state", "submitted by", "on", "decided by", "decided on",
    )  # fmt: skip
    return Table("Registrations", columns, rows)
