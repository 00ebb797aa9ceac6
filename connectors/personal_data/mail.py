"""What the mailing service is still to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from connectors.enums import CallVerb
from connectors.models import MailCall
from connectors.services import mailing
from datamap.citations import cited
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE, RIGHTS
from datamap.registry import register
from datamap.rows import RowSource
from subjects.selectors import emails

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys
    from subjects.models import Subject


@register
class Calls(RowSource):
    """Objections, restrictions and erasures on their way to the mailing service. Each names its address until it was carried out there, and
    nobody afterwards.
    """

    key = "connectors.mail"
    label = _("What our mailing service is told")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Made while your request is handled")
    passes_on = True
    models = ("connectors.MailCall",)
    parts = {"call": "connectors.MailCall"}
    fields = (
        Field("verb", _("What it is told"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("email", _("E-mail address"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("created_at", _("Since"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("status", _("State"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    )
    unlisted = {
        "id": "our row key, which means nothing outside",
        "digest": "a keyed hash of the address, so that it is told once",
        "about": "what it follows from",
        "attempts": "how often it was tried",
        "next_try_at": "when it is tried again",
        "error": "why it failed, as a code",
        "done_at": "when it was carried out",
    }
    recipients = ("azure", "mailchimp")
    is_handling = True
    retention = (
        RetentionRule(
            code="connectors.mail.done",
            label=_("That our mailing service was told"),
            trigger="done_at",
            begins=_("Done"),
            keep_for=relativedelta(months=settings.CONNECTORS["keep_tasks_months"]),
            ground=cited(_("Proof that recipients were told (%(law)s)"), "19", "5(2)"),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"call": MailCall.objects.filter(email__in=emails(subject)).order_by("created_at", "pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        rows = self.count(subject).get("call", 0)
        if not rows:
            return Outcome()
        until = _("until our mailing service has carried it out")
        kept = Kept(part="call", rows=rows, ground=Ground.LEGAL_OBLIGATION, article="Art. 17(3)(b), 19 GDPR", until_event=until)
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Have the addresses deleted there as well; what is on its way stays until it has arrived."""
        preview = self.preview(subject, at=at)
        mailing.tell(emails(subject), verb=CallVerb.DELETE, at=at)
        return preview

    def restrict(self, subject: Subject, *, at: datetime) -> None:
        """What is set aside here is set aside there (Art. 18)."""
        mailing.tell(emails(subject), verb=CallVerb.ARCHIVE, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        return MailCall.objects.filter(done_at__isnull=False)
