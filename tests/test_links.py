"""Links to orders: whatever is done to a token, it either says what was written or is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from tests.products.circle import Circle, money

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
    command = confirmation(read(token, SECRET, BEFORE), participant, money(amount))
    book.do(command, actor or f"customer:{participant}")


def opened(customers: str = "abcd", invited: str = "", places: int = 2, **config: Any) -> Circle:
    """An order of a with one link; everybody has 100.00."""
    book = Circle(customers)
    book.request(**config)
    book.invite(invited, nonce=OPEN, places=places)
    for customer in customers:
        book.deposit(customer, "100.00")
    return book


def code(book: Circle, act: Any) -> Any:
    return book.refused(act)["code"]


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
    assert code(book, lambda: join(book, token(book), "d")) == "not_invited"
    assert code(book, lambda: book.pay("d", "100.00")) == "not_invited"


def test_places_are_taken_once_each_and_kept_by_who_comes_back() -> None:
    book = opened(places=2)
    made = token(book)
    join(book, made, "b")
    assert code(book, lambda: join(book, made, "b")) == "already_confirmed"
    book.leave("b")
    join(book, made, "c")
    assert code(book, lambda: join(book, made, "d")) == "link_used"
    join(book, made, "b")
    assert [row[3:7] for row in book.bank.report("certificate", "links").rows] == [(OPEN, "", 2, 2)]


def test_a_mixed_link_keeps_room_for_who_is_invited_by_name() -> None:
    book = opened(invited="d", places=1)
    made = token(book)
    join(book, made, "b")
    assert code(book, lambda: join(book, made, "c")) == "link_used"
    join(book, made, "d")


def test_without_the_token_nobody_takes_a_place() -> None:
    """Whoever guesses the configuration still has to know the nonce."""
    book = opened()
    assert code(book, lambda: book.pay("b", "100.00")) == "not_invited"
    seen = book.read().digest
    guess = Confirm("cd", "k", "b", money("100.00"), seen, link="0" * 24)
    assert code(book, lambda: book.do(guess, "customer:b")) == "link_forged"


def test_a_revoked_link_admits_nobody_and_leaves_the_others_in() -> None:
    book = opened(invited="c")
    made = token(book)
    join(book, made, "b")
    book.do(RevokeLink("cd", "k", "a", OPEN), "customer:a")
    assert [(it.party, it.topic) for it in book.notices()][-1] == ("c", "link-revoked")
    for name in "cd":
        assert code(book, lambda name=name: join(book, made, name)) == "link_revoked"
    assert code(book, lambda: book.pay("c", "100.00")) == "link_revoked"
    assert code(book, lambda: token(book)) == "link_revoked"
    assert code(book, lambda: book.do(RevokeLink("cd", "k", "a", OPEN))) == "link_revoked"
    assert book.share("b").amount == 100_00
    book.invite("c", nonce="again")
    book.pay("c", "100.00")  # the link that stands is the one that counts


def test_a_link_can_end_before_the_order() -> None:
    book = opened(window=10)
    book.invite("c", nonce="short", expires_on=date(2024, 1, 11))
    short = token(book, "short")
    book.close(2)
    assert code(book, lambda: join(book, short, "c")) == "link_expired"
    assert code(book, lambda: token(book, "short")) == "link_expired"
    join(book, token(book), "c")


def test_the_amount_is_that_of_the_order() -> None:
    book = opened(target="400.00", amount_type="equal", seats=4)
    assert code(book, lambda: join(book, token(book), "b", "99.99")) == "amount_type_invalid"
    join(book, token(book), "b", "100.00")


def test_a_link_binds_nobody_but_who_confirms_by_it() -> None:
    book = opened()
    assert code(book, lambda: join(book, token(book), "b", actor="customer:c")) == "actor_not_permitted"


def test_the_initiator_issues_and_nobody_else() -> None:
    book = Circle()
    book.request()
    for actor in ("customer:b", "operator:a", "merchant:a"):
        issue = IssueLink("cd", "k", "a" if actor != "customer:b" else "b", "n1", "b")
        assert code(book, lambda it=issue, by=actor: book.do(it, by)) in (
            "no_permission",
            "actor_not_permitted",
        )
    book.do(IssueLink("cd", "k", "a", "n1", "b"), "customer:a")
    assert code(book, lambda: book.do(IssueLink("cd", "k", "a", "n1", "c"))) == "already_taken"
    book.do(IssueLink("cd", "k", "a", "n2", "c"), "officer:li")
    assert code(book, lambda: book.do(RevokeLink("cd", "k", "b", "n1"), "customer:b")) == "no_permission"
    book.do(SuspendParty("a", "fraud"))
    assert code(book, lambda: book.do(IssueLink("cd", "k", "a", "n3", "b"))) == "party_suspended"


def test_the_server_of_a_third_party_issues_within_its_permission() -> None:
    book = Circle()
    book.know("shop")
    book.do(RegisterThirdParty("cd", "shop", "partner", money("20,000.00")))
    book.do(InitiateOrder("cd", "k", "shop", "CD12", "partner"), "operator:shop")
    book.do(IssueLink("cd", "k", "shop", "n1", "a"), "operator:shop")
    assert [
        row[2] for row in book.bank.report("certificate", "links", Actor.parse("operator:shop")).rows
    ] == ["shop"]
    book.do(PermitThirdParty("cd", "shop", False))
    issue = IssueLink("cd", "k", "shop", "n2", "b")
    assert code(book, lambda: book.do(issue, "operator:shop")) == "no_permission"


def test_a_link_to_a_configuration_that_was_changed_is_refused() -> None:
    book = opened()
    made = token(book)
    book.change(seats=3)
    fields = book.refused(lambda: join(book, made, "b"))
    assert (fields["code"], fields["agreed"]) == ("config_changed", read(made, SECRET, BEFORE).config)
    join(book, token(book), "b")


def test_there_is_no_link_to_an_order_that_is_not_open() -> None:
    book = Circle()
    book.request()
    assert code(book, lambda: link_to(book.books, "cd", "k", "n1")) == "order_closed"
    book.invite("a")
    assert code(book, lambda: link_to(book.books, "cd", "k", "n2")) == "not_found"
    book.cancel()
    assert code(book, lambda: book.do(RevokeLink("cd", "k", "a", "n1"))) == "order_closed"
