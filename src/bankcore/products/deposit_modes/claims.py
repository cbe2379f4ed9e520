"""Damage claims against a carrier's deposit: filed by a shipper, decided by the bank, paid."""

from __future__ import annotations

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import chart
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh
from bankcore.products.deposit_modes import commands
from bankcore.products.deposit_modes.draft import data_of
from bankcore.products.deposit_modes.money import take_out
from bankcore.products.deposit_modes.refusals import (
    ClaimDecided,
    ClaimExceedsDeposit,
    ClaimOpen,
    UseNotAllowed,
)
from bankcore.products.deposit_modes.registry import CLAIM, mode_in, start, write_mode
from bankcore.products.deposit_modes.terms import Use
from bankcore.products.enterprise.enterprises import approved_enterprise as enterprise
from bankcore.products.enterprise.programmes import EnterpriseTerms
from bankcore.rates import round_half_up

__all__ = ["decide_claim", "file_claim", "pay_claim"]


def file_claim(terms: EnterpriseTerms, command: commands.FileClaim, books: Books) -> Plan:
    """A shipper asks for damages; the deposit stays where it is until the claim is settled.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed, NotFound or NotApproved for the shipper,
    UnitMismatch, ClaimExceedsDeposit, AlreadyTaken.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.carrier, command.mode)
    if not mode.may(Use.CLAIMS):
        raise UseNotAllowed(mode.code, Use.CLAIMS.value)
    enterprise(books, command.programme, command.shipper)
    asked = terms.minor_units(command.amount)
    if asked > mode.balance:
        raise ClaimExceedsDeposit(asked, mode.balance, terms.unit)
    fresh(books, CLAIM, command.programme, command.claim)
    names = {"carrier": command.carrier, "mode": command.mode, "shipper": command.shipper}
    filed = {
        "asked": asked,
        "filed_on": books.today.isoformat(),
        "decided_on": "",
        "awarded": 0,
        "paid_on": "",
    }
    draft.write(CLAIM, command.programme, command.claim, **names, **filed)
    write_mode(draft, mode, "claim filed", claims=[*mode.data["claims"], command.claim])
    return Plan((draft.transaction("file-claim", f"{command.shipper} claims from {command.carrier}"),))


def decide_claim(terms: EnterpriseTerms, command: commands.DecideClaim, books: Books) -> Plan:
    """The bank awards all or a part of what was asked, or nothing, which settles the claim.

    Refuses, in this order: NotFound, ClaimDecided, UnitMismatch, ClaimExceedsDeposit where it is more
    than was asked, ModeClosed, ClaimExceedsDeposit where other awards leave less of the deposit.
    """
    claim = existing(books, CLAIM, command.programme, command.claim)
    _check_undecided(claim)
    awarded = terms.minor_units(command.awarded)
    if awarded > claim.data["asked"]:
        raise ClaimExceedsDeposit(awarded, claim.data["asked"], terms.unit)
    draft, today = start(books, command.programme), books.today.isoformat()
    mode = mode_in(draft, claim.data["carrier"], claim.data["mode"])
    others = (data_of(draft, CLAIM, command.programme, it)["awarded"] for it in mode.data["claims"])
    if awarded > (left := mode.balance - sum(others)):
        raise ClaimExceedsDeposit(awarded, left, terms.unit)
    paid_on = "" if awarded else today
    draft.write(CLAIM, command.programme, command.claim, decided_on=today, awarded=awarded, paid_on=paid_on)
    if not awarded:
        write_mode(draft, mode, "claim dismissed", claims=_without(mode.data["claims"], command.claim))
    return Plan((draft.transaction("decide-claim", f"claim {command.claim} is decided"),))


def pay_claim(terms: EnterpriseTerms, command: commands.PayClaim, books: Books) -> Plan:
    """Pay what was awarded to the shipper, and its interest at the demand rate to the carrier.

    Refuses, in this order: NotFound, ClaimOpen while it is not decided, ClaimDecided where it is settled,
    ModeClosed, BalanceFloorBreached.
    """
    claim = existing(books, CLAIM, command.programme, command.claim)
    carrier, shipper, awarded = (claim.data[name] for name in ("carrier", "shipper", "awarded"))
    if not claim.data["decided_on"]:
        raise ClaimOpen(command.claim, carrier)
    if claim.data["paid_on"]:
        raise ClaimDecided(command.claim, parse_date(claim.data["paid_on"]))
    draft = start(books, command.programme)
    mode = mode_in(draft, carrier, claim.data["mode"])
    left = _without(mode.data["claims"], command.claim)
    earned, _ = take_out(draft, mode, "claim paid", awarded, mode.terms.demand_rate, claims=left)
    draft.move(mode.path, chart.DEMAND(shipper), awarded)
    draft.move(chart.INTEREST_EXPENSE(), mode.demand, round_half_up(earned))
    draft.write(CLAIM, command.programme, command.claim, paid_on=books.today.isoformat())
    return Plan((draft.transaction("pay-claim", f"claim {command.claim} to {shipper}"),))


def _check_undecided(claim: Record) -> None:
    if claim.data["decided_on"]:
        raise ClaimDecided(claim.id.rpartition(":")[2], parse_date(claim.data["decided_on"]))


def _without(claims: list[str], claim: str) -> list[str]:
    return [other for other in claims if other != claim]
