from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap import registers
from datamap.enums import Category
from security.enums import Audience, Authority, BreachStatus, Harm, MeasureKind, OurRole, People, Readers, Reason, Risk, Way

LANGUAGES = (("en", "English"), ("fr", "Français"), ("nl", "Nederlands"))


def _key() -> models.UUIDField[object, object]:
    return models.UUIDField(primary_key=True, default=new_key, editable=False)


class Breach(models.Model):
    """A personal data breach (Art. 33(5)): when it became known, and until when the authority must know. All else is rows beside it.

    Nothing of it is rewritten, and once it is closed nothing but entries of the journal comes to it: triggers see to both.
    ``about`` is the reference of the case in which it was noticed.
    """

    id = _key()
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    about = models.CharField(_("noticed in case"), max_length=12, blank=True, db_index=True)
    known_at = models.DateTimeField(_("became known"))
    hours = models.PositiveSmallIntegerField(_("hours to notify"))
    due_at = models.DateTimeField(_("authority to be notified by"))
    status = models.CharField(_("status"), max_length=8, choices=BreachStatus.choices, default=BreachStatus.OPEN)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.CharField(max_length=64)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_at"]
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="security_breach_known_first", condition=Q(recorded_at__gte=F("known_at")) & Q(due_at__gt=F("known_at"))
            ),
            models.CheckConstraint(
                name="security_breach_closed",
                condition=Q(status="OPEN", closed_at=None, closed_by="", expires_at=None)
                # NULL passes no comparison and every constraint: what must be there is asked for by name.
                | (Q(status="CLOSED", closed_at__isnull=False, expires_at__isnull=False, expires_at__gt=F("closed_at")) & ~Q(closed_by="")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status == BreachStatus.OPEN


class Account(models.Model):
    """What is known of a breach and how bad it is (Art. 33(3)). Each is written once: who knows more writes the next one."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="accounts")
    facts = models.TextField(_("what happened"))
    role = models.CharField(_("our role"), max_length=12, choices=OurRole.choices)
    harms = ArrayField(models.CharField(max_length=12, choices=Harm.choices), verbose_name=_("what happened to the data"))
    categories = ArrayField(models.CharField(max_length=20, choices=Category.choices), verbose_name=_("categories of data"))
    of_people = ArrayField(models.CharField(max_length=16, choices=People.choices), verbose_name=_("categories of people"))
    people = models.PositiveIntegerField(_("people, about"), null=True, blank=True)
    records = models.PositiveIntegerField(_("records, about"), null=True, blank=True)
    consequences = models.TextField(_("likely consequences"))
    measures = models.TextField(_("measures taken and proposed"))
    risk = models.CharField(_("risk for people"), max_length=12, choices=Risk.choices)
    risk_reasons = models.TextField(_("why we think so"))
    written_at = models.DateTimeField(_("written"))
    written_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("account of a breach")
        verbose_name_plural = _("accounts of breaches")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="security_account_says_all",
                condition=~Q(facts="") & ~Q(consequences="") & ~Q(measures="") & ~Q(risk_reasons="") & Q(harms__len__gt=0),
            )
        ]

    def __str__(self) -> str:
        return f"account {self.id}"


class Decision(models.Model):
    """Whether the authority, or the people, are told. A no holds once a second person has approved it; the last decision counts."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="decisions")
    audience = models.CharField(_("about"), max_length=12, choices=Audience.choices)
    is_told = models.BooleanField(_("to be told"))
    reason = models.CharField(_("reason not to"), max_length=20, choices=Reason.choices, blank=True)
    words = models.TextField(_("reasons"))
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.CharField(max_length=64)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("decision about a breach")
        verbose_name_plural = _("decisions about breaches")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="security_decision_reasoned",
                condition=(Q(is_told=True, reason="", approved_at=None) | (Q(is_told=False) & ~Q(reason="")))
                & ~Q(words="")
                & ~Q(decided_by=""),
            ),
            models.CheckConstraint(name="security_decision_four_eyes", condition=~Q(approved_by=F("decided_by"))),
            models.CheckConstraint(
                name="security_decision_approved",
                condition=Q(approved_at=None, approved_by="")
                | (Q(approved_at__isnull=False, approved_at__gte=F("decided_at")) & ~Q(approved_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.id}"

    @property
    def holds(self) -> bool:
        return self.is_told or self.approved_at is not None

    @property
    def said(self) -> str:
        """What was decided, in a word or two."""
        return gettext("To be told") if self.is_told else self.get_reason_display()


class Submission(models.Model):
    """That the authority was notified; a later one completes it (Art. 33(4)). A late one says why (a trigger asks for it)."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="submissions")
    authority = models.CharField(_("authority"), max_length=8, choices=Authority.choices)
    submitted_at = models.DateTimeField(_("notified"))
    file_number = models.CharField(_("their file number"), max_length=80, blank=True)
    late_because = models.TextField(_("why it is late"), blank=True)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["submitted_at"]
        verbose_name = _("notification to an authority")
        verbose_name_plural = _("notifications to authorities")

    def __str__(self) -> str:
        return f"submission {self.id}"


class Wording(models.Model):
    """What customers or people are told, in one language (Art. 34(2)): written by us, the last one goes out."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="wordings")
    readers = models.CharField(_("for"), max_length=12, choices=Readers.choices)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    facts = models.TextField(_("what happened"))
    consequences = models.TextField(_("likely consequences"))
    measures = models.TextField(_("what we did and do"))
    advice = models.TextField(_("what they can do themselves"), blank=True)
    written_at = models.DateTimeField(_("written"))
    written_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("wording of letters about a breach")
        verbose_name_plural = _("wordings of letters about breaches")
        constraints: ClassVar = [
            models.CheckConstraint(name="security_wording_says_all", condition=~Q(facts="") & ~Q(consequences="") & ~Q(measures=""))
        ]

    def __str__(self) -> str:
        return f"wording {self.id}"


class _Affected(models.Model):
    """Somebody who is to be told, known by a key and by nothing else."""

    added_at = models.DateTimeField(_("added"))
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    told_by = models.CharField(_("told how"), max_length=8, choices=Way.choices, blank=True)

    class Meta:
        abstract = True


class AffectedCustomer(_Affected):
    """A customer whose data we hold as processor (Art. 33(2)), by the key of the company."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="customers")
    customer = models.UUIDField(_("customer"))

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("customer of a breach")
        verbose_name_plural = _("customers of breaches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["breach", "customer"], name="security_customer_once"),
            models.CheckConstraint(
                name="security_customer_told",
                condition=Q(told_at=None, told_by="") | (Q(told_at__isnull=False, told_at__gte=F("added_at")) & ~Q(told_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer}"


class AffectedPerson(_Affected):
    """A person concerned (Art. 34), by the key of the data subject: no name and no address."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="affected")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("person of a breach")
        verbose_name_plural = _("people of breaches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["breach", "subject"], name="security_person_once"),
            models.CheckConstraint(
                name="security_person_told",
                condition=Q(told_at=None, told_by="") | (Q(told_at__isnull=False, told_at__gte=F("added_at")) & ~Q(told_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.id}"


class Entry(models.Model):
    """The journal of a breach: what is added in words, after its end as well."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="entries")
    text = models.TextField(_("text"))
    written_at = models.DateTimeField(_("written"))
    written_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("entry about a breach")
        verbose_name_plural = _("entries about breaches")

    def __str__(self) -> str:
        return f"entry {self.id}"


class Warned(models.Model):
    """That the officers were reminded when so many hours were left: once each."""

    id = _key()
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="warnings")
    hours = models.PositiveSmallIntegerField(_("hours left"))
    at = models.DateTimeField(_("reminded"))

    class Meta:
        ordering: ClassVar = ["at"]
        verbose_name = _("reminder of a breach")
        verbose_name_plural = _("reminders of breaches")
        constraints: ClassVar = [models.UniqueConstraint(fields=["breach", "hours"], name="security_warned_once")]

    def __str__(self) -> str:
        return f"{self.hours} hours of {self.breach_id}"


class Measure(models.Model):
    """How data is protected (Art. 32), in our words. Whether it is so, evidence says: the last day on which somebody looked."""

    id = _key()
    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=MeasureKind.choices)
    label_en = models.CharField(_("name in English"), max_length=120)
    label_fr = models.CharField(_("name in French"), max_length=120)
    label_nl = models.CharField(_("name in Dutch"), max_length=120)
    text_en = models.TextField(_("text in English"))
    text_fr = models.TextField(_("text in French"))
    text_nl = models.TextField(_("text in Dutch"))
    owner = models.CharField(_("who answers for it"), max_length=80, help_text=_("A function or a team. No names of people."))
    is_taken = models.BooleanField(_("taken"), default=True)

    class Meta:
        ordering: ClassVar = ["kind", "code"]
        verbose_name = _("security measure")
        verbose_name_plural = _("security measures")

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        return self._said("label")

    @property
    def text(self) -> str:
        return self._said("text")

    @property
    def answers(self) -> str:
        """Who answers for it, in the reader's language where the words are ours."""
        return registers.said(self.owner)

    def _said(self, what: str) -> str:
        language = (get_language() or "en")[:2]
        return str(getattr(self, f"{what}_{language}", "") or getattr(self, f"{what}_en"))


class Evidence(models.Model):
    """That somebody saw a measure at work, and when somebody looks again. It is never rewritten."""

    id = _key()
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("measure"))
    seen_on = models.DateField(_("seen on"))
    review_on = models.DateField(_("to be seen again by"))
    what = models.CharField(_("what was seen"), max_length=300)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-seen_on", "-id"]
        verbose_name = _("evidence of a measure")
        verbose_name_plural = _("evidence of measures")
        constraints: ClassVar = [
            models.CheckConstraint(name="security_evidence_dated", condition=Q(review_on__gt=F("seen_on")) & ~Q(what="")),
        ]

    def __str__(self) -> str:
        return f"evidence {self.id}"
