"""The page of one request: where it stands, what is ready, what was written, and how to take it back."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.actor import Actor
from datamap.file_boxes import takes_files
from datamap.once import once
from letters import pdf
from letters.services import html_of
from rights_requests import access, packages, proxies, recipients, selectors, services, tokens
from rights_requests.enums import Status
from rights_requests.forms_portal import CodeForm, MessageForm
from rights_requests.services import CodeNotValid, NoDownloadsLeft, PackageGone
from rights_requests.views import portal_words
from rights_requests.views.portal_limits import limited
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Concatenate, ParamSpec
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.staff import StaffRequest
    from rights_requests.models import Package, RightsRequest

    P = ParamSpec("P")
    View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


CASES_PER_PAGE = 20


def opens_by_code(view: View[P]) -> View[P]:
    """What this session may not see, and what does not exist, are one page: 404, with the way to a code."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            shown = tokens.tidy_reference(str(kwargs["reference"]))
            return render(request, "portal/case_locked.html", {"reference": shown}, status=404)

    return wrapped


@require_safe
@login_required
def portal_cases(request: StaffRequest) -> HttpResponse:
    """What the account asked: who lost a reference finds their requests here."""
    page = Paginator(access.requests_of(request.user), CASES_PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [(case, portal_words.of(case, today=today)) for case in page.object_list]
    return render(request, "portal/cases.html", {"page": page, "rows": rows})


@require_safe
@opens_by_code
def portal_case(request: HttpRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    rights_request = access.request_for_person(request=request, reference=reference, at=at)
    return _case_page(request, rights_request, None, at=at)


@takes_files
@require_POST
@once
@limited("message")
@opens_by_code
def portal_case_message(request: HttpRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    rights_request = access.request_for_person(request=request, reference=reference, at=at)
    form = MessageForm(request.POST, request.FILES, asks_identity=services.asks_identity(rights_request))
    if form.is_valid():
        files = form.cleaned_data["attached"]
        try:
            services.write_message(
                request_id=rights_request.pk,
                text=form.cleaned_data["text"],
                author_id=None,
                files=files,
                is_evidence=bool(files) and form.cleaned_data.get("is_evidence", False),
                actor=Actor.of(request),
                at=at,
            )
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("We have your message."))
            return redirect("portal_case", reference=rights_request.reference)
    return _case_page(request, rights_request, form, at=at, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_by_code
def portal_case_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    rights_request = access.request_for_person(request=request, reference=reference, at=at)
    if request.method != "POST" and not portal_words.may_withdraw(rights_request):
        return redirect("portal_case", reference=rights_request.reference)
    context: dict[str, Any] = {"case": rights_request}
    if request.method == "POST":
        try:
            services.withdraw(request_id=rights_request.pk, actor=Actor.of(request), at=at)
        except CannotNow as error:
            return render(request, "portal/case_withdraw.html", {**context, "error": str(error), "has_errors": True}, status=422)
        messages.success(request, _("You took this request back. We have stopped working on it."))
        return redirect("portal_case", reference=rights_request.reference)
    return render(request, "portal/case_withdraw.html", context)


@require_POST
@limited("link-again")
@opens_by_code
def portal_case_link(request: HttpRequest, reference: str) -> HttpResponse:
    """For a request that was never confirmed. Who showed the mailbox just now confirms it here and now; later, by a new link."""
    at = timezone.now()
    rights_request = access.request_for_person(request=request, reference=reference, at=at)
    try:
        if _is_confirmed_here(request, rights_request, at=at):
            services.confirm_here(request_id=rights_request.pk, at=at)
            messages.success(request, _("Your request is confirmed."))
        else:
            services.send_link_again(request_id=rights_request.pk, at=at)
            messages.success(request, _("A new link is on its way. The older ones no longer work."))
    except CannotNow as error:
        messages.error(request, str(error))
    return redirect("portal_case", reference=rights_request.reference)


@require_POST
@limited("package")
@opens_by_code
def portal_case_package(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Take one download. Who was last checked too long ago gets six digits by mail first."""
    at = timezone.now()
    rights_request = access.request_for_person(request=request, reference=reference, at=at)
    if not access.is_fresh(request, rights_request, at):
        services.ask_code(reference=rights_request.reference, at=at)
        return redirect("portal_case_verify", reference=rights_request.reference)
    try:
        package = services.redeem_download(request_id=rights_request.pk, at=at)
    except (NoDownloadsLeft, PackageGone) as error:
        return _case_page(request, rights_request, None, at=at, status=422, download_error=str(error))
    return StreamingHttpResponse(
        packages.open_stream(package),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{rights_request.reference}.zip"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@limited("code")
@opens_by_code
def portal_case_verify(request: HttpRequest, reference: str) -> HttpResponse:
    """The fresh code before a download; ``again`` asks for another one."""
    at = timezone.now()
    rights_request = access.request_for_person(request=request, reference=reference, at=at)
    if request.method == "POST" and "again" in request.POST:
        services.ask_code(reference=rights_request.reference, at=at)
        messages.success(request, _("A new code is on its way. Only the newest one works."))
        return redirect("portal_case_verify", reference=rights_request.reference)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            opened = services.redeem_code(reference=rights_request.reference, code=form.cleaned_data["code"], at=at)
        except CodeNotValid as error:
            form.add_error("code", str(error))
        else:
            access.grant(request, opened, at)
            messages.success(request, _("Thank you. Your download is open for the next ten minutes."))
            return redirect("portal_case", reference=rights_request.reference)
    context = {"form": form, "case": rights_request}
    return render(request, "portal/case_verify.html", context, status=422 if form.is_bound else 200)


@require_safe
@opens_by_code
def portal_case_letter(request: HttpRequest, reference: str, letter_id: UUID) -> HttpResponse:
    letter = access.letter_for_person(request=request, reference=reference, letter_id=letter_id, at=timezone.now())
    return render(request, "portal/case_letter.html", {"letter": letter, "letter_html": html_of(letter), "reference": reference})


@require_safe
@opens_by_code
def portal_case_letter_pdf(request: HttpRequest, reference: str, letter_id: UUID) -> HttpResponse:
    letter = access.letter_for_person(request=request, reference=reference, letter_id=letter_id, at=timezone.now())
    return HttpResponse(
        pdf.pdf_of(letter),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{reference}-{letter.written_at:%Y-%m-%d}.pdf"'},
    )


def _case_page(
    request: HttpRequest,
    rights_request: RightsRequest,
    form: MessageForm | None,
    *,
    at: datetime,
    status: int = 200,
    download_error: str = "",
) -> HttpResponse:
    rows, total = portal_words.due_sum(rights_request, today=timezone.localdate(at))
    package = selectors.package_of(rights_request)
    files = portal_words.files(rights_request.attachments.all(), reference=rights_request.reference)
    is_fresh = access.is_fresh(request, rights_request, at)
    context = {
        "case": rights_request,
        "words": portal_words.of(rights_request, today=timezone.localdate(at)),
        "rows": rows,
        "total": total,
        "steps": selectors.steps_for_person(rights_request),
        "now": at,
        "told": recipients.told(rights_request),
        "package": package,
        "is_package_open": package is not None and _is_open(package, at=at),
        "is_fresh": is_fresh,
        "is_confirmed_here": rights_request.status == Status.AWAITING_IDENTITY and _is_confirmed_here(request, rights_request, at=at),
        "waiting_beside": selectors.waiting_beside(rights_request) if is_fresh else (),
        "download_error": download_error,
        "letters": portal_words.letters(selectors.letters_for_person(rights_request), reference=rights_request.reference),
        "files": files.get(None, []),
        "thread": portal_words.thread(selectors.thread(rights_request), files),
        "form": form or MessageForm(asks_identity=services.asks_identity(rights_request)),
        "has_errors": bool(download_error),
    }
    return render(request, "portal/case.html", context, status=status)


def _is_confirmed_here(request: HttpRequest, rights_request: RightsRequest, *, at: datetime) -> bool:
    """Who somebody else asks for reads that with the link, and says whether they may."""
    return access.is_fresh(request, rights_request, at) and proxies.mandate_of(rights_request) is None


def _is_open(package: Package, *, at: datetime) -> bool:
    return package.destroyed_at is None and package.expires_at > at and package.downloads_left > 0
