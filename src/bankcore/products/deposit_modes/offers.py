"""Offering modes, opening one, and customising it by versions from the next day on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from bankcore.calendars import parse_date
from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.product import approvals
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, tomorrow
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.schedules import changed, in_force
from bankcore.products.deposit_modes import commands
from bankcore.products.deposit_modes.accounts import bank_accounts, open_accounts
from bankcore.products.deposit_modes.agreed import agree
from bankcore.products.deposit_modes.choices import Choices
from bankcore.products.deposit_modes.draft import Draft, data_of
from bankcore.products.deposit_modes.memberships import begin, check_no_other
from bankcore.products.deposit_modes.placements import place_sum
from bankcore.products.deposit_modes.refusals import OutOfBounds
from bankcore.products.deposit_modes.registry import (
    CHANGE,
    IDLE,
    MODE,
    OFFER,
    Mode,
    mode_in,
    offer_on,
    start,
    write_mode,
)
from bankcore.products.deposit_modes.releases import plan_release
from bankcore.products.deposit_modes.shipped import shipped
from bankcore.products.deposit_modes.terms import STRUCTURE, Fill, Interest, ModeTerms
from bankcore.products.enterprise.enterprises import approved_enterprise as enterprise
from bankcore.products.enterprise.programmes import EnterpriseTerms

__all__ = ["change_mode", "customise_mode", "decide_customisation", "offer_mode", "open_mode"]


def offer_mode(terms: EnterpriseTerms, command: commands.OfferMode, books: Books) -> Plan:
    """Offer a mode that comes with bankcore, edited or not, or one of the bank's own.

    Refuses, in this order: AlreadyTaken, BadTerms, SteppedEarlyRate, UnitMismatch.
    """
    programme, mode = command.programme, command.mode
    fresh(books, OFFER, programme, mode)
    edited = {**shipped(command.like or mode), "unit": str(terms.unit), **command.terms}
    offered = _in_unit(terms, ModeTerms.from_data(edited))
    draft = start(books, programme)
    draft.open(*bank_accounts(terms.unit, books.today))
    draft.write(OFFER, programme, mode, schedule=[[books.today.isoformat(), offered.as_data()]])
    return Plan((draft.transaction("offer-mode", f"offer mode {mode}"),))


def change_mode(terms: EnterpriseTerms, command: commands.ChangeMode, books: Books) -> Plan:
    """New terms from a later day on; what customers chose they keep.

    Refuses, in this order: NotFound, BadTerms for a day that is not later, for what makes another mode
    of it, or for what does not go together with terms of later days, SteppedEarlyRate.
    """
    programme, mode = command.programme, command.mode
    record = existing(books, OFFER, programme, mode)
    begin = command.effective_on or tomorrow(books)
    if begin <= books.today:
        raise BadTerms("effective_on", f"a day after {books.today} is needed")
    earlier = offer_on(books, programme, mode, begin)
    new = ModeTerms.from_data({**earlier.as_data(), **command.terms})
    for name in STRUCTURE:
        if getattr(new, name) != getattr(earlier, name):
            raise BadTerms(name, f"mode {mode} keeps it; offer another mode instead")
    changes = {name: value for name, value in new.as_data().items() if name in command.terms}
    schedule = changed(record, begin, changes, books.today)
    for day in (parse_date(since) for since, _ in schedule):
        if day > begin:  # terms that change later still have to go together with these
            ModeTerms.from_data(in_force(schedule, day))
    draft = start(books, programme)
    draft.write(OFFER, programme, mode, schedule=schedule)
    return Plan((draft.transaction("change-mode", f"mode {mode} from {begin}"),))


def open_mode(terms: EnterpriseTerms, command: commands.OpenMode, books: Books) -> Plan:
    """Open a mode for an enterprise; a fixed sum is placed at once.

    Refuses, in this order: NotFound, NotApproved, AlreadyTaken, BadTerms, OutOfBounds, AlreadyTaken
    where another mode gives fee discounts, AgreedElsewhere, and the demand account's floor.
    """
    programme, code, who = command.programme, command.mode, command.enterprise
    enterprise(books, programme, who)
    offered = offer_on(books, programme, code, books.today)
    draft, today = start(books, programme), books.today
    before = data_of(draft, MODE, programme, who, code)
    if before and before["ended_on"] is None:
        raise AlreadyTaken("mode", code)
    chosen = _chosen(offered, offered.usual(), command.choices)
    _check_bounds(offered, chosen)
    data = {
        "balance": 0,
        "opened_on": today.isoformat(),
        "ended_on": None,
        "schedule": [[today.isoformat(), chosen.as_data()]],
        "release_due": "",
        "count": before.get("count", 0),
        "exact": "0/1",
        "set_aside": 0,
        "earned": "0/1",
        "lots": [],
        "claims": [],
    }
    open_accounts(draft, who, code, bool(before))
    mode = write_mode(draft, Mode(programme, who, code, data, offered, chosen), "open")
    check_no_other(draft, mode)
    if offered.interest is Interest.AGREED:
        agree(draft, mode)
    plan_release(draft, mode, chosen, today)
    if offered.fill is Fill.IDLE:
        draft.write(IDLE, *mode.id, on=True)
    if offered.fill is Fill.FIXED:
        place_sum(draft, mode, chosen.sum)
    begin(draft, mode)
    return Plan((draft.transaction("open-mode", f"{who} opens mode {code}"),))


def customise_mode(terms: EnterpriseTerms, command: commands.CustomiseMode, books: Books) -> Plan:
    """Choose otherwise from tomorrow on; beyond the bounds only if the bank is asked and approves.

    Refuses, in this order: NotFound, ModeClosed, BadTerms, OutOfBounds.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    before = _latest(draft, mode)
    chosen = _chosen(mode.terms, before, command.choices)
    if command.ask_bank:
        maker, asked = command.asked_by or command.enterprise, dict(command.choices)
        draft.put(approvals.proposed(books, CHANGE, *mode.id, maker=maker, what=asked))
        return Plan((draft.transaction("ask-customisation", f"{mode.enterprise} asks for {mode.code}"),))
    _check_bounds(mode.terms, chosen, before)
    _customise(draft, mode, command.choices, chosen)
    return Plan((draft.transaction("customise-mode", f"{mode.enterprise} customises {mode.code}"),))


def decide_customisation(terms: EnterpriseTerms, command: commands.DecideCustomisation, books: Books) -> Plan:
    """The bank approves what was asked, from tomorrow on, or turns it down.

    Refuses, in this order: NotFound, ModeClosed, NothingProposed, SamePerson, BadTerms.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    decide = approvals.approved if command.approve else approvals.rejected
    decision = decide(books, CHANGE, *mode.id, checker=command.officer)
    draft.put(decision)
    if command.approve:
        asked = decision.data["what"]
        _customise(draft, mode, asked, _chosen(mode.terms, _latest(draft, mode), asked))
    verdict = "approved" if command.approve else "turned down"
    return Plan((draft.transaction("decide-customisation", f"{mode.code} of {mode.enterprise} {verdict}"),))


def _customise(draft: Draft, mode: Mode, choices: Mapping[str, Any], chosen: Choices) -> None:
    """Schedule the choices; nothing that was posted changes."""
    begins = tomorrow(draft.books)
    record = existing(draft.books, MODE, *mode.id)
    changes = {name: value for name, value in chosen.as_data().items() if name in choices}
    schedule = changed(record, begins, changes, draft.books.today)
    after = write_mode(draft, mode, "customise", schedule=schedule)
    if after.data["release_due"] != draft.books.today.isoformat():
        plan_release(draft, after, chosen, begins)


def _latest(draft: Draft, mode: Mode) -> Choices:
    """The choices with all changes that are scheduled."""
    schedule = data_of(draft, MODE, *mode.id)["schedule"]
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


def _in_unit(terms: EnterpriseTerms, offered: ModeTerms) -> ModeTerms:
    if offered.unit != terms.unit:
        raise BadTerms("unit", f"the platform's unit {terms.unit} is needed")
    return evolve(offered)
