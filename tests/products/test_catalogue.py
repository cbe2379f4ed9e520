"""Products are found by name and by command, and loaded only then."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from bankcore.bank import Bank
from bankcore.errors import ProductTwice, ProductUnusable, UnknownName
from bankcore.product.catalogue import Catalogue
from bankcore.products import PRODUCTS, outside
from bankcore.products.current import CURRENT
from bankcore.products.platform import PLATFORM
from bankcore.products.wallet import WALLET, Recharge
from bankcore.stores.memory import MemoryStore


def test_every_home_leads_to_the_product_of_that_name() -> None:
    assert [product.name for product in PRODUCTS] == list(PRODUCTS.names)


def test_a_catalogue_is_a_sequence() -> None:
    assert PRODUCTS[0] is WALLET
    assert PRODUCTS[-1:] == [CURRENT]
    assert len(PRODUCTS) == len(PRODUCTS.names)
    assert PLATFORM in PRODUCTS


def test_products_are_found_by_name_and_by_command() -> None:
    some = Catalogue.of([PLATFORM, WALLET])
    assert Catalogue.of(some) is some
    assert some.named("wallet") is WALLET
    assert [some.selling(Recharge), some.selling(Recharge), some.selling(int)] == [WALLET, WALLET, None]
    with pytest.raises(UnknownName, match="there is no product 'loan'; known: platform, wallet"):
        some.named("loan")


def test_a_product_that_nobody_loaded_sells_no_command() -> None:
    far = Catalogue({"far": "bankcore.products.nowhere:FAR", "wallet": "bankcore.products.wallet:WALLET"})
    assert far.selling(Recharge) is WALLET
    assert far.selling(int) is None


def test_two_products_of_one_name_are_refused() -> None:
    with pytest.raises(ProductTwice) as refused:
        Bank.create(MemoryStore(), opened_on=date(2025, 1, 1), products=[WALLET, PLATFORM, WALLET])
    assert refused.value.name == "wallet"


def found() -> Mapping[str, str]:
    return {"wallet": "bankcore.products.wallet:WALLET"}


def test_what_is_found_outside_stands_before_the_last() -> None:
    some = Catalogue({"platform": PLATFORM, "current": CURRENT}, outside=found, last=("current",))
    assert some.knows("platform")
    assert some.those(["current", "platform"]) == [PLATFORM, CURRENT]
    assert some.selling(Recharge) is WALLET  # its module is loaded
    assert some.names == ("platform", "wallet", "current")
    assert some.those(["current", "nothing", "wallet"]) == [WALLET, CURRENT]


def test_a_name_found_outside_may_not_be_taken() -> None:
    with pytest.raises(ProductTwice):
        _ = Catalogue({"wallet": WALLET}, outside=found).names


@pytest.mark.parametrize(
    ("home", "reason"),
    [
        ("bankcore.products.nowhere:FAR", "ModuleNotFoundError"),
        ("bankcore.products.wallet:FAR", "AttributeError"),
        ("bankcore.products.wallet:WALLET", "it is not a product of this name"),
    ],
)
def test_a_home_without_the_product_is_told(home: str, reason: str) -> None:
    with pytest.raises(ProductUnusable, match=reason):
        Catalogue({}, outside=lambda: {"far": home}).named("far")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def installed(site: Path, package: str, home: str) -> None:
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\nSummary: {package}\n"
    )
    (info / "entry_points.txt").write_text(f"[{outside.GROUP}]\njar = {home}\n")


def test_packages_name_their_products(site: Path) -> None:
    installed(site, "jars", "jars:JAR")
    assert outside.homes() == {"jar": "jars:JAR"}
    assert outside.summaries() == {"jar": "jars"}
    installed(site, "pots", "pots:JAR")
    with pytest.raises(ProductTwice):
        outside.homes()
