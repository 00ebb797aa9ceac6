"""The records of this room. People's data goes by a request or by its period, never by a click: nothing is deleted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import deleting, services, staff
from accounts.admin_restricted import Restricted, RestrictedFilter
from accounts.enums import UserRole
from accounts.forms_admin import AllowanceForm, UserForm
from accounts.models import Company, Contact, ContactMessage, DeletionAllowance, Invoice, Session, User
from accounts.roles import may
from audit.actor import Actor
from datamap import gate
from datamap.masking import masked, masked_email

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


def reader(request: HttpRequest) -> User:
    """The user: the site lets nobody in who is none."""
    return cast("User", request.user)


class NothingDeleted(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnly(NothingDeleted):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MaskedPeople:
    """Lists show enough to recognise somebody; the record itself shows the rest."""

    @admin.display(description=_("Name"), ordering="name")
    def masked_name(self, row: Contact | ContactMessage | User) -> str:
        return masked(row.name)

    @admin.display(description=_("E-mail address"), ordering="email")
    def masked_address(self, row: Contact | ContactMessage | User) -> str:
        return masked_email(row.email)


@admin.register(User)
class UserAdmin(Restricted, MaskedPeople, NothingDeleted):
    restricted_by: ClassVar = {"email": "email", "account": "pk"}
    form = UserForm
    list_display = ("masked_name", "masked_address", "role", "entity", "country", "is_active", "last_login", "restricted")
    list_filter = ("role", "is_active", "language", RestrictedFilter)
    search_fields = ("=email", "name", "company__name")
    autocomplete_fields = ("company",)
    readonly_fields = ("joined_at", "last_login")
    list_select_related = ("company",)
    list_per_page = 50
    actions = ("sign_out", "reset_second_factor")

    def get_form(self, request: HttpRequest, obj: User | None = None, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, *args, **kwargs)
        form.reader_id = str(request.user.pk)
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        actor, at = Actor.of(request), timezone.now()
        if not change:
            gate.require(gate.may_edit(values=[obj.email]))
            obj.joined_at = at
            obj.set_unusable_password()
            obj.save()
            services.note(action="user.added", user_id=obj.pk, actor=actor, at=at, role=obj.role)
            return
        services.amend(user_id=obj.pk, values=form.cleaned_data, changed=form.changed_data, actor=actor, at=at)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.sign_out_elsewhere(user_id=user.pk, except_key=None, actor=Actor.of(request), at=timezone.now())
        self.message_user(request, _("Signed out everywhere."))

    @admin.action(description=_("Remove the second factor (after checking who asks)"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(pk=reader(request).pk):
            services.reset_second_factor(user_id=user.pk, actor=Actor.of(request), at=timezone.now())
        self.message_user(request, _("The second factor is removed. Staff set up a new one when they next sign in."))


@admin.register(Company)
class CompanyAdmin(NothingDeleted):
    list_display = ("number", "name", "country", "sector", "city")
    list_filter = ("country",)
    search_fields = ("=number", "name")
    list_per_page = 50


@admin.register(Contact)
class ContactAdmin(Restricted, MaskedPeople, NothingDeleted):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("number", "masked_name", "masked_address", "company", "country", "language", "last_act_at", "restricted")
    list_filter = ("language", "company__country", RestrictedFilter)
    search_fields = ("=number", "=email", "name", "company__name")
    autocomplete_fields = ("company",)
    list_select_related = ("company",)
    date_hierarchy = "last_act_at"
    list_per_page = 50


@admin.register(ContactMessage)
class ContactMessageAdmin(Restricted, MaskedPeople, ReadOnly):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("received_at", "masked_name", "masked_address", "company_name", "language", "restricted")
    list_filter = ("language", RestrictedFilter)
    search_fields = ("=email", "name")
    date_hierarchy = "received_at"
    list_per_page = 50


@admin.register(Invoice)
class InvoiceAdmin(Restricted, ReadOnly):
    """An issued invoice never changes; what an erasure locked away is seen by the privacy officer alone."""

    restricted_by: ClassVar = {"email": "billing_email"}
    list_display = ("number", "company", "country", "issued_on", "amount", "currency", "keep_until", "locked_at", "restricted")
    list_filter = ("country", "issued_on", RestrictedFilter)
    search_fields = ("=number", "=billing_email", "company__name")
    list_select_related = ("company",)
    date_hierarchy = "issued_on"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        rows: QuerySet[Invoice] = super().get_queryset(request)
        is_open = may(role=reader(request).role, permission="datamap.open_locked_rows")
        return rows if is_open else rows.filter(locked_at=None)


@admin.register(Session)
class SessionAdmin(ReadOnly):
    """Open sessions: whose, since when and until when, and no key. Deleting one signs its holder out there."""

    list_display = ("account_id", "browser", "created_at", "last_used_at", "expire_date")
    fields = list_display
    ordering = ("-last_used_at",)
    date_hierarchy = "created_at"
    search_fields = ("=account_id",)
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return reader(request).role == UserRole.ADMIN


@admin.register(DeletionAllowance)
class DeletionAllowanceAdmin(ReadOnly):
    """Somebody else than who deletes lets them go on; what was allowed is never rewritten."""

    form = AllowanceForm
    list_display = ("colleague", "rows", "reason", "allowed_by", "at")
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(role=reader(request).role, permission="accounts.allow_deletions")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except deleting.OwnAllowance as error:
            messages.error(request, str(error))
            return redirect("admin:accounts_deletionallowance_changelist")

    @admin.display(description=_("Colleague"))
    def colleague(self, allowance: DeletionAllowance) -> str:
        return self._name(allowance, allowance.agent_id)

    @admin.display(description=_("allowed by"))
    def allowed_by(self, allowance: DeletionAllowance) -> str:
        return self._name(allowance, allowance.approved_by)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask once for the names of everybody in the list."""
        changes: Any = super().get_changelist_instance(request)
        names = staff.names([key for row in changes.result_list for key in (row.agent_id, row.approved_by)])
        for row in changes.result_list:
            row.names = names
        return changes

    def _name(self, allowance: Any, key: str) -> str:
        names = getattr(allowance, "names", None)
        return staff.display_name(key) if names is None else names.get(key, "")

    def save_model(self, request: HttpRequest, obj: DeletionAllowance, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        made = deleting.allow(**form.cleaned_data, actor=Actor.of(request), at=timezone.now())
        obj.pk, obj.at, obj.approved_by = made.pk, made.at, made.approved_by
