"""Payment requests: from the merchant's counter to the client's payment, and every way in which it fails."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.payments import PaymentCode, code_of, payment, read, write
from bankcore.product.actor import Actor
from bankcore.products.wallet import (
    CancelRequest,
    CloseMerchant,
    IssueCode,
    OpenProgramme,
    Pay,
    RequestPayment,
    WithdrawCode,
)
from bankcore.units import Unit

SECRET = "correct horse battery staple"
NOW = datetime(2024, 5, 1, 10, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)


def cny(text: str) -> Amount:
    return Amount.parse(text, Unit("CNY/2"))


def code(book: Any, call: Any) -> str:
    with pytest.raises(BankcoreError) as caught:
        call()
    assert book.sound()
    return caught.value.code


@pytest.fixture
def book(mall: Any) -> Any:
    it = mall(clients=("a", "b"), merchants=("own", "m"), fund="1,000.00", bonus_tiers=[["0", "0%"]])
    for client in "ab":
        it.recharge(client, "100.00")
    return it


def ask(
    book: Any, request: str = "o17", client: str = "", merchant: str = "m", until: datetime = UNTIL
) -> str:
    """The token of a request of 30.00."""
    asked = RequestPayment("o", merchant, request, cny("30.00"), until.isoformat(), client)
    book.bank.handle(
        asked, f"ask-{book.keys}", Actor.parse("merchant:m" if merchant == "m" else "operator:o")
    )
    return write(code_of(book.books, "o", merchant, request), SECRET)


def pay(book: Any, token: str, client: str = "a", now: datetime = NOW, amount: str = "") -> None:
    seen = read(token, SECRET, now)
    command = payment(book.books, seen, client, f"{client}-{book.keys}", now, cny(amount) if amount else None)
    book.do(command)


def test_a_client_pays_what_the_code_asks_for_once(book: Any) -> None:
    token = ask(book)
    pay(book, token)
    assert book.pockets("a")["principal"] == 70_00
    assert book.balance("wallet:o:takings:m") == 30_00
    told = book.books.records("notice", "m:payment-received")
    assert [it.data["amount"] for it in told] == ["30.00 CNY"]
    assert code(book, lambda: pay(book, token, "b")) == "request_paid"
    assert code(book, lambda: code_of(book.books, "o", "m", "o17")) == "request_paid"
    assert code(book, lambda: book.do(CancelRequest("o", "m", "o17"))) == "request_paid"
    rows = book.bank.report("wallet", "requests", Actor.parse("merchant:m")).rows
    assert [(row[2], str(row[4]), row[6], row[8]) for row in rows] == [
        ("o17", "30.00 CNY", "paid", NOW.date())
    ]
    assert book.bank.report("wallet", "requests", Actor.parse("customer:b")).rows == ()


def test_a_token_names_nobody(book: Any) -> None:
    token = ask(book, client="a")
    payload = token.rpartition(".")[0]
    plain = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    reference = code_of(book.books, "o", "m", "o17").reference
    assert plain == f'["{reference}","30.00 CNY","{UNTIL.isoformat()}"]'
    (told,) = book.books.records("notice", "a:payment-request")
    assert told.data["reference"] == reference


def test_who_was_not_asked_does_not_pay(book: Any) -> None:
    token = ask(book, client="a")
    assert code(book, lambda: pay(book, token, "b")) == "request_for_another"
    pay(book, token, "a")
    assert code(book, lambda: ask(book, "o18", client="nobody")) == "not_found"


def test_an_expired_request_is_not_paid(book: Any) -> None:
    token = ask(book)
    assert code(book, lambda: pay(book, token, now=UNTIL)) == "request_expired"
    reference = code_of(book.books, "o", "m", "o17").reference
    late = Pay("o", "a", reference, cny("30.00"), "p", UNTIL.isoformat())
    assert code(book, lambda: book.do(late)) == "request_expired"
    book.close(2)
    early = Pay("o", "a", reference, cny("30.00"), "p", NOW.isoformat())
    assert code(book, lambda: book.do(early)) == "request_expired"  # whatever instant is given
    assert code(book, lambda: ask(book, "o18")) == "request_expired"


def test_a_request_is_paid_through_its_last_second(book: Any) -> None:
    pay(book, ask(book), now=UNTIL - timedelta(microseconds=1))
    assert book.pockets("a")["principal"] == 70_00


def test_a_cancelled_request_is_not_paid(book: Any) -> None:
    token = ask(book)
    book.do(CancelRequest("o", "m", "o17"))
    assert code(book, lambda: pay(book, token)) == "request_cancelled"
    assert code(book, lambda: book.do(CancelRequest("o", "m", "o17"))) == "request_cancelled"
    assert code(book, lambda: ask(book)) == "already_taken"


def test_another_amount_is_refused(book: Any) -> None:
    token = ask(book)
    assert code(book, lambda: pay(book, token, amount="29.99")) == "wrong_amount"
    reference = code_of(book.books, "o", "m", "o17").reference
    command = Pay("o", "a", reference, cny("30.01"), "p", NOW.isoformat())
    assert code(book, lambda: book.do(command)) == "wrong_amount"
    pay(book, token, amount="30.00")


def test_a_forged_code_is_refused(book: Any) -> None:
    token = ask(book)
    cheap = write(PaymentCode(code_of(book.books, "o", "m", "o17").reference, "0.01 CNY", UNTIL), "x" * 16)
    for bad in (token[:-1], token + "a", cheap, "", "a.b", "x" * 1_001, 7):
        assert code(book, lambda bad=bad: pay(book, bad)) == "payment_forged"
    assert code(book, lambda: read(token, "short", NOW)) == "bad_usage"
    stranger = write(PaymentCode("0" * 24), SECRET)
    assert code(book, lambda: pay(book, stranger, amount="1.00")) == "not_found"
    assert (
        code(book, lambda: book.do(Pay("o", "a", "0" * 24, cny("1.00"), "p", NOW.isoformat()))) == "not_found"
    )


def test_a_static_code_takes_any_amount_until_it_is_taken_back(book: Any) -> None:
    book.do(IssueCode("o", "m"))
    token = write(code_of(book.books, "o", "m"), SECRET)
    assert code(book, lambda: pay(book, token)) == "bad_usage"
    pay(book, token, amount="12.34")
    pay(book, token, "b", amount="0.66")
    assert book.balance("wallet:o:takings:m") == 13_00
    book.do(IssueCode("o", "m"))
    assert code(book, lambda: pay(book, token, amount="1.00")) == "request_cancelled"
    newer = write(code_of(book.books, "o", "m"), SECRET)
    pay(book, newer, amount="1.00")
    book.do(WithdrawCode("o", "m"))
    assert code(book, lambda: pay(book, newer, amount="1.00")) == "request_cancelled"
    assert code(book, lambda: book.do(WithdrawCode("o", "m"))) == "request_cancelled"
    assert code(book, lambda: code_of(book.books, "o", "m")) == "request_cancelled"


def test_the_operator_asks_for_its_own_shop_alone(book: Any) -> None:
    pay(book, ask(book, merchant="own"))
    assert book.service() == 30_00
    assert len([*book.books.records("notice", "o:payment-received")]) == 1
    asked = RequestPayment("o", "m", "x", cny("1.00"), UNTIL.isoformat())
    with pytest.raises(BankcoreError) as caught:
        book.bank.handle(asked, "x", Actor.parse("operator:o"))
    assert caught.value.code == "actor_not_permitted"


def test_a_code_of_another_programme_or_of_a_merchant_who_left_is_not_paid(book: Any) -> None:
    token = ask(book)
    reference = code_of(book.books, "o", "m", "o17").reference
    book.cash_in("1.00", "b")
    book.do(OpenProgramme("b"))
    other = Pay("b", "a", reference, cny("30.00"), "p", NOW.isoformat())
    assert code(book, lambda: book.do(other)) == "not_found"
    book.do(CloseMerchant("o", "m"))
    assert code(book, lambda: pay(book, token)) == "merchant_closed"


@pytest.mark.parametrize("text", ["", "soon", "2024-05-01T10:00:00", "2024-05-01", 7])
def test_an_instant_needs_its_offset(text: Any) -> None:
    with pytest.raises(BankcoreError) as caught:
        RequestPayment("o", "m", "x", cny("1.00"), text)
    assert caught.value.code == "bad_command"
