"""Pictures: a book, a simulation or many runs as one HTML page with charts and tables, in English or 中文.

The page needs nothing else: its pictures are SVG within it, and it has no script.  Making one needs the extra
`report`; `book_page` and its neighbours say what stands on a page, `html` writes it.

>>> from datetime import date
>>> from bankcore.bank import Bank
>>> from bankcore.stores.memory import MemoryStore
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> book_page(bank, "zh").facts[1]
('business date', '2024-05-01')
"""

from bankcore.pictures.frames import Frame
from bankcore.pictures.page import Page, html
from bankcore.pictures.pages import book_page, run_page, search_page, what_if_page
from bankcore.pictures.sections import Chart, Section, Shown
from bankcore.pictures.words import LANGUAGES, Words

__all__ = [
    "LANGUAGES",
    "Chart",
    "Frame",
    "Page",
    "Section",
    "Shown",
    "Words",
    "book_page",
    "html",
    "run_page",
    "search_page",
    "what_if_page",
]
