"""The rules of the house that no linter knows; import-linter and ruff keep the others."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from bankcore.errors import BankcoreError

SRC = Path(__file__).parents[1] / "src" / "bankcore"
FILES = sorted(SRC.rglob("*.py"))

EXACT = {"amounts", "ledger", "product", "products", "rates", "units"}  # no float
PURE = EXACT | {"calendars", "errors"}  # no clock, chance, file
LOADER = "load_calendar"  # the one pure-room function that reads package data
LINES = 400  # of a file
LINES_OF_A_FUNCTION = 60  # from `def` to its last line, the docstring among them
VAGUE = {"base", "common", "helpers", "manager", "utils"}
ARROWS = {  # a product, and those that it may import
    "deposit_modes": {"enterprise"},
    "platform": {"deposit_modes", "enterprise"},
}
CLOCKS = {"now", "today", "utcnow"}
IMPURE_CALLS = {"input", "open", "print"}
IMPURE_MODULES = {"io", "os", "pathlib", "random", "secrets", "socket", "sqlite3", "subprocess", "time"}


def place(file: Path) -> str:
    return file.relative_to(SRC).as_posix()


def room(file: Path) -> str:
    """The top-level package or module of bankcore that a file belongs to."""
    return file.relative_to(SRC).parts[0].removesuffix(".py")


def per_file(rooms: set[str] | None = None) -> pytest.MarkDecorator:
    files = [file for file in FILES if rooms is None or room(file) in rooms]
    return pytest.mark.parametrize("file", files, ids=place)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def without_loader(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.FunctionDef) and child.name == LOADER):
            yield child
            yield from without_loader(child)


def floats(module: ast.Module) -> list[int]:
    """Lines with a float or complex literal or a call of `float`."""
    return [
        node.lineno
        for node in ast.walk(module)
        if (isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]


def impurities(module: ast.Module) -> list[str]:
    """What reads a clock, chance or the outside, outside of the calendar loader."""
    found = []
    for node in without_loader(module):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names if name.name.split(".")[0] in IMPURE_MODULES]
            case ast.ImportFrom(module=str(name), level=0) if name.split(".")[0] in IMPURE_MODULES:
                found.append(name)
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                found.append(name)
            case ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=name) if name in CLOCKS:
                found.append(name)
            case ast.Attribute(value=ast.Attribute(attr="date" | "datetime"), attr=name) if name in CLOCKS:
                found.append(name)
    return found


def siblings(file: Path, module: ast.Module, packages: set[str]) -> list[str]:
    """Other product packages that a product's file imports, but those that it may import."""
    inside = file.relative_to(SRC).parts  # products, wallet, rules.py
    others = packages - {inside[1]} - ARROWS.get(inside[1], set())
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from . import x` in a/b/c.py starts at a.b, `from .. import x` at a, and so on
            start = [] if node.level == 0 else ["bankcore", *inside][: len(inside) + 1 - node.level]
            origin = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"{origin}.{name.name}" for name in node.names]
        else:
            continue
        for name in names:
            match name.split("."):
                case ["bankcore", "products", other, *_] if other in others:
                    found.append(name)
    return found


def undocumented(module: ast.Module) -> list[str]:
    """Public names without a docstring; an error class with a `sentence` explains itself."""
    found = [] if ast.get_docstring(module) or not module.body else ["the module"]
    for node in module.body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        speaks = isinstance(node, ast.ClassDef) and any(
            isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "sentence" for line in node.body
        )
        signature = "overload" in map(ast.unparse, node.decorator_list)
        if not (node.name.startswith("_") or speaks or signature or ast.get_docstring(node)):
            found.append(node.name)
    return found


def long_functions(module: ast.Module, most: int) -> list[str]:
    """The functions and methods of more lines than that, those inside of others too."""
    return [
        f"{node.name}: {lines}"
        for node in ast.walk(module)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > most
    ]


@per_file(EXACT)
def test_money_knows_no_float(file: Path) -> None:
    assert not floats(tree(file))


@per_file(PURE)
def test_pure_rooms_see_no_clock_chance_or_file(file: Path) -> None:
    assert not impurities(tree(file))


@per_file()
def test_room_keeps_its_size(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LINES, "split it by noun"


@per_file()
def test_function_can_be_read_at_a_glance(file: Path) -> None:
    assert not long_functions(tree(file), LINES_OF_A_FUNCTION)


@per_file()
def test_name_says_what_is_inside(file: Path) -> None:
    assert not VAGUE & {part.removesuffix(".py") for part in file.relative_to(SRC).parts}


@per_file()
def test_public_names_are_documented(file: Path) -> None:
    assert not undocumented(tree(file))


@per_file({"products"})
def test_products_are_no_siblings(file: Path) -> None:
    packages = {package.parent.name for package in (SRC / "products").glob("*/__init__.py")}
    assert not siblings(file, tree(file), packages) or file == SRC / "products" / "__init__.py"


# --- the rules themselves find what they are for -----------------------------------------------


@pytest.mark.parametrize("code", ["rate = 0.5", "float('1')", "z = 1j"])
def test_floats_are_found(code: str) -> None:
    assert floats(ast.parse(code))


def test_refusing_a_float_by_type_is_no_float() -> None:
    assert not floats(ast.parse("isinstance(value, float)"))


@pytest.mark.parametrize(
    "code",
    [
        "import time",
        "from random import choice",
        "import os.path",
        "datetime.now()",
        "datetime.datetime.utcnow()",
        "date.today()",
        "open('rates.csv')",
    ],
)
def test_impurities_are_found(code: str) -> None:
    assert impurities(ast.parse(code))
    assert not impurities(ast.parse(f"def {LOADER}():\n    {code}"))


@pytest.mark.parametrize(
    "code",
    [
        "import bankcore.products.points",
        "from bankcore.products import points",
        "from bankcore.products.points import earn",
        "from .. import points",
        "from ..points import earn",
    ],
)
def test_siblings_are_found(code: str) -> None:
    assert siblings(SRC / "products/wallet/rules.py", ast.parse(code), {"points", "wallet"})


@pytest.mark.parametrize(
    "code", ["from . import terms", "from .terms import Terms", "from ..plans import Plan"]
)
def test_the_own_package_and_the_plain_modules_of_products_are_no_siblings(code: str) -> None:
    assert not siblings(SRC / "products/wallet/rules.py", ast.parse(code), {"points", "wallet"})


def test_what_products_share_is_imported_one_way() -> None:
    packages = {"deposit_modes", "enterprise", "loan", "platform"}
    code = ast.parse("from bankcore.products import deposit_modes, enterprise, loan, platform")
    found = {it: siblings(SRC / f"products/{it}/rules.py", code, packages) for it in packages}
    assert found["platform"] == ["bankcore.products.loan"]
    assert found["deposit_modes"] == ["bankcore.products.loan", "bankcore.products.platform"]
    assert len(found["enterprise"]) == len(found["loan"]) == 3


def test_missing_docstrings_are_found() -> None:
    code = '"""Doc."""\nclass Bad(Error):\n    sentence = "no"\ndef _own(): ...\ndef shown(): ...\n'
    assert undocumented(ast.parse(f"{code}@overload\ndef it(): ...")) == ["shown"]


@pytest.mark.parametrize(
    "code", ["def f():\n    a\n    b", "class A:\n    async def f(self):\n        a\n        b"]
)
def test_long_functions_are_found(code: str) -> None:
    assert long_functions(ast.parse(code), 2) == ["f: 3"]
    assert not long_functions(ast.parse(f"@decorated\n{code}") if code[0] == "d" else ast.parse(code), 3)


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter holds once it has run the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stderr.split())


PACKAGES = {f"bankcore.products.{it.parent.name}" for it in (SRC / "products").glob("*/__init__.py")}
SELDOM = {"dateutil", "importlib.resources", "itsdangerous", "secrets", "sqlite_utils", "tomllib"}


def test_a_bank_is_imported_without_its_products_and_what_is_seldom_needed() -> None:
    assert not loaded_by("from bankcore import Bank, MemoryStore, SqliteStore") & (
        PACKAGES | SELDOM | {"click", "bankcore.cli", "bankcore.render", "bankcore.simulation"}
    )


def test_a_command_that_reads_loads_no_product(tmp_path: Path) -> None:
    book = str(tmp_path / "a.db")
    code = "from bankcore.cli import main\nmain({}, standalone_mode=False)"
    loaded_by(code.format(["init", "--book", book]))
    assert not loaded_by(code.format(["balance", "--json", "--book", book])) & (PACKAGES | SELDOM)


def test_a_group_of_commands_loads_its_own_product() -> None:
    code = "from bankcore.cli import main\ntry: main(['wallet', '--help'])\nexcept SystemExit: pass"
    assert loaded_by(code) & PACKAGES == {"bankcore.products.wallet"}


def refusals() -> Iterator[type[BankcoreError]]:
    """Every error class that can be raised: those below all rooms, and those of the rooms themselves."""
    files = [file for file in SRC.rglob("*.py") if "sentence = " in file.read_text(encoding="utf-8")]
    names = (".".join(file.relative_to(SRC.parent).with_suffix("").parts) for file in sorted(files))
    for catalogue in map(import_module, names):
        for error in vars(catalogue).values():
            if (
                isinstance(error, type)
                and error.__module__ == catalogue.__name__
                and "sentence" in vars(error)
            ):
                yield error


def test_every_refusal_is_named_by_a_test() -> None:
    files = (file for file in Path(__file__).parent.rglob("*.py") if file != Path(__file__))
    words = set(re.findall(r"\w+", "\n".join(file.read_text(encoding="utf-8") for file in files)))
    errors = [error for error in refusals() if error is not BankcoreError]
    assert len(errors) > 80
    codes = [error.code for error in errors]
    assert sorted(set(codes)) == sorted(codes)
    assert [error.code for error in errors if not {error.__name__, error.code} & words] == []
