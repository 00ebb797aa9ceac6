"""Runs to look at, and the two steps of a release: one of our staff asks here with a reason, another approves here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.staff import can
from audit.actor import Actor
from audit.admin import ReadOnlyAdmin
from retention import services
from retention.enums import RunStatus
from retention.models import Release, Run
from retention.workflow import TransitionNotAllowed

if TYPE_CHECKING:
    from django.db.models import ForeignKey, QuerySet
    from django.forms import ModelChoiceField

PERMISSION = "retention.release_plans"


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("at", "rule", "status", "stopped_because", "planned", "deleted", "skipped", "oldest", "newest", "finished_at")
    list_filter = ("status", "stopped_because")
    search_fields = ("=rule",)
    search_help_text = _("The whole code of a rule")
    actions = ("give_up",)

    def has_release_permission(self, request: HttpRequest) -> bool:
        return can(request.user, PERMISSION)

    @admin.action(description=_("Give the plan up: the next round plans anew"), permissions=["release"])
    def give_up(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        for run in runs:
            try:
                services.give_up(run_id=run.pk, actor=Actor.of(request), at=timezone.now())
            except TransitionNotAllowed:
                messages.error(request, _("This run has ended already."))


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """``add`` asks; the action approves."""

    list_display = ("run", "reason", "asked_at", "approved_at")
    fields = ("run", "reason")
    list_select_related = ("run",)
    actions = ("approve",)

    def has_release_permission(self, request: HttpRequest) -> bool:
        return can(request.user, PERMISSION)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_release_permission(request)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any) -> ModelChoiceField[Any] | None:
        kwargs["queryset"] = Run.objects.filter(status=RunStatus.STOPPED, release=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        asked = form.cleaned_data
        made = services.ask(run_id=asked["run"].pk, reason=asked["reason"], actor=Actor.of(request), at=timezone.now())
        obj.pk = made.pk

    @admin.action(description=_("Approve: the plan is applied within the hour"), permissions=["release"])
    def approve(self, request: HttpRequest, releases: QuerySet[Release]) -> None:
        for release in releases:
            try:
                services.approve(run_id=release.run_id, actor=Actor.of(request), at=timezone.now())
            except (services.NotStopped, services.NotAsked, services.SamePerson) as error:
                messages.error(request, str(error))
