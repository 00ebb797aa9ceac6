"""The desk's page of policy texts: what is in force, what comes, and the draft on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import staff
from accounts.enums import Language
from audit.actor import Actor
from datamap import meanwhile, selectors
from datamap.models import PolicyVersion
from policy import access, differences, facts, services
from policy.forms import BeginForm, DraftForm
from policy.markup import sections
from policy.models import PolicyDraft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from policy.differences import Change
    from policy.markup import Section

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft's text in one language, as it would be published today, beside the newest published one."""

    language: str
    label: str
    title: str
    sections: Sequence[Section]
    changes: Sequence[Change]
    problem: str = ""


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_policy(request: StaffRequest) -> HttpResponse:
    """The list. POST begins a draft."""
    at = timezone.now()
    today = timezone.localdate(at)
    form = BeginForm(request.POST or None, initial={"effective_on": today})
    if form.is_bound and form.is_valid():
        try:
            draft = services.begin(actor=Actor.of(request), at=at, **form.cleaned_data)
            return redirect("desk_policy_draft", draft_id=draft.pk)
        except services.InThePast as error:
            form.add_error("effective_on", str(error))
        except services.CannotPublish as error:
            form.add_error("reason", str(error))
    drafts = list(PolicyDraft.objects.all()[:50])
    context = {
        "form": form,
        "open": next((draft for draft in drafts if draft.is_open), None),
        "past": [draft for draft in drafts if not draft.is_open],
        "versions": PolicyVersion.objects.filter(slug="privacy").order_by("-effective_on", "language")[:60],
        "in_force": {language: selectors.policy_in_force(on=today, language=language) for language in Language.values}.values(),
        "drifted": services.drifted(at=at),
        "now": at,
        "today": today,
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/policy.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def desk_policy_draft(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    """One draft. POST: the step whose button was pressed; ``write`` brings the texts along."""
    at = timezone.now()
    draft = access.draft_for_desk(user=request.user, draft_id=draft_id, is_locked=request.method == "POST")
    step = request.POST.get("step", "")
    is_written = request.method == "POST" and step in {"write", "submit"}
    form = DraftForm(request.POST if is_written else None, initial=DraftForm.of(draft))
    refused = ""
    if request.method == "POST" and not (form.is_bound and not form.is_valid()):
        try:
            return _take(request, draft, step, form, at=at)
        except services.InThePast as error:
            if form.is_bound:
                form.add_error("effective_on", str(error))
            else:
                refused = str(error)
        except (services.CannotPublish, facts.UnknownFact) as error:
            refused = str(error)
        draft = access.draft_for_desk(user=request.user, draft_id=draft_id)
    return _page(request, draft, form, refused=refused, at=at)


STEPS: Mapping[str, tuple[Callable[..., object], str]] = {
    "submit": (services.submit, _("Submitted: a colleague looks at it and publishes it.")),
    "take_back": (services.take_back, _("Taken back: the text can be changed again.")),
    "publish": (services.publish, _("Published. Customers are being told.")),
    "drop": (services.drop, _("Dropped.")),
}


def _take(request: StaffRequest, draft: PolicyDraft, step: str, form: DraftForm, *, at: datetime) -> HttpResponse:
    actor = Actor.of(request)
    if form.is_bound:
        days = {"effective_on": form.cleaned_data["effective_on"], "reason": form.cleaned_data["reason"]}
        services.write(draft_id=draft.pk, texts=form.texts, actor=actor, at=at, **days)
        if step == "write":
            messages.success(request, _("Kept. Below is how it would read."))
            return redirect("desk_policy_draft", draft_id=draft.pk)
    if step not in STEPS:
        raise services.NotOpen
    act, words = STEPS[step]
    read = {"submitted_at": _moment(request.POST.get("submitted_at", ""))} if step == "publish" else {}
    act(draft_id=draft.pk, **read, actor=actor, at=at)
    messages.success(request, words)
    if step in {"publish", "drop"}:
        return redirect("desk_policy")
    return redirect("desk_policy_draft", draft_id=draft.pk)


def _moment(typed: str) -> datetime | None:
    try:
        return parse_datetime(typed)
    except ValueError:
        return None


def _page(request: StaffRequest, draft: PolicyDraft, form: DraftForm, *, refused: str, at: datetime) -> HttpResponse:
    me = str(request.user.pk)
    context = {
        "draft": draft,
        "form": form,
        "shown": [_shown(draft, language) for language in Language],
        "yours": _yours(draft, form),
        "is_mine": me in {draft.written_by, draft.submitted_by},
        "names": staff.names([draft.written_by, draft.submitted_by, draft.published_by]),
        "facts": facts.places(),
        "refused": refused,
        "now": at,
        "desk_room": "desk_policy",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/policy_draft.html", context, status=UNPROCESSABLE if refused or form.errors else 200)


def _yours(draft: PolicyDraft, form: DraftForm) -> list[tuple[Language, Sequence[Change]]]:
    """What was typed against what somebody else made of the text meanwhile."""
    kept = {text.language: text.body for text in draft.texts.all()}
    refused = [language for language in Language if form.has_error(f"body_{language}", code=meanwhile.CODE)]
    return [(language, differences.between(kept.get(language, ""), str(form[f"body_{language}"].value()))) for language in refused]


def _shown(draft: PolicyDraft, language: Language) -> Shown:
    text = next((one for one in draft.texts.all() if one.language == language), None)
    if text is None:
        return Shown(language.value, language.label, "", (), ())
    newest = selectors.policy_versions(language=language).exclude(effective_on=draft.effective_on).first()
    try:
        body = facts.fill(text.body, language=language)
    except facts.UnknownFact as error:
        return Shown(language.value, language.label, text.title, (), (), problem=str(error))
    return Shown(language.value, language.label, text.title, sections(body), differences.between(newest.body if newest else "", body))
