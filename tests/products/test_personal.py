"""Personal data is shown masked, whatever its shape."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from bankcore.bank import Bank
from bankcore.errors import BadCommand
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.fields import id_, personal
from bankcore.product.forms import as_data, fill
from bankcore.product.personal import mask, masked
from bankcore.render import sheets
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张", "*"),
        ("张三", "张*"),
        ("欧阳 修", "欧* *"),
        ("1381234567", "********67"),
        ("+86-138-1234-5678", "+86**********5678"),
        ("E12345678", "*******78"),
        ("a@b.cn", "*@b.cn"),
        ("Li Lei；13812345678", "L* L**；138****5678"),
        ("", ""),
    ],
)
def test_masks(text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text(min_size=1))
def test_no_word_stays_readable(text: str) -> None:
    hidden = mask(text)
    assert len(hidden) == len(text)
    assert all("*" in word for word in hidden.split() if word.strip(",;，；、"))


def test_whole_tables_are_masked_at_any_depth() -> None:
    data = {
        "id": 7,
        "facts": [
            {"personal": {"name": "Li Lei", "ids": ["13812345678"], "n": 12345, "ok": True, "no": None}}
        ],
        "personal": "Han Mei",
    }
    assert masked(data) == {
        "id": 7,
        "facts": [
            {"personal": {"name": "L* L**", "ids": ["138****5678"], "n": "***45", "ok": True, "no": None}}
        ],
        "personal": "H** M**",
    }


@frozen
class Invite:
    """A command with something personal in it."""

    guest: str = id_("the guest")
    phone: str = personal("the guest's phone")


def test_a_command_keeps_what_is_personal_in_a_table() -> None:
    form = as_data(Invite("g1", "13812345678"))
    assert form == {"guest": "g1", "personal": {"phone": "13812345678"}}
    assert masked(form) == {"guest": "g1", "personal": {"phone": "138****5678"}}
    assert fill(Invite, form, CNY) == fill(Invite, {"guest": "g1", "phone": "13812345678"}, CNY)
    with pytest.raises(BadCommand):
        fill(Invite, {"guest": "g1", "personal": "13812345678"}, CNY)
    for wrong in ("x" * 201, 5):
        with pytest.raises(BadCommand, match="phone"):
            Invite("g1", wrong)  # type: ignore[arg-type]


def test_a_transaction_is_shown_masked() -> None:
    bank = Bank.create(
        MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 5, 1, tzinfo=UTC)
    )
    data = {"place": "Ningbo", "personal": {"contact": "13812345678"}}
    record = Record("party", "x", data)
    bank.ledger.post(
        Transaction(kind="note", effective_on=bank.today, records=(record,), details=data, key="k")
    )
    entry = bank.ledger.entry(1)
    sheet = sheets.entry(entry, None, ())
    assert "13812345678" not in str(sheet)
    assert "138****5678" in str(sheet.tables[1])
    assert entry.transaction.records[0].data["personal"]["contact"] == "13812345678"
