"""The newsletter: asked for in a form, confirmed from the mailbox, ended by one act that counts at once (policy III, P023, P034)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation

from audit import services as audit
from audit.actor import Actor
from consent import tokens
from consent.enums import Ending
from consent.models import Subscription
from datamap import gate
from datamap.purposes import NEWSLETTER
from letters import services as letters
from subjects.identifiers import normalise_email, suppression_digest, suppression_digests
from subjects.selectors import emails as emails_of
from subjects.selectors import known_by_email, suppressions_by_address
from subjects.suppressing import suppress, unsuppress

if TYPE_CHECKING:
    from uuid import UUID

    from consent.models import SubscriptionQuerySet


class LinkNotValid(Exception):
    """Nobody's link, one that was used, or one that has run out."""


@transaction.atomic
def ask(*, email: str, language: str, statement: str, at: datetime) -> None:
    """Write down who would like the newsletter, and write to them for the confirmation. Nobody is looked up: whoever is known, or
    subscribed already, gets the same words.

    ``statement`` is the sentence beside the button, as it was shown.
    """
    token = tokens.new_token()
    recipient = normalise_email(email)
    subscription = Subscription.objects.create(
        email=recipient,
        digest=suppression_digest(recipient),
        language=language,
        statement=statement,
        asked_at=at,
        token=tokens.digest_of(token),
        token_until=at + settings.CONSENT["newsletter_link_life"],
    )
    letters.write(
        event="newsletter_confirm",
        language=language,
        to=recipient,
        about=_about(subscription.pk),
        values={"asked_at": at},
        secrets={"link": address("newsletter_confirm", token, language)},
        at=at,
    )


def is_open(token: str, *, at: datetime) -> bool:
    """Whether a link still confirms something. Looking changes nothing."""
    return Subscription.objects.filter(token=tokens.digest_of(token), token_until__gt=at).exists()


@transaction.atomic
def confirm(*, token: str, at: datetime) -> None:
    """Begin: whoever holds the link reads the mailbox. A no of before is taken back, for the newsletter and nothing else, whichever
    way it came; and a restriction does not keep from the person what they order themselves (see ``datamap.gate``).

    Raises:
        LinkNotValid: nobody's link, one that was used, or one that has run out.
    """
    subscription = Subscription.objects.select_for_update().filter(token=tokens.digest_of(token), token_until__gt=at).first()
    if subscription is None:
        raise LinkNotValid
    _one_at_a_time(subscription)
    emails = _addresses(subscription.email)
    stopped_by = gate.may_write_to(email=subscription.email, purpose=NEWSLETTER).reasons
    is_objected, is_restricted = gate.OBJECTED in stopped_by, gate.RESTRICTED in stopped_by
    if is_objected:
        # What was agreed to before the objection ended with it, at every address of the person.
        _close_running(emails, ending=Ending.OBJECTED, at=at)
    elif is_restricted:
        _close_running([subscription.email], ending=Ending.RENEWED, at=at)
    elif _running([subscription.email]).exists():
        # Confirmed before, by another letter: one subscription is enough.
        subscription.delete()
        return
    subscription.token, subscription.confirmed_at = None, at
    subscription.way_out = _way_out_before(subscription) or subscription.way_out
    subscription.save(update_fields=["token", "confirmed_at", "way_out"])
    actor, about = Actor.person(), _about(subscription.pk)
    for email in suppressions_by_address(emails) if is_objected else ():
        unsuppress(email=email, purpose=NEWSLETTER.code, about=about, actor=actor, at=at)
    overridden = {"is_after_objection": is_objected, "is_despite_restriction": is_restricted}
    audit.record(action="newsletter.confirmed", about=about, actor=actor, at=at, **overridden)


def _running(emails: Sequence[str]) -> SubscriptionQuerySet:
    return Subscription.objects.running().select_for_update().filter(email__in=emails)


def _close_running(emails: Sequence[str], *, ending: Ending, at: datetime) -> None:
    for earlier in _running(emails):
        close(earlier, ending=ending, at=at)


def _way_out_before(subscription: Subscription) -> UUID | None:
    """The link in the letters that this mailbox got before, under a key of ours of whatever time: it ends what is subscribed to now too."""
    earlier = Subscription.objects.filter(digest__in=suppression_digests(subscription.email), confirmed_at__isnull=False)
    return earlier.order_by("asked_at", "pk").values_list("way_out", flat=True).first()


def _one_at_a_time(subscription: Subscription) -> None:
    """Of two links of one mailbox that are pressed at once, the second finds what the first made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"consent.newsletter:{subscription.email}"])


def _addresses(email: str) -> list[str]:
    """All that the person of this address has shown to be theirs."""
    person = known_by_email(email)
    return list(dict.fromkeys([email, *(emails_of(person) if person else ())]))


def of_link(token: str) -> UUID | None:
    """A subscription of the mailbox that got a link to unsubscribe, if one did."""
    way_out = tokens.way_out_of(token)
    if way_out is None:
        return tokens.signed_for(token)
    return Subscription.objects.filter(way_out=way_out, confirmed_at__isnull=False).values_list("pk", flat=True).first()


@transaction.atomic
def end(*, subscription_id: UUID, ending: Ending, at: datetime) -> None:
    """Stop, from this transaction on. The address goes, its keyed hash stays as proof, and tells every mailer not to write. The link
    of an old letter ends what the same mailbox subscribed to since. A second time changes nothing.
    """
    mailbox = Subscription.objects.filter(pk=subscription_id)
    same = Q(digest__in=mailbox.values("digest")) | Q(way_out__in=mailbox.values("way_out"))
    actor = Actor.person()
    for subscription in Subscription.objects.running().select_for_update().filter(same):
        email, about = subscription.email, _about(subscription.pk)
        close(subscription, ending=ending, at=at)
        suppress(value=email, purposes={NEWSLETTER.code}, about=about, actor=actor, at=at)
        audit.record(action="newsletter.ended", about=about, actor=actor, at=at, ending=ending.lower().replace("_", "-"))


def close(subscription: Subscription, *, ending: Ending, at: datetime) -> None:
    """Note on a locked subscription that it ended; what is left of it names nobody."""
    subscription.email, subscription.ending, subscription.ended_at = "", ending, at
    subscription.save(update_fields=["email", "ending", "ended_at"])


@dataclass(frozen=True, slots=True)
class Sent:
    """How many letters were written, and to how many the gate said no."""

    written: int
    stopped: int


def send(*, language: str, subject: str, lines: Sequence[str], at: datetime) -> Sent:
    """Write one issue to everybody who subscribed in a language. Each letter asks the gate, and carries its own way out."""
    written = stopped = 0
    for subscription in Subscription.objects.running().filter(language=language).order_by("pk").iterator(chunk_size=500):
        try:
            write(subscription, subject=subject, lines=lines, at=at)
            written += 1
        except gate.Stopped:
            stopped += 1
    return Sent(written=written, stopped=stopped)


def write(subscription: Subscription, *, subject: str, lines: Sequence[str], at: datetime) -> None:
    """One issue to one subscriber.

    Raises:
        Stopped: the gate says no.
    """
    link = address("newsletter_unsubscribe", tokens.unsubscribe_token(subscription), subscription.language)
    letters.write(
        event="newsletter",
        language=subscription.language,
        to=subscription.email,
        about=_about(subscription.pk),
        values={"subject": subject, "lines": list(lines)},
        secrets={"unsubscribe_link": link},
        at=at,
    )


def address(name: str, token: str, language: str) -> str:
    with translation.override(language):
        return f"{settings.PUBLIC_URL}{reverse(name, args=[token])}"


def _about(subscription_id: UUID) -> str:
    return f"consent.subscription:{subscription_id}"
