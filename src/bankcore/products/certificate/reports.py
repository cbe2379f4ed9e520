"""Reports for the operator over all programmes, and a customer's view of the own shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.records import every, existing, ids
from bankcore.products.certificate import accounts, registry
from bankcore.products.certificate.interest import certificate_interest
from bankcore.products.certificate.orders import Order, Share, ShareState, State, shares_of
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["REPORTS", "my_shares"]

_AGES = (7, 14, 30)  # days, the last of each bucket
_RAISING = (State.REQUESTED, State.OPEN)
_CERTIFICATE = (State.ACTIVE, State.MATURED)
_PART = ("order", "is", "share", "amount", "interest so far", "paid", "rate", "until", "frozen")


def funding(books: Books) -> Table:
    """Orders that are being filled: how far, and how long there is."""
    rows = []
    for programme, terms, order in _orders(books, _RAISING):
        live = shares_of(books, order, ShareState.CONFIRMED)
        raised = sum(share.amount for share in live)
        money = _amounts(terms, (order.config.target, raised, order.config.target - raised))
        days = (order.deadline - books.today).days
        rows.append((programme, order.id, order.state.value, *money, len(live), order.deadline, days))
    columns = (
        "programme",
        "order",
        "state",
        "target",
        "raised",
        "missing",
        "seats",
        "deadline",
        "days left",
    )
    return Table("Funding", columns, tuple(rows))


def participants(books: Books) -> Table:
    """Who has paid, as other participants may see it: names are masked."""
    rows = []
    for programme, terms, order in _orders(books, _RAISING):
        for share in shares_of(books, order, ShareState.CONFIRMED):
            money = _amounts(terms, (share.amount,))
            agrees = "yes" if share.agrees(order) else "to reconfirm"
            rows.append((programme, order.id, _masked(share.participant), *money, share.confirmed_on, agrees))
    columns = ("programme", "order", "participant", "amount", "date", "agrees")
    return Table("Participants", columns, tuple(rows))


def escrow_ageing(books: Books) -> Table:
    """Money in escrow by age."""
    rows = []
    for programme, terms, order in _orders(books, (State.OPEN,)):
        buckets = [0] * (len(_AGES) + 1)
        for share in shares_of(books, order, ShareState.CONFIRMED):
            age = (books.today - share.confirmed_on).days
            buckets[sum(age > last for last in _AGES)] += share.amount
        rows.append((programme, order.id, *_amounts(terms, (sum(buckets), *buckets))))
    columns = ("programme", "order", "escrow", "0-7 days", "8-14 days", "15-30 days", "over 30 days")
    return Table("Escrow", columns, tuple(rows))


def certificates(books: Books) -> Table:
    """The register: every certificate with its shares."""
    rows = []
    for programme, terms, order in _orders(books, _CERTIFICATE):
        for share in shares_of(books, order, ShareState.SHARE):
            facts = (str(order.rate), order.value_on, order.matures_on, share.frozen)
            rows.append((programme, order.id, share.participant, *_amounts(terms, (share.amount,)), *facts))
    columns = ("programme", "certificate", "participant", "share", "rate", "from", "matures", "frozen")
    return Table("Certificates", columns, tuple(rows))


def maturity_ladder(books: Books) -> Table:
    """What has to be paid, by month of payment."""
    ladder: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    terms_of = {}
    for programme, terms, order in _orders(books, _CERTIFICATE):
        rung, terms_of[programme] = ladder[programme, order.pay_on.isoformat()[:7]], terms
        interest = round_half_up(certificate_interest(order, order.principal, order.matures_on))
        rung.update(certificates=1, principal=order.principal, interest=interest)
    rows = []
    for (programme, month), rung in sorted(ladder.items()):
        money = _amounts(terms_of[programme], (rung["principal"], rung["interest"]))
        rows.append((programme, month, rung["certificates"], *money))
    columns = ("programme", "month", "certificates", "principal", "interest")
    return Table("Maturities", columns, tuple(rows))


def accruals(books: Books) -> Table:
    """Interest posted against the exact interest through today, rounded once."""
    rows = []
    for programme, terms, order in _orders(books, _CERTIFICATE):
        posted = books.balance(accounts.interest(programme, order.id))
        exact = round_half_up(certificate_interest(order, order.principal, books.today))
        money = _amounts(terms, (order.principal, posted, exact, exact - posted))
        rows.append((programme, order.id, str(order.rate), *money))
    columns = ("programme", "certificate", "rate", "principal", "posted", "through today", "to post")
    return Table("Accruals", columns, tuple(rows))


def early_exits(books: Books) -> Table:
    """What early exits cost those who left: interest accrued less interest paid."""
    rows = []
    for programme, terms, order in _orders(books, tuple(State)):
        for share in shares_of(books, order):
            if share.data["exits"]:
                money = _amounts(terms, (share.data["paid"], share.data["cost"]))
                rows.append((programme, order.id, share.participant, share.data["exits"], *money))
    columns = ("programme", "certificate", "participant", "exits", "interest paid", "interest lost")
    return Table("Early exits", columns, tuple(rows))


def insurance(books: Books) -> Table:
    """What each depositor has in all accounts, looked through to, against the insured amount."""
    held: Counter[str] = Counter()
    for root in ("bank:demand", "bank:suspense", "certificate"):
        for path, balance in books.balances(root):
            if not path.startswith("certificate") or path.split(":")[2] in ("escrow", "share"):
                held[path.rpartition(":")[2]] += balance
    rows = []
    for programme, terms in _programmes(books):
        for record in every(books, registry.CUSTOMER, programme):
            total = held[record.id.rpartition(":")[2]]
            money = _amounts(terms, (total, min(total, terms.insured), max(total - terms.insured, 0)))
            rows.append((programme, record.id.rpartition(":")[2], *money))
    return Table("Deposit insurance", ("programme", "depositor", "deposits", "insured", "above"), tuple(rows))


def shares(books: Books) -> Table:
    """Everybody's part in every order: the vouchers of the shares."""
    rows = []
    for programme, terms, order in _orders(books, tuple(State)):
        rows += [
            (programme, it.participant, *_part(books, terms, order, it)) for it in shares_of(books, order)
        ]
    return Table("Shares", ("programme", "participant", *_PART), tuple(rows))


def my_shares(books: Books, programme: str, participant: str) -> Table:
    """A customer's own part in every order: amount, state, rate, maturity, interest so far.

    Raises NotFound where the programme has no such customer.
    """
    existing(books, registry.CUSTOMER, programme, participant)
    terms, rows = registry.terms_on(books, programme, books.today), []
    for order in map(Order, every(books, registry.ORDER, programme)):
        if record := books.record(registry.SHARE, f"{order.record.id}:{participant}"):
            rows.append(_part(books, terms, order, Share(record)))
    return Table(f"Shares of {participant}", _PART, tuple(rows))


def _part(books: Books, terms: CertificateTerms, order: Order, share: Share) -> tuple[Any, ...]:
    opened = order.state in _CERTIFICATE
    earned = round_half_up(certificate_interest(order, share.amount, books.today)) if opened else 0
    money = _amounts(terms, (share.amount, earned, share.data["paid"]))
    when = (str(order.rate), order.matures_on) if opened else ("", order.deadline)
    return (order.id, order.state.value, share.state.value, *money, *when, share.frozen)


def _masked(name: str) -> str:
    """
    >>> _masked("alice"), _masked("王小明")
    ('a***', '王***')
    """
    return f"{name[0]}***"


def _amounts(terms: CertificateTerms, quantities: tuple[int, ...]) -> tuple[Amount, ...]:
    return tuple(Amount(quantity, terms.unit) for quantity in quantities)


def _programmes(books: Books) -> Iterator[tuple[str, CertificateTerms]]:
    for programme in ids(books, registry.TERMS):
        yield programme, registry.terms_on(books, programme, books.today)


def _orders(books: Books, states: tuple[State, ...]) -> Iterator[tuple[str, CertificateTerms, Order]]:
    for programme, terms in _programmes(books):
        for order in map(Order, every(books, registry.ORDER, programme)):
            if order.state in states:
                yield programme, terms, order


REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "funding": funding,
    "participants": participants,
    "escrow": escrow_ageing,
    "certificates": certificates,
    "maturities": maturity_ladder,
    "accruals": accruals,
    "early-exits": early_exits,
    "insurance": insurance,
    "shares": shares,
}
