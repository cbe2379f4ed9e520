"""Payment requests: from the merchant's counter to the client's payment, and every way in which it fails."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.products.holders import cny

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

SECRET = "correct horse battery staple"
NOW = datetime(2024, 5, 1, 10, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)


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
    book.refused("request_paid", lambda: pay(book, token, "b"))
    book.refused("request_paid", lambda: code_of(book.books, "o", "m", "o17"))
    book.refused("request_paid", lambda: book.do(CancelRequest("o", "m", "o17")))
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
    book.refused("request_for_another", lambda: pay(book, token, "b"))
    pay(book, token, "a")
    book.refused("not_found", lambda: ask(book, "o18", client="nobody"))


def test_an_expired_request_is_not_paid(book: Any) -> None:
    token = ask(book)
    book.refused("request_expired", lambda: pay(book, token, now=UNTIL))
    reference = code_of(book.books, "o", "m", "o17").reference
    late = Pay("o", "a", reference, cny("30.00"), "p", UNTIL.isoformat())
    book.refused("request_expired", lambda: book.do(late))
    book.close_days(2)
    early = Pay("o", "a", reference, cny("30.00"), "p", NOW.isoformat())
    book.refused("request_expired", lambda: book.do(early))  # whatever instant is given
    book.refused("request_expired", lambda: ask(book, "o18"))


def test_a_request_is_paid_through_its_last_second(book: Any) -> None:
    pay(book, ask(book), now=UNTIL - timedelta(microseconds=1))
    assert book.pockets("a")["principal"] == 70_00


def test_a_cancelled_request_is_not_paid(book: Any) -> None:
    token = ask(book)
    book.do(CancelRequest("o", "m", "o17"))
    book.refused("request_cancelled", lambda: pay(book, token))
    book.refused("request_cancelled", lambda: book.do(CancelRequest("o", "m", "o17")))
    book.refused("already_taken", lambda: ask(book))


def test_another_amount_is_refused(book: Any) -> None:
    token = ask(book)
    book.refused("wrong_amount", lambda: pay(book, token, amount="29.99"))
    reference = code_of(book.books, "o", "m", "o17").reference
    command = Pay("o", "a", reference, cny("30.01"), "p", NOW.isoformat())
    book.refused("wrong_amount", lambda: book.do(command))
    pay(book, token, amount="30.00")


def test_a_forged_code_is_refused(book: Any) -> None:
    token = ask(book)
    cheap = write(PaymentCode(code_of(book.books, "o", "m", "o17").reference, "0.01 CNY", UNTIL), "x" * 16)
    for bad in (token[:-1], token + "a", cheap, "", "a.b", "x" * 1_001, 7):
        book.refused("payment_forged", lambda bad=bad: pay(book, bad))
    book.refused("bad_usage", lambda: read(token, "short", NOW))
    stranger = write(PaymentCode("0" * 24), SECRET)
    book.refused("not_found", lambda: pay(book, stranger, amount="1.00"))
    book.refused("not_found", lambda: book.do(Pay("o", "a", "0" * 24, cny("1.00"), "p", NOW.isoformat())))


def test_a_static_code_takes_any_amount_until_it_is_taken_back(book: Any) -> None:
    book.do(IssueCode("o", "m"))
    token = write(code_of(book.books, "o", "m"), SECRET)
    book.refused("bad_usage", lambda: pay(book, token))
    pay(book, token, amount="12.34")
    pay(book, token, "b", amount="0.66")
    assert book.balance("wallet:o:takings:m") == 13_00
    book.do(IssueCode("o", "m"))
    book.refused("request_cancelled", lambda: pay(book, token, amount="1.00"))
    newer = write(code_of(book.books, "o", "m"), SECRET)
    pay(book, newer, amount="1.00")
    book.do(WithdrawCode("o", "m"))
    book.refused("request_cancelled", lambda: pay(book, newer, amount="1.00"))
    book.refused("request_cancelled", lambda: book.do(WithdrawCode("o", "m")))
    book.refused("request_cancelled", lambda: code_of(book.books, "o", "m"))


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
    book.refused("not_found", lambda: book.do(other))
    book.do(CloseMerchant("o", "m"))
    book.refused("merchant_closed", lambda: pay(book, token))


@pytest.mark.parametrize("text", ["", "soon", "2024-05-01T10:00:00", "2024-05-01", 7])
def test_an_instant_needs_its_offset(text: Any) -> None:
    with pytest.raises(BankcoreError) as caught:
        RequestPayment("o", "m", "x", cny("1.00"), text)
    assert caught.value.code == "bad_command"
