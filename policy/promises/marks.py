"""Which tests say that they show a promise: read from their source, without running or importing anything."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Not there in a production image.
TESTS = Path(__file__).resolve().parents[2] / "tests"
MARK = "promise"
#: What fails a test, beside ``assert``: ``pytest.raises`` and its like, and helpers that say by their name that they do.
FAILS = ("raises", "fail")
ASSERTING = ("assert_", "expect_", "refuses", "must_")


@dataclass(frozen=True, slots=True)
class Marked:
    """One test and one promise of its marks. ``asserts``: something in it, or in a helper beside it, can fail."""

    promise: str
    node: str
    asserts: bool


def marked(folder: Path = TESTS) -> list[Marked]:
    """Every mark below a folder; none where it does not exist."""
    return [one for file in sorted(folder.rglob("test_*.py")) for one in _of_file(file, folder)]


@cache
def installed() -> tuple[Marked, ...]:
    """The marks of our own tests, read once: who runs does not change."""
    return tuple(marked())


def _of_file(file: Path, folder: Path) -> Iterator[Marked]:
    text = file.read_text(encoding="utf-8")
    if f"mark.{MARK}" not in text:
        return
    tree = ast.parse(text)
    helpers = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and not _is_test(node) and _asserts(node, set())}
    is_watched = any(_is_autouse(node) and _asserts(node, helpers) for node in tree.body if isinstance(node, ast.FunctionDef))
    name = file.relative_to(folder.parent).as_posix()
    for test, path, promises in _tests(tree.body, name, _of_module(tree)):
        asserts = is_watched or _asserts(test, helpers)
        yield from (Marked(promise, path, asserts) for promise in promises)


def _tests(body: Iterable[ast.stmt], path: str, inherited: tuple[str, ...]) -> Iterator[tuple[ast.FunctionDef, str, tuple[str, ...]]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{path}::{node.name}", (*inherited, *_of_decorators(node)))
        elif isinstance(node, ast.FunctionDef) and _is_test(node):
            yield node, f"{path}::{node.name}", tuple(dict.fromkeys((*inherited, *_of_decorators(node))))


def _is_test(node: ast.FunctionDef) -> bool:
    return node.name.startswith("test_")


def _of_module(tree: ast.Module) -> tuple[str, ...]:
    assigned = (node for node in tree.body if isinstance(node, ast.Assign))
    return tuple(
        promise
        for node in assigned
        if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
        for promise in _named(node.value)
    )


def _of_decorators(node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    """Those of single cases of a table (``pytest.param(..., marks=...)``) stand in a decorator too."""
    return (promise for decorator in node.decorator_list for promise in _named(decorator))


def _named(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARK:
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str))


def _is_autouse(node: ast.FunctionDef) -> bool:
    """A fixture that every test of the file runs through."""
    return any(
        keyword.arg == "autouse" for decorator in node.decorator_list if isinstance(decorator, ast.Call) for keyword in decorator.keywords
    )


def _asserts(node: ast.FunctionDef, helpers: set[str]) -> bool:
    return any(isinstance(part, ast.Assert) or (isinstance(part, ast.Call) and _fails(_called(part), helpers)) for part in ast.walk(node))


def _fails(called: str, helpers: set[str]) -> bool:
    return called in FAILS or called in helpers or called.startswith(ASSERTING)


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
