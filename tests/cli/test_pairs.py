"""Any two options of a command both have an effect, or are refused together: none is silently ignored.

Each row of `_WAYS` is a command line and options that may be added to it.  Every two of them are given
together on a small book, and the outcome is compared with that of each alone.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import combinations, count
from pathlib import Path
from typing import Any

import click
import pytest
from attrs import field, frozen
from click.testing import CliRunner
from tests.replay.conftest import MAP

from bankcore.cli import ROOMS, main
from bankcore.render import effects

# A command line; its options, separated by bars.  One with a question mark has an effect only where there is
# something to allow or to refuse: it must not spoil the other.
_WAYS = {
    "init --book {new}": "--unit USD/2 | --opened-on 2999-01-01 | --zone Asia/Tokyo | --ahead ?",
    "preview account change bank:li --reason r --party q": "--floor -5.00 | --ceiling 900.00",
    "preview account close bank:empty --reason r": "--into bank:cash ?",
    "preview account freeze bank:cash --reason r": "--side debits",
    "preview account open x:y --type asset": "--unit USD/2 | --normal-side credit | --floor -1.00"
    " | --ceiling 9.00 | --opened-on 2024-05-05 | --party p | --reason r | --file {accounts}",
    "preview account open --file {accounts}": "--type asset | --unit USD/2 | --normal-side debit"
    " | --floor 1.00 | --ceiling 9.00 | --opened-on 2024-05-05 | --party p | --reason r",
    "preview limit set x --flow out --per day --most 5.00 --reason r": "--root bank | --each | --unit USD/2",
    "preview opening bank:new=7.00 --against bank:equity": "--file {balances} | --on 2024-05-05",
    "preview post --debit bank:cash 5.00 --credit bank:equity 5.00": "--on 2024-05-05 | --kind fee"
    " | --description d | --group g | --up-to | --corrects 12 | --hold | --expires-at 2999-01-01T00:00Z"
    " | --reason r ? | --json-file {lines} | --atomic",
    "preview post --json-file {lines}": "--group g | --atomic ? | --reason r | --on 2024-05-05 | --kind fee"
    " | --description d | --up-to | --corrects 1 | --hold | --expires-at 2999-01-01T00:00Z"
    " | --debit bank:cash 1.00 | --credit bank:cash 1.00",
    "preview hold capture {hold}": "--debit bank:cash 1.00 | --credit bank:li 1.00 | --on 2024-05-05"
    " | --reason r ?",
    "preview hold release {hold}": "--on 2024-05-05 ? | --reason r ?",
    "hold list": "--all ?",
    "preview reverse 12": "--on 2024-05-05 | --description d | --reason r ?",
    "preview correct 12 --debit bank:cash 3.00 --credit bank:equity 3.00": "--on 2024-05-05 | --description d"
    " | --reason r ?",
    "transaction 2": "--key",
    "journal --limit 0": "--from 2024-05-02 | --to 2024-05-02 | --actor officer:o1 | --kind fee"
    " | --agreement a1 | --account bank:li | --amount 5.00 | --known-at {between} | --after 40 | --jsonl",
    "journal": "--limit 20 | --after 40 | --jsonl | --csv",
    "balance": "--on 2024-05-01 | --known-at {between}",
    "statement bank:li": "--from 2024-05-02 | --to 2024-05-02 | --known-at {between}",
    "trial-balance": "--on 2024-05-01 | --known-at {between}",
    "balance-sheet": "--on 2024-05-01 | --known-at {between} | --depth 1",
    "income-statement": "--from 2024-05-02 | --to 2024-05-02 | --known-at {between} | --depth 1",
    "preview close-day --on 2024-05-05": "--ahead ? | --preview",
    "preview close --until 2024-05-05": "--entries",
    "simulate {scenario}": "--book {new} | --check | --strict ? | --measure balance:bank:cash",
    "simulate {scenario} --measure balance:bank:cash": "--set step.cash.with.amount=2.00,3.00 | --runs 2"
    " | --jobs 1 ? | --seed 7 | --durability normal",
    "simulate {scenario} --find step.cash.with.amount --from 1.00 --to 3.00 --step 1.00"
    " --until 'balance:bank:cash >= 2'": "--runs 2 | --share 90%",
    "export --format csv": "--account bank:li | --from 2024-05-02 | --to 2024-05-02 | --raw ?",
    "export --format camt053 --account bank:li": "--from 2024-05-02 | --to 2024-05-02 | --raw",
    "import {told} --book {copy} --year 2024 --type '*=expense'": "--format ledger ? | --unit '$=USD/2'"
    " | --source s ? | --strict ? | --check",
    "import {told} --book {copy} --year 2024": "--format beancount",
    "outbox": "--entries | --after 9 ? | --topic t ?",
    "outbox --book {copy} --entries": "--after 9 | --consumer c ? | --topic t",
    "restore {backup}": "--book {new} | --check",
    "copy {copy} {new}": "--switch | --only main",
    "reopen {copy} --lost": "--only main ?",
    "verify": "--seal {seal} ?",
    "qr TEXT": "--svg {new} | --light",
    "prove balance bank:li --on 2024-05-03": "--output {new}",
    "prove consistency 1 2": "--output {new} ?",
    "prove transaction 2": "--output {new}",
    "prove check {proof}": "--seal {seal} | --key {proof}",
    "example copy mall {new}": "--force ?",
    "matches open bank:cash": "--on 2024-05-05 ?",
    "reconcile bank:cash {statement}": "--map {map} | --format mt940 ? | --bank-account 999"
    " | --from 2024-05-02 | --to 2024-05-02 | --days 0 | --in credit",
}
# What is refused together, though each alone is not; all others of a row have an effect together, too.
_EXCLUSIVE = {
    "journal": ["--jsonl --csv"],
    "outbox": ["--entries --topic"],
    "qr TEXT": ["--svg --light"],
    "reconcile bank:cash {statement}": ["--map --format"],
    "restore {backup}": ["--book --check"],
    "simulate {scenario}": [
        "--book --check",
        "--book --measure",
        "--check --measure",
        "--check --strict",
        "--strict --measure",
    ],
}
# Options that no row has, and where they are looked at.
_LEFT = {
    "acquire": "--columns: sources/test_sources",
    "checkpoint sign": "--seal --output: with a key that a library makes, test_proofs",
    "copy": "--follow: it runs until it is interrupted, test_urls",
    "doctor": "--finish-erasure: test_doctor",
    "link confirm": "--terminal --terminal-kind: fields of one command, which stores both",
    "link issue": "--invited --places --expires-on: fields of one command, which stores them",
    "matches propose": "--ambiguous --map --format --bank-account --from --to --days --in: as of reconcile",
    "metrics": "--output: its only one",
    "outbox": "--follow: it runs until it is interrupted, test_feed",
    "payment pay": "--amount: test_payments",
    "payment write": "--request: test_payments",
    "products upgrade": "--preview: writes nothing, whatever else is given",
    "prove check": "--checkpoint: with a key that a library makes, test_proofs",
    "replay": "--durability: how it is stored",
    "report": "--where --actor --html --lang: test_usage and test_pictures",
    "shards close-day": "--ahead: as of close-day",
    "shards move": "--give-up: test_shards",
    "simulate": "--html --lang: test_pictures; --force --durability: refused without --book, test_usage",
    "together": "--preview: writes nothing, whatever else is given",
}
_SHARED = {
    "--actor", "--book", "--confirm-clock", "--csv", "--directory-name", "--help", "--json", "--key",
    "--name", "--raw", "--table", "--timeout",
}  # fmt: skip


@frozen
class Outcome:
    """What a line left behind, without what differs from run to run."""

    status: int
    said: str
    written: tuple[str, ...]
    usage: bool = field(default=False, eq=False)


_VARYING = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|\b[0-9a-f]{64}\b|\d+\.\d s\b|\b[0-9a-f-]{36}\b|/new-\d+"
)


class Shop:
    """A small book, and files beside it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.book, self._new = folder, folder / "small.db", count()
        self._seen: list[str] = []
        shown = effects.shown

        def spied(preview: Any, *args: Any, **given: Any) -> Any:
            if preview is not None:
                self._seen += [entry.line for entry in preview.effects.entries]
            return shown(preview, *args, **given)

        monkeypatch.setattr(effects, "shown", spied)
        self.known = dict[str, str]()

    def __call__(self, line: str) -> Outcome:
        made: list[Path] = []
        while "{new}" in line:
            made.append(self.folder / f"new-{next(self._new)}")
            line = line.replace("{new}", str(made[-1]), 1)
        copy = ""
        if "{copy}" in line:
            copy = str(shutil.copy(self.book, self.folder / f"new-{next(self._new)}"))
            line = line.replace("{copy}", copy)
        found = self.run(line.format(**self.known))
        files = [f"{it.suffix}{it.is_dir()}" for it in made if it.exists()]
        said = _VARYING.sub("*", found.output)
        seen, self._seen = [_VARYING.sub("*", it) for it in self._seen], []
        usage = found.exit_code == 2 and ("Usage:" in found.stderr or "[bad_usage]" in found.stderr)
        if copy:
            seen.append(_VARYING.sub("*", self.run(f"journal --book {copy} --limit 0 --jsonl").stdout))
        return Outcome(found.exit_code, said, (*files, *seen), usage)

    def run(self, line: str) -> Any:
        found = CliRunner(env={"BANKCORE_BOOK": str(self.book)}).invoke(main, shlex.split(line))
        assert "Traceback" not in found.output
        return found

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        self.known[name.partition(".")[0]] = str(self.folder / name)


def _rows(batch: int) -> str:
    """Transactions whose days, kinds, actors, accounts and amounts are independent of each other."""
    rows = []
    for number in range(48):
        day, bits = number % 3 + 1, number // 3
        fee, officer, li, five = (bits >> it & 1 for it in range(4))
        amount = "5.00" if five else "3.00"
        rows.append(
            {
                "key": f"{batch}/{number}",
                "kind": "fee" if fee else "move",
                "actor": "officer:o1" if officer else "officer:o2",
                "agreement": "a1" if fee ^ officer else "a2",
                "effective_on": f"2024-05-0{day}",
                "postings": [
                    {"account": "bank:li" if li else "bank:fees", "credit": amount},
                    {"account": "bank:cash", "debit": amount},
                ],
            }
        )
    return "\n".join(map(json.dumps, rows))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with pytest.MonkeyPatch.context() as patch:
        made = Shop(tmp_path_factory.mktemp("pairs"), patch)
        made.write("first.jsonl", _rows(1))
        made.write("second.jsonl", _rows(2))
        made.write("lines.jsonl", _rows(3).replace("2024-05-0", "2024-05-1").splitlines()[0])
        made.write("accounts.csv", "account,type\nx:z,asset\n")
        made.write("balances.csv", "account,balance\nbank:empty,5.00\n")
        made.write("told.journal", "05-04 shop\n  assets:bank  $5\n  food  $-5\n")
        made.write("scenario.toml", _SCENARIO)
        made.write("statement.sta", _STATEMENT)
        made.write("map.toml", MAP)
        for line in (
            "init --opened-on 2024-05-01 --zone UTC",
            *(f"account open bank:{it} --type asset" for it in ("cash", "empty", "new")),
            *(f"account open bank:{it} --type liability" for it in ("li", "more")),
            "account open bank:fees --type income",
            "account open bank:equity --type equity",
            "post --json-file {first}",
        ):
            assert made(line).status == 0, line
        last = json.loads(made.run("journal --limit 0 --json").stdout)["transactions"][-1]
        made.known["between"] = last["recorded_at"]
        for line in (
            "post --json-file {second}",
            "post --hold --debit bank:cash 2.00 --credit bank:li 2.00 --key hold",
            "close-day --on 2024-05-03",
            "backup {new}",
        ):
            assert made(line).status == 0, line
        made.known["hold"] = str(json.loads(made.run("hold list --json").stdout)["holds"][0]["number"])
        made.known["backup"] = str(next(made.folder.glob("new-*")))
        made.known["seal"] = json.loads(made.run("seal list --json").stdout)["seals"][-1]["seal"]
        made.write("proof.json", made.run("prove transaction 2").stdout)
        yield made


_STATEMENT = """:20:1
:25:123
:28C:1
:60F:C240430CNY0,00
:61:2405010501C3,00NTRFa
:61:2405050505C5,00NTRFb
:62F:C240505CNY8,00
"""
_SCENARIO = """
start = 2024-05-01
end = 2024-05-01
[programme.std]
product = "current"
[[step]]
on = 2024-05-01
do = "register-party"
with = { party = "li" }
[[step]]
on = 2024-05-01
do = "identify-party"
with = { party = "li", document = "passport", number = "1" }
[[step]]
on = 2024-05-01
do = "open-account"
with = { programme = "std", party = "li" }
[[step]]
name = "cash"
on = 2024-05-01
do = "cash-in"
with = { party = "li", amount = "1.00" }
"""


def _options(ways: str) -> dict[str, bool]:
    """Options with their values, and whether they only allow something."""
    return {it.removesuffix("?").strip(): it.endswith("?") for it in map(str.strip, ways.split("|"))}


@pytest.mark.parametrize("line", _WAYS)
def test_no_option_is_silently_ignored(shop: Shop, line: str) -> None:
    options = _options(_WAYS[line])
    base, alone = shop(line), {it: shop(f"{line} {it}") for it in options}
    ignored = [f"{it} alone" for it in options if not options[it] and alone[it] == base]
    refused = set()
    for one, other in combinations(options, 2):
        usage = alone[one].usage + alone[other].usage
        if usage == 2 or (usage and (options[one] or options[other])):
            continue  # they are refused without each other
        both = shop(f"{line} {one} {other}")
        if both.usage and not usage:
            refused.add(f"{one.split()[0]} {other.split()[0]}")
        if both.status == 0:
            pairs = ((one, other), (other, one))
            ignored += [f"{it} after {its}" for it, its in pairs if not options[it] and both == alone[its]]
    assert not ignored
    assert refused == {*_EXCLUSIVE.get(line, ())}


def test_each_option_stands_in_a_row_or_is_left_with_a_reason() -> None:
    """A new option has to be decided: with which it is given, and with which it is refused."""
    undecided = []
    for name, options in _leaves():
        lines = _WAYS | {line.removeprefix("preview "): more for line, more in _WAYS.items()}
        rows = [f"{line} {more}" for line, more in lines.items() if line.startswith(name)]
        said = {*" ".join([*rows, _LEFT.get(name, "")]).replace(":", " ").split()}
        missing = options - _SHARED - said
        if missing:
            undecided.append((name, sorted(missing)))
    assert undecided == []


def _leaves() -> Iterator[tuple[str, set[str]]]:
    """Every command of the contents, and the options that may be given to it or left out."""
    left: list[tuple[str, click.Command | None]] = []
    for name in ROOMS:
        left.append((name, main.get_command(click.Context(main), name)))
    for name, command in left:
        if isinstance(command, click.Group):
            context = click.Context(command)
            left += [
                (f"{name} {it}", command.get_command(context, it)) for it in command.list_commands(context)
            ]
        elif command is not None:
            yield (
                name,
                {it.opts[0] for it in command.params if isinstance(it, click.Option) and not it.required},
            )
