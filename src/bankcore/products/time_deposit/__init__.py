"""Time deposits (定期存款): what points can buy, together with their redemption, in one transaction.

>>> TIME_DEPOSIT.rules[OpenDeposit].__name__, DepositTerms().months
('open_deposit', 3)
"""

from bankcore.product.product import Product
from bankcore.products.time_deposit import deposits, programmes
from bankcore.products.time_deposit.deposits import *
from bankcore.products.time_deposit.programmes import *

__all__ = ["TIME_DEPOSIT"]
__all__ += programmes.__all__ + deposits.__all__

TIME_DEPOSIT = Product.of(
    "time-deposit",
    "deposits for a fixed time",
    programmes.noun,
    deposits.noun,
    terms=programmes.PROGRAMMES.of,
)
