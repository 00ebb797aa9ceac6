"""What an erasure would do, or did, as its table shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import ngettext

from datamap.enums import Ground
from rights_requests import wording
from rights_requests.enums import Verb
from rights_requests.views import desk_case

if TYPE_CHECKING:
    from rights_requests.models import RightsRequest, SourceTask


@dataclass(frozen=True, slots=True)
class PreviewPart:
    label: str
    source: str
    erase: int
    keep: int
    ground: str
    until: str
    until_on: date | None


@dataclass(frozen=True, slots=True)
class PreviewTotal:
    erase: int
    keep: int
    ground: str


def plan_shown(rights_request: RightsRequest, tasks: Iterable[SourceTask]) -> dict[str, Any] | None:
    """What would be erased, as prepared; once it is being done, what was."""
    done = [row for task in tasks if task.verb == Verb.ERASE for row in task.result.get("parts", [])]
    prepared = getattr(rights_request, "preview", None)
    if done:
        return preview(done) | {"is_done": True}
    return preview(prepared.parts) if prepared else None


def preview(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of a plan as the erasure table shows them, and their sum. Each kept row has its ground, article and end."""
    by_part: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in parts:
        by_part.setdefault((row["source"], row["part"]), []).append(row)
    rows = [shown for key, group in by_part.items() for shown in _preview_parts(key, group)]
    grounds = {row.ground for row in rows if row.ground}
    together = PreviewTotal(
        erase=sum(row.erase for row in rows),
        keep=sum(row.keep for row in rows),
        ground=ngettext("%(count)s ground, named in the letter", "%(count)s grounds, all named in the letter", len(grounds))
        % {"count": len(grounds)}
        if grounds
        else "",
    )
    return {"parts": rows, "total": together}


def _preview_parts(key: tuple[str, str], group: list[Mapping[str, Any]]) -> list[PreviewPart]:
    """One line per part; a part that is kept on several grounds has a line for each."""
    source, part = key
    label, category = desk_case.source_words(source)
    erased = sum(row["erased"] for row in group)
    kept: list[Mapping[str, Any]] = [row for row in group if row["kept"]] or [{"kept": 0, "ground": "", "article": "", "until": ""}]
    return [
        PreviewPart(
            label=part_words(source, part),
            source=label if label != part_words(source, part) else category,
            erase=erased if index == 0 else 0,
            keep=row["kept"],
            ground=_kept_words(row["ground"], row["article"]),
            until=end if isinstance(end, str) else "",
            until_on=end if isinstance(end, date) else None,
        )
        for index, row in enumerate(kept)
        for end in [wording.kept_until(row["until"])]
    ]


def part_words(source_key: str, part: str) -> str:
    """A part by the name of what it holds ("Invoices"); else by its own."""
    source = desk_case.known_source(source_key)
    if source and part in source.part_labels:
        return capfirst(str(source.part_labels[part]))
    model = source.part_models().get(part) if source else None
    if not model:
        return part.replace("_", " ").capitalize()
    return capfirst(str(apps.get_model(model)._meta.verbose_name_plural))


def _kept_words(ground: str, article: str) -> str:
    return wording.kept_because(ground=ground, article=article) if ground in Ground.values else ground
