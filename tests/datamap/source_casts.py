"""How the shared suite for sources makes rows of what stands beneath the categories (see ``tests/conformance``)."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Leaf, Seal
from audit.services import event
from subjects import services as subjects
from subjects.enums import OrderKind
from subjects.identifiers import import_digest, key_name, suppression_digest
from subjects.models import Identifier, ImportBlock, LegalHold, Objection, OrderChange, Restriction, Subject, Suppression, Tombstone
from tests.accounts.factories import make_staff
from tests.conformance.casting import Cast, Person, plays
from tests.datamap.passing import passed

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from datamap.models import Disclosure

PERSON = Actor.person()
_numbers = itertools.count(1)


@plays("subjects.identities")
class IdentitiesCast(Cast):
    """Who is known at all has a person and an address there: the suite has made them."""

    holds = {"subject": 1, "identifier": 1}
    kept = anybody = holds
    unfound = {"lostidentifier": "a keyed hash, of which nobody can say whose it is until somebody brings it"}
    is_once = "somebody is one person"
    held_whole = {"subjects.identities.unused": "whoever anything stands about must be known"}
    few = "somebody is one person with a handful of addresses"

    def fill(self, person: Person, *, at: datetime) -> None:
        assert Identifier.objects.filter(subject=person.subject).count() == 1

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Subject:
        subject = Person.called(person.email, at=since).subject
        Subject.objects.filter(pk=subject.pk).update(created_at=since)
        return subject

    def after_protection(self, person: Person) -> None:
        """Nothing refers to the person any more: what was lifted and released is gone by its own rules."""
        for model in (LegalHold, Restriction):
            model._default_manager.filter(subject=person.subject).delete()


@plays("subjects.standing")
class StandingCast(Cast):
    """What is over in each part, and an objection that stands."""

    holds = {"restriction": 1, "objection": 2, "legalhold": 1}
    kept = {"objection": 1}
    unfound = {"orderchange": "that a row changed, and no word about whom"}
    goes_despite = {"subjects.standing.copies": "the rows name nobody: a hold could not be seen in them"}
    many = ("objection",)

    def fill(self, person: Person, *, at: datetime) -> None:
        since = at - relativedelta(years=1)
        common = {"subject": person.subject, "since": since}
        over = at - relativedelta(months=1)
        Restriction.objects.create(**common, ground="CLAIMS", about="R-0000-00", announced_at=since, told_at=since, lifted_at=over)
        Objection.objects.create(**common, purpose="statistics", ended_at=over)
        subjects.object_to(subject_id=person.subject.pk, purpose="marketing", actor=PERSON, at=at)
        held = {"source": "room.other", "field": "email", "starts_at": since, "until": over}
        held |= {"ground": "STATUTE", "owner_id": "officer", "review_on": at.date()}
        LegalHold.objects.create(**common, **held, released_at=over)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        common = {"subject": person.subject, "since": since}
        if rule.trigger == "lifted_at":
            return Restriction.objects.create(**common, ground="CLAIMS", told_at=since, lifted_at=since)
        if rule.trigger == "ended_at":
            return Objection.objects.create(**common, purpose="marketing", ended_at=since)
        if rule.trigger == "noted_at":
            return OrderChange.objects.create(
                kind=OrderKind.OBJECTION, row_key=person.subject.pk, noted_at=since, copied_at=since, number=1
            )
        return LegalHold.objects.create(**common, ground="STATUTE", owner_id="officer", review_on=since.date(), released_at=since)


@plays("subjects.suppressed")
class SuppressedCast(Cast):
    holds = kept = {"suppression": 1}
    goes_despite = {"subjects.suppressed.over": "the rows name nobody: a hold could not be seen in them"}
    many = ("suppression",)

    def fill(self, person: Person, *, at: datetime) -> None:
        self._say(person, since=at, until=at + relativedelta(years=3))

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Suppression:
        return self._say(person, since=since - relativedelta(years=1), until=since)

    def _say(self, person: Person, *, since: datetime, until: datetime) -> Suppression:
        digest = suppression_digest(person.email)
        told = {"purpose": "marketing", "about": "R-0000-00", "since": since, "expires_at": until}
        return Suppression.objects.create(digest=digest, key_name=key_name(), **told)


@plays("subjects.erased")
class ErasedCast(Cast):
    holds = kept = {"importblock": 1}
    unfound = {"tombstone": "a tombstone leads to no person (Art. 11)"}
    is_once = "an address is blocked once"
    few = "an address is blocked once"
    goes_despite = dict.fromkeys(
        ("subjects.erased.tombstones", "subjects.erased.import-blocks"), "the rows name nobody: a hold could not be seen in them"
    )

    def fill(self, person: Person, *, at: datetime) -> None:
        subjects.block_import(values=[person.email], at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        if rule.code == "subjects.erased.import-blocks":
            return ImportBlock.objects.create(digest=import_digest(f"{next(_numbers)}.{person.email}"), expires_at=since)
        keys = [person.subject.pk]
        return Tombstone.objects.create(
            source="room.rows", part="rows", row_keys=keys, about="R-0000-00", erased_at=since, expires_at=since, escrowed_at=since
        )


@plays("audit.events")
class EventsCast(Cast):
    holds = kept = {"event": 2}
    goes_despite = dict.fromkeys(
        ("audit.events.events", "audit.events.leaves", "audit.events.seals"),
        "evidence names references: when its six years are over, no claim can be brought any more",
    )
    many = ("event",)

    def fill(self, person: Person, *, at: datetime) -> None:
        account = person.user().pk
        event(action="user.opened", about=f"accounts.user:{account}", actor=Actor.system("test"), at=at, number=1).save()
        event(action="user.changed", about="R-0000-00", actor=Actor(kind=ActorKind.PERSON, id=str(account)), at=at, number=1).save()

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        if rule.code == "audit.events.events":
            made = event(action="user.opened", about="R-0000-00", actor=PERSON, at=since)
            made.expires_at = since
            made.save()
            return made
        if rule.code == "audit.events.seals":
            return self._seal(since)
        digest = hashlib.sha256(str(since).encode()).digest()
        seal = self._seal(since + relativedelta(years=100))
        return Leaf.objects.create(event_id=person.subject.pk, event_expires_at=since, seal=seal, index=1, digest=digest, expires_at=since)

    def _seal(self, expires_at: datetime) -> Seal:
        proof = {"root": bytes(32), "previous": bytes(32), "count": 1, "key_id": "test", "signature": bytes(64)}
        return Seal.objects.create(number=next(_numbers), sealed_at=expires_at, expires_at=expires_at, **proof)


@plays("datamap.disclosures")
class DisclosuresCast(Cast):
    holds = kept = {"disclosure": 1}
    many = ("disclosure",)

    def fill(self, person: Person, *, at: datetime) -> None:
        self._disclose(person, at=at, until=at + relativedelta(years=5))

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Disclosure:
        return self._disclose(person, at=person.at, until=since)

    def _disclose(self, person: Person, *, at: datetime, until: datetime) -> Disclosure:
        return passed("calendly", email=person.email, subject=person.subject, country="BE", at=at, expires_at=until)


@plays("admin.entries")
class EntriesCast(Cast):
    """What a colleague noted about the person, and what the person did as a colleague."""

    holds = {"logentry": 2}
    kept = {"logentry": 1}
    many = ("logentry",)

    def fill(self, person: Person, *, at: datetime) -> None:
        user, colleague = person.user(), make_staff()
        note(by=colleague, about=user, at=at)
        note(by=user, about=colleague, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> LogEntry:
        return note(by=person.user(), about=make_staff(), at=since)


def note(*, by: User, about: User, at: datetime) -> LogEntry:
    said = {"object_repr": str(about), "change_message": "Changed.", "action_flag": CHANGE, "action_time": at}
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.create(user=by, content_type=kind, object_id=str(about.pk), **said)
