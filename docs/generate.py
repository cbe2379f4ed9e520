"""Write the pages that come from the code (errors, commands, reference), and documents.md from its table.

`--check` fails with a diff where they are stale.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import commands
import reference
import scenarios

from bankcore import errors
from bankcore.errors import BankcoreError
from bankcore.product import Product

DOCS = Path(__file__).parent
ORIGIN = "<!-- Written by `make docs`; edit the code instead. -->"


def refusals() -> Iterator[tuple[str, list[ModuleType]]]:
    """The modules with the refusals of the kit, then those of every product, ordered by name."""
    yield "product", [importlib.import_module("bankcore.product.refusals")]
    products = importlib.import_module("bankcore.products")
    for package in pkgutil.walk_packages(products.__path__, "bankcore.products."):
        name = package.name.rpartition(".")[2]
        if package.ispkg and find_spec(f"{package.name}.refusals"):
            yield name, [importlib.import_module(f"{package.name}.refusals")]
        elif package.ispkg:
            nouns = [importlib.import_module(it) for it in nouns_of(package.name)]
            if any(own_errors(module) for module in nouns):
                yield name, nouns


def nouns_of(package: str) -> Sequence[str]:
    """The modules of a package's product, in its order; none where it has no product of its own."""
    made = (it for it in vars(importlib.import_module(package)).values() if isinstance(it, Product))
    return next((product.modules for product in made), ())


def catalogues() -> Iterator[ModuleType]:
    """The modules of `bankcore.errors`, the roots first, then those with refusals of the rooms above."""
    modules = (
        importlib.import_module(f"bankcore.errors.{it.name}") for it in pkgutil.iter_modules(errors.__path__)
    )
    yield from sorted(
        modules, key=lambda module: (module.__name__ != "bankcore.errors.roots", module.__name__)
    )
    yield from (
        importlib.import_module(f"bankcore.{room}.refusals")
        for room in ("interchange.imports", "replay", "shards", "simulation")
    )


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def own_errors(*modules: ModuleType) -> list[type[BankcoreError]]:
    """The error classes that modules define, in their order."""
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, BankcoreError)
        and value.__module__ == module.__name__
    ]


def error_table(*modules: ModuleType) -> str:
    rows = ["| code and class | exit | sentence | cause | what to do |", "| --- | --- | --- | --- | --- |"]
    for error in own_errors(*modules):
        home = "bankcore.errors" if error.__module__.startswith("bankcore.errors.") else error.__module__
        exit_status = f"{error.exit_status}{', transient' if error.transient else ''}"
        cells = (cell(error.sentence), cell(error.__doc__ or ""), cell(error.remedy))
        rows.append(f"| `{error.code}`<br>`{home}.{error.__name__}` | {exit_status} | {' | '.join(cells)} |")
    return "\n".join(rows)


def errors_page() -> str:
    parts = [
        "# Errors",
        ORIGIN,
        "Each class has one cause; its code never changes. The exit status is that of the command line.\n"
        "After a transient error the same call may succeed later without anybody's help.  Where no cause is\n"
        "given the sentence says it; `remedy` of a class is the last column.",
    ]
    for module in catalogues():
        name = module.__name__.removesuffix(".refusals").rpartition(".")[2]
        parts += [f"## {name.capitalize()}", str(module.__doc__), error_table(module)]
    for product, modules in refusals():
        title = "Refusals of any product" if product == "product" else f"Refusals of the product `{product}`"
        parts += [f"## {title}", error_table(*modules)]
    return "\n\n".join(parts) + "\n"


DOCUMENTS = {
    "000": "Enterprise trading platform and customised deposit modes (CN113706286A)",
    "001": "Crowdfunding of a certificate of deposit (CN113034187A)",
    "002": "Wealth system with a reserve account (CN105096188A)",
    "003": "Consumption points, credit points and credit lines (CN204731835U)",
    "004": "Online marketing of a branch network (CN105913315A)",
}


def scenario_of(number: str) -> Iterator[str]:
    """Where a document can be watched from its first step to its last."""
    for file in sorted((DOCS.parent / "examples").glob(f"document-{number}-*.toml")):
        at = f"examples/{file.name}"
        yield f"Step by step: [{at}](../{at}) (`bankcore simulate {at}`)."


def documents_page() -> str:
    """What each of the five documents asks for, with the commands and reports that show it."""
    elements = tomllib.loads((DOCS / "documents.toml").read_text(encoding="utf-8"))["element"]
    lines = [
        "# The five documents, element by element",
        "<!-- Written by `make docs` from documents.toml; edit that instead. -->",
        "Each element is shown by the commands and reports beside it (`bankcore COMMAND`, `bankcore report "
        "REPORT`), and walked by the test named last, below `tests/`.",
    ]
    for number, title in DOCUMENTS.items():
        rows = ["| element | 中文 | commands | reports | test |", "| --- | --- | --- | --- | --- |"]
        for it in elements:
            if it["document"] == number:
                shown = ("<br>".join(f"`{name}`" for name in it[kind]) for kind in ("commands", "reports"))
                test = it["test"].removeprefix("tests/")
                rows.append(f"| {it['what']} | {it['zh']} | {' | '.join(shown)} | `{test}` |")
        lines += [f"## {number} · {title}", *scenario_of(number), "\n".join(rows)]
    return "\n\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    made = {DOCS / "errors.md": errors_page(), DOCS / "documents.md": documents_page()}
    made |= {DOCS / name: text for room in (commands, scenarios) for name, text in room.pages().items()}
    return made | {DOCS / "reference" / name: text for name, text in reference.pages().items()}


def stale(path: Path, text: str) -> str:
    """The difference between the page on disk and the page as it should be; empty where equal."""
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    before, after = kept.splitlines(keepends=True), text.splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"{path.name} (kept)", f"{path.name} (code)"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is stale")
    if not parser.parse_args().check:
        for path, text in pages().items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    difference = "".join(stale(path, text) for path, text in pages().items())
    if difference:
        print(difference + "\nstale: run `make docs`")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
