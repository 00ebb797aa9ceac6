"""Following a request: a reference alone opens nothing, six digits mailed to the address of the case do.

Nothing here asks whether a reference exists: a row is written for whatever was typed, and the worker does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from datamap import pan
from rights_requests import access, services
from rights_requests.forms_portal import CodeForm, FollowForm
from rights_requests.services import CodeNotValid
from rights_requests.views.portal_limits import limited

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

FOLLOWED = "followed_reference"


# Exempt so that the start page, which carries this form, sets no cookie: anybody may ask for a code anyway, signed in or not.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@limited("follow")
def portal_follow(request: HttpRequest) -> HttpResponse:
    form = FollowForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "portal/follow.html", {"form": form}, status=422 if form.is_bound else 200)
    reference = form.cleaned_data["reference"]
    services.ask_code(reference=reference, at=timezone.now())
    request.session[FOLLOWED] = pan.mask(reference)
    return redirect("portal_follow_code")


@require_http_methods(["GET", "HEAD", "POST"])
@limited("code")
def portal_follow_code(request: HttpRequest) -> HttpResponse:
    reference = request.session.get(FOLLOWED)
    if not reference:
        return redirect("portal_follow")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        at = timezone.now()
        try:
            opened = services.redeem_code(reference=reference, code=form.cleaned_data["code"], at=at)
        except CodeNotValid as error:
            form.add_error("code", str(error))
        else:
            access.grant(request, opened, at)
            request.session.pop(FOLLOWED, None)
            return redirect("portal_case", reference=opened.reference)
    return render(request, "portal/follow_code.html", {"form": form, "reference": reference}, status=422 if form.is_bound else 200)
