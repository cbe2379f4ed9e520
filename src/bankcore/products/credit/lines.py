"""Credit lines (授信额度): one of a party, as consumer or as provider: limit, what is drawn, and interest.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| open, raise | undrawn | undrawn-contra | what the points give (off the balance sheet) |
| accrue | interest | interest income, penalty income | the exact sums, rounded once |

Interest runs over [start, end) on the principal.  What is not repaid by the due date and some days
of grace costs the overdue rate from the due date on; until that is known, those days wait.

>>> tariff = Tariff(((date(2024, 1, 1), CreditTerms.from_data({"grace_days": 3})),))
>>> line = Line(id="p:consumer:c", since=date(2024, 1, 31), due_on=date(2024, 3, 18))
>>> line = line.accrued(tariff, 4_321_09, date(2024, 3, 20))
>>> line.interest.due(), line.since, line.accrued(tariff, 4_321_09, date(2024, 3, 22)).penalty.due()
(4118, datetime.date(2024, 3, 18), 526)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.accounts import Side
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import Contract, account_of, acting_for, identified_party, represents
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.voucher import Voucher
from bankcore.products import standings
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms, LineOpen, Tariff, tariff_of
from bankcore.products.standings import CARD, LINE, PROVIDER
from bankcore.rates import Accrual, round_half_up
from bankcore.tables import Table

__all__ = ["HolderUnknown", "LineUnknown", "OpenLine"]

noun = Noun(__name__)
LOAN = chart.asset("credit:{programme}:{kind}:{holder}:loan")  # principal drawn
INTEREST = chart.asset("credit:{programme}:{kind}:{holder}:interest")  # posted and not paid
UNDRAWN = chart.memorandum("credit:{programme}:{kind}:{holder}:undrawn")  # what may still be drawn
UNDRAWN_CONTRA = chart.memorandum("credit:{programme}:{kind}:{holder}:undrawn-contra", Side.CREDIT)

DUE = Agenda("credit.due", "line")  # programme:date:kind:party
REMINDER = Agenda("credit.reminder", "line")  # programme:date:kind:party:due date


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Line(Facts):
    """What is kept about a line; without a drawing nothing is due.

    `since` is the day up to which interest is in the exact sums.  `allowed` is the limit, or less where more
    than that is drawn; `points` are those that counted when it was set, `decided` is what two officers allow
    whatever they give.  Of what was `lost`, written off, some is `recovered`.
    """

    KIND: ClassVar = LINE  # programme:kind:party
    since: date
    due_on: date | None = None
    limit: int = 0
    allowed: int = 0
    points: int = 0
    automatic: bool = True  # whether points raise the limit
    decided: int = 0
    interest: Accrual = Accrual()
    penalty: Accrual = Accrual()
    lost: int = 0
    recovered: int = 0
    taken_back: int | None = kept(None, absent=True)  # interest charged, and taken back by a late payment
    waived: int | None = kept(None, absent=True)  # of the overdue interest

    @property
    def holder(self) -> str:
        """The party whose line it is."""
        return self.ids[2]

    @property
    def charged(self) -> int:
        """Interest and overdue interest posted so far."""
        return self.interest.posted + self.penalty.posted

    @property
    def unwaived(self) -> int:
        """Overdue interest posted so far and not waived."""
        return self.penalty.posted - (self.waived or 0)

    def waiving(self, quantity: int) -> Line:
        """With so much more of the overdue interest waived."""
        return evolve(self, waived=(self.waived or 0) + quantity or None)

    def days_overdue(self, today: date) -> int:
        """Days since the due date."""
        return max((today - self.due_on).days, 0) if self.due_on else 0

    def accrued(self, tariff: Tariff, principal: int, until: date, settling: bool = False) -> Line:
        """With the interest of the days before `until`; a repayment within the grace settles its days.

        They cost the overdue rate after all for what of the principal is left when the grace is over.
        """
        if self.due_on is None or until <= self.since:
            return self if self.due_on else evolve(self, since=until)
        interest, penalty, since = self.interest, self.penalty, self.since
        grace_ends = self.due_on + timedelta(days=tariff.on(self.due_on).grace_days)
        if since < self.due_on:
            end = min(until, self.due_on)
            interest, since = interest.add(tariff.interest(principal, since, end)), end
        if until > grace_ends:
            if since <= grace_ends:
                settled = tariff.interest(principal, self.due_on, since)
                penalty, since = penalty.add(-settled), self.due_on
            penalty = penalty.add(tariff.interest(principal, since, until, overdue=True))
            since = until
        elif settling:
            interest, since = interest.add(tariff.interest(principal, since, until)), until
        return evolve(self, interest=interest, penalty=penalty, since=since)

    def posted(self) -> tuple[Line, int, int]:
        """With everything due posted; and how much of it is interest, and overdue interest."""
        interest, due = self.interest.post()
        penalty, overdue = self.penalty.post()
        return evolve(self, interest=interest, penalty=penalty), due, overdue


def line_at(books: Books, line: tuple[str, str, str]) -> Line:
    """The line of a holder; raises LineUnknown."""
    found = Line.find(books, *line)
    if found is None:
        raise LineUnknown(line[0], line[2])
    return found


def points_of(books: Books, line: tuple[str, ...]) -> int:
    """The points of the holder of a line in the points programme; raises HolderUnknown."""
    programme, kind, holder = line
    points = standings.points_of(books, CARD if kind == "consumer" else PROVIDER, programme, holder)
    if points is None:
        raise HolderUnknown(programme, holder)
    return points


def lines_of(books: Books, party: str) -> Iterator[Line]:
    """All lines of a party, of whatever programme."""
    for programme in PROGRAMMES.ids(books):
        for kind in ("consumer", "provider"):
            if line := Line.find(books, programme, kind, party):
                yield line


def to_date(books: Books, line: Line, settling: bool = False) -> tuple[Line, int, int]:
    """The line with its interest up to today, its principal, and the interest that is owed by now."""
    principal, owing = (books.balance(it(*line.ids)) for it in (LOAN, INTEREST))
    line = line.accrued(tariff_of(books, line.ids[0]), principal, books.today, settling)
    return line, principal, owing + line.interest.due() + line.penalty.due()


def limit_of(terms: CreditTerms, line: tuple[str, ...], points: int) -> int:
    """The limit that so many points of the holder give."""
    return terms.limit(points, terms.per_points if line[1] == "consumer" else terms.per_credit_points)


def move_undrawn(voucher: Voucher, line: tuple[str, ...], change: int) -> None:
    """More may be drawn, or less where the change is negative."""
    debit, credit = (UNDRAWN, UNDRAWN_CONTRA) if change > 0 else (UNDRAWN_CONTRA, UNDRAWN)
    voucher.move(debit(*line), credit(*line), abs(change))


def binding(voucher: Voucher, line: Line, was: bool, is_: bool) -> None:
    """Note that a line begins to bind its holder, when something is drawn, or ends, when nothing is."""
    if was is not is_:
        note = Contract.opened if is_ else Contract.ended
        voucher.put(note(voucher.books, line.holder, "credit", *line.ids))


def post_interest(books: Books, terms: CreditTerms, line: Line) -> tuple[Line, tuple[Transaction, ...]]:
    """The line with everything posted that is due, and the transaction that posts it, if there is any."""
    line, due, overdue = line.posted()
    if not due and not overdue:
        return line, ()
    voucher = PROGRAMMES.voucher(books, terms, line.ids[0])
    voucher.move(INTEREST(*line.ids), chart.INTEREST_INCOME(), due)
    voucher.move(INTEREST(*line.ids), chart.PENALTY_INCOME(), overdue)
    voucher.keep(line)
    return line.written(), (voucher.transaction("accrue", f"interest of {line.holder}"),)


# --- refusals ---------------------------------------------------------------------------------------


class HolderUnknown(ProductRejection):
    sentence = "{holder} takes no part in programme {programme}"
    programme: str
    holder: str


class LineUnknown(ProductRejection):
    sentence = "{holder} has no credit line in programme {programme}"
    programme: str
    holder: str


# --- commands and their rules -----------------------------------------------------------------------

OFFICER: Mapping[Role, str] = {Role.OFFICER: ""}
HOLDER: Mapping[Role, str] = {Role.CUSTOMER: "card", Role.MERCHANT: "provider"}


@frozen
class OfLine:
    """Names a line by exactly one of card and provider."""

    usual: ClassVar[tuple[str, ...]] = ("card",)
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")

    def __attrs_post_init__(self) -> None:
        if bool(self.card) == bool(self.provider):
            raise BadCommand("card", "either a card or a provider is needed")

    @property
    def line(self) -> tuple[str, str, str]:
        """Programme, kind of holder and holder."""
        return self.programme, "consumer" if self.card else "provider", self.card or self.provider


@frozen
class OpenLine(OfLine):
    """Open a credit line with the limit that the points give (开立授信)."""

    may: ClassVar[Mapping[Role, str]] = {**HOLDER, **OFFICER}


@noun.rule(OpenLine)
def open_line(terms: CreditTerms, command: OpenLine, books: Books) -> Plan:
    """The line's accounts, and the limit that the points give.

    A party has one line at the whole bank, so that it has the limit without any points once.
    Refuses, in this order: PartySuspended for who acts for the holder, HolderUnknown, NotFound, PartyErased,
    PartySuspended, NotIdentified, NoCurrentAccount, LineOpen, UnitMismatch.
    """
    ids, holder = command.line, command.line[2]
    acting_for(books, holder)
    points = points_of(books, ids)
    limit = limit_of(terms, ids, points)
    account_of(books, identified_party(books, holder).id)
    for line in lines_of(books, holder):
        if line.id == ":".join(ids) or line.limit or line.automatic or line.recovered < line.lost:
            raise LineOpen("line", line.id)
    templates, today = (LOAN, INTEREST, UNDRAWN, UNDRAWN_CONTRA), books.today
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    try:
        voucher.open(*(it.account(*ids, unit=voucher.unit, on=today, party=holder) for it in templates))
    except AlreadyTaken as taken:
        raise LineOpen(taken.kind, taken.id) from None
    voucher.keep(Line(id=":".join(ids), since=today, limit=limit, allowed=limit, points=points))
    move_undrawn(voucher, ids, limit)
    return voucher.plan("open-line", f"credit line of {holder}")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("C8")
def limits_cover_drawings(books: Books) -> Iterator[str]:
    """What may be drawn is the limit less the principal, on both memorandum accounts."""
    for line in Line.every(books):
        left = line.limit - books.balance(LOAN(*line.ids))
        both = [books.balance(it(*line.ids)) for it in (UNDRAWN, UNDRAWN_CONTRA)]
        if left < 0 or both != [left, left]:
            yield f"{line.id}: {left} of {line.limit} is undrawn, noted as {both}"


@noun.invariant("C11")
def principal_is_paid_last(books: Books) -> Iterator[str]:
    """Where no principal is left no interest is, and nothing is due."""
    for line in Line.every(books):
        principal, owing = (books.balance(it(*line.ids)) for it in (LOAN, INTEREST))
        if not principal and (owing or line.due_on is not None):
            yield f"{line.id}: no principal, but interest of {owing} due on {line.due_on}"


@noun.invariant("C-exact")
def interest_is_exact(books: Books) -> Iterator[str]:
    """What was charged to a line is what was posted of its exact sums, never beyond their rounding."""
    for line in Line.every(books):
        charged, _ = books.gross(INTEREST(*line.ids))
        if charged != line.charged + (line.taken_back or 0):
            yield f"{line.id}: charged {charged}, posted {line.charged}"
        for sum_ in (line.interest, line.penalty):
            if sum_.posted > round_half_up(sum_.exact):
                yield f"{line.id}: exact {sum_.exact}, posted {sum_.posted}"


def seen(books: Books, line: Line) -> bool:
    """Whether whoever asks for a report may see a line: the bank all, a holder his own."""
    _, kind, holder = line.ids
    role = Actor.asking(books).role if books.actor else Role.OFFICER
    holders = {Role.CUSTOMER: "consumer", Role.MERCHANT: "provider"}
    return role in (Role.OFFICER, Role.SYSTEM) or (
        holders.get(role) == kind and represents(books, Actor.asking(books).id, holder)
    )


@noun.report("lines")
def list_lines(books: Books) -> Table:
    """Every line: limit, what is drawn and undrawn, percent in use, interest owed, and when it is due."""
    rows = []
    for line in filter(partial(seen, books), Line.every(books)):
        drawn, undrawn, owing = (books.balance(it(*line.ids)) for it in (LOAN, UNDRAWN, INTEREST))
        unit = PROGRAMMES.today(books, line.ids[0]).unit
        money = (Amount(fen, unit) for fen in (line.limit, drawn, undrawn, owing))
        rows.append((*line.ids, *money, 100 * drawn // line.limit if line.limit else 0, line.due_on))
    columns = ("programme", "kind", "holder", "limit", "drawn", "undrawn", "interest", "percent used", "due")
    return Table("Credit lines", columns, tuple(rows))
