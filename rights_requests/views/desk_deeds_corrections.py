"""Deeds on a whole list of corrections, and on the recipients who are told of what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights_requests import services
from rights_requests.enums import NoticeState
from rights_requests.forms_corrections import NoticeForm
from rights_requests.forms_desk import PlainForm
from rights_requests.views.deed import Deed, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import RightsRequest
    from rights_requests.views.deed import Act


def _plain(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return PlainForm(data)


def _notice_form(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return NoticeForm(data, auto_id=f"notice-{data.get('notice', '') if data else ''}-%s")


def _contest(act: Act) -> str:
    services.contest(**act.case)
    return _("Set aside. Until you have decided, nobody uses these data.")


def _settle_notice(act: Act) -> str:
    notice = act.rights_request.notices.get(pk=act.typed["notice"])
    state = NoticeState(act.typed["state"])
    services.settle_notice(
        notice_id=notice.pk, state=state, evidence=act.typed["evidence"], agent_id=act.agent_id, actor=act.actor, at=act.at
    )
    return _("Noted.")


DEEDS_CORRECTIONS: Mapping[str, Deed] = {
    "contest": Deed(
        _contest,
        _plain,
        None,
        Page(
            gettext_lazy("Set the data aside meanwhile"),
            (
                gettext_lazy("The person contests that what we hold is accurate, and wants it left unused until that is verified."),
                gettext_lazy("It ends with your decision, after the person was told."),
            ),
            gettext_lazy("Set the data aside"),
        ),
    ),
    "notice": Deed(_settle_notice, _notice_form),
}
