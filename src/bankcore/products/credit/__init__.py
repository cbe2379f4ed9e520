"""Credit lines (授信) for consumers and providers, whose limits grow with the points they earn.

After the document CN204731835U.  What is drawn goes to the demand account and is due on a day of a
later month; interest is exact, day by day, and overdue interest begins after a grace.

>>> CREDIT.rules[Draw].__name__, CreditTerms().limit(18_765, 1_000)
('draw', 1100000)
"""

from bankcore.product.product import Product
from bankcore.products.credit import (
    drawings,
    limits,
    lines,
    losses,
    programmes,
    reminders,
    repayments,
    waivers,
)
from bankcore.products.credit.drawings import *
from bankcore.products.credit.limits import *
from bankcore.products.credit.lines import *
from bankcore.products.credit.losses import *
from bankcore.products.credit.programmes import *
from bankcore.products.credit.repayments import *
from bankcore.products.credit.waivers import *

__all__ = ["CREDIT"]
__all__ += drawings.__all__ + limits.__all__ + lines.__all__ + programmes.__all__
__all__ += losses.__all__ + repayments.__all__ + waivers.__all__

CREDIT = Product.of(
    "credit",
    "credit lines that grow with points",
    programmes.noun,
    lines.noun,
    limits.noun,
    drawings.noun,
    repayments.noun,
    waivers.noun,
    reminders.noun,
    losses.noun,
    terms=programmes.PROGRAMMES.of,
)
