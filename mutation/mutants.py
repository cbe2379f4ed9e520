"""The mutants of a module: one of its functions, with one place changed by an operator of mutmut."""

from __future__ import annotations

import ast
import difflib
import json
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import CodeType

import attrs
import libcst as cst
from attrs import frozen
from libcst._nodes.internal import CodegenState
from mutmut.mutation.file_mutation import MutationVisitor as Visitor
from mutmut.mutation.file_mutation import create_mutations, deep_replace, group_by_top_level_node

ROOT = Path(__file__).parents[1]
BANKCORE = ROOT / "src" / "bankcore"
KEPT = ROOT / "mutants"  # mutants and results; may be deleted
CHANGED = ("amounts.py", "rates.py", "ledger/**/*.py")
UNCHANGED = {BANKCORE / "ledger" / f"{name}.py" for name in ("books", "ports")}  # protocols: nothing runs
ERRORS = BANKCORE / "errors"  # read, not imported
REFUSALS = {
    "TypeError",
    "ValueError",
    *(
        name
        for file in ERRORS.glob("*.py")
        for name in re.findall(r"^class (\w+)", file.read_text("utf-8"), re.MULTILINE)
    ),
}


@frozen
class Mutant:
    """A function with one place changed."""

    id: str  # of the function before and after: a verdict stays until its function changes
    path: str  # of the module, from the root of the repository
    where: str  # such as posting.limits.room
    function: str  # as Python names it in the module
    first_line: int  # of the function, decorators too
    lines: tuple[int, int]  # first and last of the statement that was changed
    span: tuple[int, int]  # of the function in the text of the module
    text: str  # of the changed function
    before: str  # its changed lines
    after: str

    @property
    def module(self) -> str:
        return name_of(ROOT / self.path)

    def code(self) -> tuple[CodeType, ast.arguments | None]:
        """The compiled function, and its parameters where they were what changed."""
        source = (ROOT / self.path).read_text("utf-8")
        start, end = self.span
        changed = source[:start] + self.text + source[end:]
        code = next(
            code
            for code in codes(compile(changed, str(ROOT / self.path), "exec"))
            if (code.co_qualname, code.co_firstlineno) == (self.function, self.first_line)
        )
        ours, theirs = (ast.parse(textwrap.dedent(text)).body[0] for text in (source[start:end], self.text))
        assert isinstance(ours, ast.FunctionDef)
        assert isinstance(theirs, ast.FunctionDef)
        return code, theirs.args if ast.dump(ours.args) != ast.dump(theirs.args) else None


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all those in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from codes(each)


# --- modules --------------------------------------------------------------------------------------


def modules() -> list[Path]:
    """The modules that are changed, the values first."""
    found = {path for pattern in CHANGED for path in BANKCORE.glob(pattern)} - UNCHANGED
    return sorted(found, key=lambda path: (len(path.parts), path))


def name_of(path: Path) -> str:
    """The short name of the module: `amounts`, `balances`, `posting.limits`; the ledger's wings distinguish
    modules of the same name."""
    inside = path.relative_to(BANKCORE).with_suffix("").parts
    return ".".join(inside[1:] if inside[0] == "ledger" else inside)


def names(path: Path) -> set[str]:
    """The names that select a module: its own and that of its wing."""
    name = name_of(path)
    return {name, name.rpartition(".")[0] or name}


def mutants(path: Path) -> list[Mutant]:
    """All mutants of a module; made again when the module or the code that makes them changed."""
    source = path.read_text("utf-8")
    made_from = sha256((source + maker()).encode()).hexdigest()
    file = KEPT / "made" / f"{name_of(path)}.json"
    if file.exists():
        kept = json.loads(file.read_text("utf-8"))
        if kept["made_from"] == made_from:
            return [
                Mutant(**{**each, "lines": tuple(each["lines"]), "span": tuple(each["span"])})
                for each in kept["mutants"]
            ]
    found = list({mutant.id: mutant for mutant in make(path, source)}.values())
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {"made_from": made_from, "mutants": [attrs.asdict(mutant) for mutant in found]}
    file.write_text(json.dumps(kept), "utf-8")
    return found


@cache
def maker() -> str:
    """The files, other than their module, on which mutants depend."""
    return Path(__file__).read_text("utf-8") + " ".join(sorted(REFUSALS))


# --- making ---------------------------------------------------------------------------------------


def make(path: Path, source: str) -> Iterator[Mutant]:
    changed_visitor()
    tree, mutations, _, _ = create_mutations(str(path), source)
    grouped = group_by_top_level_node(mutations)
    offset = 0
    for owner, function in functions(tree):
        text = written(tree, function, bool(owner))
        offset = source.index(text, offset)
        for mutation in grouped.get(function, ()):
            changed = deep_replace(function, mutation.original_node, mutation.mutated_node)
            assert isinstance(changed, cst.FunctionDef)
            after = written(tree, changed, bool(owner))
            if mutant := described(path, source, offset, text, after, owner, function.name.value):
                yield mutant
        offset += len(text)


def written(tree: cst.Module, function: cst.FunctionDef, indented: bool) -> str:
    """The text of a function, with its indentation."""
    state = CodegenState(tree.default_indent, tree.default_newline)
    if indented:
        state.increase_indent(tree.default_indent)
    function._codegen(state)
    return "".join(state.tokens)


def functions(tree: cst.Module) -> Iterator[tuple[str, cst.FunctionDef]]:
    """The functions and methods, in order, with the class they belong to."""
    for statement in tree.body:
        if isinstance(statement, cst.FunctionDef):
            yield "", statement
        elif isinstance(statement, cst.ClassDef) and isinstance(statement.body, cst.IndentedBlock):
            for inner in statement.body.body:
                if isinstance(inner, cst.FunctionDef):
                    yield statement.name.value, inner


def described(
    path: Path, source: str, offset: int, text: str, after: str, owner: str, name: str
) -> Mutant | None:
    """The mutant, or none where the change is not valid Python."""
    try:
        same = (plain(text), plain(after))
    except SyntaxError:
        return None
    if same[0] == same[1]:
        return None
    function = f"{owner}.{name}" if owner else name
    where = f"{name_of(path)}.{function}"
    old, new = text.strip().split("\n"), after.strip().split("\n")
    start = source.count("\n", 0, offset + len(text) - len(text.lstrip())) + 1
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    first = next(i for tag, i, *_ in blocks if tag != "equal") + start
    difference = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
    before, became = (" ".join(line[1:].strip() for line in difference if line[0] == sign) for sign in "-+")
    top = top_of(source, function, start)
    return Mutant(
        sha256(repr((where, *same)).encode()).hexdigest()[:16],
        str(path.relative_to(ROOT)),
        where,
        function,
        min([top.lineno, *(each.lineno for each in top.decorator_list)]),
        statement(top, first),
        (offset, offset + len(text)),
        after,
        before,
        became,
    )


def plain(text: str) -> str:
    """The function without comments, layout and docstring."""
    node = ast.parse(textwrap.dedent(text)).body[0]
    assert isinstance(node, ast.FunctionDef)
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(node)


def top_of(source: str, function: str, line: int) -> ast.FunctionDef:
    """The function that the line is in."""
    return next(
        node
        for node in parsed(source)
        if node.name == function.rpartition(".")[2] and (node.end_lineno or 0) >= line
    )


@cache
def parsed(source: str) -> list[ast.FunctionDef]:
    tree = ast.parse(source)
    inner = [node for each in tree.body if isinstance(each, ast.ClassDef) for node in each.body]
    return sorted(
        (node for node in (*tree.body, *inner) if isinstance(node, ast.FunctionDef)),
        key=lambda node: node.lineno,
    )


def statement(function: ast.FunctionDef, line: int) -> tuple[int, int]:
    """The lines of the smallest statement around a line; of the head only, where it has a body."""
    first, last = function.lineno, function.end_lineno or function.lineno
    for node in ast.walk(function):
        if node is function or not isinstance(node, (ast.stmt, ast.ExceptHandler)):
            continue
        end = node.end_lineno or node.lineno
        if body := getattr(node, "body", None):
            end = max(body[0].lineno - 1, node.lineno)
        if node.lineno <= line <= end and node.lineno >= first:
            first, last = node.lineno, end
    return first, last


# --- mutmut, as it is needed here -----------------------------------------------------------------


def is_property(node: cst.CSTNode) -> bool:
    """Whether this is a method that is read as an attribute."""
    if not isinstance(node, cst.FunctionDef) or len(node.decorators) != 1:
        return False
    decorator = node.decorators[0].decorator
    return isinstance(decorator, cst.Name) and decorator.value in ("property", "cached_property")


def spared(node: cst.CSTNode) -> list[cst.Arg]:
    """The arguments of a call that are not changed: the sentences of a refusal, and `strict` of a zip, which
    is an assertion."""
    if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Name)):
        return []
    if node.func.value == "zip":
        return [each for each in node.args if each.keyword and each.keyword.value == "strict"]
    return [
        each
        for each in node.args
        if node.func.value in REFUSALS
        and (
            isinstance(each.value, (cst.FormattedString, cst.ConcatenatedString))
            or (isinstance(each.value, cst.SimpleString) and " " in each.value.value)
        )
    ]


@cache
def changed_visitor() -> None:
    """mutmut skips decorated functions, but balances are properties; and it changes every argument."""
    skips, removes = Visitor._skip_node_and_children, Visitor._removes_ignored_code
    held: dict[int, cst.CSTNode] = {}  # by identity; references keep the identities unique

    def skip(visitor: Visitor, node: cst.CSTNode) -> bool:
        held.update((id(argument), argument) for argument in spared(node))
        return id(node) in held or (not is_property(node) and skips(visitor, node))

    def remove(visitor: Visitor, node: cst.CSTNode, mutated_node: cst.CSTNode) -> bool:
        kept = {id(argument) for argument in getattr(mutated_node, "args", ())}
        return any(id(each) not in kept for each in spared(node)) or removes(visitor, node, mutated_node)

    Visitor._skip_node_and_children = skip  # type: ignore[assignment, method-assign]
    Visitor._removes_ignored_code = remove  # type: ignore[assignment, method-assign]
