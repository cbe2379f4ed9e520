"""Alerts (预警): loans overdue, balances that fall, covenants that no longer hold.

An alert is a record, which somebody should look at; nothing is posted.

>>> WatchBalance("net", "f1").party
'f1'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import ClassVar, TypeVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.facts import Facts
from bankcore.product.parties import active_party
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import pages
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.feedback import PushedLoan
from bankcore.products.branch.leads import Lead
from bankcore.products.branch.matching import filters
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork, shifted
from bankcore.products.branch.pushes import Push
from bankcore.products.branch.receivables import check_account
from bankcore.products.branch.templates import Template
from bankcore.products.lendings import lending_of
from bankcore.tables import Table

__all__ = ["WatchBalance"]

noun = Noun(__name__)
COVENANTS = {"debt ratio", "revenue"}  # the filters of the chosen template that bind on
F = TypeVar("F", bound=Facts)


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Alert(Facts):
    """What was seen on a day: a `drop`, a loan `overdue`, a `covenant` broken."""

    KIND: ClassVar = "branch.alert"  # programme:date:kind:subject
    text: str


@frozen(kw_only=True)
class Watch(Facts):
    """A current account that is watched; one that is closed has nothing on it.

    `highs` are the days' closing balances that no later one exceeds, falling strictly: the first is the
    highest; `fallen` says that its fall was told.
    """

    KIND: ClassVar = "branch.watch"  # programme:party
    highs: tuple[tuple[date, int], ...] = ()
    fallen: bool = False


def _raise(voucher: BranchVoucher, kind: str, subject: str, text: str) -> None:
    ids = (voucher.programme, voucher.books.today.isoformat(), kind, subject)
    voucher.keep(Alert.anew(voucher.books, *ids, text=text))


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
            _raise(voucher, "covenant", id, f"{lead.name}: {'; '.join(broken)}")


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
    voucher.keep(Watch.anew(books, command.programme, party))
    return voucher.plan("watch", f"watch the balance of {party}")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def look_at_loans(books: Books, day: date) -> Iterator[Step]:
    """Look at the loans that came of pushes: one alert each time that one falls overdue."""
    return _looks(books, PushedLoan, "loan", _check_loan)


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
            _raise(voucher, "overdue", ".".join(loan.ids[1:]), f"loan of {loan.firm}")


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
        _raise(voucher, "drop", party, text)
    voucher.keep(evolve(watch, highs=tuple(highs), fallen=fallen))


# --- report -----------------------------------------------------------------------------------------


@noun.report("alerts", own={})
def list_alerts(books: Books) -> Table:
    """Every alert, by network and date."""
    rows = tuple((*it.ids, it.text) for it in Alert.every(books))
    return Table("Alerts", ("programme", "date", "kind", "subject", "what"), rows)
