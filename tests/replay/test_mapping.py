"""A map is read strictly: what is missing, unknown or of another kind is named with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bankcore.errors import AmountOverflow, BadAmount, BadDate, BadFile, BadMapping
from bankcore.ledger.accounts import AccountType, Side
from bankcore.replay import Mapping, read_mapping

from .conftest import MAP


def changed(old: str, new: str) -> str:
    assert old in MAP
    return MAP.replace(old, new, 1)


def test_a_map_is_read() -> None:
    mapping = Mapping.parse(MAP)
    assert mapping.key.fill({"id": "7"}) == "shop:7"
    assert [sign.side for sign in mapping.signs] == [Side.CREDIT, Side.DEBIT]
    assert mapping.contras[0].kind == "fee"
    assert mapping.contras[1].kind == "replay"
    assert mapping.contras[1].when.holds({})
    assert mapping.account.type is AccountType.LIABILITY
    assert mapping.balance is not None
    assert mapping.balance.rounding is not None
    assert ("account.path", "client") in mapping.columns
    assert ("sign[1].when.type", "type") in mapping.columns


def test_the_optional_parts_may_be_missing() -> None:
    start, _, rest = MAP.partition("[[sign]]")
    contra = rest[rest.index("[[contra]]") : rest.index("[balance]")]
    bare = (
        start.replace('[file]\norder = ["day", "id"]\n', "").replace('description = "{text}"\n', "") + contra
    )
    mapping = Mapping.parse(bare)
    assert (mapping.signs, mapping.order, mapping.balance) == ((), (), None)
    assert mapping.description.fill({}) == ""
    assert Mapping.parse(bare + '[balance]\ncolumn = "balance"\n').balance is not None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("key = ", "the map"),
        ("x = " + "[" * 5_000, "the map"),
        ("", "amount"),
        (changed('key = "shop:{id}"', ""), "key"),
        (changed('key = "shop:{id}"', 'key = ""'), "key"),
        (changed('key = "shop:{id}"', "key = 5"), "key"),
        (changed('key = "shop:{id}"', 'key = "shop:{id"'), "key"),
        (changed('key = "shop:{id}"', 'key = "{}"'), "key"),
        (changed('key = "shop:{id}"', 'key = "k"\ncolour = "red"'), "colour"),
        (changed('order = ["day", "id"]', 'order = "day"'), "file.order"),
        (changed('order = ["day", "id"]', "order = [1]"), "file.order"),
        (changed("[file]", '[file]\ndelimiter = ";;"'), "file.delimiter"),
        (changed("[file]", "[file]\ndelimiter = '\"'"), "file.delimiter"),
        (changed("[file]", '[file]\nencoding = "hex"'), "file.encoding"),
        (changed("[file]", '[file]\nencoding = "klingon"'), "file.encoding"),
        (changed("[file]", '[file]\nencoding = "rot13"'), "file.encoding"),
        (changed("[file]", "[file]\nskip = 1"), "file.skip"),
        (changed("[date]", '[date]\nformat = "%Y"'), "date.format"),
        (changed("[date]", '[date]\nformat = "%d.%d.%Y"'), "date.format"),
        (changed("[date]", '[date]\nformat = "%"'), "date.format"),
        (changed("[date]", "[date]\nformat = 1"), "date.format"),
        (changed('unit = "CNY/2"', 'unit = "yuan"'), "amount.unit"),
        (changed('unit = "CNY/2"', 'unit = "CNY/2"\ndecimal = "1"'), "amount.decimal"),
        (changed('unit = "CNY/2"', 'unit = "CNY/2"\ndecimal = "-"'), "amount.decimal"),
        (changed('unit = "CNY/2"', 'unit = "CNY/2"\nthousands = "."'), "amount.thousands"),
        (changed('unit = "CNY/2"', 'unit = "CNY/2"\nthousands = "+"'), "amount.thousands"),
        (changed('column = "amount"', 'credit = "in"'), "amount.debit"),
        (changed('column = "amount"', 'credit = "in"\ndebit = "out"\ncolumn = "amount"'), "amount.column"),
        (changed('column = "amount"', 'credit = "in"\ndebit = "out"'), "sign"),
        (changed('type = "liability"', 'type = "piggy"'), "account.type"),
        (changed('type = "liability"', 'type = "liability"\nfloor = "0.001"'), "account.floor"),
        (changed('type = "liability"', 'type = "liability"\nfloor = 0'), "account.floor"),
        (changed('type = "liability"', 'type = "liability"\nunit = "CNY/2"'), "account.unit"),
        (changed('side = "credit"', 'side = "left"'), "sign[1].side"),
        (changed('side = "credit"', 'side = "credit"\nelse = 1'), "sign[1].else"),
        (changed('{ type = "in" }', "{ type = 1 }"), "sign[1].when.type"),
        (changed('{ type = "in" }', "{ type = [] }"), "sign[1].when.type"),
        (changed('{ type = "in" }', '"in"'), "sign[1].when"),
        (changed('path = "bank:cash"', 'path = "bank cash"'), "contra[2].path"),
        (changed('column = "balance"', 'column = "balance"\nslack = 1'), "balance.slack"),
        (changed('type = "expense"', 'type = "expense"\nslack = 1'), "balance.rounding.slack"),
        (MAP[: MAP.index("[[contra]]")], "contra"),
        (changed("key =", "contra = []\nkey =").partition("[[contra]]")[0], "contra"),
        (changed("key =", "sign = 1\nkey =").replace("[[sign]]", "[[more]]"), "sign"),
    ],
)
def test_a_wrong_map_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BadMapping) as refusal:
        Mapping.parse(text)
    assert refusal.value.place == place


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "quantity"),
    [
        (".", "", "1234.5", 123450),
        (".", ",", "1,234.56", 123456),
        (",", ".", "-1.234,56", -123456),
        (",", " ", "1 234,56", 123456),
        (",", "", "+0,10", 10),
    ],
)
def test_amounts_are_read_in_the_notation_of_the_file(
    decimal: str, thousands: str, text: str, quantity: int
) -> None:
    marks = f'decimal = "{decimal}"\nthousands = "{thousands}"'
    assert Mapping.parse(changed('unit = "CNY/2"', f'unit = "CNY/2"\n{marks}')).read_amount(text) == quantity


@pytest.mark.parametrize(
    "text", ["1,000.00", "1.005", "1e3", "", "nan", "١", "1.0.0", "--1", "-+1", "1-", "(1)", "€1"]
)
def test_other_amounts_are_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        Mapping.parse(MAP).read_amount(text)


def test_a_refused_amount_is_shown_as_the_file_has_it() -> None:
    with pytest.raises(
        BadAmount, match=r"'1,000.00' is not an amount: its separators are not those in the map"
    ):
        Mapping.parse(MAP).read_amount("1,000.00")


def test_an_amount_stays_within_64_bits() -> None:
    with pytest.raises(AmountOverflow):
        Mapping.parse(MAP).read_amount("92233720368547758.08")


def test_dates_are_read_in_the_format_of_the_file() -> None:
    mapping = Mapping.parse(changed("[date]", '[date]\nformat = "%d.%m.%Y"'))
    assert mapping.read_date("31.12.2024") == date(2024, 12, 31)
    for text in ("2024-12-31", "31.02.2024", "٣١.12.2024", ""):
        with pytest.raises(BadDate):
            mapping.read_date(text)


def test_a_map_is_read_from_a_file(write: Callable[..., Path], tmp_path: Path) -> None:
    assert read_mapping(write(MAP, "map.toml")).key.columns == ("id",)
    for path in (tmp_path / "missing.toml", tmp_path, write(b"\xff", "latin.toml"), tmp_path / "nul\0"):
        with pytest.raises(BadFile):
            read_mapping(path)
