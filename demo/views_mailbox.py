"""The demo's mailbox and second factors. Elsewhere these pages do not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from demo import codes
from demo import mailbox as post

P = ParamSpec("P")


def demo_only(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.IS_DEMO:
            raise Http404
        return view(*args, **kwargs)

    return guarded


@require_safe
@demo_only
def mailbox(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/mailbox.html", {"mails": post.newest(), "now": timezone.now()})


@require_safe
@demo_only
def mailbox_message(request: HttpRequest, name: str) -> HttpResponse:
    try:
        mail = post.read(name)
    except post.NoSuchMail as error:
        raise Http404 from error
    context = {"mail": mail, "paragraphs": post.paragraphs(mail.text), "now": timezone.now()}
    return render(request, "demo/mailbox_message.html", context)


@require_safe
@demo_only
def mailbox_codes(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "demo/mailbox_codes.html", {"codes": codes.current(now), "seconds_left": codes.seconds_left(now)})
