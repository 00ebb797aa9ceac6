"""What letters hold of a person, for how long, and what is left of them after an erasure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils.translation import gettext_lazy as _

from datamap import holding
from datamap.declaration import NOTHING, Field, Kept, Outcome, Part, PurgePlan, RetentionRule, RowKeys
from datamap.enums import Category, Ground, Origin, Role
from datamap.export import rows_of
from datamap.held import HeldSource
from datamap.purposes import EVIDENCE, RIGHTS
from datamap.registry import register
from datamap.rows import span_of
from letters import events, selectors, services
from letters.models import Letter
from subjects.enums import IdentifierKind
from subjects.escrow import EscrowedTombstone
from subjects.models import Subject
from subjects.selectors import kept_values

PART = "letters"
CASES = RetentionRule(
    code="letters.letters.5-years",
    label=_("Our letters; of those about a privacy request only that, when and of what kind we wrote, once the request says no more"),
    trigger="written_at",
    keep_for=events.PROOF,
    ground=_(
        "Claims can be brought for five years: it proves that we wrote, and when. Address and text of a letter about a request go with the words of the request."
    ),
)
BRIEF = RetentionRule(
    code="letters.letters.30-days",
    label=_("Codes, and letters about signing in or applying for a job"),
    trigger="written_at",
    keep_for=events.BRIEF,
    ground=_("Long enough to answer questions about a letter that did not arrive."),
)


@register
class Letters(HeldSource):
    """What we wrote to people. It exists only because we handle a request or a sign-in."""

    key = "letters.letters"
    label = _("Letters that we wrote")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Written by us, to the address that you gave")
    models = ("letters.Letter",)
    parts: ClassVar[dict[str, str]] = {PART: "letters.Letter"}
    fields = (
        Field("recipient", _("E-mail address"), Origin.PROVIDED, (RIGHTS, EVIDENCE), is_portable=False),
        Field("by_hand_to", _("Posted to, or read out at"), Origin.PROVIDED, (RIGHTS, EVIDENCE), is_portable=False),
        Field("recipient_name", _("Name"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("subject", _("Subject"), Origin.INFERRED, (RIGHTS, EVIDENCE), is_portable=False),
        Field("body", _("Text"), Origin.INFERRED, (RIGHTS, EVIDENCE), is_portable=False),
        Field("language", _("Language"), Origin.PROVIDED, (RIGHTS,), is_portable=False, is_masked=False),
        Field("written_at", _("Written"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("sent_at", _("Sent"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    )
    unlisted: ClassVar[dict[str, str]] = {
        "id": "our key of the row",
        "event": "which of our texts was used",
        "about": "our reference, printed in the letter",
        "sealed": "links and codes until they are sent: never shown or exported",
        "message_id": "made from our key",
        "status": "where the letter is on its way",
        "attempts": "how often the mail server was tried",
        "next_try_at": "when the mail server is tried again",
        "sending_at": "when the letter was handed over",
        "is_unverified": "whether it counts among the few letters of a day to an address that nobody has confirmed",
        "is_shown_to_person": "whether the status page lists it",
        "expires_at": "follows from the date of writing",
    }
    recipients = ("mail-provider",)
    retention = (CASES, BRIEF)
    is_handling = True
    empties = frozenset({PART})

    def held(self, subject: Subject) -> dict[str, QuerySet[Letter]]:
        return {PART: selectors.of_subject(subject)}

    def export(self, subject: Subject) -> Iterator[Part]:
        rows = _rows(selectors.of_subject(subject))
        first = next(rows, None)
        if first is not None:
            yield Part(name=PART, label=self.label, columns=_COLUMNS, rows=chain([first], rows))

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        letters = list(selectors.of_subject(subject).order_by("pk").values_list("pk", "about", "status"))
        needed = selectors.still_needed(letters)
        gone = [key for key, _about, _status in letters if key not in needed]
        return Outcome(erased={PART: gone}, kept=_kept(len(needed)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Empty the letters of closed cases: the row stays as proof that we wrote, and says nothing of anybody."""
        outcome = self.preview(subject, at=at)
        services.empty_rows(outcome.erased[PART])
        return outcome

    def empty(self, part: str, keys: Sequence[UUID], *, at: datetime) -> list[UUID]:
        return services.empty_again(Letter.objects.filter(pk__in=list(keys)))

    def put_right(self, stones: Sequence[EscrowedTombstone], *, at: datetime) -> dict[str, int]:
        return {"letters that were perhaps sent since": services.doubt()}

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        rows = _due(rule, at).order_by("expires_at", "pk")
        return PurgePlan(rule=rule.code, at=at, keys=tuple(rows.values_list("pk", flat=True)[:limit]))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        return _due(rule, at).filter(pk__in=[str(key) for key in plan.keys]).delete()[0]

    def oldest(self, rule: RetentionRule) -> datetime | None:
        oldest: datetime | None = _of_rule(rule).aggregate(oldest=Min("written_at"))["oldest"]
        return oldest

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        rule = self.rule_of(plan.rule, at=plan.at)
        return span_of(_of_rule(rule), "written_at", plan.keys)


_COLUMNS = (
    ("id", _("Key")),
    ("recipient", _("E-mail address")),
    ("by_hand_to", _("Posted to, or read out at")),
    ("recipient_name", _("Name")),
    ("subject", _("Subject")),
    ("body", _("Text")),
    ("language", _("Language")),
    ("written_at", _("Written")),
    ("sent_at", _("Sent")),
)


def _rows(letters: QuerySet[Letter]) -> Iterator[tuple[Any, ...]]:
    for letter in rows_of(letters):
        yield (
            letter.pk,
            letter.recipient,
            letter.by_hand_to,
            letter.recipient_name,
            letter.subject,
            services.text_of(letter),
            letter.language,
            letter.written_at,
            letter.sent_at,
        )


def _kept(rows: int) -> tuple[Kept, ...]:
    """A letter of a running case is needed to answer it; it is emptied when the case is."""
    if not rows:
        return ()
    return (
        Kept(
            part=PART,
            rows=rows,
            ground=Ground.LEGAL_OBLIGATION,
            article="Art. 17(3)(b) GDPR",
            until_event=_("until 60 days after your request is closed, at the latest"),
        ),
    )


def _of_rule(rule: RetentionRule) -> QuerySet[Letter]:
    letters = Letter.objects.filter(event__in=events.SHORT_LIVED)
    return letters if rule.code == BRIEF.code else Letter.objects.exclude(event__in=events.SHORT_LIVED)


def _due(rule: RetentionRule, at: datetime) -> QuerySet[Letter]:
    held = kept_values(kind=IdentifierKind.EMAIL, source=Letters.key, reach=holding.reach_of(rule))
    return holding.left_alone(Letters(), rule, _of_rule(rule).filter(expires_at__lte=at).exclude(recipient__in=held))
