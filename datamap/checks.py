"""The declaration is complete, or nothing starts: what is stored of a person is declared, for a purpose and for a time."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.checks import Error, register

from datamap import exempt, flows, registry  # noqa: F401 - the exemptions register themselves
from datamap.purposes import UnknownPurpose, purpose_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

    from datamap.declaration import Field, Source
    from datamap.flows import Flow

PROCESSORS = Path(__file__).resolve().parent / "processors.csv"


@register
def check_declaration(**_options: Any) -> list[Error]:
    sources = registry.all_sources()
    found = findings(apps.get_models(include_auto_created=True), sources, registry.exemptions())
    return [*found, *(error for flow in flows.all_flows() for error in wrong_flow(flow, sources))]


def findings(models: Iterable[type[Model]], sources: Iterable[Source], exemptions: dict[str, str]) -> Iterator[Error]:
    """Everything that is wrong with a declaration of these models."""
    models, sources = list(models), list(sources)
    labels = {model._meta.label: model for model in models}
    yield from _undeclared(labels, sources, exemptions)
    yield from _stale(labels, exemptions)
    for source in sources:
        yield from _incomplete(source)
        yield from _wrong_columns(source, labels)
        yield from _wrong_rectifiable(source)
        for field in source.fields:
            yield from _wrong_purposes(source, field)
    yield from _repeated_rules(sources)


def _undeclared(labels: dict[str, type[Model]], sources: list[Source], exemptions: dict[str, str]) -> Iterator[Error]:
    declared = Counter(label for source in sources for label in source.models)
    for label, model in labels.items():
        count = declared[label] + (label in exemptions)
        if count == 0:
            message = f"{label} is neither declared by a source nor exempt with a reason."
            yield Error(message, hint="Declare it in personal_data.py.", obj=model, id="datamap.E001")
        if count > 1:
            yield Error(f"{label} is declared or exempt more than once.", obj=model, id="datamap.E002")
    for label in declared.keys() - labels.keys():
        yield Error(f"A source declares {label}, which is not installed.", id="datamap.E003")


def _stale(labels: dict[str, type[Model]], exemptions: dict[str, str]) -> Iterator[Error]:
    for label, reason in exemptions.items():
        if label not in labels:
            yield Error(f"{label} is exempt but not installed.", id="datamap.E004")
        if not reason.strip():
            yield Error(f"{label} is exempt without a reason.", id="datamap.E005")


def _incomplete(source: Source) -> Iterator[Error]:
    if not source.retention:
        yield Error(f"{source.key} has no retention rule.", obj=type(source), id="datamap.E006")
    for rule in source.retention:
        if not rule.code.startswith(f"{source.key}."):
            yield Error(f"The rule {rule.code} is not named after {source.key}.", obj=type(source), id="datamap.E007")
        if not source.counted_from(rule):
            yield Error(f"The rule {rule.code} does not say in words from when it counts.", obj=type(source), id="datamap.E017")
        for name in sorted((rule.clears or frozenset()) - {field.name for field in source.fields}):
            yield Error(f"The rule {rule.code} empties {name}, which is none of its fields.", obj=type(source), id="datamap.E021")
    for code in set(source.recipients) - _recipients():
        yield Error(f"{source.key} names an unknown recipient: {code}.", obj=type(source), id="datamap.E008")
    if not source.is_outside and set(source.part_models().values()) - set(source.models):
        yield Error(f"{source.key} has a part of a model that it does not declare.", obj=type(source), id="datamap.E009")


def _wrong_columns(source: Source, labels: dict[str, type[Model]]) -> Iterator[Error]:
    """Fields and unlisted columns together are exactly the columns of the source's models. Those of another system are compared with its own
    tables, by ``check_connectors``.
    """
    if source.is_outside:
        return
    names = Counter(_full_name(source, name) for name in [*(field.name for field in source.fields), *source.unlisted])
    stored = {
        f"{part}.{field.name}"
        for part, label in source.part_models().items()
        if label in labels
        for field in labels[label]._meta.concrete_fields
    }
    for name in sorted(stored - names.keys()):
        message = f"{source.key} stores {name} and neither declares it as a field nor says why it is unlisted."
        yield Error(message, obj=type(source), id="datamap.E010")
    for name in sorted(names.keys() - stored):
        yield Error(f"{source.key} declares {name}, which no model has.", obj=type(source), id="datamap.E011")
    for name in sorted(name for name, count in names.items() if count > 1):
        yield Error(f"{source.key} declares {name} twice.", obj=type(source), id="datamap.E012")


def _full_name(source: Source, name: str) -> str:
    """``part.column``; a source with one part may leave the part out."""
    parts = list(source.part_models())
    return f"{parts[0]}.{name}" if "." not in name and len(parts) == 1 else name


def _wrong_rectifiable(source: Source) -> Iterator[Error]:
    """Only what is declared of the person is corrected for the person."""
    declared = {_full_name(source, field.name) for field in source.fields}
    for name in sorted(source.rectifiable - declared):
        yield Error(f"{source.key} corrects {name}, which is none of its fields.", obj=type(source), id="datamap.E016")


def _wrong_purposes(source: Source, field: Field) -> Iterator[Error]:
    if not field.purposes:
        yield Error(f"{source.key} keeps {field.name} for no purpose.", obj=type(source), id="datamap.E013")
    for purpose in field.purposes:
        try:
            purpose_of(purpose)
        except UnknownPurpose:
            message = f"{source.key} keeps {field.name} for {purpose.code}, which no policy names."
            yield Error(message, obj=type(source), id="datamap.E014")


def _repeated_rules(sources: list[Source]) -> Iterator[Error]:
    codes = Counter(rule.code for source in sources for rule in source.retention)
    for code in sorted(code for code, count in codes.items() if count > 1):
        yield Error(f"Two retention rules are called {code}.", id="datamap.E015")


def wrong_flow(flow: Flow, sources: Iterable[Source]) -> Iterator[Error]:
    """Nothing leaves but declared fields of a declared source, for a purpose for which they are kept."""
    source = next((source for source in sources if source.key == flow.source), None)
    if source is None:
        yield Error(f"The way out {flow.code} is of {flow.source}, which is no source.", id="datamap.E020")
        return
    purposes = {field.name.rpartition(".")[2]: field.purposes for field in source.fields}
    for name in flow.fields:
        if name not in purposes:
            yield Error(f"The way out {flow.code} has the field {name}, which {flow.source} does not declare.", id="datamap.E018")
        elif flow.purpose not in purposes[name]:
            yield Error(f"The way out {flow.code} passes {name} on for {flow.purpose.code}, for which it is not kept.", id="datamap.E019")


@cache
def _recipients() -> frozenset[str]:
    with PROCESSORS.open(encoding="utf-8", newline="") as lines:
        return frozenset(row["code"] for row in csv.DictReader(lines))
