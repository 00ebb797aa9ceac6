from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import RIGHTS
from datamap.registry import register
from datamap.rows import RowSource
from subjects.models import Identifier, LostIdentifier, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from django.db.models import Model, QuerySet

    from datamap.declaration import RowKeys, Text

ROW_KEY = "our row key, which means nothing outside"


@register
class Identities(RowSource):
    """The verified identifiers of people who asked for something; gone a day after nothing refers to them any more."""

    key = "subjects.identities"
    label = _("Verified identifiers")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("From you, when you confirmed a request")
    models = ("subjects.Subject", "subjects.Identifier", "subjects.LostIdentifier")
    fields = (
        Field("subject.created_at", _("Known to us since"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("identifier.kind", _("Kind"), Origin.PROVIDED, (RIGHTS,)),
        Field("identifier.value", _("Identifier"), Origin.PROVIDED, (RIGHTS,)),
        Field("identifier.method", _("How it was verified"), Origin.OBSERVED, (RIGHTS,)),
        Field("identifier.verified_at", _("Verified at"), Origin.OBSERVED, (RIGHTS,)),
        Field("lostidentifier.kind", _("Kind"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("lostidentifier.since", _("Known by its hash since"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    )
    unlisted = {
        "subject.id": ROW_KEY,
        "identifier.id": ROW_KEY,
        "identifier.subject": "the person whose file this is",
        "lostidentifier.id": ROW_KEY,
        "lostidentifier.subject": "the person whose file this is",
        "lostidentifier.digest": "a keyed hash of what you proved, which only we can compare",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="subjects.identities.unused",
            label=_("One day after no request, objection, restriction or hold refers to the person"),
            trigger="created_at",
            keep_for=relativedelta(days=1),
            ground=_("Needed to answer requests and to remember what stands"),
        ),
    )
    is_handling = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {
            "subject": Subject.objects.filter(pk=subject.pk),
            "identifier": Identifier.objects.filter(subject=subject),
            "lostidentifier": LostIdentifier.objects.filter(subject=subject),
        }

    def part_label(self, part: str) -> Text:
        labels = {"subject": _("Person"), "lostidentifier": _("Identifiers of which a restore left the hash")}
        return labels.get(part, _("Verified identifiers"))

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """The request itself needs them until it has been answered and reduced to its number."""
        return Outcome(
            kept=tuple(
                Kept(
                    part=part,
                    rows=rows,
                    ground=Ground.LEGAL_OBLIGATION,
                    article="Art. 5(2), 12(3) GDPR",
                    until_event=_("until the request is closed and its record reduced"),
                )
                for part, rows in self.count(subject).items()
            )
        )

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Subject]:
        """Those to whom nothing points any more, in whichever room: identifiers are part of the person."""
        used = Q()
        for model, column in _pointing():
            used |= Q(Exists(model._base_manager.filter(**{column: OuterRef("pk")})))
        return Subject.objects.exclude(used)


def _pointing() -> Iterator[tuple[type[Model], str]]:
    """Every table that refers to a person and by which column, those included that a person does not know of (``related_name="+"``)."""
    for relation in Subject._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model not in (Identifier, LostIdentifier):
            yield relation.related_model, relation.field.name
