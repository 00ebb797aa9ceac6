from __future__ import annotations

from collections import Counter
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datamap import reach, statutory
from datamap.declaration import NOTHING, Field, GivenFile, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Role
from datamap.enums import Origin as Told
from datamap.erasure import delete_rows, spare
from datamap.phrases import pair
from datamap.purposes import EMPLOYMENT, POOL, RECRUITMENT, STAFF_LAW
from datamap.registry import register
from letters import services as letters
from letters.models import Letter
from recruitment import correspondence, details, employed, storing
from recruitment.enums import ENDED_STATUSES, Origin, Status
from recruitment.models import Application, Document, Message, OfferAnswer
from recruitment.personal_data.keeping import ByEmail, spared, today, under_hold, while_employed
from recruitment.services import stop_keeping
from subjects import selectors as subjects
from subjects.enums import IdentifierKind
from subjects.services import block_import

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from datamap.declaration import RowKeys, Text
    from subjects.escrow import EscrowedTombstone
    from subjects.models import Subject

APPLICATIONS, DOCUMENTS, MESSAGES, ANSWERS = "applications", "documents", "messages", "answers"
#: What hangs on an application, and goes before it.
CHILDREN: Mapping[str, type[Model]] = {DOCUMENTS: Document, MESSAGES: Message, ANSWERS: OfferAnswer}
_DOWN = ((APPLICATIONS, "pk"), (DOCUMENTS, "documents"), (MESSAGES, "messages"), (ANSWERS, "answers"))
OPTED_OUT, LEFT = "recruitment.applications.opted-out", "recruitment.applications.left"
JOB = (RECRUITMENT, POOL)


def _not_hired(country: str, label: Text) -> RetentionRule:
    return RetentionRule(
        code=f"recruitment.applications.{country.lower()}",
        label=label,
        trigger="kept_from",
        begins=_("End of the procedure, or your last message"),
        keep_for=relativedelta(months=settings.RECRUITMENT["keep_months"][country]),
        ground=_("To come back to you about other jobs, counted from the end of the procedure or from when we last heard from you"),
        promise="P070",
        shortest=relativedelta(months=6),
    )


@register
class Applications(ByEmail):
    """Job applications (policy II, III, VII): for the procedure, then for other jobs unless the person says no."""

    key = "recruitment.applications"
    label = _("Job applications")
    category = Category.APPLICATION
    role = Role.CONTROLLER
    origin_label = _("From you, or from whoever sent us your application: it stands in each of them")
    models = (
        "recruitment.Application",
        "recruitment.Document",
        "recruitment.Message",
        "recruitment.OfferAnswer",
        "recruitment.CandidateLink",
    )
    parts = {
        APPLICATIONS: "recruitment.Application",
        DOCUMENTS: "recruitment.Document",
        MESSAGES: "recruitment.Message",
        ANSWERS: "recruitment.OfferAnswer",
        "links": "recruitment.CandidateLink",
    }
    ways = {APPLICATIONS: "email", **dict.fromkeys(CHILDREN, "application__email")}
    fields = (
        Field("applications.reference", _("Reference"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("applications.vacancy", _("Job"), Told.PROVIDED, JOB, is_masked=False),
        Field("applications.country", _("Country"), Told.PROVIDED, JOB, is_masked=False),
        Field("applications.name", _("Name"), Told.PROVIDED, JOB),
        Field("applications.email", _("E-mail address"), Told.PROVIDED, JOB),
        Field("applications.phone", _("Telephone number"), Told.PROVIDED, JOB),
        Field("applications.cover_letter", _("Cover letter"), Told.PROVIDED, JOB),
        Field("applications.language", _("Language"), Told.PROVIDED, (RECRUITMENT,), is_masked=False),
        Field("applications.origin", _("Came from"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("applications.agency", _("Employment agency"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("applications.status", _("State"), Told.INFERRED, (RECRUITMENT,), is_masked=False),
        Field("applications.received_at", _("Received at"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("applications.last_contact_at", _("We last heard from you"), Told.OBSERVED, (RECRUITMENT, POOL), is_masked=False),
        Field("applications.ended_at", _("Procedure ended at"), Told.OBSERVED, (RECRUITMENT, POOL), is_masked=False),
        Field("applications.opted_out_at", _("Asked not to be kept"), Told.PROVIDED, (POOL,), is_masked=False),
        Field("applications.closes_on", _("Kept until"), Told.OBSERVED, (STAFF_LAW,), is_masked=False),
        Field("documents.name", _("File"), Told.PROVIDED, JOB),
        Field("documents.kind", _("Kind"), Told.PROVIDED, JOB, is_masked=False),
        Field("documents.size", _("Size in bytes"), Told.OBSERVED, (RECRUITMENT,), is_portable=False, is_masked=False),
        Field("documents.received_at", _("Received at"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("documents.redacted_at", _("Redacted at"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("messages.is_from_person", _("Written by you"), Told.OBSERVED, JOB, is_masked=False),
        Field("messages.sender", _("Sent from"), Told.PROVIDED, JOB),
        Field("messages.text", _("Message"), Told.PROVIDED, JOB),
        Field("messages.at", _("When"), Told.OBSERVED, JOB, is_masked=False),
        Field("messages.request_reference", _("Privacy request made of it"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("messages.redacted_at", _("Redacted at"), Told.OBSERVED, (RECRUITMENT,), is_masked=False),
        Field("answers.field", _("Detail for the contract"), Told.OBSERVED, (EMPLOYMENT, STAFF_LAW), is_masked=False),
        Field("answers.value", _("Answer"), Told.PROVIDED, (EMPLOYMENT, STAFF_LAW)),
        Field("answers.answered_at", _("When"), Told.OBSERVED, (EMPLOYMENT,), is_masked=False),
    )
    unlisted = {
        "applications.id": "the row's own key",
        "applications.status_since": "our own bookkeeping",
        "applications.kept_from": "follows from the last contact and the end of the procedure",
        "applications.unanswered_since": "our own bookkeeping, until somebody answers",
        "applications.flag_reason": "our own bookkeeping, until somebody decides",
        "applications.redacted_at": "the letter itself shows what was taken out",
        "documents.id": "the row's own key",
        "documents.application": "whose it is",
        "documents.media_type": "the name of the file says it",
        "documents.digest": "says nothing that the file does not",
        "documents.file_name": "where the file lies encrypted: a random name",
        "documents.sealed_key": "a secret: never shown or exported",
        "documents.flag_reason": "our own bookkeeping, until somebody decides",
        "messages.id": "the row's own key",
        "messages.application": "whose it is",
        "messages.digest": "tells whether the same mail came before",
        "messages.author": "colleagues who acted in the course of their work are not disclosed by name or key",
        "messages.flag_reason": "our own bookkeeping, until somebody decides",
        "answers.id": "the row's own key",
        "answers.application": "whose it is",
        "links.id": "the row's own key",
        "links.application": "whose it is",
        "links.purpose": "what the link in a letter does",
        "links.digest": "the hash of a secret in a letter: never shown or exported",
        "links.made_at": "our own bookkeeping",
    }
    rectifiable = frozenset({"applications.name", "applications.email", "applications.phone", "answers.value"})
    recipients = ("azure", "mail-provider")
    retention = (
        _not_hired("BE", _("Applications in Belgium")),
        _not_hired("FR", _("Applications in France")),
        RetentionRule(
            code=OPTED_OUT,
            label=_("Applications of those who do not want to be kept"),
            trigger="opted_out_at",
            keep_for=relativedelta(),
            ground=_("You asked for it; a procedure that is running is brought to its end first"),
            promise="P071",
            dated="received_at",
        ),
        RetentionRule(
            code=LEFT,
            label=_("Applications of those who worked for us"),
            trigger="closes_on",
            keep_for=relativedelta(),
            ground=_("For the whole employment, then for as long as claims from the contract can be brought"),
            promise="P073",
            dated="received_at",
        ),
    )

    def rows(self, part: str) -> QuerySet[Any]:
        model = CHILDREN.get(part, Application)
        return model._default_manager.order_by("pk")

    def part_label(self, part: str) -> Text:
        return {
            DOCUMENTS: _("Documents of your applications"),
            MESSAGES: _("Messages about your applications"),
            ANSWERS: _("Details for your contract"),
        }.get(part, self.label)

    def columns(self, part: str) -> list[tuple[str, Text]]:
        shown = {"vacancy": "vacancy__title"} if part == APPLICATIONS else {}
        return [(shown.get(name, name), label) for name, label in super().columns(part)]

    # For a person.
    def files(self, subject: Subject) -> Iterator[GivenFile]:
        """The letters and documents as they were given to us; what was redacted is gone here too."""
        for application in self.of(subject, APPLICATIONS).exclude(cover_letter=""):
            yield _letter_as_file(application)
        for document in self.of(subject, DOCUMENTS).filter(redacted_at=None):
            opened = partial(storing.opened, file_name=document.file_name, sealed_key=bytes(document.sealed_key), bound_to=document.pk)
            yield GivenFile(key=document.pk, name=document.name, size=document.size, open=opened, field="documents.name")

    def origins(self, subject: Subject) -> list[str]:
        """Who sent us each application that did not come from the person (Art. 15(1)(g))."""
        rows = self.of(subject, APPLICATIONS).exclude(origin=Origin.FORM)
        told = rows.order_by("received_at", "pk").values_list("reference", "origin", "agency")
        return [pair(reference, f"{Origin(origin).label}{f', {agency}' if agency else ''}") for reference, origin, agency in told]

    def channels(self, subject: Subject) -> Iterable[str]:
        return self.of(subject, APPLICATIONS).order_by().values_list("email", flat=True).distinct()

    def reached_at(self, subject: Subject) -> Iterable[tuple[str, str]]:
        return reach.in_columns(self.of(subject, APPLICATIONS), {IdentifierKind.PHONE: ("phone",)})

    def corrected(self, subject: Subject, row: Model, field: str, value: str) -> object:
        found = super().corrected(subject, row, field, value)
        if isinstance(row, OfferAnswer):
            if not found:
                raise ValidationError(_("A detail for the contract is not empty."))
            details.check(row.field, str(found))
        return found

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        erased: dict[str, list[UUID]] = {}
        for part in (APPLICATIONS, *CHILDREN):
            keys = list(self._going(subject, part, at=at).values_list("pk", flat=True))
            erased |= {part: keys} if keys else {}
        return Outcome(erased=erased, kept=tuple(self._kept(subject, at=at)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Delete what may go, children first, and have no agency bring it back; files leave when this is committed."""
        kept = tuple(self._kept(subject, at=at))
        whole = spared(self._going(subject, APPLICATIONS, at=at), sparing, _DOWN)
        block_import(values=list(whole.order_by().values_list("email", flat=True).distinct()), at=at)
        _empty_letters(whole)
        erased: dict[str, list[UUID]] = {}
        for part in CHILDREN:
            rows = spare(self._going(subject, part, at=at), sparing, part)
            erased[part] = delete_rows(rows, source=self.key, part=part, at=at)
        erased[APPLICATIONS] = delete_rows(whole, source=self.key, part=APPLICATIONS, at=at)
        return Outcome(erased={part: keys for part, keys in erased.items() if keys}, kept=kept)

    def stop(self, subject: Subject, purposes: Collection[str], *, at: datetime) -> None:
        """Who objects to being contacted about other jobs is not kept for it: what is over goes with the next run."""
        if POOL.code not in purposes:
            return
        rows = self.of(subject, APPLICATIONS).filter(opted_out_at=None).exclude(status=Status.HIRED)
        for application in rows.select_for_update(of=("self",)):
            stop_keeping(application, at=at)

    def _going(self, subject: Subject, part: str, *, at: datetime) -> QuerySet[Any]:
        rows = self.of(subject, part)
        if subjects.is_held(subject=subject, source=self.key):
            return rows.none()
        up = "" if part == APPLICATIONS else "application__"
        past = Q(**{f"{up}closes_on__lt": today(at)})
        return rows.filter(~Q(**{f"{up}status": Status.HIRED}) | past)

    def _kept(self, subject: Subject, *, at: datetime) -> Iterator[Kept]:
        is_held = subjects.is_held(subject=subject, source=self.key)
        for part in (APPLICATIONS, *CHILDREN):
            up = "" if part == APPLICATIONS else "application__"
            staying = self.of(subject, part).exclude(pk__in=self._going(subject, part, at=at).order_by().values("pk"))
            if is_held:
                number = staying.count()
                yield from [under_hold(part=part, rows=number)] if number else []
                continue
            ends = Counter(staying.order_by().values_list(f"{up}closes_on", f"{up}country", f"{up}employment__ended_on"))
            for (closes_on, country, ended_on), number in sorted(ends.items(), key=str):
                yield _kept_after(part, number, closes_on=closes_on, country=country, ended_on=ended_on)

    def put_right(self, stones: Sequence[EscrowedTombstone], *, at: datetime) -> dict[str, int]:
        """What we wrote about applications that were erased since: those letters were emptied with them, and bear no tombstone of their own."""
        gone = [key for stone in stones if (stone.source, stone.part) == (self.key, APPLICATIONS) for key in stone.row_keys]
        abouts = [correspondence.about_key(key) for key in gone]
        return {"letters emptied again": len(letters.empty_again(Letter.objects.filter(about__in=abouts))) if gone else 0}

    # For time.
    def counted(self, rule: RetentionRule) -> QuerySet[Any]:
        if rule.code == LEFT:
            return Application.objects.filter(closes_on__isnull=False)
        if rule.code == OPTED_OUT:
            return Application.objects.filter(opted_out_at__isnull=False, status__in=ENDED_STATUSES)
        country = rule.code.rpartition(".")[2].upper()
        return Application.objects.filter(country=country).exclude(status=Status.HIRED)

    def part_of(self, rule: RetentionRule) -> str:
        return APPLICATIONS

    def discard(self, rows: QuerySet[Any]) -> int:
        _empty_letters(rows)
        return rows.delete()[1].get("recruitment.Application", 0)


def _empty_letters(applications: QuerySet[Any]) -> None:
    """What we wrote about them says nothing of anybody any more; what is on its way arrives first."""
    abouts = [correspondence.about(application) for application in applications.only("pk")]
    letters.empty(Letter.objects.filter(about__in=abouts))


def _kept_after(part: str, rows: int, *, closes_on: date | None, country: str, ended_on: date | None) -> Kept:
    if closes_on is None:
        return while_employed(part=part, rows=rows)
    day = ended_on or closes_on
    article = employed.article(country=country, document=employed.FILE, dated_on=day, ended_on=day, periods=statutory.load())
    return Kept(part=part, rows=rows, ground=Ground.LEGAL_CLAIMS, article=article, until=closes_on)


def _letter_as_file(application: Application) -> GivenFile:
    size = len(application.cover_letter.encode())
    opened = partial(_open_letter, application.pk)
    return GivenFile(key=application.pk, name="cover-letter.txt", size=size, open=opened, field="applications.cover_letter")


def _open_letter(application_id: UUID) -> BytesIO:
    """The letter as it stands when it is read.

    Raises:
        FileNotFoundError: it is gone.
    """
    letter = Application.objects.filter(pk=application_id).values_list("cover_letter", flat=True).first()
    if letter is None:
        raise FileNotFoundError(application_id)
    return BytesIO(letter.encode())
