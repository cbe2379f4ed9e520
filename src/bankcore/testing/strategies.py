"""Strategies for Hypothesis: units, amounts, accounts, transactions, terms, commands, whole histories.

Hypothesis registers those of plain types by itself once bankcore is installed: `st.from_type(Amount)` and
`st.builds` of a class with such fields work without an import from here.

>>> from hypothesis import given, settings
>>> @settings(max_examples=5, database=None)
... @given(amounts(least=1), st.from_type(Unit))
... def test(amount: Amount, unit: Unit) -> None:
...     assert Amount.parse(str(amount), amount.unit) == amount and unit.scale <= 9
>>> test()

What a ledger is given is drawn with accounts that fit together:

>>> @settings(max_examples=5, database=None)
... @given(velocity_limits("CNY/2", root="client"), account_paths("client"), quantities(1, 500))
... def test(limit: VelocityLimit, path: AccountPath, quantity: int) -> None:
...     assert path.within(limit.root) and limit.unit == "CNY/2" and 1 <= quantity <= 500
>>> test()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from bankcore.errors import LibraryMissing

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise LibraryMissing("hypothesis", "testing") from None

from bankcore.amounts import MAX_QUANTITY, MIN_QUANTITY, Amount
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.product.product import Product
from bankcore.rates import Rate
from bankcore.testing.declared import commands, open_accounts, terms
from bankcore.units import Unit

__all__ = [
    "account_paths",
    "accounts",
    "amounts",
    "commands",
    "histories",
    "holds",
    "parties",
    "quantities",
    "rates",
    "terms",
    "transactions",
    "units",
    "velocity_limits",
]

_DAY: Final = date(2024, 5, 1)
_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SEGMENT: Final = st.from_regex(r"[a-z0-9][a-z0-9_.\-]{0,9}", fullmatch=True)
_COMMON: Final = st.sampled_from(("CNY/2", "POINT/0", "JPY/0", "KWD/3", "XAU/9"))


def units() -> st.SearchStrategy[Unit]:
    """Units of 1 to 12 capitals and digits, of a scale from 0 to 9; often one of a few real ones."""
    code = st.tuples(st.sampled_from(_CAPITALS), st.text(_CAPITALS + "0123456789", max_size=11))
    other = st.tuples(code.map("".join), st.integers(0, 9)).map(lambda it: f"{it[0]}/{it[1]}")
    return (_COMMON | other).map(Unit)


def quantities(least: int = MIN_QUANTITY, most: int = MAX_QUANTITY) -> st.SearchStrategy[int]:
    """Minor units: whole numbers of signed 64 bits within bounds, often small or at a bound."""
    small = (
        st.integers(max(least, -1_000_00), min(most, 1_000_00)) if least <= 1_000_00 <= most else st.nothing()
    )
    return small | st.integers(least, most) | st.sampled_from((least, most))


def amounts(
    unit: Unit | str | None = None, least: int = MIN_QUANTITY, most: int = MAX_QUANTITY
) -> st.SearchStrategy[Amount]:
    """Amounts of a unit, or of any; `least` and `most` are minor units."""
    unit_ = units() if unit is None else st.just(Unit(unit))
    return st.builds(Amount, quantities(least, most), unit_)


def rates(most: int = 1) -> st.SearchStrategy[Rate]:
    """Exact rates from 0 to `most`, as percentages of four decimals and as fractions."""
    percent = st.integers(0, most * 1_000_000).map(lambda it: Fraction(it, 1_000_000))
    ratio = st.fractions(0, most, max_denominator=1_000)
    return (percent | ratio).map(lambda it: Rate.parse(f"{it.numerator}/{it.denominator}"))


def account_paths(root: str = "") -> st.SearchStrategy[AccountPath]:
    """Paths of up to four segments below `root`."""
    segments = st.lists(_SEGMENT, min_size=1, max_size=4)
    return segments.map(lambda it: AccountPath.parse(":".join([root, *it] if root else it)))


@st.composite
def accounts(
    draw: st.DrawFn, unit: Unit | str | None = None, paths: st.SearchStrategy[AccountPath] | None = None
) -> Account:
    """Open accounts of any type, with a floor, a ceiling, both or none; of one unit, or of any."""
    low, high = sorted(draw(st.tuples(quantities(), quantities())))
    return Account(
        draw(paths or account_paths()),
        draw(st.sampled_from(AccountType)),
        draw(units()) if unit is None else Unit(unit),
        floor=draw(st.sampled_from((None, 0, low))) if high >= 0 else low,
        ceiling=draw(st.sampled_from((None, high))),
        party=draw(st.sampled_from(("", "li", "wang"))),
    )


@st.composite
def transactions(
    draw: st.DrawFn, among: Sequence[Account], *, on: date = _DAY, most: int = 1_000_00, legs: int = 4
) -> Transaction:
    """Balanced transactions over accounts of one unit and one side of the balance sheet.

    `among` are two accounts or more; each leg moves at most `most` minor units, on the day `on` or up to a
    week later.  Whether the limits of the accounts let it pass is another question.
    """
    first = draw(st.sampled_from(among))
    peers = [it for it in among if _fits(it, first) and it.path != first.path]
    if not peers:
        raise ValueError(f"no other account has the unit of {first.path}: {first.unit}")
    others = draw(st.lists(st.sampled_from(peers), min_size=1, max_size=legs - 1))
    sizes = [draw(st.integers(-most, most).filter(bool)) for _ in others]
    if not sum(sizes):
        sizes[0] = 2 * sizes[0]
    postings = [Posting(it.path, size, it.unit) for it, size in zip(others, sizes, strict=True)]
    postings.append(Posting(first.path, -sum(sizes), first.unit))
    return Transaction(
        kind=draw(st.sampled_from(("move", "payment"))),
        key=f"t{draw(st.integers(0, 2**62))}",
        effective_on=on + timedelta(days=draw(st.integers(0, 7))),
        postings=tuple(postings),
    )


def _fits(one: Account, other: Account) -> bool:
    memo = AccountType.MEMORANDUM
    return one.unit == other.unit and (one.type is memo) == (other.type is memo)


def holds(
    among: Sequence[Account], *, now: datetime | None = None, **given: Any
) -> st.SearchStrategy[Transaction]:
    """Transactions that hold their postings, some of which expire within a month of `now`."""
    start = now or datetime.combine(_DAY, datetime.min.time(), UTC)
    expiry = st.none() | st.integers(1, 720).map(lambda hours: start + timedelta(hours=hours))
    made = st.tuples(transactions(among, **given), expiry)
    return made.map(lambda it: it[0]._replace(pending=True, expires_at=it[1]))


def velocity_limits(unit: Unit | str = "CNY/2", root: str = "") -> st.SearchStrategy[VelocityLimit]:
    """Limits of the flow at and below a root, some of them lifted."""
    return st.builds(
        VelocityLimit,
        st.sampled_from(("atm", "daily", "online")),
        st.just(root),
        st.just(Unit(unit)),
        st.sampled_from(Flow),
        st.sampled_from(Per),
        most=st.none() | quantities(0),
        each=st.booleans(),
    )


def parties(least: int = 1, most: int = 4) -> st.SearchStrategy[list[Any]]:
    """Commands that register persons and firms and open their current accounts, in a new book."""
    ids = st.lists(
        _SEGMENT.map(lambda it: it.strip(".-_") or "li"), min_size=least, max_size=most, unique=True
    )
    drawn = st.tuples(ids, st.integers(0, most))
    return drawn.map(lambda it: list(open_accounts(*it[0], firms=it[0][: it[1] // 2])))


def histories(
    product: Product, ids: Mapping[str, Sequence[str]] | None = None, *, most: int = 20, **pool: Any
) -> st.SearchStrategy[list[Any]]:
    """What may happen to a product: its commands in some order, and between them ints, days to close.

    `ids` and further arguments are those of `commands`.
    """
    return st.lists(commands(product, ids, **pool) | st.sampled_from((1, 1, 7, 31)), max_size=most)


def of_type(kind: type[Any]) -> st.SearchStrategy[Any]:
    """The strategy of a plain type, as Hypothesis looks it up."""
    made: Mapping[type[Any], Callable[[], st.SearchStrategy[Any]]] = {
        Unit: units,
        Amount: amounts,
        Rate: rates,
        AccountPath: account_paths,
        Account: accounts,
        VelocityLimit: velocity_limits,
    }
    return made[kind]()
