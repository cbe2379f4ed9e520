"""Taking what a journal tells into a book.

Each transaction is written whole or not at all.  Its key is made of what it says and of its place among
equal ones of the journal, so that a second import of the same journal is a replay, and two equal
transactions stay two.  Where the amounts of a transaction do not sum to zero in each unit, because one was
bought with another, the rest of each unit goes to an account of its own below `equity:conversion`; what
rounding leaves goes below `equity:rounding`, and the other side of a virtual posting below `equity:virtual`.

>>> from bankcore import Bank, MemoryStore
>>> from bankcore.interchange.imports.told import Leg, Place
>>> told = Told([ToldTransaction(Place("a.journal", 1), date(2024, 5, 1), "coffee", (
...     Leg("Expenses:Food", Fraction(3), "€"), Leg("Assets:Cash", Fraction(-3), "€")))])
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> taken = take_in(bank, told, source="a.journal")
>>> taken.posted, str(bank.amount("Expenses:Food")), take_in(bank, told, source="a.journal").replayed
(1, '3 EUR', 1)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from attrs import define, field, frozen

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.interchange.imports.naming import Names
from bankcore.interchange.imports.refusals import NotRepresented, TypesUnknown
from bankcore.interchange.imports.told import Gap, Place, Told, ToldTransaction, number_text
from bankcore.ledger.accounts import Account, AccountType
from bankcore.ledger.transactions import PERSONAL, Posting, Transaction, canonical_json
from bankcore.product.actor import Actor
from bankcore.units import Unit

__all__ = ["KIND", "Refused", "Taken", "TakenAccount", "take_in"]

KIND: Final = "import"  # the kind of an imported transaction
_BATCH: Final = 1_000  # transactions of one commit
_SHOWN: Final = 20  # roots that are named
_WHY: Final = {"conversion": "cost", "rounding": "rounding", "virtual": "virtual posting"}  # as gaps say it


@frozen
class Refused:
    """A transaction that the book refused, and why."""

    place: Place
    key: str
    error: BankcoreError


@frozen
class TakenAccount:
    """An account, what it stands for in the journal, and the debits less credits of the journal there."""

    account: Account
    name: str
    commodity: str
    quantity: int
    postings: int


@define
class Taken:
    """The outcome: each transaction was posted, replayed (it was in the book already) or refused.

    `gaps` names all that is not in the book, or is there in another way.  Of a mere check nothing is
    `posted` or `opened`.
    """

    transactions: int
    accounts: tuple[TakenAccount, ...]
    gaps: tuple[Gap, ...]
    opened: int = 0
    posted: int = 0
    replayed: int = 0
    refused: list[Refused] = field(factory=list)


def take_in(
    bank: Bank,
    told: Told,
    *,
    source: str,
    types: Mapping[str, AccountType] | None = None,
    units: Mapping[str, Unit] | None = None,
    strict: bool = False,
    check: bool = False,
    actor: Actor | None = None,
) -> Taken:
    """Open the accounts of a journal and post its transactions, in the order of their dates.

    `source` names the journal in keys: the same name and the same text is a replay.  `types` gives account
    types by the name of an account or of one above it, and by `*` for all others; `units` the unit of a
    commodity.  With `check` nothing is written.

    Raises TypesUnknown where a type cannot be told, and NotRepresented with `strict` where there is a gap,
    both before anything is written; the errors of `Doors.open`.
    """
    with bank.ledger.reader as reader:
        known = [it.account for it in reader.accounts()]
    names = Names.of(told, known, bank.ledger.book.base_unit, types or {}, units or {})
    desk = _Desk(told, names, source)
    drafts = [desk.draft(it) for it in sorted(told.transactions, key=lambda it: it.on)]
    if names.untold:
        roots = sorted({it.partition(":")[0] for it in names.untold})
        more = f" and {len(roots) - _SHOWN} more" if len(roots) > _SHOWN else ""
        raise TypesUnknown(len(names.untold), ", ".join(roots[:_SHOWN]) + more)
    if strict and told.gaps:
        first = told.gaps[0]
        said = f"{first.what}: {first.reason}"
        raise NotRepresented(len(told.gaps), first.place.file, first.place.line, said)
    gaps = sorted(told.gaps, key=lambda it: (it.place.file, it.place.line))
    taken = Taken(len(drafts), tuple(desk.accounts()), tuple(gaps))
    if not check:
        _write(bank, actor, names.dated(desk.first), drafts, taken)
    return taken


def _write(
    bank: Bank,
    actor: Actor | None,
    accounts: list[Account],
    drafts: list[tuple[Place, Transaction]],
    taken: Taken,
) -> None:
    doors = bank.doors(actor)
    if accounts:
        said = canonical_json({"open": [[it.path, it.as_data()] for it in accounts]})
        doors.open(accounts, key=f"import/accounts/{sha256(said.encode()).hexdigest()[:40]}")
        taken.opened = len(accounts)
    for begin in range(0, len(drafts), _BATCH):
        some = drafts[begin : begin + _BATCH]
        verdicts = doors.post_many([transaction for _, transaction in some])
        for (place, transaction), verdict in zip(some, verdicts, strict=True):
            if isinstance(verdict, BankcoreError):
                taken.refused.append(Refused(place, transaction.key, verdict))
            elif verdict.replayed:
                taken.replayed += 1
            else:
                taken.posted += 1


@define
class _Desk:
    """Makes transactions of what is told, and counts."""

    _told: Told
    _names: Names
    _source: str
    first: dict[str, date] = field(factory=dict)
    _equal: Counter[str] = field(factory=Counter)
    _sums: dict[tuple[str, str], list[int]] = field(factory=dict)
    _accounts: dict[tuple[str, str], Account] = field(factory=dict)

    def draft(self, t: ToldTransaction) -> tuple[Place, Transaction]:
        rest: dict[str, int] = {}
        alone: dict[str, int] = {}
        postings: list[Posting] = []
        about: dict[str, Any] = dict(t.about)
        said: dict[str, Any] = {}
        for leg in t.legs:
            account = self._names.account(leg.account, leg.commodity)
            quantity = self._quantity(leg.number, account.unit, leg.commodity, t.place)
            self._post(t, postings, account, quantity, leg.account, leg.commodity)
            sums = alone if leg.alone else rest
            sums[leg.commodity] = sums.get(leg.commodity, 0) + quantity
            if leg.about and quantity:
                said[str(len(postings))] = leg.about
        priced = any(leg.priced for leg in t.legs) or sum(map(bool, rest.values())) > 1
        self._balance(t, postings, rest, "conversion" if priced else "rounding")
        self._balance(t, postings, alone, "virtual")
        if said:
            about["postings"] = said
        return t.place, Transaction(
            kind=KIND,
            effective_on=t.on,
            postings=tuple(postings),
            key=self._key(t),
            description=t.description,
            details=_plain(about),
        )

    def accounts(self) -> Iterator[TakenAccount]:
        """All accounts that the journal names, by path, with what moved there."""
        for (name, commodity), account in sorted(self._accounts.items(), key=lambda it: it[1].path):
            quantity, postings = self._sums[name, commodity]
            yield TakenAccount(account, name, commodity, quantity, postings)

    def _quantity(self, number: Fraction, unit: Unit, commodity: str, place: Place) -> int:
        exact = number * 10**unit.scale
        quantity: int = round(exact)
        if quantity != exact:
            shown = f"{number_text(number)[:40]} {commodity}".strip()
            self._told.gap(place, "precision", f"{shown} is rounded to the {unit.scale} decimals of {unit}")
        return quantity

    def _post(
        self,
        t: ToldTransaction,
        postings: list[Posting],
        account: Account,
        quantity: int,
        name: str,
        commodity: str,
    ) -> None:
        if quantity:
            postings.append(Posting(account.path, quantity, account.unit))
        self.first[account.path] = min(self.first.get(account.path, t.on), t.on)
        self._accounts[name, commodity] = account
        sums = self._sums.setdefault((name, commodity), [0, 0])
        sums[0] += quantity
        sums[1] += bool(quantity)

    def _balance(self, t: ToldTransaction, postings: list[Posting], rest: dict[str, int], why: str) -> None:
        """Let every unit sum to zero, over an equity account of its own for what is left."""
        paths = []
        for commodity, left in rest.items():
            if left:
                account = self._names.between(why, commodity)
                self._post(t, postings, account, -left, f"({why})", commodity)
                paths.append(str(account.path))
        if paths:
            self._told.gap(t.place, _WHY[why], f"it balances in each unit over {', '.join(paths)}")

    def _key(self, t: ToldTransaction) -> str:
        legs = [[it.account, it.commodity, number_text(it.number)] for it in t.legs]
        code = str(t.about.get("code", ""))
        said = {
            "source": self._source,
            "on": t.on.isoformat(),
            "text": t.description,
            "code": code,
            "legs": legs,
        }
        digest = sha256(canonical_json(said).encode()).hexdigest()[:40]
        self._equal[digest] += 1
        return f"import/{digest}/{self._equal[digest]}"


def _plain(data: Any) -> Any:
    """The data without a name that would make it personal data."""
    if isinstance(data, Mapping):
        return {(f"{name} (tag)" if name == PERSONAL else name): _plain(it) for name, it in data.items()}
    return list(map(_plain, data)) if isinstance(data, (list, tuple)) else data
