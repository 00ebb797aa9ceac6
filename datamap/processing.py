"""The record of processing activities (Art. 30), drawn from the declarations and the registers alone: nothing is typed for it.

``Record`` holds words in the language in force; the page, the CSV file and the PDF say the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from datamap import flows, measures, periods, registers, registry
from datamap.countries import country_name
from datamap.enums import PEOPLE, Role, TransferBasis
from datamap.models import FlowRecipient, Processor, Subsidiary
from datamap.phrases import pair
from datamap.processors import Decisions, transfer_basis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from datamap.declaration import RetentionRule, Source
    from datamap.measures import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One processing activity. ``purposes`` with their legal basis, ``periods`` with their ground."""

    key: str
    label: str
    category: str
    people: str
    purposes: tuple[tuple[str, str], ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    transfers: tuple[str, ...]
    periods: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A processor, or an entity of the group, that has data outside the European Economic Area, and why it may."""

    name: str
    countries: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """``as_controller`` is the record of Art. 30(1), ``as_processor`` that of Art. 30(2)."""

    on: date
    as_controller: Sequence[Activity]
    as_processor: Sequence[Activity]
    transfers: Sequence[Place]
    measures: Sequence[Measure]


def read(*, at: datetime) -> Record:
    """The record as of now, in a few questions whatever the number of activities."""
    on = timezone.localdate(at)
    places = _places(on)
    rows = {row.pk: row for row in Processor.objects.prefetch_related("sub_processors") if row.is_active(on)}
    declared = _declared(on)
    sources = sorted(registry.all_sources(), key=lambda source: source.key)
    rules = {rule.code: rule for rule in periods.in_force([rule for source in sources for rule in source.retention], at=at)}
    activities = {
        source.key: _activity(source, _reached([*source.recipients, *declared[source.key]], rows), places, rules) for source in sources
    }
    return Record(
        on=on,
        as_controller=[activities[source.key] for source in sources if source.role == Role.CONTROLLER],
        as_processor=[activities[source.key] for source in sources if source.role == Role.PROCESSOR],
        transfers=sorted(places.values(), key=lambda place: place.name),
        measures=measures.in_force(on=on),
    )


def _declared(on: date) -> Mapping[str, list[str]]:
    """Codes of those who get fields of a source by a way out on this day."""
    sources = {flow.code: flow.source for flow in flows.all_flows()}
    found: dict[str, list[str]] = defaultdict(list)
    for flow, code in FlowRecipient.objects.on(on).values_list("flow", "recipient"):
        found[sources.get(flow, "")].append(code)
    return found


def _reached(codes: Iterable[str], rows: Mapping[str, Processor]) -> list[Processor]:
    """Those of the codes who work for us, then everybody through whom they work, however far down; each once."""
    waiting = list(dict.fromkeys(codes))
    for code in waiting:
        waiting.extend(sub.pk for sub in (rows[code].sub_processors.all() if code in rows else ()) if sub.pk not in waiting)
    return [rows[code] for code in waiting if code in rows]


def _activity(source: Source, reached: Sequence[Processor], places: Mapping[str, Place], rules: Mapping[str, RetentionRule]) -> Activity:
    purposes = {purpose.code: purpose for purpose in (*(one for field in source.fields for one in field.purposes), *source.purposes)}
    return Activity(
        key=source.key,
        label=str(source.label),
        category=str(source.category.label),
        people=str(PEOPLE[source.category]),
        purposes=tuple((str(purpose.label), str(purpose.basis.label)) for purpose in purposes.values()),
        fields=tuple(dict.fromkeys(str(field.label) for field in source.fields)) or (str(source.origin_label),),
        recipients=_names(reached),
        transfers=tuple(pair(places[row.code].name, places[row.code].countries) for row in reached if row.code in places),
        periods=tuple(_period(rules[rule.code]) for rule in source.retention),
    )


def _period(rule: RetentionRule) -> tuple[str, str]:
    """What it is counted by and how long, and why; where the row itself says until when, there is no length."""
    length = periods.in_words(rule.keep_for)
    return pair(rule.label, length) if length else str(rule.label), str(rule.ground)


def _names(rows: Iterable[Processor]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(registers.said(row.name) for row in rows))


def _places(on: date) -> dict[str, Place]:
    """By code of the processor, or key of the entity."""
    decisions = Decisions.on(on)
    found: dict[str, Place] = {}
    for row in Processor.objects.prefetch_related("papers", "notices"):
        basis = transfer_basis(row, on=on, decisions=decisions)
        if row.is_active(on) and row.countries and basis != TransferBasis.EEA:
            found[row.code] = Place(name=registers.said(row.name), countries=_said(row.countries), basis=_why(basis))
    for place in Subsidiary.objects.all():
        basis = transfer_basis(place, on=on)
        if basis != TransferBasis.EEA:
            found[str(place.pk)] = Place(name=place.entity, countries=country_name(place.country), basis=_why(basis))
    return found


def _said(countries: Iterable[str]) -> str:
    return ", ".join(sorted(map(country_name, countries)))


def _why(basis: TransferBasis | None) -> str:
    return str(basis.label) if basis else _("No reason that the law knows: nothing goes there")
