"""Loans (贷款) repaid in instalments, made on a match that the borrower accepted.

After the document CN105913315A.  A contract is signed and disbursed; at the close of each due day what
is due is collected from the demand account:

>>> from datetime import date
>>> from bankcore.amounts import Amount
>>> terms = LoanTerms.from_data({"rate": "7.20%"})
>>> table = preview(terms, Amount.parse("50,000.00", "CNY/2"), 6, date(2024, 1, 31))
>>> str(table.rows[0][2]), str(table.rows[-1][2])
('8,509.21 CNY', '8,509.18 CNY')

What is not paid in time bears penalty; a fee becomes income by the effective rate.
"""

from bankcore.product.product import Product
from bankcore.products.loan import (
    accruals,
    collateral,
    contracts,
    coverage,
    extensions,
    guarantees,
    index,
    loans,
    losses,
    portfolio,
    programmes,
    repayments,
    repricing,
    waivers,
)
from bankcore.products.loan.collateral import *
from bankcore.products.loan.contracts import *
from bankcore.products.loan.coverage import *
from bankcore.products.loan.extensions import *
from bankcore.products.loan.guarantees import *
from bankcore.products.loan.index import *
from bankcore.products.loan.loans import *
from bankcore.products.loan.losses import *
from bankcore.products.loan.portfolio import *
from bankcore.products.loan.programmes import *
from bankcore.products.loan.repayments import *
from bankcore.products.loan.waivers import *

__all__ = ["LOAN"]
__all__ += contracts.__all__ + loans.__all__ + losses.__all__ + programmes.__all__ + repayments.__all__
__all__ += collateral.__all__ + coverage.__all__ + guarantees.__all__
__all__ += extensions.__all__ + index.__all__ + portfolio.__all__ + waivers.__all__

LOAN = Product.of(
    "loan",
    "loans repaid in instalments",
    programmes.noun,
    index.noun,
    loans.noun,
    portfolio.noun,
    contracts.noun,
    repayments.noun,
    repricing.noun,
    waivers.noun,
    extensions.noun,
    coverage.noun,
    collateral.noun,
    guarantees.noun,
    accruals.noun,
    losses.noun,
    terms=index.terms_for,
)
