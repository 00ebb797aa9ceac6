"""What this room keeps of people: for a day, that a write of another system was about their case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from accounts.personal_data.keeping import held
from api.models import KeptAnswer
from datamap.declaration import NOTHING, Field, Outcome, RetentionRule
from datamap.enums import Category, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import RIGHTS
from datamap.registry import exempt, register
from datamap.rows import RowSource
from rights_requests.models import RightsRequest
from subjects import selectors as subjects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys
    from subjects.models import Subject

PART = "answers"

exempt("api.ApiToken", "Which systems are let in, and by their numbers the colleagues who made and revoked their tokens.")


@register
class KeptAnswers(RowSource):
    """Answers to other systems that are kept for a day: of a person they say which request of theirs a system filed."""

    key = "api.answers"
    label = _("Answers to the system that sent us the request")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Recorded when another system of ours sent us your request")
    models = ("api.KeptAnswer",)
    parts = {PART: "api.KeptAnswer"}
    fields = (
        Field("about", _("Reference"), Origin.OBSERVED, (RIGHTS,), is_portable=False, is_masked=False),
        Field("at", _("Answered"), Origin.OBSERVED, (RIGHTS,), is_portable=False, is_masked=False),
        Field("expires_at", _("Kept until"), Origin.INFERRED, (RIGHTS,), is_portable=False, is_masked=False),
    )
    unlisted = {
        "id": "the row's own key",
        "token": "which system asked; the request itself says it",
        "key_digest": "a digest of a key that the system chose",
        "body_digest": "a keyed digest by which a repetition is known",
        "status": "the number of an answer to a program",
        "content": "the reference and the dates of the request, which its own record hands over",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="api.answers.day",
            label=_("Answers to other systems: one day"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("A system whose line broke can ask again, and nothing is done twice"),
        ),
    )
    is_handling = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        cases = RightsRequest.objects.filter(subject=subject).order_by()
        return {PART: KeptAnswer.objects.filter(about__in=cases.values("reference")).order_by("pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return self._outcome(subject, lambda rows: list(rows.values_list("pk", flat=True)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self._outcome(subject, lambda rows: delete_rows(spare(rows, sparing, PART), source=self.key, part=PART, at=at))

    def _outcome(self, subject: Subject, erase: Any) -> Outcome:
        rows = self.held(subject)[PART]
        if subjects.is_held(subject=subject, source=self.key):
            number = rows.count()
            return Outcome(kept=(held(part=PART, rows=number),) if number else ())
        keys = erase(rows)
        return Outcome(erased={PART: keys} if keys else {})

    def governed(self, rule: RetentionRule) -> QuerySet[KeptAnswer]:
        """Of everybody: what is a day old repeats nothing any more, and the case says all that it says."""
        return KeptAnswer.objects.all()
