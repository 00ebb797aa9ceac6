"""What the cases themselves hold of a person, and how long: packages, links and codes briefly, the proof for years."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import holding
from datamap.declaration import NOTHING, GivenFile, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Role
from datamap.erasure import delete_rows
from datamap.registry import register
from datamap.rows import RowSource, due_rows
from letters import services as letters
from rights_requests import attachments, packages
from rights_requests.case_fields import CLEARED, FIELDS, PARTS, UNLISTED
from rights_requests.enums import CLOSED_STATUSES, MailState, Right, Status
from rights_requests.models import (
    AccessCode,
    Attachment,
    Correction,
    ErasurePreview,
    IdentityClaim,
    IncomingMail,
    Link,
    Mandate,
    Message,
    Package,
    Pause,
    RecipientNotice,
    RightsRequest,
)
from rights_requests.services import restoring
from rights_requests.services.minimising import minimise
from rights_requests.services.moving import HOUSE
from subjects import holds
from subjects import selectors as subjects
from subjects.enums import IdentifierKind
from subjects.models import LegalHold, Restriction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from datamap.declaration import PurgePlan, RowKeys, Text
    from subjects.escrow import EscrowedTombstone
    from subjects.models import Subject

KEY = "rights_requests.cases"

PACKAGES = RetentionRule(
    code=f"{KEY}.packages",
    label=_("Your copy for download: seven days, then file and key are destroyed"),
    trigger="expires_at",
    begins=_("Kept until"),
    keep_for=relativedelta(),
    ground=_("Time enough to download it; it is everything about you in one place"),
)
UNCONFIRMED = RetentionRule(
    code=f"{KEY}.unconfirmed",
    label=_("Requests that were never confirmed: 30 days after their closing letter"),
    trigger="closed_at",
    keep_for=relativedelta(days=settings.RIGHTS["purge_unconfirmed_after"].days),
    ground=_("Time to answer the closing letter"),
)
ERASED = RetentionRule(
    code=f"{KEY}.erased",
    label=_("Who you are, after an erasure: 30 days after our answer"),
    trigger="closed_at",
    keep_for=relativedelta(days=settings.RIGHTS["minimise_erased_after"].days),
    clears=CLEARED,
    ground=_("Time for questions about the answer; then number, dates and outcome remain"),
    promise="P045",
)
READABLE = RetentionRule(
    code=f"{KEY}.readable",
    label=_("Name, address, words and letters of any other request: 60 days after our answer"),
    trigger="closed_at",
    keep_for=relativedelta(days=settings.RIGHTS["keep_case_days"]),
    clears=CLEARED,
    ground=_("Time for questions about the answer; then number, dates and outcome remain"),
)
CLOSED = RetentionRule(
    code=f"{KEY}.closed",
    label=_("Closed requests: five years"),
    trigger="closed_at",
    keep_for=relativedelta(years=5),
    ground=_("Claims can be brought for five years: the record proves what we answered and when"),
)
CODES = RetentionRule(
    code=f"{KEY}.codes",
    label=_("Six-digit codes: one day after they end"),
    trigger="expires_at",
    begins=_("Ends"),
    keep_for=relativedelta(days=1),
    ground=_("Long enough to answer questions about a code that did not work"),
)
LINKS = RetentionRule(
    code=f"{KEY}.links",
    label=_("Links in letters: one day after they end"),
    trigger="expires_at",
    begins=_("Ends"),
    keep_for=relativedelta(days=1),
    ground=_("Long enough to answer questions about a link that did not work"),
)


MAILS = RetentionRule(
    code=f"{KEY}.mails",
    label=_("Mails that we sorted: 30 days after that"),
    trigger="settled_at",
    keep_for=relativedelta(days=settings.RIGHTS["purge_sorted_mails_after"].days),
    ground=_("Time to find one again that was put aside by mistake; what it asks stands in its request"),
)


@register
class Cases(RowSource):
    """Privacy requests: what was asked, by whom, and what was written about it."""

    key = KEY
    label = _("Privacy requests")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("From you, when you made a request")
    models = tuple(PARTS.values())
    parts = PARTS
    parts_with_files = frozenset({"attachments"})
    fields = FIELDS
    unlisted = UNLISTED
    recipients = ("azure",)
    retention = (PACKAGES, UNCONFIRMED, ERASED, READABLE, CLOSED, CODES, LINKS, MAILS)
    is_handling = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        cases = _cases_of(subject)
        return {
            "requests": cases.order_by("pk"),
            "messages": Message.objects.filter(request__in=cases).order_by("pk"),
            "claims": IdentityClaim.objects.filter(request__in=cases).order_by("pk"),
            "links": Link.objects.filter(request__in=cases).order_by("pk"),
            "corrections": Correction.objects.filter(request__in=cases).order_by("pk"),
            "notices": RecipientNotice.objects.filter(request__in=cases).order_by("pk"),
            "mandates": Mandate.objects.filter(request__in=cases).order_by("pk"),
            "pauses": Pause.objects.filter(request__in=cases).order_by("pk"),
            "mails": _mails_of(subject, cases).order_by("pk"),
            "attachments": _attachments_of(subject, cases).order_by("pk"),
        }

    def files(self, subject: Subject) -> Iterator[GivenFile]:
        """What came with messages and mails, and copies of papers as long as they are there."""
        for attachment in _attachments_of(subject, _cases_of(subject)).filter(destroyed_at=None).order_by("pk"):
            yield GivenFile(
                key=attachment.pk,
                name=attachment.name,
                size=attachment.size,
                open=partial(_opened, attachment),
                field="attachments.name",
            )

    def part_label(self, part: str) -> Text:
        labels: dict[str, Text] = {
            "requests": self.label,
            "messages": _("Messages"),
            "claims": _("Further addresses"),
            "links": _("Links"),
            "corrections": _("Corrections and statements"),
            "notices": _("Recipients whom we told"),
            "mandates": _("Who asked for you"),
            "pauses": _("When the clock stood still"),
            "mails": _("Mails that reached us"),
            "attachments": _("Files with messages"),
        }
        return labels[part]

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """Requests that nobody confirmed go at once, and with them and with closed cases what hangs on them; the running ones
        are needed until they are answered, and as proof after that.
        """
        gone = {part: list(rows.values_list("pk", flat=True)) for part, rows in self._going(subject, list(_over_of(subject))).items()}
        return Outcome(erased={part: keys for part, keys in gone.items() if keys}, kept=_kept(self.count(subject), without=gone))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Delete what nobody confirmed; reduce the person's closed cases to their evidence, packages and letters included."""
        over = list(_over_of(subject).select_for_update(of=("self",)))
        # Counted once the cases are locked: whatever is not there is not looked for part by part.
        counts = self.count(subject)
        going = {part: rows for part, rows in self._going(subject, over).items() if counts.get(part)}
        if "attachments" in going:
            attachments.forget(Q(pk__in=going["attachments"]))
        gone = {part: delete_rows(rows, source=self.key, part=part, at=at) for part, rows in going.items()}
        kept = _kept(counts, without=gone)
        closed = [rights_request for rights_request in over if not _is_unconfirmed(rights_request)]
        for rights_request in closed:
            minimise(rights_request, at=at)
        return Outcome(
            erased={part: keys for part, keys in gone.items() if keys},
            emptied={"requests": [rights_request.pk for rights_request in closed]} if closed else {},
            kept=kept,
        )

    def empty(self, part: str, keys: Sequence[UUID], *, at: datetime) -> list[UUID]:
        """Reduce closed cases that a restore brought back whole."""
        back = list(RightsRequest.objects.filter(pk__in=keys, minimised_at=None).select_for_update(of=("self",)))
        for rights_request in back:
            minimise(rights_request, at=at)
        return [rights_request.pk for rights_request in back if rights_request.minimised_at is not None]

    def _going(self, subject: Subject, over: Sequence[RightsRequest]) -> dict[str, QuerySet[Any]]:
        """What is deleted of and with these cases, children first. A mail that nobody has sorted may be a request: it stays."""
        aside = Q(request=None, state=MailState.DISMISSED, sender__in=subjects.emails(subject))
        if not over:
            mails = IncomingMail.objects.filter(aside)
            return {"attachments": Attachment.objects.filter(mail__in=mails), "mails": mails}
        cases = [rights_request.pk for rights_request in over]
        unconfirmed = [rights_request.pk for rights_request in over if _is_unconfirmed(rights_request)]
        mails = IncomingMail.objects.filter(Q(request__in=cases) | aside)
        return {
            "attachments": Attachment.objects.filter(Q(request__in=cases) | Q(mail__in=mails)),
            "messages": Message.objects.filter(request__in=cases),
            "claims": IdentityClaim.objects.filter(request__in=cases),
            "links": Link.objects.filter(request__in=cases),
            "corrections": Correction.objects.filter(request__in=cases),
            "mandates": Mandate.objects.filter(request__in=cases),
            "pauses": Pause.objects.filter(request__in=cases),
            "mails": mails,
            "requests": RightsRequest.objects.filter(pk__in=unconfirmed),
        }

    def put_right(self, stones: Sequence[EscrowedTombstone], *, at: datetime) -> dict[str, int]:
        return restoring.put_right(stones, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        return {
            PACKAGES.code: Package.objects.filter(destroyed_at=None),
            UNCONFIRMED.code: _free(rule).filter(status=Status.LAPSED),
            ERASED.code: _readable(rule).filter(_WAS_ERASURE),
            READABLE.code: _readable(rule).exclude(_WAS_ERASURE),
            CLOSED.code: _free(rule).exclude(closed_at=None),
            CODES.code: AccessCode.objects.all(),
            LINKS.code: Link.objects.all(),
            MAILS.code: _free_mails(rule).exclude(settled_at=None),
        }[rule.code]

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        rows = due_rows(self.unheld(rule), rule, at=at).filter(pk__in=plan.keys)
        if rule in (PACKAGES, ERASED, READABLE):
            found = list(rows.select_for_update(of=("self",)))
            for row in found:
                _destroy_package(row, at=at) if rule is PACKAGES else minimise(row, at=at)
            return len(found)
        if rule in (UNCONFIRMED, CLOSED):
            return _delete_cases(rows, at=at)
        if rule is MAILS:
            attachments.forget(Q(mail__in=rows))
            Attachment.objects.filter(mail__in=rows).delete()
        return rows.delete()[0]


def running(references: Any) -> set[str]:
    """Those of ``references`` whose case is running or not yet reduced: their letters are still needed."""
    found = RightsRequest.objects.filter(reference__in=references, minimised_at=None)
    return set(found.values_list("reference", flat=True))


def references_of(subject: Subject) -> QuerySet[RightsRequest, str]:
    """The references of the person's own cases, for letters that name no address."""
    return RightsRequest.objects.filter(subject=subject).values_list("reference", flat=True)


def _kept(counts: Mapping[str, int], *, without: RowKeys) -> tuple[Kept, ...]:
    """The file of a request shows what was asked, how the person was recognised and what we answered."""
    until = {
        "requests": _("at the latest 60 days after our answer all but number, dates and outcome; these for five years"),
        "messages": _("at the latest 60 days after our answer"),
        "claims": _("at the latest 60 days after our answer"),
        "links": _("one day after they end"),
        "corrections": _("at the latest 60 days after our answer"),
        "notices": _("five years after our answer"),
        "mandates": _("at the latest 60 days after our answer"),
        "pauses": _("at the latest 60 days after our answer"),
        "mails": _("30 days after they were sorted"),
        "attachments": _("at the latest 60 days after our answer; what shows who you are, when that is decided"),
    }
    return tuple(
        Kept(part=part, rows=left, ground=Ground.LEGAL_CLAIMS, article="Art. 5(2), 17(3)(e) GDPR", until_event=until[part])
        for part, rows in counts.items()
        if (left := rows - len(without.get(part, ()))) > 0
    )


def _cases_of(subject: Subject) -> QuerySet[RightsRequest]:
    """The person's own, and those that wait for a proof of one of the person's addresses."""
    unproved = Q(subject=None, email__in=subjects.emails(subject))
    return RightsRequest.objects.filter(Q(subject=subject) | unproved)


def _mails_of(subject: Subject, cases: QuerySet[RightsRequest]) -> QuerySet[IncomingMail]:
    """Those of the person's cases, and those from one of their addresses that belong to none."""
    return IncomingMail.objects.filter(Q(request__in=cases) | Q(request=None, sender__in=subjects.emails(subject)))


def _attachments_of(subject: Subject, cases: QuerySet[RightsRequest]) -> QuerySet[Attachment]:
    return Attachment.objects.filter(Q(request__in=cases) | Q(mail__in=_mails_of(subject, cases)))


def _opened(attachment: Attachment) -> BytesIO:
    return BytesIO(attachments.read(attachment))


def _over_of(subject: Subject) -> QuerySet[RightsRequest]:
    """What an erasure ends: the person's closed cases that still say who asked, and those that nobody confirmed, unless they
    came after the erasure was prepared: a later one waits for its link like anybody's.
    """
    closed = Q(subject=subject, status__in=CLOSED_STATUSES)
    unproved = Q(subject=None, email__in=subjects.emails(subject))
    running = ErasurePreview.objects.filter(request__subject=subject, request__status=Status.CARRYING_OUT)
    later = Exists(running.filter(prepared_at__lt=OuterRef("received_at")))
    return RightsRequest.objects.filter(closed | (unproved & ~later), minimised_at=None).order_by("pk")


def _is_unconfirmed(rights_request: RightsRequest) -> bool:
    """What was done at once needed no confirmation: it is proof, like any other answer."""
    return not rights_request.subject_id and not rights_request.is_absolute


def _free(rule: RetentionRule) -> QuerySet[RightsRequest]:
    """Cases of people about whom neither hold nor restriction stands."""
    standing = LegalHold.objects.filter(holds.standing(KEY, reach=holding.reach_of(rule)), subject=OuterRef("subject"))
    restrictions = Restriction.objects.filter(subject=OuterRef("subject"), lifted_at=None)
    return RightsRequest.objects.filter(~Exists(standing), ~Exists(restrictions))


def _free_mails(rule: RetentionRule) -> QuerySet[IncomingMail]:
    """Those of such cases, and those of none that such people sent."""
    kept = subjects.kept_values(kind=IdentifierKind.EMAIL, source=KEY, reach=holding.reach_of(rule))
    return IncomingMail.objects.filter(Q(request__in=_free(rule)) | (Q(request=None) & ~Q(sender__in=kept)))


_WAS_ERASURE = Q(right=Right.ERASURE, status=Status.ANSWERED)


def _readable(rule: RetentionRule) -> QuerySet[RightsRequest]:
    """Closed cases that still say who asked; what nobody confirmed has its own, shorter end."""
    return _free(rule).filter(minimised_at=None).exclude(closed_at=None).exclude(status=Status.LAPSED)


def _destroy_package(package: Package, *, at: datetime) -> None:
    packages.destroy(package, at=at)
    reference = RightsRequest.objects.values_list("reference", flat=True).get(pk=package.pk)
    audit.record(action="package.destroyed", about=reference, actor=HOUSE, at=at)


def _delete_cases(rows: QuerySet[RightsRequest], *, at: datetime) -> int:
    """Whole cases with all that hangs on them; a package that is left by then loses its file too."""
    found = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    for package in Package.objects.filter(pk__in=found, destroyed_at=None):
        _destroy_package(package, at=at)
    attachments.forget(Q(request__in=found), Q(mail__request__in=found))
    _delete_beside(found)
    RightsRequest.objects.filter(pk__in=found).delete()
    return len(found)


def _delete_beside(cases: Sequence[UUID]) -> None:
    """What does not go with a case by itself: it hangs on the reference, or stays behind without one."""
    references = list(RightsRequest.objects.filter(pk__in=cases).values_list("reference", flat=True))
    AccessCode.objects.filter(Q(request__in=cases) | Q(reference__in=references)).delete()
    IncomingMail.objects.filter(request__in=cases).delete()
    letters.forget(abouts=references)
