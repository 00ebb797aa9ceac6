"""Applying for a job: what is open, the form, and the page after it. Nobody needs an account or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import is_within
from datamap.file_boxes import takes_files
from recruitment import selectors, services
from recruitment.filing import Filed
from recruitment.forms import ApplicationForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from recruitment.models import Vacancy

#: Its rate stands in ACCOUNT_RATE_LIMITS.
LIMIT = "job_form"
#: Where the session keeps the file of a form that had something else to correct.
DRAFT = "job_form_file"
UNPROCESSABLE, TOO_MANY = 422, 429


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """What is open. It sets no cookie."""
    tasks = [
        {
            "title": vacancy.title_in(_language()),
            "text": f"{vacancy.place}, {vacancy.get_country_display()}",
            "url": reverse("jobs_apply", kwargs={"slug": vacancy.slug}),
        }
        for vacancy in selectors.open_vacancies()
    ]
    return render(request, "jobs/jobs.html", {"tasks": tasks})


@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
def jobs_apply(request: HttpRequest, slug: str) -> HttpResponse:
    """The form. A mistake loses nothing: the words come back, and a file that was in order stays with us."""
    vacancy = get_object_or_404(selectors.open_vacancies(), slug=slug)
    if request.method != "POST":
        return _page(request, vacancy, ApplicationForm(kept=_kept(request)))
    if not is_within(request, LIMIT):
        return _page(request, vacancy, _refused(request), status=TOO_MANY)
    form = ApplicationForm(request.POST, request.FILES, kept=_kept(request))
    if not form.is_valid():
        _keep(request, form.cleaned_data.get("cv"))
        return _page(request, vacancy, form, status=UNPROCESSABLE)
    if not form.is_from_machine:
        _submit(vacancy, form)
    request.session.pop(DRAFT, None)
    request.session.forget_before()  # type: ignore[attr-defined]  # our store has it
    return redirect("jobs_sent")


@require_safe
def jobs_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/sent.html")


def _submit(vacancy: Vacancy, form: ApplicationForm) -> None:
    typed = {name: form.cleaned_data[name] for name in ("name", "email", "phone", "cover_letter")}
    services.submit(vacancy=vacancy, cv=form.file, language=_language(), at=timezone.now(), **typed)


def _refused(request: HttpRequest) -> ApplicationForm:
    """The words come back; of the file nothing is looked at, and nothing written."""
    form = ApplicationForm(request.POST, kept=_kept(request))
    form.fields["cv"].required = False
    form.add_error(None, _("Many applications came from your network within the hour. Please try again later."))
    return form


def _kept(request: HttpRequest) -> Filed | None:
    """The file of an earlier try of the same visitor, if it still lies there."""
    kept: dict[str, Any] | None = request.session.get(DRAFT)
    filed = Filed.from_session(kept) if kept else None
    return filed if filed is not None and filed.is_there else None


def _keep(request: HttpRequest, filed: Filed | None) -> None:
    """Under a new key: whoever knew the session before, or planted it, finds no file in it and sends none as their own."""
    if filed is not None:
        request.session.go_on_under_new_key()  # type: ignore[attr-defined]  # our store has it
        request.session[DRAFT] = filed.for_session()


def _page(request: HttpRequest, vacancy: Vacancy, form: ApplicationForm, *, status: int = 200) -> HttpResponse:
    context = {
        "vacancy": vacancy,
        "title": vacancy.title_in(_language()),
        "form": form,
        "kept": _kept(request),
    }
    return render(request, "jobs/apply.html", context, status=status)


def _language() -> str:
    return (get_language() or settings.LANGUAGE_CODE)[:2]
