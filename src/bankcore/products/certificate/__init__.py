"""Certificates of deposit bought by many (存单众筹): small sums that together reach a better rate.

After the document CN113034187A.  One asks for an order; those invited put money into escrow; with the
confirmation that reaches the target the certificate opens at the tier of its total, and is paid at
maturity in proportion to the shares:

>>> from datetime import date
>>> from bankcore.product.interest import Term
>>> from bankcore.rates import Rate
>>> terms = CertificateTerms()
>>> rate = Rate(terms.products[0][2].fraction * terms.tiers.rate_for(10_000_00).fraction)
>>> year = Term(rate, date(2021, 3, 27), date(2022, 3, 27))
>>> str(rate), year.earned(10_000_00, year.end)
('2.45%', Fraction(24500, 1))

Alone each of three would have earned 1.75%.  A share can be left early at the demand rate where the
others keep their tier, or sold; the certificate can be redeemed by consent of all.
"""

from bankcore.product.product import Product
from bankcore.products.certificate import (
    certificates,
    changes,
    config,
    confirmations,
    escrow_interest,
    exits,
    insurance,
    invitations,
    openings,
    orders,
    payments,
    programmes,
    sales,
    shares,
    terminals,
    third_parties,
)
from bankcore.products.certificate.certificates import *
from bankcore.products.certificate.changes import *
from bankcore.products.certificate.config import *
from bankcore.products.certificate.confirmations import *
from bankcore.products.certificate.exits import *
from bankcore.products.certificate.invitations import *
from bankcore.products.certificate.openings import *
from bankcore.products.certificate.orders import *
from bankcore.products.certificate.programmes import *
from bankcore.products.certificate.sales import *
from bankcore.products.certificate.shares import *
from bankcore.products.certificate.terminals import *
from bankcore.products.certificate.third_parties import *

_NOUNS = (
    programmes, third_parties, terminals, config, orders, invitations, changes, confirmations, openings,
    shares, escrow_interest, certificates, exits, sales, payments, insurance,
)  # fmt: skip
CERTIFICATE = Product.of(
    "certificate",
    "certificates of deposit bought by many",
    *(it.noun for it in _NOUNS),
    terms=programmes.PROGRAMMES.of,
)
__all__ = ["CERTIFICATE"]
__all__ += [name for it in _NOUNS for name in it.__all__]
