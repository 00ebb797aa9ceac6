from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.personal_data.keeping import held
from consent.enums import Ending
from consent.models import Subscription
from consent.services import subscribing
from datamap import holding
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import EVIDENCE, NEWSLETTER
from datamap.registry import register
from datamap.rows import RowSource
from datamap.wall_clock import HOME
from subjects import selectors as subjects
from subjects.enums import IdentifierKind
from subjects.identifiers import suppression_digests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys
    from subjects.models import Subject

PART = "subscription"
PROOF = relativedelta(years=settings.CONSENT["keep_newsletter_years"])


@register
class Newsletters(RowSource):
    """Consent to the newsletter (policy III). While it runs we hold the address; afterwards a keyed hash of it, as proof."""

    key = "consent.newsletter"
    label = _("Newsletter")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From you, when you subscribed")
    models = ("consent.Subscription",)
    parts = {PART: "consent.Subscription"}
    fields = (
        Field("email", _("E-mail address"), Origin.PROVIDED, (NEWSLETTER,)),
        Field("language", _("Language"), Origin.PROVIDED, (NEWSLETTER,), is_masked=False),
        Field("statement", _("What you agreed to"), Origin.PROVIDED, (NEWSLETTER, EVIDENCE), is_masked=False),
        Field("asked_at", _("Asked at"), Origin.OBSERVED, (NEWSLETTER, EVIDENCE), is_masked=False),
        Field("confirmed_at", _("Confirmed at"), Origin.PROVIDED, (NEWSLETTER, EVIDENCE), is_masked=False),
        Field("ended_at", _("Ended at"), Origin.PROVIDED, (EVIDENCE,), is_masked=False),
        Field("ending", _("Ended by"), Origin.OBSERVED, (EVIDENCE,), is_masked=False),
    )
    unlisted = {
        "id": "the row's own key",
        "digest": "a keyed hash of your address, which only our mailers can use",
        "token": "the hash of a link that we sent you",
        "token_until": "how long that link works",
        "way_out": "the link in each letter that ends the newsletter, and nothing else",
    }
    recipients = ("azure", "mail-provider", "mailchimp")
    retention = (
        RetentionRule(
            code="consent.newsletter.unconfirmed",
            label=_("Subscriptions that nobody confirmed"),
            trigger="asked_at",
            keep_for=relativedelta(days=settings.CONSENT["newsletter_link_life"].days),
            ground=_("Without a confirmation there is no consent"),
        ),
        RetentionRule(
            code="consent.newsletter.proof",
            label=_("Subscriptions that have ended, without the address"),
            trigger="ended_at",
            keep_for=PROOF,
            ground=_("Proof that we wrote with consent (Art. 7(1) GDPR), for as long as claims can be brought"),
            promise="P034",
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        emails = subjects.emails(subject)
        digests = [digest for email in emails for digest in suppression_digests(email)]
        return {PART: Subscription.objects.filter(Q(email__in=emails) | Q(digest__in=digests)).order_by("pk")}

    def channels(self, subject: Subject) -> Iterable[str]:
        """Where the confirmation came from the mailbox; what was only typed may be somebody else's."""
        return Subscription.objects.running().filter(email__in=subjects.emails(subject)).values_list("email", flat=True).order_by()

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        rows = self.held(subject)[PART]
        return self._outcome(subject, erased=list(_unconfirmed(rows).values_list("pk", flat=True)), proofs=_proofs(rows, at), at=at)

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """What was never confirmed goes; a running one ends; what has ended stays as proof without the address."""
        rows = spare(self.held(subject)[PART], sparing, PART)
        proofs = _proofs(rows, at)
        if subjects.is_held(subject=subject, source=self.key):
            return self._outcome(subject, erased=list(_unconfirmed(rows).values_list("pk", flat=True)), proofs=proofs, at=at)
        erased = delete_rows(_unconfirmed(rows), source=self.key, part=PART, at=at)
        for subscription in rows.filter(confirmed_at__isnull=False, ended_at=None).select_for_update(of=("self",)):
            subscribing.close(subscription, ending=Ending.ERASED, at=at)
        return self._outcome(subject, erased=erased, proofs=proofs, at=at)

    def _outcome(self, subject: Subject, *, erased: list[Any], proofs: list[date], at: datetime) -> Outcome:
        if subjects.is_held(subject=subject, source=self.key):
            rows = len(erased) + len(proofs)
            return Outcome(kept=(held(part=PART, rows=rows),) if rows else ())
        article = "Art. 7(1), 17(3)(e) GDPR"
        kept = (Kept(part=PART, rows=len(proofs), ground=Ground.LEGAL_CLAIMS, article=article, until=max(proofs)),) if proofs else ()
        return Outcome(erased={PART: erased} if erased else {}, kept=kept)

    def governed(self, rule: RetentionRule) -> QuerySet[Subscription]:
        """Of a hold or a restriction only the address is known; what has ended has but the hash of one."""
        kept = list(subjects.kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=holding.reach_of(rule)))
        rows = Subscription.objects.exclude(digest__in=[digest for email in kept for digest in suppression_digests(email)])
        if rule.trigger == "asked_at":
            return _unconfirmed(rows).exclude(email__in=kept)
        return rows.filter(ended_at__isnull=False)


def _unconfirmed(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(confirmed_at=None)


def _proofs(rows: QuerySet[Any], at: datetime) -> list[date]:
    """Until when each confirmed subscription stays; one that runs would end now."""
    ends = rows.filter(confirmed_at__isnull=False).values_list("ended_at", flat=True)
    return [((ended_at or at).astimezone(HOME) + PROOF).date() for ended_at in ends]
