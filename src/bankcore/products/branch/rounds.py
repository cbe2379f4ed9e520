"""Rounds of pushes (批量推送): the best matches of many leads first, as far as branches have capacity.

An officer starts a round over all matched leads.  Where the terms say so (`daily_push`), the close of a day
goes over the leads that are new, or whose matches changed; who finds no capacity is due again tomorrow.  A
template is shown to a firm in a round once, and again when it is another version.

>>> NothingToPush("net").code
'nothing_to_push'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.facts import Facts
from bankcore.product.plan import REFUSALS, Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.branch.leads import Lead
from bankcore.products.branch.matches import OFFER, Match, Offered
from bankcore.products.branch.programmes import PROGRAMMES, BranchTerms, BranchVoucher, OfNetwork
from bankcore.products.branch.pushes import Capacity, push_to
from bankcore.products.branch.templates import Template

__all__ = ["NothingToPush", "PushMatches"]

noun = Noun(__name__)
_PAGE = 500  # candidates pushed in one transaction

Candidate = tuple[Fraction, str, str]  # -score, lead, template: the best first


@frozen(kw_only=True)
class Round(Facts):
    """How many pushes the rounds of a day made; their ids are numbered."""

    KIND: ClassVar = "branch.round"  # programme
    day: date
    pushes: int


class NothingToPush(ProductRejection):
    sentence = "network {programme} has no new match that a branch could take today"
    programme: str


# --- one push of a round ------------------------------------------------------------------------------


def _candidates(matches: Iterable[Match]) -> list[Candidate]:
    """What of some matches might be pushed, the best first, equal ones by lead and template."""
    found = ((it.ids[1], place) for it in matches for place in it.top)
    return sorted((-score, lead, template) for lead, (template, _, score) in found)


class _Going:
    """A round as it goes on in one voucher; a branch that was full is not asked again."""

    def __init__(self, voucher: BranchVoucher) -> None:
        self.voucher = voucher
        self._templates: dict[str, Template] = {}
        self._full: set[str] = set()

    def template(self, name: str) -> Template:
        """A template, which stays as it is while the round goes on."""
        if name not in self._templates:
            its = Template.existing(self.voucher.books, self.voucher.programme, name)
            self._templates[name] = its
        return self._templates[name]

    def has_room(self, name: str) -> bool:
        """Whether the branch of a template was not full yet."""
        return self.template(name).branch not in self._full

    def push(self, lead: str, name: str) -> bool:
        """Push a lead to a template, unless it was shown this version; whether it waits for capacity."""
        voucher, books, programme = self.voucher, self.voucher.books, self.voucher.programme
        its, template = voucher.existing(Lead, programme, lead), self.template(name)
        shown = voucher.find(Offered, programme, lead) or Offered(id=its.id)
        if its.chosen or shown.templates.get(name) == template.version:
            return False
        run = voucher.find(Round, programme) or Round(id=programme, day=books.today, pushes=0)
        nth = run.pushes + 1 if run.day == books.today else 1
        try:
            push_to(voucher, its, template, f"{books.today}.{nth}")
        except Capacity:
            self._full.add(template.branch)
            return True
        except REFUSALS:  # it no longer may be approached, or matches no more
            return False
        voucher.keep(evolve(run, day=books.today, pushes=nth))
        return False


# --- command and its rule -----------------------------------------------------------------------------


@frozen
class PushMatches(OfNetwork):
    """Push all leads to the templates that they match, as far as branches have capacity (批量推送)."""

    branch: str = fields.id_("only to this branch", "")


@noun.rule(PushMatches)
def push_matches(terms: BranchTerms, command: PushMatches, books: Books) -> Plan:
    """Push the best matches of a network first.  Refuses: NothingToPush where none is new or has room."""
    programme, voucher = command.programme, BranchVoucher(books, terms, command.programme)
    going = _Going(voucher)
    for _, lead, template in _candidates(Match.every(books, programme)):
        if command.branch in ("", going.template(template).branch) and going.has_room(template):
            going.push(lead, template)
    if voucher.is_empty:
        raise NothingToPush(programme)
    return voucher.plan("round", f"a round of pushes of {programme}")


# --- the close of a day -------------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def push_what_is_new(books: Books, day: date) -> Iterator[Step]:
    """Push the leads that are new or matched anew; read again after a stop, pages are the same."""
    for programme in PROGRAMMES.ids(books):
        due_ = (OFFER.thing(note) for page in OFFER.pages(books, programme, day) for note in page)
        found = _candidates(filter(None, (Match.find(books, programme, lead) for lead in due_)))
        for start in range(0, len(found), _PAGE):
            yield Step(f"{programme}/round/{start}", _page(programme, found[start : start + _PAGE]))


def _page(programme: str, candidates: list[Candidate]) -> Callable[[Books], Plan]:
    def rule(books: Books) -> Plan:
        voucher = BranchVoucher(books, PROGRAMMES.today(books, programme), programme)
        going = _Going(voucher)
        for _, lead, template in candidates:
            if going.push(lead, template):
                voucher.put(OFFER.postponed(books, programme, lead))
        return voucher.plan("round", f"the day's round of pushes of {programme}")

    return rule
