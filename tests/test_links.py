"""Links to orders: whatever is done to a token, it either says what was written or is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from tests.products.circle import Circle
from tests.products.holders import cny

from bankcore.errors import BankcoreError
from bankcore.links import OrderLink, confirmation, link_to, nonce_for, read, write
from bankcore.product.actor import Actor
from bankcore.products.certificate import (
    Confirm,
    InitiateOrder,
    IssueLink,
    LinkForged,
    PermitThirdParty,
    RegisterThirdParty,
    RevokeLink,
)
from bankcore.products.parties import SuspendParty

SECRET = "correct horse battery staple"
EXPIRY = datetime(2024, 1, 20, tzinfo=UTC)
BEFORE = EXPIRY - timedelta(microseconds=1)
LINK = OrderLink("cd", "k", "f" * 64, "n1", EXPIRY)
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
    payload = ("cd", "k", "f" * 64, "n1", EXPIRY.isoformat())
    assert refused(URLSafeSerializer(SECRET).dumps(payload)) == "link_forged"


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "x" * 1_001, 7, None, b"x", TOKEN + "a", TOKEN[:-1]])
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


IDS = st.from_regex(r"\w{1,40}", fullmatch=True)


@given(IDS, IDS, IDS, st.binary(min_size=32, max_size=32), st.datetimes(timezones=st.just(UTC)))
def test_any_link_is_read_as_written(
    programme: str, order: str, nonce: str, config: bytes, expires: datetime
) -> None:
    link = OrderLink(programme, order, config.hex(), nonce, expires)
    if expires > datetime.min.replace(tzinfo=UTC):
        assert read(write(link, SECRET), SECRET, expires - timedelta(microseconds=1)) == link


# --- from the order to the confirmation ---------------------------------------------------------------

OPEN = nonce_for(SECRET, "issue-1")  # the nonce of a link with places


def token(book: Circle, nonce: str = OPEN) -> str:
    return write(link_to(book.books, "cd", "k", nonce), SECRET)


def join(book: Circle, token: str, participant: str, amount: str = "100.00", actor: str = "") -> None:
    command = confirmation(read(token, SECRET, BEFORE), participant, cny(amount))
    book.do(command, actor or f"customer:{participant}")


def opened(customers: str = "abcd", invited: str = "", places: int = 2, **config: Any) -> Circle:
    """An order of a with one link; everybody has 100.00."""
    book = Circle(customers)
    book.request(**config)
    book.invite(invited, nonce=OPEN, places=places)
    for customer in customers:
        book.deposit(customer, "100.00")
    return book


def test_a_decoded_token_names_nobody() -> None:
    book = opened(invited="b,c", window=10)
    made = token(book)
    content = URLSafeSerializer(SECRET, salt="bankcore.order-link").loads(made)
    assert content == ["cd", "k", book.read().digest, OPEN, "2024-01-21T00:00:00+00:00"]


def test_a_nonce_is_the_same_for_one_key_and_guessed_by_nobody() -> None:
    assert nonce_for(SECRET, "issue-1") == OPEN != nonce_for(SECRET, "issue-2")
    assert nonce_for(SECRET + "!", "issue-1") != OPEN
    assert len(OPEN) == 24


def test_a_link_expires_when_its_last_day_ends_at_the_bank() -> None:
    book = opened(window=10)
    link = link_to(book.books, "cd", "k", OPEN, zone="Asia/Shanghai")
    assert link.expires_at == datetime(2024, 1, 20, 16, tzinfo=UTC)


def test_who_is_invited_by_name_is_told_and_joins_with_or_without_the_token() -> None:
    book = opened(invited="b,c", places=0)
    told = {it.party: (it.topic, it.subject, it.data["link"]) for it in book.notices()}
    assert told == dict.fromkeys("bc", ("order-link", "cd/k", OPEN))
    join(book, token(book), "b")
    book.pay("c", "100.00")
    assert (book.share("b").amount, book.share("c").amount) == (100_00, 100_00)
    book.refused("not_invited", lambda: join(book, token(book), "d"))
    book.refused("not_invited", lambda: book.pay("d", "100.00"))


def test_places_are_taken_once_each_and_kept_by_who_comes_back() -> None:
    book = opened(places=2)
    made = token(book)
    join(book, made, "b")
    book.refused("already_confirmed", lambda: join(book, made, "b"))
    book.leave("b")
    join(book, made, "c")
    book.refused("link_used", lambda: join(book, made, "d"))
    join(book, made, "b")
    assert [row[3:7] for row in book.bank.report("certificate", "links").rows] == [(OPEN, "", 2, 2)]


def test_a_mixed_link_keeps_room_for_who_is_invited_by_name() -> None:
    book = opened(invited="d", places=1)
    made = token(book)
    join(book, made, "b")
    book.refused("link_used", lambda: join(book, made, "c"))
    join(book, made, "d")


def test_without_the_token_nobody_takes_a_place() -> None:
    """Whoever guesses the configuration still has to know the nonce."""
    book = opened()
    book.refused("not_invited", lambda: book.pay("b", "100.00"))
    seen = book.read().digest
    guess = Confirm("cd", "k", "b", cny("100.00"), seen, link="0" * 24)
    book.refused("link_forged", lambda: book.do(guess, "customer:b"))


def test_a_revoked_link_admits_nobody_and_leaves_the_others_in() -> None:
    book = opened(invited="c")
    made = token(book)
    join(book, made, "b")
    book.do(RevokeLink("cd", "k", "a", OPEN), "customer:a")
    assert [(it.party, it.topic) for it in book.notices()][-1] == ("c", "link-revoked")
    for name in "cd":
        book.refused("link_revoked", lambda name=name: join(book, made, name))
    book.refused("link_revoked", lambda: book.pay("c", "100.00"))
    book.refused("link_revoked", lambda: token(book))
    book.refused("link_revoked", lambda: book.do(RevokeLink("cd", "k", "a", OPEN)))
    assert book.share("b").amount == 100_00
    book.invite("c", nonce="again")
    book.pay("c", "100.00")  # the link that stands is the one that counts


def test_a_link_can_end_before_the_order() -> None:
    book = opened(window=10)
    book.invite("c", nonce="short", expires_on=date(2024, 1, 11))
    short = token(book, "short")
    book.close_days(2)
    book.refused("link_expired", lambda: join(book, short, "c"))
    book.refused("link_expired", lambda: token(book, "short"))
    join(book, token(book), "c")


def test_the_amount_is_that_of_the_order() -> None:
    book = opened(target="400.00", amount_type="equal", seats=4)
    book.refused("amount_type_invalid", lambda: join(book, token(book), "b", "99.99"))
    join(book, token(book), "b", "100.00")


def test_a_link_binds_nobody_but_who_confirms_by_it() -> None:
    book = opened()
    book.refused("actor_not_permitted", lambda: join(book, token(book), "b", actor="customer:c"))


def test_the_initiator_issues_and_nobody_else() -> None:
    book = Circle()
    book.request()
    for actor in ("customer:b", "operator:a", "merchant:a"):
        issue = IssueLink("cd", "k", "a" if actor != "customer:b" else "b", "n1", "b")
        assert book.refusal(lambda it=issue, by=actor: book.do(it, by))["code"] in (
            "no_permission",
            "actor_not_permitted",
        )
    book.do(IssueLink("cd", "k", "a", "n1", "b"), "customer:a")
    book.refused("already_taken", lambda: book.do(IssueLink("cd", "k", "a", "n1", "c")))
    book.do(IssueLink("cd", "k", "a", "n2", "c"), "officer:li")
    book.refused("no_permission", lambda: book.do(RevokeLink("cd", "k", "b", "n1"), "customer:b"))
    book.do(SuspendParty("a", "fraud"))
    book.refused("party_suspended", lambda: book.do(IssueLink("cd", "k", "a", "n3", "b")))


def test_the_server_of_a_third_party_issues_within_its_permission() -> None:
    book = Circle()
    book.register("shop")
    book.do(RegisterThirdParty("cd", "shop", "partner", cny("20,000.00")))
    book.do(InitiateOrder("cd", "k", "shop", "CD12", "partner"), "operator:shop")
    book.do(IssueLink("cd", "k", "shop", "n1", "a"), "operator:shop")
    assert [
        row[2] for row in book.bank.report("certificate", "links", Actor.parse("operator:shop")).rows
    ] == ["shop"]
    book.do(PermitThirdParty("cd", "shop", False))
    issue = IssueLink("cd", "k", "shop", "n2", "b")
    book.refused("no_permission", lambda: book.do(issue, "operator:shop"))


def test_a_link_to_a_configuration_that_was_changed_is_refused() -> None:
    book = opened()
    made = token(book)
    book.change(seats=3)
    fields = book.refusal(lambda: join(book, made, "b"))
    assert (fields["code"], fields["agreed"]) == ("config_changed", read(made, SECRET, BEFORE).config)
    join(book, token(book), "b")


def test_there_is_no_link_to_an_order_that_is_not_open() -> None:
    book = Circle()
    book.request()
    book.refused("order_closed", lambda: link_to(book.books, "cd", "k", "n1"))
    book.invite("a")
    book.refused("not_found", lambda: link_to(book.books, "cd", "k", "n2"))
    book.cancel()
    book.refused("order_closed", lambda: book.do(RevokeLink("cd", "k", "a", "n1")))
