"""Opening a mode (开通), and customising it (自定义) by versions from the next day on.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| open | demand account | mode | a fixed sum, if the mode is for one |
| customise, decide | | | |

>>> OutOfBounds("share", "60% is not from 0% to 50%").code
'out_of_bounds'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from attrs import frozen

from bankcore.errors import BadTerms, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, records
from bankcore.product.actor import Role
from bankcore.product.approvals import Decision, list_proposals
from bankcore.product.parties import Contract
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.schedules import changed
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.agreed import agree
from bankcore.products.deposit_modes.choices import Choices
from bankcore.products.deposit_modes.deposits import keep_idle, place_sum
from bankcore.products.deposit_modes.interest import ACCRUALS, ACCRUED
from bankcore.products.deposit_modes.memberships import begin, check_no_other
from bankcore.products.deposit_modes.modes import (
    MONEY,
    Kept,
    Mode,
    OfMode,
    banks,
    mode_in,
    offer_on,
    write_mode,
)
from bankcore.products.deposit_modes.receipts import listen, plan_release, releases_today
from bankcore.products.deposit_modes.terms import Fill, Interest, ModeTerms
from bankcore.products.enterprise.enterprises import acting_enterprise
from bankcore.products.enterprise.programmes import INTEREST, PROGRAMMES, EnterpriseTerms
from bankcore.tables import Table

__all__ = ["CustomiseMode", "DecideCustomisation", "OpenMode", "OutOfBounds"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Change(Decision):
    """The decision of two people about choices beyond the bounds; it speaks of the choices before."""

    KIND: ClassVar = "modes.change"  # programme:enterprise:mode
    what: Mapping[str, Any]


class OutOfBounds(ProductRejection):
    """Beyond what a customer may choose without the bank's approval."""

    sentence = "{choice} is out of bounds: {reason}"
    choice: str
    reason: str


# --- commands -------------------------------------------------------------------------------------


@frozen
class OpenMode(OfMode):
    """Open a mode, with choices of one's own within its bounds (开通存款模式)."""

    choices: Mapping[str, Any] = fields.terms("what is chosen, the usual if not given", fields.some_terms, {})


@frozen
class CustomiseMode(OfMode):
    """Choose otherwise from tomorrow on; beyond the bounds the bank is asked (自定义存款模式)."""

    choices: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    ask_bank: bool = fields.flag("whether the bank is asked to approve")


@frozen
class DecideCustomisation(OfMode):
    """Approve, or turn down, choices beyond the bounds; not by who asked for them (审批自定义)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    proposal: int = fields.proposal()
    approve: bool = fields.flag("whether it is approved")


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(OpenMode)
def open_mode(terms: EnterpriseTerms, command: OpenMode, books: Books) -> Plan:
    """Open a mode for an enterprise; a fixed sum is placed at once.

    Refuses, in this order: NotFound, NotApproved, PartySuspended, AlreadyTaken, BadTerms, OutOfBounds,
    AlreadyTaken where another mode gives fee discounts, AgreedElsewhere, and the demand account's floor.
    """
    programme, code, who = command.programme, command.mode, command.enterprise
    acting_enterprise(books, programme, who)
    offered = offer_on(books, programme, code, books.today)
    voucher, before = PROGRAMMES.voucher(books, terms, programme), Kept.find(books, programme, who, code)
    if before is not None and before.ended_on is None:
        raise AlreadyTaken("mode", code)
    chosen = _chosen(offered, offered.usual(), command.choices)
    _check_bounds(offered, chosen)
    _open_accounts(voucher, who, code, () if before is not None else _accounts(offered))
    kept = Kept(
        id=":".join((programme, who, code)),
        version=before.version if before else 0,
        count=before.count if before else 0,
        opened_on=books.today,
        schedule=((books.today.isoformat(), chosen.as_data()),),
    )
    mode = write_mode(voucher, Mode(kept, offered, chosen), "open")
    voucher.put(Contract.opened(books, who, "deposit-modes", programme, code))
    check_no_other(voucher, mode)
    if offered.interest is Interest.AGREED:
        agree(voucher, mode)
    plan_release(voucher, mode, chosen, books.today)
    listen(voucher, mode)
    keep_idle(voucher, mode, on=True)
    if offered.fill is Fill.FIXED:
        place_sum(voucher, mode, chosen.sum)
    begin(voucher, mode)
    if offered.interest is not Interest.NONE:
        voucher.put(*ACCRUALS.next(books, programme, f"{who}:{code}", accrue=offered.accrue))
    return voucher.plan("open-mode", f"{who} opens mode {code}")


@noun.rule(CustomiseMode)
def customise_mode(terms: EnterpriseTerms, command: CustomiseMode, books: Books) -> Plan:
    """Choose otherwise from tomorrow on; beyond the bounds only if the bank is asked and approves.

    Refuses, in this order: NotFound, NotApproved, PartySuspended, ModeClosed, BadTerms, OutOfBounds.
    """
    acting_enterprise(books, command.programme, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    before = _latest(mode)
    chosen = _chosen(mode.terms, before, command.choices)
    if command.ask_bank:
        asked = dict(command.choices)
        voucher.keep(Change.proposed(books, *mode.ids, about=_stands(mode), what=asked))
        return voucher.plan("ask-customisation", f"{mode.enterprise} asks for {mode.code}")
    _check_bounds(mode.terms, chosen, before)
    _customise(voucher, mode, command.choices, chosen)
    return voucher.plan("customise-mode", f"{mode.enterprise} customises {mode.code}")


@noun.rule(DecideCustomisation)
def decide_customisation(terms: EnterpriseTerms, command: DecideCustomisation, books: Books) -> Plan:
    """The bank approves what was asked, from tomorrow on, or turns it down.

    Refuses, in this order: NotFound, ModeClosed, NothingProposed, SamePerson, StaleProposal, BadTerms.
    """
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    if command.approve:
        decision = Change.approved(books, *mode.ids, seen=command.proposal, about=_stands(mode))
        _customise(voucher, mode, decision.what, _chosen(mode.terms, _latest(mode), decision.what))
    else:
        decision = Change.rejected(books, *mode.ids, seen=command.proposal)
    voucher.keep(decision)
    verdict = "approved" if command.approve else "turned down"
    return voucher.plan("decide-customisation", f"{mode.code} of {mode.enterprise} {verdict}")


def _accounts(offered: ModeTerms) -> tuple[chart.Template, ...]:
    """The accounts of a mode of its own."""
    return (MONEY,) if offered.interest is Interest.NONE else (MONEY, ACCRUED)


def _open_accounts(voucher: Voucher, enterprise: str, mode: str, of_mode: Iterable[chart.Template]) -> None:
    """Open what an enterprise needs for a mode, of its own accounts those that it had not before.

    Raises UnitMismatch, AlreadyTaken where somebody opened an account of the mode by hand.
    """
    books, ids = voucher.books, (voucher.agreement, enterprise)
    known = books.account(INTEREST(*ids))
    wanted: list[tuple[chart.Template, tuple[str, ...]]] = [(it, (*ids, mode)) for it in of_mode]
    if known is None or known.party != enterprise:
        wanted.append((INTEREST, ids))
    voucher.open(*banks(voucher))
    opened = (path.account(*it, unit=voucher.unit, on=books.today, party=enterprise) for path, it in wanted)
    voucher.open(*opened)


def _customise(voucher: Voucher, mode: Mode, choices: Mapping[str, Any], chosen: Choices) -> None:
    """Schedule the choices; nothing that was posted changes."""
    today, begins = voucher.books.today, records.tomorrow(voucher.books)
    changes = {name: value for name, value in chosen.as_data().items() if name in choices}
    schedule = changed(mode.kept.record(), begins, changes, today)
    after = write_mode(voucher, mode, "customise", schedule=tuple((it[0], it[1]) for it in schedule))
    if not releases_today(voucher, after):
        plan_release(voucher, after, chosen, begins)


def _stands(mode: Mode) -> list[Any]:
    """What a customisation speaks of: the choices of this opening, not the money in it."""
    return [mode.kept.opened_on.isoformat(), mode.kept.data["schedule"]]


def _latest(mode: Mode) -> Choices:
    """The choices with all changes that are scheduled."""
    schedule = mode.kept.schedule
    return Choices.from_data({name: value for _, choices in schedule for name, value in choices.items()})


def _chosen(offered: ModeTerms, before: Choices, choices: Mapping[str, Any]) -> Choices:
    """The choices over those before; raises BadTerms for another unit, or a term without a rate."""
    chosen = Choices.from_data({**before.as_data(), **choices})
    if chosen.unit != offered.unit:
        raise BadTerms("unit", f"a mode keeps its unit {offered.unit}")
    for months in chosen.months:
        offered.rate_for(months)
    if offered.ladder and not chosen.months:
        raise BadTerms("months", "at least one term is needed")
    return chosen


def _check_bounds(offered: ModeTerms, chosen: Choices, before: Choices | None = None) -> None:
    """What stays as it was before may be beyond the bounds: the bank approved it, or narrowed them."""
    for name, reason in offered.beyond(chosen):
        if before is None or getattr(chosen, name) != getattr(before, name):
            raise OutOfBounds(name, reason)


@noun.report("proposals", own={})
def proposals(books: Books) -> Table:
    """Choices that the bank is asked for, and the versions that whoever decides has to name."""
    return list_proposals(books, Change)
