"""Products are found by name and by command, and loaded only then."""

from __future__ import annotations

from datetime import date

import pytest

from bankcore.bank import Bank
from bankcore.errors import ProductTwice, UnknownName
from bankcore.product.catalogue import Catalogue
from bankcore.products import PRODUCTS
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
