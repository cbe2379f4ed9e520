"""Commands about the network, its branches, and leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.product.fields import choice, day, flag, id_, personal, some_terms, terms, text
from bankcore.products.branch.commands import fields
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.terms import BranchTerms

__all__ = [
    "AcquireLead",
    "Blacklist",
    "ChangeTerms",
    "ClaimLead",
    "DescribeFirm",
    "GiveConsent",
    "OpenProgramme",
    "RegisterBranch",
    "ReleaseLead",
    "ScreenLead",
    "WithdrawConsent",
]

PASSED = "passed"  # how a screening ended, else why not


@frozen
class OpenProgramme:
    """Open a branch network (开办网点营销)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: BranchTerms = fields.all_terms()


@frozen
class ChangeTerms:
    """Change some terms from a day on (变更条款)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: Mapping[str, Any] = terms("what changes", some_terms)
    effective_on: date | None = day("first day; today if not given", None)


@frozen
class RegisterBranch:
    """Register a branch of a bank (登记网点)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    branch: str = fields.branch()
    owner: str = id_("the bank whose branch it is")
    east: int = fields.metres("where it is, metres to the east")
    north: int = fields.metres("where it is, metres to the north")


@frozen
class AcquireLead:
    """Take up somebody whom a source found, with consent; a known identity merges (获客)."""

    # no customers: who knows an identity, and credit codes are public, would merge into its lead
    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER
    programme: str = fields.programme()
    lead: str = id_("id of the firm or person")
    source: str = id_("where it comes from, such as a life API")
    identity: str = fields.digits("id number of the person, or credit code of the firm")
    full_name: str = personal("name of the person or firm")
    contact: str = personal("phone number or mail address")
    consent: bool = flag("consent to be approached")
    kind: str = choice("what it is", ("firm", "person"), "firm")
    branch: str = id_("branch that looks after it", "")


@frozen
class Blacklist:
    """Put an identity on the blacklist, or take it off (黑名单)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    identity: str = fields.digits("id number or credit code")
    reason: str = text("why")
    lifted: bool = flag("take it off")


@frozen
class ScreenLead:
    """Screen a lead: pass it, or turn it down for a reason (初筛)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    lead: str = id_("the lead")
    rejected: str = id_("why it is turned down; it passes if not given", "")

    def __attrs_post_init__(self) -> None:
        if self.rejected == PASSED:
            raise BadCommand("rejected", f"{PASSED} is no reason to turn a lead down")


@frozen
class DescribeFirm:
    """Say what a firm is and wants; it is matched anew (补充企业信息)."""

    may: ClassVar[Mapping[Role, str]] = fields.FIRM | fields.OFFICER
    programme: str = fields.programme()
    firm: str = fields.firm()
    profile: FirmProfile = fields.profile()


@frozen
class ClaimLead:
    """Take a lead, or keep it: others may not while the manager acts in time (认领线索)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "manager"}
    programme: str = fields.programme()
    lead: str = id_("the lead")
    manager: str = id_("the account manager")


@frozen
class ReleaseLead:
    """Give a lead back (释放线索)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "manager"}
    programme: str = fields.programme()
    lead: str = id_("the lead")
    manager: str = id_("the account manager")


@frozen
class GiveConsent:
    """Consent anew after a withdrawal; no source can say so (重新同意)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "lead"} | fields.OFFICER
    programme: str = fields.programme()
    lead: str = id_("the lead")


@frozen
class WithdrawConsent:
    """Withdraw consent: open pushes end, and none follows (撤回同意)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "lead"} | fields.OFFICER
    programme: str = fields.programme()
    lead: str = id_("the lead")
