"""The records behind the desk: one sign-in page, a second factor, two roles, and an event for whatever is changed there."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts import deleting
from accounts.roles import may
from accounts.second_factor import is_second_factor_done
from audit import services as audit
from audit.actor import Actor
from datamap import pan
from datamap.meanwhile import carrying
from datamap.once import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.contrib.admin import ModelAdmin
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse, HttpResponseBase

    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class Audited:
    """Writes an event where Django would write a log line that repeats names and addresses; card numbers never get in (P008).

    Whoever saves a row has it alone, from before it is compared with what the page showed.
    """

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        found: Model | None = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if found is None or request.method != "POST" or not self.has_change_permission(request, found):  # type: ignore[attr-defined]
            return found
        type(found)._base_manager.select_for_update().filter(pk=found.pk).order_by("pk").first()
        again: Model | None = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        return again

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _saved_once(request, lambda: super(Audited, self).changeform_view(request, *args, **kwargs))  # type: ignore[misc]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # noqa: FBT001 - Django's
        obj = super().save_form(request, form, change)  # type: ignore[misc]
        for name in form.changed_data:
            if isinstance(value := getattr(obj, name, None), str):
                setattr(obj, name, pan.mask(value))
        return obj

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        _record("record.added", request, obj)

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:
        _record("record.changed", request, obj)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> None:
        """Every way of deleting comes by here before it deletes."""
        going = list(queryset)
        deleting.require_allowed(actor=Actor.of(request), rows=len(going), at=timezone.now())
        for obj in going:
            _record("record.deleted", request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self._with_refusal(request, lambda: super(Audited, self).delete_view(request, object_id, extra_context))  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._with_refusal(request, lambda: super(Audited, self).changelist_view(request, extra_context))  # type: ignore[misc]

    def _with_refusal(self, request: HttpRequest, deed: Callable[[], HttpResponse]) -> HttpResponse:
        """All of it or nothing; beyond what one person may delete, nothing and the reason."""
        if request.method != "POST":
            return deed()
        try:
            with transaction.atomic():
                try:
                    return deed()
                except PermissionDenied as error:
                    # What was written down of the attempt stays.
                    denied = error
            raise denied
        except deleting.TooManyDeleted as error:
            messages.error(request, str(error))
            return redirect(request.path.partition(f"{self.opts.model_name}/")[0] + f"{self.opts.model_name}/")  # type: ignore[attr-defined]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> HttpResponse:
        """What happened to a record stands among the events; whoever may not see the one is not led to the others."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        return redirect(f"/admin/audit/event/?q={object_id}")


@once
def _saved_once(request: HttpRequest, save: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic() if request.method == "POST" else nullcontext():
        return save()


def _record(action: str, request: HttpRequest, obj: Model) -> None:
    about = f"{obj._meta.label_lower}:{obj.pk}"
    audit.record(action=action, about=about[:80], actor=Actor.of(request), at=timezone.now())


#: What libraries would show: second factors and their secrets above all. Kept out whenever they are registered.
KEPT_OUT = frozenset({"mfa.Authenticator", "account.EmailAddress", "auth.Group"})
#: And when tasks are due: the schedule is code (``oxyprivacy/celery.py``), and nobody stops a purge or a backup by a click.
SCHEDULES = frozenset(f"django_celery_beat.{name}Schedule" for name in ("Clocked", "Crontab", "Interval", "Solar"))


class ScheduleAdmin(_Admin):
    """The tasks that ring by themselves, to look at: when each rang last. Nothing of the library's own pages or actions is left."""

    list_display = fields = ("name", "task", "enabled", "scheduler", "last_run_at", "total_run_count")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


#: Of models that libraries show in a way of their own: our way.
SHOWN: Mapping[str, type[ModelAdmin[Any]]] = {"django_celery_beat.PeriodicTask": ScheduleAdmin}


class AdminSite(admin.AdminSite):
    site_header = _("Oxygis records")
    site_title = _("Oxygis records")
    index_title = _("Records")
    site_url = "/desk/"
    enable_nav_sidebar = False

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Every page carries the list of all records, and few show it: it is drawn up when somebody does."""
        return SimpleLazyObject(lambda: super(AdminSite, self).get_app_list(request, app_label))

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base: type[ModelAdmin[Any]] = admin_class or admin.ModelAdmin
        models: Iterable[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        for model in models:
            if model._meta.label in KEPT_OUT | SCHEDULES:
                continue
            ours = SHOWN.get(model._meta.label, base)
            attributes = {"__module__": ours.__module__, "form": carrying(ours.form)}
            super().register(model, type(ours.__name__, (Audited, ours), attributes), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        is_allowed = user.is_authenticated and user.is_active and may(role=user.role, permission="accounts.use_admin")
        return is_allowed and is_second_factor_done(request)

    def admin_view(self, view: Any, *args: Any, **kwargs: Any) -> Any:
        guarded = super().admin_view(view, *args, **kwargs)

        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return guarded(request, *args, **kwargs) if self.has_permission(request) else _refuse(request)

        return opened

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        return redirect("admin:index") if self.has_permission(request) else _refuse(request, back_to="/admin/")

    def logout(self, request: HttpRequest, extra_context: object = None) -> Any:
        if request.method != "POST":
            return redirect("account_logout")
        logout(request)
        return redirect("home")

    def password_change(self, request: HttpRequest, extra_context: object = None) -> Any:
        return redirect("account_change_password")


def _refuse(request: HttpRequest, *, back_to: str = "") -> HttpResponse:
    """Ask the anonymous to sign in; to everybody else there is nothing here."""
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(back_to or request.get_full_path())
