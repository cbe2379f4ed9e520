"""Consumption points (消费积分) of many providers on one unified card of a party, and their credit points.

After the document CN204731835U.  A provider agrees with a class of consumers how many points its
orders earn; the order pays the provider, remits the points to the consumer's card and puts money
behind them, all in one transaction:

>>> from bankcore.amounts import Amount
>>> order = PlaceOrder("card", "g1", "c001", "o1", Amount.parse("33.33", "CNY/2"))
>>> rule = POINTS.rules[PlaceOrder]  # (terms, command, books) -> Plan
>>> rule.__name__, PointsTerms.from_data({"value": "4/5"}).worth(49)
('place_order', 39)
"""

from bankcore.product.product import Product
from bankcore.products.points import (
    agreements,
    cards,
    expiries,
    lots,
    members,
    merges,
    orders,
    partners,
    programmes,
    providers,
    redemptions,
    remittances,
    replacements,
    rights,
    sales,
    terminals,
    transfers,
    warnings,
)
from bankcore.products.points.agreements import *
from bankcore.products.points.cards import *
from bankcore.products.points.merges import *
from bankcore.products.points.orders import *
from bankcore.products.points.partners import *
from bankcore.products.points.programmes import *
from bankcore.products.points.providers import *
from bankcore.products.points.redemptions import *
from bankcore.products.points.remittances import *
from bankcore.products.points.replacements import *
from bankcore.products.points.sales import *
from bankcore.products.points.terminals import *
from bankcore.products.points.transfers import *

_NOUNS = (
    programmes,
    providers,
    terminals,
    agreements,
    cards,
    replacements,
    lots,
    expiries,
    warnings,
    members,
    orders,
    remittances,
    redemptions,
    partners,
    transfers,
    merges,
    rights,
    sales,
)
POINTS = Product.of(
    "points",
    "consumption points on one unified card",
    *(it.noun for it in _NOUNS),
    terms=programmes.PROGRAMMES.of,
)
__all__ = ["POINTS"]
__all__ += [name for it in _NOUNS for name in it.__all__]
