"""The reference of the public names, from their docstrings; `python docs/reference.py` lists what lacks.

Public is what stands in `__all__` of a module listed here, and nothing else.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType

import attrs

from bankcore.errors import BankcoreError

KIT = (
    *("accruals", "actor", "agenda", "approvals", "business_days", "chart", "command", "deferrals", "facts"),
    *("fields", "history", "interest", "notices", "parties", "personal", "plan", "product", "programme"),
    *("records", "refusals", "schedules", "suspense", "term", "terms", "value_dates", "voucher"),
)
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "bank": (
        "The bank and its ledger",
        (
            *("bankcore", "bankcore.ledger.reading.financials", "bankcore.ledger.reading.journal"),
            *("bankcore.links", "bankcore.payments"),
        ),
    ),
    "values": (
        "Money, rates, days",
        ("bankcore.amounts", "bankcore.rates", "bankcore.units", "bankcore.calendars", "bankcore.zones"),
    ),
    "product": (
        "The kit for writing products",
        (
            "bankcore.product",
            *(f"bankcore.product.{name}" for name in KIT),
        ),
    ),
    "embedding": (
        "Embedding in a service",
        (
            *("bankcore.aio", "bankcore.joining", "bankcore.ledger.observing", "bankcore.telemetry"),
            "bankcore.interchange.accounts",
        ),
    ),
    "stores": ("For a store of your own", ("bankcore.ledger.ports",)),
    "testing": ("The test kit", ("bankcore.testing", "bankcore.testing.strategies")),
    "exports": (
        "Exports",
        tuple(f"bankcore.interchange.exports.{name}" for name in ("beancount", "camt053", "hledger", "rows")),
    ),
    "pictures": ("Pages with pictures", ("bankcore.pictures",)),
    "imports": ("Imports", ("bankcore.interchange.imports",)),
    "reconciling": (
        "Statements of banks",
        ("bankcore.reconciliation", "bankcore.interchange.statements", "bankcore.reconciling.statements"),
    ),
    "shards": ("Several books", ("bankcore.shards.shards",)),
    "schemas": ("Output in JSON", ("bankcore.schemas",)),
    "operating": ("Operating a book", ("bankcore.doctor", "bankcore.prometheus")),
    "simulation": (
        "Simulation",
        tuple(f"bankcore.simulation.{name}" for name in ("runner", "scenario", "grids", "search")),
    ),
}


INTRODUCTION = """Public is what stands in `__all__` of a module listed here; everything else may change
without notice. The commands of a product are the names in `bankcore.products.PRODUCT.__all__`;
[cli.md](../cli.md) describes their fields, and [errors.md](../errors.md) every error with its code.
[stability.md](../stability.md) says what stays."""


def public(module: str) -> Iterator[tuple[str, object]]:
    loaded = importlib.import_module(module)
    for name in loaded.__all__:
        yield name, getattr(loaded, name)


def documented() -> Iterator[tuple[str, str, object]]:
    """Each public class and function once, with the first module that offers it."""
    seen = set()
    for _, modules in PAGES.values():
        for module in modules:
            for name, value in public(module):
                if (inspect.isclass(value) or inspect.isroutine(value)) and id(value) not in seen:
                    seen.add(id(value))
                    yield module, name, value


def members(value: type) -> Iterator[tuple[str, object]]:
    """The public methods and properties that a class, or a base of it in bankcore, defines."""
    seen = {it.name for it in attrs.fields(value)} if attrs.has(value) else set()
    for base in value.__mro__:
        if not base.__module__.startswith("bankcore"):
            continue
        for name, member in vars(base).items():
            plain = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            if name.startswith(("_", "test_")) or name in seen:  # the name of a test says all
                continue
            if inspect.isfunction(plain) or isinstance(plain, property):
                seen.add(name)
                yield name, plain


def signature(name: str, value: object) -> str:
    """How a thing is called, the same in every process (no addresses of objects)."""
    if isinstance(value, property):
        return name + result(inspect.signature(value.fget), ": ") if value.fget else name
    if inspect.isclass(value) and issubclass(value, Enum):
        return f"{name}: {', '.join(value.__members__)}"
    if inspect.isclass(value) and getattr(value, "_is_protocol", False):
        return f"class {name}(Protocol)"
    if inspect.isclass(value) and attrs.has(value):
        taken = [it for it in attrs.fields(value) if it.init]
        shown = ["*" if it.kw_only else "" for it in taken]
        stars = shown.index("*") if "*" in shown else None
        listed = [named(it.name, it.type, it.default, attrs.NOTHING) for it in taken]
        if stars is not None:
            listed.insert(stars, "*")
        return f"{name}({', '.join(listed)})"
    try:
        seen = inspect.signature(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    return f"{name}({', '.join(parameters(seen))}){result(seen, ' -> ')}"


def parameters(seen: inspect.Signature) -> Iterator[str]:
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    before = None
    for it in seen.parameters.values():
        if it.name in ("self", "cls"):
            continue
        if it.kind is it.KEYWORD_ONLY and before not in (it.KEYWORD_ONLY, it.VAR_POSITIONAL):
            yield "*"
        if before is it.POSITIONAL_ONLY and it.kind is not before:
            yield "/"
        before = it.kind
        yield stars.get(it.kind, "") + named(it.name, it.annotation, it.default, it.empty)


def named(name: str, kind: object, default: object, without: object) -> str:
    """A parameter with its type and its default."""
    shown = f"{name}: {typed(kind)}" if kind not in (None, inspect.Parameter.empty) else name
    if default is without:
        return shown
    if isinstance(default, Enum):
        return f"{shown} = {type(default).__name__}.{default.name}"
    plain = repr(default)
    if inspect.isroutine(default):
        plain = default.__name__
    return f"{shown} = {'...' if '<' in plain or isinstance(default, attrs.Factory) else plain}"  # type: ignore[arg-type]


def typed(kind: object) -> str:
    text = kind if isinstance(kind, str) else getattr(kind, "__forward_arg__", None)
    text = text or (
        kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__origin__") else str(kind)
    )
    return re.sub(
        r"\b(?:bankcore|collections|datetime|fractions|typing)(?:\.[a-z_]+)*\.(?=[A-Za-z])", "", text
    )


def result(seen: inspect.Signature, joint: str) -> str:
    return "" if seen.return_annotation is seen.empty else joint + typed(seen.return_annotation)


def prose(text: str) -> str:
    """A docstring as Markdown: examples in blocks of their own."""
    parts = []
    for it in doctest.DocTestParser().parse(text):
        if isinstance(it, doctest.Example):
            first, *more = it.source.rstrip("\n").split("\n")
            lines = [f">>> {first}", *(f"... {line}".rstrip() for line in more), *it.want.splitlines()]
            parts.append("```pycon\n" + "\n".join(lines) + "\n```")
        elif it.strip():
            parts.append(inspect.cleandoc(it))
    return "\n\n".join(parts).replace("\n```\n\n```pycon\n", "\n")


def entry(name: str, value: object, level: str) -> Iterator[str]:
    yield f"{level} `{name}`"
    yield f"```python\n{signature(name, value)}\n```"
    yield prose(inspect.getdoc(value) or "")
    if inspect.isclass(value) and not issubclass(value, BankcoreError):
        for member, plain in members(value):
            yield from entry(f"{name}.{member}", plain, level + "#")


def page(title: str, modules: tuple[str, ...]) -> str:
    parts = [f"# {title}", "<!-- Written by `make docs`; edit the docstrings instead. -->"]
    for module in modules:
        parts += [f"## {module}", prose(inspect.getdoc(importlib.import_module(module)) or "")]
        here = {id(value): name for where, name, value in documented() if where == module}
        for name, value in public(module):
            if here.get(id(value)) == name:
                parts += entry(name, value, "###")
            elif inspect.isclass(value) or inspect.isroutine(value):
                parts += [f"### `{name}`", f"See `{value.__module__}.{name}`."]
    return "\n\n".join(part for part in parts if part) + "\n"


def contents() -> str:
    """The page that lists all others, with the names on each."""
    parts = ["# Reference", "<!-- Written by `make docs`; edit docs/reference.py instead. -->", INTRODUCTION]
    for name, (title, modules) in PAGES.items():
        names = (", ".join(f"`{it}`" for it, _ in public(module)) for module in modules)
        rows = "\n".join(f"- `{module}`: {listed}" for module, listed in zip(modules, names, strict=True))
        parts.append(f"## [{title}]({name}.md)\n\n{rows}")
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """The text of each page, by file name."""
    made = {f"{name}.md": page(title, modules) for name, (title, modules) in PAGES.items()}
    return {"README.md": contents(), **made}


# --- what lacks ------------------------------------------------------------------------------


SOURCE = Path(str(inspect.getsourcefile(importlib.import_module("bankcore")))).parent


@cache
def examples() -> frozenset[str]:
    """The names in all examples that the tests run: docstrings of the package, and pages beside this file."""
    here = Path(__file__).parent
    files = [*here.glob("*.md"), here.parent / "README.md", *SOURCE.rglob("*.py")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    found: set[str] = set()
    for text in texts:
        for line in text.splitlines():
            if line.lstrip().startswith((">>> ", "... ")):
                found.update(re.findall(r"\w+", line))
    return frozenset(found)


def raised(value: Callable[..., object]) -> Iterator[str]:
    """The names of the errors of ours that a function raises by itself."""
    try:
        code = inspect.getsource(value)
    except (OSError, TypeError):
        return
    module: ModuleType | None = inspect.getmodule(value)
    for name in re.findall(r"^\s+raise (\w+)\(", code, re.MULTILINE):
        error = getattr(module, name, None)
        if inspect.isclass(error) and issubclass(error, BankcoreError):
            yield name


def untyped(value: Callable[..., object]) -> bool:
    seen = inspect.signature(value)
    parameters = [it for name, it in seen.parameters.items() if name not in ("self", "cls")]
    return any(it.annotation is it.empty for it in parameters) or seen.return_annotation is seen.empty


def lacks() -> Iterator[str]:
    """A line for each public name without a docstring, a type, the errors that it raises, or an example."""
    for module, name, value in documented():
        where = f"{module}.{name}"
        if inspect.isclass(value) and issubclass(value, BankcoreError):
            continue  # docs/errors.md has them whole, with code and sentence
        if not value.__doc__:
            yield f"{where}: no docstring"
        if name not in examples():
            yield f"{where}: no example"
        functions = [(where, value)] if inspect.isroutine(value) else []
        if inspect.isclass(value):
            functions = [
                (f"{where}.{it}", plain) for it, plain in members(value) if inspect.isfunction(plain)
            ]
        for at, function in functions:
            text = inspect.getdoc(function) or ""
            if not text:
                yield f"{at}: no docstring"
            if untyped(function):
                yield f"{at}: a parameter or the result has no type"
            for error in raised(function):
                if error not in text and getattr(inspect.getmodule(function), error).code not in text:
                    yield f"{at}: raises {error} and does not say so"


if __name__ == "__main__":
    found = list(lacks())
    print("\n".join(found))
    sys.exit(bool(found))
