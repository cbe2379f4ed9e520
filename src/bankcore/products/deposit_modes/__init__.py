"""Customised deposit modes (自定义存款模式): what enterprises keep money in, each for its use.

After the document CN113706286A, which names six modes and leaves their rules open; they are data here,
so a bank edits them or adds its own.  An enterprise opens a mode, customises it within its bounds from
the next day on, and ends it early by its rule once it has seen the cost:

>>> sales = ModeTerms.from_data(SHIPPED["SALES"])
>>> choices = Choices.from_data({**sales.usual().as_data(), "share": "12.5%", "target": "170.00"})
>>> list(sales.beyond(choices)), DEPOSIT_MODES.rules[OpenMode].__name__
([], 'open_mode')
"""

from bankcore.product.product import Product
from bankcore.products.deposit_modes import (
    accruals,
    agreed,
    claims,
    deposits,
    due,
    endings,
    lots,
    modes,
    openings,
    receipts,
    suggestions,
)
from bankcore.products.deposit_modes.agreed import *
from bankcore.products.deposit_modes.choices import Choices
from bankcore.products.deposit_modes.claims import *
from bankcore.products.deposit_modes.deposits import *
from bankcore.products.deposit_modes.endings import *
from bankcore.products.deposit_modes.lots import *
from bankcore.products.deposit_modes.modes import *
from bankcore.products.deposit_modes.openings import *
from bankcore.products.deposit_modes.receipts import *
from bankcore.products.deposit_modes.shipped import SHIPPED
from bankcore.products.deposit_modes.suggestions import *
from bankcore.products.deposit_modes.terms import ModeTerms
from bankcore.products.enterprise.programmes import PROGRAMMES

_NOUNS = (modes, suggestions, openings, receipts, lots, claims, deposits, agreed, endings, due, accruals)

__all__ = ["DEPOSIT_MODES", "SHIPPED", "Choices", "ModeTerms"]
for _noun in _NOUNS:
    __all__ += _noun.__all__

DEPOSIT_MODES = Product.of(
    "deposit-modes",
    "customised deposit modes of enterprises",
    *(noun.noun for noun in _NOUNS),
    terms=PROGRAMMES.of,
    roots=("platform",),
)
