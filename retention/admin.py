"""Runs to look at, and the two steps of a release: one of our staff asks here with a reason, another approves here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.staff import can
from audit.actor import Actor
from audit.admin import ReadOnlyAdmin
from datamap.models import PeriodChange, PolicyPeriod
from retention import services
from retention.enums import RunStatus
from retention.models import Beat, Release, Run, Watch
from retention.workflow import TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Of two who ask at once, the second is told so."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except services.NotReleased as error:
            messages.error(request, str(error))
            return redirect("admin:retention_release_changelist")

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


@admin.register(PeriodChange)
class PeriodChangeAdmin(ReadOnlyAdmin):
    """Asked for at the desk, where its effect is shown first; approved there or here."""

    list_display = ("rule", "months", "days", "starts_at", "would_remove", "asked_at", "approved_at", "withdrawn_at")
    search_fields = ("=rule",)
    search_help_text = _("The whole code of a rule")
    actions = ("approve", "withdraw")

    def has_release_permission(self, request: HttpRequest) -> bool:
        return can(request.user, PERMISSION)

    @admin.action(description=_("Approve: the period holds from its day on"), permissions=["release"])
    def approve(self, request: HttpRequest, changes: QuerySet[PeriodChange]) -> None:
        self._step(services.approve_period, request, changes)

    @admin.action(description=_("Withdraw what nobody has approved"), permissions=["release"])
    def withdraw(self, request: HttpRequest, changes: QuerySet[PeriodChange]) -> None:
        self._step(services.withdraw_period, request, changes)

    def _step(self, step: Callable[..., PeriodChange], request: HttpRequest, changes: QuerySet[PeriodChange]) -> None:
        for change in changes:
            try:
                step(change_id=change.pk, actor=Actor.of(request), at=timezone.now())
            except services.NotChanged as error:
                messages.error(request, str(error))


@admin.register(PolicyPeriod)
class PolicyPeriodAdmin(ReadOnlyAdmin):
    list_display = ("rule", "effective_on", "months", "days")
    search_fields = ("=rule",)
    search_help_text = _("The whole code of a rule")


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin):
    list_display = ("rule", "seen_at", "backlog", "oldest", "looked_ahead_at")


@admin.register(Beat)
class BeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at", "refused_because")
