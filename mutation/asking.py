"""Run the tests on mutants: tests are collected once, and each mutant is a fork of that process, in which
the changed function's code is replaced before the tests that reach the changed statement are run."""

from __future__ import annotations

import ast
import gc
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate, zip_longest
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from attrs import define, field
from coverage import Coverage, CoverageData

from mutation.mutants import KEPT, ROOT, Mutant, modules

TRIED = KEPT / "tried.jsonl"
REACH = KEPT / "reach.sqlite"
TIMES = KEPT / "times.json"
VALUES = ("tests/values/test_amounts.py", "tests/values/test_rates.py")
ASKED = (  # without slow tests, which say little about a single line
    *VALUES,
    "tests/ledger",
    "tests/test_signing.py",
    "--ignore=tests/ledger/test_crashes.py",
    "--ignore=tests/ledger/test_machine.py",
    "--ignore=tests/ledger/test_processes.py",
    "--ignore=tests/ledger/test_races.py",
    "-knot sqlite",  # once is enough: on the store in memory
    "--deselect=tests/ledger/test_audit.py::test_every_cell_changed_by_hand_is_found",
    "--deselect=tests/ledger/test_audit.py::test_every_row_deleted_by_hand_is_found",
    "--deselect=tests/ledger/test_audit.py::test_every_value_of_a_seal_changed_by_hand_is_found",
    "--deselect=tests/ledger/test_holds.py::test_more_holds_than_a_page",
    "--deselect=tests/ledger/test_proofs.py::test_a_large_book_has_a_small_proof",
    "--deselect=tests/ledger/test_proofs.py::test_every_value_changed_makes_it_fail",
    "--deselect=tests/ledger/test_refusal_order.py::test_of_several_transactions_the_first_refused_one_is_named",
    "--deselect=tests/ledger/test_totals.py::test_the_totals_of_many_accounts",
)
OPTIONS = ("-q", "-s", "--tb=native", *(f"-pno:{each}" for each in (
    "cacheprovider", "unraisableexception", "threadexception", "xdist", "cov", "randomly", "faulthandler"
)))  # fmt: skip
NOTICED, BROKEN = 1, 3  # exit codes of a fork; 0 where no test noticed
PATIENCE = 10  # seconds of tests for each mutant
MEMORY = 4 << 30  # bytes that a mutant may take


def verdicts() -> dict[str, dict[str, Any]]:
    """The results so far: the test that noticed a mutant (`by`), null for none; when, how long it took, and
    the state of the program and the tests."""
    found = {}
    lines = TRIED.read_text("utf-8").split("\n")[:-1] if TRIED.exists() else []  # without an incomplete line
    for line in lines:
        verdict = json.loads(line)
        found[verdict["id"]] = verdict
    return found


def digest(files: Iterable[Path]) -> str:
    parts = [f"{file.relative_to(ROOT)} {sha256(file.read_bytes()).hexdigest()}" for file in sorted(files)]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def files_of_tests() -> set[Path]:
    """The tests, and the files that they read."""
    suffixes = (".py", ".json", ".toml", ".db", ".jsonl")
    return {file for file in (ROOT / "tests").rglob("*") if file.suffix in suffixes}


def program() -> str:
    """The digest of the program, and of the files that several tests share."""
    shared = {file for file in files_of_tests() if not file.name.startswith("test_")}
    return digest({ROOT / "pyproject.toml", *(ROOT / "src" / "bankcore").rglob("*.py"), *shared})


def all_asked() -> str:
    """The digest of the program and the tests, for survivors: they are tried again in another state."""
    return digest({*(ROOT / "src" / "bankcore").rglob("*.py"), *files_of_tests()})


def ask(mutants: Sequence[Mutant], workers: int, patience: int = PATIENCE) -> None:
    """Run the tests on each mutant, and record every result at once."""
    os.environ |= {"HYPOTHESIS_PROFILE": "mutation", "COVERAGE_CORE": "ctrace"}
    os.chdir(ROOT)
    if (
        pytest.main([*OPTIONS, *ASKED], plugins=[asker := Asker(mutants, workers, patience)])
        or not asker.finished
    ):
        sys.exit("the tests were not run to the end")


@define(eq=False)
class Asker:
    """A plugin of pytest that runs its loop of tests once for every mutant, each time in a fork."""

    mutants: Sequence[Mutant]
    workers: int
    patience: int
    finished: bool = False
    items: dict[str, pytest.Item] = field(factory=dict)
    failed: str = ""  # in a fork, the first test that did
    seconds: dict[str, float] = field(factory=dict)  # of each test
    reach: dict[str, dict[int, list[str]]] = field(factory=dict)  # path, line, tests
    forks: dict[int, tuple[Mutant, int, float]] = field(factory=dict)  # by process: what it tries, its answer
    looked: dict[tuple[str, int, int], dict[str, float]] = field(factory=dict)
    shown: dict[str, float] = field(factory=dict)  # by mutant that was not noticed: seconds of tests
    noticed: dict[str, Counter[str]] = field(factory=lambda: defaultdict(Counter))  # by function and module
    scratch: Path = field(factory=lambda: Path(tempfile.mkdtemp(prefix="mutants-")))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("some tests could not be collected")
        self.items = {item.nodeid: item for item in session.items}
        functions = functions_of(modules())
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
        try:
            self.see_reach()
            self.remember()
            self.try_all(functions)
        finally:
            for process in self.forks:
                os.kill(process, signal.SIGKILL)
            shutil.rmtree(self.scratch, ignore_errors=True)
        self.finished = True
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def see_reach(self) -> None:
        """Which test runs which line, and how long it takes.  Kept until the program changes; where only
        tests change, those of their files are measured again."""
        kept = json.loads(TIMES.read_text("utf-8")) if TIMES.exists() else {}
        if kept.get("program") != program():
            kept = {"program": program(), "files": {}, "seconds": {}}
            REACH.unlink(missing_ok=True)
        files = {
            str(file.relative_to(ROOT)): digest({file}) for file in {i.path for i in self.items.values()}
        }
        changed = {file for file in files if kept["files"].get(file) != files[file]}
        if items := [item for item in self.items.values() if str(item.path.relative_to(ROOT)) in changed]:
            TIMES.unlink(missing_ok=True)
            kept["files"] = files
            if not (process := os.fork()):
                self.in_fork(lambda: self.run_all(items, kept))
            if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]):
                raise RuntimeError("the tests were not run to the end")
            kept = json.loads(TIMES.read_text("utf-8"))
        self.seconds = kept["seconds"]
        data = CoverageData(str(REACH))
        data.read()
        self.reach = {file: data.contexts_by_lineno(file) for file in data.measured_files()}

    def run_all(self, items: Sequence[pytest.Item], kept: dict[str, Any]) -> int:
        files = [str(path) for path in modules()]
        coverage = Coverage(data_file=str(REACH), config_file=False, include=files, messages=False)
        coverage.set_option("run:relative_files", True)
        coverage.load()
        coverage.start()
        for item in items:
            coverage.switch_context(item.nodeid)
            start = time.process_time()
            self.run(item, None)  # with its shared fixtures, as when it is run alone
            kept["seconds"][item.nodeid] = time.process_time() - start
            if self.failed:
                raise RuntimeError(f"{self.failed} fails before anything is changed")
        coverage.stop()
        coverage.save()
        TIMES.write_text(json.dumps(kept), "utf-8")
        return 0

    def remember(self) -> None:
        for verdict in verdicts().values():
            self.note(verdict["where"], verdict["by"])
            if verdict["by"] is None:
                self.shown[verdict["id"]] = verdict.get("patience", 0)

    def note(self, where: str, test: str | None) -> None:
        if test in self.items:
            self.noticed[where][test] += 1
            self.noticed[where.rpartition(".")[0]][test] += 1

    def tests(self, mutant: Mutant) -> Sequence[str]:
        """The tests that reach the changed statement, within the time limit: first those that noticed most in
        its function, then in its module or class, then those that test it most closely; but where these
        noticed nothing the last time, the others before them."""
        lines = self.reach.get(mutant.path, {})
        first, last = mutant.lines
        found: set[str] = set().union(*(lines.get(line, ()) for line in range(first, last + 1)))
        if mutant.path in ("src/bankcore/amounts.py", "src/bankcore/rates.py"):
            found = {test for test in found if test.startswith(VALUES)}
        here, near = self.noticed[mutant.where], self.noticed[mutant.where.rpartition(".")[0]]
        looks = self.looks(mutant.path, first, last)
        ordered = sorted(
            found & self.items.keys(),
            key=lambda test: (
                *(-each[test] / (0.02 + self.seconds[test]) for each in (here, near, looks)),
                test,
            ),
        )
        shown = self.within(ordered, self.shown.get(mutant.id, 0))  # these noticed nothing the last time
        telling = [test for test in shown if here[test] or near[test]][:20]  # some of these may be new
        others = [*ordered[len(shown) :], *(test for test in shown if test not in telling)]
        return self.within([*telling, *others], self.patience) or ordered[:1]

    def within(self, tests: Sequence[str], seconds: float) -> Sequence[str]:
        """The first of the tests that together take at most the given seconds."""
        until = list(accumulate(self.seconds[test] for test in tests))
        return tests[: bisect_right(until, seconds)]

    def looks(self, path: str, first: int, last: int) -> dict[str, float]:
        """How closely each test covers some lines: a line of the module that few tests reach counts most,
        and one nearby ten times as much."""
        if (path, first, last) not in self.looked:
            looks: dict[str, float] = defaultdict(float)
            for line, tests in self.reach.get(path, {}).items():
                weight = (10 if first - 10 <= line <= last + 10 else 1) / (len(tests) or 1)
                for test in tests:
                    looks[test] += weight
            self.looked[path, first, last] = looks
        return self.looked[path, first, last]

    def try_all(self, functions: dict[tuple[str, str, int], list[FunctionType]]) -> None:
        state, start = all_asked(), time.monotonic()
        for number, mutant in enumerate(self.mutants, 1):
            while len(self.forks) >= self.workers:
                self.reap(state)
            told, telling = os.pipe()
            tests = self.tests(mutant)
            if not (process := os.fork()):
                self.in_fork(lambda m=mutant, t=tests, p=telling: self.try_one(m, t, p, functions))
            os.close(telling)
            self.forks[process] = mutant, told, time.monotonic()
            if not number % 100:
                took = round(time.monotonic() - start)
                print(f"{number} of {len(self.mutants)}, {took} s: {mutant.module}", flush=True)
        while self.forks:
            self.reap(state)

    def reap(self, state: str) -> None:
        """Wait for one of the forks, and record its result."""
        process, status = os.wait()
        mutant, told, start = self.forks.pop(process)
        with os.fdopen(told, encoding="utf-8") as answer:
            said = answer.read()
        code = os.waitstatus_to_exitcode(status)
        if code == BROKEN:
            raise RuntimeError(f"{mutant.where}: {mutant.after}\n{said}")
        by = {0: None, NOTICED: said, -signal.SIGPROF: "time", -signal.SIGALRM: "time"}.get(code, "a crash")
        shutil.rmtree(self.scratch / str(process), ignore_errors=True)
        self.note(mutant.where, by)
        verdict = {
            "id": mutant.id,
            "where": mutant.where,
            "by": by,
            "seconds": round(time.monotonic() - start, 2),
            "on": datetime.now(UTC).date().isoformat(),
            "state": state,
            "patience": self.patience,
        }
        with TRIED.open("a", encoding="utf-8") as file:
            file.write(json.dumps(verdict) + "\n")

    # --- in a fork --------------------------------------------------------------------------------

    def in_fork(self, work: Any) -> None:
        """Do the work and end the process, whatever happens."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code, loud = BROKEN, os.fdopen(os.dup(2), "w")
        try:
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            own = self.scratch / str(os.getpid())
            own.mkdir()
            next(iter(self.items.values())).config._tmp_path_factory._basetemp = own  # type: ignore[attr-defined]
            code = work()
        except BaseException:
            traceback.print_exc(file=loud)
        finally:
            loud.flush()
            os._exit(code)

    def try_one(self, mutant: Mutant, tests: Sequence[str], telling: int, functions: Any) -> int:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            swap(mutant, functions[mutant.path, mutant.function, mutant.first_line])
        except BaseException:
            os.write(telling, traceback.format_exc()[-4000:].encode())
            return BROKEN
        items = [self.items[test] for test in tests]
        for item, following in zip_longest(items, items[1:]):
            seconds = self.seconds[item.nodeid]
            signal.setitimer(signal.ITIMER_PROF, 2 + 5 * seconds)
            signal.setitimer(signal.ITIMER_REAL, 15 + 30 * seconds)
            self.run(item, following)
            if self.failed:
                os.write(telling, self.failed.encode())
                return NOTICED
        return 0

    def run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def functions_of(paths: Iterable[Path]) -> dict[tuple[str, str, int], list[FunctionType]]:
    """All function objects of the modules, by path, name and first line."""
    files = {str(path): str(path.relative_to(ROOT)) for path in paths}
    found = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in files:
            code = each.__code__
            found[files[code.co_filename], code.co_qualname, code.co_firstlineno].append(each)
    return found


def swap(mutant: Mutant, functions: Sequence[FunctionType]) -> None:
    """Replace the function's code by the mutant's, wherever the function is already imported."""
    assert functions, f"{mutant.where} is not loaded"
    code, parameters = mutant.code()
    for function in functions:
        function.__code__ = code
        if parameters is not None:
            named = {
                each.arg: value(default, function)
                for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
                if default is not None
            }
            function.__defaults__ = tuple(value(each, function) for each in parameters.defaults) or None
            function.__kwdefaults__ = named or None


def value(default: ast.expr, function: FunctionType) -> Any:
    return eval(compile(ast.Expression(default), "default", "eval"), function.__globals__)
