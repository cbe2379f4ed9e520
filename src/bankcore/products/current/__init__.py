"""Current accounts (活期): the demand account of every party, its money and its interest.

>>> CURRENT.rules[Transfer].__name__, DemandTerms().dormant_years
('transfer', 3)
"""

from bankcore.product.product import Product
from bankcore.products.current import (
    accounts,
    closing,
    courts,
    interest,
    money,
    orders,
    remittances,
    statuses,
    suspense,
)
from bankcore.products.current.accounts import *
from bankcore.products.current.closing import *
from bankcore.products.current.courts import *
from bankcore.products.current.money import *
from bankcore.products.current.orders import *
from bankcore.products.current.remittances import *
from bankcore.products.current.statuses import *
from bankcore.products.current.suspense import *

__all__ = ["CURRENT"]
__all__ += [*accounts.__all__, *money.__all__, *statuses.__all__, *courts.__all__]
__all__ += [*orders.__all__, *closing.__all__, *suspense.__all__, *remittances.__all__]

CURRENT = Product.of(
    "current", "current accounts of parties",
    accounts.noun, money.noun, statuses.noun, courts.noun, orders.noun, closing.noun,
    suspense.noun, remittances.noun, interest.noun,
    terms=accounts.terms_for,
    roots=("current", "bank:demand", "bank:suspense", "bank:court", "bank:in-transit", "bank:between-books"),
)  # fmt: skip
