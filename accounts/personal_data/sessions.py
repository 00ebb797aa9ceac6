from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from accounts.models import Session
from accounts.personal_data.keeping import held
from accounts.personal_data.profile import accounts_of
from accounts.rules import SESSION_LIFE, SESSION_UNUSED
from datamap import holding
from datamap.declaration import NOTHING, Field, Outcome, RetentionRule
from datamap.enums import Category, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import SECURITY
from datamap.registry import register
from datamap.rows import RowSource
from subjects import selectors as subjects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys
    from subjects.escrow import EscrowedTombstone
    from subjects.models import Subject

PART = "sessions"


@register
class Sessions(RowSource):
    """Open sessions (policy II and VII). One that nobody signed in to is known by its cookie alone (Art. 11)."""

    key = "accounts.sessions"
    label = _("Sign-ins to the account")
    category = Category.NAVIGATION
    role = Role.CONTROLLER
    origin_label = _("Recorded when you signed in")
    models = ("accounts.Session",)
    parts = {PART: "accounts.Session"}
    fields = (
        Field("browser", _("Browser"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("created_at", _("Signed in since"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("last_used_at", _("Last used"), Origin.OBSERVED, (SECURITY,), is_masked=False),
    )
    unlisted = {
        "id": "the row's own key",
        "session_key": "a hash of the secret in your browser: never shown or exported",
        "session_data": "signed contents of an open session: gone with it",
        "expire_date": "follows from the other two times",
        "account_id": "whose it is",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="accounts.sessions.unused",
            label=_("Sessions that nobody uses"),
            trigger="last_used_at",
            keep_for=SESSION_UNUSED,
            ground=_("Not used any more"),
            promise="P077",
            shortest=relativedelta(days=1),
        ),
        RetentionRule(
            code="accounts.sessions.life",
            label=_("Sessions in use"),
            trigger="created_at",
            keep_for=SESSION_LIFE,
            ground=_("Whoever goes on signs in anew"),
            promise="P076",
            shortest=relativedelta(days=7),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {PART: Session.objects.filter(account_id__in=accounts_of(subject).values("pk")).order_by("pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return self._outcome(subject, list(self.held(subject)[PART].values_list("pk", flat=True)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        rows = spare(self.held(subject)[PART], sparing, PART)
        if subjects.is_held(subject=subject, source=self.key):
            return self._outcome(subject, list(rows.values_list("pk", flat=True)))
        return self._outcome(subject, delete_rows(rows, source=self.key, part=PART, at=at))

    def _outcome(self, subject: Subject, keys: list[Any]) -> Outcome:
        if keys and subjects.is_held(subject=subject, source=self.key):
            return Outcome(kept=(held(part=PART, rows=len(keys)),))
        return Outcome(erased={PART: keys} if keys else {})

    def governed(self, rule: RetentionRule) -> QuerySet[Session]:
        return Session.objects.all().free(holding.reach_of(rule))

    def put_right(self, stones: Sequence[EscrowedTombstone], *, at: datetime) -> dict[str, int]:
        """Whoever signed out, or was signed out, since the backup would be signed in again."""
        return {"sessions ended": Session.objects.all().delete()[0]}
