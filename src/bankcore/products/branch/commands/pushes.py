"""Commands about templates, matches and pushes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.product.fields import choice, id_
from bankcore.products.branch.commands import fields
from bankcore.products.branch.criteria import Criteria

__all__ = [
    "AcceptPush",
    "DeclinePush",
    "GiveFeedback",
    "MatchFirm",
    "PublishTemplate",
    "PushFirm",
    "WithdrawTemplate",
]

OUTCOMES = ("contacted", "visited", "applied", "lent", "refused")


@frozen
class PublishTemplate:
    """Publish a bank's due-diligence template, or a new version of it (发布尽调模板)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    programme: str = fields.programme()
    branch: str = fields.branch()
    template: str = id_("the template")
    criteria: Criteria = fields.criteria()


@frozen
class WithdrawTemplate:
    """Take a template off offer (撤下尽调模板)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    programme: str = fields.programme()
    branch: str = fields.branch()
    template: str = id_("the template")


@frozen
class MatchFirm:
    """Match a firm with the templates on offer now (匹配)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.FIRM
    programme: str = fields.programme()
    firm: str = fields.firm()


@frozen
class PushFirm:
    """Push a firm to the branch of a template, and the template to the firm (推送)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    firm: str = fields.firm()
    template: str = id_("the template")
    push: str = id_("id of the push")


@frozen
class AcceptPush:
    """Choose among the pushes: with this branch the firm goes on (企业二次选择)."""

    may: ClassVar[Mapping[Role, str]] = fields.FIRM
    programme: str = fields.programme()
    firm: str = fields.firm()
    push: str = id_("the push")
    kind: str = id_("loan type; the first that both want if not given", "")
    months: int = fields.months()


@frozen
class DeclinePush:
    """Turn a push down (谢绝推送)."""

    may: ClassVar[Mapping[Role, str]] = fields.FIRM
    programme: str = fields.programme()
    firm: str = fields.firm()
    push: str = id_("the push")


@frozen
class GiveFeedback:
    """Say what became of an accepted push; a refusal lets the firm choose again (跟踪反馈)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    programme: str = fields.programme()
    branch: str = fields.branch()
    push: str = id_("the push")
    outcome: str = choice("what happened", OUTCOMES)
    lender: str = id_("programme of the loan, if lent", "")
    loan: str = id_("the loan, if lent", "")

    def __attrs_post_init__(self) -> None:
        if (self.outcome == "lent") != bool(self.lender and self.loan):
            raise BadCommand("loan", "programme and loan are named if, and only if, it was lent")
