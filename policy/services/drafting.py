"""The next text of the policy: begun, written and submitted by one person, published by another, never from a day that is past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from audit.bell import ring
from audit.services import record
from datamap import selectors
from datamap.services import AlreadyPublished, publish_policy
from policy import facts, tasks
from policy.models import DraftText, PolicyDraft

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from django.utils.functional import _StrPromise

    from audit.actor import Actor
    from datamap.models import PolicyVersion


class CannotPublish(Exception):
    """``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[_StrPromise]

    def __str__(self) -> str:
        return str(self.message)


class DraftWaiting(CannotPublish):
    message = _("There is a draft already: publish or drop it first.")


class NotOpen(CannotPublish):
    message = _("This draft is submitted, published or dropped by now: its text does not change any more.")


class NotSubmitted(CannotPublish):
    message = _("This draft does not wait for anybody: it has to be submitted first.")


class SubmittedAnew(CannotPublish):
    message = _("This text was taken back and submitted anew since you opened the page: read it as it is now, and publish it then.")


class InThePast(CannotPublish):
    message = _("A text comes into force today or later: choose another day.")


class SamePerson(CannotPublish):
    message = _("You wrote this text yourself: a colleague publishes it.")


class TextMissing(CannotPublish):
    message = _("The text needs a title and words in every language.")


class NothingChanged(CannotPublish):
    message = _("The text says what the one in force says: there is nothing to publish.")


class DayTaken(CannotPublish):
    message = _("Another text comes into force on that day already: choose another day.")


@dataclass(frozen=True, slots=True)
class Drift:
    """A published text whose facts have changed since: what it says, and what it would say."""

    version: PolicyVersion
    now: str


@transaction.atomic
def begin(*, effective_on: date, reason: str, actor: Actor, at: datetime) -> PolicyDraft:
    """Begin a draft from the newest text of each language.

    Raises:
        InThePast, DraftWaiting: see there.
    """
    if effective_on < timezone.localdate(at):
        raise InThePast
    draft = PolicyDraft(effective_on=effective_on, reason=reason, written_by=actor.id, begun_at=at)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError as error:
        raise DraftWaiting from error
    DraftText.objects.bulk_create(_copied(draft, language) for language in Language.values)
    _record("policy.begun", draft, actor=actor, at=at)
    return draft


def _copied(draft: PolicyDraft, language: str) -> DraftText:
    newest = selectors.policy_versions(language=language).first()
    title, body = (newest.title, newest.source or newest.body) if newest else ("", "")
    return DraftText(draft=draft, language=language, title=title, body=body)


@transaction.atomic
def write(
    *, draft_id: UUID, texts: Mapping[str, tuple[str, str]], effective_on: date, reason: str, actor: Actor, at: datetime
) -> PolicyDraft:
    """Put title and text of each language into a draft.

    Raises:
        NotOpen, InThePast: see there.
        UnknownFact: a place in a text names nothing that is declared.
    """
    draft = _locked(draft_id)
    if not draft.is_writable:
        raise NotOpen
    if effective_on < timezone.localdate(at):
        raise InThePast
    for language, (title, body) in texts.items():
        facts.fill(body, language=language)
        DraftText.objects.update_or_create(draft=draft, language=language, defaults={"title": title, "body": body})
    draft.effective_on, draft.reason = effective_on, reason
    # Whoever wrote last wrote it, and publishes nothing of it.
    draft.written_by = actor.id
    draft.save(update_fields=["effective_on", "reason", "written_by"])
    _record("policy.written", draft, actor=actor, at=at)
    return draft


@transaction.atomic
def submit(*, draft_id: UUID, actor: Actor, at: datetime) -> PolicyDraft:
    """Give the draft to a colleague; from here on it does not change.

    Raises:
        NotOpen, InThePast, TextMissing, NothingChanged: see there.
        UnknownFact: a place in a text names nothing that is declared.
    """
    draft = _locked(draft_id)
    if not draft.is_writable:
        raise NotOpen
    _check(draft, at=at)
    draft.submitted_by, draft.submitted_at = actor.id, at
    draft.save(update_fields=["submitted_by", "submitted_at"])
    _record("policy.submitted", draft, actor=actor, at=at)
    return draft


@transaction.atomic
def take_back(*, draft_id: UUID, actor: Actor, at: datetime) -> PolicyDraft:
    """Write on: nobody has published it yet.

    Raises:
        NotSubmitted: see there.
    """
    draft = _submitted(draft_id)
    draft.submitted_by, draft.submitted_at = "", None
    draft.save(update_fields=["submitted_by", "submitted_at"])
    _record("policy.taken_back", draft, actor=actor, at=at)
    return draft


@transaction.atomic
def publish(*, draft_id: UUID, submitted_at: datetime | None, actor: Actor, at: datetime) -> list[PolicyVersion]:
    """Publish what was submitted, in every language, with the facts of this moment; the customers are told. ``submitted_at``
    is that of the text that was read.

    Raises:
        NotSubmitted, SubmittedAnew, SamePerson, InThePast, TextMissing, NothingChanged, DayTaken: see there.
        UnknownFact: a place in a text names nothing that is declared.
    """
    draft = _submitted(draft_id)
    if draft.submitted_at != submitted_at:
        raise SubmittedAnew
    if actor.id in {draft.submitted_by, draft.written_by}:
        raise SamePerson
    versions = []
    for text, body in _check(draft, at=at):
        words = {"title": text.title, "body": body, "source": text.body, "language": text.language}
        try:
            version, _is_new = publish_policy(effective_on=draft.effective_on, actor=actor, at=at, **words)
        except AlreadyPublished as error:
            raise DayTaken from error
        versions.append(version)
    draft.published_by, draft.published_at = actor.id, at
    draft.save(update_fields=["published_by", "published_at"])
    _record("policy.approved", draft, actor=actor, at=at)
    ring(tasks.tell_customers)
    return versions


@transaction.atomic
def drop(*, draft_id: UUID, actor: Actor, at: datetime) -> None:
    """Not this one.

    Raises:
        NotOpen: it is published or dropped already.
    """
    draft = _locked(draft_id)
    if not draft.is_open:
        raise NotOpen
    draft.dropped_at = at
    draft.save(update_fields=["dropped_at"])
    _record("policy.dropped", draft, actor=actor, at=at)


def drifted(*, at: datetime) -> list[Drift]:
    """The texts in force, and those to come, whose facts are others by now: each needs a new version."""
    found = []
    for language in Language.values:
        in_force = selectors.policy_in_force(on=timezone.localdate(at), language=language)
        coming = selectors.policy_versions(language=language).filter(effective_on__gt=timezone.localdate(at))
        for version in [*([in_force] if in_force and in_force.language == language else []), *coming]:
            now = facts.fill(version.source, language=language) if version.source else version.body
            if now != version.body:
                found.append(Drift(version, now))
    return found


def _check(draft: PolicyDraft, *, at: datetime) -> list[tuple[DraftText, str]]:
    """Each text with its facts put in."""
    if draft.effective_on < timezone.localdate(at):
        raise InThePast
    texts = list(draft.texts.all())
    if {text.language for text in texts if text.title.strip() and text.body.strip()} != set(Language.values):
        raise TextMissing
    filled = [(text, facts.fill(text.body, language=text.language)) for text in texts]
    if all(_is_known(text, body) for text, body in filled):
        raise NothingChanged
    return filled


def _is_known(text: DraftText, body: str) -> bool:
    newest = selectors.policy_versions(language=text.language).first()
    return newest is not None and (newest.title, newest.body) == (text.title, body)


def _locked(draft_id: UUID) -> PolicyDraft:
    return PolicyDraft.objects.select_for_update().get(pk=draft_id)


def _submitted(draft_id: UUID) -> PolicyDraft:
    draft = _locked(draft_id)
    if not draft.is_open or draft.submitted_at is None:
        raise NotSubmitted
    return draft


def _record(action: str, draft: PolicyDraft, *, actor: Actor, at: datetime) -> None:
    record(action=action, about=f"policy.draft:{draft.pk}", actor=actor, at=at, effective_on=draft.effective_on.isoformat())
