"""The public list of processors (policy VI): drawn from the register, and each state of it kept as a version of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.actor import Actor
from datamap import registers, selectors
from datamap.countries import country_name
from datamap.enums import NAMED_SERVICES, PaperKind, Service
from datamap.models import NoProvider, Notice, Processor
from datamap.phrases import pair
from datamap.services import publish_policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from datamap.models import Paper, PolicyVersion

SLUG = "processors"
HOUSE = Actor.system("policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A processor as everybody reads of it, in the language in force."""

    code: str
    name: str
    role: str
    objective: str
    shared_data: str
    region: str
    countries: str
    safeguard: str
    certificates: tuple[str, ...]
    through: tuple[str, ...]
    terms_url: str
    privacy_url: str
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Policy VI tells sub-processors (what customers entrust to us) from those who work on our own data alone."""

    title: str
    lines: Sequence[Line]


def groups(*, on: date) -> list[Group]:
    """Who works for us on a day, in two questions and no more."""
    rows = [row for row in Processor.objects.prefetch_related("papers", "sub_processors") if row.is_active(on)]
    ours = [row for row in rows if row.serves_customers]
    others = [row for row in rows if not row.serves_customers]
    titled = ((_("For our customers’ data and our own"), ours), (_("For our own data"), others))
    return [Group(title=title, lines=[line(row, on=on) for row in group]) for title, group in titled if group]


def line(row: Processor, *, on: date) -> Line:
    return Line(
        code=row.code,
        name=registers.said(row.name),
        role=str(row.get_role_display()),
        objective=registers.said(row.objective),
        shared_data=registers.said(row.shared_data),
        region=registers.said(row.region),
        countries=", ".join(sorted(map(country_name, row.countries))),
        safeguard=registers.said(row.safeguard),
        certificates=tuple(sorted({paper.reference for paper in row.papers.all() if _is_shown(paper, on)})),
        through=tuple(sorted(registers.said(sub.name) for sub in row.sub_processors.all() if not sub.is_over(on))),
        terms_url=row.terms_url,
        privacy_url=row.privacy_url,
        since=row.since,
    )


def nobody(*, on: date) -> list[tuple[str, str]]:
    """Categories that policy VI names and in which nobody works for us, each with the reason."""
    said = {row.service: row.reason for row in NoProvider.objects.filter(since__lte=on) if row.until is None or on <= row.until}
    return [(str(Service(code).label), registers.said(said[code])) for code in NAMED_SERVICES if code in said]


def announced() -> list[tuple[Notice, str, str]]:
    """Changes that customers were told of, and that have not been made: with the name of the processor, and of the one it replaces."""
    found = Notice.objects.filter(published_at__isnull=False, withdrawn_at=None, done_at=None).select_related("processor", "replaces")
    return [
        (notice, registers.said(notice.processor.name), registers.said(notice.replaces.name) if notice.replaces else "")
        for notice in found.order_by("effective_on")
    ]


def publish(*, at: datetime) -> int:
    """Keep today's list as a version in each language, where it says something else than the last one; how many were new."""
    today, new = timezone.localdate(at), 0
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            body, title = "\n".join(_body(on=today)), _("Who works for us")
        last = _last(language=language)
        if last is None or (last.body != body and last.effective_on < today):
            publish_policy(slug=SLUG, body=body, language=language, effective_on=today, title=title, actor=HOUSE, at=at)
            new += 1
    return new


def _last(*, language: str) -> PolicyVersion | None:
    return selectors.policy_versions(language=language, slug=SLUG).first()


def _body(*, on: date) -> Iterator[str]:
    """The list in the markup of policy texts."""
    for group in groups(on=on):
        yield f"## {group.title}"
        for entry in group.lines:
            yield f"### {entry.name}"
            yield ""
            for label, value in facts(entry):
                yield f"- {pair(f'**{label}**', value)}"
            yield ""


def facts(entry: Line) -> Iterator[tuple[str, str]]:
    """What everybody reads of a processor, beside its name."""
    yield _("Role"), entry.role
    yield _("Objective"), entry.objective
    yield _("Shared data"), entry.shared_data
    yield _("Region"), entry.region
    if entry.countries:
        yield _("Countries"), entry.countries
    if entry.safeguard:
        yield _("Safeguard"), entry.safeguard
    if entry.certificates:
        yield _("Certificates"), ", ".join(entry.certificates)
    if entry.through:
        yield _("Works through"), ", ".join(entry.through)


def _is_shown(paper: Paper, on: date) -> bool:
    return paper.kind in {PaperKind.CERTIFICATE, PaperKind.PCI_DSS} and paper.is_live(on)
