"""Meal cards (餐卡): an employer tops them up, employees pay with them at registered shops.

>>> sorted(MEAL_CARD.commands)[:3]
['change-terms', 'close-card', 'close-shop']
"""

from bankcore.product import Product
from meal_card import cards, expiries, programmes, purchases, shops, top_ups
from meal_card.cards import CloseCard, OpenCard
from meal_card.programmes import ChangeTerms, MealTerms, OpenProgramme
from meal_card.purchases import Spend
from meal_card.shops import CloseShop, RegisterShop
from meal_card.top_ups import TopUp

__all__ = [
    "MEAL_CARD",
    "ChangeTerms",
    "CloseCard",
    "CloseShop",
    "MealTerms",
    "OpenCard",
    "OpenProgramme",
    "RegisterShop",
    "Spend",
    "TopUp",
]

MEAL_CARD = Product.of(
    "meal-card",
    "meal cards that employers top up",
    programmes.noun,
    cards.noun,
    top_ups.noun,
    shops.noun,
    purchases.noun,
    expiries.noun,
    terms=programmes.PROGRAMMES.of,
    version=1,
)
