"""The desk's page of connected systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.staff import require_desk
from connectors import access

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.staff import StaffRequest


@require_safe
@require_desk
def desk_systems(request: StaffRequest) -> HttpResponse:
    """Which systems are connected, which of them do not answer and why, and what waits for them."""
    at = timezone.now()
    context = {
        "systems": access.systems_for_desk(user=request.user, at=at),
        "mailing": access.mailing_for_desk(user=request.user),
        "now": at,
    }
    return render(request, "desk/systems.html", context)
