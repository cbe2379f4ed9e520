"""News of branches (网点资讯): published, withdrawn, read.

>>> PublishNews("net", "west", "n1", "New rates", "From Monday on").title
'New rates'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.appointments import OfQueue
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher
from bankcore.tables import Table

__all__ = ["PublishNews", "ReadNews", "WithdrawNews"]

noun = Noun(__name__)


@frozen(kw_only=True)
class News(Facts):
    """An item of news, and how many have read it."""

    KIND: ClassVar = "branch.news"  # programme:branch:news
    title: str
    text: str
    published_on: date
    withdrawn_on: date | None = None
    readers: int = 0


@frozen(kw_only=True)
class Read(Facts):
    """That somebody has read an item, first on a day."""

    KIND: ClassVar = "branch.read"  # programme:branch:news:person
    on: date


@frozen
class OfNews(OfQueue):
    """The base of what is done with an item of news."""

    news: str = fields.id_("id of the item")


@frozen
class PublishNews(OfNews):
    """Publish an item of news of a branch (发布资讯)."""

    title: str = fields.text("what it is about")
    text: str = fields.text("what it says")


@frozen
class WithdrawNews(OfNews):
    """Show an item of news no more (撤下资讯)."""


@frozen
class ReadNews(OfNews):
    """Note that somebody has read an item (阅读资讯)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "person"}
    person: str = fields.id_("who has read it")


@noun.rule(PublishNews)
def publish_news(terms: BranchTerms, command: PublishNews, books: Books) -> Plan:
    """Show an item to everybody.  Refuses: NotFound, BranchClosed, AlreadyTaken."""
    ids = (command.programme, command.branch)
    open_branch(books, *ids)
    id = News.fresh(books, *ids, command.news)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(News(id=id, title=command.title, text=command.text, published_on=books.today))
    return voucher.plan("news", f"news {command.news} of branch {command.branch}")


@noun.rule(WithdrawNews)
def withdraw_news(terms: BranchTerms, command: WithdrawNews, books: Books) -> Plan:
    """Show it no more.  Refuses: NotFound, also for one that was withdrawn."""
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(_shown(books, command), withdrawn_on=books.today))
    return voucher.plan("news", f"news {command.news} of branch {command.branch} is withdrawn")


@noun.rule(ReadNews)
def read_news(terms: BranchTerms, command: ReadNews, books: Books) -> Plan:
    """Count a reader once.  Refuses: NotFound, also for what was withdrawn; AlreadyTaken for who read it."""
    its = _shown(books, command)
    id = Read.fresh(books, *its.ids, command.person)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(its, readers=its.readers + 1), Read(id=id, on=books.today))
    return voucher.plan("read", f"{command.person} reads news {command.news} of branch {command.branch}")


def _shown(books: Books, command: OfNews) -> News:
    its = News.existing(books, command.programme, command.branch, command.news)
    if its.withdrawn_on is not None:
        raise NotFound("news", command.news)
    return its


@noun.report("news")
def list_news(books: Books) -> Table:
    """The news that are shown now, for anybody, the latest first; and how many have read each."""
    shown = [it for it in News.every(books) if it.withdrawn_on is None]
    shown.sort(key=lambda it: it.published_on, reverse=True)
    rows = tuple((*it.ids, it.published_on, it.title, it.text, it.readers) for it in shown)
    return Table("News", ("programme", "branch", "news", "date", "title", "text", "readers"), rows)
