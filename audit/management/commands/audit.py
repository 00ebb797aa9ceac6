from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import proofs
from audit.models import Event, Seal
from audit.verification import Head, verify

SHOWN = 50


class Command(BaseCommand):
    help = "Checks the sealed evidence, and proves or checks one event."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check_all = actions.add_parser("verify", help="Check every seal and every event.")
        check_all.add_argument("--head", help="a head that was announced, as NUMBER:ROOT: it must still be part of the chain")
        prove = actions.add_parser("prove", help="Write the proof of one event as JSON.")
        prove.add_argument("event", type=UUID)
        check = actions.add_parser("check", help="Check a proof that 'prove' wrote, without the database's events.")
        check.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        {"verify": self._verify, "prove": self._prove, "check": self._check}[options["action"]](options)

    def _verify(self, options: dict[str, Any]) -> None:
        found = 0
        for finding in verify(at=timezone.now(), head=_head(options["head"])):
            found += 1
            if found <= SHOWN:
                self.stderr.write(f"{finding}.")
        if found:
            raise CommandError(f"The evidence does not hold: {found} findings.")
        newest = Seal.objects.order_by("-number").first()
        head = f"; the head is {newest.number}:{bytes(newest.root).hex()}" if newest else ""
        self.stdout.write(f"The evidence holds: {Seal.objects.count()} seals over {Event.objects.count()} events{head}.")

    def _prove(self, options: dict[str, Any]) -> None:
        try:
            event = Event.objects.get(pk=options["event"])
            self.stdout.write(json.dumps(proofs.prove(event), indent=1))
        except Event.DoesNotExist as error:
            raise CommandError(f"There is no event {options['event']}.") from error
        except proofs.NotSealedYet as error:
            raise CommandError("No seal covers this event so far; the next one will, within five minutes.") from error

    def _check(self, options: dict[str, Any]) -> None:
        try:
            shown = proofs.check(json.loads(options["file"].read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        except proofs.ProofBroken as error:
            raise CommandError(str(error)) from error
        event = shown.event
        self.stdout.write(f"{event['action']} about {event['about']} at {event['at']} stands in seal {shown.seal}:{shown.root}.")


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    number, _, root = text.partition(":")
    try:
        return Head(number=int(number), root=bytes.fromhex(root))
    except ValueError as error:
        raise CommandError("A head is written NUMBER:ROOT, as 'audit verify' and the daily mail show it.") from error
