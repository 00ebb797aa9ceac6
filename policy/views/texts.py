"""The policy for everybody: the text in force, and every older one under its own address."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from datamap import selectors
from datamap.models import PolicyVersion
from policy import differences
from policy.markup import sections


@require_safe
def policy_in_force(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    version = selectors.policy_in_force(on=today, language=language())
    return _show(request, version, today=today)


@require_safe
def policy_version(request: HttpRequest, day: date) -> HttpResponse:
    """The text of that day, in the reader's language or in English; 404 when none came into force on it."""
    version = selectors.policy_in_force(on=day, language=language())
    if version is None or version.effective_on != day:
        version = selectors.policy_versions(language=selectors.DEFAULT_LANGUAGE).filter(effective_on=day).first()
    if version is None:
        raise Http404
    return _show(request, version, today=timezone.localdate())


@require_safe
def policy_changes(request: HttpRequest, day: date) -> HttpResponse:
    """What the text of that day changed in the one before it; 404 when none came into force on it, or it was the first."""
    version = selectors.policy_versions(language=language()).filter(effective_on=day).first()
    if version is None:
        version = selectors.policy_versions(language=selectors.DEFAULT_LANGUAGE).filter(effective_on=day).first()
    if version is None:
        raise Http404
    before = selectors.policy_versions(language=version.language).filter(effective_on__lt=day).first()
    if before is None:
        raise Http404
    context = {
        "version": version,
        "before": before,
        "changes": differences.between(before.body, version.body),
        "today": timezone.localdate(),
    }
    return render(request, "policy/policy_changes.html", context)


def _show(request: HttpRequest, version: PolicyVersion | None, *, today: date) -> HttpResponse:
    if version is None:
        return render(request, "policy/policy_none.html")
    in_force = selectors.policy_in_force(on=today, language=language())
    others = selectors.policy_versions(language=version.language).exclude(pk=version.pk)
    context = {
        "version": version,
        "sections": sections(version.body),
        "is_in_force": version == in_force,
        "in_force": in_force,
        "others": others,
        "has_changes": any(other.effective_on < version.effective_on for other in others),
        "is_other_language": version.language != language(),
    }
    return render(request, "policy/policy_show.html", context)


def language() -> str:
    return (get_language() or selectors.DEFAULT_LANGUAGE)[:2]
