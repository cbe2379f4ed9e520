"""Journals of hledger, which Ledger's reader reads too."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from bankcore.errors import BankcoreError
from bankcore.interchange.imports import Told, read_journal

SEEDS = (
    "Y2024\nD $1,000.00\n\n1/2=1/3 * (c) payee | note  ; k: v\n  assets:cash  $ 1,200.50 = $5 ; [=2024/2/1]\n"
    "  (a:b)  1E3 X\n  [c]  -1.5 EUR @@ $2\n  [d]\n  rest\n",
    "commodity 1.000,00 SEK\naccount a:b  ; type:A\nalias a = c\ninclude *.none\napply account x\n"
    '2024-01-02 x\n  a  10 "ABC 1" {$5} [2024-01-01] (n) @ $4\n  b  = 0\nend apply account\n'
    "~ monthly\n  x  5\n",
    "bucket a\ncomment\nx\nend comment\n2024.1.2 ! x\n  ! b  ($1 * (3 + 2) / 4)\nP 2024/1/1 X $1\n"
    "i 2024/1/1 10:00 x\n",
)
FOLDER = Path(mkdtemp(prefix="bankcore-fuzz-"))


def read(text: str) -> Told:
    file = FOLDER / "a.journal"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(BankcoreError):
        read_journal(file, "ledger")
    return read_journal(file, "hledger")
