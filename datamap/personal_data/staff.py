from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datamap.declaration import Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE, SECURITY
from datamap.registry import register
from datamap.rows import RowSource
from subjects.enums import IdentifierKind
from subjects.models import Subject
from subjects.selectors import values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet


ROW_KEY = "our row key, which means nothing outside"


@register
class AdminLog(RowSource):
    """What staff changed in the admin. Erased rows take their lines with them (see ``datamap.erasure``)."""

    key = "admin.entries"
    label = _("Log of the administration pages")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Recorded when staff changed something")
    models = ("admin.LogEntry",)
    fields = (
        Field("user", _("By"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False),
        Field("action_time", _("When"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False),
        Field("object_repr", _("What was changed"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False),
        Field("change_message", _("Change made"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False),
    )
    unlisted = {
        "id": ROW_KEY,
        "content_type": "kind of the thing changed",
        "object_id": "key of the thing changed",
        "action_flag": "added, changed or deleted",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="admin.entries.12-months",
            label=_("Twelve months"),
            trigger="action_time",
            keep_for=relativedelta(months=12),
            ground=_("Security of the service"),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        accounts = _accounts(subject)
        return {
            "logentry": LogEntry.objects.filter(Q(user__in=accounts) | Q(object_id__in=[str(account) for account in accounts])).order_by(
                "pk"
            )
        }

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """Lines about the person go with the rows they are about; what the person did as staff stays for its year."""
        own = LogEntry.objects.filter(user__in=_accounts(subject))
        last = own.order_by("-action_time").first()
        if last is None:
            return Outcome()
        kept = Kept(
            part="logentry",
            rows=own.count(),
            ground=Ground.LEGAL_CLAIMS,
            article="Art. 17(3)(e) GDPR",
            until=(last.action_time + relativedelta(months=12)).date(),
        )
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime) -> Outcome:
        accounts = _accounts(subject)
        LogEntry.objects.filter(object_id__in=[str(account) for account in accounts]).exclude(user__in=accounts).delete()
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[LogEntry]:
        return LogEntry.objects.all()


def _accounts(subject: Subject) -> list[UUID]:
    return [UUID(account) for account in values(subject, IdentifierKind.ACCOUNT)]
