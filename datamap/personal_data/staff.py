from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datamap import holding
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE, SECURITY
from datamap.registry import register
from datamap.rows import RowSource
from subjects.enums import IdentifierKind
from subjects.models import Subject
from subjects.selectors import kept_accounts, kept_values, values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys


PART = "logentry"
ROW_KEY = "our row key, which means nothing outside"


@register
class AdminLog(RowSource):
    """What staff changed in the admin. Erased rows take their lines with them (see ``datamap.erasure``).

    Lines are numbered. Here the number stands in the UUID that the rest of the house speaks of, but no tombstone holds it: after
    a restore another line gets the same number. A replay lets lines go with the rows that they are about instead.
    """

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
    leaves_tombstones = False
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
        return {PART: LogEntry.objects.filter(Q(user__in=accounts) | _about(accounts)).order_by("pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """Lines about the person's account go; what the person did as staff stays for its year."""
        return self._outcome(subject, [_key(number) for number in _lines(subject).values_list("pk", flat=True)])

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        spared = [key.int for key in sparing.get(PART, ())]
        numbers = list(_lines(subject).exclude(pk__in=spared).select_for_update(of=("self",)).values_list("pk", flat=True))
        LogEntry.objects.filter(pk__in=numbers).delete()
        return self._outcome(subject, [_key(number) for number in numbers])

    def _outcome(self, subject: Subject, gone: list[UUID]) -> Outcome:
        erased = {PART: gone} if gone else {}
        own = LogEntry.objects.filter(user__in=_accounts(subject))
        last = own.order_by("-action_time").first()
        if last is None:
            return Outcome(erased=erased)
        kept = Kept(
            part=PART,
            rows=own.count(),
            ground=Ground.LEGAL_CLAIMS,
            article="Art. 17(3)(e) GDPR",
            until=(last.action_time + relativedelta(months=12)).date(),
        )
        return Outcome(erased=erased, kept=(kept,))

    def governed(self, rule: RetentionRule) -> QuerySet[LogEntry]:
        reach = holding.reach_of(rule)
        kept = kept_values(kind=IdentifierKind.ACCOUNT, source=self.key, reach=reach)
        accounts = kept_accounts(source=self.key, reach=reach)
        return LogEntry.objects.exclude(user__in=accounts).exclude(object_id__in=kept, object_id__isnull=False)


def _lines(subject: Subject) -> QuerySet[LogEntry]:
    """Those of others about the person's account."""
    accounts = _accounts(subject)
    return LogEntry.objects.filter(_about(accounts)).exclude(user__in=accounts).order_by("pk")


def _about(accounts: list[UUID]) -> Q:
    return Q(object_id__in=[str(account) for account in accounts])


def _key(number: int) -> UUID:
    return UUID(int=number)


def _accounts(subject: Subject) -> list[UUID]:
    return [UUID(account) for account in values(subject, IdentifierKind.ACCOUNT)]
