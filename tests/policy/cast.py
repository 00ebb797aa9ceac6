"""Customers, officers and a processor that wants to begin, for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from datamap import notices
from datamap.enums import NoticeKind, Role, Service
from datamap.models import Notice, Processor
from hosting.enums import Origin
from hosting.models import CustomerDatabase, Server
from policy import telling
from tests.accounts import factories

if TYPE_CHECKING:
    from accounts.models import Company, User

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def actor(user: User) -> Actor:
    return Actor(ActorKind.STAFF, str(user.pk), user.role, user.entity, user.country)


def officers() -> tuple[User, User]:
    first, second = (factories.make_staff(UserRole.PRIVACY_OFFICER) for _number in range(2))
    return first, second


def make_customer(**fields: str) -> tuple[Company, User]:
    """A company with a database, and its administrator."""
    company = factories.make_company()
    boss = factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=company, **fields)
    server, _is_new = Server.objects.get_or_create(code="home", defaults={"region": "BE", "secret": "HOSTING_URL"})
    CustomerDatabase.objects.create(company=company, label="Production", server=server, origin=Origin.CREATED, ordered_at=NOON)
    return company, boss


def make_draft(code: str = "newhost") -> Processor:
    """A processor that would work on customers' data."""
    return Processor.objects.create(
        code=code,
        name="New Host",
        role=Role.PROCESSOR,
        objective="Hosting",
        shared_data="Databases",
        region="European Union",
        services=[Service.HOSTING],
        our_roles=[Role.CONTROLLER, Role.PROCESSOR],
        countries=["DE"],
    )


def publish(by: tuple[User, User], *, at: datetime = NOON, code: str = "newhost", kind: str = NoticeKind.ADD, **more: str) -> Notice:
    notice = notices.prepare(kind=kind, code=code, actor=actor(by[0]), at=at, **more)
    return telling.publish(notice_id=notice.pk, actor=actor(by[1]), at=at)
