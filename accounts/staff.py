"""What the rooms above ask of staff: who may come in, who may do what, how somebody is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from allauth.mfa.models import Authenticator
from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from accounts.enums import DESK_ROLES, UserRole
from accounts.limits import is_within
from accounts.models import User
from accounts.roles import may, roles_with
from accounts.second_factor import FACTORS, is_second_factor_done, needs_second_factor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from uuid import UUID

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet
    from django.http import HttpResponseBase

__all__ = [
    "StaffRequest",
    "Tab",
    "User",
    "UserRole",
    "called",
    "can",
    "desk_agents",
    "display_name",
    "holders",
    "is_second_factor_done",
    "is_within",
    "names",
    "needs_second_factor",
    "officers",
    "permission_required",
    "require_desk",
    "staff_required",
    "tabs",
]

P = ParamSpec("P")
#: The number of an account, as an actor carries it.
ACCOUNT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


class StaffRequest(HttpRequest):
    """A request that passed ``staff_required``."""

    user: User


if TYPE_CHECKING:
    Visitor = User | AnonymousUser
    StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]
    View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_required(roles: Collection[UserRole]) -> Callable[[StaffView[P]], View[P]]:
    """Let only these roles in: the anonymous are asked to sign in, everybody else finds nothing here."""

    def decorate(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            return _refusal(request, roles) or view(request, *args, **kwargs)  # type: ignore[arg-type]

        return guarded  # type: ignore[return-value]

    return decorate


def permission_required(permission: str) -> Callable[[StaffView[P]], View[P]]:
    """Open a view to the roles that hold a permission of ``accounts.roles``."""
    return staff_required(roles_with(permission))


def require_desk(view: StaffView[P]) -> View[P]:
    """Open a view to those who handle requests."""
    return staff_required(DESK_ROLES)(view)


def _refusal(request: HttpRequest, roles: Collection[UserRole]) -> HttpResponseBase | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if request.user.role not in roles:
        raise Http404
    return None if is_second_factor_done(request) else redirect("mfa_index")


def can(user: User | AnonymousUser, permission: str) -> bool:
    """Whether the user's role holds a permission of ``accounts.roles`` ("rights_requests.work_on_request")."""
    return bool(user.is_authenticated and user.is_active and may(role=user.role, permission=permission))


def display_name(user_id: UUID | str | None) -> str:
    """The name of a member of staff, for colleagues; empty for nobody and for who is gone."""
    if not user_id:
        return ""
    return User.objects.filter(pk=user_id).values_list("name", flat=True).first() or ""


def holders(permission: str) -> QuerySet[User]:
    """Those who can use a permission: their account is open, and they have the second factor without which nobody comes in."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return User.objects.filter(Exists(factors), role__in=roles_with(permission), is_active=True).order_by("name")


def officers() -> QuerySet[User]:
    """Those whom an alarm reaches."""
    return User.objects.filter(role=UserRole.PRIVACY_OFFICER, is_active=True).order_by("name")


def is_officer(user: User) -> bool:
    return user.role == UserRole.PRIVACY_OFFICER


def called(keys: Iterable[str]) -> dict[str, User]:
    """Colleagues by the number of their account, in one query; who is gone, and what is no such number, is left out."""
    numbers = {key for key in keys if ACCOUNT.fullmatch(key)}
    return {str(user.pk): user for user in User.objects.filter(pk__in=numbers)} if numbers else {}


def names(keys: Iterable[str]) -> dict[str, str]:
    """How colleagues are called, by the number of their account."""
    return {key: user.name for key, user in called(keys).items()}


def tabs(named: Mapping[str, str], *, here: str) -> list[Tab]:
    """Rooms of the desk that belong together, by the names of their addresses."""
    return [Tab(label=label, url=reverse(name), current=name == here) for name, label in named.items()]


def desk_agents() -> QuerySet[User]:
    """Those to whom a request can be given."""
    return User.objects.filter(role__in=DESK_ROLES, is_active=True).order_by("name")
