"""A product made with the kit: terms that change, things that fall due, and who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from bankcore import product as kit
from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BadActor, BadDate, BadTerms, ProductTwice, UnitMismatch
from bankcore.ledger.accounts import Side, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import (
    Actor,
    Agenda,
    Facts,
    Noun,
    Phase,
    Plan,
    Product,
    Programme,
    Role,
    Step,
    Term,
    Terms,
    Voucher,
    chart,
    fields,
    programme,
    term,
)
from bankcore.product.accruals import Accrue
from bankcore.product.deferrals import Deferral
from bankcore.product.notices import NOTICE
from bankcore.product.records import existing
from bankcore.product.refusals import AlreadyTaken
from bankcore.rates import Rate
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

noun = Noun(__name__)
DUE = Agenda("gift.due", "gift")
GIFT = chart.liability("gift:{programme}:{id}")
SENT = chart.memorandum("gift:{programme}:sent", Side.CREDIT)
CAME = chart.memorandum("gift:{programme}:came")


@frozen(kw_only=True)
class GiftTerms(Terms):
    days: int = term.count(3, 1, 60, "days until it is given")
    least: int = term.amount(1, "smallest gift", least=1)


GIFTS = Programme("gift", GiftTerms, keeps=("unit", "least"))
AHEAD = Programme("gift", GiftTerms, history=True, ahead=True)


@frozen(kw_only=True)
class Gift(Facts):
    KIND: ClassVar = "gift.gift"
    to: str
    amount: int
    given_on: date | None = None


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer gifts."""

    terms: GiftTerms = fields.of_terms("its terms", GiftTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change terms."""


@frozen
class Promise:
    """Promise a gift."""

    may: ClassVar = {Role.OFFICER: "", Role.CUSTOMER: ""}
    programme: str
    gift: str
    to: str
    amount: Amount


@noun.rule(OpenProgramme)
def open_programme(terms: GiftTerms, command: OpenProgramme, books: Books) -> Plan:
    voucher = GIFTS.voucher(books, terms, command.programme)
    voucher.open(
        chart.MARKETING_EXPENSE.account(unit=terms.unit, on=books.today),
        *(it.account(command.programme, unit=terms.unit, on=books.today) for it in (CAME, SENT)),
    )
    GIFTS.open(voucher, command.programme, terms)
    return voucher.plan("open", "open gifts")


noun.rule(ChangeTerms)(GIFTS.change)


@noun.rule(Promise)
def promise(terms: GiftTerms, command: Promise, books: Books) -> Plan:
    ids, on = (command.programme, command.gift), books.today + timedelta(days=terms.days)
    voucher = GIFTS.voucher(books, terms, command.programme)
    wanted = (chart.DEMAND.account(command.to, unit=terms.unit, on=books.today, party=command.to),)
    voucher.open(*wanted, GIFT.account(*ids, unit=terms.unit, on=books.today))
    amount = terms.minor_units(command.amount)
    voucher.memo(CAME(command.programme), SENT(command.programme), amount)
    voucher.move(chart.MARKETING_EXPENSE(), GIFT(*ids), amount)
    voucher.keep(Gift(id=Gift.fresh(books, *ids), to=command.to, amount=amount))
    voucher.put(DUE.note(books, *ids, on))
    voucher.notify(command.to, "gift", command.gift, by=Actor.asking(books).id)
    return voucher.plan("promise", f"gift {command.gift}")


@noun.daily(Phase.DUE)
def give(books: Books, day: date) -> Iterator[Step]:
    return DUE.steps(books, day, GIFTS.ids(books), "give", _give)


def _give(books: Books, programme: str, id: str) -> Iterator[Transaction]:
    gift, terms = Gift.existing(books, programme, id), GIFTS.today(books, programme)
    voucher = GIFTS.voucher(books, terms, programme)
    voucher.move(GIFT(programme, id), chart.DEMAND(gift.to), gift.amount)
    voucher.keep(evolve(gift, given_on=books.today))
    yield voucher.transaction("give", f"gift {id}")


PRODUCT = Product.of("gift", "gifts", noun, terms=GIFTS.of)
CNY = Unit("CNY/2")
FIRST = date(2024, 5, 1)


def bank(**terms: Any) -> Bank:
    made = Bank.create(MemoryStore(), opened_on=FIRST, products=[PRODUCT])
    made.handle(OpenProgramme("g", GiftTerms.from_data(terms)), "open")
    return made


def promised(made: Bank, *amounts: int) -> None:
    for place, amount in enumerate(amounts):
        made.handle(Promise("g", f"g{place}", f"p{place}", Amount(amount, CNY)), f"promise-{place}")


# --- the agenda --------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["frozen", "full"])), max_size=4),
    st.integers(0, 3),
)
def test_one_party_s_account_stops_nobody_else_and_all_are_served_once_it_is_free(
    amounts: list[int], troubles: list[tuple[int, str]], until: int
) -> None:
    made, quiet = bank(), bank()
    for it in (made, quiet):
        promised(it, *amounts)
    troubled = {f"p{place}": how for place, how in troubles if place < len(amounts)}
    for party, how in troubled.items():
        change: dict[str, Any] = {"status": Status.FROZEN} if how == "frozen" else {"ceiling": 0}
        made.ledger.change(chart.DEMAND(party), key=f"stop-{party}", reason="court", **change)
    day = FIRST + timedelta(days=3 + until)
    made.close_day(day)
    quiet.close_day(day + timedelta(days=1))
    served = {gift.to for gift in Gift.every(made.ledger.books) if gift.given_on}
    assert {f"p{place}" for place in range(len(amounts))} - troubled.keys() == served
    for party in troubled:
        made.ledger.change(
            chart.DEMAND(party), key=f"go-{party}", reason="court", status=Status.OPEN, ceiling=None
        )
    made.close_day(day + timedelta(days=1))
    assert dict(quiet.ledger.books.balances("")) == dict(made.ledger.books.balances(""))
    number = made.ledger.reader.head().number
    assert made.close_day(day).transactions == 0
    assert made.ledger.reader.head().number == number


def test_what_is_served_is_seen_by_what_comes_after_it() -> None:
    made = bank()
    promised(made, 1, 1)
    seen: list[int] = []

    def count(books: Books, programme: str, id: str) -> Iterator[Transaction]:
        seen.append(sum(gift.given_on is not None for gift in Gift.every(books)))
        return _give(books, programme, id)

    [step] = DUE.steps(made.ledger.books, FIRST + timedelta(days=3), ["g"], "give", count)
    made.ledger.execute("both", {}, *(lambda books, rule=it: rule(books).transactions for it in step.rules))
    assert seen == [0, 1]


POOL = chart.liability("pool:{programme}")
DRAWN = Agenda("pool.due", "share", page=2)
pool = Noun(__name__)


@frozen(kw_only=True)
class Drawn(Facts):
    KIND: ClassVar = "pool.drawn"
    shares: int = 0


@pool.rule(Promise)
def note_share(terms: GiftTerms, command: Promise, books: Books) -> Plan:
    voucher = GIFTS.voucher(books, terms, command.programme)
    wanted = (chart.DEMAND.account(command.to, unit=terms.unit, on=books.today, party=command.to),)
    voucher.open(
        *wanted,
        POOL.account(command.programme, unit=terms.unit, on=books.today),
        chart.MARKETING_EXPENSE.account(unit=terms.unit, on=books.today),
    )
    voucher.move(chart.MARKETING_EXPENSE(), POOL(command.programme), command.amount.quantity)
    voucher.put(
        DRAWN.note(books, command.programme, command.to, books.today, quantity=command.amount.quantity)
    )
    return voucher.plan("note", "noted")


def share(books: Books, programme: str, party: str) -> Iterator[Transaction]:
    return share_all(books, programme, [existing(books, DRAWN.kind, programme, str(books.today), party)])


def share_all(books: Books, programme: str, notes: Sequence[Record]) -> Iterator[Transaction]:
    voucher = Voucher("pool", books, GiftTerms(), programme)
    drawn = voucher.find(Drawn, programme) or Drawn(id=programme)
    for note in notes:
        voucher.move(POOL(programme), chart.DEMAND(note.id.rpartition(":")[2]), note.data["quantity"])
    voucher.keep(evolve(drawn, shares=drawn.shares + len(notes)))
    yield voucher.transaction("share", f"{len(notes)} shares")


pool.daily(Phase.DUE)(lambda books, day: DRAWN.steps(books, day, ["g"], "share", share, share_all))
SHARING = Product.of("pool", "shares", pool, terms=lambda command, books: GiftTerms())


def test_a_page_is_served_in_common_and_one_by_one_where_the_ledger_refuses_it() -> None:
    made = Bank.create(MemoryStore(), opened_on=FIRST, products=[SHARING])
    for place in range(5):
        made.handle(Promise("g", f"g{place}", f"p{place}", Amount(place + 1, CNY)), f"note-{place}")
    stop = {"reason": "court", "status": Status.FROZEN}
    made.ledger.change(chart.DEMAND("p2"), key="stop", **stop)
    before = made.ledger.reader.head().number
    made.close_day(FIRST)
    books, entries = made.ledger.books, made.ledger.reader.entries(before)
    kinds = [it.transaction.kind for it in entries if it.transaction.kind.startswith("pool")]
    assert kinds == ["pool.share", "pool.wait", "pool.share", "pool.share"]
    assert [books.balance(chart.DEMAND(f"p{place}")) for place in range(5)] == [1, 2, 0, 4, 5]
    assert Drawn.existing(books, "g").shares == 4
    made.ledger.change(chart.DEMAND("p2"), key="go", reason="court", status=Status.OPEN)
    made.close_day(FIRST + timedelta(days=1))
    assert books.balance(chart.DEMAND("p2")) == 3
    assert (Drawn.existing(books, "g").shares, books.balance(POOL("g"))) == (5, 0)


def test_agendas_of_one_kind_have_parts_and_things_may_have_several_ids() -> None:
    made = bank()
    eggs, nuts = (evolve(DUE, part=part) for part in ("egg", "nut"))
    served: list[str] = []

    def give(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
        served.append(thing)
        voucher = Voucher("gift", books, GiftTerms(), programme)
        voucher.move(chart.CASH(), chart.FEE_INCOME(), 1)  # which are not open
        yield voucher.transaction("give", "given")

    def note(books: Books) -> Sequence[Transaction]:
        voucher = Voucher("gift", books, GiftTerms(), "g")
        voucher.put(eggs.note(books, "g", "k:a", FIRST), nuts.note(books, "g", "b", FIRST))
        return voucher.plan("note", "noted").transactions

    made.ledger.execute("note", {}, note)
    books = made.ledger.books
    for agenda in (eggs, nuts):
        for step in agenda.steps(books, FIRST, ["g"], "give", give):
            made.ledger.execute(
                step.name, {}, *(lambda books, it=it: it(books).transactions for it in step.rules)
            )
    assert served == ["k:a", "b"]
    tomorrow = FIRST + timedelta(days=1)
    assert existing(books, DUE.kind, "g", str(tomorrow), "egg", "k", "a")
    assert existing(books, DUE.kind, "g", str(tomorrow), "nut", "b")
    assert {it.thing for it in Deferral.every(books)} == {"g/egg/k/a", "g/nut/b"}


@pytest.mark.parametrize("in_common", [True, False])
def test_what_the_product_itself_refuses_for_one_waits_too(in_common: bool) -> None:
    def pick(books: Books, programme: str, party: str) -> Iterator[Transaction]:
        if party == "p1" and books.today == FIRST:
            raise AlreadyTaken("place", party)
        return share(books, programme, party)

    def pick_all(books: Books, programme: str, notes: Sequence[Record]) -> Iterator[Transaction]:
        return (it for note in notes for it in pick(books, programme, note.id.rpartition(":")[2]))

    picky = Noun(__name__)
    picky.rule(Promise)(note_share)
    together = pick_all if in_common else None
    picky.daily(Phase.DUE)(lambda books, day: DRAWN.steps(books, day, ["g"], "share", pick, together))
    product = Product.of("pool", "shares", picky, terms=lambda command, books: GiftTerms())
    made = Bank.create(MemoryStore(), opened_on=FIRST, products=[product])
    for place in range(2):
        made.handle(Promise("g", f"g{place}", f"p{place}", Amount(1, CNY)), f"note-{place}")
    made.close_day(FIRST)
    books = made.ledger.books
    assert [books.balance(chart.DEMAND(f"p{place}")) for place in range(2)] == [1, 0]
    assert [(it.thing, it.code) for it in Deferral.every(books)] == [("g/p1", "already_taken")]
    made.close_day(FIRST + timedelta(days=1))
    assert books.balance(chart.DEMAND("p1")) == 1


def test_accounts_of_the_product_are_opened_again_only_alike() -> None:
    made = bank()
    promised(made, 1)
    voucher = GIFTS.voucher(made.ledger.books, GiftTerms(), "g")
    account = GIFT.account("g", "g0", unit=CNY, on=FIRST)
    voucher.open_again(account)
    assert voucher.is_empty
    with pytest.raises(AlreadyTaken):
        voucher.open_again(evolve(account, floor=None))
    with pytest.raises(UnitMismatch):
        voucher.open_again(evolve(account, unit=Unit("USD/2")))
    voucher.open_again(GIFT.account("g", "g1", unit=CNY, on=FIRST))
    assert not voucher.is_empty


def test_after_the_last_day_nothing_can_wait() -> None:
    made = Bank.create(MemoryStore(), opened_on=date.max, products=[PRODUCT])
    with pytest.raises(BadDate):
        DUE.postponed(made.ledger.books, "g", "g0")


# --- programmes --------------------------------------------------------------------------------------


def test_terms_change_on_their_day_and_only_those_that_may() -> None:
    made = bank()
    made.handle(ChangeTerms("g", {"days": 5}, date(2024, 5, 3)), "1")
    made.handle(ChangeTerms("g", {"days": 7}, date(2024, 5, 2)), "2")
    days = [GIFTS.on(made.ledger.books, "g", date(2024, 5, day)).days for day in (1, 2, 3)]
    assert days == [3, 7, 5]
    schedule = GIFTS.schedule(made.ledger.books, "g")
    assert [(first.day, terms.days) for first, terms in schedule] == [(1, 3), (2, 7), (3, 5)]
    for changes, start in (
        ({"least": "2.00"}, None),
        ({"unit": "USD/2"}, None),
        ({"days": 4}, date(2024, 4, 30)),
    ):
        with pytest.raises(BadTerms):
            made.handle(ChangeTerms("g", changes, start), "3")


def test_terms_that_are_known_ahead_change_tomorrow_at_the_earliest() -> None:
    made = bank()
    with pytest.raises(BadTerms, match="is not after the business date"):
        AHEAD.change(GiftTerms(), ChangeTerms("g", {"days": 4}, FIRST), made.ledger.books)
    plan = AHEAD.change(GiftTerms(), ChangeTerms("g", {"days": 4}), made.ledger.books)
    [transaction] = plan.transactions
    assert isinstance(transaction, Transaction)
    assert [start for start, _ in transaction.records[0].data["schedule"]] == ["2024-05-01", "2024-05-02"]


def test_amounts_are_of_the_terms_unit() -> None:
    with pytest.raises(UnitMismatch):
        promised(bank(unit="USD/2"), 1)


# --- vouchers, notices, actors -------------------------------------------------------------------------


def test_memorandum_legs_follow_the_others_and_debits_come_first() -> None:
    made = bank()
    promised(made, 5)
    entry = made.ledger.entry(made.ledger.reader.head().number)
    assert [posting.account for posting in entry.transaction.postings] == [
        "bank:marketing-expense",
        "gift:g:g0",
        "gift:g:came",
        "gift:g:sent",
    ]


def test_a_rule_knows_who_asks_and_tells_the_other() -> None:
    made = bank()
    promised(made, 5)
    made.handle(Promise("g", "g9", "p9", Amount(1, CNY)), "9", Actor(Role.CUSTOMER, "c"))
    assert {it.id: it.data["by"] for it in made.ledger.books.records(NOTICE)} == {
        "p0:gift:g0": "bank",
        "p9:gift:g9": "c",
    }
    seen = made.preview(Promise("g", "g8", "p9", Amount(1, CNY)), Actor(Role.CUSTOMER, "d"))
    assert [it.data["by"] for it in seen[0].records if it.kind == NOTICE] == ["d"]
    with pytest.raises(BadActor):
        Actor.asking(made.ledger.books)


# --- nouns and interest --------------------------------------------------------------------------------


def test_a_name_is_given_once() -> None:
    with pytest.raises(ProductTwice):
        Product.of("gift", "gifts", noun, noun)


def test_nothing_is_attempted_where_nothing_is_planned() -> None:
    assert Plan() == Plan().attempted()


def test_plans_add_up_in_their_order() -> None:
    one, two = (Plan((Transaction(kind=it, effective_on=FIRST),)) for it in ("one", "two"))
    assert (one + two).transactions == (*one.transactions, *two.transactions)
    assert one + Plan() == one


@given(st.integers(0, 10**9), st.integers(0, 800), st.sampled_from(["0%", "0.35%", "1.35%", "4%"]))
def test_leaving_early_never_pays_more_than_staying(principal: int, days: int, demand: str) -> None:
    money = Term(Rate.parse("1.35%"), date(2024, 1, 31), date(2025, 1, 31))
    on, rate = money.start + timedelta(days=days), Rate.parse(demand)
    assert money.paid(principal, rate, on) <= max(
        money.paid(principal, rate, money.end), money.paid(principal, rate, max(on, money.end))
    )
    assert 0 <= money.earned(principal, on) <= money.earned(principal, money.end)
    assert money.earned(principal, money.end) == money.paid(principal, rate, money.end)


def test_a_record_that_changes_twice_in_a_voucher_is_written_once() -> None:
    voucher = GIFTS.voucher(bank().ledger.books, GiftTerms(), "g")
    voucher.write("gift.note", "a", one=1)
    voucher.write("gift.note", "a", two=2)
    [record] = voucher.transaction("note", "noted").records
    assert (record.version, dict(record.data)) == (1, {"one": 1, "two": 2})


def test_the_kit_s_names_lead_to_what_they_name_and_no_others_do() -> None:
    assert sorted(kit.__all__) == kit.__all__
    assert all(kit.__getattr__(name).__name__.endswith(name) for name in kit.__all__)
    assert not hasattr(kit, "Nothing")


@pytest.mark.parametrize(
    ("accrue", "days"),
    [
        (Accrue.DAILY, ["2024-01-31", "2024-02-01", "2024-03-01"]),
        (Accrue.MONTH_END, ["2024-01-31", "2024-02-29", "2024-03-31"]),
        (Accrue.QUARTER_END, ["2024-03-31", "2024-03-31", "2024-03-31"]),
        (Accrue.EVENTS, ["None", "None", "None"]),
    ],
)
def test_when_interest_accrues_next(accrue: Accrue, days: list[str]) -> None:
    after = (date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 29))
    assert [str(accrue.next_after(day)) for day in after] == days
    assert accrue.next_after(date.max) is None


@pytest.mark.parametrize(("role", "id"), [("customer", "li"), (None, "li"), (Role.CUSTOMER, 5)])
def test_an_actor_has_a_role_and_a_text(role: Any, id: Any) -> None:
    with pytest.raises(BadActor):
        Actor(role, id)
