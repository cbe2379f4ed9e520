"""Ledgers of Beancount."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from bankcore.interchange.imports import Told, read_journal

SEEDS = (
    'option "title" "x"\nplugin "y"\n2020-01-01 open Assets:A EUR "FIFO"\n  k: "v"\n'
    "2020-01-01 pad Assets:A Equity:B\n2020-01-02 balance Assets:A 5.00 ~ 0.01 EUR\n"
    "2020-01-08 close Assets:A\n",
    'pushtag #t\n2020-01-03 * "p" "n" ^l\n  k: 5\n  Assets:F  10 FUND {2.00 EUR, 2020-01-01, "l"} @ 3 EUR\n'
    "  ! Assets:A  -(10.00 + 20.00/2) EUR\n  Assets:C\npoptag #t\n",
    '2020-01-05 price F 2.0 EUR\n2020-01-05 note Assets:A "x"\n2020-01-05 event "a" "b"\n'
    '2020-01-05 custom "x" 1 TRUE\n2020-01-05 commodity F\n  unit: "F/3"\n'
    '2020-01-05 document Assets:A "x"\ninclude "none"\n',
)
FOLDER = Path(mkdtemp(prefix="bankcore-fuzz-"))


def read(text: str) -> Told:
    file = FOLDER / "a.beancount"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_journal(file, "beancount")
