"""For a monitor: are the promises looked at and kept, is the register in order? Yes or no to everybody, nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from policy import alarming as registers
from policy.promises import alarming

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

UNAVAILABLE = 503


@never_cache
@require_safe
def health_promises(request: HttpRequest) -> HttpResponse:
    """200 while all is well, 503 otherwise. Where nobody looks any more nobody else is left to tell of it, so this does."""
    at = timezone.now()
    is_loud = alarming.is_loud(at=at)
    if is_loud:
        alarming.alarm(at=at)
    return JsonResponse({"status": "alarm" if is_loud else "ok"}, status=UNAVAILABLE if is_loud else 200)


@never_cache
@require_safe
def registers_health(request: HttpRequest) -> HttpResponse:
    """200 while nothing is lacking, 503 with an alarm."""
    is_alarmed = bool(registers.read(at=timezone.now()))
    return JsonResponse({"status": "alarm" if is_alarmed else "ok"}, status=UNAVAILABLE if is_alarmed else 200)
