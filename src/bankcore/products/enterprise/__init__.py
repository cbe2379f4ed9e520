"""Enterprises (企业): what a trading platform and deposit modes both know of the firms they serve.

A programme, the registration of its enterprises by two people, what they did and how partners rate them,
fees and the discount of members, and the entitlements that trade earns.  After the document CN113706286A.
Platform and deposit modes import it, and it neither.

>>> ENTERPRISE.rules[RegisterEnterprise].__name__
'register_enterprise'
"""

from bankcore.product.product import Product
from bankcore.products.enterprise import (
    enterprises,
    entitlements,
    fees,
    inspections,
    participation,
    programmes,
    ratings,
)
from bankcore.products.enterprise.enterprises import *
from bankcore.products.enterprise.entitlements import *
from bankcore.products.enterprise.fees import *
from bankcore.products.enterprise.inspections import *
from bankcore.products.enterprise.participation import *
from bankcore.products.enterprise.programmes import *

__all__ = ["ENTERPRISE"]
for _noun in (programmes, enterprises, inspections, participation, ratings, entitlements, fees):
    __all__ += _noun.__all__

ENTERPRISE = Product.of(
    "enterprise",
    "enterprises that trade and save: registration, fees, entitlements",
    programmes.noun,
    enterprises.noun,
    inspections.noun,
    participation.noun,
    ratings.noun,
    entitlements.noun,
    fees.noun,
    terms=programmes.PROGRAMMES.of,
    roots=("platform",),
)
