"""The ledger at the desk: what left, and what was refused to leave, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts import staff
from datamap import disclosing, flows, registers, registry, selectors
from datamap.masking import masked_email
from datamap.purposes import PURPOSES
from rights_requests.views import desk_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from audit.models import Event
    from datamap.models import Disclosure

PAGE = 30
REFUSED = "refused"


class LedgerForm(forms.Form):
    """What is shown. What is not understood is left out."""

    what = forms.ChoiceField(label=_("Shown"), required=False, choices=[("", _("Passed on")), (REFUSED, _("Refused"))])

    def __init__(self, data: Any, *, recipients: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["recipient"] = forms.ChoiceField(
            label=_("Recipient"), required=False, choices=[("", _("Every recipient")), *recipients]
        )

    @property
    def chosen(self) -> dict[str, str]:
        """The understood values; a wrong one counts as none."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


@staff.require_desk
@require_safe
def desk_disclosures(request: StaffRequest) -> HttpResponse:
    known = selectors.recipients_in_ledger()
    filters = LedgerForm(request.GET, recipients=known)
    chosen = filters.chosen
    is_refused = chosen["what"] == REFUSED
    found: Any = (selectors.refused if is_refused else selectors.passed_on)(recipient=chosen["recipient"])
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    names = dict(known)
    context = {
        "filters": filters,
        "is_filtered": any(chosen.values()),
        "is_refused": is_refused,
        "rows": [_refused(row, names) if is_refused else _passed(row) for row in page],
        "page": page,
        "summary": _summary(page.paginator.count, is_refused=is_refused),
        "now": timezone.now(),
    }
    return render(request, "desk/disclosures.html", {**context, **desk_rows.frame(request)})


def _summary(count: int, *, is_refused: bool) -> str:
    if is_refused:
        return ngettext("%(count)s refusal", "%(count)s refusals", count) % {"count": count}
    return ngettext("Passed on %(count)s time", "Passed on %(count)s times", count) % {"count": count}


def _passed(row: Disclosure) -> dict[str, Any]:
    purpose = PURPOSES.get(row.purpose)
    return {
        "recipient": registers.said(row.recipient.name),
        "role": row.get_role_display(),
        "flow": _flow(row.flow),
        "purpose": purpose.label if purpose else row.purpose,
        "fields": _fields(row.flow, row.fields),
        "whose": masked_email(row.email),
        "at": row.at,
    }


def _refused(row: Event, names: Mapping[str, str]) -> dict[str, Any]:
    told = row.details
    code = row.about.partition(":")[2]
    return {
        "recipient": names.get(told["recipient"], told["recipient"]),
        "flow": _flow(code),
        "fields": _fields(code, (told.get("fields") or "").split("+")),
        "reason": disclosing.in_words(told["reason"]),
        "at": row.at,
    }


def _flow(code: str) -> object:
    flow = flows.find(code)
    return flow.label if flow else code


def _fields(code: str, names: Iterable[str]) -> str:
    """As the source of the way out calls them."""
    flow = flows.find(code)
    labels = {field.name.rpartition(".")[2]: str(field.label) for field in registry.get(flow.source).fields} if flow else {}
    return ", ".join(labels.get(name, name) for name in names)
