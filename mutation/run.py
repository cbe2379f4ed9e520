"""Change the values and the ledger in one small place after another, and see whether a test notices.

    python mutation/run.py                  every module, some hours; goes on where it was stopped
    python mutation/run.py amounts posting  these modules, and those of these wings
    python mutation/run.py --write          also write docs/mutation.md

mutmut makes the changes ("mutants") below `mutants/` and asks, of each, the tests that reach the changed
function.  What it tried stays there; survivors are tried again every time, killed mutants only once their
function changes.  Remove the folder to start from nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import libcst as cst
from attrs import frozen
from mutmut import __main__ as mutmut
from mutmut import _reset_globals
from mutmut.configuration import config
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import MutationVisitor as Visitor
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "mutation.md"
SURVIVORS = ROOT / "mutation" / "survivors.toml"
TESTS = {  # of the rooms; what is slow and says little of a single line is not asked
    "bankcore": ["tests/values/test_amounts.py", "tests/values/test_rates.py"],
    "ledger": [
        "tests/ledger",
        "--ignore=tests/ledger/test_crashes.py",
        "--ignore=tests/ledger/test_machine.py",
        "--ignore=tests/ledger/test_processes.py",
        "-knot sqlite",  # once is enough: on the store in memory
        "--deselect=tests/ledger/test_audit.py::test_every_cell_changed_by_hand_is_found",
        "--deselect=tests/ledger/test_audit.py::test_every_row_deleted_by_hand_is_found",
        "--deselect=tests/ledger/test_audit.py::test_every_value_of_a_seal_changed_by_hand_is_found",
        "--deselect=tests/ledger/test_holds.py::test_more_holds_than_a_page",
        "--deselect=tests/ledger/test_proofs.py::test_a_large_book_has_a_small_proof",
        "--deselect=tests/ledger/test_proofs.py::test_every_value_changed_makes_it_fail",
        "--deselect=tests/ledger/test_refusal_order.py::test_of_several_transactions_the_first_refused_one_is_named",
        "--deselect=tests/ledger/test_totals.py::test_the_totals_of_many_accounts",
    ],
}
FEW = 20
LEAST = 90  # percent of a module's mutants
ERRORS = ROOT / "src" / "bankcore" / "errors.py"  # read, not imported: the tests must import the mutants
REFUSALS = {"TypeError", *re.findall(r"^class (\w+)", ERRORS.read_text("utf-8"), re.MULTILINE)}
UNNOTICED = {0, 5, 33}  # pytest passed, found no test, was not even asked

INTRODUCTION = """\
# Mutation testing

<!-- Written by `make mutate`; the reasons stand in mutation/survivors.toml. -->

Coverage says which lines the tests run; mutation testing says whether they would notice a mistake there.
`make mutate` changes one thing at a time (an operator, a constant, an argument, a condition) in a function,
method or property of the values and the ledger, and runs the tests that reach it. A changed program, a
*mutant*, that no test notices survives. {least}% of the mutants of each module must be noticed.

- Asked are `tests/values` for the values and `tests/ledger`, on the store in memory, for the ledger, with few
  examples, always the same ones; not the state machine and other slow tests, which say little of a single
  line. Those that noticed most in a function are asked first.
- Not changed are constants of modules and classes, and the sentences in refusals: which refusal it is, and
  its other fields, are.
- A survivor is a missing test, superfluous code, or a mutant that nobody can tell from the original. The
  last kind is listed below with its reason, and counts against the score all the same.
- `make mutate MODULES="amounts posting"` tries some modules; a run that was stopped goes on where it was.

"""


@frozen(order=True)
class Survivor:
    """A mutant that no test noticed, by its function and its lines before and after."""

    where: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"[[survivor]]\nwhere = '{self.where}'\n"
            f"before = '''{self.before}'''\nafter = ['''{self.after}''']\nwhy = ''\n"
        )


@frozen
class Score:
    """What became of the mutants of one module."""

    module: str
    tried_on: date
    seconds: int
    mutants: int
    untried: int
    survivors: tuple[Survivor, ...]

    @property
    def killed(self) -> int:
        return self.mutants - self.untried - len(self.survivors)

    @property
    def percent(self) -> str:
        """Rounded down, so that 90.0 is reached only by 90."""
        tenths = 1000 * self.killed // max(self.mutants, 1)
        return f"{tenths // 10}.{tenths % 10}"

    @property
    def is_enough(self) -> bool:
        return not self.untried and 100 * self.killed >= LEAST * self.mutants


# --- mutmut, as it is needed here -----------------------------------------------------------------


def is_property(node: cst.CSTNode) -> bool:
    """Whether this is a method that is read as an attribute."""
    if not isinstance(node, cst.FunctionDef) or len(node.decorators) != 1:
        return False
    decorator = node.decorators[0].decorator
    return isinstance(decorator, cst.Name) and decorator.value in ("property", "cached_property")


def mutate_properties() -> None:
    """mutmut leaves decorated functions alone; balances are properties."""
    skips, arranges = Visitor._skip_node_and_children, file_mutation.function_trampoline_arrangement

    def skip(visitor: Visitor, node: cst.CSTNode) -> bool:
        return not is_property(node) and skips(visitor, node)

    def arrange(function: cst.FunctionDef, *rest: Any, **named: Any) -> Any:
        declared, nodes, assigned, names = arranges(function, *rest, **named)
        if is_property(function):  # only the switch between them stays one
            nodes = [nodes[0], *(node.with_changes(decorators=()) for node in nodes[1:])]
        return declared, nodes, assigned, names

    Visitor._skip_node_and_children = skip  # type: ignore[method-assign]
    file_mutation.function_trampoline_arrangement = arrange


def wording(node: cst.CSTNode) -> list[cst.Arg]:
    """The arguments of a refusal that are sentences."""
    if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in REFUSALS):
        return []
    return [
        argument
        for argument in node.args
        if isinstance(argument.value, (cst.FormattedString, cst.ConcatenatedString))
        or (isinstance(argument.value, cst.SimpleString) and " " in argument.value.value)
    ]


def spare_wording() -> None:
    """Leave the sentences of refusals as they are; their classes and other fields are changed."""
    skips, removes = Visitor._skip_node_and_children, Visitor._removes_ignored_code
    spared: dict[int, cst.CSTNode] = {}  # by identity; holding them keeps the identities their own

    def skip(visitor: Visitor, node: cst.CSTNode) -> bool:
        spared.update((id(sentence), sentence) for sentence in wording(node))
        return id(node) in spared or skips(visitor, node)

    def remove(visitor: Visitor, node: cst.CSTNode, mutated: cst.CSTNode) -> bool:
        kept = {id(argument) for argument in getattr(mutated, "args", ())}
        return any(id(each) not in kept for each in wording(node)) or removes(visitor, node, mutated)

    Visitor._skip_node_and_children = skip  # type: ignore[method-assign]
    Visitor._removes_ignored_code = remove  # type: ignore[method-assign]


class Noticed:
    """Writes down which test notices which function's mutants; the next ones are shown to it first."""

    def __init__(self, function: str) -> None:
        self.function = function

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            with Path("noticed.txt").open("a", encoding="utf-8") as file:
                file.write(f"{self.function} {report.nodeid}\n")

    @staticmethod
    def order(function: str, tests: Iterable[str]) -> list[str]:
        """The tests that noticed most in this function, then in its module, then those that reach least."""
        file = Path("mutants", "noticed.txt")
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        pairs = [line.split(" ", 1) for line in lines]
        module = function.rpartition(".")[0]
        here = Counter(test for where, test in pairs if where == function)
        near = Counter(test for where, test in pairs if where.rpartition(".")[0] == module)
        reached = Counter(chain.from_iterable(state().tests_by_mangled_function_name.values()))
        return sorted(tests, key=lambda test: (-here[test], -near[test], reached[test], test))


def ask_telling_tests_first() -> None:
    """A few tests alone, then the others: most mutants are noticed before those are even collected."""

    def run(runner: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        function = (mutant_name or "").rpartition("__mutmut_")[0]
        plugins = [Noticed(function)] if function else []
        ordered = Noticed.order(function, tests)
        with chdir("mutants"):
            for some in (ordered[:4], ordered[4:FEW], ordered[FEW:]):
                if some or not ordered:
                    arguments = runner._pytest_args_regular_run(some)
                    if code := int(runner.execute_pytest(arguments, plugins=plugins)):
                        return code
        return 0

    PytestRunner.run_tests = run  # type: ignore[method-assign]


# --- running --------------------------------------------------------------------------------------


def generate() -> None:
    """Write all mutants; verdicts stay while their function does."""
    Path("mutants").mkdir(exist_ok=True)
    with mutmut.CatchOutput():
        mutmut.copy_src_dir()
        mutmut.copy_also_copy_files()
        mutmut.create_mutants(1)


def attempt(modules: Sequence[str], workers: int) -> None:
    """Try the mutants that no test has noticed yet, room by room; which test reaches what is seen afresh."""
    for room, tests in TESTS.items():
        found = [data for _, data in verdicts(modules) if _room(data.path) == room]
        codes = {name: code for data in found for name, code in data.exit_code_by_key.items()}
        if pending := [name for name, code in codes.items() if code is None or code in UNNOTICED]:
            _reset_globals()
            Path("mutants", "mutmut-stats.json").unlink(missing_ok=True)
            config().pytest_add_cli_args_test_selection = tests
            mutmut._run(pending, workers)


def _room(path: str | Path) -> str:
    """The room of TESTS that a module belongs to."""
    return "ledger" if "ledger" in Path(path).parts else "bankcore"


def verdicts(modules: Sequence[str]) -> Iterator[tuple[str, SourceFileMutationData]]:
    """The mutants of the modules, those never tried too."""
    for path in sorted(walk_mutatable_files(), key=lambda path: (len(path.parts), path)):
        data = SourceFileMutationData(path=path)
        data.load()
        if data.exit_code_by_key and (not modules or names(path) & set(modules)):
            yield name_of(path), data


def name_of(path: Path | str) -> str:
    """The module as it is called here: `amounts`, `balances`, `posting.limits`; the ledger's wings tell
    modules of one name apart."""
    parts = Path(path).with_suffix("").parts
    inside = parts[parts.index("bankcore") + 1 :]
    return ".".join(inside[1:] if inside[0] == "ledger" else inside)


def names(path: Path | str) -> set[str]:
    """What a module may be asked for by: its name, the name of its wing."""
    name = name_of(path)
    return {name, name.rpartition(".")[0] or name}


def score(module: str, data: SourceFileMutationData) -> Score:
    codes = data.exit_code_by_key
    return Score(
        module,
        datetime.fromtimestamp(data.meta_path.stat().st_mtime, UTC).date(),
        round(sum(data.durations_by_key.values())),
        len(codes),
        sum(code is None for code in codes.values()),
        tuple(survivor(name, data.path) for name, code in codes.items() if code in UNNOTICED),
    )


def survivor(name: str, path: Path | str) -> Survivor:
    function, owner = orig_function_and_class_names_from_key(name)
    where = ".".join(filter(None, (name_of(path), owner, function)))
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    before, after = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return Survivor(where, before, after)


# --- reporting ------------------------------------------------------------------------------------


def accepted() -> list[dict[str, Any]]:
    """The survivors with a reason: where, before, every after, why."""
    return tomllib.loads(SURVIVORS.read_text("utf-8"))["survivor"]


def with_reason() -> set[Survivor]:
    return {Survivor(each["where"], each["before"], after) for each in accepted() for after in each["after"]}


def table(scores: Sequence[Score]) -> str:
    rows = [
        "| module | mutants | killed | survived | untried | score | seconds | on |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for s in scores:
        rows.append(
            f"| {s.module} | {s.mutants} | {s.killed} | {len(s.survivors)} | {s.untried} | {s.percent}% "
            f"| {s.seconds} | {s.tried_on} |"
        )
    return "\n".join(rows)


def page(scores: Sequence[Score]) -> str:
    parts = [INTRODUCTION.format(least=LEAST), table([s for s in scores if not s.untried])]
    if waiting := [s.module for s in scores if s.untried]:
        parts.append(f"\nNot tried to the end since they last changed: {', '.join(waiting)}.")
    parts += ["\nSeconds are those of this machine, under whatever else it did.\n\n## Accepted survivors\n"]
    for each in accepted():
        changes = " or ".join(f"`{after}`" for after in each["after"])
        parts.append(f"- {each['where']}: `{each['before']}` → {changes}. {each['why']}")
    return "\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutation testing of the values and the ledger.")
    parser.add_argument(
        "modules", nargs="*", help="such as amounts, evidence.audit or posting; all of them without"
    )
    parser.add_argument("--workers", type=int, default=1, help="mutants tried at a time; 1 unless told")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    parser.add_argument("--report", action="store_true", help="try nothing, show what was found")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    mutate_properties()
    spare_wording()
    ask_telling_tests_first()
    known = set().union(*map(names, walk_mutatable_files()))
    if strangers := sorted(set(options.modules) - known):
        parser.error(f"no such module: {', '.join(strangers)}; there are {', '.join(sorted(known))}")

    generate()
    if not options.report:
        attempt(options.modules, options.workers)

    scores = [score(module, data) for module, data in verdicts(options.modules)]
    survivors = {survivor for each in scores for survivor in each.survivors}
    for found in sorted(survivors - with_reason()):
        print(f"\n{found}", end="")
    done = {each.module for each in scores if not each.untried}
    for gone in sorted(with_reason() - survivors):
        if any(gone.where.startswith(f"{module}.") for module in done):
            print(f"\nno longer a survivor, take it out of {SURVIVORS.name}: {gone.where}: {gone.after}")
    print(f"\n{table(scores)}")
    if options.write:
        PAGE.write_text(page([score(*each) for each in verdicts(())]), "utf-8")
    if low := [each.module for each in scores if not each.is_enough]:
        sys.exit(f"below {LEAST}%: {', '.join(low)}")


if __name__ == "__main__":
    main()
