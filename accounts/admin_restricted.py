"""Rows of people whose data is restricted (Art. 18): out of ordinary lists and searches, marked, and not edited by staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.roles import may
from datamap import gate
from subjects.selectors import of_restricted

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse


def _may(request: HttpRequest, permission: str) -> bool:
    return bool(request.user.is_authenticated and may(role=request.user.role, permission=permission))


class RestrictedFilter(admin.SimpleListFilter):
    """What a list shows of them: nothing unless somebody looks for it, or everything, marked, for the privacy officer."""

    title = _("restriction")
    parameter_name = "restricted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        if not _may(request, "datamap.see_restricted_rows"):
            return []
        return [("no", _("Not restricted")), ("yes", _("Restricted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        shown = self.value()
        if shown == "yes":
            return queryset.filter(is_restricted=True)
        if shown == "no" or not _may(request, "datamap.list_restricted_rows"):
            return queryset.filter(is_restricted=False)
        return queryset


class Restricted:
    """For rows that an address, or the key of an account, ties to a person. It stands before the admin's own class."""

    restricted_by: ClassVar[dict[str, str]]
    """The columns that hold the address (``email``) and the key of the account (``account``)."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        mark = ExpressionWrapper(of_restricted(**self.restricted_by), output_field=BooleanField())
        marked: QuerySet[Any] = rows.annotate(is_restricted=mark)
        return marked if _may(request, "datamap.see_restricted_rows") else marked.filter(is_restricted=False)

    @admin.display(description=_("Restricted"), boolean=True)
    def restricted(self, row: Any) -> bool:
        return bool(row.is_restricted)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and not getattr(obj, "is_restricted", False)  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Ask about who the row was about, and about whom it would be."""
        address = self.restricted_by["email"]
        gate.require(gate.may_edit(values=[getattr(obj, address), str(form.initial.get(address, "")).lower()]))
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> HttpResponse:
        """What may not be edited says so, also to whom the page was open before."""
        obj = self.get_object(request, object_id) if object_id else None  # type: ignore[attr-defined]
        is_restricted = bool(getattr(obj, "is_restricted", False))
        sentence = str(gate.Stopped((gate.RESTRICTED,)))
        if is_restricted and request.method != "POST":
            messages.warning(request, sentence)
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)  # type: ignore[misc,no-any-return]
        except PermissionDenied:
            if not is_restricted:
                raise
        except gate.Stopped:
            pass
        messages.error(request, sentence)
        return redirect(request.get_full_path())
