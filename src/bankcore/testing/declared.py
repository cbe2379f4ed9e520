"""Strategies made from what products declare: commands from their fields, terms from their kinds of terms.

A field says by its type, its choices and its check what may stand in it, so the commands of a product that
nobody here knows can be drawn.  Ids that mean something are given by the caller.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from functools import cache
from typing import Any, Final, TypeVar

import attrs
from attrs import define, field
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.product.product import Product
from bankcore.product.terms import Terms
from bankcore.products.current import CashIn, DemandTerms, OpenProgramme
from bankcore.rates import Rate
from bankcore.testing.driver import registration
from bankcore.units import Unit

__all__ = ["Pool", "commands", "drawn", "open_accounts", "terms"]

T = TypeVar("T", bound=Terms)
Draw = Callable[[st.SearchStrategy[Any]], Any]
Pick = Callable[[Sequence[Any]], Any]

_CNY: Final = Unit("CNY/2")
AMOUNTS: Final = (1, 33, 1_00, 99_99, 1_000_00, 3_333_33)
_COUNTS: Final = (1, 2, 7, 30, 500, 0, 3, 5)
_DAYS: Final = (-1, 0, 1, 30)  # from the business date
_RATES: Final = ("0%", "0.25%", "3%", "12%", "100%")
_MOSTLY: Final = (True, True, True, False)
_TEXTS: Final = ("a text", "09:00", "x1", "0" * 64)
_TERM_AMOUNTS: Final = (0, 1, 100, 99_99, 1_000_00, 50_000_00)
_TERM_COUNTS: Final = (0, 1, 2, 3, 7, 12, 30, 90, 365)


@define
class Pool:
    """What the fields of drawn commands may hold.

    `ids` are used for id fields by the field's name; where there are none, `known` are those that earlier
    commands had there, and `others` anything else, such as parties.  Ids that were `related` in a command
    that was carried out often stay together.  `fresh` are the fields, by command, that name what it makes:
    mostly with a new id.  `amounts` are minor units of `unit`; `tables` are terms and the like, by command
    and field; `fields` are strategies of your own.
    """

    ids: Mapping[str, Sequence[str]] = field(factory=dict)
    known: dict[str, list[str]] = field(factory=dict)
    others: Sequence[str] = ("x1",)
    related: list[dict[str, str]] = field(factory=list)
    fresh: Mapping[type[Any], str] = field(factory=dict)
    amounts: Sequence[int] = AMOUNTS
    unit: Unit = _CNY
    today: date = date(2024, 1, 31)
    tables: dict[tuple[type[Any], str], list[Any]] = field(factory=dict)
    fields: Mapping[tuple[type[Any], str], st.SearchStrategy[Any]] = field(factory=dict)

    def learn(self, command: Any) -> None:
        """Remember the ids and tables of a command that was carried out."""
        ids = {}
        for it in attrs.fields(type(command)):
            value = getattr(command, it.name)
            if isinstance(value, str) and value and not isinstance(value, Unit):
                ids[it.name] = value
                known = self.known.setdefault(it.name, [])
                if value not in known:
                    known.append(value)
            elif (attrs.has(type(value)) or isinstance(value, Mapping)) and type(value) not in (Amount, Rate):
                tables = self.tables.setdefault((type(command), it.name), [])
                if value not in tables:
                    tables.append(value)
        if ids and ids not in self.related:
            self.related.append(ids)

    def together(self, command: type[Any], pick: Pick) -> dict[str, str]:
        """Ids that belong together for two fields or more of a command, rather those with more of them.

        They are those of one earlier command and of another that does not contradict it.
        """
        names = attrs.fields_dict(command).keys()
        fitting = [(it, len(it.keys() & names)) for it in self.related if len(it.keys() & names) > 1]
        if not fitting:
            return {}
        first = pick([it for it, shared in fitting for _ in range(shared - 1)])
        agreeing = [it for it, _ in fitting if all(first.get(name, id) == id for name, id in it.items())]
        return {**pick(agreeing), **first}

    def new_id(self, command: type[Any]) -> str:
        """An id that no command had in the field that names what this one makes."""
        return f"n{len(self.known.get(self.fresh[command], ())) + 1}"

    def _words(self, name: str) -> list[str]:
        if name in self.ids:
            return list(self.ids[name])
        return [*self.known.get(name, ()), *self.others]


@cache
def _hints(command: type[Any]) -> Mapping[str, tuple[Any, bool]]:
    """The type of each field, and whether it may be None."""
    found = {}
    for name, hint in typing.get_type_hints(command).items():
        parts = typing.get_args(hint)
        optional = type(None) in parts
        found[name] = (next(it for it in parts if it is not type(None)) if optional else hint, optional)
    return found


@cache
def _passing(command: type[Any], name: str, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Those of some values that the check of a field lets pass."""
    it = attrs.fields_dict(command)[name]
    return tuple(value for value in given if _passes(it, value))


def _passes(it: attrs.Attribute[Any], value: Any) -> bool:
    try:
        if it.validator is not None:
            it.validator(None, it, value)
    except BankcoreError:
        return False
    return True


def _texts(command: type[Any], it: attrs.Attribute[Any], pool: Pool) -> list[str]:
    if choices := it.metadata.get("choices"):
        return list(choices)
    words = _passing(command, it.name, _TEXTS)  # type: ignore[arg-type]
    if words[:1] == ("x1",) or it.name in pool.ids:  # an id: no spaces, no colons
        words = tuple(pool._words(it.name))
    return [*words, *([it.default] if isinstance(it.default, str) else [])]


def _values(command: type[Any], it: attrs.Attribute[Any], hint: Any, pool: Pool) -> Sequence[Any]:
    kind = typing.get_origin(hint) or hint
    if kind is Amount:
        return [Amount(quantity, pool.unit) for quantity in pool.amounts]
    if kind is Rate:
        return _passing(command, it.name, tuple(map(Rate.parse, _RATES)))  # type: ignore[arg-type]
    if kind is bool:
        return (False, True)
    if kind is int:
        return _passing(command, it.name, _COUNTS)  # type: ignore[arg-type]
    if kind is date:
        return [pool.today + timedelta(days=days) for days in _DAYS]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)
    if kind is str:
        return _texts(command, it, pool)
    default = () if it.default is attrs.NOTHING or isinstance(it.default, attrs.Factory) else (it.default,)  # type: ignore[arg-type]
    return pool.tables.get((command, it.name)) or [*default] or [{}]


def drawn(pick: Pick, draw: Draw, command: type[Any], pool: Pool) -> Any:
    """A command of a class, its values picked from sequences; None where its fields contradict each other."""
    values: dict[str, Any] = {}
    together, whole = pool.together(command, pick), pick(_MOSTLY)
    for it in attrs.fields(command):
        hint, optional = _hints(command)[it.name]  # type: ignore[arg-type]
        if not it.init or (optional and pick((True, False))):
            continue
        if own := pool.fields.get((command, it.name)):
            values[it.name] = draw(own)
        elif pool.fresh.get(command) == it.name and pick(_MOSTLY):
            values[it.name] = pool.new_id(command)
        elif it.name in together and _passes(it, together[it.name]) and (whole or pick(_MOSTLY)):
            values[it.name] = together[it.name]
        elif isinstance(hint, type) and issubclass(hint, Terms) and pick((True, False)):
            values[it.name] = draw(terms(hint))
        elif options := _values(command, it, hint, pool):
            values[it.name] = pick(options)
        elif it.default is attrs.NOTHING:
            return None  # nothing that is known here passes the field's check
    try:
        return command(**values)
    except BankcoreError:
        return None


def commands(
    product: Product | type[Any], ids: Mapping[str, Sequence[str]] | None = None, **pool: Any
) -> st.SearchStrategy[Any]:
    """Commands of a product, or of one class, with values that their fields allow.

    `ids` are the ids to use, by the name of the field, such as `{"client": ["li", "wang"]}`; other
    arguments are fields of `Pool`.  Whether the book lets the command pass is another question.

    >>> from bankcore.products.current import Transfer
    >>> command = commands(Transfer, {"payer": ["li"], "payee": ["wang"]}).example()  # doctest: +SKIP
    """
    classes = tuple(product.rules) if isinstance(product, Product) else (product,)
    drawing = Pool(ids=ids or {}, **pool)

    @st.composite
    def command(draw: st.DrawFn) -> Any:
        def pick(options: Sequence[Any]) -> Any:
            return draw(st.sampled_from(options))

        return drawn(pick, draw, pick(classes), drawing)

    return command().filter(lambda made: made is not None)


@cache
def _variants(kind: type[Terms]) -> Mapping[str, tuple[Any, ...]]:
    """The terms that can be varied, each with values that its check lets pass."""
    found: dict[str, tuple[Any, ...]] = {}
    for it in attrs.fields(kind):
        given: Iterable[Any] = ()
        if isinstance(it.default, Rate):
            given = map(Rate.parse, _RATES)
        elif isinstance(it.default, bool):
            given = (False, True)
        elif isinstance(it.default, Enum):
            given = type(it.default)
        elif isinstance(it.default, int) or it.default is None:
            given = (*_TERM_COUNTS, *_TERM_AMOUNTS)
        values = tuple(dict.fromkeys(value for value in given if _passes(it, value)))
        if len(values) > 1:
            found[it.name] = values
    return found


def terms(kind: type[T], *, most: int = 3) -> st.SearchStrategy[T]:
    """Terms of a class, of which at most so many differ from the defaults.

    Terms that contradict each other are not drawn.
    """
    variants = _variants(kind)  # type: ignore[arg-type]

    @st.composite
    def changed(draw: st.DrawFn) -> T:
        names = (
            draw(st.lists(st.sampled_from(sorted(variants)), max_size=most, unique=True)) if variants else ()
        )
        try:
            return kind(**{name: draw(st.sampled_from(variants[name])) for name in names})
        except BankcoreError:
            return kind()

    return changed()


def open_accounts(*parties: str, firms: Collection[str] = (), cash: str = "10,000.00") -> tuple[Any, ...]:
    """Commands for a new book, one commit: identified parties with current accounts and cash on them.

    The parties are persons, but for the `firms` among them; the accounts earn nothing.
    """
    opening: list[Any] = [OpenProgramme("std", DemandTerms.from_data({"rate": "0%"}))]
    for party in parties:
        opening += registration(party, kind="firm" if party in firms else "person")
        opening.append(CashIn(party, Amount.parse(cash, _CNY)))
    return tuple(opening)
