"""Databases of the demo company: ordered here, made by the worker on the embedded server while the first visitor reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.models import Company, User
from audit.actor import Actor
from audit.enums import ActorKind
from hosting import services
from hosting.enums import Origin, Reason, Region, State
from hosting.models import CustomerDatabase, Server
from hosting.services import granting, regions, running

if TYPE_CHECKING:
    from datetime import datetime

COMPANY = "K-1001"
REGIONS = (Region.BE, Region.FR)


def load(*, at: datetime) -> int:
    """Order what is missing; how many were ordered. The cancelled one is made at once, so that it can be cancelled."""
    for region in REGIONS:
        Server.objects.get_or_create(code=f"embedded-{region.lower()}", defaults={"region": region})
    company = Company.objects.filter(number=COMPANY).first()
    boss = User.objects.filter(company=company, role="COMPANY_ADMINISTRATOR").first() if company else None
    if company is None or boss is None or CustomerDatabase.objects.filter(company=company).exists():
        return 0
    actor = Actor(kind=ActorKind.PERSON, id=str(boss.pk), role=boss.role)
    ordered = at - timedelta(days=9)
    production = services.order(company=company, label="Productie", actor=actor, at=ordered)
    services.order(company=company, label="Proefversie", origin=Origin.TRIAL, region=Region.FR, actor=actor, at=at - timedelta(minutes=5))
    archive = services.order(company=company, label="Archief 2019", origin=Origin.UPLOADED, actor=actor, at=ordered)
    for database in (production, archive):
        running.run_database(database_id=database.pk, clock=lambda: ordered)
    _live(production, archive, actor=actor, at=at)
    return 3


def _live(production: CustomerDatabase, archive: CustomerDatabase, *, actor: Actor, at: datetime) -> None:
    """Where the server did not make them, nothing more is told of them."""
    made = CustomerDatabase.objects.filter(pk__in=[production.pk, archive.pk], state=State.ACTIVE)
    if made.count() < 2:
        return
    regions.ask(database_id=production.pk, region=Region.IE, actor=actor, at=at - timedelta(days=1))
    agents = list(User.objects.filter(role="HELPDESK", is_active=True).order_by("email")[:2])
    if len(agents) > 1:
        asker, approver = (Actor(ActorKind.STAFF, str(user.pk), user.role, user.entity, user.country) for user in agents)
        grant = granting.ask(
            database_id=production.pk,
            user=agents[0],
            reason=Reason.SUPPORT,
            reference="T-88213",
            hours=2,
            actor=asker,
            at=at - timedelta(days=2),
        )
        granting.approve(grant_id=grant.pk, actor=approver, at=at - timedelta(days=2))
        granting.end_over(grant_id=grant.pk, at=at)
    services.cancel(database_id=archive.pk, is_switching=False, actor=actor, at=at - timedelta(days=6))
