"""What comes in bodies: never more than a few files, and those in memory alone.

A file of a person must not lie on a disk in clear, not even while its request lasts: a crash would leave it there. Nothing that
is larger than ``settings.BODY_SIZE`` is read at all, so that memory is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile
from django.shortcuts import render

from api import problems
from api.problems import Problem
from datamap.file_boxes import has_file_box
from rights_requests.attachments.checking import in_megabytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

TOO_LARGE = 413
#: Browsers show an answer only to what they could send: so much of a body that is too large is read and thrown away.
MOST_DRAINED = 200_000_000
PIECE = 1 << 18


class InMemory(MemoryFileUploadHandler):
    """Django's, for views whose pages have a box for files. What others are sent is thrown away as it comes."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        match = self.request.resolver_match if self.request else None
        if match is None or not has_file_box(match.func):
            raise SkipFile
        super().new_file(*args, **kwargs)


class BodySizeMiddleware:
    """Answer 413, in a page of our own, to a body that is larger than anything we ask for. It must come before what reads bodies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        size = _size_of(request)
        if size <= settings.BODY_SIZE:
            return self.get_response(request)
        _drain(request, size)
        return too_large(request)


def too_large(request: HttpRequest) -> HttpResponseBase:
    if problems.is_for_program(request):
        return problems.response(Problem(problems.TOO_LARGE))
    return render(request, "413.html", {"most": in_megabytes(settings.RIGHTS["files_size"])}, status=TOO_LARGE)


def _size_of(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _drain(request: HttpRequest, size: int) -> None:
    left = min(size, MOST_DRAINED)
    while left > 0 and (piece := request.read(min(PIECE, left))):
        left -= len(piece)
