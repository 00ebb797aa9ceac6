"""From the tables to what visitors see: one person prepares, another publishes. The database sees to it that they are two."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from consent import catalog, notices, selectors
from consent.models import CookieDeclaration, Notice, NoticeDraft, Site, Vendor, Wording
from consent.notices import Inventory

if TYPE_CHECKING:
    from uuid import UUID

    from audit.actor import Actor
    from consent.notices import Body

#: As long as a policy text: records point at it for as long as they are kept.
KEEP_NOTICES = relativedelta(years=30)


class CannotPublish(Exception):
    """A notice is not prepared, or not published; ``str(error)`` says why."""


class NothingChanged(CannotPublish):
    def __str__(self) -> str:
        return str(_("What visitors see is the same already: there is nothing to publish."))


class NotOpen(CannotPublish):
    def __str__(self) -> str:
        return str(_("This draft is published, dropped, or older than what is published by now."))


class SamePerson(CannotPublish):
    def __str__(self) -> str:
        return str(_("You prepared this draft yourself: somebody else publishes it."))


class NotNamed(CannotPublish):
    """Somebody sets a cookie and does not stand among the companies that we name (P101)."""

    def __str__(self) -> str:
        return str(
            _(
                "A company that sets cookies is not in force in the register of processors: visitors would not find it among those that we name."
            )
        )


@transaction.atomic
def prepare(*, site_id: UUID, actor: Actor, at: datetime) -> NoticeDraft:
    """Put together what a site would show, in every language, for somebody else to look at.

    Raises:
        NotNamed: the register names one of its vendors no more.
        NothingChanged: it shows that already.
        TextMissing: a text has no words in some language.
    """
    site = Site.objects.select_for_update().get(pk=site_id)
    _require_named(site, at=at)
    previous = published(site)
    number = 1 + max((body["number"] for body in previous.values()), default=0)
    bodies = notices.bodies(inventory(site), number=number, previous=previous)
    if notices.is_same(bodies, previous):
        raise NothingChanged
    draft = NoticeDraft.objects.create(site=site, number=number, bodies=bodies, prepared_by=actor.id, prepared_at=at)
    audit.record(action="notice.prepared", about=f"consent.noticedraft:{draft.pk}", actor=actor, at=at, site=site.code, number=number)
    return draft


@transaction.atomic
def publish(*, draft_id: UUID, actor: Actor, at: datetime) -> list[Notice]:
    """Publish a draft, exactly as it was prepared. Visitors see it within seconds, and are asked again about what is new in it.

    Raises:
        NotOpen: it is published, dropped, or overtaken.
        SamePerson: whoever prepared it does not publish it.
        NotNamed: the register names one of its vendors no more.
    """
    draft = NoticeDraft.objects.select_for_update(of=("self",)).select_related("site").get(pk=draft_id)
    site = Site.objects.select_for_update().get(pk=draft.site_id)
    newest = Notice.objects.filter(site=site).order_by("-number").first()
    if not draft.is_open or (newest is not None and newest.number >= draft.number):
        raise NotOpen
    if draft.prepared_by == actor.id:
        raise SamePerson
    _require_named(site, at=at)
    made = Notice.objects.bulk_create(notice_rows(site, draft.bodies, prepared_by=draft.prepared_by, approved_by=actor.id, at=at))
    draft.published_at = at
    draft.save(update_fields=["published_at"])
    audit.record(action="notice.published", about=f"consent.noticedraft:{draft.pk}", actor=actor, at=at, number=draft.number)
    transaction.on_commit(catalog.forget)
    return made


@transaction.atomic
def drop(*, draft_id: UUID, actor: Actor, at: datetime) -> None:
    """Not this one.

    Raises:
        NotOpen: it is published or dropped already.
    """
    draft = NoticeDraft.objects.select_for_update().get(pk=draft_id)
    if not draft.is_open:
        raise NotOpen
    draft.dropped_at = at
    draft.save(update_fields=["dropped_at"])
    audit.record(action="notice.dropped", about=f"consent.noticedraft:{draft.pk}", actor=actor, at=at)


def _require_named(site: Site, *, at: datetime) -> None:
    if selectors.unnamed(Vendor.objects.filter(cookies__sites=site), at=at):
        raise NotNamed


def inventory(site: Site) -> Inventory:
    cookies = CookieDeclaration.objects.filter(sites=site).select_related("vendor")
    return Inventory(
        site=site,
        categories=list(site.categories.all()),
        cookies=list(cookies),
        wordings=list(Wording.objects.filter(site=None) | Wording.objects.filter(site=site)),
    )


def published(site: Site) -> dict[str, Body]:
    """What visitors of a site see now, by language."""
    rows = Notice.objects.filter(site=site).order_by("number").values_list("language", "body")
    return {language: json.loads(body) for language, body in rows}


def notice_rows(site: Any, bodies: Mapping[str, Body], *, prepared_by: str, approved_by: str, at: datetime) -> list[Notice]:
    return [
        Notice(
            site_id=site.pk,
            prepared_by=prepared_by,
            approved_by=approved_by,
            published_at=at,
            expires_at=at + KEEP_NOTICES,
            **of_body(body),
        )
        for body in bodies.values()
    ]


def of_body(body: Body) -> dict[str, Any]:
    """What follows from a body: its exact text, and the columns by which it is found."""
    text = notices.canonical(body)
    columns = {name: body[name] for name in ("language", "number", "layout")}
    return {"body": text, "digest": notices.digest_of(text), **columns}
