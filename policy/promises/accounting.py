"""The account of all promises: each is bound to tests, and to a setting where people must decide; nothing is silently missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings

from datamap import promises as checks
from policy.promises import marks
from policy.promises.listed import all_promises

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policy.promises.listed import Promise
    from policy.promises.marks import Marked


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: the tests that show it, and what keeps it from being bound. ``tests`` is None where there are none to read."""

    promise: Promise
    tests: tuple[str, ...] | None
    is_watched: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """``faults`` are those of no promise of ours: numbers that the list does not know."""

    lines: tuple[Line, ...]
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.faults and not any(line.faults for line in self.lines)


def account(folder: Path = marks.TESTS) -> Account:
    """Where the tests are not there, as in a production image, nothing is said about them."""
    listed, watched = all_promises(), checks.watched()
    has_tests = folder.is_dir()
    found = marks.installed() if folder == marks.TESTS else marks.marked(folder)
    by_promise: dict[str, list[Marked]] = defaultdict(list)
    for mark in found:
        by_promise[mark.promise].append(mark)
    lines = tuple(
        Line(
            promise=promise,
            tests=tuple(mark.node for mark in by_promise[number]) if has_tests else None,
            is_watched=number in watched,
            faults=_faults(promise, by_promise[number] if has_tests else None),
        )
        for number, promise in listed.items()
    )
    unknown = [f"{mark.node} names {mark.promise}, which is no promise." for mark in found if mark.promise not in listed]
    unknown += [f"A check names {number}, which is no promise." for number in sorted(watched - listed.keys())]
    unknown += [f"PROMISES.decided names {number}, which is not for decision." for number in _decided_in_vain()]
    return Account(lines=lines, faults=tuple(unknown))


def is_decided(promise: Promise) -> bool:
    """Whether nobody needs to decide about it, or the privacy officer has."""
    return promise.decision is None or promise.id in settings.PROMISES["decided"]


def _faults(promise: Promise, tests: Sequence[Marked] | None) -> tuple[str, ...]:
    faults = [f"{mark.node} asserts nothing." for mark in tests or () if not mark.asserts]
    if tests is not None and not tests:
        faults.append("No test shows it.")
    if promise.decision is not None and not is_there(promise.decision.setting):
        faults.append(f"The setting {promise.decision.setting} does not exist.")
    return tuple(faults)


def is_there(setting: str) -> bool:
    """Whether a setting ("RIGHTS.establishment"), a register ("datamap.Processor") or a table of ours ("hosting.rules.NEAREST") exists."""
    first, _dot, rest = setting.partition(".")
    if first.isupper():
        return rest in getattr(settings, first, {})
    module, _dot, name = setting.rpartition(".")
    if "." not in module:
        return module in apps.app_configs and name.lower() in apps.get_app_config(module).models
    try:
        return hasattr(import_module(module), name)
    except ModuleNotFoundError:
        return False


def _decided_in_vain() -> list[str]:
    for_decision = {promise.id for promise in all_promises().values() if promise.decision}
    return sorted(set(settings.PROMISES["decided"]) - for_decision)
