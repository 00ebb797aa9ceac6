"""When an answer is due, for anybody who wants to check it: no database, no queue, no network."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import translation

from letters import dates
from rights_requests import deadlines, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.management.base import CommandParser
    from django.utils.functional import _StrPromise

    from rights_requests.deadlines import Deadline, Line

LANGUAGES = ("en", "fr", "nl")


class Command(BaseCommand):
    help = "Reckon when the answer to a rights request is due. A mistake in the question ends with 2 and one line."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Leave the usage out: what is wrong is then one line, and ``--help`` explains each option anyway."""
        return super().create_parser(prog_name, subcommand, usage=argparse.SUPPRESS, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--received", type=_day, required=True, help="the day of receipt in Brussels, as 2026-01-31")
        parser.add_argument("--country", type=_country, required=True, help="the establishment that answers: BE or FR")
        parser.add_argument("--extended", action="store_true", help="two further months were announced in time")
        paused = parser.add_mutually_exclusive_group()
        paused.add_argument(
            "--pause",
            type=_day,
            nargs=2,
            action="append",
            default=[],
            metavar=("ASKED", "ARRIVED"),
            help="the clock stood still from the day of asking to the day on which enough arrived; once for each pause, the oldest first",
        )
        paused.add_argument(
            "--paused-days",
            type=_days,
            default=0,
            metavar="N",
            help="calendar days on which the clock stood still. With --extended nobody knows whether that was in the first month: its end, "
            "and the last day for a refusal, are then told without them (--pause tells them exactly)",
        )
        parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the working")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            deadline = self._due(
                options["received"],
                country=options["country"],
                is_extended=options["extended"],
                paused_days=options["paused_days"],
                pauses=options["pause"],
            )
        except deadlines.OutOfReach:
            self._refuse(f"This lies outside the years {deadlines.FIRST_YEAR} to {deadlines.LAST_YEAR}, whose closed days are known.")
        with translation.override(options["language"]):
            if options["json"]:
                self.stdout.write(json.dumps(_figures(deadline), ensure_ascii=False))
            else:
                self.stdout.write("\n".join(_text(deadline)))

    def _due(self, received_on: date, *, country: str, is_extended: bool, paused_days: int, pauses: list[list[date]]) -> Deadline:
        """As the clock of a case reckons it. A pause that began after the first month moves only the end: of days without a date nobody
        knows it, and a refusal or the notice of an extension by the earlier day is in time in any case (Art. 12(3), (4)).
        """
        spans: list[tuple[date, date]] = []
        for asked_on, arrived_on in pauses:
            before = deadlines.due_with_pauses(received_on, country=country, is_extended=is_extended, pauses=spans)
            if not (spans[-1][1] if spans else received_on) <= asked_on <= arrived_on:
                self._refuse("A pause ends after it began, and begins after the receipt and after the end of the one before.")
            if asked_on > before.due_on:
                self._refuse(f"On {asked_on} the answer was due already: the clock can no longer stop.")
            spans.append((asked_on, arrived_on))
        if not paused_days:
            return deadlines.due_with_pauses(received_on, country=country, is_extended=is_extended, pauses=spans)
        whole = deadlines.due(received_on, country=country, is_extended=is_extended, paused_days=paused_days)
        return replace(whole, first_due_on=deadlines.due(received_on, country=country).due_on) if is_extended else whole

    def _refuse(self, message: str) -> NoReturn:
        self.stderr.write(f"manage.py deadline: error: {message}")
        raise SystemExit(2)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        message = f"{typed!r} is no day; write it as 2026-01-31."
        raise argparse.ArgumentTypeError(message) from None


def _country(typed: str) -> str:
    if typed.upper() not in deadlines.STATUTORY:
        message = f"no establishment answers from {typed!r}; it can be {', '.join(deadlines.STATUTORY)}."
        raise argparse.ArgumentTypeError(message)
    return typed.upper()


def _days(typed: str) -> int:
    if not typed.isascii() or not typed.isdigit():
        message = f"{typed!r} is no number of days; it can be 0 or more."
        raise argparse.ArgumentTypeError(message)
    return int(typed)


def _figures(deadline: Deadline) -> dict[str, Any]:
    return {
        "due": deadline.due_on.isoformat(),
        "first_due": deadline.first_due_on.isoformat(),
        "strict": deadline.strict_on.isoformat(),
        "extension_notice_by": deadline.first_due_on.isoformat(),
        "working": [{"on": on.isoformat(), "words": str(words)} for words, on in _working(deadline, by=_own_day)],
    }


def _text(deadline: Deadline) -> Iterator[str]:
    rows = [(str(words), dates.in_words(on, "day")) for words, on in [*_working(deadline, by=_reached), *_further(deadline)]]
    width = max(len(words) for words, _on in rows)
    return (f"{words:<{width}}  {on}" for words, on in rows)


def _working(deadline: Deadline, *, by: Callable[[Line], date]) -> Iterator[tuple[_StrPromise, date]]:
    for line in deadline.working:
        yield wording.WORKING[line.code], by(line)
    yield wording.DUE, deadline.due_on


def _own_day(line: Line) -> date:
    """For machines: a closed day under its own date."""
    return line.on


def _reached(line: Line) -> date:
    """For people: the day that the step leads to."""
    return deadlines.reached(line.code, line.on)


def _further(deadline: Deadline) -> Iterator[tuple[_StrPromise, date]]:
    yield wording.FIRST_DUE, deadline.first_due_on
    yield wording.STRICT, deadline.strict_on
