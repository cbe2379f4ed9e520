"""Reading a journal whose format is named, or guessed by its name and its first lines.

>>> guess(Path("a.dat"), ""), guess(Path("a.txt"), "2024-01-01 open Assets:Cash"), guess(Path("a.txt"), "")
('ledger', 'beancount', 'hledger')
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from bankcore.errors import BadUsage, UnknownName
from bankcore.interchange.imports.hledger import read_hledger
from bankcore.interchange.imports.told import Told
from bankcore.readers import text_of

__all__ = ["FORMATS", "guess", "read_journal"]

FORMATS: Final = ("hledger", "ledger", "beancount")
_ENDINGS: Final = {
    **dict.fromkeys((".journal", ".hledger", ".j"), "hledger"),
    **dict.fromkeys((".ledger", ".dat", ".ldg", ".lgr"), "ledger"),
    **dict.fromkeys((".beancount", ".bean", ".bc"), "beancount"),
}
_BEANCOUNT: Final = re.compile(
    r'^(?:option\s+"|plugin\s+"|[0-9]{4}-[0-9]{2}-[0-9]{2}\s+(?:open|commodity|\*\s+"|txn\s+"|balance)\b)',
    re.MULTILINE,
)
_SAMPLE: Final = 20_000  # characters that tell a format


def guess(path: Path, text: str) -> str:
    """The format of a journal, by the ending of its name, else by its first lines."""
    known = _ENDINGS.get(path.suffix.lower())
    return known or ("beancount" if _BEANCOUNT.search(text[:_SAMPLE]) else "hledger")


def read_journal(path: str | Path, form: str = "", *, year: int | None = None) -> Told:
    """What a journal tells; without a format it is guessed, `year` is that of dates without one.

    Raises BadJournal with the line that cannot be read, BadFile, UnknownName for another format, and
    LibraryMissing where a ledger of Beancount is read without Beancount; BadUsage for one with a year.
    """
    path = Path(path)
    form = form or guess(path, "" if path.suffix.lower() in _ENDINGS else text_of(path))
    if form not in FORMATS:
        raise UnknownName("format", form, ", ".join(FORMATS))
    if form == "beancount":
        if year is not None:
            raise BadUsage("a year is for hledger and ledger: dates of Beancount have their own")
        from bankcore.interchange.imports.beancount import read_beancount

        return read_beancount(path)
    return read_hledger(path, ledger=form == "ledger", year=year)
