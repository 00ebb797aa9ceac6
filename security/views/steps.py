"""What an officer can do with a breach: a table of steps, each one form or button, one service and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security import forms as typed
from security import rules, services
from security.enums import Audience, Authority, OurRole, Readers, Risk, Way
from security.models import Account, Decision, Wording

if TYPE_CHECKING:
    from django import forms
    from django.http import QueryDict
    from django.utils.functional import _StrPromise

    from audit.actor import Actor
    from security.models import Breach


@dataclass(frozen=True, slots=True)
class Act:
    """What was typed, by whom and when."""

    breach_id: UUID
    actor: Actor
    at: datetime
    form: Any

    @property
    def by(self) -> dict[str, Any]:
        return {"breach_id": self.breach_id, "actor": self.actor, "at": self.at}

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.form.cleaned_data)


@dataclass(frozen=True, slots=True)
class Step:
    """``button`` empty: a button on the page of the breach. ``is_inline``: its form stands there, and so does what was refused."""

    title: _StrPromise
    said: _StrPromise
    run: Callable[[Act], object]
    form: Callable[[Breach, QueryDict | None, datetime], forms.Form] | None = None
    button: _StrPromise | str = ""
    hint: _StrPromise | str = ""
    is_inline: bool = False


def _account(breach: Breach, data: QueryDict | None, _at: datetime) -> forms.Form:
    """The next account begins with what the last one said."""
    last = Account.objects.filter(breach=breach).order_by("-id").first()
    names = typed.AccountForm.base_fields
    return typed.AccountForm(data, initial={name: getattr(last, name) for name in names} if last else None)


def _decision(audience: Audience) -> Callable[[Breach, QueryDict | None, datetime], forms.Form]:
    def form(breach: Breach, data: QueryDict | None, _at: datetime) -> forms.Form:
        last = Account.objects.filter(breach=breach).order_by("-id").first()
        reasons = rules.reasons_not_to_tell(audience=audience, risk=Risk(last.risk), role=OurRole(last.role)) if last else frozenset()
        stands = Decision.objects.filter(breach=breach, audience=audience).order_by("-id").first()
        return typed.DecisionForm(data, audience=audience, reasons=reasons, read=str(stands.pk) if stands else "")

    return form


def _submission(_breach: Breach, data: QueryDict | None, at: datetime) -> forms.Form:
    leading = Authority.CNIL if settings.RIGHTS["establishment"] == "FR" else Authority.APD
    return typed.SubmissionForm(data, now=at, initial={"authority": leading.value, "submitted_at": timezone.localtime(at)})


def _wording(breach: Breach, data: QueryDict | None, _at: datetime) -> forms.Form:
    written = Wording.objects.filter(breach=breach).values_list("readers", flat=True).first()
    return typed.WordingForm(data, initial={"readers": written or Readers.CUSTOMERS.value})


def _plain(form: type[forms.Form]) -> Callable[[Breach, QueryDict | None, datetime], forms.Form]:
    return lambda _breach, data, _at: form(data)


def _describe(act: Act) -> object:
    data = act.data
    return services.describe(**{**data, "role": OurRole(data["role"]), "risk": Risk(data["risk"])}, **act.by)


def _decide(audience: Audience) -> Callable[[Act], object]:
    return lambda act: services.decide(
        audience=audience,
        is_told=act.form.is_told,
        reason=act.form.reason,
        words=act.form.cleaned_data["words"],
        read=act.form.cleaned_data["read"],
        **act.by,
    )


def _approve(audience: Audience) -> Callable[[Act], object]:
    return lambda act: services.approve(audience=audience, read=act.form.cleaned_data["decision"], **act.by)


def _submit(act: Act) -> object:
    return services.submit(**{**act.data, "authority": Authority(act.form.cleaned_data["authority"])}, **act.by)


def _word(act: Act) -> object:
    return services.word(**{**act.data, "readers": Readers(act.form.cleaned_data["readers"])}, **act.by)


def _otherwise(act: Act) -> object:
    return services.tell_otherwise(row_id=act.data["row"], way=Way(act.data["way"]), **act.by)


STEPS: Mapping[str, Step] = {
    "describe": Step(
        title=_("What is known"), button=_("Write it down"), said=_("Written down. What was written before stays beside it."), form=_account, run=_describe,
        hint=_("Write all of it again with what you know by now. What you wrote before stays readable."),
    ),
    "decide-authority": Step(
        title=_("Notify the authority?"), button=_("Decide"), said=_("Decided. A decision not to tell holds once a colleague has approved it."),
        form=_decision(Audience.AUTHORITY), run=_decide(Audience.AUTHORITY),
    ),
    "decide-people": Step(
        title=_("Tell the people concerned?"), button=_("Decide"), said=_("Decided. A decision not to tell holds once a colleague has approved it."),
        form=_decision(Audience.PEOPLE), run=_decide(Audience.PEOPLE),
    ),
    "approve-authority": Step(
        title=_("Approve"), said=_("Approved."), form=_plain(typed.ApproveForm), run=_approve(Audience.AUTHORITY), is_inline=True
    ),
    "approve-people": Step(
        title=_("Approve"), said=_("Approved."), form=_plain(typed.ApproveForm), run=_approve(Audience.PEOPLE), is_inline=True
    ),
    "submit": Step(
        title=_("The authority was notified"), button=_("Record it"), said=_("Recorded."), form=_submission, run=_submit,
        hint=_("The notification itself goes by the authority’s own form. A later one completes it (Article 33(4) GDPR)."),
    ),
    "word": Step(
        title=_("What they are told"), button=_("Keep these words"), said=_("Kept. The last words in each language go out."), form=_wording, run=_word,
        hint=_("Once in each language that somebody of them reads."),
    ),
    "customers": Step(
        title=_("Customers concerned"), button=_("Add them"), said=_("Added."), form=_plain(typed.CustomersForm),
        run=lambda act: services.name_customers(**act.data, **act.by),
    ),
    "people": Step(
        title=_("People concerned"), button=_("Add them"), said=_("Added."), form=_plain(typed.PeopleForm),
        run=lambda act: services.name_people(**act.data, **act.by),
    ),
    "tell-customers": Step(
        title=_("Tell the customers"), said=_("Letters to the customers’ administrators are on their way."), run=lambda act: services.tell_customers(**act.by)
    ),
    "tell-people": Step(
        title=_("Tell the people"), said=_("Letters to the people concerned are on their way."), run=lambda act: services.tell_people(**act.by)
    ),
    "otherwise": Step(
        title=_("Told otherwise"), said=_("Noted."), form=_plain(typed.OtherwiseForm), run=_otherwise, button=_("Note it"), is_inline=True
    ),
    "note": Step(
        title=_("Entry in the journal"), button=_("Add it"), said=_("Added."), form=_plain(typed.EntryForm),
        run=lambda act: services.note(**act.data, **act.by), hint=_("Also after the end. Nothing here is ever rewritten."),
    ),
    "close": Step(title=_("Close"), said=_("Closed. From now on nothing but entries of the journal can be added."), run=lambda act: services.close(**act.by)),
}  # fmt: skip
