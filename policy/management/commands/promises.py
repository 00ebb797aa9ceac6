"""Every promise of the policy and what keeps it: tests, live state, evidence and its age."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from datamap.promises import State
from policy.models import PromiseWatch
from policy.promises import facts, looking
from policy.promises.accounting import account

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from policy.promises.accounting import Account, Line

NO_TESTS = "The tests are not part of this installation: nothing is said about them."


class Command(BaseCommand):
    help = "Account for all promises of the privacy policy; exits 1 when one is bound to nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--look", action="store_true", help="run every live check now, and note what is found")
        parser.add_argument("--language", default="en", choices=["en", "fr", "nl"])

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["look"]:
            looking.look(at=at)
        found = account()
        with translation.override(options["language"]):
            watches = PromiseWatch.objects.in_bulk()
            lines = [_told(line, watches.get(line.promise.id), at=at) for line in found.lines]
            if options["json"]:
                self.stdout.write(json.dumps({"promises": lines, "faults": list(found.faults)}, indent=1, ensure_ascii=False))
            else:
                self.stdout.write("\n".join([*(row for line in lines for row in _rows(line)), "", *_sum(found, lines)]))
        if not found.is_whole:
            faults = [*found.faults, *(f"{line.promise.id}: {fault}" for line in found.lines for fault in line.faults)]
            raise CommandError("\n".join(["Not every promise is bound:", *faults]))


def _told(line: Line, watch: PromiseWatch | None, *, at: datetime) -> dict[str, Any]:
    decision = line.promise.decision
    return {
        "id": line.promise.id,
        "section": line.promise.section,
        "promise": str(line.promise.text),
        "how": str(line.promise.how),
        "decision": {"reason": str(decision.reason), "setting": decision.setting} if decision else None,
        "tests": None if line.tests is None else list(line.tests),
        "is_watched": line.is_watched,
        "state": looking.standing(watch, at=at).value if watch else None,
        "since": watch.since.isoformat() if watch else None,
        "evidence": facts.said(watch.evidence, reader=facts.Reader.STAFF) if watch else [],
        "seen_at": watch.seen_at.isoformat() if watch else None,
        "age_seconds": int((at - watch.seen_at).total_seconds()) if watch else None,
        "faults": list(line.faults),
    }


def _rows(line: Mapping[str, Any]) -> Iterator[str]:
    state = State(line["state"]).label if line["state"] else "not looked at yet"
    age = "" if line["age_seconds"] is None else f", seen {line['age_seconds'] // 60} minutes ago"
    tests = "tests not here" if line["tests"] is None else f"{len(line['tests'])} tests"
    watched = "live check" if line["is_watched"] else "no live check"
    yield f"{line['id']}  {line['section']:<4} {state}{age}; {tests}, {watched}"
    yield f"      {line['promise']}"
    yield from (f"      - {fact}" for fact in line["evidence"])
    if line["decision"]:
        yield f"      For decision ({line['decision']['setting']}): {line['decision']['reason']}"
    yield from (f"      ! {fault}" for fault in line["faults"])


def _sum(found: Account, lines: list[dict[str, Any]]) -> Iterator[str]:
    decisions = sum(1 for line in lines if line["decision"])
    watched = sum(1 for line in lines if line["is_watched"])
    yield f"{len(lines)} promises: {len(lines) - decisions} kept, {decisions} for the privacy officer; {watched} watched by live checks."
    states = {state: sum(1 for line in lines if line["state"] == state) for state in State.values}
    yield "As last seen: " + ", ".join(f"{count} {State(state).label.lower()}" for state, count in states.items() if count) + "."
    if any(line.tests is None for line in found.lines):
        yield NO_TESTS
