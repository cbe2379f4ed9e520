"""A day's recharges on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_command_line_takes_a_file_and_says_what_was_refused(mall: Any, tmp_path: Path) -> None:
    file = tmp_path / "today.csv"
    file.write_text("client,amount,recharge\nc001,10.00,r7\nnobody,1.00,r8\n", encoding="utf-8")
    given = ("recharges", file, "--programme", "mall", "--actor", "operator:mall")
    first = mall(*given, "--json")
    assert (first.status, first.error["code"]) == (3, "not_found")
    assert {name: first.data[name] for name in ("rows", "posted", "replayed", "refused")} == {
        "rows": 2,
        "posted": 1,
        "replayed": 0,
        "refused": 1,
    }
    assert mall(*given, "--json").data["replayed"] == 1
    file.write_text("client,amount,recharge\nc001,10.00,r7\n", encoding="utf-8")
    assert mall(*given).status == 0
