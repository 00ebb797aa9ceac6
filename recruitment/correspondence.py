"""The letters of an application. Each carries a link by which the person is kept no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from letters import services as letters
from recruitment import tokens
from recruitment.enums import LinkPurpose
from recruitment.models import CandidateLink

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from letters.models import Letter
    from letters.values import Value
    from recruitment.models import Application

ABOUT = "recruitment.application:"
_PAGES = {LinkPurpose.POOL: "jobs_pool", LinkPurpose.OFFER: "jobs_offer"}


def about(application: Application) -> str:
    """How letters and events name an application."""
    return about_key(application.pk)


def about_key(key: UUID) -> str:
    return f"{ABOUT}{key}"


def application_key(about: str) -> UUID | None:
    """Which application a letter is about, if it is about one."""
    return UUID(about.removeprefix(ABOUT)) if about.startswith(ABOUT) else None


def write(application: Application, *, event: str, at: datetime, has_offer: bool = False, **values: Value) -> Letter:
    """Raises ``Stopped`` where the person's data may not be used for it now."""
    secrets = {"pool_link": link(application, purpose=LinkPurpose.POOL, at=at)}
    if has_offer:
        secrets["offer_link"] = link(application, purpose=LinkPurpose.OFFER, at=at)
    return _write(application, event=event, at=at, values=values, secrets=secrets)


def goodbye(application: Application, *, at: datetime, event: str) -> Letter:
    """Confirms that the person is not kept: there is nothing left to ask for by a link."""
    return _write(application, event=event, at=at, values={}, secrets={})


def link(application: Application, *, purpose: LinkPurpose, at: datetime) -> str:
    """A new link. The token stands in the letter alone."""
    token = tokens.new_token()
    CandidateLink.objects.create(application=application, purpose=purpose, digest=tokens.digest_of(token), made_at=at)
    with override(application.language):
        return f"{settings.PUBLIC_URL}{reverse(_PAGES[purpose], args=[token])}"


def _write(application: Application, *, event: str, at: datetime, values: dict[str, Value], secrets: dict[str, str]) -> Letter:
    return letters.write(
        event=event,
        language=application.language,
        to=application.email,
        name=application.name,
        about=about(application),
        values={"position": application.vacancy.title_in(application.language), "reference": application.reference, **values},
        secrets=secrets,
        is_shown=False,
        at=at,
    )
