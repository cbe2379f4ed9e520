"""Imports: journals of hledger, Ledger and Beancount, taken into a book.

`read_journal` reads a file as plain data (`told`), whatever its syntax; `take_in` opens the accounts and
posts the transactions.  What has no place in a book is named with its line (`Gap`).
"""

from bankcore.interchange.imports.reading import FORMATS, read_journal
from bankcore.interchange.imports.refusals import BadJournal, ImportIncomplete, NotRepresented, TypesUnknown
from bankcore.interchange.imports.taking import Refused, Taken, TakenAccount, take_in
from bankcore.interchange.imports.told import Declared, Gap, Leg, Place, Told, ToldTransaction

__all__ = [
    "FORMATS",
    "BadJournal",
    "Declared",
    "Gap",
    "ImportIncomplete",
    "Leg",
    "NotRepresented",
    "Place",
    "Refused",
    "Taken",
    "TakenAccount",
    "Told",
    "ToldTransaction",
    "TypesUnknown",
    "read_journal",
    "take_in",
]
