"""A receipt, for whoever knows its number; the choices beside it, for the browser that made them; and what somebody keeps with their account."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.actor import Actor
from consent import access, kept, receipts, selectors
from consent.models import Record
from consent.services import linking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.staff import StaffRequest as SignedInRequest

#: With it the preference centre of a site, whose cookies do not come here, says by what number its browser is known.
BROWSER = "browser"
#: The receipts for which a session has said it, and so many of them. The number itself is not kept: nothing links it with an account.
SHOWN, MOST = "receipts_shown", 10


@require_safe
def consent_receipt(request: HttpRequest, receipt: UUID) -> HttpResponse:
    """One choice. The address alone, which may be given to others, says nothing of the other choices of the browser."""
    record = access.receipt(receipt)
    if BROWSER in request.GET:
        return _private(_shown(request, record))
    at, is_own = timezone.now(), access.is_of_browser(record, **_browser(request))
    user = request.user
    is_kept = (
        user.is_authenticated
        and record.consent_id is not None
        and selectors.links_of(user.pk).filter(consent_id=record.consent_id).exists()
    )
    context = {
        "record": record,
        "categories": receipts.asked_in(record),
        "is_valid": record.is_valid(at),
        "history": [one for one in selectors.history_of(record) if one.pk != record.pk] if is_own or is_kept else [],
        "can_be_kept": is_own,
        "has_others": record.consent_id is not None,
        "is_kept": is_kept,
        "sign_in_url": f"{reverse(settings.LOGIN_URL)}?next={request.path}",
    }
    return _private(render(request, "consent/receipt.html", context))


@require_safe
def consent_receipt_json(request: HttpRequest, receipt: UUID) -> HttpResponse:
    record = access.receipt(receipt)
    told = receipts.as_json(record, at=timezone.now(), withdraw_url=_withdraw_url(record))
    response = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = f'attachment; filename="consent-{record.pk}.json"'
    return _private(response)


@require_POST
@login_required
def consent_receipt_keep(request: SignedInRequest, receipt: UUID) -> HttpResponse:
    record = access.receipt_of_browser(receipt, **_browser(request))
    try:
        linking.keep(receipt=record.pk, account_id=request.user.pk, actor=Actor.of(request), at=timezone.now())
    except linking.NothingToKeep as error:
        raise Http404 from error
    messages.success(request, _("The choices of this browser are kept with your account."))
    return redirect("account_choices")


@require_safe
@login_required
def account_choices(request: SignedInRequest) -> HttpResponse:
    """What the person kept, by browser: each with its last choice."""
    kept = []
    for link in selectors.links_of(request.user.pk):
        record = Record.objects.filter(consent_id=link.consent_id).select_related("notice__site").order_by("-at").first()
        kept.append({"link": link, "record": record, "categories": receipts.asked_in(record) if record else []})
    return render(request, "consent/account_choices.html", {"kept": kept})


@require_POST
@login_required
def account_choices_let_go(request: SignedInRequest, kept_id: UUID) -> HttpResponse:
    linking.let_go(link_id=kept_id, account_id=request.user.pk, actor=Actor.of(request), at=timezone.now())
    messages.success(request, _("These choices are not kept with your account any more."))
    return redirect("account_choices")


def _shown(request: HttpRequest, record: Record) -> HttpResponse:
    """On to the address without the number, so that it is not copied along from there."""
    if record.consent_id is not None and request.GET[BROWSER] == str(record.consent_id):
        request.session[SHOWN] = [*request.session.get(SHOWN, ()), str(record.pk)][-MOST:]
    return redirect("consent_receipt", record.pk)


class _Browser(TypedDict):
    held: UUID | None
    shown: Sequence[str]


def _browser(request: HttpRequest) -> _Browser:
    return {"held": kept.read(request.COOKIES.get(kept.COOKIE, "")).consent_id, "shown": request.session.get(SHOWN, ())}


def _withdraw_url(record: Record) -> str:
    """Where the banner of that site stands: its preference centre is on every page."""
    site = record.notice.site
    return settings.PUBLIC_URL if site.is_ours or not site.origins else f"{site.origins[0]}/"


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a key: no page opened from here learns it, and no index keeps it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
