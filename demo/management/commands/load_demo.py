"""``manage.py load_demo``: the demo company, by the importer and the services that real data takes. Again, and nothing changes."""

from __future__ import annotations

import csv
import json
import logging
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dateutil.relativedelta import relativedelta
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import services
from accounts.importing.loading import load
from accounts.models import ContactMessage
from audit.actor import Actor
from demo import (
    accounts,
    applications,
    backups,
    breaches,
    cases,
    choices,
    databases,
    events,
    links,
    periods,
    promises,
    registers,
    sales,
    tokens,
    visits,
    websites,
)
from policy import services as policy
from rights_requests import services as requests
from rights_requests.enums import Channel, DismissReason, MailState
from rights_requests.models import IncomingMail
from subjects.selectors import is_blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).resolve().parents[2]
WRITTEN_ON = date(2026, 11, 1)
DATES = ("collected_at", "last_act_at", "issued_on")
ALARMS = ("policy.alarming", "policy.promises.alarming", "retention.services.rounds")


class Command(BaseCommand):
    help = "Load the invented customers, messages, sign-ins, requests and job applications of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        with _quietly():
            self._load(at=timezone.now())

    def _load(self, *, at: datetime) -> None:
        counts = load(_customers(at=at), at=at)
        self._say("customers, contacts and invoices", sum(count.added for count in counts.values()))
        self._say("messages", sum(1 for _message in _messages(at=at)))
        self._say("sign-ins", accounts.load_people(at=at))
        self._say("people of the sales system", sales.load(at=at))
        self._say("databases", databases.load(at=at))
        self._say("policy texts", sum(1 for _version in policy.import_own_texts(at=at)))
        self._say("papers of processors", registers.load(at=at))
        self._say("requests", cases.load(at=at))
        self._say("registrations and interests", events.load(at=at))
        self._say("job applications", applications.load(at=at))
        self._say("visits", visits.load(at=at))
        self._say("cases and holds about visits", links.load(at=at))
        self._say("breaches", breaches.load(at=at))
        self._say("websites", websites.load())
        self._say("choices at the banner", choices.load(at=at))
        self._say("tokens", tokens.load(at=at))
        # The last three as the worker does them, over what the others have left.
        self.stdout.write(f"{periods.load(at=at)} rows past their period deleted")
        self._say("backups", backups.load(clock=timezone.now))
        self._say("promises that are not kept", promises.load(at=at))

    def _say(self, what: str, number: int) -> None:
        self.stdout.write(f"{number} {what} added")


@contextmanager
def _quietly() -> Iterator[None]:
    """What the demo's officers are told of is part of its story, and no fault of the one who loads it."""
    loggers = [logging.getLogger(name) for name in ALARMS]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


def _customers(*, at: datetime) -> BinaryIO:
    """The file, as whoever loads it years later would find it: with its dates so many years later."""
    years = relativedelta(years=relativedelta(timezone.localdate(at), WRITTEN_ON).years)
    made = StringIO(newline="")
    with (DATA / "customers.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        writer = csv.DictWriter(made, rows.fieldnames or ())
        writer.writeheader()
        for row in rows:
            moved = {name: str(date.fromisoformat(row[name]) + years) for name in DATES if row[name]}
            writer.writerow(row | moved)
    return BytesIO(made.getvalue().encode())


def _messages(*, at: datetime) -> Iterator[ContactMessage]:
    """Write the messages that are not there yet, but none of the erased."""
    for line in (DATA / "messages.jsonl").read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        day = timezone.localdate(at) - timedelta(days=message.pop("days_ago"))
        received_at = timezone.make_aware(datetime.combine(day, time.fromisoformat(message.pop("hour"))))
        is_known = ContactMessage.objects.filter(email=message["email"], text=message["text"]).exists()
        if not is_known and not is_blocked(message["email"]):
            yield services.write_message(**message, at=received_at)
    _sort()


def _sort() -> None:
    """Colleagues read these messages the same day, and passed them on: none of them asks for a right."""
    for mail in IncomingMail.objects.filter(state=MailState.UNSORTED, channel=Channel.PORTAL):
        at = mail.received_at + timedelta(hours=3)
        requests.dismiss_mail(mail_id=mail.pk, reason=DismissReason.OTHER, actor=Actor.system("load_demo"), at=at)
