"""`bankcore preview`: what the command would write and its exit status, and a file that stays as it is."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

BUY = "wallet recharge --programme mall --client c001 --amount 500.00 --recharge r2 --confirm-clock"


def bytes_of(folder: Path) -> dict[str, str]:
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_a_command_shows_its_entries_and_the_file_stays_as_it_is(mall, tmp_path: Path) -> None:
    before = bytes_of(tmp_path)
    told = mall("preview", *BUY.split(), "--key", "r2", "--json").data
    assert bytes_of(tmp_path) == before
    assert (told["transactions"], told["refused"], told["business_date"]) == (1, 0, "2024-05-01")
    assert told["postings"][0]["account"] == "wallet:mall:reserve"
    done = mall(*BUY.split(), "--key", "r2", "--json").data["receipts"]
    assert {it["number"] for it in told["postings"]} == {it["number"] for it in done}
    assert bytes_of(tmp_path) != before
    again = mall("preview", *BUY.split(), "--key", "r2")  # as the command itself: replayed, nothing new
    assert (again.status, "no postings" in again.out) == (0, True)


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("wallet withdraw --programme mall --client c001 --amount 900.00", 3, "bonus_not_cash"),
        ("wallet withdraw --programme mall --client c001 --amount 1.005", 2, "bad_amount"),
        (
            "wallet recharge --programme mall --client c001 --amount 1.00 --recharge r9 --key open",
            4,
            "key_conflict",
        ),
        ("close-day --on 2100-01-01", 3, "day_ahead"),
        ("book", 2, "bad_usage"),
        ("init --opened-on 2024-05-01", 2, "bad_usage"),
        ("no-such-file.jsonl", 2, "bad_usage"),
        ("close --until yesterday", 2, "bad_date"),
    ],
)
def test_a_refusal_has_the_code_and_status_of_the_command_itself(
    mall, tmp_path: Path, line: str, status: int, code: str
) -> None:
    before, confirm = bytes_of(tmp_path), ["--confirm-clock"] if "--programme" in line else []
    told = mall("preview", *line.split(), *confirm, "--json")
    assert (told.status, told.error["code"], told.out) == (status, code, "")
    assert bytes_of(tmp_path) == before


def test_a_file_of_commands_goes_on_after_a_refusal_and_ends_with_it(mall, tmp_path: Path) -> None:
    withdraw = {"programme": "mall", "client": "c001", "amount": "800.00"}
    lines = [
        {"do": "wallet.withdraw", "with": withdraw, "key": "w1"},
        {"do": "wallet.withdraw", "with": withdraw, "actor": "customer:c001"},
        {
            "together": [
                {"do": "current.cash-in", "with": {"party": "c001", "amount": "5.00"}},
                {"do": "wallet.withdraw", "with": withdraw | {"amount": "8.00"}},
            ],
            "on": "2024-05-03",
            "actor": "officer:lin",
        },
    ]
    file = tmp_path / "commands.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    before = bytes_of(tmp_path)
    told = mall("preview", file, "--json")
    assert (told.status, told.error["code"]) == (3, "balance_floor_breached")
    assert bytes_of(tmp_path) == before
    kinds = {it["kind"]: it["transactions"] for it in told.data["kinds"]}
    assert (kinds["wallet.withdrawal"], kinds["period.close"]) == (1, 2)
    assert [it["asked"] for it in told.data["refusals"]] == ["withdraw", "cash-in + withdraw"]
    assert {it["kind"] for it in told.data["postings"]} == {"wallet.withdrawal"}
    full = mall("preview", file, "--entries", "--json").data
    assert "kinds" not in full
    assert "seal" in {it["kind"] for it in full["records"]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"do": "wallet.fly"}', "bad_scenario"),
        ('{"do": "wallet.sweep", "with": {"programme": "mall"}, "amout": "1"}', "bad_scenario"),
        ('{"do": "wallet.sweep", "with": {"programme": "mall"}, "on": "May"}', "bad_scenario"),
        ("{", "bad_file"),
        ("\udcff", "bad_file"),
    ],
)
def test_a_bad_file_is_refused_before_anything_is_tried(mall, tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    told = mall("preview", file, "--json")
    assert (told.status, told.error["code"], told.out) == (2, code, "")


def test_a_year_of_closes_is_counted_by_kind(mall, tmp_path: Path) -> None:
    before = bytes_of(tmp_path)
    told = mall("preview", "close", "--until", "2024-05-31", "--json").data
    assert bytes_of(tmp_path) == before
    assert told["business_date"] == "2024-06-01"
    closed = next(it for it in told["kinds"] if it["kind"] == "period.close")
    assert (closed["transactions"], closed["first"], closed["last"]) == (31, "2024-05-01", "2024-05-31")
    assert mall("preview", "close", "--until", "2024-05-02", "--entries", "--csv").out.startswith(
        "number,kind"
    )


def test_what_a_command_shows_of_its_own_is_kept(mall, tmp_path: Path) -> None:
    file = tmp_path / "today.csv"
    file.write_text("client,amount,recharge\nc001,100.00,x1\nc404,100.00,x2\n", encoding="utf-8")
    told = mall("preview", "recharges", file, "--programme", "mall", "--confirm-clock", "--json")
    assert (told.status, told.error["code"]) == (3, "not_found")
    assert (told.data["posted"], told.data["transactions"]) == (1, 1)
    assert [it["row"] for it in told.data["refused_rows"]] == [2]


def test_an_upgrade_of_a_product_can_be_previewed(mall, tmp_path: Path) -> None:
    before = bytes_of(tmp_path)
    told = mall("preview", "products", "upgrade", "wallet", "--confirm-clock", "--json")
    assert (told.status, told.data["refused"]) == (0, 0)
    assert bytes_of(tmp_path) == before


def test_rows_that_an_import_of_leads_refuses_are_shown(mall, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("nothing,useful\n1,2\n", encoding="utf-8")
    asked = ("acquire", file, "--programme", "net", "--source", "map", "--confirm-clock", "--json")
    done, told = mall(*asked).data, mall("preview", *asked).data
    assert [it["row"] for it in done["refused_rows"]] == [1]
    assert told["refused_rows"] == done["refused_rows"]
