"""Wherever a name does not exist the nearest that do are offered, and never names that one may not read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from click.testing import CliRunner
from tests.cli.conftest import Answer, Run, _holder
from tests.replay.conftest import MAP

from bankcore.cli import main
from bankcore.errors import BadCommand, BankcoreError
from bankcore.interchange import imports
from bankcore.interchange.accounts import read_accounts
from bankcore.product.actor import Role
from bankcore.product.forms import fill
from bankcore.products import PRODUCTS
from bankcore.replay import Mapping
from bankcore.replay.rows import read_rows
from bankcore.units import Unit

# Names of which none is offered, and why.
_EXCEPTIONS = {
    "unknown_transaction": "a number has no name like it",
    "commit_unknown": "not a name: the outcome of a commit",
    "types_unknown": "it lists the accounts that have no type",
    "holder_unknown": "a person's card: ids of people must not be guessable",
    "initiator_unknown": "a person: ids of people must not be guessable",
    "line_unknown": "a person's credit line: ids of people must not be guessable",
    "terminal_unknown": "a person's terminal: what is registered must not be guessable",
    "index_unknown": "a day of an index without a fixing: the index itself is a term",
}

# The code, a line with a near miss, and what the answer offers.
_NEAR_MISSES = (
    ("unknown_account", "statement bank:cahs", "nearest: bank:cash"),
    ("unknown_account", "journal --account bank:cahs", "nearest: bank:cash"),
    ("unknown_account", "post --debit bank:cahs 1.00 --credit bank:cash 1.00", "nearest: bank:cash"),
    ("unknown_key", "transaction opne", "nearest: open"),
    ("unknown_name", "report walet", "nearest: wallet"),
    ("unknown_name", "report wallet reserv", "nearest: reserve"),
    ("unknown_name", "report wallet clients --where clint=c", "nearest: client;"),
    ("unknown_name", "statement bank:cash --table fcts", "known: facts"),
    ("unknown_name", "example show mal", "nearest: mall"),
    ("unknown_name", "terms walet", "nearest: wallet"),
    ("unknown_name", "products upgrade walet", "nearest: wallet"),
    ("unknown_name", "balance --name man", "known: main"),
    ("unknown_name", "init --book x.db --zone Asia/Shanghia", "Asia/Shanghai"),
    ("unknown_name", "init --book x.db --zone europe/berln", "Europe/Berlin"),
    ("bad_terms", "wallet open-programme --programme m --terms rate.toml", "nearest: yield_rate"),
    ("bad_terms", "time-deposit open-programme --programme m --terms calendar.toml", "CN-SSE"),
    ("not_found", "wallet settle --programme mal --merchant c001", "nearest: mall"),
    ("unknown_name", "import told.journal --type food=expnse", "no account type 'expnse'; nearest: expense"),
    ("bad_actor", "journal --actor oficer:o1", "officer"),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A command line on one book that is only read, beside files with misspelt terms."""
    folder = tmp_path_factory.mktemp("shop")

    def call(*arguments: str | Path, env: dict[str, str] | None = None, **_: object) -> Answer:
        variables = {"BANKCORE_BOOK": str(folder / "mall.db")} if env is None else env
        found = CliRunner().invoke(main, [*map(str, arguments)], env=variables)
        assert "Traceback" not in found.output
        return Answer(found.exit_code, found.stdout, found.stderr)

    (folder / "rate.toml").write_text('yield_rat = "1%"\n')
    (folder / "told.journal").write_text("2024-05-01 x\n  food  5 CNY\n  assets  -5 CNY\n")
    (folder / "calendar.toml").write_text('calendar = "CN-SES"\n')
    for line in (
        "init --opened-on 2024-05-01",
        "current open-programme --programme std --key std",
        *_holder("mall"),
        "wallet open-programme --programme mall --key open",
        f"init --book {folder / 'bare.db'} --opened-on 2024-05-01",
        f"account open --book {folder / 'bare.db'} bank:cash --type asset",
    ):
        assert call(*line.split()).status == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield call
    shutil.rmtree(folder)


@pytest.mark.parametrize(("code", "line", "near"), _NEAR_MISSES, ids=[line for _, line, _ in _NEAR_MISSES])
def test_a_near_miss_is_answered_with_the_nearest(shop: Run, code: str, line: str, near: str) -> None:
    found = shop(*line.split())
    assert found.status in (2, 3)
    assert (found.code, near in found.err) == (code, True), found.err


def test_each_refusal_of_an_unknown_name_offers_the_nearest_or_says_why_not() -> None:
    assert [*PRODUCTS]
    assert imports  # both declare refusals of their own
    codes, classes = set[str](), [BankcoreError]
    while classes:
        codes.add((error := classes.pop()).code)
        classes += error.__subclasses__()
    unknown = {code for code in codes if "unknown" in code}
    offered = {code for code, _, _ in _NEAR_MISSES if "unknown" in code}
    assert unknown - offered == _EXCEPTIONS.keys()
    assert not offered & _EXCEPTIONS.keys()


@pytest.mark.parametrize(
    "line",
    [
        "post --book bare.db --debit bank:cahs 1.00 --credit bank:cash 1.00 --actor customer:c1",
        "wallet recharge --programme mal --client c --amount 1.00 --recharge r --actor operator:mal",
        "current transfer --party mal --receiver x --amount 1.00 --actor customer:mal",
        "wallet pay --programme mal --client c1 --merchant x --amount 1 --purchase p --actor customer:c1",
        "parties identify-party --party mal --document passport --number 1",  # ids of people
        "current cash-in --party mal --amount 1.00",
    ],
)
def test_no_names_of_others_are_offered(shop: Run, line: str) -> None:
    found = shop(*line.split())
    assert found.status in (2, 3)
    assert "nearest" not in found.err
    assert "mall" not in found.err


@pytest.mark.parametrize(
    ("line", "notice"),
    [
        ("journal --kind walet.open", "has the kind 'walet.open'; nearest: wallet.open"),
        ("journal --actor officer:bnk", "has the actor 'officer:bnk'; nearest: officer:bank"),
        ("journal --agreement mal --csv", "has the agreement 'mal'; nearest: mall"),
        ("journal --kind walet.* --jsonl", "has the kind 'walet.*'; nearest: "),
        (
            "import told.journal --check --type *=asset --type fod=asset",
            "journal has no account 'fod'; nearest: food",
        ),
        ("import told.journal --check --type *=asset --unit CYN=CNY/2", "no commodity 'CYN'; nearest: CNY"),
        ("outbox --topic overdu", "no notice of late has the topic 'overdu'"),
    ],
)
def test_what_nobody_ever_wrote_is_told_from_nothing_found(shop: Run, line: str, notice: str) -> None:
    found = shop(*line.split())
    assert found.status == 0
    assert notice in found.err
    assert found.err.count("\n") == 1


def test_nothing_is_said_where_the_name_exists(shop: Run) -> None:
    for line in ("--kind wallet.*", "--kind wallet.open --from 2025-01-01", "--actor officer:bank"):
        assert not shop("journal", *line.split()).err


def test_a_misspelt_variable_is_named(shop: Run) -> None:
    found = shop("balance", env={"BANKCORE_BOOK": "", "BANKCORE_BOK": "x.db"})
    assert (found.status, "The environment has BANKCORE_BOK, not BANKCORE_BOOK." in found.err) == (2, True)
    assert "The environment has" not in shop("balance", env={"BANKCORE_BOOK": "", "PATH": "x"}).err


def test_files_of_columns_and_fields(tmp_path: Path) -> None:
    with pytest.raises(BankcoreError, match=r"date\.formt: there is no such entry; known: column, format"):
        Mapping.parse(MAP.replace('column = "day"', 'column = "day"\nformt = "%d"'))
    (tmp_path / "rows.csv").write_text("id,day,typ,client,text,amont,balance,delta\n")
    with pytest.raises(BankcoreError, match=r"no column 'amount'; nearest: amont"):
        [*read_rows(tmp_path / "rows.csv", Mapping.parse(MAP))]
    with pytest.raises(BankcoreError, match="no column 'account'; nearest: acount, unit; it has type"):
        read_accounts("a.csv", "type,acount,unit,party\n", Unit("CNY/2"))
    with pytest.raises(BankcoreError, match="'flor' is not known; nearest: floor"):
        read_accounts("a.csv", "account,type,flor\n", Unit("CNY/2"))
    with pytest.raises(
        BadCommand, match="field role is not usable: there is no 'oficer' here; nearest: officer"
    ):
        fill(_Given, {"role": "oficer"}, Unit("CNY/2"))


@frozen
class _Given:
    """A command of another package, with a field that is a word of a list."""

    role: Role
