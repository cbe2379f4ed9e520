"""A bank of several books from the command line, at the places that its directory tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bankcore.stores.moving import Mover


@pytest.fixture
def bank(run, tmp_path: Path) -> dict[str, Any]:
    """The variables of a shell that uses a bank of two books."""
    places = {name: str(tmp_path / f"{name}.db") for name in ("directory", "north", "south")}
    for name, place in places.items():
        found = run("init", "--book", place, "--name", name, "--opened-on", "2024-05-01", "--zone", "UTC")
        assert found.status == 0, found.err
    env = {"BANKCORE_DIRECTORY": places["directory"]}
    given = [
        *(
            ("directory", "parties", "place-book", "--home", it, "--place", places[it])
            for it in ("north", "south")
        ),
        *(("directory", "parties", "register-party", "--party", it) for it in ("li", "wang")),
        ("directory", "parties", "assign-home", "--party", "li", "--home", "north"),
        ("directory", "parties", "assign-home", "--party", "wang", "--home", "south"),
    ]
    for party, name in (("li", "north"), ("wang", "south")):
        given += [
            (name, "parties", "register-party", "--party", party),
            (name, "current", "open-programme", "--programme", "std"),
            (name, "current", "join-books", "--programme", "std", "--home", name),
            (name, "current", "open-account", "--programme", "std", "--party", party),
        ]
    given.append(("north", "current", "cash-in", "--party", "li", "--amount", "100.00"))
    for name, *words in given:
        found = run(*words, "--book", places[name])
        assert found.status == 0, (words, found.err)
    return env


def test_a_bank_of_several_books(
    run, bank: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*words: str) -> Any:
        found = run("shards", *words, "--json", env=bank)
        assert found.status == 0, found.err
        return found.data

    south = asked("home", "wang")
    assert (south["book"], south["place"]) == ("south", str(tmp_path / "south.db"))
    pay = "shards", "transfer", "--from", "li", "--to", "wang", "--amount", "30.00", "--key", "rent"
    assert [run(*pay, "--json", env=bank).data["receipts"][0]["replayed"] for _ in range(2)] == [False, True]
    assert asked("in-transit") == {"in_transit": []}
    assert asked("recover") == {"arrived": 0, "returned": 0, "waiting": []}
    to = str(tmp_path / "moved.db")
    with monkeypatch.context() as patched:
        patched.setattr(Mover, "finish", lambda *_: 1 / 0)
        assert run("shards", "move", "south", to, env=bank).code == "internal_error"
    assert asked("move", "south", "--give-up") == {"book": "south", "was_closed": True}
    assert asked("move", "south", to)["place"] == to
    assert run("shards", "move", "south", to, env=bank).code == "already_taken"
    assert run("shards", "move", "south", env=bank).code == "bad_usage"
    assert run("book", "--book", south["place"]).status == 0  # it can still be read there
    asked("transfer", "--from", "wang", "--to", "li", "--amount", "10.00")
    assert [row["book"] for row in asked("verify")["verified"]] == ["directory", "north", "south"]
    closed = asked("close-day", "--on", "2024-05-02")["closed"]
    assert [(row["book"], row["days"]) for row in closed] == [("north", 2), ("south", 2), ("directory", 2)]
    (tmp_path / "north.db").rename(tmp_path / "elsewhere.db")
    north, moved = asked("list")["books"]
    assert (north["business_date"], "north.db" in north["trouble"]) == (None, True)
    assert (moved["place"], moved["business_date"], moved["trouble"]) == (to, "2024-05-03", "")
    closed = asked("close-day", "--on", "2024-05-03")["closed"]
    assert [row["days"] for row in closed] == [None, 1, 1]
    assert run("shards", "verify", env=bank).status == 5
