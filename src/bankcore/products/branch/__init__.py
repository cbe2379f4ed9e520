"""Branch network with online marketing (银行网点在线营销): leads, matches, products, queues, campaigns.

After the document CN105913315A.  Sources find leads; with their consent they are screened, matched
with banks' due-diligence templates, pushed to branches, and choose; loans are another product's.  The
headquarters keeps a product library, and budgets for campaigns:

>>> from datetime import date
>>> from bankcore.products.branch.matching import Place, best
>>> place = Place("t1", "icbc", "west", date(2024, 5, 1), 0, 0, Criteria.from_data({"price": "6%"}))
>>> firm = FirmProfile.from_data({"price": "8%", "least": "100,000.00", "most": "300,000.00"})
>>> [str(match.score) for match in best(BranchTerms(), [place], firm, date(2024, 5, 2), {"west": 4})]
['68']
"""

from bankcore.product.product import Product
from bankcore.products.branch import (
    acquisition,
    alerts,
    appointments,
    blacklist,
    branches,
    campaigns,
    clicks,
    customers,
    feedback,
    fragments,
    leads,
    library,
    managers,
    matches,
    news,
    places,
    programmes,
    pushes,
    questions,
    queues,
    receivables,
    referrals,
    rewards,
    rounds,
    sites,
    templates,
    visits,
    waiting,
)
from bankcore.products.branch.acquisition import *
from bankcore.products.branch.alerts import *
from bankcore.products.branch.appointments import *
from bankcore.products.branch.blacklist import *
from bankcore.products.branch.branches import *
from bankcore.products.branch.campaigns import *
from bankcore.products.branch.clicks import *
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.customers import *
from bankcore.products.branch.feedback import *
from bankcore.products.branch.fragments import *
from bankcore.products.branch.leads import *
from bankcore.products.branch.library import *
from bankcore.products.branch.managers import *
from bankcore.products.branch.matches import *
from bankcore.products.branch.news import *
from bankcore.products.branch.programmes import *
from bankcore.products.branch.pushes import *
from bankcore.products.branch.questions import *
from bankcore.products.branch.queues import *
from bankcore.products.branch.receivables import *
from bankcore.products.branch.referrals import *
from bankcore.products.branch.rewards import *
from bankcore.products.branch.rounds import *
from bankcore.products.branch.sites import *
from bankcore.products.branch.templates import *
from bankcore.products.branch.visits import *
from bankcore.products.branch.waiting import *

_NOUNS = (
    programmes, branches, acquisition, fragments, customers, blacklist, leads, managers, templates, matches,
    pushes, rounds, feedback, library, clicks, appointments, visits, queues, waiting, sites, news,
    questions, campaigns, rewards, referrals, receivables, places, alerts,
)  # fmt: skip
BRANCH = Product.of(
    "branch",
    "branch network with online marketing",
    *(it.noun for it in _NOUNS),
    terms=programmes.PROGRAMMES.of,
)
__all__ = ["BRANCH", "Criteria", "FirmProfile"]
__all__ += [name for it in _NOUNS for name in it.__all__]
