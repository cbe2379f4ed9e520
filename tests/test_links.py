"""Links to orders: whatever is done to a token, it either says what was written or is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from tests.products.circle import Circle, money

from bankcore.errors import BankcoreError
from bankcore.links import OrderLink, confirmation, link_to, read, write
from bankcore.products.certificate import LinkForged

SECRET = "correct horse battery staple"
EXPIRY = datetime(2024, 1, 20, tzinfo=UTC)
BEFORE = EXPIRY - timedelta(microseconds=1)
LINK = OrderLink("cd", "k", "f" * 64, ("a", "王小明"), EXPIRY)
TOKEN = write(LINK, SECRET)


def refused(token: Any, secret: str = SECRET, now: datetime = BEFORE) -> str:
    with pytest.raises(BankcoreError) as caught:
        read(token, secret, now)
    return caught.value.code


def test_a_link_is_read_until_it_expires() -> None:
    assert read(TOKEN, SECRET, BEFORE) == LINK
    assert refused(TOKEN, now=EXPIRY) == "link_expired"
    assert refused(TOKEN, now=EXPIRY.astimezone(timezone(timedelta(hours=8)))) == "link_expired"


def test_another_secret_signs_another_link() -> None:
    assert refused(TOKEN, secret=SECRET + "!") == "link_forged"
    assert refused(write(LINK, SECRET + "!")) == "link_forged"


def test_what_the_secret_signs_elsewhere_is_no_link() -> None:
    payload = ("cd", "k", "f" * 64, ["a"], EXPIRY.isoformat())
    assert refused(URLSafeSerializer(SECRET).dumps(payload)) == "link_forged"


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "x" * 20_001, 7, None, b"x", TOKEN + "a", TOKEN[:-1]])
def test_garbage_is_no_link(token: Any) -> None:
    assert refused(token) == "link_forged"


def test_a_short_secret_is_refused() -> None:
    assert refused(TOKEN, secret="short") == "bad_usage"


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("aZ0-_."))
def test_an_altered_letter_is_found(place: int, letter: str) -> None:
    altered = TOKEN[:place] + letter + TOKEN[place + 1 :]
    read_back: object = "link_forged"
    with suppress(LinkForged):  # bits of the last letter that nobody reads alter nothing
        read_back = read(altered, SECRET, BEFORE)
    assert read_back in ("link_forged", LINK)


@given(st.text(), st.text(), st.lists(st.text()), st.datetimes(timezones=st.just(UTC)))
def test_any_link_is_read_as_written(order: str, config: str, invited: list[str], expires: datetime) -> None:
    link = OrderLink("cd", order, config, tuple(invited), expires)
    if expires > datetime.min.replace(tzinfo=UTC):
        assert read(write(link, SECRET), SECRET, expires - timedelta(microseconds=1)) == link


# --- from the order to the confirmation ---------------------------------------------------------------


def test_a_link_leads_into_the_order_it_was_written_for() -> None:
    book = Circle()
    book.order("a,b", window=10)
    link = read(write(link_to(book.books, "cd", "k"), SECRET), SECRET, BEFORE)
    assert (link.invited, link.expires_at) == (("a", "b"), datetime(2024, 1, 21, tzinfo=UTC))
    book.deposit("a", "100.00")
    book.do(confirmation(link, "a", money("100.00")))
    assert book.share("a").amount == 100_00
    with pytest.raises(BankcoreError, match="c is not invited"):
        confirmation(link, "c", money("100.00"))


def test_a_link_to_a_configuration_that_was_changed_is_refused() -> None:
    book = Circle()
    book.order()
    link = link_to(book.books, "cd", "k")
    book.change(seats=3)
    book.deposit("b", "100.00")
    fields = book.refused(lambda: book.do(confirmation(link, "b", money("100.00"))))
    assert (fields["code"], fields["agreed"]) == ("config_changed", link.config)


def test_there_is_no_link_to_an_order_that_is_not_open() -> None:
    book = Circle()
    book.request()
    assert book.refused(lambda: link_to(book.books, "cd", "k"))["code"] == "order_closed"
