from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import Country, Language
from audit.keys import new_key
from recruitment.enums import DocumentKind, FlagReason, LinkPurpose, Origin, PersonnelKind, Status

if TYPE_CHECKING:
    from uuid import UUID


class Vacancy(models.Model):
    """A job that one can apply for. It says nothing of anybody; where it is decides which country's periods apply."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    title_fr = models.CharField(_("title in French"), max_length=120, blank=True)
    title_nl = models.CharField(_("title in Dutch"), max_length=120, blank=True)
    place = models.CharField(_("place of work"), max_length=80)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        ordering: ClassVar = ["title", "slug"]
        verbose_name = _("vacancy")
        verbose_name_plural = _("vacancies")

    def __str__(self) -> str:
        return f"{self.title_in((get_language() or 'en')[:2])}, {self.place}"

    def title_in(self, language: str) -> str:
        return {"fr": self.title_fr, "nl": self.title_nl}.get(language) or self.title


class Application(models.Model):
    """An application for one job: what the policy names (II), where it came from, and how far it has come.

    ``kept_from`` starts the period of the policy: the later of the end of the procedure and the person's last contact.
    ``closes_on`` is the last day on which the file of somebody who worked for us is kept. ``opted_out_at``: the person
    does not want to be kept once the procedure is over.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="applications", verbose_name=_("job"))
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)
    cover_letter = models.TextField(_("cover letter"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.EN)
    origin = models.CharField(_("came from"), max_length=8, choices=Origin.choices)
    agency = models.CharField(_("employment agency"), max_length=160, blank=True)
    status = models.CharField(_("state"), max_length=12, choices=Status.choices, default=Status.RECEIVED)
    status_since = models.DateTimeField(_("in this state since"))
    received_at = models.DateTimeField(_("received at"))
    last_contact_at = models.DateTimeField(_("last contact by the person"))
    ended_at = models.DateTimeField(_("procedure ended at"), null=True, blank=True)
    kept_from = models.DateTimeField(_("period runs from"))
    opted_out_at = models.DateTimeField(_("asked not to be kept"), null=True, blank=True)
    closes_on: models.DateField[date | None, date | None] = models.DateField(_("kept until"), null=True, blank=True)
    unanswered_since = models.DateTimeField(_("wrote, and waits for an answer"), null=True, blank=True)
    flag_reason = models.CharField(_("flagged"), max_length=12, choices=FlagReason.choices, blank=True)
    redacted_at = models.DateTimeField(_("redacted at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "id"]
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        indexes: ClassVar = [
            models.Index(fields=["email"], name="recruitment_app_email"),
            models.Index(fields=["status", "-received_at"], name="recruitment_app_status"),
            models.Index(fields=["-received_at"], name="recruitment_app_wrote", condition=Q(unanswered_since__isnull=False)),
            models.Index(fields=["kept_from"], name="recruitment_app_kept_from"),
            models.Index(fields=["opted_out_at"], name="recruitment_app_opted_out", condition=Q(opted_out_at__isnull=False)),
            models.Index(fields=["closes_on"], name="recruitment_app_closes", condition=Q(closes_on__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="recruitment_agency_named", condition=~Q(origin="AGENCY") | ~Q(agency="")),
            models.CheckConstraint(
                name="recruitment_ended_when_over",
                condition=Q(status__in=["REJECTED", "WITHDRAWN", "CLOSED"], ended_at__isnull=False)
                | (Q(ended_at=None) & ~Q(status__in=["REJECTED", "WITHDRAWN", "CLOSED"])),
            ),
            models.CheckConstraint(name="recruitment_closes_if_hired", condition=Q(closes_on=None) | Q(status="HIRED")),
        ]

    def __str__(self) -> str:
        return self.reference


class StoredFile(models.Model):
    """A file that lies encrypted outside the database: its key is in the row, so that a row without file, or a file without
    row, says nothing. ``digest`` is the SHA-256 of what was given to us. After a redaction only that it was there is left.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    name = models.CharField(_("file"), max_length=120, blank=True)
    media_type = models.CharField(_("type"), max_length=80)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=64, blank=True)
    sealed_key = models.BinaryField(default=bytes, blank=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        abstract = True


class Document(StoredFile):
    """A curriculum vitae or letter that came with an application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=8, choices=DocumentKind.choices)
    flag_reason = models.CharField(_("flagged"), max_length=12, choices=FlagReason.choices, blank=True)
    redacted_at = models.DateTimeField(_("redacted at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["received_at", "id"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return f"document {self.id}"


class Message(models.Model):
    """What HR and a candidate wrote to each other. ``sender`` is the address that a reply came from, ``digest`` that of its mail,
    where it came by itself; ``request_reference`` the rights request that was made of it.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="messages")
    is_from_person = models.BooleanField(_("written by the person"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sender = models.EmailField(_("sent from"), blank=True)
    digest = models.CharField(max_length=64, blank=True)
    text = models.TextField(_("message"))
    at = models.DateTimeField(_("at"))
    request_reference = models.CharField(_("privacy request"), max_length=12, blank=True)
    flag_reason = models.CharField(_("flagged"), max_length=12, choices=FlagReason.choices, blank=True)
    redacted_at = models.DateTimeField(_("redacted at"), null=True, blank=True)

    author_id: UUID | None

    class Meta:
        ordering: ClassVar = ["at", "id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="recruitment_mail_once", condition=~Q(digest="")),
        ]

    def __str__(self) -> str:
        return f"message {self.id}"


class OfferAnswer(models.Model):
    """One detail for the contract (see ``recruitment.asked``). The database refuses it before an offer."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    field = models.CharField(_("asked"), max_length=24)
    value = models.CharField(_("answer"), max_length=160)
    answered_at = models.DateTimeField(_("answered at"))

    class Meta:
        ordering: ClassVar = ["field"]
        verbose_name = _("detail for the contract")
        verbose_name_plural = _("details for the contract")
        constraints: ClassVar = [models.UniqueConstraint(fields=["application", "field"], name="recruitment_answer_once")]

    def __str__(self) -> str:
        return f"answer {self.id}"


class CandidateLink(models.Model):
    """A link in a letter: of its token only the hash is kept. It is good for as long as the application is there."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=8, choices=LinkPurpose.choices)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("link of a candidate")
        verbose_name_plural = _("links of candidates")

    def __str__(self) -> str:
        return f"link {self.id}"


class Employment(models.Model):
    """Somebody who works, or worked, for us: what the register of staff says, kept for its own period after the end.

    ``keep_until`` is reckoned when the employment ends.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    application = models.OneToOneField(Application, on_delete=models.SET_NULL, null=True, blank=True, related_name="employment")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    position = models.CharField(_("position"), max_length=120)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)
    started_on: models.DateField[date, date] = models.DateField(_("began on"))
    ended_on: models.DateField[date | None, date | None] = models.DateField(_("ended on"), null=True, blank=True)
    keep_until: models.DateField[date | None, date | None] = models.DateField(_("kept by law until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-started_on", "id"]
        verbose_name = _("employment")
        verbose_name_plural = _("employments")
        indexes: ClassVar = [
            models.Index(fields=["email"], name="recruitment_emp_email"),
            models.Index(fields=["keep_until"], name="recruitment_emp_keep", condition=Q(keep_until__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="recruitment_emp_order", condition=Q(ended_on=None) | Q(ended_on__gte=models.F("started_on"))),
            models.CheckConstraint(
                name="recruitment_emp_kept_after",
                condition=Q(ended_on=None, keep_until=None) | Q(ended_on__isnull=False, keep_until__gte=models.F("ended_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"employment {self.id}"


class PersonnelDocument(StoredFile):
    """A document of an employment: its kind and country decide how long the law wants it after the end."""

    employment = models.ForeignKey(Employment, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=12, choices=PersonnelKind.choices)
    dated_on: models.DateField[date, date] = models.DateField(_("dated"))
    keep_until: models.DateField[date | None, date | None] = models.DateField(_("kept by law until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["dated_on", "id"]
        verbose_name = _("personnel document")
        verbose_name_plural = _("personnel documents")
        indexes: ClassVar = [
            models.Index(fields=["keep_until"], name="recruitment_pdoc_keep", condition=Q(keep_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"personnel document {self.id}"
