"""Alerts (预警): loans overdue, covenants that no longer hold, and customers who are about to leave.

Every customer of the network with a current account is watched: a fall of the balance, no visit for long, or
that somebody asked how to close the account.  An alert is a record, which somebody should look at, and whose
branch or manager is told; nothing is posted.

>>> WatchBalance("net", "f1").party
'f1'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import ClassVar, TypeVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import active_party
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import pages
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.feedback import PushedLoan
from bankcore.products.branch.leads import Customer, Lead
from bankcore.products.branch.matching import filters
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork, shifted
from bankcore.products.branch.pushes import Push
from bankcore.products.branch.receivables import check_account
from bankcore.products.branch.templates import Template
from bankcore.products.branch.visits import Visit
from bankcore.products.lendings import lending_of
from bankcore.tables import Table

__all__ = ["InquireClosing", "WatchBalance"]

noun = Noun(__name__)
COVENANTS = {"debt ratio", "revenue"}  # the filters of the chosen template that bind on
TOPICS = {"drop": "balance-falling", "absent": "customer-absent", "inquiry": "closing-inquiry"}
F = TypeVar("F", bound=Facts)


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Alert(Facts):
    """What was seen on a day: a `drop`, a loan `overdue`, a `covenant` broken, `absent`, an `inquiry`."""

    KIND: ClassVar = "branch.alert"  # programme:date:kind:subject
    text: str
    branch: str = ""


@frozen(kw_only=True)
class Watch(Facts):
    """A current account that is watched; one that is closed has nothing on it.

    `highs` are the days' closing balances that no later one exceeds, falling strictly: the first is the
    highest; `fallen` says that its fall was told, `absent` that nobody came for long, `since` it was watched.
    """

    KIND: ClassVar = "branch.watch"  # programme:party
    highs: tuple[tuple[date, int], ...] = ()
    fallen: bool = False
    absent: bool = False
    since: date | None = None


def _raise(voucher: BranchVoucher, kind: str, subject: str, text: str, lead: Lead | None) -> None:
    """Keep an alert; the manager of the lead, else its branch, else the headquarters is told."""
    ids = (voucher.programme, voucher.books.today.isoformat(), kind, subject)
    branch = "" if lead is None else lead.branch
    voucher.keep(Alert.anew(voucher.books, *ids, text=text, branch=branch))
    owner = "" if lead is None else lead.owner(voucher.books.today)
    to, topic = owner or branch or voucher.terms.headquarters, TOPICS.get(kind, kind)
    voucher.notify(to, topic, f"{voucher.programme}:{subject}")


def _lead_of(voucher: BranchVoucher, party: str) -> Lead | None:
    """The lead that a party was."""
    customer = Customer.find(voucher.books, voucher.programme, party)
    return None if customer is None else voucher.find(Lead, voucher.programme, customer.lead)


def check_covenants(voucher: BranchVoucher, lead: Lead, profile: FirmProfile) -> None:
    """An alert where a firm no longer keeps debt ratio and revenue of a template it chose or borrowed on."""
    books, programme = voucher.books, voucher.programme
    for id in filter(None, [lead.chosen, *lead.lent]):
        push = voucher.existing(Push, programme, id)
        if _is_over(books, push):
            continue
        template = Template.at_version(books, programme, push.template, push.template_version)
        broken = [
            f"{it.name} {it.text}"
            for it in filters(template.criteria, profile, books.today)
            if it.name in COVENANTS and not it.holds
        ]
        if broken:
            _raise(voucher, "covenant", id, f"{lead.name}: {'; '.join(broken)}", lead)


def _is_over(books: Books, push: Push) -> bool:
    if not push.loan:
        return False
    lending = lending_of(books, push.lender, push.loan)
    return lending is None or lending.ended_on is not None


# --- command and its rule ---------------------------------------------------------------------------


@frozen
class WatchBalance(OfNetwork):
    """Watch a party's current account at every close of a day (监控余额)."""

    party: str = fields.id_("whose account")


@noun.rule(WatchBalance)
def watch_balance(terms: BranchTerms, command: WatchBalance, books: Books) -> Plan:
    """Begin to watch the current account of a party.

    Refuses: NotFound, PartyErased, PartySuspended, NoCurrentAccount, UnitMismatch.
    """
    party, voucher = active_party(books, command.party).id, BranchVoucher(books, terms, command.programme)
    check_account(books, party, terms.unit)
    voucher.keep(Watch.anew(books, command.programme, party, since=books.today))
    return voucher.plan("watch", f"watch the balance of {party}")


@frozen
class InquireClosing(OfNetwork):
    """Ask what it takes to close one's account; whoever looks after the customer is told (销户咨询)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("the customer")


@noun.rule(InquireClosing)
def inquire_closing(terms: BranchTerms, command: InquireClosing, books: Books) -> Plan:
    """An alert at once; the account stays as it is.  Refuses: NotFound for who is no customer here."""
    Customer.existing(books, command.programme, command.party)
    voucher = BranchVoucher(books, terms, command.programme)
    lead = _lead_of(voucher, command.party)
    _raise(voucher, "inquiry", command.party, "asks how to close the account", lead)
    return voucher.plan("inquiry", f"{command.party} asks how to close the account")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def look_at_loans(books: Books, day: date) -> Iterator[Step]:
    """Look at the loans that came of pushes: one alert each time that one falls overdue."""
    return _looks(books, PushedLoan, "loan", _check_loan)


@noun.daily(Phase.MONITOR)
def watch_customers(books: Books, day: date) -> Iterator[Step]:
    """Watch every customer who has a current account in the network's unit by now."""
    return _looks(books, Customer, "customer", _watch)


@noun.daily(Phase.MONITOR)
def look_at_balances(books: Books, day: date) -> Iterator[Step]:
    """Look at closing balances: one alert for a fall, the next only after a day that is none."""
    return _looks(books, Watch, "watch", _check_balance)


def _looks(
    books: Books, kind: type[F], name: str, check: Callable[[BranchVoucher, F], None]
) -> Iterator[Step]:
    """A step for each page of all that is watched in each network."""

    def look(programme: str, ids: list[str]) -> Callable[[Books], Plan]:
        def rule(books: Books) -> Plan:
            voucher = BranchVoucher(books, PROGRAMMES.today(books, programme), programme)
            for id in ids:
                check(voucher, kind.existing(books, id))
            return voucher.plan("monitor", f"what is watched in {programme}")

        return rule

    for programme in PROGRAMMES.ids(books):
        for page in pages(books, kind.KIND, programme):
            first = page[0].id.partition(":")[2]
            yield Step(f"{programme}/{name}/{first}", look(programme, [it.id for it in page]))


def _check_loan(voucher: BranchVoucher, loan: PushedLoan) -> None:
    lending = lending_of(voucher.books, *loan.ids[1:])
    overdue = lending is not None and lending.overdue
    if overdue != loan.overdue:
        voucher.keep(evolve(loan, overdue=overdue))
        if overdue:
            lead = voucher.find(Lead, voucher.programme, loan.firm)
            _raise(voucher, "overdue", ".".join(loan.ids[1:]), f"loan of {loan.firm}", lead)


def _watch(voucher: BranchVoucher, customer: Customer) -> None:
    programme, party = customer.ids
    account = voucher.books.account(chart.DEMAND(party))
    if account is not None and account.unit == voucher.unit and voucher.find(Watch, *customer.ids) is None:
        voucher.keep(Watch(id=f"{programme}:{party}", since=voucher.books.today))


def _check_balance(voucher: BranchVoucher, watch: Watch) -> None:
    """Against the highest balance of the last days."""
    books, terms, party = voucher.books, voucher.terms, watch.ids[1]
    since, now = shifted(books.today, -terms.drop_days), books.balance(chart.DEMAND(party))
    highs = [it for it in watch.highs if it[0] >= since and it[1] > now]
    highs.append((books.today, now))
    on, most = highs[0]
    fallen = most - now >= terms.drop.fraction * most > 0
    if fallen and not watch.fallen:
        text = f"{Amount(most, terms.unit)} on {on}, now {Amount(now, terms.unit)}"
        _raise(voucher, "drop", party, text, _lead_of(voucher, party))
    absent = _is_absent(voucher, watch)
    if absent and not watch.absent:
        text = f"nobody came for {terms.absent_days} days"
        _raise(voucher, "absent", party, text, _lead_of(voucher, party))
    voucher.keep(evolve(watch, highs=tuple(highs), fallen=fallen, absent=absent))


def _is_absent(voucher: BranchVoucher, watch: Watch) -> bool:
    """Whether a customer was not served for so many days, nor watched for less."""
    visit = Visit.find(voucher.books, voucher.programme, watch.ids[1])
    last = max(filter(None, (watch.since, visit.on if visit is not None else None)), default=None)
    return last is not None and last <= shifted(voucher.books.today, -voucher.terms.absent_days)


# --- report -----------------------------------------------------------------------------------------


@noun.report("alerts", own={})
def list_alerts(books: Books) -> Table:
    """Every alert, by network and date."""
    rows = tuple((*it.ids, it.text, it.branch) for it in Alert.every(books))
    return Table("Alerts", ("programme", "date", "kind", "subject", "what", "branch"), rows)
