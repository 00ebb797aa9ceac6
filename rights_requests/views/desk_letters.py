"""The letters room: what did not go out first, then everything; each letter as its reader sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import staff
from audit.actor import Actor
from letters import pdf
from letters import services as letters
from letters.forms import SettleForm
from letters.models import Letter
from rights_requests import access
from rights_requests.views import desk_papers, desk_rows

if TYPE_CHECKING:
    from django import forms

    from accounts.staff import StaffRequest

PAGE = 30
UNSETTLED_SHOWN = 100
UNPROCESSABLE = 422


@staff.require_desk
@require_safe
def desk_letters(request: StaffRequest) -> HttpResponse:
    return _room(request)


@staff.require_desk
@require_safe
def desk_letter(request: StaffRequest, letter_id: UUID) -> HttpResponse:
    letter = access.letter_for_desk(user=request.user, letter_id=letter_id)
    context = {"letter": letter, "sheet": letters.html_of(letter), "case_url": _case_url(letter)}
    return render(request, "desk/letter.html", context)


def _case_url(letter: Letter) -> str:
    """The request it is about; letters about accounts and seals have none."""
    return "" if ":" in letter.about else reverse("desk_request_open", args=[letter.about])


@staff.require_desk
@require_safe
def desk_letter_pdf(request: StaffRequest, letter_id: UUID) -> HttpResponse:
    letter = access.letter_for_desk(user=request.user, letter_id=letter_id)
    name = f"{letter.about}-{letter.event}.pdf".replace(":", "-").replace("_", "-")
    return HttpResponse(
        pdf.pdf_of(letter),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@staff.require_desk
@require_POST
def desk_letter_settle(request: StaffRequest, letter_id: UUID) -> HttpResponse:
    """Say whether a letter of unknown fate arrived; one that did not is sent again."""
    letter = access.letter_for_desk(user=request.user, letter_id=letter_id)
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            letters.settle(letter_id=letter.pk, was_sent=form.cleaned_data["was_sent"], actor=Actor.of(request), at=timezone.now())
        except (letters.NotToSettle, letters.SecretsGone) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Noted.") if form.cleaned_data["was_sent"] else _("The letter goes out again."))
            return redirect("desk_letters")
    return _room(request, refused=form, refused_id=letter.pk, status=UNPROCESSABLE)


def _room(request: StaffRequest, *, refused: forms.Form | None = None, refused_id: UUID | None = None, status: int = 200) -> HttpResponse:
    unsettled = list(Letter.objects.for_the_desk().to_settle().defer("body", "sealed")[:UNSETTLED_SHOWN])
    page = Paginator(Letter.objects.for_the_desk().order_by("-written_at", "-id").defer("body", "sealed"), PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "desk/letters.html",
        {
            "now": timezone.now(),
            "summary": ngettext("%(count)s needs a person", "%(count)s need a person", len(unsettled)) % {"count": len(unsettled)},
            "unsettled": [desk_papers.letter_row(letter) for letter in unsettled],
            "rows": [desk_papers.letter_row(letter) for letter in page],
            "page": page,
            "refused": refused,
            "refused_id": refused_id,
            "error_forms": [refused],
            **desk_rows.frame(request),
        },
        status=status,
    )
