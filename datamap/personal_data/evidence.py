from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.models import Event, Leaf, Seal
from datamap.citations import cited
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE
from datamap.registry import register
from datamap.rows import RowSource
from subjects.enums import IdentifierKind
from subjects.models import Subject
from subjects.selectors import values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys


ROW_KEY = "our row key, which means nothing outside"


@register
class Events(RowSource):
    """The evidence: references and codes, unchangeable until they expire."""

    key = "audit.events"
    label = _("Log of actions")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Recorded while requests and accounts were handled")
    models = ("audit.Event", "audit.Seal", "audit.Leaf")
    fields = (
        Field("event.at", _("When"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("event.action", _("What"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("event.about", _("About"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("event.actor_kind", _("By"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("event.details", _("Details"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("event.expires_at", _("Kept until"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
    )
    unlisted = {
        "event.id": ROW_KEY,
        "event.actor_id": "colleagues who acted in the course of their work are not disclosed by name or key",
        "event.actor_role": "says which colleague acted",
        "event.actor_entity": "says which colleague acted",
        "event.actor_country": "says which colleague acted",
        **{f"seal.{name}": "proof over all events together" for name in (
            "number", "root", "previous", "previous_expires_at", "count", "sealed_at", "key_id", "signature", "expires_at",
        )},
        **{f"leaf.{name}": "the place of an event in its proof" for name in (
            "event_id", "event_expires_at", "seal", "index", "digest", "expires_at",
        )},
    }  # fmt: skip
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="audit.events.events",
            label=_("Events: six years"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=cited(_("Proof of what was done, for as long as claims can be brought (%(law)s)"), "5(2)", "17(3)(e)"),
        ),
        RetentionRule(
            code="audit.events.leaves",
            label=_("Places in a seal: until its last event has expired"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("The proof of the events that remain"),
        ),
        RetentionRule(
            code="audit.events.seals",
            label=_("Seals: until their last event has expired"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("The proof of the events that remain"),
        ),
    )
    guarded = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        accounts = values(subject, IdentifierKind.ACCOUNT)
        theirs = Q(about__in=[f"accounts.user:{account}" for account in accounts])
        theirs |= Q(about=f"subjects.subject:{subject.pk}") | Q(actor_kind="PERSON", actor_id__in=accounts)
        return {"event": Event.objects.filter(theirs)}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        last = self.held(subject)["event"].order_by("-expires_at").first()
        if last is None:
            return Outcome()
        kept = Kept(
            part="event",
            rows=self.count(subject)["event"],
            ground=Ground.LEGAL_CLAIMS,
            article="Art. 5(2), 17(3)(e) GDPR",
            until=last.expires_at.date(),
        )
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        if rule.code == "audit.events.seals":
            return Seal.objects.filter(leaves=None)
        return Event.objects.all() if rule.code == "audit.events.events" else Leaf.objects.all()
