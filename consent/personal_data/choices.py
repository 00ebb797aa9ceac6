from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db import connections, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data.keeping import held
from accounts.personal_data.profile import accounts_of
from consent.models import AccountLink, Record
from datamap import holding
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import EVIDENCE
from datamap.registry import register
from datamap.rows import RETENTION, RetentionRoleMissing, RowSource, due_rows
from subjects import selectors as subjects
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from datamap.declaration import PurgePlan, RowKeys, Text
    from subjects.models import Subject

RECORDS, LINKS = "records", "links"


@register
class Choices(RowSource):
    """Cookie choices (policy X). A choice names nobody: a person's are those that they kept with their account themselves."""

    key = "consent.choices"
    label = _("Cookie choices")
    category = Category.COOKIES
    role = Role.CONTROLLER
    origin_label = _("From you, when you chose on one of our websites")
    models = ("consent.Record", "consent.AccountLink")
    parts = {RECORDS: "consent.Record", LINKS: "consent.AccountLink"}
    fields = (
        Field("records.at", _("Recorded at"), Origin.OBSERVED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("records.client_at", _("Time of your browser"), Origin.OBSERVED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("records.choices", _("What you chose"), Origin.PROVIDED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("records.method", _("How you chose"), Origin.PROVIDED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("records.signal", _("Signal of your browser"), Origin.OBSERVED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("records.notice", _("Text you were shown"), Origin.OBSERVED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("records.consent_id", _("Number of your browser’s choices"), Origin.OBSERVED, (EVIDENCE,), is_portable=True),
        Field("records.valid_until", _("Valid until"), Origin.INFERRED, (EVIDENCE,), is_masked=False),
        Field("records.expires_at", _("Kept until"), Origin.INFERRED, (EVIDENCE,), is_masked=False),
        Field("links.linked_at", _("Kept with your account since"), Origin.OBSERVED, (EVIDENCE,), is_portable=True, is_masked=False),
        Field("links.consent_id", _("Number of your browser’s choices"), Origin.OBSERVED, (EVIDENCE,), is_portable=True),
    )
    unlisted = {
        "records.id": "the row's own key, which is the number of the receipt",
        "records.fingerprint": "a digest of the row's other columns, by which a repetition is known",
        "links.id": "the row's own key",
        "links.account_id": "whose it is",
    }
    shows = {
        "records.notice__site__code": "records.notice",
        "records.notice__language": "records.notice",
        "records.notice__digest": "records.notice",
    }
    recipients = ("azure",)
    not_identifiable = _(
        "A choice about cookies is kept as proof under a random number, without a name, an account or an address, so we cannot tell "
        "which are yours (Art. 11 GDPR). The receipt of a choice opens it; and whoever signs in may keep the choices of their browser "
        "with their account."
    )
    retention = (
        RetentionRule(
            code="consent.choices.proof",
            label=_("Choices about cookies: as long as they hold, and five years more"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("Proof that we asked, and of what was answered (Art. 7(1) GDPR), for as long as claims can be brought"),
            promise="P107",
            dated="at",
        ),
        RetentionRule(
            code="consent.choices.links",
            label=_("Which choices are kept with an account: until a day after the last of them is gone"),
            trigger="linked_at",
            keep_for=relativedelta(days=1),
            ground=_("They point at nothing any more"),
        ),
    )
    guarded = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        links = AccountLink.objects.filter(account_id__in=accounts_of(subject).values("pk"))
        records = Record.objects.filter(consent_id__in=links.order_by().values("consent_id"))
        return {RECORDS: records.order_by("pk"), LINKS: links.order_by("pk")}

    def part_label(self, part: str) -> Text:
        return self.label if part == RECORDS else _("Choices kept with your account")

    def exported(self, part: str, model: type[Model]) -> list[tuple[str, Text]]:
        if part == LINKS:
            return super().exported(part, model)
        told = [column for column in self.columns(part) if column[0] != "notice"]
        shown = [
            ("notice__site__code", _("Website")),
            ("notice__language", _("Language")),
            ("notice__digest", _("Text you were shown (SHA-256)")),
        ]
        return [("id", _("Receipt")), *told, *shown]

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        links = self.held(subject)[LINKS]
        return self._outcome(subject, links=list(links.values_list("pk", flat=True)), records=self._records(links))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """The link goes, and with it all that says whose the choices were; they stay as proof, and are nobody's."""
        links = spare(self.held(subject)[LINKS], sparing, LINKS)
        keys, records = list(links.values_list("pk", flat=True)), self._records(links)
        if keys and not subjects.is_held(subject=subject, source=self.key):
            keys = delete_rows(links, source=self.key, part=LINKS, at=at)
        return self._outcome(subject, links=keys, records=records)

    def _records(self, links: QuerySet[AccountLink]) -> list[UUID]:
        of_links = Record.objects.filter(consent_id__in=links.order_by().values("consent_id"))
        return list(of_links.order_by("pk").values_list("pk", flat=True))

    def _outcome(self, subject: Subject, *, links: list[UUID], records: list[UUID]) -> Outcome:
        if subjects.is_held(subject=subject, source=self.key):
            return Outcome(kept=tuple(held(part=part, rows=len(keys)) for part, keys in ((RECORDS, records), (LINKS, links)) if keys))
        emptied = {RECORDS: records} if records else {}
        return Outcome(erased={LINKS: links} if links else {}, emptied=emptied, kept=self._kept(records))

    def _kept(self, records: list[UUID]) -> tuple[Kept, ...]:
        if not records:
            return ()
        last: datetime = Record.objects.filter(pk__in=records).aggregate(last=Max("expires_at"))["last"]
        article = "Art. 7(1), 17(3)(e) GDPR"
        return (Kept(part=RECORDS, rows=len(records), ground=Ground.LEGAL_CLAIMS, article=article, until=last.date()),)

    def empty(self, part: str, keys: Sequence[UUID], *, at: datetime) -> Sequence[UUID]:
        """The choices say nothing of anybody once their link is gone, and that has a tombstone of its own."""
        return ()

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        reach = holding.reach_of(rule)
        waiting = User.objects.filter(email__in=subjects.kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=reach)).values("pk")
        kept = AccountLink.objects.filter(account_id__in=subjects.kept_accounts(source=self.key, reach=reach)).order_by()
        also = AccountLink.objects.filter(account_id__in=waiting).order_by()
        if rule.trigger == "expires_at":
            return Record.objects.exclude(consent_id__in=kept.values("consent_id")).exclude(consent_id__in=also.values("consent_id"))
        used = Exists(Record.objects.filter(consent_id=OuterRef("consent_id")))
        return AccountLink.objects.exclude(used).exclude(pk__in=kept.values("pk")).exclude(pk__in=also.values("pk"))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """Who is protected the app's role knows; what is evidence the retention role deletes, which sees nothing else."""
        rule = self.rule_of(plan.rule, at=at)
        rows = due_rows(self.unheld(rule), rule, at=at).filter(pk__in=plan.keys)
        if rule.trigger != "expires_at":
            return int(rows.delete()[0])
        if RETENTION not in connections:
            raise RetentionRoleMissing
        keys = list(rows.values_list("pk", flat=True))
        with transaction.atomic(using=RETENTION):
            return Record.objects.using(RETENTION).filter(pk__in=keys, expires_at__lte=at).delete()[0]
