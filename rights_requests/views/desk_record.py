"""Writing down a request that did not come through the portal, and saying what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from audit.actor import Actor
from datamap.file_boxes import takes_files
from datamap.once import once
from rights_requests import access, services
from rights_requests.enums import Channel, Requester
from rights_requests.forms_record import RecordForm
from rights_requests.services.links import MOST_TOGETHER
from rights_requests.views import desk_rows
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from datamap.declaration import Text
    from rights_requests.models import RightsRequest

UNPROCESSABLE = 422


def uses() -> list[tuple[str, Text]]:
    """What an objection can be against, as the form offers it."""
    return [(code, label) for code, label, _is_at_once in services.objectable_purposes()]


@takes_files
@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_request_record(request: StaffRequest) -> HttpResponse:
    """Record what reached us by telephone, letter or e-mail; its month counts from that day."""
    initial = {"language": request.user.language, "country": request.user.country}
    form = RecordForm(request.POST or None, request.FILES or None, now=timezone.now(), uses=uses(), initial=initial)
    if form.is_valid():
        try:
            return recorded(request, _record(request, form))
        except CannotNow as error:
            form.add_error(None, str(error))
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "desk/request_record.html", {"form": form, **desk_rows.frame(request)}, status=status)


@staff.require_desk
@require_safe
def desk_request_recorded(request: StaffRequest) -> HttpResponse:
    """The requests that one message made. The address names them, so the page can be kept and read again."""
    named = request.GET.getlist("made")[:MOST_TOGETHER]
    made = [access.request_for_desk(user=request.user, reference=reference) for reference in named]
    return render(request, "desk/request_recorded.html", {"made": made, **desk_rows.frame(request)})


def recorded(request: StaffRequest, made: Sequence[RightsRequest]) -> HttpResponse:
    """On to the request, or to the page that names them all."""
    if len(made) == 1:
        messages.success(request, _("Recorded as %(reference)s.") % {"reference": made[0].reference})
        return redirect("desk_request_open", reference=made[0].reference)
    query = QueryDict(mutable=True)
    query.setlist("made", [case.reference for case in made])
    return redirect(f"{reverse('desk_request_recorded')}?{query.urlencode()}")


def _record(request: StaffRequest, form: RecordForm) -> list[RightsRequest]:
    typed = form.cleaned_data
    return services.file_message(
        **form.asked,
        requester=Requester(typed["requester"]),
        name=typed["name"],
        email=typed["email"],
        phone=typed["phone"],
        postal_address=typed["postal_address"],
        text=typed["text"],
        claims=typed["claims"],
        files=typed["attached"],
        language=typed["language"],
        country=typed["country"],
        channel=Channel(typed["channel"]),
        actor=Actor.of(request),
        at=timezone.now(),
    )
