"""Links to orders on the command line: written, read, and confirmed by."""

from __future__ import annotations

import pytest

SECRET = ("--secret", "correct horse battery staple")
ORDER = ("--programme", "cd", "--order", "k")
NONCE = ("--nonce", "n1")
REQUEST = ("--initiator", "a", "--product", "CD12", "--channel", "mobile")


def account(party):
    """The commands by which an identified party gets a current account."""
    yield "current", "open-programme", "--programme", "std"
    yield "parties", "register-party", "--party", party
    yield "parties", "identify-party", "--party", party, "--document", "passport", "--number", "1"
    yield "current", "open-account", "--programme", "std", "--party", party


@pytest.fixture
def ordered(run):
    """A book that opened long from now, so that its links have not expired, with an order for a and b."""
    given = ("--programme", "cd")
    for command in (
        ("init", "--opened-on", "2999-01-01", "--ahead"),
        *account("a"),
        ("current", "cash-in", "--party", "a", "--amount", "100.00"),
        ("certificate", "open-programme", *given),
        ("certificate", "initiate-order", *ORDER, *REQUEST),
        ("parties", "register-party", "--party", "b"),
        ("certificate", "issue-link", *ORDER, "--initiator", "a", "--nonce", "n1", "--invited", "a,b"),
    ):
        done = run(*command)
        assert done.status == 0, done.err
    return run


def test_somebody_invited_confirms_by_the_link(ordered):
    written = ordered("link", "write", *ORDER, *NONCE, *SECRET, "--json").data
    assert (written["order"], written["nonce"]) == ("k", "n1")
    token = written.pop("link")
    assert ordered("link", "read", token, *SECRET, "--json").data == written
    taken = ordered("link", "confirm", token, "--participant", "a", "--amount", "60.00", *SECRET)
    assert taken.status == 0, taken.err
    assert "60.00" in ordered("balance", "certificate:cd:escrow:k:a").out
    refused = ordered("link", "confirm", token, "--participant", "c", "--amount", "60.00", *SECRET)
    assert refused.code == "not_invited"


def test_a_link_is_issued_and_its_token_comes_with_it(ordered):
    issue = ("link", "issue", *ORDER, "--initiator", "a", "--places", "1", *SECRET, "--key", "i1", "--json")
    issued = ordered(*issue, "--actor", "customer:a")
    assert issued.status == 0, issued.err
    assert ordered(*issue, "--actor", "customer:a").data == issued.data  # a retry
    joined = ("--participant", "a", "--amount", "60.00", *SECRET, "--actor", "customer:a")
    assert ordered("link", "confirm", issued.data["link"], *joined).status == 0
    assert "60.00" in ordered("balance", "certificate:cd:escrow:k:a").out


def test_a_forged_link_is_refused(ordered):
    token = ordered("link", "write", *ORDER, *NONCE, *SECRET, "--json").data["link"]
    assert ordered("link", "read", token, "--secret", "x" * 16).code == "link_forged"
    assert ordered("link", "read", token, "--secret", "short").code == "bad_usage"
    assert ordered("link", "read", "nothing", *SECRET).code == "link_forged"


def test_a_link_that_expired_is_refused(run):
    given = ("--programme", "cd")
    run("init", "--opened-on", "2024-01-10")
    for command in (*account("a"), ("certificate", "open-programme", *given)):
        assert run(*command).status == 0
    run("certificate", "initiate-order", *ORDER, *REQUEST)
    run("certificate", "issue-link", *ORDER, "--initiator", "a", "--nonce", "n1", "--invited", "a")
    token = run("link", "write", *ORDER, *NONCE, *SECRET, "--json").data["link"]
    assert run("link", "read", token, *SECRET).code == "link_expired"


def test_the_secret_may_come_from_the_environment(ordered, book):
    env = {"BANKCORE_BOOK": str(book), "BANKCORE_LINK_SECRET": SECRET[1]}
    assert ordered("link", "write", *ORDER, *NONCE, env=env).status == 0
