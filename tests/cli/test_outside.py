"""A product of another installed package: on the command line, in closes, in verify, in scenarios."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

JAR = '''
from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product import Noun, Phase, Plan, Product, Role, Voucher, chart, fields, programme, term
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms

noun = Noun(__name__)
JAR = chart.liability("jar:{programme}:{jar}")


@frozen(kw_only=True)
class JarTerms(Terms):
    """What a jar is."""

    least: int = term.amount(1_00, "smallest gift", least=1)


PROGRAMMES = Programme("jar", JarTerms)


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer jars."""

    terms: JarTerms = fields.of_terms("the terms", JarTerms)


@frozen
class Give:
    """Put money into a jar (储钱罐)."""

    may = {Role.OFFICER: ""}
    programme: str = fields.id_("the programme")
    jar: str = fields.id_("the jar")
    amount: Amount = fields.amount("the gift")


@noun.rule(OpenProgramme)
def open_programme(terms, command, books):
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"jars {command.programme}")


@noun.rule(Give)
def give(terms, command, books):
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    path = JAR(command.programme, command.jar)
    voucher.open_again(JAR.account(command.programme, command.jar, unit=terms.unit, on=books.today))
    voucher.open(chart.CASH.account(unit=terms.unit, on=books.today))
    voucher.move(chart.CASH(), path, terms.minor_units(command.amount))
    return voucher.plan("give", f"a gift into jar {command.jar}")


@noun.invariant("jars hold what was given")
def held(books):
    return iter(())


PRODUCT = Product.of("jar", "jars for gifts", noun, terms=PROGRAMMES.of)
'''


def installed(folder: Path, package: str, points: str, code: str = "") -> None:
    """Lay a package out as an installer does."""
    (folder / f"{package}.py").write_text(code, encoding="utf-8")
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\nSummary: gifts in jars\n"
    )
    (info / "entry_points.txt").write_text(f"[bankcore.products]\n{points}\n")


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str, path: str = "site") -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PYTHONPATH": str(tmp_path / path),
            "BANKCORE_BOOK": str(tmp_path / "book.db"),
        }
        program = [sys.executable, "-m", "bankcore", *arguments]
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)

    (tmp_path / "site").mkdir()
    return run


def test_a_product_from_outside_is_sold_closed_and_verified(tmp_path: Path, run: Run) -> None:
    installed(tmp_path / "site", "jars", "jar = jars:PRODUCT", JAR)
    assert "Products of other packages:\n  jar  gifts in jars" in run("--help").stdout
    assert "Put money into a jar" in run("jar", "--help").stdout
    given = [
        ("init", "--opened-on", "2024-05-01"),
        ("jar", "open-programme", "--programme", "kids"),
        ("jar", "give", "--programme", "kids", "--jar", "li", "--amount", "3.00"),
        ("close-day", "--on", "2024-05-01"),
    ]
    for arguments in given:
        assert (done := run(*arguments)).returncode == 0, done.stderr
    assert "3.00" in run("balance", "jar").stdout
    assert run("verify").returncode == 0
    refused = run("close-day", "--on", "2024-05-02", path="elsewhere")
    assert (refused.returncode, "not installed here: jar" in refused.stderr) == (3, True)
    assert run("verify", path="elsewhere").returncode != 0


def test_a_newer_version_is_upgraded_and_an_older_one_refused(tmp_path: Path, run: Run) -> None:
    newer = JAR.replace("terms=PROGRAMMES.of)", "terms=PROGRAMMES.of, version=2)").replace(
        "@noun.invariant",
        "@noun.upgrade(2)\ndef colour(books):\n    return ()\n\n\n@noun.invariant",
    )
    for folder, code in (("site", JAR), ("newer", newer)):
        (tmp_path / folder).mkdir(exist_ok=True)
        installed(tmp_path / folder, "jars", "jar = jars:PRODUCT", code)
    run("init", "--opened-on", "2024-05-01")
    assert run("jar", "open-programme", "--programme", "kids").returncode == 0
    for arguments in (("jar", "open-programme", "--programme", "more"), ("verify",), ("report", "jar", "x")):
        refused = run(*arguments, path="newer")
        assert (refused.returncode, "bankcore products upgrade jar" in refused.stderr) == (3, True)
    assert "invariants of jar" in run("verify", path="newer").stdout
    assert "bank.product" in run("products", "upgrade", "jar", "--preview", path="newer").stdout
    listed = run("products", "list", "--csv", path="newer").stdout.splitlines()
    assert listed[1].startswith('jar,1,2,"the book has records of version 1 of jar')
    assert run("products", "upgrade", "jar", path="newer").returncode == 0
    assert run("products", "list", "--csv", path="newer").stdout.splitlines()[1] == "jar,2,2,"
    assert run("verify", path="newer").returncode == 0
    older = run("close-day", "--on", "2024-05-01")
    assert (older.returncode, "[product_older]" in older.stderr) == (3, True)


def test_a_scenario_uses_it(tmp_path: Path, run: Run) -> None:
    installed(tmp_path / "site", "jars", "jar = jars:PRODUCT", JAR)
    scenario = tmp_path / "gifts.toml"
    scenario.write_text(
        """
start = 2024-05-01
end = 2024-05-03
[programme.kids]
product = "jar"
[[step]]
every = "day"
do = "give"
with = { programme = "kids", jar = "li", amount = "2.00" }
[[step]]
on = 2024-05-03
after_close = true
expect = { balance = "jar:kids:li", equals = "6.00" }
"""
    )
    done = run("simulate", str(scenario))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "points",
    ["wallet = jars:PRODUCT", "balance = jars:PRODUCT"],
    ids=["another product's name", "a command's name"],
)
def test_a_name_that_is_taken_is_refused(tmp_path: Path, run: Run, points: str) -> None:
    installed(tmp_path / "site", "jars", points, JAR)
    refused = run("jar", "give")
    assert (refused.returncode, "there are two products named" in refused.stderr) == (2, True)


def test_two_packages_with_one_name_are_refused(tmp_path: Path, run: Run) -> None:
    installed(tmp_path / "site", "jars", "jar = jars:PRODUCT", JAR)
    installed(tmp_path / "site", "pots", "jar = pots:PRODUCT", JAR)
    refused = run("jar", "give")
    assert (refused.returncode, "there are two products named 'jar'" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("PRODUCT = 7", "it is not a product of this name"),
        (JAR.replace('Product.of("jar"', 'Product.of("pot"'), "it is not a product of this name"),
    ],
    ids=["broken", "something else", "another name"],
)
def test_a_product_that_cannot_be_loaded_says_why(tmp_path: Path, run: Run, code: str, reason: str) -> None:
    installed(tmp_path / "site", "jars", "jar = jars:PRODUCT", code)
    refused = run("jar", "give")
    assert refused.returncode == 2
    assert "[product_unusable]" in refused.stderr
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run("wallet", "--help").returncode == 0  # the others go on
