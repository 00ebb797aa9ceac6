"""Nothing is asked without a reason, and nobody is kept longer than the policy says: or nothing starts (P013, P070)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error, register

from datamap.enums import Basis
from recruitment import asked

if TYPE_CHECKING:
    from recruitment.asked import Asked

#: Policy VII: three years.
MOST_MONTHS = 36
COUNTRIES = ("BE", "FR")


@register
def check_asked(**_options: Any) -> list[Error]:
    from recruitment.forms import ApplicationForm, offer_form  # noqa: PLC0415 - the models must be loaded first

    stages: dict[str, tuple[Iterable[Asked], Collection[str]]] = {"application": (asked.APPLICATION, ApplicationForm.asks())}
    for country in COUNTRIES:
        stages[f"offer {country}"] = (asked.for_offer(country), set(offer_form(country).base_fields))
    return [error for stage, (declared, fields) in stages.items() for error in unjustified(stage, declared, fields)]


def unjustified(stage: str, declared: Iterable[Asked], fields: Collection[str]) -> Iterator[Error]:
    """Fields of a form that nobody justified, and justifications of what no form asks."""
    known: Mapping[str, Asked] = {one.name: one for one in declared}
    for name in sorted(set(fields) - known.keys()):
        yield Error(f"The {stage} form asks for {name} without a reason.", hint="Justify it in recruitment.asked.", id="recruitment.E001")
    for name, one in known.items():
        if not str(one.necessity).strip():
            yield Error(f"The {stage} form asks for {name}, and its necessity is empty.", id="recruitment.E001")
        if one.basis == Basis.LEGAL_OBLIGATION and not all(one.law_in(country) for country in one.countries):
            yield Error(f"The {stage} form asks for {name} by law, and no law is named for each country.", id="recruitment.E002")
        if name not in fields:
            yield Error(f"{name} is justified, and no {stage} form asks for it.", id="recruitment.E003")


@register
def check_periods(**_options: Any) -> list[Error]:
    months = settings.RECRUITMENT["keep_months"]
    return [
        Error(
            f"Applications in {country} are kept for 1 to {MOST_MONTHS} months, not {months.get(country)}.",
            hint="RECRUITMENT['keep_months']: the policy says three years at most.",
            id="recruitment.E004",
        )
        for country in COUNTRIES
        if not 1 <= months.get(country, 0) <= MOST_MONTHS
    ]
