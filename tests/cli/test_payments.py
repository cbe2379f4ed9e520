"""Codes of payment requests on the command line: written, read, and paid by."""

from __future__ import annotations

import pytest

SECRET = ("--secret", "correct horse battery staple")
MALL = ("--programme", "mall")
ASKED = (*MALL, "--merchant", "mall-shop", "--request", "o17")
PAIR = (*MALL, "--client", "a", "--merchant", "mall-shop")


def account(party):
    """The commands by which an identified party gets a current account."""
    yield "parties", "register-party", "--party", party
    yield "parties", "identify-party", "--party", party, "--document", "passport", "--number", party
    yield "current", "open-account", "--programme", "std", "--party", party


@pytest.fixture
def asked(run):
    """A book with a client who has 100.00, and a request of a shop for 30.00."""
    for command in (
        ("init", "--opened-on", "2999-01-01", "--ahead"),
        ("current", "open-programme", "--programme", "std"),
        *account("mall"),
        *account("a"),
        ("current", "cash-in", "--party", "mall", "--amount", "200.00"),
        ("wallet", "open-programme", *MALL),
        ("wallet", "fund-reserve", *MALL, "--amount", "200.00"),
        ("wallet", "register-client", *MALL, "--client", "a"),
        ("wallet", "register-merchant", *MALL, "--merchant", "mall-shop", "--own"),
        ("wallet", "bind", *PAIR),
        ("wallet", "confirm-binding", *PAIR),
        ("wallet", "recharge", *MALL, "--client", "a", "--amount", "100.00", "--recharge", "r1"),
        ("wallet", "request-payment", *ASKED, "--amount", "30.00", "--expires-at", "2999-01-01T12:00+08:00"),
    ):
        done = run(*command, *(("--actor", "operator:mall") if "request-payment" in command else ()))
        assert done.status == 0, done.err
    return run


def test_a_client_pays_by_the_code(asked):
    written = asked("payment", "write", *ASKED, *SECRET, "--json").data
    assert (written["amount"], written["expires_at"]) == ("30.00 CNY", "2999-01-01T12:00:00+08:00")
    token = written.pop("code")
    assert asked("payment", "read", token, *SECRET, "--json").data == written
    paid = asked("payment", "pay", token, "--client", "a", "--purchase", "p1", *SECRET)
    assert paid.status == 0, paid.err
    assert "30.00" in asked("balance", "wallet:mall:service").out
    again = asked("payment", "pay", token, "--client", "a", "--purchase", "p2", *SECRET)
    assert again.code == "request_paid"


def test_a_static_code_is_paid_with_an_amount(asked):
    shop = (*MALL, "--merchant", "mall-shop")
    assert asked("wallet", "issue-code", *shop, "--actor", "operator:mall").status == 0
    token = asked("payment", "write", *shop, *SECRET, "--json").data["code"]
    pay = ("payment", "pay", token, "--client", "a", "--purchase", "p1", *SECRET)
    assert asked(*pay).code == "bad_usage"
    assert asked(*pay, "--amount", "7.00").status == 0
    assert asked("payment", "read", token + "a", *SECRET).code == "payment_forged"


def test_a_code_is_drawn_as_a_qr_code(asked):
    pytest.importorskip("segno")
    token = asked("payment", "write", *ASKED, *SECRET, "--json").data["code"]
    drawn = asked("qr", token, "--json").data["qr"]
    assert drawn.count("\n") > 10
    assert drawn != asked("qr", token[:-1], "--json").data["qr"]
