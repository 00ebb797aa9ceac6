"""What every package is made of: members that are noted while they are written, and the words that go with them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from datamap import registry
from datamap.enums import Ground
from rights_requests import wording
from rights_requests.enums import Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datamap.declaration import GivenFile
    from rights_requests.models import RightsRequest, Withholding

FILE_PIECE = 1 << 16

Member = tuple[str, "Iterable[bytes]"]


@dataclass(frozen=True, slots=True)
class Built:
    """A package on the disk. ``sources`` and ``withheld`` are words for the letter; ``left_out`` those of what the right does
    not cover: source, fields, why.
    """

    file_name: str
    sealed_key: bytes
    size: int
    digest: str
    rows: int
    sources: list[str]
    withheld: list[str]
    left_out: list[tuple[str, str, str]] = field(default_factory=list)
    is_partial: bool = False
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the letter of a package will say, as far as that is known before it is made: see ``Built``."""

    sources: list[str]
    withheld: list[str]
    left_out: list[tuple[str, str, str]] = field(default_factory=list)
    is_empty: bool = False


def noted(found: list[dict[str, Any]], name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pass the pieces on, and note path, size and SHA-256 at their end."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        yield piece
    found.append({"path": name, "size": size, "sha256": digest.hexdigest()})


def rendered(template: str, context: dict[str, Any]) -> Iterator[bytes]:
    yield render_to_string(template, context).encode()


def as_json(value: dict[str, Any]) -> Iterator[bytes]:
    """Dates are written as ISO has them."""
    yield json.dumps(value, ensure_ascii=False, default=date.isoformat).encode()


def pieces_of(given: GivenFile) -> Iterator[bytes]:
    with given.open() as file:
        while piece := file.read(FILE_PIECE):
            yield piece


def withheld_words(rights_request: RightsRequest, withholding: Withholding) -> str:
    values = {
        "source": registry.get(withholding.source).label,
        "column": _column_label(withholding),
        "ground": wording.ground_of(Right(rights_request.right), Ground(withholding.ground)),
    }
    return _("%(source)s, %(column)s: %(ground)s") % values


def _column_label(withholding: Withholding) -> str:
    wanted = {withholding.column, f"{withholding.part}.{withholding.column}"}
    fields = registry.get(withholding.source).fields
    return next((str(field.label) for field in fields if field.name in wanted), withholding.column)
