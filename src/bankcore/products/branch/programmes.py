"""The branch network (网点网络): its terms, its headquarters, and what it does at the close of a day.

Opening one writes its terms and opens the bank's expenses of rewards and referral fees; no money moves.

>>> terms = BranchTerms.from_data({"referral_rate": "0.5%", "profile": "CN"})
>>> terms.referral_fee(345_678_90)
172839
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, ClassVar

from attrs import frozen

from bankcore.errors import BadTerms, ProductRejection, UnitMismatch
from bankcore.ledger.accounts import Account
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart, fields, programme, term
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher
from bankcore.rates import Rate, round_half_up
from bankcore.units import Unit

__all__ = ["BranchTerms", "ChangeTerms", "NameOperator", "NotHq", "OpenProgramme"]

noun = Noun(__name__)


# --- terms ------------------------------------------------------------------------------------------


ITSELF = "itself"  # the source that a firm is of what it says of itself


def _ranks() -> Any:
    """Sources in the order of their precedence, written as a list."""

    def allowed(value: tuple[Any, ...]) -> bool:
        known = all(isinstance(word, str) and term.ID.fullmatch(word) for word in value)
        return known and len({*value}) == len(value) <= 100

    check = term.within(tuple, allowed, "a list of at most 100 different ids is needed")
    return term.term(
        (ITSELF,),
        "whose word counts first, of sources that differ",
        check,
        lambda value, _: tuple(value) if isinstance(value, (list, tuple)) else value,
        lambda value, _: list(value),
    )


class Profile(Enum):
    """Whose law the network keeps."""

    NONE = "none"
    CN = "cn"  # no rewards for deposits


@frozen(kw_only=True)
class BranchTerms(Terms):
    """How a network finds firms, pushes them to branches, and rewards; amounts in minor units of `unit`.

    Raises BadTerms for a value out of bounds.
    """

    headquarters: str = term.id_("hq", "id of the headquarters, which alone keeps the product library")
    profile: Profile = term.choice(Profile.NONE, "whose law the network keeps")
    matches: int = term.count(3, 1, 10, "banks shown to a firm")
    price_weight: int = term.count(40, 0, 100, "weight of the price in a match")
    amount_weight: int = term.count(20, 0, 100, "weight of the amount")
    tenor_weight: int = term.count(20, 0, 100, "weight of the tenor")
    distance_weight: int = term.count(10, 0, 100, "weight of the distance")
    load_weight: int = term.count(10, 0, 100, "weight of the branch's load")
    reach: int = term.count(50_000, 1, 10**7, "metres from which on a branch is as far as can be")
    capacity: int = term.count(20, 1, 10**6, "pushes that a branch takes in a day")
    precedence: tuple[str, ...] = _ranks()
    daily_push: bool = term.flag(False, "whether each close pushes new matches within capacity")
    push_days: int = term.count(30, 1, 366, "days until a push expires")
    lead_days: int = term.count(730, 1, 36_600, "days after its last step that a lead's data are kept")
    withdrawn_days: int = term.count(30, 0, 366, "days that the data of who withdrew consent are kept")
    ownership_days: int = term.count(14, 1, 366, "days that a manager keeps a lead without acting")
    manager_leads: int = term.count(50, 1, 10_000, "leads that a manager looks after at a time")
    click_heat: int = term.count(1, 0, 1_000, "heat of a click")
    purchase_heat: int = term.count(20, 0, 1_000, "heat of a purchase")
    window_minutes: int = term.count(10, 0, 240, "minutes around an appointment in which it counts")
    slot_minutes: int = term.count(30, 1, 480, "length of a slot of appointments for no service")
    slot_capacity: int = term.count(4, 1, 10_000, "appointments that such a slot takes")
    calls: int = term.count(3, 1, 10, "calls until a ticket is missed")
    priority_run: int = term.count(3, 1, 100, "priority tickets called before an ordinary one")
    places_back: int = term.count(3, 1, 100, "places that a missed ticket moves back")
    service_minutes: int = term.count(10, 1, 240, "mean service while nobody was served on the day")
    reward_days: int = term.count(30, 1, 366, "days until a reward lapses, or can be taken back")
    referral_rate: Rate = term.rate("0.45%", "1%", "referral fee of the amount disbursed, 0 to 1%")
    referral_days: int = term.count(30, 1, 366, "days after disbursement until the fee is paid")
    observation_days: int = term.count(90, 1, 366, "days a loan must last for the whole fee")
    drop: Rate = term.rate("50%", "1", "fall of a watched balance that alerts", least="1%")
    drop_days: int = term.count(30, 1, 366, "days within which it falls")
    absent_days: int = term.count(180, 1, 3_660, "days without a visit that alert")

    def __attrs_post_init__(self) -> None:
        if not sum(self.weights):
            raise BadTerms("price_weight", "at least one weight above zero is needed")
        if self.observation_days < self.referral_days:
            raise BadTerms("observation_days", "the observation lasts at least until the fee is paid")

    @property
    def weights(self) -> tuple[int, int, int, int, int]:
        """The weights of price, amount, tenor, distance and load."""
        return (
            self.price_weight, self.amount_weight, self.tenor_weight, self.distance_weight, self.load_weight,
        )  # fmt: skip

    def check_unit(self, unit: Unit, where: str) -> None:
        """Raises UnitMismatch for another unit."""
        if unit != self.unit:
            raise UnitMismatch(self.unit, unit, where)

    def referral_fee(self, disbursed: int) -> int:
        """The fee for bringing a loan, rounded half up to minor units."""
        return round_half_up(disbursed * self.referral_rate.fraction)


PROGRAMMES = Programme("branch", BranchTerms)


class BranchVoucher(Voucher):
    """The voucher of an operation of a network, which knows the network and its terms."""

    def __init__(self, books: Books, terms: BranchTerms, programme: str) -> None:
        super().__init__(PROGRAMMES.product, books, terms, programme)
        self.terms, self.programme = terms, programme

    def open_missing(self, account: Account) -> None:
        """Open an account of the product, if it is not open yet."""
        if self.books.account(account.path) is None:
            self.open(account)


def shifted(day: date, days: int) -> date:
    """So many days later, or earlier below 0; no further than the calendar goes."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


# --- what is due on a day -----------------------------------------------------------------------------

Do = Callable[[BranchVoucher, str], None]


def due(part: str, noun: str) -> Agenda:
    """What is due of one sort; the notes of all sorts are of one kind."""
    return Agenda("branch.due", noun, part=part)  # programme:date:part:thing


def serve(agenda: Agenda, books: Books, day: date, do: Do) -> Iterator[Step]:
    """The steps in which what is due on a day is done, a page of things in one transaction."""

    def done(books: Books, programme: str, things: Iterable[str]) -> Sequence[Transaction]:
        voucher = BranchVoucher(books, PROGRAMMES.today(books, programme), programme)
        for thing in things:
            do(voucher, thing)
        return () if voucher.is_empty else (voucher.transaction("due", f"what is due in {programme}"),)

    def together(books: Books, programme: str, page: Sequence[Record]) -> Sequence[Transaction]:
        return done(books, programme, map(agenda.thing, page))

    def alone(books: Books, programme: str, thing: str) -> Sequence[Transaction]:
        return done(books, programme, (thing,))

    return agenda.steps(books, day, PROGRAMMES.ids(books), f"due/{agenda.part}", alone, together)


# --- the headquarters ---------------------------------------------------------------------------------


class NotHq(ProductRejection):
    sentence = "only the headquarters {headquarters} may do this, not {author}"
    headquarters: str
    author: str


def check_hq(terms: BranchTerms, author: str) -> None:
    """Raises NotHq for whoever is not the headquarters."""
    if author != terms.headquarters:
        raise NotHq(terms.headquarters, author)


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfNetwork:
    """The base of what is asked of a network; officers may ask unless a command says otherwise."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the branch network")


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Open a branch network (开办网点营销)."""

    programme: str = fields.id_("the branch network")
    terms: BranchTerms = fields.of_terms("its terms", BranchTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change some terms from a day on (变更条款)."""

    programme: str = fields.id_("the branch network")
    terms: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    effective_on: date | None = fields.day("first day; today if not given", None)


@frozen
class NameOperator(programme.NameOperator):
    """Name the party that operates a branch network, through whoever represents it (指定运营方)."""

    programme: str = fields.id_("the branch network")
    operator: str = fields.id_("the party that operates it from now on; none if not given", "")


@noun.rule(OpenProgramme)
def open_programme(terms: BranchTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher = BranchVoucher(books, terms, command.programme)
    bank = (chart.MARKETING_EXPENSE, chart.REFERRAL_EXPENSE)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in bank))
    PROGRAMMES.open(voucher, command.programme, terms)
    books.fingerprint("")  # the book has a secret from now on, by which sources' rows are told apart
    return voucher.plan("open", f"open branch network {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)
noun.rule(NameOperator)(PROGRAMMES.name_operator)
