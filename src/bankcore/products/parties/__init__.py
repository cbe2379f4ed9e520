"""Parties (客户): one register of the persons and firms that the whole bank deals with.

>>> PARTIES.rules[IdentifyParty].__name__, PartyTerms().retention_years
('identify', 5)
"""

from bankcore.product.product import Product
from bankcore.products.parties import erasure, homes, places, register, representatives
from bankcore.products.parties.erasure import *
from bankcore.products.parties.homes import *
from bankcore.products.parties.places import *
from bankcore.products.parties.register import *
from bankcore.products.parties.representatives import *

__all__ = ["PARTIES"]
__all__ += [*register.__all__, *representatives.__all__, *homes.__all__, *places.__all__, *erasure.__all__]

PARTIES = Product.of(
    "parties", "register of persons and firms", register.noun, representatives.noun, homes.noun,
    places.noun, erasure.noun,
    terms=register.terms_for,
)  # fmt: skip
