"""Visits, logs and link cases for the tests: addresses of documentation ranges, people at example domains."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from audit.actor import Actor
from audit.enums import ActorKind
from browsing import services, weeks
from browsing.enums import HoldGround, LinkGround
from browsing.models import LinkCase, Visit, VisitHold
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.services import subject_for

if TYPE_CHECKING:
    from subjects.models import Subject

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
HOME = "192.0.2.77"
ELSEWHERE = "198.51.100.8"
NOOR = "noor@customer.example"

ASKS = Actor(kind=ActorKind.STAFF, id="11111111-1111-4111-8111-111111111111", role="PRIVACY_OFFICER")
APPROVES = Actor(kind=ActorKind.STAFF, id="22222222-2222-4222-8222-222222222222", role="ADMIN")


def line(at: datetime, *, ip: str = HOME, referrer: str = "-", agent: str = FIREFOX, request: str = "GET / HTTP/1.1") -> str:
    """One line of the combined format, without its end."""
    return f'{ip} - - [{at:%d/%b/%Y:%H:%M:%S %z}] "{request}" 200 512 "{referrer}" "{agent}"'


def make_visit(at: datetime | None = None, **fields: Any) -> Visit:
    at = at or timezone.now() - timedelta(hours=1)
    weeks.make([weeks.week_of(at)])
    return Visit.objects.create(**{"at": at, "ip": HOME, "browser": "Firefox 128", "platform": "Linux", **fields})


def make_person(email: str = NOOR) -> Subject:
    now = timezone.now()
    return subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=now)


def make_case(subject: Subject, *, ground: LinkGround = LinkGround.SECURITY, is_approved: bool = True, **fields: Any) -> LinkCase:
    """A link case over the last week, asked an hour ago."""
    now = timezone.now()
    asked = {
        "ip": HOME,
        "starts_at": now - timedelta(days=7),
        "until": now,
        "about": "INC-7",
        "actor": ASKS,
        "at": now - timedelta(hours=1),
        **fields,
    }
    case = services.ask_link(subject_id=subject.pk, ground=ground, **asked)
    return services.approve_link(case_id=case.pk, actor=APPROVES, at=asked["at"] + timedelta(minutes=1)) if is_approved else case


def make_hold(**fields: Any) -> VisitHold:
    """A hold on everything of the last week."""
    now = timezone.now()
    asked = {
        "ground": HoldGround.SECURITY,
        "about": "INC-7",
        "starts_at": now - timedelta(days=7),
        "until": now,
        "review_on": timezone.localdate(now) + timedelta(days=30),
        "actor": ASKS,
        "at": now,
        **fields,
    }
    return services.hold(**asked)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]
