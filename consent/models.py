from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from audit.keys import new_key
from consent import rules
from consent.enums import Ending, Match, Method, Signal, Store
from datamap.fields import WebField

if TYPE_CHECKING:
    from datetime import datetime


def _origins() -> ArrayField[list[str], list[str]]:
    return ArrayField(models.CharField(max_length=120), verbose_name=_("origins"), default=list, blank=True)


class Site(models.Model):
    """A website on which the banner stands. ``is_ours``: these very pages, whose origin is the host that is asked.

    What stands here and in the tables below is a draft: visitors see a ``Notice`` that two people published.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    origins = _origins()
    is_ours = models.BooleanField(_("our own pages"), default=False)
    months = models.PositiveSmallIntegerField(_("asked again after (months)"), default=6)
    is_gpc_refusal = models.BooleanField(_("Sec-GPC counts as refusal until somebody chooses"), default=False)

    has_scores = models.BooleanField(_("a form still asks reCAPTCHA for a score"), default=False)

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints: ClassVar = [
            # 13 months is the longest that the French authority knows for any of these.
            models.CheckConstraint(name="consent_site_months", condition=Q(months__gte=1, months__lte=13)),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        for origin in self.origins:
            if not rules.is_origin(origin):
                raise ValidationError({"origins": _("%(origin)s is no origin: write https://www.example.com.") % {"origin": origin}})


class Category(models.Model):
    """A purpose that is asked about (policy X). ``is_locked``: needed for what the visitor asked for, so not asked about."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    code = models.SlugField(_("code"), max_length=20, unique=True)
    position = models.PositiveSmallIntegerField(_("place"))
    is_locked = models.BooleanField(_("always on"), default=False)
    signals = ArrayField(models.CharField(max_length=40), verbose_name=_("Consent Mode signals"), default=list, blank=True)
    sites = models.ManyToManyField(Site, related_name="categories", verbose_name=_("sites"), blank=True)
    title_en = models.CharField(_("title in English"), max_length=60)
    title_fr = models.CharField(_("title in French"), max_length=60)
    title_nl = models.CharField(_("title in Dutch"), max_length=60)
    text_en = models.TextField(_("text in English"), max_length=600)
    text_fr = models.TextField(_("text in French"), max_length=600)
    text_nl = models.TextField(_("text in Dutch"), max_length=600)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.code

    def title(self) -> str:
        """In the language in force."""
        return str(getattr(self, f"title_{(get_language() or 'en')[:2]}"))


class Vendor(models.Model):
    """Somebody else whose cookies or scripts a category allows. The register of recipients knows them too (P101)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    terms_url = WebField(_("their terms"), max_length=300)
    processor = models.ForeignKey("datamap.Processor", on_delete=models.PROTECT, related_name="+", verbose_name=_("recipient"))

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")

    def __str__(self) -> str:
        return self.name


class CookieDeclaration(models.Model):
    """What may lie in a browser: a cookie, or an entry of its storage. Nobody's vendor: ours."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=80)
    match = models.CharField(_("stands for"), max_length=8, choices=Match.choices, default=Match.EXACT)
    store = models.CharField(_("kept in"), max_length=8, choices=Store.choices, default=Store.COOKIE)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="cookies", verbose_name=_("category"))
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="cookies", verbose_name=_("vendor"), null=True, blank=True)
    sites = models.ManyToManyField(Site, related_name="cookies", verbose_name=_("sites"), blank=True)
    purpose_en = models.CharField(_("purpose in English"), max_length=200)
    purpose_fr = models.CharField(_("purpose in French"), max_length=200)
    purpose_nl = models.CharField(_("purpose in Dutch"), max_length=200)
    lifetime_en = models.CharField(_("lifetime in English"), max_length=60)
    lifetime_fr = models.CharField(_("lifetime in French"), max_length=60)
    lifetime_nl = models.CharField(_("lifetime in Dutch"), max_length=60)

    class Meta:
        ordering: ClassVar = ["name", "store"]
        verbose_name = _("cookie")
        verbose_name_plural = _("cookies")
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "store", "category"], name="consent_cookie_once")]

    def __str__(self) -> str:
        return self.name


class Wording(models.Model):
    """One text of the banner. Without a site it is everybody's; a site's own text goes before it. A key may also be that of a
    category's title or text: ``category.analytics.text``.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("site"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    key = models.CharField(_("key"), max_length=60)
    text = models.TextField(_("text"), max_length=600)

    class Meta:
        ordering: ClassVar = ["key", "language"]
        verbose_name = _("text of the banner")
        verbose_name_plural = _("texts of the banner")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "language", "key"], name="consent_wording_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.language}"


class NoticeDraft(models.Model):
    """What one person prepared for a site, in every language, for another to look at and publish. A trigger refuses to rewrite it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="drafts", verbose_name=_("site"))
    number = models.PositiveIntegerField(_("version"))
    bodies = models.JSONField(_("texts"))
    prepared_by = models.CharField(_("prepared by"), max_length=64)
    prepared_at = models.DateTimeField(_("prepared at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-prepared_at"]
        verbose_name = _("draft of a notice")
        verbose_name_plural = _("drafts of notices")
        constraints: ClassVar = [
            models.CheckConstraint(name="consent_draft_owned", condition=~Q(prepared_by="")),
            models.CheckConstraint(name="consent_draft_ends_once", condition=Q(published_at=None) | Q(dropped_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.number}"

    @property
    def is_open(self) -> bool:
        return self.published_at is None and self.dropped_at is None


class Notice(models.Model):
    """A published version in one language: ``body`` is the exact text, ``digest`` its SHA-256. It never changes."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="notices", verbose_name=_("site"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    number = models.PositiveIntegerField(_("version"))
    layout = models.CharField(_("layout"), max_length=20)
    body = models.TextField(_("text"))
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True)
    prepared_by = models.CharField(_("prepared by"), max_length=64)
    approved_by = models.CharField(_("published by"), max_length=64)
    published_at = models.DateTimeField(_("published at"))
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        ordering: ClassVar = ["site", "-number", "language"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "language", "number"], name="consent_notice_once"),
            # No column of these may be NULL, and an empty one names nobody.
            models.CheckConstraint(
                name="consent_notice_four_eyes",
                condition=~Q(prepared_by="") & ~Q(approved_by="") & ~Q(approved_by=F("prepared_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.number}"


class Record(models.Model):
    """One choice as it was made, the proof of it (P107): a random number and no person, no address, no browser.

    ``consent_id`` is what a browser calls itself once it has allowed something; of whoever only refuses there is none. ``at`` is
    our time, which counts; ``client_at`` the browser's. It never changes, and goes when it has expired: a withdrawal is a new
    row. ``fingerprint`` tells the same choice sent twice from another under the same number.
    """

    id = models.UUIDField(_("receipt"), primary_key=True, editable=False)
    consent_id = models.UUIDField(_("consent"), null=True, blank=True)
    # Not kept by the database: every save would lock the same row. A notice outlives its records, and its guard refuses to delete it.
    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, related_name="records", db_constraint=False, db_index=False, verbose_name=_("notice")
    )
    method = models.CharField(_("how"), max_length=10, choices=Method.choices)
    choices = models.JSONField(_("choices"))
    signal = models.CharField(_("signal"), max_length=3, choices=Signal.choices, blank=True)
    at = models.DateTimeField(_("recorded at"))
    client_at = models.DateTimeField(_("time of the browser"))
    valid_until = models.DateTimeField(_("valid until"))
    expires_at = models.DateTimeField(_("kept until"))
    fingerprint = models.UUIDField(editable=False)

    class Meta:
        ordering: ClassVar = ["-at"]
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        indexes: ClassVar = [
            models.Index(fields=["consent_id", "-at"], name="consent_record_consent", condition=Q(consent_id__isnull=False)),
            # Rows lie in the order in which they came: these cost next to nothing.
            BrinIndex(fields=["at"], name="consent_record_at", pages_per_range=32),
            BrinIndex(fields=["expires_at"], name="consent_record_expires", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def allowed(self) -> list[str]:
        return [code for code, is_allowed in self.choices.items() if is_allowed]

    def is_valid(self, at: datetime) -> bool:
        return self.valid_until > at


class AccountLink(models.Model):
    """That somebody who was signed in kept a browser's choices with their account, because they wanted it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    consent_id = models.UUIDField(_("consent"))
    account_id = models.UUIDField(_("account"), db_index=True)
    linked_at = models.DateTimeField(_("since"))

    class Meta:
        ordering: ClassVar = ["-linked_at"]
        verbose_name = _("choice kept with an account")
        verbose_name_plural = _("choices kept with accounts")
        constraints: ClassVar = [models.UniqueConstraint(fields=["consent_id", "account_id"], name="consent_link_once")]

    def __str__(self) -> str:
        return f"link {self.id}"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def running(self) -> SubscriptionQuerySet:
        """Confirmed, and not ended."""
        return self.filter(confirmed_at__isnull=False, ended_at=None)


class Subscription(models.Model):
    """A consent to the newsletter: asked for, confirmed from the mailbox, ended by one act.

    ``statement`` is the sentence that was agreed to. With the end the address goes: what stays as proof is the keyed hash. ``way_out`` is
    the link in every letter: one for a mailbox, however often it subscribes, and under whatever key.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    email = models.EmailField(_("e-mail address"), blank=True)
    digest = models.BinaryField(max_length=32)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    statement = models.TextField(_("agreed to"))
    asked_at = models.DateTimeField(_("asked at"))
    token = models.BinaryField(max_length=32, unique=True, null=True)
    token_until = models.DateTimeField(_("to be confirmed until"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ending = models.CharField(_("ended by"), max_length=9, choices=Ending.choices, blank=True)
    way_out = models.UUIDField(default=uuid4, db_default=RandomUUID(), editable=False)

    objects: ClassVar[Any] = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        verbose_name = _("newsletter subscription")
        verbose_name_plural = _("newsletter subscriptions")
        indexes: ClassVar = [
            models.Index(fields=["email"], name="consent_newsletter_email"),
            models.Index(fields=["digest"], name="consent_newsletter_digest"),
            models.Index(fields=["way_out"], name="consent_newsletter_way_out"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"], name="consent_newsletter_running", condition=Q(confirmed_at__isnull=False, ended_at=None)
            ),
            models.CheckConstraint(
                name="consent_newsletter_ended",
                condition=(Q(ended_at=None, ending="") & ~Q(email="")) | (Q(ended_at__isnull=False, email="") & ~Q(ending="")),
            ),
            # A link is used once: what is confirmed has none any more.
            models.CheckConstraint(name="consent_newsletter_single_use", condition=Q(token=None) | Q(confirmed_at=None, ended_at=None)),
            models.CheckConstraint(name="consent_newsletter_proof", condition=Q(ended_at=None) | Q(confirmed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"subscription {self.id}"


class ChoiceCount(models.Model):
    """What was chosen on a day under one notice. A cell of few is never stored: then ``allowed`` and ``refused`` are empty, or the
    whole row stands with its ``total`` empty.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    day = models.DateField(_("day"))
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+", verbose_name=_("notice"))
    category = models.CharField(_("category"), max_length=20, blank=True)
    total = models.PositiveBigIntegerField(_("choices"), null=True)
    allowed = models.PositiveBigIntegerField(_("allowed"), null=True)
    refused = models.PositiveBigIntegerField(_("refused"), null=True)

    class Meta:
        ordering: ClassVar = ["-day", "notice", "category"]
        verbose_name = _("count of choices")
        verbose_name_plural = _("counts of choices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "notice", "category"], name="consent_count_once"),
            models.CheckConstraint(
                name="consent_count_whole",
                condition=Q(allowed=None, refused=None) | Q(allowed__isnull=False, refused__isnull=False, total__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.category}"


class FormScore(models.Model):
    """What reCAPTCHA thought of a message, on a site that still asks it: a number and nothing else (P030)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    score = models.DecimalField(_("score"), max_digits=2, decimal_places=1)
    day = models.DateField(_("day"))

    class Meta:
        ordering: ClassVar = ["-day"]
        verbose_name = _("score of a form")
        verbose_name_plural = _("scores of forms")
        constraints: ClassVar = [models.CheckConstraint(name="consent_score_range", condition=Q(score__gte=0, score__lte=1))]

    def __str__(self) -> str:
        return f"score {self.score}"
