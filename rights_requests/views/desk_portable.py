"""What would go with a person and what would stay, source by source, before anybody answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from datamap import portable
from rights_requests.enums import Right, Status, Verb
from rights_requests.views import desk_case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datamap.declaration import Field
    from rights_requests.models import RightsRequest, SourceTask


@dataclass(frozen=True, slots=True)
class PortableRow:
    """``goes`` are labels of fields; ``stays`` each reason with such labels, which are none where everything stays."""

    label: str
    url: str
    goes: str
    stays: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Portable:
    """``is_nothing``: all sources have answered, and the answer will be that nothing is covered."""

    rows: list[PortableRow]
    is_nothing: bool


def of(rights_request: RightsRequest, tasks: Iterable[SourceTask]) -> Portable | None:
    """None where it is no such request, or nothing was collected."""
    if rights_request.right != Right.PORTABILITY or rights_request.status not in {Status.COLLECTING, Status.IN_REVIEW}:
        return None
    found = {task.source: task.result["counts"] for task in tasks if task.verb == Verb.FIND and task.result.get("counts")}
    rows = [row for key, counts in found.items() if (row := _row(rights_request, key, counts)) is not None]
    return Portable(rows, is_nothing=rights_request.status == Status.IN_REVIEW and not any(row.goes for row in rows))


def _row(rights_request: RightsRequest, key: str, counts: dict[str, int]) -> PortableRow | None:
    source = desk_case.known_source(key)
    if source is None:
        return None
    going, staying = portable.sorted_fields(source, [part for part, rows in counts.items() if rows])
    stays = [(str(ground.label), _labels(fields) if going or len(staying) > 1 else "") for ground, fields in staying.items()]
    url = reverse("desk_request_source", args=[rights_request.reference, key])
    return PortableRow(str(source.label), url, _labels(going), stays)


def _labels(fields: Iterable[Field]) -> str:
    return ", ".join(dict.fromkeys(str(field.label) for field in fields))
