"""Tasks for systems that answer by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from connectors import handed
from connectors.models import PullTask
from datamap import holding
from datamap.citations import cited
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE, RIGHTS
from datamap.registry import exempt, register
from datamap.rows import RowSource, due_rows
from subjects.selectors import kept_subjects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import PurgePlan, RowKeys
    from subjects.models import Subject

exempt("connectors.SystemState", "Connected systems: when each answered last, and why it does not.")
exempt(
    "connectors.Prepared", "Our numbers of rows of other systems that are about to go; they go with the deed and say nothing of anybody."
)
exempt("connectors.MailEvent", "Keyed hashes of messages of the mailing service, so that each counts once.")

HANDED_OVER, TASKS = "connectors.tasks.handed-over", "connectors.tasks.over"
NO_FILE: dict[str, Any] = {"file_name": "", "sealed_key": b"", "size": 0, "digest": ""}


@register
class Tasks(RowSource):
    """What connected systems were asked about a person, and what they answered. What they handed over is passed on as theirs, and destroyed."""

    key = "connectors.tasks"
    label = _("Questions to connected systems")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Made while your request is handled")
    models = ("connectors.PullTask",)
    parts = {"task": "connectors.PullTask"}
    fields = (
        Field("system", _("System"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("verb", _("Question"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("status", _("State"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("asked_at", _("Asked at"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
        Field("answered_at", _("Answered at"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    )
    unlisted = {
        "id": "our row key, which means nothing outside",
        "subject": "the person whose file this is",
        "asked": "how many rows were to go or to be handed over, by part: told in the answer to the request",
        "as_of": "when they had been found",
        "due_at": "when somebody is told that no answer came",
        "fence": "how often the task was taken up",
        "lease_until": "for how long the system has it in hand",
        "counts": "how many rows were found, by part: told in the answer to the request",
        "kept": "how many rows a law keeps: told in the answer to the request",
        "file_name": "where what was handed over lies: it is given as that system’s own",
        "sealed_key": "the key of that file",
        "size": "of that file",
        "rows": "of that file",
        "digest": "of that file",
        "fewer": "why that file holds fewer rows than were found, as the system says",
    }
    recipients = ("azure",)
    is_handling = True
    retention = (
        RetentionRule(
            code=HANDED_OVER,
            label=_("What a connected system handed over, to be passed on"),
            trigger="answered_at",
            keep_for=relativedelta(days=settings.CONNECTORS["keep_handed_over_days"]),
            ground=_("It lies here only to be passed on"),
            clears=frozenset(),
        ),
        RetentionRule(
            code=TASKS,
            label=_("Questions to connected systems"),
            trigger="asked_at",
            keep_for=relativedelta(months=settings.CONNECTORS["keep_tasks_months"]),
            ground=cited(_("Proof of how requests were answered (%(law)s)"), "5(2)"),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"task": PullTask.objects.filter(subject=subject).order_by("asked_at", "pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        rows = self.count(subject).get("task", 0)
        if not rows:
            return Outcome()
        until = _("until a year after the question")
        kept = Kept(part="task", rows=rows, ground=Ground.LEGAL_OBLIGATION, article="Art. 5(2), 17(3)(b) GDPR", until_event=until)
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """That it was asked is proof; what was handed over goes at once."""
        _destroy_files(self.held(subject)["task"])
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        """Whoever waits for an answer waits for what was handed over too."""
        tasks = PullTask.objects.exclude(subject__in=kept_subjects(source=self.key, reach=holding.reach_of(rule)))
        return tasks.exclude(file_name="") if rule.code == HANDED_OVER else tasks

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        due = due_rows(self.unheld(rule), rule, at=at).filter(pk__in=plan.keys)
        if rule.code == HANDED_OVER:
            return _destroy_files(due)
        _destroy_files(due)
        return super().destroy(plan, at=at)


def _destroy_files(tasks: QuerySet[PullTask]) -> int:
    """The keys now, the files on commit."""
    found = dict(tasks.exclude(file_name="").select_for_update(of=("self",)).order_by("pk").values_list("pk", "file_name"))
    PullTask.objects.filter(pk__in=found).update(**NO_FILE)
    handed.ROOM.discard_on_commit(found.values())
    return len(found)
