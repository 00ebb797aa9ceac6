"""Rules of the house that no linter knows: read from the source, so that nobody has to remember them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "accounts",
    "api",
    "audit",
    "backups",
    "browsing",
    "connectors",
    "consent",
    "datamap",
    "demo",
    "events",
    "hosting",
    "letters",
    "oxyprivacy",
    "policy",
    "recruitment",
    "retention",
    "rights_requests",
    "security",
    "subjects",
    "trends",
)
LAST_PROMISE = 124


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Read once: no test changes them."""
    paths = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.is_file():
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def is_service(name: str) -> bool:
    """Services, and the one module that claims task rows on their behalf."""
    return "/services" in name or name == "rights_requests/leases.py"


def status_assignments(tree: ast.Module) -> Iterator[int]:
    """Lines that assign ``x.status = …`` or call ``.update(status=…)``."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
            yield node.lineno
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "update"
            and any(keyword.arg == "status" for keyword in node.keywords)
        ):
            yield node.lineno


def test_only_services_move_a_life_along() -> None:
    found = [f"{name}:{line}" for name, tree in sources() if not is_service(name) for line in status_assignments(tree)]
    assert found == []


def test_the_rule_about_status_sees_both_ways_of_setting_one() -> None:
    planted = ast.parse("case.status = 'X'\nModel.objects.filter(pk=1).update(status='X')\n")
    assert list(status_assignments(planted)) == [1, 2]


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_only_letters_send_mail() -> None:
    senders = {name for name, tree in sources() if any(module.startswith("django.core.mail") for module in imported(tree))}
    assert {name for name in senders if not name.startswith(("letters/", "demo/mailbox"))} == set()
    assert senders


@pytest.mark.parametrize("module", ["pickle", "marshal", "shelve", "random"])
def test_nobody_imports_what_is_unsafe_for_data_and_secrets(module: str) -> None:
    assert [name for name, tree in sources() if module in set(imported(tree))] == []


def test_no_room_is_a_junk_drawer() -> None:
    junk = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert [name for name, _tree in sources() if Path(name).name in junk] == []


def test_no_file_is_longer_than_500_lines() -> None:
    long = [name for name, _tree in sources() if len((ROOT / name).read_text(encoding="utf-8").splitlines()) > 500]
    assert long == []


#: The QR code of the second factor is a drawing that allauth makes from the secret alone.
DRAWN = {"templates/mfa/totp/activate_form.html"}


def test_templates_never_switch_escaping_off() -> None:
    # A .txt is the words of a mail: our letters take it as data.
    pages = [(name, text) for name, text in templates() if not name.endswith(".txt") and name not in DRAWN]
    assert [name for name, text in pages if re.search(r"\|\s*safe\b|autoescape\s+off", text)] == []


def marked_tests() -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """(promise id, place, test function) of every marked test."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    match = re.fullmatch(r"pytest\.mark\.promise\('(P\d+)'\)", ast.unparse(decorator))
                    if match:
                        yield match[1], f"{path.relative_to(ROOT)}:{node.name}", node


def test_marked_promises_exist_and_are_asserted() -> None:
    for promise, place, test in marked_tests():
        assert 1 <= int(promise[1:]) <= LAST_PROMISE, place
        checks = [node for node in ast.walk(test) if isinstance(node, ast.Assert) or "raises" in ast.dump(node)]
        assert checks, f"{place} asserts nothing"


HOMED_HERE = (
    {"P001", "P002", "P003", "P004", "P005", "P006", "P007", "P008", "P022", "P028", "P036", "P038"}
    | {
        "P043",
        "P044",
        "P045",
        "P046",
        "P053",
        "P122",
    }
    | {"P035", "P037", "P039", "P040", "P041", "P042", "P064", "P066", "P067", "P120"}
    | {"P010", "P011", "P012", "P013", "P014", "P015", "P016", "P017", "P027", "P029", "P031", "P047", "P048"}
    | {"P070", "P071", "P072", "P073", "P074", "P075", "P076", "P077"}
    | {"P018", "P023", "P030", "P034", "P063", "P065", "P101", "P102", "P106", "P107", "P108", "P109", "P112", "P114", "P116"}
    | {"P024", "P054", "P055", "P095"}
)


def test_every_promise_homed_so_far_has_a_marked_test() -> None:
    assert {promise for promise, _place, _test in marked_tests()} >= HOMED_HERE


def test_a_box_of_the_browser_for_a_day_is_filled_as_it_reads_days() -> None:
    """In French and Dutch a day would be written as people write it, and the box would be empty."""
    boxes = [
        (name, call)
        for name, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in {"DateInput", "DateTimeInput"}
    ]
    assert boxes
    assert [f"{name}:{call.lineno}" for name, call in boxes if not any(said.arg == "format" for said in call.keywords)] == []


def test_no_template_writes_a_year_beside_a_day_that_says_its_own() -> None:
    twice = re.compile(r"\|day_short(?::\w+)? *\}\} *\{\{ *[\w.]+(?:\.year|\|date:.Y)")
    assert [name for name, text in templates() if twice.search(text)] == []
