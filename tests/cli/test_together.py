"""Several commands of a file in one commit."""

from __future__ import annotations

import pytest

BUYER = ("--programme", "card", "--card", "c")
GIVEN = ("--programme", "card")
BUY = """
[[command]]
do = "redeem"
with = { programme = "card", card = "c", points = 500 }

[[command]]
do = "certificate.confirm"
with = { programme = "cd", order = "k", participant = "c", amount = "105.00", config = "DIGEST" }
"""


@pytest.fixture
def ready(run, tmp_path):
    """A card with 500 points worth 5.00 and 100.00 of money, an order to join, and the file of commands."""
    (tmp_path / "card.toml").write_text('value = "1"')
    (tmp_path / "agreement.toml").write_text('rate = "10"')
    order = ("--programme", "cd", "--order", "k")
    request = ("--initiator", "c", "--product", "CD12", "--channel", "mobile")
    for command in (
        ("init",),
        ("current", "open-programme", "--programme", "std"),
        *(
            command
            for party in "cg"
            for command in (
                ("parties", "register-party", "--party", party),
                ("parties", "identify-party", "--party", party, "--document", "passport", "--number", party),
                ("current", "open-account", "--programme", "std", "--party", party),
            )
        ),
        ("points", "open-programme", *GIVEN, "--terms", tmp_path / "card.toml"),
        ("points", "register-provider", *GIVEN, "--provider", "g"),
        ("points", "sign-agreement", *GIVEN, "--provider", "g", "--terms", tmp_path / "agreement.toml"),
        ("points", "register-consumer", *BUYER),
        ("current", "cash-in", "--party", "c", "--amount", "150.00"),
        ("points", "place-order", *BUYER, "--provider", "g", "--order", "o", "--amount", "50.00"),
        ("certificate", "open-programme", "--programme", "cd"),
        ("certificate", "initiate-order", *order, *request),
        ("certificate", "issue-link", *order, "--initiator", "c", "--nonce", "n1", "--invited", "c"),
    ):
        done = run(*map(str, command))
        assert done.status == 0, done.err
    return run


@pytest.fixture
def file(ready, tmp_path):
    path = tmp_path / "buy.toml"
    order = ("--programme", "cd", "--order", "k", "--secret", "x" * 16)
    seen = ready("link", "write", *order, "--nonce", "n1", "--json").data["configuration"]
    path.write_text(BUY.replace("DIGEST", seen))
    return path


def held(run, path):
    return run("balance", path, "--json").tables["Balances"][0]["balance"]


def test_points_buy_a_share(ready, file):
    head = ready("book", "--json").data
    shown = ready("together", str(file), "--preview", "--json")
    assert (shown.status, ready("book", "--json").data) == (0, head)
    done = ready("together", str(file), "--key", "buy")
    assert done.status == 0, done.err
    assert "105.00" in ready("balance", "certificate:cd:escrow:k:c").out
    again = ready("together", str(file), "--key", "buy")
    assert (again.status, "yes" in again.out) == (0, True)


def test_all_or_nothing(ready, file):
    file.write_text(file.read_text().replace("105.00", "105.01"))
    head = ready("book", "--json").data
    refused = ready("together", str(file), "--key", "buy")
    assert (refused.status, refused.code) == (3, "balance_floor_breached")
    assert ready("book", "--json").data == head
    assert ready("together", str(file), "--actor", "customer:d").code == "actor_not_permitted"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[[", "bad_file", "it is not TOML"),
        ("", "bad_scenario", "field command: it is missing"),
        ("command = []", "bad_command", "at least one is needed"),
        (
            "[[command]]\ndo = 'fly'",
            "bad_scenario",
            "buy.toml: command 1, field do: there is no",
        ),
        ("[[command]]\ndo = 'redeem'", "bad_scenario", "command 1, field with: "),
        (
            BUY.replace("DIGEST", "0" * 64) + "on = 3",
            "bad_scenario",
            "command 2, field on: there is no such field",
        ),
        (
            "x = 1\n" + BUY.replace("DIGEST", "0" * 64),
            "bad_scenario",
            "buy.toml, field x: there is no such field",
        ),
    ],
)
def test_a_file_that_cannot_be_read(ready, file, text, code, said):
    file.write_text(text)
    refused = ready("together", str(file))
    assert (refused.status, refused.code) == (2, code)
    assert said in refused.err
