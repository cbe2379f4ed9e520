"""An enterprise platform (企业交易平台): supply and demand, and trade over escrow.

After the document CN113706286A.  Enterprises publish what they sell and want; a match that one side
accepts is a trade, paid into escrow at the bank and released as deliveries are accepted.

>>> PLATFORM.rules[FundEscrow].__name__
'fund_escrow'
"""

from bankcore.product.product import Product
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.products.platform import deadlines, disputes, escrow, market, matching, offers, trades
from bankcore.products.platform.disputes import *
from bankcore.products.platform.escrow import *
from bankcore.products.platform.market import *
from bankcore.products.platform.matching import *
from bankcore.products.platform.offers import *
from bankcore.products.platform.trades import *

__all__ = ["PLATFORM"]
for _noun in (offers, market, matching, trades, escrow, disputes):
    __all__ += _noun.__all__

PLATFORM = Product.of(
    "platform",
    "enterprise platform with escrow",
    offers.noun,
    market.noun,
    matching.noun,
    trades.noun,
    deadlines.noun,  # before the payouts of the same close
    escrow.noun,
    disputes.noun,
    terms=PROGRAMMES.of,
)
