"""Rows of a CSV file under a fixed map."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from bankcore.replay import Mapping
from bankcore.replay.rows import Row, read_rows
from fuzz.mappings import MAP

MAPPING = Mapping.parse(MAP)
HEADER = "day;id;client;type;amount;balance;delta;text\n"
SEEDS = (
    HEADER
    + '01.02.2024;1;a;in;1.000,00;1.000,00;0,00;first\n02.02.2024;2;a;out;0,50;999,60;0,10;"two\nlines"\n',
    HEADER + "01.02.2024;1;a;in;0;0;0;\n\n",
    HEADER.replace(";", ",") + "1,2\n",
)
FOLDER = Path(mkdtemp(prefix="bankcore-fuzz-"))


def read(text: str) -> list[Row]:
    file = FOLDER / "rows.csv"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return list(read_rows(file, MAPPING))


# To come: the JSON of a proof, once `bankcore prove check` reads one.
