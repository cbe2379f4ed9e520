"""The drivers of products, so that a test can open as many programmes as it needs."""

from __future__ import annotations

import pytest
from tests.products.circle import Circle
from tests.products.lender import Lender
from tests.products.mall import Mall


@pytest.fixture(scope="session")
def mall() -> type[Mall]:
    return Mall


@pytest.fixture(scope="session")
def circle() -> type[Circle]:
    return Circle


@pytest.fixture(scope="session")
def lender() -> type[Lender]:
    return Lender
