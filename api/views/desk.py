"""The desk's tokens: made here and shown once, revoked here at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import staff
from api import access
from api.forms import TokenForm
from api.models import ApiToken
from api.services import tokens
from audit.actor import Actor

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest

ROWS = 30
#: The least by which two instants differ.
INSTANT = timedelta(microseconds=1)
UNPROCESSABLE = 422


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_tokens(request: StaffRequest) -> HttpResponse:
    """All tokens. POST makes one: its answer is the only page that ever shows it, so nothing leads on from there."""
    at = timezone.now()
    form = TokenForm(request.POST or None, now=at)
    told: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        try:
            token, secret = tokens.make(
                label=form.cleaned_data["label"],
                system=form.cleaned_data["system"],
                scopes=form.scopes_chosen,
                expires_at=form.expires_at,
                actor=Actor.of(request),
                at=at,
            )
            told, form = {"made": token, "secret": secret}, TokenForm(now=at)
        except tokens.CannotNow as error:
            form.add_error("ends_on", str(error))
    page = Paginator(ApiToken.objects.all(), ROWS).get_page(request.GET.get("page"))
    context = {
        **told,
        "form": form,
        "page": page,
        "rows": rows_of(list(page.object_list), at=at),
        "now": at,
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/tokens.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.permission_required(access.PERMISSION)
@require_POST
def desk_token_revoke(request: StaffRequest, token_id: UUID) -> HttpResponse:
    token = access.token_for_desk(token_id)
    tokens.revoke(token_id=token.pk, actor=Actor.of(request), at=timezone.now())
    messages.success(request, _("Revoked: %(prefix)s… opens nothing any more.") % {"prefix": token.prefix})
    return redirect("desk_tokens")


def rows_of(found: list[ApiToken], *, at: datetime) -> list[dict[str, Any]]:
    names = staff.names(token.made_by for token in found)
    return [
        {
            "token": token,
            "scopes": token.scopes,
            "made_by": names.get(token.made_by, ""),
            "is_open": token.is_open(at),
            # Of which the form asks, and not the instant after it.
            "last_day": timezone.localdate(token.expires_at - INSTANT),
        }
        for token in found
    ]
