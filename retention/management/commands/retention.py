from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import proofs
from retention import certificates, clocks, services
from retention.models import Run

SHOWN = 50


class Command(BaseCommand):
    help = "Shows what is due under the periods of the policy, applies a run, lists runs and certifies one."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        plan = actions.add_parser("plan", help="Say what a round would delete; nothing is written or deleted.")
        plan.add_argument("--at", type=datetime.fromisoformat, help="as of this instant (ISO 8601, with its offset) instead of now")
        plan.add_argument("--rule", help="only this rule")
        plan.add_argument("--json", action="store_true")
        apply = actions.add_parser("apply", help="Apply a run that was planned, released or interrupted.")
        apply.add_argument("run", type=UUID)
        runs = actions.add_parser("runs", help="List the newest runs.")
        runs.add_argument("--rule", help="only of this rule")
        certify = actions.add_parser("certificate", help="Write the certificate of a run as JSON.")
        certify.add_argument("run", type=UUID)
        check = actions.add_parser("check", help="Check a certificate, without the database.")
        check.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        deeds = {"plan": self._plan, "apply": self._apply, "runs": self._runs, "certificate": self._certify, "check": self._check}
        deeds[options["action"]](options)

    def _plan(self, options: dict[str, Any]) -> None:
        at = options["at"] or clocks.read().database
        if at.tzinfo is None:
            raise CommandError("An instant needs its offset from UTC, as in 2026-03-29T02:30:00+01:00.")
        wanted = services.rules(at=at) if options["rule"] is None else [_known(options["rule"], at)]
        plans = [services.prepare(source=source, rule=rule, at=at) for source, rule in wanted]
        if options["json"]:
            self.stdout.write(json.dumps([_told(plan) for plan in plans], indent=1))
            return
        for plan in plans:
            stops = f"  would stop: {plan.stops.value}" if plan.stops else ""
            self.stdout.write(f"{plan.rows:>9}  {plan.rule}{stops}")

    def _apply(self, options: dict[str, Any]) -> None:
        reading = clocks.read()
        if fault := clocks.fault(reading):
            raise CommandError(f"Nothing was deleted: {fault.value}.")
        try:
            run = services.apply_run(run_id=_run(options["run"]).pk, at=reading.database)
        except services.NoSuchRule as error:
            raise CommandError(f"No rule is called {error}.") from error
        except services.NotReady as error:
            raise CommandError(f"This run cannot be applied now: {error}.") from error
        except (services.NothingMoves, services.RuleEdited) as error:
            raise CommandError(f"The plan was given up: {type(error).__name__}.") from error
        self.stdout.write(f"{run.rule}: {run.deleted} of {run.planned} rows deleted, {run.skipped} left.")

    def _runs(self, options: dict[str, Any]) -> None:
        runs = Run.objects.filter(rule=options["rule"]) if options["rule"] else Run.objects.all()
        for run in runs[:SHOWN]:
            because = f" {run.stopped_because}" if run.stopped_because else ""
            self.stdout.write(f"{run.pk}  {run.at:%Y-%m-%d %H:%M}  {run.deleted}/{run.planned}  {run.rule}  {run.status}{because}")

    def _certify(self, options: dict[str, Any]) -> None:
        try:
            self.stdout.write(json.dumps(certificates.certificate(_run(options["run"])), indent=1))
        except certificates.NothingToCertify as error:
            raise CommandError("This run deleted nothing that could be certified.") from error
        except proofs.NotSealedYet as error:
            raise CommandError("No seal covers this run so far; the next one will, within five minutes.") from error

    def _check(self, options: dict[str, Any]) -> None:
        try:
            shown = certificates.check(json.loads(options["file"].read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        except proofs.ProofBroken as error:
            raise CommandError(str(error)) from error
        told = shown.event["details"]
        self.stdout.write(f"{shown.event['about']}: {told['deleted']} of {told['planned']} rows, in seal {shown.seal}:{shown.root}.")


def _known(code: str, at: datetime) -> Any:
    try:
        return services.rule_of(code, at=at)
    except services.NoSuchRule as error:
        raise CommandError(f"No rule is called {error}.") from error


def _run(key: UUID) -> Run:
    run = Run.objects.filter(pk=key).first()
    if run is None:
        raise CommandError(f"There is no run {key}.")
    return run


def _told(plan: services.Plan) -> dict[str, Any]:
    return {
        "rule": plan.rule,
        "version": plan.fingerprint,
        "at": plan.at.isoformat(),
        "rows": plan.rows,
        "digest": plan.digest,
        "oldest": plan.oldest.isoformat() if plan.oldest else None,
        "newest": plan.newest.isoformat() if plan.newest else None,
        "stops": plan.stops.value if plan.stops else None,
    }
