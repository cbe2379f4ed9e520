"""Deposit modes (存款模式) as the bank offers them, and as an enterprise has them.  Nothing is posted.

The bank offers one of the six modes that come with bankcore, edits it, or makes its own; an enterprise
that opens it keeps money in an account of its own, by the bank's terms and its own choices of the day.

>>> MONEY("p", "e", "PROC")
'platform:p:mode:e:PROC'
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.errors import BadTerms, ProductRejection
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import canonical_json
from bankcore.product import chart, fields, records
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.interest import at_rate
from bankcore.product.parties import Contract
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.schedules import in_force
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.choices import Choices
from bankcore.products.deposit_modes.shipped import shipped
from bankcore.products.deposit_modes.terms import STRUCTURE, ModeTerms, Use
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.rates import Rate, round_half_up
from bankcore.tables import Table

__all__ = ["ChangeMode", "ModeClosed", "OfferMode", "UseNotAllowed"]

noun = Noun(__name__)

OFFER: Final = "modes.offer"  # programme:mode
MONEY = chart.liability("platform:{programme}:mode:{enterprise}:{mode}")


# --- facts and refusals ---------------------------------------------------------------------------


@frozen
class Lot:
    """Money of one day that earns by days.

    `lost` of its days earn nothing, for a notice was not used; the last of them is before `until`.
    """

    day: date
    amount: int
    lost: int = 0
    until: date | None = None

    def earned(self, amount: int, rate: Rate, today: date) -> Fraction:
        """What an amount of it has earned by today, exact (ACT/360)."""
        ahead = max((self.until - today).days, 0) if self.until else 0
        begins = min(self.day + timedelta(self.lost - ahead), today)
        return at_rate(amount, rate, begins, today)


@frozen(kw_only=True)
class Kept(Facts):
    """What is kept about a mode of an enterprise; amounts are minor units.

    `schedule` holds its choices by their first day; `set_aside` is what was set aside of receipts,
    `lots` is money that earns by days, `earned` the exact interest of all that left since the opening, of
    which `credited` is posted, `claims` are those that are not settled, `count` its term deposits.  The last
    event moved `moved`.
    """

    KIND: ClassVar = "modes.mode"  # programme:enterprise:mode
    balance: int = 0
    opened_on: date
    ended_on: date | None = None
    schedule: tuple[tuple[str, Mapping[str, Any]], ...]
    release_due: date | None = kept(None, empty="")
    count: int = 0
    set_aside: int = 0
    earned: Fraction = Fraction(0)
    credited: int = 0
    lots: tuple[Lot, ...] = ()
    claims: tuple[str, ...] = ()
    event: str = ""
    on: date = date.min
    moved: int = 0


@frozen
class Mode:
    """An enterprise's mode, with the bank's terms and its own choices of the day."""

    kept: Kept
    terms: ModeTerms
    choices: Choices

    @property
    def ids(self) -> tuple[str, ...]:
        """Programme, enterprise and code."""
        return self.kept.ids

    @property
    def enterprise(self) -> str:
        """Whose it is."""
        return self.ids[1]

    @property
    def code(self) -> str:
        """What the bank calls it."""
        return self.ids[2]

    @property
    def path(self) -> AccountPath:
        """The account with its money."""
        return MONEY(*self.ids)

    @property
    def demand(self) -> AccountPath:
        """The enterprise's demand account."""
        return chart.DEMAND(self.enterprise)

    @property
    def balance(self) -> int:
        """The money in it."""
        return self.kept.balance

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.kept.ended_on is None

    @property
    def release_on(self) -> date:
        """The first day on which set-aside money may be withdrawn."""
        return add_months(self.kept.opened_on, self.choices.release_months)

    @property
    def owed(self) -> int:
        """The interest of money that left that is not posted: all, rounded once, less what is posted."""
        return round_half_up(self.kept.earned) - self.kept.credited

    def may(self, use: Use) -> bool:
        """Whether the money may be used so."""
        return use in self.terms.uses


class ModeClosed(ProductRejection):
    """Not opened, or ended."""

    sentence = "{enterprise} has no open mode {mode}"
    enterprise: str
    mode: str


class UseNotAllowed(ProductRejection):
    sentence = "mode {mode} is not for {use}"
    mode: str
    use: str


# --- reading and writing ----------------------------------------------------------------------------


def start(books: Books, programme: str) -> Voucher:
    """A voucher of today; raises NotFound where there is no such programme."""
    return PROGRAMMES.voucher(books, PROGRAMMES.today(books, programme), programme)


def offer_on(books: Books, programme: str, mode: str, day: date) -> ModeTerms:
    """The terms of a mode in force on a day that is not closed; raises NotFound."""
    records.existing(books, OFFER, programme, mode)
    return records.terms_on(ModeTerms, books, OFFER, f"{programme}:{mode}", day)


def mode_of(books: Books, kept: Kept) -> Mode:
    """The mode that facts are about."""
    programme, _, code = kept.ids
    terms = offer_on(books, programme, code, books.today)
    return Mode(kept, terms, _chosen(kept, books.today))


def mode_in(voucher: Voucher, enterprise: str, mode: str) -> Mode:
    """An open mode as the voucher leaves it; raises NotFound where it is not offered, ModeClosed."""
    offer_on(voucher.books, voucher.agreement, mode, voucher.books.today)
    kept = voucher.find(Kept, voucher.agreement, enterprise, mode)
    if kept is None or kept.ended_on is not None:
        raise ModeClosed(enterprise, mode)
    return mode_of(voucher.books, kept)


def modes_of(books: Books, *ids: str) -> Iterator[Mode]:
    """All modes of a programme, or of one enterprise in it, open or ended, in the order of their ids."""
    return (mode_of(books, kept) for kept in Kept.every(books, *ids))


def open_modes(voucher: Voucher, enterprise: str) -> list[Mode]:
    """The open modes of an enterprise, as the voucher leaves them."""
    ids = (voucher.agreement, enterprise)
    known = [voucher.existing(Kept, *kept.ids) for kept in Kept.every(voucher.books, *ids)]
    return [mode_of(voucher.books, kept) for kept in known if kept.ended_on is None]


def every_mode(books: Books) -> Iterator[Mode]:
    """All modes of all programmes."""
    return (mode for programme in PROGRAMMES.ids(books) for mode in modes_of(books, programme))


def write_mode(voucher: Voucher, mode: Mode, event: str, moved: int = 0, **changes: Any) -> Mode:
    """Change what is kept of a mode, and its balance, and note the event for its statement.

    A mode that ends binds its party no more.
    """
    noted = {"event": event, "on": voucher.books.today, "moved": moved, "balance": mode.balance + moved}
    kept = evolve(mode.kept, **{**changes, **noted})
    voucher.keep(kept)
    if mode.is_open and kept.ended_on is not None:
        programme, who, code = mode.ids
        voucher.put(Contract.ended(voucher.books, who, "deposit-modes", programme, code))
    return evolve(mode, kept=kept, choices=_chosen(kept, voucher.books.today))


def money(mode: Mode, quantity: int) -> Amount:
    """Minor units as an amount of the mode's unit."""
    return Amount(quantity, mode.terms.unit)


def _chosen(kept: Kept, day: date) -> Choices:
    return _read(canonical_json(in_force(kept.schedule, day)))


@lru_cache(maxsize=4096)
def _read(text: str) -> Choices:
    """Reading choices takes longer than a rule, and most customers have the usual ones."""
    return Choices.from_data(json.loads(text))


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfMode:
    """The base of what an enterprise asks about a mode of its own."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")


@frozen
class OfferMode:
    """Offer one of the six modes, as it comes or edited, or one of the bank's own (开办存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    mode: str = fields.id_("code of the mode: SALES, PROC, LOG, FIN, MEMB, ENT or the bank's own")
    terms: Mapping[str, Any] = fields.terms("what differs from the mode that comes", fields.some_terms, {})
    like: str = fields.id_("the mode it is made from; that of its own code if not given", "")


@frozen
class ChangeMode:
    """Change a mode's terms from a later day on (变更存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    mode: str = fields.id_("code of the mode")
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; tomorrow if not given", None)


@noun.rule(OfferMode)
def offer_mode(terms: EnterpriseTerms, command: OfferMode, books: Books) -> Plan:
    """Offer a mode that comes with bankcore, edited or not, or one of the bank's own.

    Refuses, in this order: AlreadyTaken, BadTerms, SteppedEarlyRate, UnitMismatch.
    """
    programme, mode = command.programme, command.mode
    records.fresh(books, OFFER, programme, mode)
    edited = {**shipped(command.like or mode), "unit": str(terms.unit), **command.terms}
    offered = ModeTerms.from_data(edited)
    if offered.unit != terms.unit:
        raise BadTerms("unit", f"the platform's unit {terms.unit} is needed")
    voucher = PROGRAMMES.voucher(books, terms, programme)
    voucher.open(*banks(voucher))
    voucher.write(OFFER, programme, mode, schedule=[[books.today.isoformat(), offered.as_data()]])
    return voucher.plan("offer-mode", f"offer mode {mode}")


@noun.rule(ChangeMode)
def change_mode(terms: EnterpriseTerms, command: ChangeMode, books: Books) -> Plan:
    """New terms from a later day on; what customers chose they keep.

    Refuses, in this order: NotFound, BadTerms for a day that is not later, for what makes another mode
    of it, or for what does not go together with terms of later days, SteppedEarlyRate.
    """
    programme, mode = command.programme, command.mode
    records.existing(books, OFFER, programme, mode)
    begin = command.effective_on or records.tomorrow(books)
    if begin <= books.today:
        raise BadTerms("effective_on", f"a day after {books.today} is needed")
    id = f"{programme}:{mode}"
    after = records.rescheduled(ModeTerms, books, OFFER, id, command.terms, begin, keeps=STRUCTURE)
    voucher = PROGRAMMES.voucher(books, terms, programme)
    voucher.put(after)
    return voucher.plan("change-mode", f"mode {mode} from {begin}")


def banks(voucher: Voucher) -> tuple[Account, ...]:
    """The bank's own accounts that modes need."""
    of_bank = (chart.FEE_INCOME, chart.INTEREST_EXPENSE)
    return tuple(it.account(unit=voucher.unit, on=voucher.books.today) for it in of_bank)


# --- reports --------------------------------------------------------------------------------------


@noun.report("balances", own={Role.CUSTOMER: "enterprise"})
def balances(books: Books) -> Table:
    """What each enterprise has in each mode."""
    rows = tuple(
        (*it.ids, money(it, it.balance), it.kept.opened_on, it.kept.ended_on or "open")
        for it in every_mode(books)
    )
    return Table("Balances", ("programme", "enterprise", "mode", "balance", "opened", "ended"), rows)


@noun.report("modes", own={})
def totals(books: Books) -> Table:
    """What is in each mode, and how many have it open."""
    sums: Counter[tuple[str, str]] = Counter()
    opened: Counter[tuple[str, str]] = Counter()
    for mode in every_mode(books):
        programme, _, code = mode.ids
        sums[programme, code] += mode.balance
        opened[programme, code] += mode.is_open
    rows = []
    for offer in records.every(books, OFFER):
        programme, code = offer.id.split(":")
        unit = PROGRAMMES.today(books, programme).unit
        rows.append((programme, code, opened[programme, code], Amount(sums[programme, code], unit)))
    return Table("Modes", ("programme", "mode", "open", "balance"), tuple(rows))


@noun.report("statements", own={Role.CUSTOMER: "enterprise"})
def statements(books: Books) -> Table:
    """Every event of every mode with what it moved and the balance after it."""
    rows = tuple(
        (*it.ids, kept.on, kept.event, money(it, kept.moved), money(it, kept.balance))
        for it in every_mode(books)
        for kept in Kept.versions(books, *it.ids)
    )
    columns = ("programme", "enterprise", "mode", "date", "event", "moved", "balance")
    return Table("Statements of modes", columns, rows)
