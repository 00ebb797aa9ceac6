"""What the mailing service tells us: its address is the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from connectors.services import mailing

if TYPE_CHECKING:
    from django.http import HttpRequest


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def hook_mailchimp(request: HttpRequest, secret: str) -> HttpResponse:
    """Its form counts once; a GET is how it tries the address. Whoever does not know the word finds nothing."""
    expected = settings.MAILCHIMP["hook"]
    if not expected or not constant_time_compare(secret, expected):
        raise Http404
    if request.method == "POST":
        told = request.POST
        heard = mailing.Heard(
            kind=told.get("type", ""),
            fired_at=told.get("fired_at", ""),
            list=told.get("data[list_id]", ""),
            email=told.get("data[email]", ""),
        )
        mailing.hear(heard, at=timezone.now())
    return HttpResponse(status=200, content_type="text/plain")
