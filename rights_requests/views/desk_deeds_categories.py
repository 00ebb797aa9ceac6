"""Preparing an erasure: which sources go, which stay, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datamap.enums import Ground
from rights_requests import deeds, services
from rights_requests.enums import Action, ErasureGround, Verb
from rights_requests.forms_categories import CategoriesForm, SourceChoice
from rights_requests.services import Keeping
from rights_requests.views import desk_case
from rights_requests.views.deed import Act, Deed, Page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import CategoryDecision, RightsRequest


def _form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    sources = _sources(rights_request)
    return CategoriesForm(
        data,
        sources=sources,
        ground=rights_request.erasure_ground,
        paragraph=rights_request.paragraph,
        today=timezone.localdate(),
    )


def _sources(rights_request: RightsRequest) -> list[SourceChoice]:
    """Those that hold something, and those that were decided about."""
    decided = deeds.decided(rights_request)
    tasks = rights_request.tasks.filter(verb=Verb.FIND).values_list("source", "result")
    counts = {source: sum(result.get("counts", {}).values()) for source, result in tasks}
    known = [source for key in sorted({*counts, *decided}) if (source := desk_case.known_source(key)) is not None]
    return [
        SourceChoice(source.key, str(source.label), counts.get(source.key, 0), _keeping(decided.get(source.key)))
        for source in known
        if not source.is_handling and (counts.get(source.key) or source.key in decided)
    ]


def _keeping(decision: CategoryDecision | None) -> Keeping | None:
    if decision is None:
        return None
    return Keeping(decision.source, Ground(decision.ground), decision.article, decision.until_on, decision.until_event)


def _decisions(act: Act) -> dict[str, Any]:
    sources = _sources(act.rights_request)
    return {
        "ground": ErasureGround(act.typed["ground"]),
        "kept": CategoriesForm.read(act.typed, sources),
        "paragraph": act.typed["paragraph"],
        "agent_id": act.agent_id,
    }


def _decide(act: Act) -> str:
    services.decide_categories(**_decisions(act), **act.case)
    return _("Noted. The list shows what the erasure would do now.")


def _propose(act: Act) -> str:
    services.propose_erasure(**_decisions(act), **act.case)
    return _("Prepared. Somebody else approves it now.")


DEEDS_CATEGORIES: Mapping[str, Deed] = {
    "categories": Deed(_decide, _form, None, then="propose", is_shared=True),
    "propose": Deed(
        _propose,
        _form,
        Action.PROPOSE_ERASURE,
        Page(
            gettext_lazy("Ask for approval"),
            (
                gettext_lazy("This is what the erasure would do now. Nothing has been erased."),
                gettext_lazy("Somebody else looks at the same list and approves it, or sends it back."),
                gettext_lazy("The letter that is shown says what was done, as of the first day on which it can be done."),
            ),
            gettext_lazy("Ask for approval"),
            has_preview=True,
            has_letter=True,
        ),
        is_shared=True,
    ),
}
