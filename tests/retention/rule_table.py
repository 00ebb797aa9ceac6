"""The table of rules in docs/retention.md, made from the declarations and from the tests that bear their promises."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "retention.md"
MARKS = re.compile(r"(<!-- rules: [^\n]*-->\n).*?(<!-- end of rules -->)", re.DOTALL)
PROMISE = re.compile(r'^@pytest\.mark\.promise\("(P\d{3})"\)$')
NAMED = re.compile(r"^def (test_\w+)\(")
#: Once for each rule: to its last second, at its instant, under a hold and under a restriction; see ``tests/conformance/conftest.py``.
EACH = "conformance/test_in_time.py"
HEAD = "| rule | counted from | kept for | may be set | promise | ground | tests that pin it |\n|---|---|---|---|---|---|---|\n"


def tests_of_promises() -> dict[str, set[str]]:
    """Promise to the files whose tests bear it."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        waiting: list[str] = []
        for line in file.read_text(encoding="utf-8").splitlines():
            if promise := PROMISE.match(line):
                waiting.append(promise[1])
            elif waiting and NAMED.match(line):
                for code in waiting:
                    found[code].add(str(file.relative_to(ROOT / "tests")))
                waiting = []
    return found


def table() -> str:
    from datamap import periods
    from retention import services

    tests = tests_of_promises()
    lines = [
        (
            f"`{rule.code}`: {rule.label}",
            f"{source.counted_from(rule)} (`{rule.trigger}`)",
            periods.in_words(rule.keep_for) or "until the day in each row",
            f"{periods.in_words(rule.shortest)} or more" if rule.shortest else "no",
            rule.promise or "–",
            str(rule.ground).rstrip("."),
            ", ".join(f"`{name}`" for name in [EACH, *sorted(tests.get(rule.promise, ()))]),
        )
        for source, rule in services.rules()
    ]
    return HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_table(text: str) -> str:
    return MARKS.sub(lambda found: f"{found[1]}\n{table()}\n{found[2]}", text)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oxyprivacy.settings")
    django.setup()
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
